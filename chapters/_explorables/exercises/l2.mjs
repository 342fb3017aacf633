/** The exercises of 9.2.2 that can be answered in the page. */

import { pose } from "../answers.mjs";
import { l2 } from "../losses.mjs";
import words from "../words/en/exercises/l2.json";

const huber = (/** @type {number} */ r, /** @type {number} */ delta) =>
  Math.abs(r) <= delta ? l2(r, 0)[0] : 2 * delta * Math.abs(r) - delta ** 2;
const nats = (/** @type {number} */ M, /** @type {number} */ L) =>
  (M / 2) * (Math.log((2 * Math.PI * L) / M) + 1);

pose(
  {
    "the-gradient-by-hand": [
      {
        variables: { yhat: [-3, 3], y: [-3, 3], N: [1, 9] },
        whole: ["N"],
        answer: ({ yhat, y, N }) => l2(yhat, y)[1] / N,
        mistakes: {
          sign: ({ yhat, y, N }) => l2(y, yhat)[1] / N,
          mean: ({ yhat, y }) => l2(yhat, y)[1],
          half: ({ yhat, y, N }) => (yhat - y) / N,
        },
      },
    ],
    "how-fast-is-too-fast": [
      {
        variables: { q: [0.2, 4] },
        answer: ({ q }) => 1 / q,
        mistakes: { half: ({ q }) => 1 / (2 * q), twice: ({ q }) => 2 / q },
      },
    ],
    "the-best-of-both": [
      {
        variables: { r: [-3, 3], delta: [0.2, 2] },
        answer: ({ r, delta }) => huber(r, delta),
        mistakes: {
          half: ({ r, delta }) => huber(r, delta) / 2,
          level: ({ r, delta }) => Math.min(r ** 2, delta ** 2),
          jump: ({ r, delta }) => (Math.abs(r) <= delta ? r ** 2 : 2 * delta * Math.abs(r)),
        },
      },
      {
        variables: { g: [-6, 6], delta: [0.2, 2] },
        answer: ({ g, delta }) => Math.min(Math.max(g, -2 * delta), 2 * delta),
        mistakes: {
          one: ({ g, delta }) => Math.min(Math.max(g, -delta), delta),
          sided: ({ g, delta }) => Math.min(g, 2 * delta),
        },
      },
    ],
    "what-a-loss-is-worth-in-nats": [
      {
        variables: { L: [0.1, 5], M: [1, 6] },
        whole: ["M"],
        answer: ({ L, M }) => nats(M, L),
        mistakes: {
          single: ({ L, M }) => (M / 2) * (Math.log(2 * Math.PI * L) + 1),
          rest: ({ L, M }) => (M / 2) * Math.log((2 * Math.PI * L) / M),
          one: ({ L, M }) => nats(M, L) / M,
        },
      },
    ],
  },
  words,
);
