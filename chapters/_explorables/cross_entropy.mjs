/** 9.1.1: the logits of one sample in the reader's hand, and their loss in three arithmetics. */

import { mount, say, written } from "./frame.mjs";
import { argmax, cross_entropy, sum } from "./losses.mjs";
import { curve, dots, handles, path, plane } from "./plot.mjs";
import words from "./words/en/cross_entropy.json";

/** @typedef {import("./frame.mjs").Selection} Selection */
/** @typedef {import("./plot.mjs").Plane} Plane */
/** @typedef {{x: number, y: number, width: number, height: number}} Place */
/** A point is a class and its logit; `last` is the class that was touched last. */
/** @typedef {{classes: string, c: number, T: number, label: number, last: number, points: number[][]}} State */

const [LOWEST, HIGHEST, FARTHEST, WIDER] = [-6, 6, 120, 14];

/** The page's h = (2, 1, 0); two more classes go on as these began. @type {State} */
const BOOK = {
  classes: "3",
  c: 0,
  T: 1,
  label: 0,
  last: 0,
  points: [2, 1, 0, -1, -2].map((h, j) => [j, h]),
};

/** To the nearest number of half precision: 11 binary digits, ties to even. @type {(x: number) => number} */
export function half(x) {
  if (!Number.isFinite(x) || x === 0) return x;
  // Below 2⁻¹⁴ the numbers no longer become denser.
  const step = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -14) - 10);
  // Where doubles are whole numbers, adding rounds to one.
  const whole = x / step + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;
  return Math.abs(whole * step) > 65504 ? Math.sign(x) * Number.POSITIVE_INFINITY : whole * step;
}

/** @type {Record<string, (x: number) => number>} */
const FORMATS = { float32: Math.fround, float16: half };

/**
 * -log(e^{z_y} / Σ e^{z_j}) as it is written, each operation rounded to the format.
 * @type {(z: readonly number[], y: number, round: (x: number) => number) => {own: number, all: number, loss: number}}
 */
export function naive(z, y, round) {
  const e = z.map((value) => round(Math.exp(round(value))));
  const all = round(sum(e));
  return { own: e[y], all, loss: round(-Math.log(round(e[y] / all))) };
}

/** What the softmax is given. @type {(state: State, c?: number) => number[]} */
const scores = ({ classes, points, T, ...state }, c = state.c) =>
  points.slice(0, classes === "5" ? 5 : 3).map(([, h]) => (h + c) / T);

/** @type {(z: number[], y: number) => {p: number[], pull: number[], loss: number}} */
function judged(z, y) {
  const [loss, gradient] = cross_entropy(z, y);
  return {
    loss,
    pull: gradient.map((slope) => -slope),
    p: gradient.map((slope, j) => slope + Number(j === y)),
  };
}

/** @param {State} state */
export function seen(state) {
  const z = scores(state);
  const known = (/** @type {number} */ j) => (j in z ? j : 0);
  const [y, last] = [known(state.label), known(state.last)];
  const found = judged(z, y);
  const after = judged(
    z.map((value, j) => value + found.pull[j]),
    y,
  ).p;
  return { z, y, last, ...found, after };
}

