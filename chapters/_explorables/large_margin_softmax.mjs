/** 9.1.4: Figure 9.2 with its weights and a feature in the reader's hand, and ψ that decides. */

import { axisBottom, axisLeft } from "d3-axis";
import { mount, say, written } from "./frame.mjs";
import { cross_entropy, dot, large_margin_softmax, psi } from "./losses.mjs";
import { bottom_of, curve, dots, handles, panels, path, plane } from "./plot.mjs";
import words from "./words/en/large_margin_softmax.json";

/** @typedef {import("./plot.mjs").Plane} Plane */
/** @typedef {{m: string, annealing: number, lengths: string, tips: number[][]}} State */
/** @typedef {(angle: number) => number} Condition above 0 where it is met */

const RADIAN = 180 / Math.PI;
/** @type {(angle: number, length?: number) => number[]} */
const toward = (angle, length = 1) => [length * Math.cos(angle), length * Math.sin(angle)];
const length = (/** @type {number[]} */ v) => Math.hypot(v[0], v[1]);

/** The lengths in the three rows of Figure 9.2. @type {Record<string, number[]>} */
const ROWS = { equal: [1, 1], longer: [1, 2 / 3], shorter: [2 / 3, 1] };
const [SHORTEST, LONGEST, ALIKE] = [0.3, 1.1, 0.03];

/** `tips` are those of W₁, W₂ and x; x is the page's example, of class 1. @type {State} */
const BOOK = {
  m: "2",
  annealing: 0,
  lengths: "equal",
  tips: [135, 45, 115].map((degrees) => toward(degrees / RADIAN)),
};

/** @type {(v: number[], wanted: number) => number[]} */
function stretched(v, wanted) {
  const own = length(v);
  return own === wanted ? v : own ? v.map((value) => (value * wanted) / own) : [0, wanted];
}
const held = (/** @type {number} */ own) => Math.min(Math.max(own, SHORTEST), LONGEST);
/** @type {(first: number, second: number) => string} */
const row_of = (first, second) =>
  Math.abs(first - second) < ALIKE / 2 ? "equal" : first > second ? "longer" : "shorter";

/** W₁, W₂ and x. If a row has been chosen that the lengths contradict, they are the book's. */
/** @param {State} state */
function vectors({ tips, lengths }) {
  const own = tips.map((v) => held(length(v)));
  const [first, second] = (row_of(own[0], own[1]) !== lengths && ROWS[lengths]) || own;
  return [first, second, own[2]].map((wanted, i) => stretched(tips[i], wanted));
}

/** One arrow moved. A weight that is about as long as the other becomes exactly so. */
/** @type {(state: State, i: number, to: number[]) => Partial<State>} */
function moved(state, i, to) {
  const all = vectors(state);
  const [own, other] = [held(length(to)), length(all[1 - i] ?? [9, 9])];
  all[i] = stretched(to, Math.abs(own - other) < ALIKE ? other : own);
  const tips = all.map((v) => v.map((value) => Number(value.toFixed(3))));
  return { tips, lengths: row_of(length(tips[0]), length(tips[1])) };
}

/** @type {(from: number[], to: number[]) => number} */
const turn = (from, to) => Math.atan2(from[0] * to[1] - from[1] * to[0], dot(from, to));

/** Everything between the arrows; angles are counted from W₁, those towards W₂ above 0. */
/** @param {State} state */
export function seen(state) {
  const bare = state.m === "bare";
  const m = bare ? 4 : Math.min(Math.max(Math.round(Number(state.m)) || 1, 1), 4);
  const annealing = Math.max(state.annealing, 0);
  const [w1, w2, x] = vectors(state);
  const [long_1, long_2, long_x] = [w1, w2, x].map(length);
  const way = turn(w1, w2) < 0 ? -1 : 1;
  const [between, at] = [way * turn(w1, w2), way * turn(w1, x)];

  const with_k = (/** @type {number} */ angle) => psi(Math.cos(angle), m, annealing)[0];
  const without_k = (/** @type {number} */ angle) =>
    (annealing * Math.cos(angle) + Math.cos(m * angle)) / (1 + annealing);
  const score = bare ? without_k : with_k;
  const rival = (/** @type {number} */ angle) => (long_2 / long_1) * Math.cos(between - angle);
  /** @type {Condition} */
  const plain = (angle) => Math.cos(angle) - rival(angle);
  /** @type {Condition[]} */
  const asked = [
    (angle) => score(angle) - rival(angle),
    (angle) => long_2 * score(between - angle) - long_1 * Math.cos(angle),
  ];
  const inside = (/** @type {number} */ angle) => angle > 0 && angle <= between;
  const middle = zeros(plain).find(inside);
  const first = zeros(asked[0]).find(inside) ?? between;
  const second = zeros(asked[1]).findLast(inside) ?? 0;
  const logits = [dot(w1, x), dot(w2, x)];
  const handicapped = long_1 * long_x * score(at);
  const loss = bare
    ? cross_entropy([handicapped, logits[1]], 0)[0]
    : large_margin_softmax(x, [w1, w2], 0, { margin: m, annealing })[0];
  return {
    ...{ m, bare, w1, w2, x, way, between, at, middle, first, second, logits, handicapped, loss },
    ...{ score, with_k, rival, plain, asked },
    right: logits[0] > logits[1],
    wins: handicapped > logits[1],
  };
}

