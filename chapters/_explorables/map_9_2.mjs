/** 9.2: one point leaves the others. Four lines through them, and how hard it pulls at each. */

import { mount, say, written } from "./frame.mjs";
import { l1, l2, mad, sum, tukey_biweight } from "./losses.mjs";
import { bottom_of, curve, handles, path, plane } from "./plot.mjs";
import words from "./words/en/map_9_2.json";

/** @typedef {import("./plot.mjs").Plane} Plane */
/** @typedef {import("./plot.mjs").Selection} Selection */
/** @typedef {[number, number]} Line ŷ = a + b x, as [a, b] */
/** @typedef {"l2" | "l1" | "huber" | "tukey_biweight"} Loss */
/** @typedef {{loss: string, last: number, points: number[][]}} State */

// NumPy, seed 101: x = linspace(-2.75, 2.75, 12), y = 0.5 x + 0.6 normal(12).
const HEIGHTS = [-1.85, -2.35, -0.51, -0.18, -0.56, 0.1, 1.15, 1.01, 1.05, 1.29, 0.61, 1.95];
const POINTS = HEIGHTS.map((y, i) => [i / 2 - 2.75, y]);
/** The point that the reader is asked to drag. */
const ASKED = 11;
/** Where the lines end. */
const END = 3.2;

const DELTA = 1.345;
/** Where Tukey's biweight becomes flat. */
const C = 4.6851;
/** Value and slope at a residual in units of σ. @type {Record<Loss, (r: number) => [number, number]>} */
const LOSSES = {
  l2: (r) => l2(r, 0),
  l1: (r) => l1(r, 0),
  huber: (r) => {
    const near = Math.min(Math.max(r, -DELTA), DELTA);
    return [near * (r - near / 2), near];
  },
  tukey_biweight: (r) => tukey_biweight(r, 0, { c: C }),
};
const NAMES = /** @type {Loss[]} */ (Object.keys(LOSSES));

/** `last` is the point that was moved last. @type {State} */
const BOOK = { loss: "tukey_biweight", last: -1, points: POINTS };

/** The slope as a share of the residual, at most 1. @type {(loss: Loss, r: number) => number} */
const weight = (loss, r) => (r === 0 ? 1 : Math.min(LOSSES[loss](r)[1] / r, 1));

/** @type {(line: Line, x: number) => number} */
const at = ([a, b], x) => a + b * x;

/** @type {(line: Line, points: number[][]) => number[]} */
const residuals = (line, points) => points.map(([x, y]) => y - at(line, x));

/** The least Σ w r²; level where all points stand above one another. */
/** @type {(points: number[][], weights: number[]) => Line} */
function weighted(points, weights) {
  const mean = (/** @type {(point: number[]) => number} */ of) =>
    sum(points.map((point, i) => weights[i] * of(point))) / sum(weights);
  const [x, y] = [mean((point) => point[0]), mean((point) => point[1])];
  const spread = mean((point) => (point[0] - x) ** 2);
  const b = spread < 1e-9 ? 0 : mean((point) => (point[0] - x) * point[1]) / spread;
  return [y - b * x, b];
}

/** The least Σ |r|: some such line goes through two of the points, so try all pairs. */
/** @type {(points: number[][], start: Line) => Line} */
function least_l1(points, start) {
  let [best, least] = [start, Number.POSITIVE_INFINITY];
  points.forEach(([x, y], i) => {
    for (const [u, v] of points.slice(0, i)) {
      const b = (v - y) / (u - x);
      const cost = sum(residuals([y - b * x, b], points).map(Math.abs));
      if (cost < least) [best, least] = [[y - b * x, b], cost];
    }
  });
  return best;
}

/** Least squares again and again, with the weights that the residuals then have; σ held fixed. */
/** @type {(points: number[][], loss: Loss, sigma: number, start: Line) => Line} */
function reweighted(points, loss, sigma, start) {
  let line = start;
  for (let step = 0; step < 1000; step++) {
    const before = line;
    const weights = residuals(line, points).map((r) => weight(loss, r / sigma));
    line = weighted(points, weights);
    if (Math.abs(line[0] - before[0]) + Math.abs(line[1] - before[1]) < 1e-12) break;
  }
  return line;
}