mount({
  name: "cross_entropy",
  words,
  book: BOOK,
  controls: [
    { key: "c", kind: "range", min: -FARTHEST, max: FARTHEST, step: 1, digits: 0 },
    { key: "T", kind: "range", min: 0.25, max: 4, step: 0.05, digits: 2 },
    { key: "classes", kind: "choice", options: ["3", "5"] },
  ],
  answer: 2,
  backing: { claims: ["C1"], test: "tests/losses/test_cross_entropy.py" },

  draw({ svg, width, set, tall, ...stage }) {
    const places = four(width);
    tall(Math.max(...places.map(({ y, height }) => y + height)));
    /** @type {((state: State) => void)[]} */
    let parts = [];
    let built = 0;
    const build = (/** @type {number} */ count) => {
      svg.selectAll("*").remove();
      const touch = (/** @type {number} */ j, /** @type {Partial<State>} */ changes) =>
        set({ last: j, ...changes });
      parts = [
        logits(svg, places[0], stage.state, touch),
        probabilities(svg, places[1], count, touch),
        cost(svg, places[2]),
        arithmetics(svg, places[3]),
      ];
      built = count;
    };
    return (state) => {
      const count = seen(state).z.length;
      if (count !== built) build(count);
      for (const part of parts) part(state);
    };
  },

  tell(state) {
    const { z, y, last, p, pull, loss } = seen(state);
    const values = {
      y,
      p: written(p[y], 3),
      loss: written(loss, 3),
      pull: written(pull[y], 3),
      j: last,
      push: written(-pull[last], 3),
      single: outcome(naive(z, y, FORMATS.float32).loss),
      T: written(state.T),
      unit: written(1 / state.T),
      half: outcome(naive(z, y, FORMATS.float16).loss),
    };
    const rival = last === y ? "" : words.told_rival;
    return [words.told, rival, state.T === 1 ? "" : words.told_T, words.told_naive]
      .filter(Boolean)
      .map((text) => say(text, values))
      .join(" ");
  },

  // A temperature can save the naive formula, and then there is something else to be seen.
  done: (state) => state.c >= 100 && Number.isNaN(naive(scores(state), 0, FORMATS.float32).loss),
});

/** Two by two where there is room, else one above the other. @type {(width: number) => Place[]} */
function four(width) {
  const gap = 24;
  if (width >= 520) {
    const [own, height] = [(width - gap) / 2, 208];
    return [0, 1, 2, 3].map((i) => ({
      x: (i % 2) * (own + gap),
      y: Math.floor(i / 2) * (height + gap),
      width: own,
      height,
    }));
  }
  return [180, 180, 180, 208].map((height, i) => ({ x: 0, y: i * (180 + gap), width, height }));
}

/** @type {(y: number) => (j: number) => string} */
const kind = (y) => (j) => (j === y ? "due" : "rival");
/** @type {(y: number) => (j: number) => "circle" | "square"} */
const shape = (y) => (j) => (j === y ? "circle" : "square");

/** The classes at the foot of a panel, the label marked. @type {(plane: Plane, count: number) => (y: number) => void} */
function foot({ root, x, y: height }, count) {
  root.select(".axis").selectAll(".tick").remove();
  const texts = root
    .append("g")
    .selectAll("text")
    .data(Array.from({ length: count }, (_, j) => j))
    .join("text")
    .attr("text-anchor", "middle")
    .attr("x", (/** @type {number} */ j) => x(j))
    .attr("y", height.range()[0] + 16);
  return (y) => {
    texts
      .text((/** @type {number} */ j) => (j === y ? `${j} = y` : j))
      .attr("class", (/** @type {number} */ j) => (j === y ? "own due" : "own rival"));
  };
}

/** Numbers such as −102 want more room. @type {(place: Place) => Place} */
const narrower = (place) => ({ ...place, x: place.x + WIDER, width: place.width - WIDER });

/** The title of the axis at the left, in that room. @type {(plane: Plane, text: string) => void} */
function beside({ root, y }, text) {
  const middle = (y.range()[0] + y.range()[1]) / 2;
  root
    .append("text")
    .attr("transform", `translate(${12 - WIDER},${middle}) rotate(-90)`)
    .attr("text-anchor", "middle")
    .text(text);
}

