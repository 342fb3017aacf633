/** 9.2.2: gradient descent to the mean, its step size and the numbers in the reader's hand. */

import { mount, say, written } from "./frame.mjs";
import { l2, sum } from "./losses.mjs";
import { apart, rounded } from "./number_line.mjs";
import { bottom_of, dots, handles, panels, path, plane } from "./plot.mjs";
import words from "./words/en/l2.json";

/** @typedef {{rate: number, step: number, numbers: number[][]}} State */

/** The page's five residuals, a tenth as large; the descent starts 0.62 from their mean. @type {State} */
const BOOK = { rate: 0.1, step: 0, numbers: [[-0.2], [-0.1], [0], [0.1], [0.8]] };
// As many steps as the page's figure has; so many of them are drawn one by one.
const [START, STEPS, FIRST] = [-0.5, 30, 12];
const ROOM = 8;
const [LOW, HIGH, TOP] = [-0.8, 1.2, 1.4];

/** The descent on the mean loss of one constant a for all numbers. */
/** @param {State} state */
export function seen({ rate, step, numbers }) {
  const y = numbers.map(([value]) => value);
  const mean_of = (/** @type {number[]} */ values) => sum(values) / y.length;
  const mean = mean_of(y);
  const descent = [START];
  while (descent.length <= STEPS) {
    const a = descent[descent.length - 1];
    descent.push(a - rate * mean_of(y.map((value) => l2(a, value)[1])));
  }
  const now = Math.min(Math.max(Math.round(step), 0), FIRST);
  const a = descent[now];
  const distances = descent.map((a) => Math.abs(a - mean));
  const losses = y.map((value) => l2(a, value)[0]);
  // What a step makes of a distance of 1.
  const factor = 1 - rate * l2(1, 0)[1];
  return { y, mean, descent, now, a, distances, factor, losses, loss: mean_of(losses) };
}

