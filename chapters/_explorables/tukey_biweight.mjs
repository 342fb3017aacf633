/** 9.2.3: two groups of values, and a reweighted mean that goes from step to step. */

import { mount, say, written } from "./frame.mjs";
import { dot, mad, sum, tukey_biweight } from "./losses.mjs";
import { curve as curve_of, dots, handles, path, plane, rescale } from "./plot.mjs";
import words from "./words/en/tukey_biweight.json";

/** @typedef {import("./plot.mjs").Plane} Plane */
/** @typedef {{m: number, start: number, c: number, scale: string, one: number, group: number, last: string}} State */

const C = 4.6851;
const RANGE = /** @type {[number, number]} */ ([-10, 25]);
const HEIGHT = [-0.4, 4.6];
/** A step that is shorter than this is none. */
const REST = 0.002;
/** The scale of the page's dashed curve, 7 times that of either group. */
const WARM = 7;
/** So many minima are named. */
const FEW_MINIMA = 4;
/** Where the handles of m, of one value and of the group lie. */
const ROWS = [1, -0.32, -0.6];

/** @type {Record<string, string>} */
const UNITS = words.units;

const density = (/** @type {number} */ r) => Math.exp(-(r ** 2) / 2) / Math.sqrt(2 * Math.PI);
const psi = (/** @type {number} */ r, /** @type {number} */ c) => tukey_biweight(r, 0, { c })[1];

/** From 0 to b, by Simpson's rule. @type {(f: (r: number) => number, b: number) => number} */
function integral(f, b) {
  const [count, h] = [400, b / 400];
  const share = (/** @type {number} */ i) => (i % count === 0 ? 1 : i % 2 ? 4 : 2);
  return (h / 3) * sum(Array.from({ length: count + 1 }, (_, i) => share(i) * f(i * h)));
}

/**
 * e(c) = (∫ψ′φ)² / ∫ψ²φ for normal values of spread 1. By parts ∫ψ′φ = ∫rψφ; beyond 9 there is
 * nothing of φ left.
 * @param {number} c
 */
function efficiency(c) {
  const mean = (/** @type {(r: number) => number} */ f) =>
    2 * integral((r) => f(r) * density(r), Math.min(c, 9));
  return mean((r) => r * psi(r, c)) ** 2 / mean((r) => psi(r, c) ** 2);
}

/** The page's `group`: where the normal distribution has the shares (i + ½)/count below it. */
/** @param {number} count */
function group(count) {
  return Array.from({ length: count }, (_, i) => {
    const share = (i + 0.5) / count - 0.5;
    let x = 0;
    for (let step = 0; step < 20; step++) x += (share - integral(density, x)) / density(x);
    return x;
  });
}

const [MANY, FEW] = [group(70), group(30)];
const ONE = MANY.length - 1;

/** `one` is the outermost of the 70, `last` what was moved last. @type {State} */
const BOOK = { m: 8, start: 8, c: C, scale: "one", one: MANY[ONE], group: 12, last: "" };

const values_of = (/** @type {State} */ { one, group }) => [
  ...MANY.slice(0, ONE),
  one,
  ...FEW.map((value) => group + value),
];

/** σ, which the residuals are divided by. @type {(state: State) => number} */
function sigma_of(state) {
  const y = values_of(state);
  if (state.scale !== "mad") return { tenth: 0.1, seven: WARM }[state.scale] ?? 1;
  return mad(
    y,
    y.map(() => 0),
  );
}

/** Mean loss at m, and its slope. @type {(m: number, y: number[], c: number, scale: number) => number[]} */
function mean_loss(m, y, c, scale) {
  const ceiling = tukey_biweight(2 * c, 0, { c })[0];
  let [loss, slope] = [0, 0];
  for (const value of y) {
    const near = Math.abs(m - value) < c * scale;
    const [height, way] = near ? tukey_biweight(m, value, { c, scale }) : [ceiling, 0];
    loss += height / y.length;
    slope += way / y.length;
  }
  return [loss, slope];
}

/** The whole axis and a little more; 1641 points are as fine as on the page. */
const over = (/** @type {number} */ count) =>
  Array.from({ length: count }, (_, i) => -13 + (41 * i) / (count - 1));
const GRID = over(1641);

/** @type {{key: string, curve: number[][], minima: number[]}} */
let known = { key: "", curve: [], minima: [] };

