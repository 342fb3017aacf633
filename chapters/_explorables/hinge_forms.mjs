/** 9.1.2: three scores in the reader's hand, and what each loss called hinge asks of them. */

import { mount, say, written } from "./frame.mjs";
import { argmax, hinge, sum } from "./losses.mjs";
import { dots, handles, path, plane } from "./plot.mjs";
import words from "./words/en/hinge_forms.json";

/** @typedef {import("./frame.mjs").Selection} Selection */
/** @typedef {import("./plot.mjs").Plane} Plane */
/** @typedef {{x: number, y: number, width: number, height: number}} Place */
/** A point is a class and its score; `last` is the class that was touched last. */
/** @typedef {{label: string, c: number, power: string, last: number, points: number[][]}} State */
/** @typedef {"crammer_singer" | "weston_watkins" | "one_vs_all" | "target_score"} Form */
/** What is asked of which class, what each that lacks some of it pays, and how the scores are pulled. */
/** @typedef {{loss: number, asked: {j: number, level: number}[], paid: {j: number, level: number, cost: number}[], pull: number[]}} Judgement */

/** @type {Form[]} */
const FORMS = ["crammer_singer", "weston_watkins", "one_vs_all", "target_score"];
const CLASSES = [0, 1, 2];
/** How far the scores can be dragged, how far c shifts them, and how far they are seen. */
const [RANGE, SHIFT, SEEN] = [[-1, 2], [-1, 1], /** @type {[number, number]} */ ([-2.4, 3.4])];

/** Where the two lines of the page's figure cross. @type {State} */
const BOOK = {
  label: "0",
  c: 0,
  power: "plain",
  last: -1,
  points: [1, 0.5, 0].map((h, j) => [j, h]),
};

/** In quarters, which are exact: a lead of 1 is 1. @type {(value: number, ends: number[]) => number} */
const held = (value, [low, high]) => Math.round(4 * Math.min(Math.max(value, low), high)) / 4;

/** @param {State} state */
function read({ points, label, c, power, last }) {
  const known = (/** @type {unknown} */ j) => CLASSES.indexOf(Number(j));
  return {
    h: points.map(([, h]) => held(h, RANGE)),
    y: Math.max(known(label), 0),
    c: held(c, SHIFT),
    p: power === "squared" ? 2 : 1,
    last: known(last),
  };
}

/** A binary hinge for each class: is it this one? */
/** @type {(z: number[], y: number, p: number) => [number, number[]]} */
function one_vs_all(z, y, p) {
  const each = z.map((score, j) => hinge(score, j === y ? 1 : -1, { form: "binary", p }));
  return [sum(each.map(([loss]) => loss)), each.map(([, slope]) => slope)];
}

/** @type {(form: Form, z: number[], y: number, p: number) => Judgement} */
function judged(form, z, y, p) {
  const [loss, slopes] = form === "one_vs_all" ? one_vs_all(z, y, p) : hinge(z, y, { form, p });
  const absolute = is_absolute(form);
  const asked = CLASSES.flatMap((j) => {
    if (j === y) return absolute ? [{ j, level: 1 }] : [];
    if (form === "target_score") return [];
    return [{ j, level: absolute ? -1 : z[y] - 1 }];
  });
  const share = form === "weston_watkins" ? 1 / z.length : 1;
  const paid = asked
    .filter(({ j }) => slopes[j])
    .map(({ j, level }) => ({ j, level, cost: share * Math.abs(z[j] - level) ** p }));
  return { loss, asked, paid, pull: slopes.map((/** @type {number} */ slope) => -slope) };
}

/** Whether it asks for scores, and not for leads. @type {(form: Form) => boolean} */
const is_absolute = (form) => form === "one_vs_all" || form === "target_score";

/** @type {<T>(of: (form: Form) => T) => Record<Form, T>} */
const each = (of) => /** @type {any} */ (Object.fromEntries(FORMS.map((form) => [form, of(form)])));

/** @param {State} state */
export function seen(state) {
  const { h, c, y, p, last } = read(state);
  const z = h.map((score) => score + c);
  return {
    ...{ z, c, y, last },
    found: each((form) => judged(form, z, y, p)),
    before: each((form) => judged(form, h, y, p)),
  };
}

