/**
 * The best lines: what the losses do to a classifier in the plane, and to a line through points.
 */

import { dot, sum } from "./losses.mjs";

/** @typedef {import("./losses.mjs").Vector} Vector */
/** @typedef {{w: number[], b: number}} Line The score is w x + b. */

/**
 * The support vector machine: the least λ/2 |w|² + (1/N) Σ max{0, 1 - y_i (w x_i + b)}.
 *
 * By pairs of samples in the dual, each time the two that violate its conditions most
 * (Keerthi et al., 2001). Each sample's part α_i in w is between 0 and 1/(λN); `parts` are they.
 * @param {readonly Vector[]} points
 * @param {Vector} signs
 * @param {number} penalty
 * @param {number} [count] N, if samples were left out
 * @returns {Line & {parts: number[]}}
 */
export function support_vector_machine(points, signs, penalty, count = points.length) {
  const most = 1 / (penalty * count);
  const parts = points.map(() => 0);
  const w = points[0].map(() => 0);
  let b = 0;
  for (let step = 0; step < 20_000; step++) {
    // What b would have to be for each sample to lie on its margin.
    const offsets = points.map((x, i) => signs[i] - dot(w, x));
    let [up, low] = [-1, -1];
    signs.forEach((y, i) => {
      if ((y > 0 ? parts[i] < most : parts[i] > 0) && !(offsets[i] <= offsets[up])) up = i;
      if ((y > 0 ? parts[i] > 0 : parts[i] < most) && !(offsets[i] >= offsets[low])) low = i;
    });
    if (up < 0 || low < 0) return { w, b: Math.sign(sum(signs)), parts };
    b = (offsets[up] + offsets[low]) / 2;
    const gap = offsets[up] - offsets[low];
    if (gap < 1e-10) break;
    const between = points[up].map((value, k) => value - points[low][k]);
    const room = (/** @type {number} */ i, /** @type {number} */ way) =>
      signs[i] * way > 0 ? most - parts[i] : parts[i];
    const change = Math.min(
      gap / Math.max(dot(between, between), 1e-12),
      room(up, 1),
      room(low, -1),
    );
    parts[up] = held(parts[up] + signs[up] * change, most);
    parts[low] = held(parts[low] - signs[low] * change, most);
    between.forEach((value, k) => {
      w[k] += change * value;
    });
  }
  return { w, b, parts };
}

/** Between 0 and the most, exactly at either end. @type {(part: number, most: number) => number} */
const held = (part, most) => (part < 1e-14 * most ? 0 : part > (1 - 1e-14) * most ? most : part);

/**
 * The same with a smooth loss of the margin, by Newton's method.
 * @param {readonly Vector[]} points
 * @param {Vector} signs
 * @param {number} penalty
 * @param {(u: number) => [number, number, number]} loss value, slope and curvature
 * @returns {Line}
 */
export function smooth_machine(points, signs, penalty, loss) {
  const inputs = points.map((x) => [...x, 1]);
  const shrunk = inputs[0].map((_, k) => (k < inputs[0].length - 1 ? penalty : 0));
  const cost = (/** @type {Vector} */ v) =>
    dot(
      shrunk,
      v.map((value) => value ** 2),
    ) /
      2 +
    sum(inputs.map((x, i) => loss(signs[i] * dot(v, x))[0])) / inputs.length;
  let v = inputs[0].map(() => 0);
  for (let step = 0; step < 100; step++) {
    const terms = inputs.map((x, i) => loss(signs[i] * dot(v, x)));
    const gradient = v.map(
      (value, k) =>
        shrunk[k] * value +
        sum(inputs.map((x, i) => signs[i] * terms[i][1] * x[k])) / inputs.length,
    );
    const curvature = v.map((_, k) =>
      v.map(
        (_, l) =>
          Number(k === l) * (shrunk[k] + 1e-12) +
          sum(inputs.map((x, i) => terms[i][2] * x[k] * x[l])) / inputs.length,
      ),
    );
    const move = solved(curvature, gradient);
    let size = 1;
    const moved = () => v.map((value, k) => value - size * move[k]);
    while (size > 1e-6 && cost(moved()) > cost(v)) size /= 2;
    v = moved();
    if (Math.max(...gradient.map(Math.abs)) < 1e-12) break;
  }
  return { w: v.slice(0, -1), b: v[v.length - 1] };
}

/**
 * A x = y for a small positive definite matrix, by elimination.
 * @type {(matrix: readonly Vector[], right: Vector) => number[]}
 */
export function solved(matrix, right) {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  rows.forEach((pivot, i) => {
    for (const row of rows.slice(i + 1)) {
      const factor = row[i] / pivot[i];
      row.forEach((_, k) => {
        row[k] -= factor * pivot[k];
      });
    }
  });
  const x = right.map(() => 0);
  for (let i = x.length - 1; i >= 0; i--) {
    x[i] =
      (rows[i][x.length] - sum(x.map((value, k) => (k > i ? rows[i][k] * value : 0)))) / rows[i][i];
  }
  return x;
}
