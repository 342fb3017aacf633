/** 9.1.3: hinge and ramp fitted to the same points, one of them mislabelled. */

import { support_vector_machine } from "./fit.mjs";
import { mount, say, written } from "./frame.mjs";
import { dot, hinge, ramp } from "./losses.mjs";
import { bottom_of, curve, dots, handles, long, panels, path, plane } from "./plot.mjs";
import { points as others, signs as their_signs } from "./ramp_points.mjs";
import words from "./words/en/ramp.json";

/** @typedef {import("./fit.mjs").Line} Line */
/** @typedef {import("./plot.mjs").Plane} Plane */
/**
 * The mislabelled point, and the w of the line from which a cold start begins.
 * @typedef {{s: number, start: string, point: number[][], first: number[][]}} State
 */

const PENALTY = 0.05;
/** @type {State} */
const BOOK = { s: -0.5, start: "warm", point: [[0.3, -0.8]], first: [[-1.5, 0.25]] };

const signs = [...their_signs, -1];
const MISLABELLED = others.length;
/** Numbers of classes whose cut -1/(C - 1) is marked on the curve. */
const CLASSES = { 2: "−1", 3: "−1/2", 10: "−1/9" };

const of_hinge = (/** @type {number} */ u) => hinge(u, 1, { form: "binary" });
const of_ramp = (/** @type {number} */ u, /** @type {number} */ s) =>
  ramp(u, 1, { form: "binary", s });

/** @type {(points: number[][], line: Line) => number[]} */
const margins_of = (points, { w, b }) => points.map((x, i) => signs[i] * (dot(w, x) + b));

/**
 * The ramp in the manner of the concave-convex procedure (Collobert et al., 2006): the machine on the
 * points that are not on the flat, again until these stay the same. What a point on the flat costs
 * is taken as 1 - s wherever it moves. That is nowhere below the ramp, and closer to it than the
 * tangent of the original, max{u, 1} - s; so no step makes the mean loss with the penalty larger.
 * Each point's pull at the line is a share of the most it can be: minus the slope of its loss.
 * @param {number[][]} points
 * @param {number} s
 * @param {Line} first
 * @returns {Line & {pulls: number[]}}
 */
function best_ramp(points, s, first) {
  let before = "";
  let line = { ...first, pulls: points.map(() => 0) };
  for (let fits = 0; fits < 50; fits++) {
    const margins = margins_of(points, line);
    const heard = points.map((_, i) => i).filter((i) => margins[i] > s);
    if (!heard.length || String(heard) === before) break;
    before = String(heard);
    const of = (/** @type {any[]} */ all) => heard.map((i) => all[i]);
    const { w, b, parts } = support_vector_machine(of(points), of(signs), PENALTY, points.length);
    const pulls = points.map(() => 0);
    heard.forEach((i, k) => {
      pulls[i] = parts[k] * PENALTY * points.length;
    });
    line = { w, b, pulls };
  }
  return line;
}

/** Both lines, and what each point has to do with them. */
/** @param {State} state */
export function seen({ s, start, point, first }) {
  const points = [...others, ...point];
  // Without a cut no point ever lies on the flat.
  const by_hinge = best_ramp(points, -Infinity, { w: [0, 0], b: 0 });
  const begin = start === "cold" ? { w: first[0], b: 0 } : by_hinge;
  const judged = (/** @type {Line} */ line) => {
    const margins = margins_of(points, line);
    const right = margins.filter((u, i) => u > 0 && i !== MISLABELLED).length;
    return { line, margins, right, flat: margins.map((u) => u <= s) };
  };
  const by_ramp = best_ramp(points, s, begin);
  return {
    points,
    begin: judged(begin),
    hinge: { ...judged(by_hinge), pull: by_hinge.pulls[MISLABELLED] },
    ramp: { ...judged(by_ramp), pull: by_ramp.pulls[MISLABELLED] },
  };
}