mount({
  name: "hinge_forms",
  words,
  book: BOOK,
  controls: [
    { key: "label", kind: "choice", options: ["0", "1", "2"] },
    { key: "c", kind: "range", min: SHIFT[0], max: SHIFT[1], step: 0.25, digits: 2 },
    { key: "power", kind: "choice", options: ["plain", "squared"] },
  ],
  answer: 2,
  backing: { claims: ["C3"], test: "tests/losses/test_hinge.py" },
  beside: true,

  draw({ svg, width, state, set, tall }) {
    const [first, ...others] = five(width);
    tall(others[3].y + others[3].height);
    const parts = [
      sample(svg, first, state, set),
      ...FORMS.map((form, k) => verdict(svg, others[k], form)),
    ];
    return (state) => {
      for (const part of parts) part(state);
    };
  },

  tell(state) {
    const { z, c, y, last, found, before } = seen(state);
    const lead = z[y] - z[argmax(z, y)];
    const losses = each((form) => written(found[form].loss));
    const way = lead < 0 ? words.trails : words.leads;
    const told = [say(words.told, { y, way, lead: written(Math.abs(lead)), ...losses })];
    if (lead <= 0 && found.target_score.loss === 0) told.push(words.told_hole);
    if (c)
      told.push(
        say(
          words.told_shift,
          each((form) => written(before[form].loss)),
        ),
      );
    if (last >= 0) {
      const pulls = each((form) => written(found[form].pull[last]));
      told.push(say(words.told_class, { j: last, ...pulls }));
    }
    return told.join(" ");
  },

  done(state) {
    const { c, found, before } = seen(state);
    const rise = (/** @type {Form} */ form) => found[form].loss - before[form].loss;
    return c === -1 && rise("one_vs_all") < 0 && rise("target_score") > 0;
  },
});

/** The sample, and the four losses two by two, beside it or below. @type {(width: number) => Place[]} */
function five(width) {
  const beside = width >= 520;
  const [gap, height, own_height] = [16, 216, 196];
  const left = beside ? Math.max(190, Math.round(0.3 * width)) : width;
  const start = beside ? left + gap : 0;
  const top = beside ? 0 : own_height + gap;
  const own = (width - start - gap) / 2;
  const others = FORMS.map((_, k) => ({
    x: start + (k % 2) * (own + gap),
    y: top + Math.floor(k / 2) * (height + gap),
    width: own,
    height,
  }));
  return [{ x: 0, y: 0, width: left, height: beside ? 2 * height + gap : own_height }, ...others];
}

/** @type {(y: number) => (j: number) => "circle" | "square"} */
const shape = (y) => (j) => (j === y ? "circle" : "square");
/** @type {(y: number) => (j: number) => string} */
const kind = (y) => (j) => (j === y ? "plus" : "minus");
/** @type {(z: number[]) => number[][]} */
const points_of = (z) => z.map((height, j) => [j, height]);

/** @typedef {{x: number, y: number, text: string}} Text */
/** @type {(group: Selection, texts: Text[]) => void} */
const write = (group, texts) =>
  group
    .selectAll("text")
    .data(texts)
    .join("text")
    .attr("text-anchor", "middle")
    .attr("x", ({ x }) => x)
    .attr("y", ({ y }) => y)
    .text(({ text }) => text);

/** @type {(group: Selection, marks: {kind: string, d: string}[]) => void} */
const stroke = (group, marks) =>
  group
    .selectAll("path")
    .data(marks)
    .join("path")
    .attr("class", ({ kind }) => kind)
    .attr("d", ({ d }) => d);

/** The classes at the foot of a panel, the label marked. @type {(plane: Plane, y: number) => Text[]} */
const feet = (own, y) =>
  CLASSES.map((j) => ({
    x: own.x(j),
    y: own.y(SEEN[0]) + 16,
    text: j === y ? `${j} = y` : String(j),
  }));

/** The scores on rails. */
/** @type {(svg: Selection, place: Place, state: State, set: (changes: Partial<State>) => void) => (state: State) => void} */
function sample(svg, place, state, set) {
  const axes = { y_label: words.score, x_label: words.class };
  const own = plane(svg, place, { x: [-0.5, 2.5], y: SEEN, ...axes });
  own.root.select(".axis").selectAll(".tick").remove();
  const [lines, points, foot] = [0, 1, 2].map(() => own.root.append("g"));
  const grips = handles(own, CLASSES.length, {
    label: (j) => say(j === read(state).y ? words.handle_label : words.handle_class, { j }),
    at: (j) => [j, seen(state).z[j]],
    move: (j, [, z]) => {
      const h = held(z - read(state).c, RANGE);
      set({ last: j, points: state.points.map((old, k) => (k === j ? [j, h] : old)) });
    },
    regard: (j) => {
      svg.selectAll(".dot").classed("regarded", (_, k) => k % CLASSES.length === j);
    },
    step: 0.25,
  });
  return (state) => {
    const { z, c, y } = seen(state);
    const hint = (/** @type {number} */ j) =>
      `M${own.x(j) - 4},${own.y(z[j]) - 9}l4,-5l4,5m-8,18l4,5l4,-5`;
    stroke(lines, [
      ...CLASSES.map((j) => ({
        kind: "ghost",
        d: path(
          own,
          RANGE.map((h) => [j, h + c]),
        ),
      })),
      ...CLASSES.map((j) => ({ kind: "line", d: hint(j) })),
    ]);
    dots(points, own, points_of(z), kind(y), shape(y));
    write(foot, feet(own, y));
    grips();
  };
}

