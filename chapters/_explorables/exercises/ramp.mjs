/** The exercises of 9.1.3 that can be answered in the page. */

import { pose } from "../answers.mjs";
import { hinge, ramp } from "../losses.mjs";
import words from "../words/en/exercises/ramp.json";

const slope = (/** @type {number} */ u, /** @type {number} */ s) =>
  ramp(u, 1, { form: "binary", s })[1];

pose(
  {
    "the-gradient-by-hand": [
      {
        variables: { u: [-3, 3], s: [-2, 0.5] },
        answer: ({ u, s }) => slope(u, s),
        mistakes: {
          sign: ({ u, s }) => -slope(u, s),
          hinge: ({ u }) => hinge(u, 1, { form: "binary" })[1],
          value: ({ u, s }) => ramp(u, 1, { form: "binary", s })[0],
        },
      },
    ],
    "break-even": [
      {
        variables: { p: [0.05, 0.49] },
        answer: ({ p }) => -p / (1 - p),
        mistakes: {
          sign: ({ p }) => p / (1 - p),
          even: ({ p }) => -1 / (1 / p - 1) - 1,
          inverse: ({ p }) => 1 / (1 - p),
        },
      },
      {
        variables: { C: [3, 20] },
        whole: ["C"],
        answer: ({ C }) => -1 / (C - 1),
        mistakes: { sign: ({ C }) => 1 / (C - 1), all: ({ C }) => -1 / C },
      },
    ],
    "one-convex-step": [
      {
        variables: { u: [-3, 3], s: [-2, 0] },
        answer: ({ u }) => Math.max(0, 1 - u),
        mistakes: {
          ramp: ({ u, s }) => ramp(u, 1, { form: "binary", s })[0],
          level: ({ u, s }) => Math.max(u, 1) - s,
        },
      },
      {
        variables: { u: [-3, 3], s: [-2, 0] },
        answer: ({ u, s }) => Math.max(u, 1) - s,
        mistakes: {
          ramp: ({ u, s }) => ramp(u, 1, { form: "binary", s })[0],
          hinge: ({ u }) => Math.max(0, 1 - u),
          flat: ({ s }) => 1 - s,
          sign: ({ u, s }) => Math.max(0, 1 - u) - u + s,
        },
      },
    ],
  },
  words,
);
