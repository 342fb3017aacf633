/** The exercises of 9.1.4 that can be answered in the page. */

import { pose } from "../answers.mjs";
import words from "../words/en/exercises/large_margin_softmax.json";

pose(
  {
    "a-straight-d": [
      {
        variables: { theta: [0, Math.PI], m: [1, 5] },
        whole: ["m"],
        answer: ({ theta, m }) => 1 - (2 * m * theta) / Math.PI,
        mistakes: {
          through_zero: ({ theta, m }) => -1 - (2 * m * theta) / Math.PI,
          steep: ({ theta, m }) => -1 - 2 * (m - 1) * (theta - Math.PI / m),
          rising: ({ theta, m }) => -3 + (2 * m * theta) / Math.PI,
        },
      },
    ],
    "what-annealing-does-to-the-slope": [
      {
        variables: { lam: [0, 9], m: [2, 5] },
        whole: ["m"],
        answer: ({ lam }) => lam / (1 + lam),
        mistakes: { none: () => 0, undivided: ({ lam }) => lam },
      },
      {
        variables: { lam: [0, 9], m: [2, 5] },
        whole: ["m"],
        answer: ({ lam, m }) => (lam + m ** 2) / (1 + lam),
        mistakes: {
          plain: ({ m }) => m ** 2,
          once: ({ lam, m }) => (lam + m) / (1 + lam),
          alone: ({ lam, m }) => m ** 2 / (1 + lam),
        },
      },
    ],
    "margins-that-are-added": [
      {
        variables: { a: [0, 0.3], t: [0.5, 3] },
        answer: ({ a }) => a,
        mistakes: { both: ({ a }) => 2 * a, half: ({ a }) => a / 2 },
      },
      {
        variables: { a: [0, 0.3], t: [0.5, 3] },
        answer: ({ a, t }) => 2 * Math.asin(a / (2 * Math.sin(t / 2))),
        mistakes: {
          half: ({ a, t }) => Math.asin(a / (2 * Math.sin(t / 2))),
          other: ({ a }) => a,
          sine: ({ a, t }) => a / Math.sin(t / 2),
        },
      },
    ],
  },
  words,
);