/** The logits on rails. A shift and a temperature do not move them: they change what the axis says. */
/** @type {(svg: Selection, place: Place, state: State, touch: (j: number, changes: Partial<State>) => void) => (state: State) => void} */
function logits(svg, place, state, touch) {
  const count = seen(state).z.length;
  const below = svg.append("g");
  const [low, high] = [LOWEST - 1.5, HIGHEST + 2];
  /** @type {[number, number]} */
  const across = [-0.5, count - 0.5];
  const room = narrower(place);
  const own = plane(svg, room, { x: across, y: [low, high], x_label: words.class, y_label: "" });
  own.root.selectAll(".axis .tick, .axis:nth-of-type(2)").remove();
  const label = foot(own, count);
  const marks = own.root.append("g");
  for (let j = 0; j < count; j++) {
    const rail = path(own, [
      [j, LOWEST],
      [j, HIGHEST],
    ]);
    marks.append("path").attr("class", "rail").attr("d", rail);
  }
  const hints = marks.append("g");
  const points = marks.append("g");
  const values = marks.append("g");
  const held = (/** @type {number} */ h) =>
    Math.round(10 * Math.min(Math.max(h, LOWEST), HIGHEST)) / 10;
  const grips = handles(own, count, {
    label: (j) => say(j === seen(state).y ? words.handle_label : words.handle_class, { j }),
    at: (j) => state.points[j],
    move: (j, [, h]) =>
      touch(j, { points: state.points.map((old, k) => (k === j ? [j, held(h)] : old)) }),
    regard: (j) => points.selectAll("path").classed("regarded", (_, k) => k === j),
  });
  return (state) => {
    const { z, y } = seen(state);
    below.selectAll("*").remove();
    const [bottom, top] = [low, high].map((h) => (h + state.c) / state.T);
    const said = plane(below, room, { x: across, y: [bottom, top], x_label: "", y_label: "" });
    said.root.select(".axis").remove();
    beside(said, words.logit);
    label(y);
    const at = z.map((_, j) => [j, state.points[j][1]]);
    dots(points, own, at, kind(y), shape(y));
    hints
      .selectAll("path")
      .data(at)
      .join("path")
      .attr("class", "hint")
      .attr("d", "M-4,-9l4,-5l4,5M-4,9l4,5l4,-5")
      .attr("transform", ([j, h]) => `translate(${own.x(j)},${own.y(h)})`);
    values
      .selectAll("text")
      .data(z)
      .join("text")
      .attr("text-anchor", "middle")
      .attr("x", (_, j) => own.x(j))
      .attr("y", (_, j) => own.y(at[j][1]) - 18)
      .text((value) => written(value, state.T === 1 || Math.abs(value) >= 100 ? 1 : 2));
    grips();
  };
}

/** The probabilities, and the arrows from what was given to what was due. */
/** @type {(svg: Selection, place: Place, count: number, touch: (j: number, changes: Partial<State>) => void) => (state: State) => void} */
function probabilities(svg, place, count, touch) {
  const own = plane(svg, narrower(place), {
    x: [-0.5, count - 0.5],
    y: [0, 1.05],
    x_label: words.class_after,
    y_label: "",
  });
  beside(own, words.probability);
  const label = foot(own, count);
  own.root
    .append("text")
    .attr("text-anchor", "middle")
    .attr("x", own.x((count - 1) / 2))
    .attr("y", place.height + 11)
    .text(words.click);
  const [bars, pulls, steps, values] = [0, 1, 2, 3].map(() => own.root.append("g"));
  const columns = own.root.append("g").attr("role", "radiogroup").attr("aria-label", words.click);
  return (state) => {
    const { y, p, pull, after } = seen(state);
    label(y);
    bars
      .selectAll("path")
      .data(p)
      .join("path")
      .attr("class", (_, j) => `bar ${kind(y)(j)}`)
      .attr("d", (height, j) => bar(own, j, height));
    pulls
      .selectAll("path")
      .data(p)
      .join("path")
      .attr("class", "pull")
      .attr("d", (height, j) => arrow(own, j, height, Number(j === y)));
    steps
      .selectAll("path")
      .data(after)
      .join("path")
      .attr("class", "after")
      .attr("d", (height, j) =>
        path(own, [
          [j - 0.3, height],
          [j + 0.3, height],
        ]),
      );
    values
      .selectAll("text")
      .data(pull)
      .join("text")
      .attr("text-anchor", "middle")
      .attr("x", (_, j) => own.x(j))
      .attr("y", (_, j) => own.y(j === y ? 1 : Math.max(p[j], after[j])) - 4)
      .text((value) => signed(value));
    columns
      .selectAll("rect")
      .data(p)
      .join("rect")
      .attr("class", "column")
      .attr("role", "radio")
      .attr("tabindex", 0)
      .attr("data-class", (_, j) => j)
      .attr("aria-checked", (_, j) => String(j === y))
      .attr("aria-label", (_, j) => say(words.make_label, { j, p: written(p[j]) }))
      .attr("x", (_, j) => own.x(j - 0.5))
      .attr("y", 0)
      .attr("width", own.x(1) - own.x(0))
      .attr("height", place.height - 20)
      .on("click keydown", (/** @type {any} */ event) => {
        if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        const j = Number(event.currentTarget.dataset.class);
        touch(j, { label: j });
      });
  };
}

