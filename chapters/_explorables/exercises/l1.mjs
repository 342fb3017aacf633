/** The exercises of 9.2.1 that can be answered in the page. */

import { pose } from "../answers.mjs";
import { l1 } from "../losses.mjs";
import words from "../words/en/exercises/l1.json";

pose(
  {
    "the-gradient-by-hand": [
      {
        variables: { yhat: [-3, 3], y: [-3, 3], N: [1, 9] },
        whole: ["N"],
        answer: ({ yhat, y, N }) => l1(yhat, y)[1] / N,
        mistakes: {
          sign: ({ yhat, y, N }) => l1(y, yhat)[1] / N,
          mean: ({ yhat, y }) => l1(yhat, y)[1],
          size: ({ yhat, y, N }) => (yhat - y) / N,
        },
      },
    ],
    "other-quantiles": [
      {
        variables: { r: [-3, 3], q: [0.05, 0.95] },
        answer: ({ r, q }) => 2 * Math.max(q * r, (q - 1) * r),
        mistakes: {
          half: ({ r, q }) => Math.max(q * r, (q - 1) * r),
          other: ({ r, q }) => 2 * Math.max((1 - q) * r, -q * r),
          plain: ({ r }) => Math.abs(r),
        },
      },
    ],
    "when-does-the-median-win": [
      {
        variables: { p: [0.1, 1], v: [0.2, 4] },
        answer: ({ p, v }) => 4 * p ** 2 * v,
        mistakes: {
          inverse: ({ p, v }) => 1 / (4 * p ** 2 * v),
          root: ({ p, v }) => 4 * p ** 2 * Math.sqrt(v),
          density: ({ p, v }) => 4 * p * v,
        },
      },
      { variables: {}, answer: () => 0.1, tolerance: 0.006, mistakes: { percent: () => 10 } },
    ],
    breakdown: [
      {
        variables: { N: [1, 30] },
        whole: ["N"],
        answer: ({ N }) => Math.ceil(N / 2),
        mistakes: {
          floor: ({ N }) => Math.floor(N / 2),
          one_more: ({ N }) => Math.floor(N / 2) + 1,
          half: ({ N }) => N / 2,
        },
      },
    ],
    "lopsided-noise": [
      {
        variables: {},
        answer: () => Math.LN2,
        tolerance: 0.006,
        mistakes: { mean: () => 1, mode: () => 0 },
      },
      { variables: {}, answer: () => 1, tolerance: 0.006, mistakes: { median: () => Math.LN2 } },
    ],
  },
  words,
);
