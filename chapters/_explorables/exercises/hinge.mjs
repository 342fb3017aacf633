/** The exercises of 9.1.2 that can be answered in the page. */

import { pose } from "../answers.mjs";
import { hinge } from "../losses.mjs";
import words from "../words/en/exercises/hinge.json";

const slopes = (/** @type {number} */ u) => hinge([u, 0], 0)[1];

pose(
  {
    "the-gradient-by-hand": [
      {
        variables: { u: [-3, 3] },
        answer: ({ u }) => slopes(u)[0],
        mistakes: {
          sign: ({ u }) => slopes(u)[1],
          always: () => -1,
          value: ({ u }) => hinge([u, 0], 0)[0],
          at_zero: ({ u }) => (u < 0 ? -1 : 0),
        },
      },
      {
        variables: { u: [-3, 3] },
        answer: ({ u }) => slopes(u)[1],
        mistakes: { sign: ({ u }) => slopes(u)[0], always: () => 1, none: () => 0 },
      },
    ],
    "the-margin-is-a-unit": [
      {
        variables: { m: [0.2, 5] },
        answer: ({ m }) => m,
        mistakes: { inverse: ({ m }) => 1 / m, none: () => 1 },
      },
      {
        variables: { m: [0.2, 5] },
        answer: ({ m }) => 1 / m,
        mistakes: { inverse: ({ m }) => m, none: () => 1 },
      },
    ],
    "two-classes-are-two-classes": [
      {
        variables: { h1: [-3, 3], h2: [-3, 3] },
        answer: ({ h1, h2 }) => h2 - h1,
        mistakes: {
          sign: ({ h1, h2 }) => h1 - h2,
          half: ({ h1, h2 }) => (h2 - h1) / 2,
          one: ({ h2 }) => h2,
        },
      },
    ],
    "the-worst-rival-and-all-rivals": [
      {
        variables: { C: [2, 20] },
        whole: ["C"],
        answer: ({ C }) => C - 1,
        mistakes: { all: ({ C }) => C, none: () => 1 },
      },
    ],
  },
  words,
);