mount({
  name: "ramp",
  words,
  book: BOOK,
  controls: [
    { key: "s", kind: "range", min: -2, max: 0.9, step: 0.05, digits: 2 },
    { key: "start", kind: "choice", options: ["warm", "cold"] },
  ],
  answer: 1,
  backing: { claims: ["C5a", "C8"], test: "tests/losses/test_ramp.py" },

  draw({ svg, width, state, set, tall }) {
    const [place, beside] = panels(width, 2, 0.98);
    const above = { ...beside, height: Math.round(0.68 * beside.height) };
    const below = { ...beside, y: beside.y + above.height - 18 };
    below.height = beside.height - above.height + 18;
    tall(bottom_of([place, below]));
    const left = plane(svg, place, { x: [-4, 4], y: [-4, 4], x_label: words.x, y_label: words.y });
    const loss = plane(svg, above, {
      x: [-2, 2],
      y: [-0.5, 3.5],
      x_label: "",
      y_label: words.loss,
    });
    const slope = plane(svg, below, {
      x: [-2, 2],
      y: [-1.4, 0.4],
      x_label: words.margin,
      y_label: words.slope,
    });
    const in_plane = drawn_lines(left);
    const on_loss = drawn_curves(loss);
    const on_slope = drawn_slopes(slope);
    const grips = handles(left, 2, {
      label: (i) => [words.mislabelled, words.first][i],
      at: (i) => [state.point, state.first][i][0],
      move: (i, to) => set(i ? { first: [to] } : { point: [to] }),
    });
    const cut = handles(loss, 1, {
      label: () => words.cut,
      at: () => [state.s, of_ramp(state.s, state.s)[0]],
      move: (_, [u]) => set({ s: Math.min(0.9, Number(u.toFixed(2))) }),
    });
    loss.root.selectAll(".handle").attr("data-handle", "handle-s");
    return (state) => {
      const found = seen(state);
      in_plane(state, found);
      on_loss(state, found);
      on_slope(state, found);
      grips();
      cut();
      left.root
        .selectAll(".handle")
        .attr("display", (_, i) => (i && state.start !== "cold" ? "none" : null));
    };
  },

  tell(state) {
    const { begin, hinge, ramp } = seen(state);
    const count = (/** @type {boolean[]} */ flat) => flat.filter(Boolean).length;
    const [u, v] = [hinge.margins[MISLABELLED], ramp.margins[MISLABELLED]];
    const { w, b } = ramp.line;
    const parts = [
      state.start === "cold" ? words.told_cold : words.told_warm,
      words.told_point,
      words.told_right,
      w.some(Boolean) ? "" : b ? words.told_no_line : words.told_zero,
    ];
    return say(parts.join(" ").trim(), {
      begin: count(begin.flat),
      flat: count(ramp.flat),
      all: signs.length,
      u: written(u),
      says_u: hinge.pull ? words.pulls : words.silent,
      v: written(v),
      says_v: ramp.pull ? words.pulls : words.silent,
      others: others.length,
      by_hinge: hinge.right,
      by_ramp: ramp.right,
      sign: b > 0 ? "+1" : "−1",
    });
  },

  done(state) {
    const { hinge, ramp } = seen(state);
    const far = hinge.margins[MISLABELLED] < -1;
    return state.start === "warm" && far && ramp.flat[MISLABELLED];
  },
});

/** @typedef {ReturnType<typeof seen>} Seen */
/** @typedef {(state: State, found: Seen) => void} Move */

const sign_of = (/** @type {number} */ i) => (signs[i] > 0 ? "plus" : "minus");
const shape_of = (/** @type {number} */ i) => (signs[i] > 0 ? "circle" : "square");

