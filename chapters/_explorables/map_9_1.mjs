/** 9.1: three losses of the margin, and the line that each trains on sixty points. */

import { smooth_machine, support_vector_machine } from "./fit.mjs";
import { mount, say, written } from "./frame.mjs";
import { cross_entropy, dot, hinge, ramp, sum } from "./losses.mjs";
import { points } from "./map_points.mjs";
import { bottom_of, curve, handles, path, plane } from "./plot.mjs";
import words from "./words/en/map_9_1.json";

/** @typedef {import("./plot.mjs").Plane} Plane */
/** @typedef {import("./plot.mjs").Selection} Selection */
/** @typedef {import("./fit.mjs").Line} Line */
/** @typedef {"cross_entropy" | "hinge" | "ramp"} Loss */
/** @typedef {{loss: Loss, last: number, points: number[][], start: number[][]}} State */
/** A line, and how hard each point pulls at it. @typedef {Line & {margins: number[], pulls: number[]}} Seen */

/** s, as in the still figure. */
const CUT = -0.5;
const PENALTY = 0.1;
/** Value and slope at a margin. @type {Record<Loss, (u: number) => [number, number]>} */
const LOSSES = {
  cross_entropy: (u) => {
    const [loss, [slope]] = cross_entropy([u, 0], 0);
    return [loss, slope];
  },
  hinge: (u) => hinge(u, 1, { form: "binary" }),
  ramp: (u) => ramp(u, 1, { form: "binary", s: CUT }),
};
const NAMES = /** @type {Loss[]} */ (Object.keys(LOSSES));

/** The training: so many steps of descent, at a rate that falls evenly to 0. */
const [STEPS, RATE] = [600, 0.5];
/** Where it begins when the reader wants it anew: a lying line, which is mostly wrong. */
const ANEW = [[0, 0.3, 0]];
/** The point that the reader is asked to click. */
const ASKED = 16;

/** @type {(line: Line, points: number[][]) => number[]} */
const margins_of = ({ w, b }, points) =>
  points.map(([x, z, y]) => Math.sign(y || 1) * (w[0] * x + w[1] * z + b));

/** Steps of gradient descent on λ/2 |w|² and the mean loss. */
/** @type {(line: Line, state: State, from: number, to: number) => Line} */
function descend(line, { loss, points }, from, to) {
  let [[w, v], b] = [line.w, line.b];
  for (let step = from; step < to; step++) {
    const rate = RATE * (1 - step / STEPS);
    let [gw, gv, gb] = [PENALTY * w, PENALTY * v, 0];
    margins_of({ w: [w, v], b }, points).forEach((u, i) => {
      const [x, z, y] = points[i];
      const force = (LOSSES[loss](u)[1] * Math.sign(y || 1)) / points.length;
      [gw, gv, gb] = [gw + force * x, gv + force * z, gb + force];
    });
    [w, v, b] = [w - rate * gw, v - rate * gv, b - rate * gb];
  }
  return { w: [w, v], b };
}

/**
 * Where the descent comes to rest, exactly. Cross-entropy and hinge have one such line, wherever it
 * started. The ramp has several: of it we first go the steps, then take the best line for those
 * that are not below s, until it leaves out the same ones.
 * @param {State} state
 * @returns {Seen}
 */
function rest(state) {
  const { loss, points } = state;
  const inputs = points.map(([x, z]) => [x, z]);
  const signs = points.map(([, , y]) => Math.sign(y || 1));
  if (loss === "cross_entropy") {
    const line = smooth_machine(inputs, signs, PENALTY, (u) => {
      const [value, slope] = LOSSES[loss](u);
      return [value, slope, -slope * (1 + slope)];
    });
    return pulled(line, state);
  }
  let line = loss === "hinge" ? { w: [0, 0], b: 0 } : descend(started(state), state, 0, STEPS);
  const pulls = points.map(() => 0);
  for (let round = 0, before = ""; round < 50; round++) {
    const margins = margins_of(line, points);
    const heard = [...points.keys()].filter((i) => loss === "hinge" || margins[i] > CUT);
    if (!heard.length || before === String(heard)) break;
    before = String(heard);
    const of = (/** @type {any[]} */ all) => heard.map((i) => all[i]);
    const found = support_vector_machine(of(inputs), of(signs), PENALTY, points.length);
    line = { w: found.w, b: found.b };
    // At the kink the pull is what keeps the balance: between 0 and 1.
    pulls.fill(0);
    heard.forEach((i, k) => {
      pulls[i] = found.parts[k] * PENALTY * points.length;
    });
  }
  return { ...line, margins: margins_of(line, points), pulls };
}