/** Where a condition begins or ceases to be met on the way round, in order. */
/** @type {(condition: Condition) => number[]} */
function zeros(condition) {
  const step = Math.PI / 360;
  /** @type {number[]} */
  const found = [];
  for (let i = -360; i < 360; i++) {
    let [low, high] = [i * step, (i + 1) * step];
    const before = condition(low) > 0;
    if (before === condition(high) > 0) continue;
    for (let half = 0; half < 40; half++) {
      const middle = (low + high) / 2;
      if (condition(middle) > 0 === before) low = middle;
      else high = middle;
    }
    found.push(low);
  }
  return found;
}

/** The sectors in which a condition is met. @type {(condition: Condition) => number[][]} */
function sectors(condition) {
  const ends = zeros(condition);
  if (!ends.length) return condition(0) > 0 ? [[-Math.PI, Math.PI]] : [];
  return ends
    .map((start, i) => [start, ends[i + 1] ?? ends[0] + 2 * Math.PI])
    .filter(([start, end]) => end - start > 0.02 && condition((start + end) / 2) > 0);
}

/** A square unit of the plane, whatever the panel; Figure 9.2 has no axes. */
/** @type {(svg: any, place: {x: number, y: number, width: number, height: number}) => Plane} */
function compass(svg, { x, y, width, height }) {
  const unit = (width - 12) / 2.9;
  const top = 1.46;
  const made = plane(
    svg,
    { x: x - 40, y: y - 8, width: width + 40, height: height + 46 },
    { x: [-1.45, 1.45], y: [top - (height - 4) / unit, top], x_label: "", y_label: "" },
  );
  made.root.selectAll(".axis, .axis-label").remove();
  return made;
}

mount({
  name: "large_margin_softmax",
  words,
  book: BOOK,
  controls: [
    { key: "m", kind: "choice", options: ["1", "2", "3", "4", "bare"] },
    { key: "lengths", kind: "choice", options: Object.keys(ROWS) },
    { key: "annealing", kind: "range", min: 0, max: 10, step: 0.5, digits: 1 },
  ],
  answer: 1,
  backing: { claims: ["C12", "C13"], test: "tests/losses/test_large_margin_softmax.py" },
  beside: true,

  draw({ svg, width, state, set, tall }) {
    const places = panels(width, 2, 0.76);
    tall(bottom_of(places));
    const left = compass(svg, places[0]);
    const areas = left.marks.append("g");
    const arrows = left.marks.append("g");
    const names = left.root.append("g");
    const right = svg.append("g");
    const grips = handles(left, 3, {
      label: (i) => words.arrows[i],
      at: (i) => vectors(state)[i],
      move: (i, to) => set(moved(state, i, to)),
    });

    return (state) => {
      const all = seen(state);
      const direction = (/** @type {number} */ angle) =>
        toward(Math.atan2(all.w1[1], all.w1[0]) + all.way * angle);
      draw_areas(left, areas, all, direction);
      draw_arrows(left, arrows, all);
      draw_names(left, names, all, direction);
      draw_profile(right, places[1], all);
      grips();
    };
  },

  tell(state) {
    const { w1, w2, x, logits, handicapped, loss, right, wins, middle, first, second } =
      seen(state);
    const degrees = (/** @type {number} */ angle) => written(angle * RADIAN, 1);
    const verdict = right
      ? wins
        ? words.right_and_wins
        : words.right_and_loses
      : wins
        ? words.wrong_and_wins
        : words.wrong_and_loses;
    const margin =
      middle === undefined
        ? words.no_boundary
        : second - first < 1e-6
          ? words.one_boundary
          : words.two_boundaries;
    return say(`${words.angles} ${verdict} ${margin}`, {
      first_angle: written(Math.abs(turn(w1, x)) * RADIAN, 0),
      second_angle: written(Math.abs(turn(w2, x)) * RADIAN, 0),
      plain: written(logits[0]),
      handicapped: written(handicapped),
      rival: written(logits[1]),
      loss: written(loss),
      first: degrees(first),
      second: degrees(second),
      width: degrees(second - first),
    });
  },

  done(state) {
    const { right, wins, at, first, second } = seen(state);
    return right && !wins && at > first && at < second;
  },
});