mount({
  name: "l2",
  words,
  book: BOOK,
  beside: true,
  controls: [
    { key: "rate", kind: "range", min: 0, max: 1.1, step: 0.01, digits: 2 },
    { key: "step", kind: "range", min: 0, max: FIRST, step: 1, digits: 0 },
  ],
  answer: 1,
  backing: { claims: ["C23"], test: "tests/losses/test_l2.py" },

  draw({ svg, width, state, set, tall }) {
    const places = panels(width, 2, width < 520 ? 1 : 1.05);
    tall(bottom_of(places));
    // A square is to look like one: a unit is as high as it is wide.
    const floor = TOP - ((HIGH - LOW) * (places[0].height - 50)) / (places[0].width - 52);
    const left = plane(svg, places[0], {
      x: [LOW, HIGH],
      y: [floor, TOP],
      x_label: words.x,
      y_label: "",
    });
    // Room for powers of ten between the axis and its label.
    const { x: edge, width: wide } = places[1];
    const right = plane(
      svg,
      { ...places[1], x: edge + ROOM, width: wide - ROOM },
      {
        x: [0, STEPS],
        y: [-4, Math.log10(3)],
        x_label: words.step,
        y_label: words.distance,
      },
    );
    const axis_label = right.root.selectAll(".axis-label").filter((_, i) => i === 1);
    axis_label.attr("dy", -ROOM);
    left.root
      .selectAll(".axis")
      .filter((_, i) => i === 1)
      .remove();
    right.root
      .selectAll(".axis")
      .filter((_, i) => i === 1)
      .selectAll(".tick text")
      .text((power) => (power === 0 ? "1" : say(words.power, { power: "⁰¹²³⁴"[-Number(power)] })));
    // The steps run downwards below the numbers.
    const row = (/** @type {number} */ k) => -0.1 + (k * (floor + 0.15)) / FIRST;
    const { x, y, marks, root } = left;
    const squares = marks.append("g");
    marks
      .append("path")
      .attr("class", "hair")
      .attr(
        "d",
        path(left, [
          [LOW, 0],
          [HIGH, 0],
        ]),
      );
    const mean = marks.append("path").attr("class", "edge");
    const descent = marks.append("path").attr("class", "line descent");
    const here = marks.append("path").attr("class", "line here");
    const stops = marks.append("g");
    const at_a = marks.append("circle").attr("class", "at-a").attr("r", 5);
    const numbers = marks.append("g");
    const text = () => root.append("text").attr("class", "over");
    const mean_label = text().attr("y", y(TOP) + 12);
    const [a_label, hint] = [text(), text().attr("y", y(0) + 4)];
    for (const [k, label] of [
      [0, words.first],
      [FIRST, String(FIRST)],
    ]) {
      text()
        .attr("x", 40)
        .attr("text-anchor", "end")
        .attr("y", y(row(Number(k))) + 4)
        .text(label);
    }
    const log = (/** @type {{distances: number[]}} */ { distances }) =>
      distances.map((d, k) => [k, Math.log10(Math.max(d, 1e-9))]);
    right.marks
      .append("path")
      .attr("class", "ghost")
      .attr("d", path(right, log(seen(BOOK))));
    const book_label = right.root.append("text").attr("class", "over").text(words.book);
    book_label.attr("x", right.x(13)).attr("y", right.y(-2.4));
    const falling = right.marks.append("path").attr("class", "curve l2");
    const at_step = right.marks.append("circle").attr("class", "at-a").attr("r", 5);
    const grips = handles(left, BOOK.numbers.length, {
      label: (i) => say(words.number, { n: i + 1 }),
      at: (i) => [state.numbers[i][0], 0],
      move: (i, [to]) =>
        set({ numbers: state.numbers.map((old, j) => (j === i ? [rounded(to, 2)] : old)) }),
      regard: (i) => {
        numbers.selectAll("path").classed("regarded", (_, j) => i === j);
        squares.selectAll("path").classed("regarded", (_, j) => i === j);
      },
      step: 0.05,
    });

    return (state) => {
      const found = seen(state);
      const { a, now } = found;
      squares
        .selectAll("path")
        .data(found.y)
        .join("path")
        .attr("class", "square l2")
        .attr("d", (value) => {
          const side = Math.abs(value - a);
          return `${path(left, [
            [a, 0],
            [value, 0],
            [value, side],
            [a, side],
          ])}Z`;
        });
      mean.attr(
        "d",
        path(left, [
          [found.mean, floor],
          [found.mean, TOP],
        ]),
      );
      descent.attr(
        "d",
        path(
          left,
          found.descent.slice(0, FIRST + 1).map((value, k) => [value, row(k)]),
        ),
      );
      stops
        .selectAll("circle")
        .data(found.descent.slice(0, FIRST + 1))
        .join("circle")
        .attr("class", "stop")
        .attr("r", 2)
        .attr("cx", (value) => x(value))
        .attr("cy", (_, k) => y(row(k)));
      here.attr(
        "d",
        path(left, [
          [a, row(now)],
          [a, 0],
        ]),
      );
      at_a.attr("transform", `translate(${x(a)},${y(row(now))})`);
      dots(
        numbers,
        left,
        found.y.map((value) => [value, 0]),
        () => "l2",
      );
      const inward = found.mean > 0.7 ? -1 : 1;
      mean_label
        .attr("x", x(found.mean) + 5 * inward)
        .attr("text-anchor", inward > 0 ? "start" : "end")
        .text(say(words.mean, { mean: written(found.mean) }));
      // Away from the mean and a little down: there the path neither comes from nor goes to.
      const off = a - found.mean;
      const outward = Math.sign(Math.abs(off) > 1e-6 ? off : found.mean - START);
      a_label.attr("x", x(a) + 12 * outward).attr("y", y(row(now)) + 9);
      a_label.attr("text-anchor", "middle").text(LOW < a && a < HIGH ? words.letter : "");
      hint.attr("x", x(Math.max(...found.y)) + 10).text(now || moved(state) ? "" : words.hint);
      const places = log(found);
      falling.attr("d", path(right, places));
      at_step.attr("transform", `translate(${right.x(now)},${right.y(places[now][1])})`);
      grips();
      root.selectAll(".handle").attr("aria-valuetext", (_, i) => written(found.y[i]));
      apart(left, found.y);
    };
  },

  tell(state) {
    const { mean, now, a, distances, factor, losses, loss } = seen(state);
    const kind = factor > 0 ? words.closer : factor > -1 ? words.across : words.away;
    const told = say(words.told, {
      factor: written(factor),
      kind:
        factor === 1 ? words.still : factor === 0 ? words.there : factor === -1 ? words.ever : kind,
      step: now,
      a: written(a),
      distance: short(distances[now]),
      mean: written(mean, 3),
      loss: short(loss),
      share: written(loss > 0 ? (100 * Math.max(...losses)) / sum(losses) : 0, 0),
    });
    const by = sum(state.numbers.map(([y], i) => y - BOOK.numbers[i][0]));
    if (!moved(state)) return told;
    return `${told} ${say(words.moved, { by: written(by), mean: written(by / BOOK.numbers.length, 3) })}`;
  },

  done: ({ rate }) => rate >= 1,
});

/** @param {State} state */
const moved = ({ numbers }) => numbers.some(([y], i) => y !== BOOK.numbers[i][0]);

/** Four digits after the point where they say something. @param {number} value */
const short = (value) => written(value, Math.abs(value) < 1 ? 4 : 2);