/** @type {(line: Line, state: State) => Seen} */
function pulled(line, { loss, points }) {
  const margins = margins_of(line, points);
  return { ...line, margins, pulls: margins.map((u) => Math.abs(LOSSES[loss](u)[1])) };
}

/** @type {(state: State) => Line} */
const started = ({ start: [[w, v, b]] }) => ({ w: [w, v], b });
/** The state that the address can hold. @type {(line: Line) => number[][]} */
const as_start = ({ w, b }) => [[...w, b].map((value) => Number(value.toFixed(3)))];

/** @type {(a: State, b: State) => boolean} */
const same = (a, b) => a.loss === b.loss && a.points === b.points && a.start === b.start;

/** The last one is kept: it is asked for several times. */
let [known, found] = [/** @type {State | null} */ (null), /** @type {Seen | null} */ (null)];
/** @param {State} state */
export function trained(state) {
  if (!found || !known || !same(known, state)) {
    [known, found] = [{ ...state }, rest(state)];
  }
  return found;
}

const start = as_start(rest({ loss: "cross_entropy", last: -1, points, start: ANEW }));
/** `last` is the point that was moved last, `start` the line from which the training went out. */
/** @type {State} */
const BOOK = { loss: "cross_entropy", last: -1, points, start };
/** What each loss makes of the points as they were. @type {Record<string, Seen>} */
const UNTOUCHED = Object.fromEntries(NAMES.map((loss) => [loss, rest({ ...BOOK, loss })]));

/** By how many degrees the line has turned. @type {(state: State) => number} */
function turn(state) {
  const [v, w] = [UNTOUCHED[state.loss].w, trained(state).w];
  return (Math.abs(Math.atan2(v[0] * w[1] - v[1] * w[0], dot(v, w))) * 180) / Math.PI;
}

const flipped = (/** @type {State} */ { points: now }, /** @type {number} */ i) =>
  now[i][2] * points[i][2] < 0;

mount({
  name: "map_9_1",
  words,
  book: BOOK,
  controls: [
    { key: "loss", kind: "choice", options: NAMES },
    { key: "anew", kind: "action", run: () => ({ start: structuredClone(ANEW) }) },
  ],
  answer: 0,
  backing: { claims: ["C4", "C5a"], test: "tests/explorables/test_map_9_1.py" },
  draw,

  tell(state) {
    const { margins, pulls } = trained(state);
    const beyond = margins.map((u) => u > 1 + 1e-6);
    const share = sum(pulls.filter((_, i) => beyond[i])) / (sum(pulls) || 1);
    const all = say(words.told, {
      under: words.under[state.loss],
      count: pulls.filter((pull) => pull > 0).length,
      all: pulls.length,
      beyond: beyond.filter(Boolean).length,
      share: written(100 * share, 0),
    });
    const i = state.last;
    if (!state.points[i]) return all;
    const one = say(flipped(state, i) ? words.told_flipped : words.told_point, {
      n: i + 1,
      u: written(margins[i]),
      pull: written(pulls[i]),
      turn: written(turn(state), 1),
    });
    return `${one} ${all}`;
  },

  // A flipped point has gone along the line, away from the middle.
  done: (state) =>
    state.loss !== "ramp" &&
    state.points.some(([x, z], i) => {
      const [w, v] = UNTOUCHED[state.loss].w;
      const along = (/** @type {number[]} */ [x, z]) => Math.abs(w * z - v * x) / Math.hypot(w, v);
      return flipped(state, i) && along([x, z]) > along(points[i]) + 0.5;
    }),
});

let frame = 0;
/** @param {import("./frame.mjs").Stage<State>} stage */
function draw({ svg, width, state, set, tall }) {
  cancelAnimationFrame(frame);
  // A link may say anything.
  if (!NAMES.includes(state.loss)) state.loss = BOOK.loss;
  const planes = three(svg, width, tall);
  const field = planes[0];
  const show = marks(planes);
  const grips = grasp(field, state, set, show.regard);
  let shown = /** @type {State | null} */ (null);

  return (/** @type {State} */ state) => {
    if (shown && same(shown, state)) return;
    cancelAnimationFrame(frame);
    // Another loss goes on from the line that stands there.
    if (shown && shown.loss !== state.loss && shown.start === state.start) {
      state.start = as_start(trained(shown));
    }
    const first = !shown;
    shown = { ...state };
    grips();
    const { start, end } = { start: started(state), end: trained(state) };
    const far = Math.hypot(end.w[0] - start.w[0], end.w[1] - start.w[1], end.b - start.b);
    if (first || far < 2e-3 || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      show(state, end);
    } else play(state, start, show);
  };
}