/** The points and the lines among them. @type {(plane: Plane) => Move} */
function drawn_lines(plane) {
  const { root, marks, x, y } = plane;
  const side = marks.append("path").attr("class", "side ramp");
  const first = marks.append("path").attr("class", "first");
  const arrow = marks.append("path").attr("class", "arrow");
  const lines = ["ramp", "hinge"].map((name) => marks.append("path").attr("class", `fit ${name}`));
  const samples = marks.append("g");
  const ring = root.append("circle").attr("class", "ring").attr("r", 10);
  const grip = root.append("circle").attr("class", "knob").attr("r", 5);
  const sides = ["+1", "−1"].map((name) =>
    text_in(root, "").text(name).attr("text-anchor", "middle"),
  );
  const labels = ["ramp", "hinge"].map((name) => text_in(root, `colored ${name}`));
  const named = text_in(root, "");
  const tip = text_in(root, "");
  return (state, { points, begin, hinge, ramp }) => {
    const cold = state.start === "cold";
    side.attr("d", path(plane, half_plane(ramp.line)) + "Z");
    first.attr("d", cold ? path(plane, level(begin.line)) : "");
    arrow.attr("d", cold ? path(plane, [[0, 0], state.first[0]]) : "");
    put(tip, plane, state.first[0], cold ? words.w : "", [10, -8]);
    grip.attr("transform", at_place(plane, state.first[0])).attr("display", cold ? null : "none");
    const below = end_of(ramp.line, 1, 3);
    const across = ramp.line.w.map((value) => (0.5 * value) / Math.hypot(...ramp.line.w));
    sides.forEach((side, k) => {
      const to = below.map((value, d) => value + (k ? -1 : 1) * across[d]);
      side.attr("display", ramp.line.w.some(Boolean) ? null : "none");
      if (to.every(Number.isFinite)) side.attr("x", x(to[0])).attr("y", y(to[1]) + 4);
    });
    [ramp, hinge].forEach(({ line }, k) => {
      lines[k].attr("d", path(plane, level(line)));
      const end = end_of(line, k ? -1 : 1);
      const text = line.w.some(Boolean) ? [words.ramp, words.hinge][k] : "";
      put(labels[k], plane, end, text, [8, k ? -6 : 14]);
    });
    dots(samples, plane, points, (i) => kind_of(i, ramp.flat), shape_of);
    ring.attr("transform", at_place(plane, state.point[0]));
    const moved = String(state.point) !== String(BOOK.point);
    put(named, plane, state.point[0], moved || cold ? "" : words.label, [12, 20]);
  };
}

/** @type {(i: number, flat: boolean[]) => string} */
const kind_of = (i, flat) => `${sign_of(i)} ${flat[i] ? "silent" : ""}`;

/** Figure 9.1, with the points on the ramp and the mislabelled one on both curves. */
/** @type {(plane: Plane) => Move} */
function drawn_curves(plane) {
  const { root, marks, x, y } = plane;
  for (const [classes, s] of Object.entries(CLASSES)) {
    const at = -1 / (Number(classes) - 1);
    const [height] = of_hinge(at);
    marks
      .append("path")
      .attr("class", "mark")
      .attr("d", `M${x(at) + 12},${y(height)}h8`);
    put(text_in(root, ""), plane, [at, height], say(words.classes, { classes, s }), [24, 4]);
  }
  const curves = ["ramp", "hinge"].map((name) => marks.append("path").attr("class", `fit ${name}`));
  curves[1].attr(
    "d",
    curve(plane, (u) => of_hinge(u)[0]),
  );
  const samples = marks.append("g");
  const both = marks.append("g");
  const knob = root.append("circle").attr("class", "knob ramp").attr("r", 6);
  const letter = text_in(root, "colored ramp");
  const name = text_in(root, "colored ramp");
  const flat_name = text_in(root, "");
  put(text_in(root, "colored hinge"), plane, [-1.5, 2.5], words.hinge, [10, 0]);
  return ({ s }, { hinge, ramp }) => {
    const height = (/** @type {number} */ u) => of_ramp(u, s)[0];
    curves[0].attr("d", curve(plane, height));
    const at = (/** @type {number} */ u) => [held(u), height(held(u))];
    dots(samples, plane, ramp.margins.map(at), (i) => kind_of(i, ramp.flat), shape_of);
    const u = held(hinge.margins[MISLABELLED]);
    rings(both, plane, [[u, of_hinge(u)[0]], at(ramp.margins[MISLABELLED])]);
    knob.attr("transform", at_place(plane, [s, height(s)]));
    put(letter, plane, [s, 1 - s], "s", [-3, 20]);
    // Below the flat, but above it where there is more room.
    const [upper, lower] = s > 0.1 ? [-28, -13] : [21, 36];
    const at_flat = [-2, Math.min(height(s), 2)];
    put(name, plane, at_flat, words.ramp, [6, upper]);
    const flat = ramp.flat.filter(Boolean).length;
    put(flat_name, plane, at_flat, say(words.flat, { flat }), [6, lower]);
  };
}