/** The four lines, and the unit of the residuals: 1.4826 MAD of those of the l1 line. */
/** @param {number[][]} points */
export function four_lines(points) {
  const mean = weighted(
    points,
    points.map(() => 1),
  );
  const middle = least_l1(points, mean);
  const sigma = mad(
    points.map(([x]) => at(middle, x)),
    points.map(([, y]) => y),
  );
  /** @type {Record<Loss, Line>} */
  const lines = {
    l2: mean,
    l1: middle,
    huber: reweighted(points, "huber", sigma, middle),
    tukey_biweight: reweighted(points, "tukey_biweight", sigma, middle),
  };
  return { lines, sigma };
}

/** What each point has to do with the line of the chosen loss. */
/** @param {State} state */
export function seen({ loss, points }) {
  const { lines, sigma } = four_lines(points);
  const name = NAMES.find((known) => known === loss) ?? "tukey_biweight";
  const units = residuals(lines[name], points).map((r) => r / sigma);
  // The two points that hold the l1 line lie on it, but for the last digit.
  const r = units.map((value) => (Math.abs(value) < 1e-9 ? 0 : value));
  const slopes = r.map((value) => LOSSES[name](value)[1]);
  if (name === "l1") hold(slopes, r, points);
  return { lines, name, r, slopes, weights: r.map((value) => weight(name, value)) };
}

/**
 * A point on the l1 line may pull with anything from -1 to 1: with what makes all pulls, and their
 * moments, cancel.
 * @type {(slopes: number[], r: number[], points: number[][]) => void}
 */
function hold(slopes, r, points) {
  const [i, j] = [...points.keys()].filter((k) => r[k] === 0);
  const apart = points[j]?.[0] - points[i]?.[0];
  if (!apart) return;
  const pull = sum(slopes);
  const moment = sum(slopes.map((slope, k) => slope * points[k][0]));
  slopes[j] = (pull * points[i][0] - moment) / apart;
  slopes[i] = -pull - slopes[j];
}

const BOOKS = four_lines(POINTS).lines;

/** Places for the plane of the points, the losses and the slopes. @param {number} width */
function places(width) {
  if (width < 520) {
    const below = (/** @type {number} */ y, /** @type {number} */ height) => ({
      x: 0,
      y,
      width,
      height,
    });
    return [below(0, 330), below(338, 172), below(488, 196)];
  }
  const own = Math.round(width * 0.54);
  const beside = { x: own, width: width - own };
  return [
    { x: 0, y: 0, width: own, height: 430 },
    { ...beside, y: 0, height: 222 },
    { ...beside, y: 196, height: 234 },
  ];
}
/** Room for the names at the lines' ends. */
const MARGIN = 50;