/** The training before the reader's eyes, from the start to the line that it comes to. */
/** @type {(state: State, line: Line, show: (state: State, seen: Seen) => void) => void} */
function play(state, line, show) {
  const still = { ...state };
  let step = 0;
  const go = () => {
    // The first steps are the long ones: two in a frame, later more.
    const next = Math.min(step + Math.max(2, Math.round(step / 15)), STEPS);
    line = descend(line, still, step, next);
    step = next;
    show(still, step < STEPS ? pulled(line, still) : trained(still));
    if (step < STEPS) frame = requestAnimationFrame(go);
  };
  go();
}

/** The points, and beside them or below loss and slope over one margin. */
/** @type {(svg: Selection, width: number, tall: (height: number) => void) => Plane[]} */
function three(svg, width, tall) {
  const beside = width >= 520;
  const own = beside ? Math.round(width * 0.53) : width;
  // One unit is as long across as it is upwards.
  const high = Math.round((own - 52) * 0.9) + 50;
  const place = beside
    ? { x: own + 12, y: 0, width: width - own - 12 }
    : { x: 0, y: high + 12, width };
  const upper = beside ? Math.round(high * 0.54) : 190;
  const lower = { ...place, y: place.y + upper - 16, height: beside ? high - upper + 16 : 160 };
  const places = [{ x: 0, y: 0, width: own, height: high }, { ...place, height: upper }, lower];
  tall(bottom_of(places));
  const [w, l, s] = [words.x, words.loss, words.slope];
  const planes = [
    plane(svg, places[0], { x: [-3.6, 3.6], y: [-3.24, 3.24], x_label: w, y_label: words.y }),
    plane(svg, places[1], { x: [-3, 3], y: [-0.2, 4.2], x_label: "", y_label: l }),
    plane(svg, lower, { x: [-3, 3], y: [-1.3, 0.3], x_label: words.margin, y_label: s }),
  ];
  // Where the axis has its name, there is no room for a half.
  planes[2].root
    .selectAll(".tick text")
    .filter((value) => value === -0.5)
    .remove();
  return planes;
}

/** A mark's outline, a circle for y = 1 and a square for y = -1, of this size. */
/** @type {(y: number, size: number) => string} */
function outline(y, size) {
  const [r, a] = [5.2 * size, 4.6 * size].map((value) => Number(value.toFixed(2)));
  return y < 0
    ? `M${-a},${-a}h${2 * a}v${2 * a}h${-2 * a}z`
    : `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`;
}
const kind = (/** @type {number} */ y) => (y < 0 ? "minus" : "plus");

/**
 * All marks, and what moves them to a line and the pulls at it.
 * @param {Plane[]} planes
 */