/** The slopes under it. @type {(plane: Plane) => Move} */
function drawn_slopes(plane) {
  const { root, marks } = plane;
  const ticks = root.selectAll(".axis + .axis .tick");
  ticks.filter((/** @type {any} */ value) => value % 1 !== 0).remove();
  ticks.select("text").text((/** @type {any} */ value) => written(value, 0));
  const curves = ["ramp", "hinge"].map((name) => marks.append("path").attr("class", `fit ${name}`));
  curves[1].attr(
    "d",
    curve(plane, (u) => of_hinge(u)[1]),
  );
  const both = marks.append("g");
  return ({ s }, { hinge, ramp }) => {
    curves[0].attr(
      "d",
      curve(plane, (u) => of_ramp(u, s)[1]),
    );
    const [u, v] = [hinge, ramp].map(({ margins }) => margins[MISLABELLED]);
    rings(both, plane, [
      [held(u), -hinge.pull],
      [held(v), -ramp.pull],
    ]);
  };
}

/** A margin beyond the axis is shown at its end. @type {(u: number) => number} */
const held = (u) => Math.min(Math.max(u, -1.93), 1.93);

/** The mislabelled point under the hinge's line and under the ramp's. */
/** @type {(group: Plane["marks"], plane: Plane, at: number[][]) => void} */
function rings(group, plane, at) {
  group
    .selectAll("circle")
    .data(at)
    .join("circle")
    .attr("class", (_, i) => `ring ${i ? "ramp" : "hinge"}`)
    .attr("r", 8)
    .attr("transform", (place) => at_place(plane, place));
}

/** @type {(plane: Plane, at: number[]) => string} */
const at_place = ({ x, y }, [a, b]) => `translate(${x(a)},${y(b)})`;

/** @type {(root: Plane["root"], kind: string) => Plane["root"]} */
const text_in = (root, kind) => root.append("text").attr("class", `label ${kind}`);

/** Text beside a place; to its left where there is no room to its right. */
/** @type {(text: Plane["root"], plane: Plane, at: number[], words: string, by: number[]) => void} */
function put(text, { x, y }, [a, b], words, [dx, dy]) {
  const ends = x(a) + dx + long(words) > x.range()[1];
  text
    .text(words)
    .attr("text-anchor", ends ? "end" : "start")
    .attr("x", x(a) + (ends ? -dx : dx))
    .attr("y", y(b) + dy);
}

/** Where the score is 0, as two ends; nothing where there is no line. @type {(line: Line) => number[][]} */
function level({ w, b }) {
  const square = dot(w, w);
  if (!square) return [[99, 99]];
  const along = [-w[1], w[0]].map((value) => (20 * value) / Math.sqrt(square));
  return [-1, 1].map((way) => w.map((value, k) => (-value * b) / square + way * along[k]));
}

/** Where the score is positive. @type {(line: Line) => number[][]} */
function half_plane(line) {
  const { w, b } = line;
  // All of the plane or nothing of it.
  const all = [
    [-9, -9],
    [9, -9],
    [9, 9],
    [-9, 9],
  ];
  if (!w.some(Boolean)) return b > 0 ? all : [[99, 99]];
  const ends = level(line);
  const across = w.map((value) => (20 * value) / Math.hypot(...w));
  return [...ends, ...[...ends].reverse().map((end) => end.map((value, k) => value + across[k]))];
}

/** The upper or lower end of a line within so far. */
/** @type {(line: Line, way: number, bound?: number) => number[]} */
function end_of(line, way, bound = 3.9) {
  const [from, to] = level(line);
  if (!to) return [0, 0];
  const steps = Array.from({ length: 401 }, (_, i) => i / 400);
  const inside = steps
    .map((t) => from.map((value, k) => value + t * (to[k] - value)))
    .filter((at) => at.every((value) => Math.abs(value) < bound));
  return inside.sort((a, b) => way * (b[1] - a[1]))[0] ?? [99, 99];
}
