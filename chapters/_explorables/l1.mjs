/** 9.2.1: the l1 loss of a constant prediction, its numbers in the reader's hand. */

import { mount, say, written } from "./frame.mjs";
import { l1, sum } from "./losses.mjs";
import { apart, rounded } from "./number_line.mjs";
import { bottom_of, dots, handles, panels, path, plane } from "./plot.mjs";
import words from "./words/en/l1.json";

/** @typedef {{count: string, a: number, numbers: number[][]}} State */

/** The page's five, the sixth of its second polygon, and one more. @type {State} */
const BOOK = { count: "5", a: 5.5, numbers: [[1], [2], [4], [7], [8], [5], [3]] };
const LARGEST = 4;
const [LOW, HIGH] = [-0.5, 16.5];
// Below the loss 0: the numbers, how many of them lie on either side of a, and their mean.
const [NUMBERS, SIDES, MEAN, FLOOR] = [-0.9, -1.75, -2.55, -3];

/** The numbers that take part. @type {(state: State) => number[]} */
const taken = ({ count, numbers }) =>
  numbers.slice(0, Math.max(1, Number(count) || 5)).map(([y]) => y);

/** @param {State} state */
export function seen(state) {
  const y = taken(state);
  const n = y.length;
  const loss = (/** @type {number} */ a) => sum(y.map((value) => l1(a, value)[0])) / n;
  const pulls = y.map((value) => l1(state.a, value)[1]);
  const [left, on, right] = [1, 0, -1].map((sign) => pulls.filter((pull) => pull === sign).length);
  const ordered = [...y].sort((a, b) => a - b);
  // Between the two in the middle neither side has more; with an odd number they are one.
  const best = [ordered[Math.floor((n - 1) / 2)], ordered[Math.floor(n / 2)]];
  return { y, n, loss, pulls, left, on, right, ordered, best, mean: sum(y) / n };
}