/** @type {(plane: Plane, j: number, height: number) => string} */
const bar = (plane, j, height) =>
  path(plane, [
    [j - 0.3, 0],
    [j - 0.3, height],
    [j + 0.3, height],
    [j + 0.3, 0],
  ]);

/** @type {(plane: Plane, j: number, from: number, to: number) => string} */
function arrow({ x, y }, j, from, to) {
  const [start, end] = [y(from), y(to)];
  const head = Math.min(6, Math.abs(end - start)) * Math.sign(start - end);
  const [left, right] = [x(j) - Math.abs(head) * 0.7, x(j) + Math.abs(head) * 0.7];
  return `M${x(j)},${start}V${end}M${left},${end + head}L${x(j)},${end}L${right},${end + head}`;
}

/** The loss over the logit that was touched last, the others held. */
/** @type {(svg: Selection, place: Place) => (state: State) => void} */
function cost(svg, place) {
  const all = svg.append("g");
  return (state) => {
    const { z, y, last, pull, loss } = seen(state);
    all.selectAll("*").remove();
    const units = (/** @type {number} */ h) => (h + state.c) / state.T;
    const own = plane(all, place, {
      x: [units(LOWEST - 0.5), units(HIGHEST + 0.5)],
      y: [0, 14 / state.T],
      x_label: say(words.own_logit, { j: last }),
      y_label: words.loss,
    });
    const at = (/** @type {number} */ value) =>
      cross_entropy(
        z.map((old, j) => (j === last ? value : old)),
        y,
      )[0];
    own.marks.append("path").attr("class", "curve cross_entropy").attr("d", curve(own, at));
    const tangent = [-3, 3].map((way) => [
      z[last] + way / state.T,
      loss - (pull[last] * way) / state.T,
    ]);
    own.marks.append("path").attr("class", "tangent").attr("d", path(own, tangent));
    dots(
      own.root.append("g"),
      own,
      [[z[last], loss]],
      () => kind(y)(last),
      () => shape(y)(last),
    );
    own.root
      .append("text")
      .attr("text-anchor", last === y ? "end" : "start")
      .attr("x", own.x.range()[last === y ? 1 : 0] + (last === y ? -4 : 8))
      .attr("y", 22)
      .text(
        say(last === y ? words.slope_label : words.slope_rival, { slope: signed(-pull[last]) }),
      );
  };
}

