/** The exercises of 9.2.3 that can be answered in the page. */

import { pose } from "../answers.mjs";
import { tukey_biweight } from "../losses.mjs";
import words from "../words/en/exercises/tukey_biweight.json";

const C = 4.6851;
const rho = (/** @type {number} */ r, c = C) => tukey_biweight(r, 0, { c })[0];
const w = (/** @type {number} */ r) => (1 - Math.min((r / C) ** 2, 1)) ** 2;

pose(
  {
    "the-gradient-by-hand": [
      {
        variables: { r: [-8, 8], c: [1, 6], sigma: [0.5, 3], N: [1, 9] },
        whole: ["N"],
        answer: ({ r, c, sigma, N }) => -tukey_biweight(r, 0, { c })[1] / sigma / N,
        mistakes: {
          sign: ({ r, c, sigma, N }) => tukey_biweight(r, 0, { c })[1] / sigma / N,
          scale: ({ r, c, N }) => -tukey_biweight(r, 0, { c })[1] / N,
          inside: ({ r, c, sigma, N }) => (-r * (1 - (r / c) ** 2) ** 2) / sigma / N,
          mean: ({ r, c, sigma }) => -tukey_biweight(r, 0, { c })[1] / sigma,
        },
      },
    ],
    "right-in-single-precision": [
      {
        variables: { u: [-1e-7, 1e-7], c: [1, 6] },
        answer: ({ u, c }) => rho(u * c, c),
        relative: true,
        mistakes: {
          cancels: ({ u, c }) => (c ** 2 / 6) * (1 - (1 - u ** 2) ** 3),
          factor: ({ u, c }) => 3 * rho(u * c, c),
        },
      },
    ],
    "why-reweighting-goes-downhill": [
      {
        variables: { r: [-7, 7], v: [-6, 6] },
        functions: { rho, w },
        answer: ({ r, v }) => rho(v) + (w(v) / 2) * (r ** 2 - v ** 2),
        mistakes: {
          height: ({ r, v }) => (w(v) / 2) * r ** 2,
          half: ({ r, v }) => rho(v) + w(v) * (r ** 2 - v ** 2),
          line: ({ r, v }) => rho(v) + w(v) * v * (r - v),
        },
      },
    ],
    "huber-s-95": [
      {
        variables: { p: [0.2, 0.95], d: [0.2, 2], f: [0.05, 0.4] },
        answer: ({ p, d, f }) => p ** 2 / (p - 2 * d * f + d ** 2 * (1 - p)),
        mistakes: {
          inside: ({ p, d, f }) => p ** 2 / (p - 2 * d * f),
          square: ({ p, d, f }) => p / (p - 2 * d * f + d ** 2 * (1 - p)),
        },
      },
      { variables: {}, answer: () => 1.345, tolerance: 1e-3, mistakes: { tukey: () => 4.6851 } },
      { variables: {}, answer: () => 2 / Math.PI, tolerance: 5e-3, mistakes: { zero: () => 0 } },
    ],
  },
  words,
);
