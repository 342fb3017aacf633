/** 9.1.2: the support vector machine of the page, its points and its penalty in the reader's hand. */

import { smooth_machine, support_vector_machine } from "./fit.mjs";
import { mount, say, written } from "./frame.mjs";
import { cross_entropy, dot, hinge, sum } from "./losses.mjs";
import { bottom_of, curve, dots, handles, panels, path, plane } from "./plot.mjs";
import { points, signs } from "./two_classes.mjs";
import words from "./words/en/hinge.json";

const logistic = (/** @type {number} */ u) => cross_entropy([u, 0], 0);

/** Value and slope of each loss at a margin. @type {Record<string, (u: number) => [number, number]>} */
const LOSSES = {
  hinge: (u) => hinge(u, 1, { form: "binary" }),
  squared: (u) => hinge(u, 1, { form: "binary", p: 2 }),
  cross_entropy: (u) => {
    const [loss, [slope]] = logistic(u);
    return [loss, slope];
  },
};
/** @type {Record<string, (u: number) => number>} */
const CURVATURE = {
  squared: (u) => (u < 1 ? 2 : 0),
  cross_entropy: (u) => {
    const slope = logistic(u)[1][0];
    return -slope * (1 + slope);
  },
};

/** @typedef {{loss: string, turn: number, shift: number, last: number, points: number[][]}} State */

const PENALTY = 0.05;
/** `last` is the point that was moved last. @type {State} */
const BOOK = { loss: "hinge", turn: 0, shift: 0, last: -1, points };

/** @param {State} state */
function best({ loss, points }) {
  if (loss === "hinge") return support_vector_machine(points, signs, PENALTY);
  const terms = (/** @type {number} */ u) =>
    /** @type {[number, number, number]} */ ([...LOSSES[loss](u), CURVATURE[loss](u)]);
  return smooth_machine(points, signs, PENALTY, terms);
}

/** The line as the reader has turned and shifted it, and what each point has to do with it. */
/** @param {State} state */
export function seen(state) {
  const { w, b } = best(state);
  const [c, s] = [Math.cos((state.turn * Math.PI) / 180), Math.sin((state.turn * Math.PI) / 180)];
  const turned = [c * w[0] - s * w[1], s * w[0] + c * w[1]];
  const shifted = b - state.shift * Math.hypot(...w);
  const judged = (/** @type {number[]} */ v, /** @type {number} */ offset) => {
    const margins = state.points.map((x, i) => signs[i] * (dot(v, x) + offset));
    const losses = margins.map((u) => LOSSES[state.loss](u)[0]);
    const loss = sum(losses) / losses.length;
    return { margins, loss, cost: loss + (PENALTY / 2) * dot(v, v) };
  };
  const found = judged(turned, shifted);
  const speaking = found.margins.map((u) => LOSSES[state.loss](u - 1e-8)[1] !== 0);
  return { w: turned, b: shifted, ...found, speaking, excess: found.cost - judged(w, b).cost };
}

mount({
  name: "hinge",
  words,
  book: BOOK,
  controls: [
    { key: "loss", kind: "choice", options: ["hinge", "squared", "cross_entropy"] },
    { key: "turn", kind: "range", min: -90, max: 90, step: 1, digits: 0 },
    { key: "shift", kind: "range", min: -2, max: 2, step: 0.05, digits: 2 },
  ],
  answer: 1,
  backing: { claims: ["C3"], test: "tests/losses/test_hinge.py" },

  draw({ svg, width, state, set, tall }) {
    const places = panels(width, 2);
    tall(bottom_of(places));
    const left = plane(svg, places[0], {
      x: [-4, 4],
      y: [-3.2, 3.2],
      x_label: words.x,
      y_label: words.y,
    });
    const right = plane(svg, places[1], {
      x: [-3, 4],
      y: [-0.2, 4],
      x_label: words.margin,
      y_label: words.loss,
    });
    left.marks
      .append("path")
      .attr("class", "ghost")
      .attr("d", path(left, level(seen(BOOK), 0)));
    const lines = ["edge", "line", "edge"].map((kind) =>
      left.marks.append("path").attr("class", kind),
    );
    const lacks = left.marks.append("g");
    const samples = left.marks.append("g");
    const loss = right.marks.append("path").attr("class", "curve");
    const on_curve = right.marks.append("g");
    const grips = handles(left, points.length, {
      label: (i) => say(words.point, { n: i + 1, sign: signs[i] > 0 ? "+1" : "−1" }),
      at: (i) => state.points[i],
      move: (i, to) =>
        set({
          last: i,
          points: state.points.map((old, j) => (j === i ? to : old)),
        }),
      regard: (i) => {
        for (const group of [samples, on_curve]) {
          group.selectAll("path").classed("regarded", (_, j) => i === j);
        }
      },
    });

    return (state) => {
      const { w, b, margins, speaking } = seen(state);
      lines.forEach((mark, k) => {
        mark.attr("d", path(left, level({ w, b }, k - 1)));
      });
      const feet = state.points.map((x, i) =>
        x.map((value, d) => value + (signs[i] * Math.max(0, 1 - margins[i]) * w[d]) / dot(w, w)),
      );
      lacks
        .selectAll("path")
        .data(state.loss === "cross_entropy" ? [] : feet)
        .join("path")
        .attr("class", "lack")
        .attr("d", (foot, i) => path(left, [state.points[i], foot]));
      const kind = (/** @type {number} */ i) =>
        `${signs[i] > 0 ? "plus" : "minus"} ${speaking[i] ? "" : "silent"}`;
      const shape = (/** @type {number} */ i) => (signs[i] > 0 ? "circle" : "square");
      const height = (/** @type {number} */ u) => LOSSES[state.loss](u)[0];
      const on_the_curve = margins.map((u) => [u, height(u)]);
      dots(samples, left, state.points, kind, shape);
      loss.attr("class", `curve ${state.loss}`).attr("d", curve(right, height));
      dots(on_curve, right, on_the_curve, kind, shape);
      grips();
    };
  },

  tell(state) {
    const { loss, cost, speaking, excess, margins } = seen(state);
    const values = {
      count: speaking.filter(Boolean).length,
      all: signs.length,
      loss: written(loss, 3),
      cost: written(cost, 3),
      excess: written(excess, 3),
    };
    const all = say(state.turn || state.shift ? words.told_turned : words.told, values);
    const { last } = state;
    if (last < 0) return all;
    const says = speaking[last] ? words.speaks : words.silent;
    return `${say(words.told_point, { n: last + 1, u: written(margins[last]), says })} ${all}`;
  },

  done: (state) =>
    state.loss === "hinge" &&
    state.points.some((x, i) => Math.hypot(x[0] - points[i][0], x[1] - points[i][1]) > 0.3),
});

/** Where the score has this value, as two ends. */
/** @type {(line: import("./fit.mjs").Line, score: number) => number[][]} */
function level({ w, b }, score) {
  const foot = w.map((value) => (value * (score - b)) / dot(w, w));
  const along = [-w[1], w[0]].map((value) => (20 * value) / Math.hypot(...w));
  return [-1, 1].map((way) => foot.map((value, d) => value + way * along[d]));
}