/** The loss of the same logits by the library's way and by the formula as it stands, at every c. */
/** @type {(svg: Selection, place: Place) => (state: State) => void} */
function arithmetics(svg, { x, width, ...place }) {
  const own = plane(
    svg,
    { x: x - 36, width: width + 36, ...place },
    { x: [-FARTHEST, FARTHEST], y: [place.height, 0], x_label: words.shift, y_label: "" },
  );
  own.root.selectAll(".axis:nth-of-type(2)").remove();
  const marks = own.root.append("g");
  const [left, right] = own.x.range();
  return (state) => {
    marks.selectAll("*").remove();
    const { z, y, loss } = seen(state);
    const write = (/** @type {number} */ height, /** @type {string} */ text, result = "") => {
      marks.append("text").attr("x", left).attr("y", height).text(text);
      marks
        .append("text")
        .attr("x", right)
        .attr("y", height)
        .attr("text-anchor", "end")
        .attr("class", "result")
        .text(result);
    };
    const line = (
      /** @type {number} */ height,
      /** @type {string} */ style,
      /** @type {number[]} */ ends,
    ) =>
      marks
        .append("path")
        .attr("class", style)
        .attr("d", `M${own.x(ends[0])},${height}H${own.x(ends[1])}`);
    /** @type {Record<string, string>} */
    const kinds = { works: "dot due", rough: "dot due silent" };
    const spot = (/** @type {number} */ height, /** @type {string} */ style) =>
      marks
        .append("path")
        .attr("class", kinds[style] ?? "broken")
        .attr("d", style ? "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0" : "M-5,-5l10,10m0,-10l-10,10")
        .attr("transform", `translate(${own.x(state.c)},${height})`);
    const M = z[argmax(z)];
    write(12, say(words.ours, { y: lowered(y) }));
    const terms = {
      M: written(M, state.T === 1 ? 1 : 2),
      a: short(M - z[y]),
      b: short(loss - M + z[y]),
    };
    write(28, say(words.ours_terms, terms), written(loss, 3));
    line(40, "works", [-FARTHEST, FARTHEST]);
    spot(40, "works");
    write(66, say(words.naive, { y: lowered(y) }));
    Object.entries(FORMATS).forEach(([format, round], i) => {
      const height = 82 + 42 * i;
      const { own: e, all, loss: found } = naive(z, y, round);
      write(
        height,
        say(words.naive_terms, { format, e: short(e), all: short(all) }),
        outcome(found),
      );
      for (const [style, ends] of spans(state, y, round)) line(height + 12, style, ends);
      spot(height + 12, worth(found, loss));
    });
  };
}

/** Right to a percent or as far as it is written; some other number; or none. */
/** @type {(loss: number, truth: number) => "works" | "rough" | ""} */
function worth(loss, truth) {
  if (!Number.isFinite(loss)) return "";
  return Math.abs(loss - truth) <= 0.01 * truth + 0.0005 ? "works" : "rough";
}

/** What the naive formula is worth along c, in stretches; where it gives no number there is none. */
/** @type {(state: State, y: number, round: (x: number) => number) => [string, number[]][]} */
function spans(state, y, round) {
  const [truth] = cross_entropy(scores(state, 0), y);
  /** @type {[string, number[]][]} */
  const found = [];
  for (let c = -FARTHEST; c <= FARTHEST; c++) {
    const { loss } = naive(scores(state, c), y, round);
    const style = worth(loss, truth);
    const last = found[found.length - 1];
    if (last?.[0] === style) last[1][1] = c + 0.5;
    else found.push([style, [c - 0.5, c + 0.5]]);
  }
  return found.filter(([style]) => style);
}

/** @type {(j: number) => string} */
const lowered = (j) => "₀₁₂₃₄"[j];

/** @type {(value: number) => string} */
const signed = (value) => (value > 0 ? "+" : "") + written(value);

/** A loss, or what the arithmetic says in its place. @type {(loss: number) => string} */
const outcome = (loss) => (Number.isFinite(loss) ? written(loss, 3) : short(loss));

/** Three digits, or a power of ten. @type {(value: number) => string} */
function short(value) {
  if (Number.isNaN(value)) return words.nan;
  if (!Number.isFinite(value)) return words.inf;
  if (value === 0) return "0";
  const [digits, power] = value.toExponential(1).split("e");
  if (Math.abs(Number(power)) <= 2) return String(Number(value.toPrecision(3)));
  const raised = [...String(Number(power))].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)] ?? "⁻");
  return `${digits}·10${raised.join("")}`;
}