mount({
  name: "map_9_2",
  words,
  book: BOOK,
  controls: [{ key: "loss", kind: "choice", options: ["tukey_biweight", "huber", "l1", "l2"] }],
  answer: 1,
  backing: { claims: ["C5b"], test: "tests/explorables/test_map_9_2.py" },

  draw({ svg, width, state, set, tall }) {
    const [first, ...others] = places(width);
    tall(bottom_of([first, ...others]));
    const left = plane(
      svg,
      { ...first, width: first.width - MARGIN },
      { x: [-END, END], y: [-3.2, 8], x_label: words.x, y_label: words.y },
    );
    const right = others.map((place, k) =>
      plane(svg, place, {
        x: [-7, 7],
        y: k ? [-4.2, 4.2] : [-0.3, 8.3],
        x_label: k ? words.residual : "",
        y_label: k ? words.slope : words.loss,
      }),
    );
    const ghost = left.marks.append("path").attr("class", "ghost");
    const stalks = left.marks.append("path").attr("class", "stalk");
    const lines = NAMES.map((name) => left.marks.append("path").attr("class", `line ${name}`));
    const labels = left.root.append("g");
    key(left);
    const samples = left.root.append("g");
    const hint = left.root
      .append("path")
      .attr("class", "hint")
      .attr("d", "M0,-14v-24m-5,6l5,-6l5,6")
      .attr("transform", `translate(${left.x(POINTS[ASKED][0])},${left.y(POINTS[ASKED][1])})`);
    const curves = right.map((panel, k) =>
      NAMES.map((name) =>
        panel.marks
          .append("path")
          .attr("class", `line ${name}`)
          .attr(
            "d",
            curve(panel, (r) => LOSSES[name](r)[k]),
          ),
      ),
    );
    right.forEach(named);
    right[1].root
      .append("text")
      .attr("class", "colored over tukey_biweight")
      .attr("x", right[1].x(C))
      .attr("y", right[1].y(-0.9))
      .attr("text-anchor", "middle")
      .text(words.flat);
    const on_curves = right.map((panel) => panel.root.append("g"));
    let regarded = ASKED;
    const regard = (/** @type {number} */ i) => {
      regarded = i;
      for (const group of [samples, ...on_curves]) {
        group.selectAll(".dot").classed("regarded", (_, j) => j === i);
      }
    };
    const grips = handles(left, POINTS.length, {
      label: (i) => say(words.point, { n: i + 1 }),
      at: (i) => state.points[i],
      move: (i, to) => set({ last: i, points: state.points.map((old, j) => (j === i ? to : old)) }),
      regard,
      step: 0.2,
    });

    return (state) => {
      const { lines: found, name, r, slopes, weights } = seen(state);
      const ends = (/** @type {Line} */ line) => [-END, END].map((x) => [x, at(line, x)]);
      ghost.attr("d", path(left, ends(BOOKS[name])));
      stalks.attr("class", `stalk ${name}`).attr(
        "d",
        state.points
          .map(([x, y]) =>
            path(left, [
              [x, y],
              [x, at(found[name], x)],
            ]),
          )
          .join(""),
      );
      NAMES.forEach((own, k) => {
        lines[k].attr("d", path(left, ends(found[own])));
        for (const mark of [lines[k], ...curves.map((all) => all[k])]) {
          mark.classed("chosen", own === name);
        }
      });
      label(labels, left, found, name);
      hint.attr("display", String(state.points[ASKED]) === String(POINTS[ASKED]) ? null : "none");
      marks(samples, left, state.points, weights, name);
      right.forEach((panel, k) => {
        const heights = k ? slopes : r.map((value) => LOSSES[name](value)[0]);
        marks(
          on_curves[k],
          panel,
          r.map((value, i) => [value, heights[i]]),
          weights,
          name,
        );
      });
      regard(regarded);
      grips();
    };
  },

  tell(state) {
    const { lines, name, r, slopes, weights } = seen(state);
    const loss = words.names[name];
    const ends = NAMES.map((own) => at(lines[own], END));
    const { last } = state;
    if (r[last] === undefined) {
      return say(words.told, {
        loss,
        apart: written(Math.max(...ends) - Math.min(...ends)),
        low: written(Math.min(...weights)),
        high: written(Math.max(...weights)),
      });
    }
    const moved = NAMES.map((own, k) => [own, written(ends[k] - at(BOOKS[own], END))]);
    return say(words.told_point, {
      n: last + 1,
      loss,
      r: written(Math.abs(r[last])),
      side: r[last] < 0 ? words.below : words.above,
      slope: written(Math.abs(slopes[last])),
      weight: written(weights[last]),
      ...Object.fromEntries(moved),
    });
  },

  done: ({ points }) => {
    const { weights } = seen({ ...BOOK, points });
    return weights.every((w, i) => (i === ASKED ? w === 0 && points[i][1] > 0 : w > 0));
  },
});

/** The names at the lines' ends, moved apart. */
/** @type {(group: Selection, left: Plane, lines: Record<Loss, Line>, chosen: Loss) => void} */
function label(group, left, lines, chosen) {
  const [low, high] = left.y.range();
  const held = (/** @type {number} */ y) => Math.min(Math.max(y, high), low);
  const wanted = NAMES.map((name) => held(left.y(at(lines[name], END))));
  const places = apart(wanted, 15, high + 6, low - 6);
  const x = left.x(END);
  group
    .selectAll("path")
    .data(NAMES)
    .join("path")
    .attr("class", (name) => `leader ${name}`)
    .attr("d", (_, i) => `M${x + 1},${wanted[i].toFixed(1)}L${x + 10},${places[i].toFixed(1)}`);
  group
    .selectAll("text")
    .data(NAMES)
    .join("text")
    .attr("class", (name) => `colored ${name}`)
    .classed("chosen", (name) => name === chosen)
    .attr("x", x + 13)
    .attr("y", (_, i) => places[i] + 4)
    .text((name) => words.names[name]);
}

