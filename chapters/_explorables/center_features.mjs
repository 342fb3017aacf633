/** What can be read from the features x of page 9.1.5's small network: its logits and its centres. */

import { argmax } from "./losses.mjs";

const CLASSES = 10;

/** W x. @type {(last: ArrayLike<number>, x: readonly number[]) => number[]} */
export const logits = (last, x) =>
  Array.from({ length: CLASSES }, (_, j) => last[j] * x[0] + last[CLASSES + j] * x[1]);

/**
 * How tight the classes are, how far apart, and how many images are right: by the largest logit,
 * and by the nearest centre.
 * @param {readonly number[][]} features
 * @param {readonly number[]} labels
 * @param {readonly number[][]} centers
 * @param {ArrayLike<number>} last
 */
export function measured(features, labels, centers, last) {
  const squared = features.reduce((total, x, i) => total + distance(x, centers[labels[i]]) ** 2, 0);
  const gaps = centers.flatMap((a, j) => centers.slice(0, j).map((b) => distance(a, b)));
  const count = (/** @type {(x: number[]) => number} */ read) =>
    features.filter((x, i) => read(x) === labels[i]).length;
  return {
    spread: Math.sqrt(squared / features.length),
    gap: Math.min(...gaps),
    right: count((x) => argmax(logits(last, x))),
    near: count((x) => nearest(x, centers)),
  };
}

/** @type {(x: readonly number[], centers: readonly number[][]) => number} */
export const nearest = (x, centers) => argmax(centers.map((c) => -distance(x, c)));

/** @type {(a: readonly number[], b: readonly number[]) => number} */
export const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