mount({
  name: "l1",
  words,
  book: BOOK,
  controls: [
    { key: "a", kind: "range", min: 0, max: 13, step: 0.1, digits: 1 },
    { key: "count", kind: "choice", options: ["5", "6", "7"] },
  ],
  answer: 1,
  backing: { claims: ["C22"], test: "tests/losses/test_l1.py" },

  draw({ svg, width, state, set, tall }) {
    const places = panels(width, 1, width < 520 ? 1.1 : 0.62);
    tall(bottom_of(places));
    const only = plane(svg, places[0], {
      x: [LOW, HIGH],
      y: [FLOOR, 8.2],
      x_label: words.x,
      y_label: words.y,
    });
    const { root, marks, x, y } = only;
    const axis = root.selectAll(".axis").filter((_, i) => i === 1);
    axis
      .selectAll(".tick")
      .filter((value) => Number(value) < 0)
      .remove();
    axis.select(".domain").attr("d", `M0,${y(0)}V${y(8.2)}`);
    marks
      .append("path")
      .attr("class", "hair")
      .attr(
        "d",
        path(only, [
          [LOW, 0],
          [HIGH, 0],
        ]),
      );
    const drops = marks.append("g");
    const polygon = marks.append("path").attr("class", "curve l1");
    const flat = marks.append("path").attr("class", "flat l1");
    const here = marks.append("path").attr("class", "line here");
    const bends = marks.append("g");
    const pulling = marks.append("g");
    const lowest = marks
      .append("path")
      .attr("class", "lowest l1")
      .attr("d", "M0,-8l8,8l-8,8l-8,-8z");
    const at_a = marks.append("circle").attr("class", "at-a").attr("r", 5);
    const mean = marks
      .append("path")
      .attr("class", "dot silent mean")
      .attr("d", "M0,-6l6,6l-6,6l-6,-6z");
    const label = () => root.append("text").attr("class", "over");
    const [a_label, best_label, left_label, right_label, mean_label, hint] = [1, 2, 3, 4, 5, 6].map(
      label,
    );
    const grips = root.append("g");
    let [shown, move_grips] = [0, () => {}];

    /** One handle for each number that takes part. @param {number} n */
    function grip(n) {
      grips.selectAll("*").remove();
      move_grips = handles({ ...only, root: grips }, n, {
        label: (i) => say(words.number, { n: i + 1 }),
        at: (i) => [state.numbers[i][0], NUMBERS],
        move: (i, [to]) =>
          set({
            numbers: state.numbers.map((old, j) =>
              j === i ? [rounded(Math.min(Math.max(to, 0), 16), 1)] : old,
            ),
          }),
        regard: (i) => {
          for (const group of [drops, bends, pulling]) {
            group.selectAll("path").classed("regarded", (_, j) => i === j);
          }
        },
      });
      shown = n;
    }

    return (state) => {
      const found = seen(state);
      const { a } = state;
      const height = found.loss(a);
      const [low, high] = found.best;
      const bottom = found.loss(low);
      if (shown !== found.n) grip(found.n);
      drops
        .selectAll("path")
        .data(found.y)
        .join("path")
        .attr("class", "hair")
        .attr("d", (value) =>
          path(only, [
            [value, NUMBERS],
            [value, found.loss(value)],
          ]),
        );
      polygon.attr(
        "d",
        path(
          only,
          [LOW, ...found.ordered, HIGH].map((value) => [value, found.loss(value)]),
        ),
      );
      flat.attr(
        "d",
        path(only, [
          [low, bottom],
          [high, bottom],
        ]),
      );
      lowest
        .attr("display", low === high ? null : "none")
        .attr("transform", `translate(${x(low)},${y(bottom)})`);
      here.attr(
        "d",
        path(only, [
          [a, height],
          [a, SIDES - 0.3],
        ]),
      );
      at_a.attr("transform", `translate(${x(a)},${y(height)})`);
      dots(
        bends,
        only,
        found.y.map((value) => [value, found.loss(value)]),
        () => "l1 bend",
      );
      pulling
        .selectAll("path")
        .data(found.y)
        .join("path")
        .attr("class", (_, i) => `dot ${["minus", "l1", "plus"][found.pulls[i] + 1]}`)
        .attr("d", (_, i) => ARROWS[found.pulls[i] + 1])
        .attr("transform", (value) => `translate(${x(value)},${y(NUMBERS)})`);
      mean.attr("transform", `translate(${x(found.mean)},${y(MEAN)})`);
      const put = (
        /** @type {any} */ text,
        /** @type {number} */ x,
        /** @type {number} */ y,
        /** @type {number} */ way,
      ) =>
        text
          .attr("x", x)
          .attr("y", y)
          .attr("text-anchor", way > 0 ? "start" : way < 0 ? "end" : "middle");
      put(a_label, x(a), Math.max(y(height) - 12, 20), 0).text(words.letter);
      put(left_label, x(a) - 7, y(SIDES) + 4, -1).text(say(words.on_left, { left: found.left }));
      put(right_label, x(a) + 7, y(SIDES) + 4, 1).text(say(words.on_right, { right: found.right }));
      // Beneath the lowest point no curve runs; on the side where a is not.
      const wide = low === high ? 60 : 100;
      const aside = a < low || x(high) < x(LOW) + wide ? 1 : -1;
      put(best_label, x(aside > 0 ? low : high) + 8 * aside, y(bottom) + 24, aside).text(
        say(low === high ? words.best : words.best_between, {
          low: written(low, 1),
          high: written(high, 1),
        }),
      );
      const inward = x(found.mean) > x(HIGH) - 80 ? -1 : 1;
      put(mean_label, x(found.mean) + 11 * inward, y(MEAN) + 4, inward).text(
        say(words.mean, { mean: written(found.mean) }),
      );
      // Until the first number is moved.
      const largest = found.ordered[found.n - 1];
      put(hint, x(largest) + 14, y(NUMBERS) + 4, 1).text(untouched(state) ? words.hint : "");
      move_grips();
      grips.selectAll(".handle").attr("aria-valuetext", (_, i) => written(found.y[i], 1));
      apart({ ...only, root: grips }, found.y);
    };
  },

  tell(state) {
    const { n, loss, left, on, right, best, mean } = seen(state);
    const [low, high] = best;
    const first = say(low === high ? words.told : words.told_between, {
      low: written(low, 1),
      high: written(high, 1),
      loss: written(loss(low)),
      mean: written(mean),
    });
    const slopes = [-on, on].map((more) => written((left - right + more) / n));
    const second = say(on ? words.told_at : words.told_a, {
      a: written(state.a, 1),
      left,
      on,
      right,
      n,
      low: slopes[0],
      high: slopes[1],
    });
    return `${first} ${second}`;
  },

  done: (state) => state.numbers[LARGEST][0] >= 10 && untouched(state, LARGEST),
});

/** Whether all numbers, but perhaps for one, are the book's. @type {(state: State, but?: number) => boolean} */
function untouched({ numbers }, but = -1) {
  return numbers.every(([y], i) => i === but || y === BOOK.numbers[i][0]);
}

/** A number to the right of a, at a, and to the left of it: where it pulls. */
const ARROWS = ["M-5,-6l11,6l-11,6z", "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0", "M5,-6l-11,6l11,6z"];