/** These heights, no two of them closer than the gap. */
/** @type {(wanted: number[], gap: number, low: number, high: number) => number[]} */
function apart(wanted, gap, low, high) {
  const order = wanted.map((_, i) => i).sort((i, j) => wanted[i] - wanted[j]);
  const y = [...wanted];
  for (let round = 0; round < 40; round++) {
    for (let k = 1; k < order.length; k++) {
      const [i, j] = [order[k - 1], order[k]];
      const short = Math.max(0, gap - (y[j] - y[i])) / 2;
      [y[i], y[j]] = [y[i] - short, y[j] + short];
    }
  }
  order.forEach((i, k) => {
    y[i] = Math.min(Math.max(y[i], low + k * gap), high - (order.length - 1 - k) * gap);
  });
  return y;
}

const RADIUS = 5.5;
/** @type {(radius: number) => string} */
const circle = (radius) =>
  `M${-radius},0a${radius},${radius} 0 1,0 ${2 * radius},0a${radius},${radius} 0 1,0 ${-2 * radius},0z`;
/** @type {(radius: number) => string} */
const triangle = (radius) => `M0,${-1.3 * radius}L${1.1 * radius},${radius}H${-1.1 * radius}z`;

/**
 * A mark at each of these points, by its weight fuller or emptier: the share of its area. What lies
 * outside the picture is an arrowhead at its edge.
 * @type {(group: Selection, plane: Plane, points: number[][], weights: number[], name: Loss) => void}
 */
function marks(group, { x, y }, points, weights, name) {
  const seen = points.map(([a, b], i) => {
    const [left, right] = x.domain();
    const [low, high] = y.domain();
    const [over, up] = [Number(a > right) - Number(a < left), Number(b > high) - Number(b < low)];
    const shape = over || up ? triangle : circle;
    return {
      place: `translate(${x(Math.min(Math.max(a, left), right)).toFixed(1)},${y(Math.min(Math.max(b, low), high)).toFixed(1)}) rotate(${(Math.atan2(over, up) * 180) / Math.PI})`,
      outline: shape(RADIUS),
      share: shape(Number((RADIUS * Math.sqrt(weights[i])).toFixed(2))),
    };
  });
  const all = group.attr("class", name).selectAll("g").data(seen).join("g");
  all.attr("transform", ({ place }) => place);
  for (const part of /** @type {const} */ (["outline", "share"])) {
    all
      .selectAll(`.${part}`)
      .data((/** @type {any} */ mark) => [mark[part]])
      .join("path")
      .attr("class", part === "outline" ? "outline dot silent" : "share")
      .attr("d", (d) => d);
  }
}

/** What fuller and emptier mean. @param {Plane} left */
function key(left) {
  const [x, y] = [left.x.range()[0] + 10, left.y.range()[1] + 12];
  const group = left.root.append("g").attr("transform", `translate(${x},${y})`);
  const text = (/** @type {number} */ x, /** @type {string} */ of) =>
    group.append("text").attr("x", x).attr("y", 4).text(of);
  text(0, words.weight);
  [0, 0.5, 1].forEach((w, k) => {
    const own = group
      .append("g")
      .attr("class", "key")
      .attr("transform", `translate(${54 + 34 * k})`);
    own.append("path").attr("class", "dot silent").attr("d", circle(RADIUS));
    own
      .append("path")
      .attr("class", "share")
      .attr("d", circle(RADIUS * Math.sqrt(w)));
    text(63 + 34 * k, words.shares[k]);
  });
}

/** Each curve's name, beside it. @type {(panel: Plane, k: number) => void} */
function named({ root, x, y }, k) {
  /** @type {[Loss, number, number, string][]} */
  const at = k
    ? [
        ["l2", 1.5, 3.4, "end"],
        ["huber", -6.7, -2.2, "start"],
        ["l1", -6.7, -0.75, "start"],
        ["tukey_biweight", -6.7, 0.45, "start"],
      ]
    : [
        ["l2", -2.75, 6.2, "end"],
        ["huber", 5.2, 6.9, "end"],
        ["l1", -6.6, 5.2, "start"],
        ["tukey_biweight", -6.7, 2.7, "start"],
      ];
  root
    .append("g")
    .selectAll("text")
    .data(at)
    .join("text")
    .attr("class", ([name]) => `colored over ${name}`)
    .attr("x", ([, r]) => x(r))
    .attr("y", ([, , height]) => y(height))
    .attr("text-anchor", ([, , , anchor]) => anchor)
    .text(([name]) => words.names[name]);
}