/** @typedef {ReturnType<typeof seen>} Seen */
/** @typedef {(angle: number) => number[]} Direction */

/** Marks of one kind, as many as there are paths. */
/** @type {(group: any, kinds: [string, string][]) => void} */
function strokes(group, kinds) {
  group
    .selectAll("path")
    .data(kinds)
    .join("path")
    .attr("class", (/** @type {string[]} */ [kind]) => kind)
    .attr("d", (/** @type {string[]} */ [, d]) => d);
}

/** @typedef {{text: string, x: number, y: number, kind?: string, anchor?: string}} Text */

/** @type {(group: any, texts: Text[]) => void} */
function texts(group, texts) {
  group
    .selectAll("text")
    .data(texts)
    .join("text")
    .attr("class", (/** @type {any} */ d) => d.kind ?? "")
    .attr("text-anchor", (/** @type {any} */ d) => d.anchor ?? "middle")
    .attr("x", (/** @type {any} */ d) => d.x.toFixed(1))
    .attr("y", (/** @type {any} */ d) => d.y.toFixed(1))
    .attr("dy", "0.35em")
    .text((/** @type {any} */ d) => d.text);
}

/** @type {(direction: Direction, from: number, to: number, radius?: number) => number[][]} */
const arc = (direction, from, to, radius = 1) =>
  Array.from({ length: 61 }, (_, i) =>
    direction(from + ((to - from) * i) / 60).map((value) => radius * value),
  );

/** The sectors in which a class wins with the handicap: without k only x's class has more than one. */
/** @param {Seen} all */
function won({ asked, between, bare }) {
  const first = sectors(asked[0]).map((ends) => ({ name: "1", kind: "plus", ends }));
  const around = (/** @type {number[]} */ [from, to]) => from < between && between < to;
  const second = sectors(asked[1]).filter((ends) => !bare || around(ends));
  return [...first, ...second.map((ends) => ({ name: "2", kind: "minus", ends }))];
}

/** The sectors of both classes, the margin between them and the boundaries. */
/** @type {(left: Plane, group: any, all: Seen, direction: Direction) => void} */
function draw_areas(left, group, all, direction) {
  const { plain, middle, first, second } = all;
  const fan = (/** @type {number[]} */ [from, to]) =>
    path(left, [[0, 0], ...arc(direction, from, to)]) + "Z";
  const ray = (/** @type {number} */ angle) =>
    path(left, [[0, 0], direction(angle).map((value) => 1.05 * value)]);
  /** @type {[string, string][]} */
  const marks = [["unit", path(left, arc(direction, -Math.PI, Math.PI))]];
  for (const { kind, ends } of won(all)) marks.push([`sector ${kind}`, fan(ends)]);
  for (const angle of zeros(plain)) marks.push(["line cross_entropy", ray(angle)]);
  if (middle !== undefined && second - first > 1e-6) {
    marks.push(["wedge", fan([first, second])]);
    marks.push(["span", path(left, arc(direction, first, second, 1.08))]);
    marks.push(["edge large_margin_softmax", ray(first)]);
    marks.push(["edge other large_margin_softmax", ray(second)]);
  }
  strokes(group, marks);
}

/** @type {(left: Plane, group: any, all: Seen) => void} */
function draw_arrows(left, group, { w1, w2, x }) {
  const arrow = (/** @type {number[]} */ v) => {
    const [a, b] = v.map((value) => value / length(v));
    const corner = (/** @type {number} */ side) => [
      v[0] - 0.13 * a - side * 0.05 * b,
      v[1] - 0.13 * b + side * 0.05 * a,
    ];
    return path(left, [[0, 0], v]) + path(left, [v, corner(1), corner(-1)]) + "Z";
  };
  strokes(group, [
    ["arrow plus", arrow(w1)],
    ["arrow minus", arrow(w2)],
    ["arrow", arrow(x)],
  ]);
}

/** How far apart two directions are. @type {(a: number, b: number) => number} */
const apart = (a, b) => Math.abs(Math.asin(Math.sin((a - b) / 2)) * 2);