/** What one loss makes of the scores. */
/** @type {(svg: Selection, place: Place, form: Form) => (state: State) => void} */
function verdict(svg, { x, y: top, width, height }, form) {
  const narrow = width < 200;
  const [absolute, digits] = [is_absolute(form), narrow ? 1 : 2];
  const [head, left, pile] = [26, narrow && !absolute ? 8 : 20, 3.1];
  // Planes have more room at the sides, for an axis.
  const own = plane(
    svg,
    { x: x - 44 + left, y: top + head, width: width + 44 - left + 8, height: height - head },
    { x: [-0.5, 3.6], y: SEEN, x_label: "", y_label: "" },
  );
  own.root.selectAll(".axis").remove();
  const names = [words.names[form], words.asks[form]];
  names.forEach((text, i) => {
    const line = svg
      .append("text")
      .attr("x", x)
      .attr("y", top + 12 + 16 * i);
    line.attr("class", i ? "" : "strong").text(text);
  });
  const lines = own.marks.append("g");
  const [points, texts] = [own.root.append("g"), own.root.append("g")];
  const total = own.root.append("text").attr("class", "strong").attr("text-anchor", "middle");
  total.attr("x", own.x(pile)).attr("y", own.y(SEEN[0]) + 32);
  const [bottom, highest] = SEEN;
  const across = (/** @type {number} */ j, /** @type {number} */ level, half = 0.4) =>
    path(own, [
      [j - half, level],
      [j + half, level],
    ]);
  const up = (/** @type {number} */ j, /** @type {number} */ from, /** @type {number} */ to) =>
    path(own, [
      [j, from],
      [j, to],
    ]);
  return (state) => {
    const { z, c, y, found, before } = seen(state);
    const { loss, asked, paid, pull } = found[form];
    const sums = paid.map((_, i) => bottom + sum(paid.slice(0, i + 1).map(({ cost }) => cost)));
    stroke(lines, [
      // What the dashed lines are measured from.
      { kind: "hair", d: absolute ? across(1, 0, 1.5) : up(y, z[y], z[y] - 1) },
      ...asked.map(({ j, level }) => ({ kind: "edge", d: across(j, level) })),
      ...paid.map(({ j, level }) => ({ kind: "lack", d: up(j, z[j], level) })),
      ...CLASSES.filter((j) => pull[j]).map((j) => ({
        kind: "line pull",
        d: arrow(own, j, z[j], pull[j]),
      })),
      ...sums.map((to, i) => ({ kind: "piece", d: up(pile, sums[i - 1] ?? bottom, to) })),
      ...sums.map((to) => ({ kind: "seam", d: across(pile, to, 0.3) })),
      // The pile goes on where it is not seen.
      ...(bottom + loss > highest
        ? [{ kind: "seam", d: `M${own.x(pile) - 8},${own.y(highest) + 9}l8,-5l8,5` }]
        : []),
      { kind: "line", d: across(pile, bottom) },
      ...(c ? [{ kind: "line pull", d: across(pile, bottom + before[form].loss) }] : []),
    ]);
    dots(points, own, points_of(z), (j) => `${kind(y)(j)} ${pull[j] ? "" : "silent"}`, shape(y));
    const levels = absolute ? [0, ...new Set(asked.map(({ level }) => level))] : [];
    write(texts, [
      ...feet(own, y),
      { x: own.x(pile), y: own.y(bottom) + 16, text: words.loss },
      ...CLASSES.map((j) => ({
        x: own.x(j),
        y: own.y(bottom) + 32,
        text: signed(pull[j], digits),
      })),
      ...levels.map((level) => ({
        x: own.x(-0.5) - 10,
        y: own.y(level) + 4,
        text: signed(level, 0),
      })),
      ...(absolute ? [] : [{ x: own.x(y) - 8, y: own.y(z[y] - 0.6) + 4, text: "1" }]),
    ]);
    total.text(written(loss, loss < 10 ? 2 : 1));
  };
}

/** Beside a score, so that what is lacking can still be seen. A pull of 1 is as long as a score of 1. */
/** @type {(plane: Plane, j: number, from: number, pull: number) => string} */
function arrow({ x, y }, j, from, pull) {
  const to = Math.min(Math.max(from + pull, SEEN[0]), SEEN[1]);
  const head = 4 * Math.sign(pull);
  return `M${x(j) + 11},${y(from)}V${y(to)}m-3,${head}l3,${-head}l3,${head}`;
}

/** With its sign, a third as such, and no idle zeros. @type {(value: number, digits: number) => string} */
function signed(value, digits) {
  const size = Math.abs(value);
  const third = ["⅓", "⅔"].find((_, i) => Math.abs(size - (i + 1) / 3) < 1e-9);
  return ["−", "", "+"][Math.sign(value) + 1] + (third ?? Number(size.toFixed(digits)));
}
