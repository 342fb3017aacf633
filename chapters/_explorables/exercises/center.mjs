/** The exercises of 9.1.5 that can be answered in the page. */

import { pose } from "../answers.mjs";
import { center } from "../losses.mjs";
import words from "../words/en/exercises/center.json";

const pull = (/** @type {number} */ x, /** @type {number} */ c) => center([x], [[c]], 0)[1][0];

pose(
  {
    "the-gradient-by-hand": [
      {
        variables: { x: [-3, 3], c: [-3, 3], N: [1, 9] },
        whole: ["N"],
        answer: ({ x, c, N }) => pull(x, c) / N,
        mistakes: {
          sign: ({ x, c, N }) => pull(c, x) / N,
          half: ({ x, c, N }) => (2 * pull(x, c)) / N,
          mean: ({ x, c }) => pull(x, c),
        },
      },
    ],
    "equation-4-by-hand": [
      {
        variables: { c: [-3, 3], x: [-3, 3], n: [0, 9], alpha: [0.1, 1] },
        whole: ["n"],
        answer: ({ c, x, n, alpha }) => c - (alpha * n * (c - x)) / (1 + n),
        mistakes: {
          sign: ({ c, x, n, alpha }) => c + (alpha * n * (c - x)) / (1 + n),
          divisor: ({ c, x, alpha }) => c - alpha * (c - x),
          rate: ({ c, x, n }) => c - (n * (c - x)) / (1 + n),
        },
      },
    ],
    "how-long-does-a-centre-remember": [
      {
        variables: { alpha: [0.1, 1], n: [1, 9], t: [1, 5] },
        whole: ["n", "t"],
        answer: ({ alpha, n, t }) => (1 - (alpha * n) / (1 + n)) ** t,
        mistakes: {
          gone: ({ alpha, n, t }) => 1 - (1 - (alpha * n) / (1 + n)) ** t,
          divisor: ({ alpha, t }) => (1 - alpha) ** t,
          once: ({ alpha, n }) => 1 - (alpha * n) / (1 + n),
        },
      },
      {
        variables: {},
        answer: () => 17,
        mistakes: { sixteen: () => 16 },
      },
      { variables: {}, answer: () => 7, mistakes: { six: () => 6 } },
    ],
  },
  words,
);