/** @type {(left: Plane, group: any, all: Seen, direction: Direction) => void} */
function draw_names(left, group, all, direction) {
  const { w1, w2, x, at, between, plain, middle, first, second } = all;
  const [bottom] = left.y.domain();
  /** @type {(angle: number, radius: number, text: string, kind?: string) => Text} */
  const name = (angle, radius, text, kind) => {
    const [a, b] = direction(angle);
    const least = b < 0 ? Math.min(radius, (bottom + 0.1) / b) : radius;
    return { text, x: left.x(least * a), y: left.y(least * b), kind };
  };
  // The feature's name is on that side of it where the next weights are further off.
  const nearest = apart(at, 0) < apart(at, between) ? 0 : between;
  const aside = at + ((Math.sin(at - nearest) < 0 ? -1 : 1) * 0.15) / length(x);
  const marks = [
    name(0, length(w1) + 0.2, words.first, "colored plus"),
    name(between, length(w2) + 0.2, words.second, "colored minus"),
    name(aside, 0.6 * length(x), words.feature),
  ];
  const back = zeros(plain).find((angle) => angle < 0 || angle > between);
  if (back !== undefined) marks.push(name(back, 0.66, words.softmax, "colored cross_entropy"));
  // A class's number stands in its sector, as far from all lines as it can.
  const lines = [0, between, at, aside, ...zeros(plain)];
  for (const { ends } of won(all)) lines.push(...ends);
  for (const { name: text, ends } of won(all)) {
    const room = (/** @type {number} */ angle) =>
      Math.min(...lines.map((line) => apart(line, angle)));
    const places = Array.from({ length: 31 }, (_, i) => ends[0] + ((ends[1] - ends[0]) * i) / 30);
    const best = places.reduce((a, b) => (room(b) > room(a) + 1e-6 ? b : a));
    if (room(best) > 0.1) marks.push(name(best, 0.7, text));
    lines.push(best);
  }
  if (middle !== undefined && second - first > 0.1) {
    const angle = (first + second) / 2;
    const degrees = written((second - first) * RADIAN, 0);
    const text = direction(angle)[1] > 0.85 ? words.margin : words.degrees;
    marks.push(name(angle, 1.3, say(text, { degrees })));
  }
  texts(group, marks);
}

/** ψ, the plain cosine and the rival along the half circle on which x is, and x itself on them. */
/** @type {(group: any, place: {x: number, y: number, width: number, height: number}, all: Seen) => void} */
function draw_profile(group, place, all) {
  const { m, at, score, with_k, rival, plain, asked } = all;
  const way = at < 0 ? -1 : 1;
  const along = (/** @type {Condition} */ f) => (/** @type {number} */ angle) => f(way * angle);
  const half = {
    ...{ score: along(score), with_k: along(with_k), rival: along(rival) },
    charged: sectors(along((angle) => Math.min(plain(angle), -asked[0](angle)))),
    spared: sectors(along((angle) => Math.min(-plain(angle), asked[0](angle)))),
    joints: Array.from({ length: m - 1 }, (_, k) => ((k + 1) * Math.PI) / m),
  };
  group.selectAll("*").remove();
  const right = profile_axes(group, { ...place, width: place.width - 46 }, m);
  strokes(right.marks.append("g"), profile_marks(right, half, all));
  right.marks
    .append("g")
    .attr("class", "joints large_margin_softmax")
    .selectAll("circle")
    .data(half.joints)
    .join("circle")
    .attr("r", 3.5)
    .attr("cx", (joint) => right.x(joint * RADIAN))
    .attr("cy", (joint) => right.y(half.score(joint)));
  const looks = ["cross_entropy silent", "minus", "large_margin_softmax"];
  dots(
    right.root.append("g"),
    right,
    [Math.cos(at), rival(at), score(at)].map((value) => [Math.abs(at) * RADIAN, value]),
    (i) => looks[i],
    (i) => (i === 1 ? "square" : "circle"),
  );
  texts(right.root.append("g"), [
    ...profile_ends(right, half, all),
    ...profile_names(right, half, all),
  ]);
}

/** @typedef {{score: Condition, with_k: Condition, rival: Condition, charged: number[][], spared: number[][], joints: number[]}} Half */