/** The curve of the mean loss and its minima; the same as long as only m moves. */
/** @param {State} state */
function landscape(state) {
  const key = [state.c, state.scale, state.one, state.group].join(" ");
  if (key === known.key) return known;
  const [y, sigma] = [values_of(state), sigma_of(state)];
  const at = (/** @type {number} */ m) => mean_loss(m, y, state.c, sigma);
  /** @type {number[]} */
  const minima = [];
  let [before, falling] = [0, false];
  // A short reach makes small valleys.
  for (const m of state.c * sigma < 0.5 ? over(8201) : GRID) {
    const slope = at(m)[1];
    // Where nothing pulls, the slope is 0, and the ground level.
    if (slope > 0 && falling) minima.push(between(before, m, (x) => at(x)[1]));
    if (slope !== 0) [before, falling] = [m, slope < 0];
  }
  known = { key, curve: GRID.map((m) => [m, at(m)[0]]), minima };
  return known;
}

/** Where a slope turns from negative to positive. @type {(low: number, high: number, slope: (m: number) => number) => number} */
function between(low, high, slope) {
  for (let step = 0; step < 14; step++) {
    const middle = (low + high) / 2;
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The weight of each value as seen from m, and where the weighted mean lies. */
/** @param {State} state */
function weighed(state) {
  const [y, sigma] = [values_of(state), sigma_of(state)];
  const weight = (/** @type {number} */ value) => {
    const r = (value - state.m) / sigma;
    return r === 0 ? 1 : psi(r, state.c) / r;
  };
  const weights = y.map(weight);
  const all = sum(weights);
  const next = all > 0 ? dot(weights, y) / all : state.m;
  return { y, sigma, weight, weights, next };
}

/** What the picture and the sentence show. @param {State} state */
function seen(state) {
  const found = weighed(state);
  const { y, sigma, weights, next } = found;
  return {
    ...found,
    ...landscape(state),
    reach: state.c * sigma,
    loss: (/** @type {number} */ m) => mean_loss(m, y, state.c, sigma)[0],
    warm: (/** @type {number} */ m) => mean_loss(m, y, state.c, WARM)[0],
    rests: Math.abs(next - state.m) < REST,
    // Of the parabola that touches the loss at m; its bottom is the weighted mean.
    bend: sum(weights) / y.length / sigma ** 2,
    worth: 100 * efficiency(state.c * sigma),
  };
}

/** The values have been moved. An m at rest goes with its valley. */
/** @type {(state: State, changes: Partial<State>) => Partial<State>} */
function moved(state, changes) {
  if (!seen(state).rests) return changes;
  const after = { ...state, ...changes };
  for (let step = 0; step < 300; step++) {
    const { next } = weighed(after);
    if (Math.abs(next - after.m) < 1e-6) break;
    after.m = next;
  }
  return { ...changes, m: after.m };
}

mount({
  name: "tukey_biweight",
  words,
  book: BOOK,
  controls: [
    { key: "step", kind: "action", run: (state) => ({ m: weighed(state).next, last: "" }) },
    { key: "c", kind: "range", min: 2.0851, max: 8.0851, step: 0.1, digits: 2 },
    { key: "scale", kind: "choice", options: ["tenth", "one", "seven", "mad"] },
  ],
  answer: 1,
  backing: { claims: ["C6", "C25a", "C25b"], test: "tests/losses/test_tukey_biweight.py" },

  draw({ svg, width, state, set, tall }) {
    const height = Math.round(Math.min(Math.max(width * 0.42, 200), 270));
    const [below, gap] = [238, 6];
    tall(height + gap + below);
    const moves = [
      loss_over_m(svg, { x: 0, y: 0, width, height }),
      weight_over_y(svg, { x: 0, y: height + gap, width, height: below }, state, set),
    ];
    return (state) => {
      const now = seen(state);
      for (const move of moves) move(state, now);
    };
  },

  tell(state) {
    const { m } = state;
    const { y, weights, next, rests, reach, minima, worth, sigma } = seen(state);
    const counted = weights.filter((w) => w > 0).length;
    const first = counted === 0 ? words.stuck : rests ? words.rests : words.goes;
    const places = minima.map((place) => written(place)).join(words.comma);
    return [
      last_moved(state, weights),
      say(first, {
        ...{ counted, out: y.length - counted },
        ...{ m: written(m), next: written(next), reach: written(reach) },
      }),
      say(minima.length > FEW_MINIMA ? words.many : words.minima, { n: minima.length, places }),
      say(UNITS[state.scale] ?? "", { sigma: written(sigma), c: written(state.c) }),
      say(words.worth, { reach: written(reach), worth: written(worth, 1) }),
    ]
      .filter(Boolean)
      .join(" ");
  },

  done: (state) =>
    ["c", "scale", "one", "group"].every((key) => same(key, state, BOOK)) &&
    Math.abs(state.start - BOOK.start) < 1 &&
    state.m > 11 &&
    seen(state).rests,
});

/** @type {(key: string, a: Record<string, any>, b: Record<string, any>) => boolean} */
const same = (key, a, b) => a[key] === b[key];

/** What has become of the values that were moved last. @type {(state: State, weights: number[]) => string} */
function last_moved({ last, one, group, m }, weights) {
  if (last === "one") {
    const w = weights[ONE];
    return say(w > 0 ? words.one : words.one_out, {
      away: written(Math.abs(one - m)),
      w: written(w),
    });
  }
  if (last !== "group") return "";
  const w = sum(weights.slice(-FEW.length));
  return say(w > 0 ? words.group : words.group_out, { group: written(group), w: written(w) });
}

/** @typedef {import("./plot.mjs").Selection} Selection */
/** @typedef {{x: number, y: number, width: number, height: number}} Place */
/** @typedef {(state: State, now: ReturnType<typeof seen>) => void} Move */

/** The mean loss, its minima, and the parabola to whose bottom a step leads. */
/** @type {(svg: Selection, place: Place) => Move} */
function loss_over_m(svg, place) {
  const top = plane(svg, place, {
    x: RANGE,
    y: [HEIGHT[0], HEIGHT[1]],
    x_label: words.m,
    y_label: words.loss,
  });
  const mark = (/** @type {string} */ kind) => top.marks.append("path").attr("class", kind);
  const upright = mark("upright");
  const warm = mark("edge");
  const curve = mark("curve tukey_biweight");
  const parabola = mark("parabola");
  const [valleys, numbers, places] = [0, 1, 2].map(() => top.root.append("g"));
  const own_name = top.root.append("text").attr("class", "colored over tukey_biweight");
  const warm_name = top.root.append("text").attr("class", "over");
  const [low] = RANGE;

  return (state, now) => {
    const { m, c, start } = state;
    const { next, bend, loss, sigma } = now;
    // The ceiling c²/6 stays where it is.
    rescale(
      top,
      HEIGHT.map((height) => height * (c / C) ** 2),
    );
    only_ticks(top, 0, Number.POSITIVE_INFINITY);
    upright.attr(
      "d",
      path(
        top,
        top.y.domain().map((height) => [m, height]),
      ),
    );
    curve.attr("d", path(top, now.curve));
    warm.attr("d", curve_of(top, now.warm));
    const above = (/** @type {number} */ x) =>
      loss(m) + (bend / 2) * ((x - next) ** 2 - (m - next) ** 2);
    const way = Array.from({ length: 41 }, (_, i) => m + ((next - m) * i) / 20);
    parabola.attr(
      "d",
      path(
        top,
        way.map((x) => [x, above(x)]),
      ),
    );
    dots(
      places,
      top,
      [
        [next, above(next)],
        [start, loss(start)],
        [m, loss(m)],
      ],
      (i) => ["next silent", "start", "here tukey_biweight"][i],
      (i) => (i === 1 ? "cross" : "circle"),
    );
    mark_valleys(valleys, numbers, top, now.minima, loss);
    own_name.text(say(words.sigma, { sigma: Number(sigma.toFixed(2)) }));
    own_name.attr("x", top.x(low) + 4).attr("y", top.y(loss(low)) - 6);
    warm_name.text(state.scale === "seven" ? "" : say(words.sigma, { sigma: WARM }));
    // Below the curve over the whole length of the name.
    const name_end = top.x.invert(top.x(low) + 40);
    const under = Math.min(now.warm(low), now.warm(name_end));
    warm_name.attr("x", top.x(low) + 4).attr("y", top.y(under) + 16);
  };
}

/** The values, the weight of each as seen from m, and what can be dragged. */
/** @type {(svg: Selection, place: Place, state: State, set: (changes: Partial<State>) => void) => Move} */
function weight_over_y(svg, place, state, set) {
  const below = plane(svg, place, {
    x: RANGE,
    y: [-0.8, 1.4],
    x_label: words.value,
    y_label: words.weight,
  });
  only_ticks(below, 0, 1);
  const mark = (/** @type {string} */ kind) => below.marks.append("path").attr("class", kind);
  const upright = mark("upright");
  mark("floor").attr(
    "d",
    curve_of(below, () => 0),
  );
  const [rug, stems] = [below.marks.append("g"), below.marks.append("g")];
  const bell = mark("curve tukey_biweight");
  const span = mark("span");
  const grips = below.root.append("g");
  const hints = [0, 1, 2].map(() => below.root.append("text"));
  const worth = below.root.append("text").attr("text-anchor", "end");
  worth.attr("x", below.x(RANGE[1])).attr("y", 14);
  const at = (/** @type {number} */ i) => [[state.m, state.one, state.group][i], ROWS[i]];
  const move = handles(below, 3, {
    label: (i) => words.handles[i],
    at,
    move: (i, [to]) => {
      if (i === 0) set({ m: to, start: to, last: "" });
      else if (i === 1) set(moved(state, { one: to, last: "one" }));
      else set(moved(state, { group: to, last: "group" }));
    },
  });

  return ({ m, one, group }, now) => {
    const { y, weights } = now;
    upright.attr(
      "d",
      path(below, [
        [m, -1],
        [m, 1],
      ]),
    );
    upstanding(rug, below, y, () => [-0.05, -0.16]).attr("class", (_, i) =>
      weights[i] > 0 ? "rug" : "rug out",
    );
    upstanding(stems, below, y, (i) => [0, weights[i]])
      .attr("class", "stem")
      .attr("opacity", (_, i) => 0.25 + 0.75 * weights[i]);
    bell.attr(
      "d",
      path(
        below,
        GRID.map((value) => [value, now.weight(value)]),
      ),
    );
    const ends = [FEW[0], FEW[FEW.length - 1]].map((value) => [group + value, ROWS[2]]);
    span.attr(
      "d",
      `${path(below, ends)}${path(below, [
        [one, -0.05],
        [one, ROWS[1]],
      ])}`,
    );
    dots(
      grips,
      below,
      [0, 1, 2].map(at),
      (i) => (i === 0 ? "here tukey_biweight" : "own"),
      (i) => (i === 0 ? "circle" : "square"),
    );
    move();
    hints.forEach((hint, i) => {
      const [x, row] = at(i);
      hint.text(words.hints[i]);
      beside(hint, below, x, below.y(row) + (i === 0 ? -12 : 4), i === 2 ? FEW[FEW.length - 1] : 0);
    });
    worth.text(say(words.efficiency, { worth: written(now.worth, 1) }));
  };
}

/** A line over each value, from one height to another. */
/** @type {(group: Selection, plane: Plane, y: number[], ends: (i: number) => number[]) => Selection} */
const upstanding = (group, plane, y, ends) =>
  group
    .selectAll("path")
    .data(y)
    .join("path")
    .attr("d", (value, i) =>
      path(
        plane,
        ends(i).map((height) => [value, height]),
      ),
    );

/** Leaves only these ticks at the side. @type {(plane: Plane, low: number, high: number) => void} */
function only_ticks({ root }, low, high) {
  const beside = root.selectAll(".axis").filter((_, i) => i === 1);
  beside
    .selectAll(".tick")
    .filter((height) => Number(height) < low || Number(height) > high)
    .remove();
}

/**
 * A label to the right of a mark, or to its left where there is no room.
 * @type {(label: Selection, plane: Plane, x: number, y: number, half: number) => void}
 */
function beside(label, { x }, at, y, half) {
  const right = x(at + half) + 12;
  const room = x.range()[1] - right > 80;
  label
    .attr("text-anchor", room ? "start" : "end")
    .attr("x", room ? right : x(at - half) - 12)
    .attr("y", y);
}

/**
 * A triangle under each minimum, filled under the lowest; with its place, if they are few.
 * @type {(triangles: Selection, numbers: Selection, plane: Plane, minima: number[], loss: (m: number) => number) => void}
 */
function mark_valleys(triangles, numbers, { x, y }, minima, loss) {
  const heights = minima.map(loss);
  const lowest = heights.indexOf(Math.min(...heights));
  const to = (/** @type {number} */ m, /** @type {number} */ i) =>
    `translate(${x(m).toFixed(1)},${(y(heights[i]) + 4).toFixed(1)})`;
  triangles
    .selectAll("path")
    .data(minima)
    .join("path")
    .attr("class", (_, i) =>
      i === lowest ? "dot valley tukey_biweight" : "dot valley tukey_biweight silent",
    )
    .attr("d", "M0,0l5,9h-10z")
    .attr("transform", to);
  numbers
    .selectAll("text")
    .data(minima.length > FEW_MINIMA ? [] : minima)
    .join("text")
    .attr("class", "over minimum")
    .attr("text-anchor", "middle")
    .attr("dy", 22)
    .attr("transform", to)
    .text((m) => written(m));
}