function marks([field, ...panels]) {
  const ghost = field.marks.append("path").attr("class", "ghost");
  const lines = ["edge", "line", "edge"].map((own) =>
    field.marks.append("path").attr("class", own),
  );
  const asked = points[ASKED];
  const string = field.marks.append("path").attr("class", "string");
  const samples = field.root.append("g");
  const pull = field.root.append("text").attr("class", "over");
  key(field);
  const [ring, arrow] = [
    "M-12,0a12,12 0 1,0 24,0a12,12 0 1,0 -24,0",
    "M11,15l16,22m1,-9l-1,9l-8,-5",
  ].map((d) => {
    const at = `translate(${field.x(asked[0])},${field.y(asked[1])})`;
    return field.root.append("path").attr("class", "hint").attr("d", d).attr("transform", at);
  });
  const curves = panels.map((panel, k) =>
    NAMES.map((name) => {
      const mark = panel.marks.append("path").attr("class", `curve ${name}`);
      return mark.attr(
        "d",
        curve(panel, (u) => LOSSES[name](u)[k]),
      );
    }),
  );
  panels[0].root.append(() => names(panels[0]));
  const on_curves = panels.map((panel) => panel.root.append("g"));
  const outside = [-1, 1].map((way) =>
    panels[1].root
      .append("text")
      .attr("x", panels[1].x(way * 3) - way * 6)
      .attr("y", panels[1].y(way < 0 ? -0.3 : -0.9))
      .attr("text-anchor", way < 0 ? "start" : "end"),
  );

  let regarded = -1;
  const regard = (/** @type {number} */ i) => {
    regarded = i;
    for (const group of [samples, ...on_curves]) {
      group.selectAll(":scope > *").classed("regarded", (_, j) => j === regarded);
    }
  };

  /** @type {(state: State, seen: Seen) => void} */
  const show = (state, line) => {
    const { points, loss, last } = state;
    ghost.attr("d", level(field, UNTOUCHED[loss], 0));
    lines.forEach((mark, k) => {
      mark.attr("d", level(field, line, k - 1));
    });
    filled(samples, field, points, line.pulls, (i) => (flipped(state, i) ? "flipped" : ""));
    panels.forEach((panel, k) => {
      NAMES.forEach((name, n) => {
        curves[k][n].classed("chosen", name === loss);
      });
      const height = (/** @type {number} */ i) => {
        const u = Math.min(Math.max(line.margins[i], -3), 3);
        // Within the picture they are on the curve; on its upright part as high as they pull.
        return k && u === line.margins[i] ? -line.pulls[i] : LOSSES[loss](u)[k];
      };
      const at = line.margins.map((u, i) => [Math.min(Math.max(u, -2.93), 2.93), height(i)]);
      small(on_curves[k], panel, at, points, line.pulls);
    });
    const [x, y, label] = points[ASKED];
    const home = x === asked[0] && y === asked[1];
    arrow.attr("display", home ? null : "none");
    ring.attr("display", home && label === asked[2] ? null : "none");
    outside.forEach((text, k) => {
      const count = line.margins.filter((u) => (k ? u > 3 : u < -3)).length;
      text.text(count ? say(k ? words.above : words.below, { count }) : "");
    });
    tie(string, pull, field, points[last], line, line.pulls[last]);
    regard(regarded);
  };
  return Object.assign(show, { regard });
}

/** Each point with as much of its area filled as it pulls. */
/** @type {(group: Selection, plane: Plane, points: number[][], pulls: number[], extra: (i: number) => string) => void} */
function filled(group, { x, y }, points, pulls, extra) {
  const all = group.selectAll("g").data(points).join("g");
  all
    .attr("class", ([, , sign], i) => `${kind(sign)} ${extra(i)}`)
    .attr("transform", ([a, b]) => `translate(${x(a).toFixed(1)},${y(b).toFixed(1)})`);
  all
    .selectAll("path")
    .data(([, , sign], i) => [1, Math.sqrt(pulls[i])].map((size) => outline(sign, size)))
    .join("path")
    .attr("class", (_, k) => (k ? "share" : "dot silent"))
    .attr("d", (d) => d);
}

/** @type {(group: Selection, plane: Plane, at: number[][], points: number[][], pulls: number[]) => void} */
function small(group, { x, y }, at, points, pulls) {
  group
    .selectAll("path")
    .data(at)
    .join("path")
    .attr("class", (_, i) => `dot ${kind(points[i][2])} ${pulls[i] > 0 ? "" : "silent"}`)
    .attr("d", (_, i) => outline(points[i][2], 0.7))
    .attr("transform", ([a, b]) => `translate(${x(a).toFixed(1)},${y(b).toFixed(1)})`);
}

/** From the point that was moved last to the line, as thick as it pulls. */
/** @type {(string: Selection, text: Selection, plane: Plane, point: number[] | undefined, line: Line, pull: number) => void} */
function tie(string, text, plane, point, { w, b }, pull) {
  const long = dot(w, w);
  if (!point || long < 1e-12) {
    string.attr("d", "");
    text.text("");
    return;
  }
  const score = dot(w, point.slice(0, 2)) + b;
  const foot = w.map((value, d) => point[d] - (score * value) / long);
  string
    .attr("d", path(plane, [point, foot]))
    .classed("slack", !(pull > 0))
    .attr("stroke-width", (0.5 + 4.5 * pull).toFixed(2));
  const left = point[0] > 2.4;
  text
    .attr("x", plane.x(point[0]) + (left ? -12 : 12))
    .attr("y", plane.y(point[1]) + (point[1] > 2.8 ? 16 : -9))
    .attr("text-anchor", left ? "end" : "start")
    .text(say(words.pulls, { pull: written(pull) }));
}