/** @type {(group: any, place: {x: number, y: number, width: number, height: number}, m: number) => Plane} */
function profile_axes(group, place, m) {
  const y = /** @type {[number, number]} */ ([0.4 - 2 * m, 1.4 + 0.3 * m]);
  const labels = { x_label: words.theta, y_label: words.logit };
  const right = plane(group, place, { x: [0, 180], y, ...labels });
  const step = m > 2 ? 2 : 1;
  const levels = Array.from({ length: (2 * m) / step + 1 }, (_, i) => 1 - i * step);
  const axes = [
    axisBottom(right.x).tickValues([0, 45, 90, 135, 180]),
    axisLeft(right.y).tickValues(levels),
  ].map((axis) => axis.tickSizeOuter(0).tickFormat((value) => written(Number(value), 0)));
  axes.forEach((axis, i) => {
    const drawn = right.root.selectAll(".axis").filter((_, j) => i === j);
    drawn.call(/** @type {any} */ (axis));
  });
  return right;
}

/** @type {(right: Plane, half: Half, all: Seen) => [string, string][]} */
function profile_marks(right, half, { bare, at, score, rival }) {
  const [low, high] = right.y.domain();
  const upright = (/** @type {number} */ angle, bottom = low, top = high) => [
    [angle * RADIAN, bottom],
    [angle * RADIAN, top],
  ];
  const band = (/** @type {number[]} */ [from, to]) =>
    path(right, [...upright(from), ...upright(to, high, low)]) + "Z";
  const over_angles = (/** @type {Condition} */ f) =>
    curve(right, (degrees) => f(degrees / RADIAN));
  /** @type {<T>(kind: string, drawn: (at: T) => string) => (at: T) => [string, string]} */
  const marked = (kind, drawn) => (at) => [kind, drawn(at)];
  const lacking = score(at) < rival(at);
  /** @type {[string, string][]} */
  const marks = [
    ...half.charged.map(marked("wedge", band)),
    ...half.spared.map(marked("sector plus", band)),
    ...half.joints.map(marked("joint", (joint) => path(right, upright(joint)))),
    ["ghost", bare ? over_angles(half.with_k) : ""],
    ["line cross_entropy", over_angles(Math.cos)],
    ["edge minus", over_angles(half.rival)],
    ["curve large_margin_softmax", over_angles(half.score)],
    ["lack", lacking ? path(right, upright(Math.abs(at), score(at), rival(at))) : ""],
  ];
  return marks.filter(([, d]) => d);
}

/** The names of the curves at their ends, one below the other. */
/** @type {(right: Plane, half: Half, all: Seen) => Text[]} */
function profile_ends(right, half, { m, bare }) {
  const curves = [
    { text: words.cosine, value: -1, kind: "colored cross_entropy", shown: m > 1 },
    { text: words.rival, value: half.rival(Math.PI), kind: "colored minus", shown: true },
    {
      text: bare ? words.bare : words.psi,
      value: half.score(Math.PI),
      kind: "colored large_margin_softmax",
      shown: true,
    },
    { text: words.with_k, value: half.with_k(Math.PI), kind: "", shown: bare },
  ];
  let least = right.y.range()[1];
  return curves
    .filter(({ shown }) => shown)
    .sort((a, b) => b.value - a.value)
    .map(({ text, value, kind }) => {
      const y = Math.max(right.y(value), least);
      least = y + 14;
      return { text, kind, x: right.x(180) + 9, y, anchor: "start" };
    });
}

/** The names of the bands, and of the pieces. */
/** @type {(right: Plane, half: Half, all: Seen) => Text[]} */
function profile_names(right, { charged, spared }, { m, bare }) {
  const [low, high] = right.y.domain();
  /** @type {(level: number, text: string) => (ends: number[]) => Text} */
  const in_band =
    (level, text) =>
    ([from, to]) => {
      const [start, end] = [Math.max(from, 0), Math.min(to, Math.PI)].map((a) =>
        right.x(a * RADIAN),
      );
      const y = right.y(level);
      return from < Math.PI / 2
        ? { text, x: start + 3, y, anchor: "start" }
        : { text, x: end - 3, y, anchor: "end" };
    };
  const wide = (/** @type {number[]} */ [from, to]) => to > 0.1 && from < Math.PI - 0.1;
  const pieces = m > 1 && !bare ? Array.from({ length: m }, (_, k) => k) : [];
  return [
    ...charged
      .filter(wide)
      .slice(0, 1)
      .map(in_band(high - 0.1 * m, words.charged)),
    ...spared.filter(wide).slice(-1).map(in_band(-2.1, words.spared)),
    ...pieces.map((k) => ({
      text: say(words.piece, { k }),
      x: right.x(((k + 0.5) * 180) / m),
      y: right.y(low) - 9,
    })),
  ];
}
