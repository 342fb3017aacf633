/** The exercises of 9.1.1 that can be answered in the page. */

import { pose } from "../answers.mjs";
import { cross_entropy } from "../losses.mjs";
import words from "../words/en/exercises/cross_entropy.json";

const lead = (/** @type {number} */ u) => cross_entropy([u, 0], 0)[0];

pose(
  {
    "the-gradient-by-hand": [
      {
        variables: { p: [0, 1], N: [1, 9] },
        whole: ["N"],
        answer: ({ p, N }) => (p - 1) / N,
        mistakes: {
          sign: ({ p, N }) => (1 - p) / N,
          mean: ({ p }) => p - 1,
          label: ({ p, N }) => p / N,
          log: ({ p, N }) => -1 / p / N,
        },
      },
      {
        variables: { p: [0, 1], N: [1, 9] },
        whole: ["N"],
        answer: ({ p, N }) => p / N,
        mistakes: {
          sign: ({ p, N }) => -p / N,
          mean: ({ p }) => p,
          label: ({ p, N }) => (p - 1) / N,
          none: () => 0,
        },
      },
    ],
    "right-at-any-size": [
      {
        variables: { u: [-900, 40] },
        corners: [{ u: 40 }, { u: -900 }],
        answer: ({ u }) => lead(u),
        relative: true,
        mistakes: {
          overflow: ({ u }) => Math.log(1 + Math.exp(-u)),
          small: ({ u }) => Math.max(-u, 0) + Math.log(1 + Math.exp(-Math.abs(u))),
          sign: ({ u }) => lead(-u),
        },
      },
    ],
    "convex-unlike-the-ramp": [
      {
        variables: { p_j: [0, 1] },
        answer: ({ p_j }) => p_j * (1 - p_j),
        mistakes: { first: ({ p_j }) => p_j, square: ({ p_j }) => -(p_j ** 2) },
      },
      {
        variables: { p_j: [0, 1], p_k: [0, 1] },
        answer: ({ p_j, p_k }) => -p_j * p_k,
        mistakes: { sign: ({ p_j, p_k }) => p_j * p_k, none: () => 0 },
      },
    ],
    "how-far-label-smoothing-goes": [
      {
        variables: { eps: [0.01, 0.9], C: [2, 20] },
        whole: ["C"],
        answer: ({ eps, C }) => Math.log(1 + (C * (1 - eps)) / eps),
        mistakes: {
          ratio: ({ eps, C }) => 1 + (C * (1 - eps)) / eps,
          share: ({ eps, C }) => Math.log(((1 - eps) * C) / eps),
          others: ({ eps, C }) => Math.log(((1 - eps) * (C - 1)) / eps),
        },
      },
    ],
    "the-floor-under-a-second-softmax": [
      {
        variables: { C: [2, 20] },
        whole: ["C"],
        answer: ({ C }) => Math.log(1 + (C - 1) / Math.E),
        mistakes: {
          zero: () => 0,
          all: ({ C }) => Math.log(1 + C / Math.E),
          even: ({ C }) => Math.log(C),
        },
      },
    ],
  },
  words,
);