/** What fuller and emptier mean. @param {Plane} plane */
function key({ root, x, y }) {
  const group = root
    .append("g")
    .attr("class", "key")
    .attr("transform", `translate(${x.range()[0] + 10},${y.range()[0] - 12})`);
  group.append("text").attr("class", "over").attr("y", 4).text(words.pull);
  [0, 0.25, 1].forEach((share, k) => {
    const at = `translate(${36 + 36 * k})`;
    group.append("path").attr("class", "dot silent").attr("d", outline(1, 1)).attr("transform", at);
    group
      .append("path")
      .attr("class", "share")
      .attr("d", outline(1, Math.sqrt(share)))
      .attr("transform", at);
    group
      .append("text")
      .attr("class", "over")
      .attr("x", 45 + 36 * k)
      .attr("y", 4)
      .text(words.shares[k]);
  });
}

/** Each curve's name, where there is room beside it. @param {Plane} panel */
function names({ root, x, y }) {
  const group = root.append("g");
  /** @type {Record<Loss, number[]>} */
  const places = { cross_entropy: [0.95, 0.62], hinge: [-1.95, 3.3], ramp: [-2.9, 0.8] };
  for (const name of NAMES) {
    group
      .append("text")
      .attr("class", `colored over ${name}`)
      .attr("x", x(places[name][0]))
      .attr("y", y(places[name][1]))
      .text(words.curves[name]);
  }
  return /** @type {SVGElement} */ (group.node());
}

/** Points that are dragged, and flipped by a click: of several within reach the nearest one. */
/** @type {(field: Plane, state: State, set: (changes: Partial<State>) => void, regard: (i: number) => void) => () => void} */
function grasp(field, state, set, regard) {
  const change = (/** @type {number} */ i, /** @type {number[]} */ to) =>
    set({
      last: i,
      start: as_start(trained(state)),
      points: state.points.map((old, j) => (j === i ? to : old)),
    });
  const place = handles(field, points.length, {
    label: (i) => say(words.point, { n: i + 1, sign: state.points[i][2] < 0 ? "−1" : "+1" }),
    at: (i) => state.points[i].slice(0, 2),
    move: (i, to) => change(i, [...to, state.points[i][2]]),
    act: (i) => change(i, [...state.points[i].slice(0, 2), -state.points[i][2]]),
    regard,
  });
  const cells = field.root.selectAll(".handle").append("path").attr("class", "cell");
  return () => {
    place();
    const at = state.points.map(([x, z]) => [field.x(x), field.y(z)]);
    cells.attr("d", (_, i) => `M${cell(i, at).map(String).join("L")}z`);
  };
}

/** What is within reach of a point and nearer to it than to any other, seen from the point. */
/** @type {(i: number, at: number[][]) => number[][]} */
function cell(i, at) {
  const reach = 22;
  let corners = Array.from({ length: 16 }, (_, k) =>
    [Math.cos, Math.sin].map((f) => reach * f((k * Math.PI) / 8)),
  );
  for (const [x, y] of at) {
    const apart = [x - at[i][0], y - at[i][1]];
    const half = dot(apart, apart) / 2;
    if (half === 0 || half > 2 * reach ** 2) continue;
    const over = corners.map((corner) => dot(corner, apart) - half);
    corners = corners.flatMap((corner, k) => {
      const next = (k + 1) % corners.length;
      const cut = over[k] / (over[k] - over[next]);
      const kept = over[k] <= 0 ? [corner] : [];
      return over[k] > 0 === over[next] > 0
        ? kept
        : [...kept, corner.map((value, d) => value + cut * (corners[next][d] - value))];
    });
  }
  return corners.map((corner) => corner.map((value) => Number(value.toFixed(1))));
}

/** Where the score has this value. @type {(plane: Plane, line: Line, score: number) => string} */
function level(plane, { w, b }, score) {
  const long = dot(w, w);
  if (long < 1e-12) return "";
  const foot = w.map((value) => (value * (score - b)) / long);
  const along = [-w[1], w[0]].map((value) => (20 * value) / Math.sqrt(long));
  return path(
    plane,
    [-1, 1].map((way) => foot.map((value, d) => value + way * along[d])),
  );
}
