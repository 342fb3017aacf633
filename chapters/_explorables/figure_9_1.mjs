/** The front page: Figure 9.1, with its cut and one sample in the reader's hand. */

import { mount, say, written } from "./frame.mjs";
import { hinge, ramp } from "./losses.mjs";
import { curve, dots, handles, path, plane } from "./plot.mjs";
import words from "./words/en/figure_9_1.json";

/** @typedef {{s: number, u: number}} State */

/** @type {State} */
const BOOK = { s: -0.5, u: 0.4 };

const of_hinge = (/** @type {number} */ u) => hinge(u, 1, { form: "binary" });
const of_ramp = (/** @type {number} */ u, /** @type {number} */ s) =>
  ramp(u, 1, { form: "binary", s });

mount({
  name: "figure_9_1",
  words,
  book: BOOK,
  controls: [
    { key: "s", kind: "range", min: -2, max: 0.95, step: 0.05, digits: 2 },
    { key: "u", kind: "range", min: -2, max: 2, step: 0.05, digits: 2 },
  ],
  answer: 1,
  backing: { claims: ["C6"], test: "tests/losses/test_ramp.py" },

  draw({ svg, width, state, set, tall }) {
    const height = Math.round(Math.min(width * 0.62, 320));
    tall(height);
    const axes = plane(
      svg,
      { x: 0, y: 0, width, height },
      { x: [-2, 2], y: [-0.25, 3.25], x_label: words.margin, y_label: words.loss },
    );
    axes.marks
      .append("path")
      .attr("class", "curve hinge dashed")
      .attr(
        "d",
        curve(axes, (u) => of_hinge(u)[0]),
      );
    const cut_off = axes.marks.append("path").attr("class", "curve ramp");
    const pulls = axes.marks.append("g");
    const samples = axes.marks.append("g");
    const cut = axes.marks.append("g");
    const places = () => [
      [state.s, of_ramp(state.s, state.s)[0]],
      [state.u, of_ramp(state.u, state.s)[0]],
    ];
    const grips = handles(axes, 2, {
      label: (i) => [words.cut, words.sample][i],
      at: (i) => places()[i],
      move: (i, [to]) => set(i === 0 ? { s: Math.min(to, 0.95) } : { u: to }),
      step: 0.05,
    });

    return ({ s, u }) => {
      cut_off.attr(
        "d",
        curve(axes, (at) => of_ramp(at, s)[0]),
      );
      const both = [of_hinge(u), of_ramp(u, s)];
      dots(
        samples,
        axes,
        both.map(([loss]) => [u, loss]),
        (i) => `${["hinge", "ramp"][i]} ${both[i][1] === 0 ? "silent" : ""}`,
      );
      dots(
        cut,
        axes,
        [[s, of_ramp(s, s)[0]]],
        () => "cut",
        () => "square",
      );
      pulls
        .selectAll("path")
        .data(both)
        .join("path")
        .attr("class", (_, i) => `pull ${["hinge", "ramp"][i]}`)
        .attr("d", ([loss, slope]) =>
          path(axes, [
            [u, loss],
            [u - 0.5 * slope, loss],
          ]),
        );
      grips();
    };
  },

  tell({ s, u }) {
    const [by_hinge, by_ramp] = [of_hinge(u), of_ramp(u, s)];
    const said = by_ramp[1] ? words.pulls : by_hinge[1] ? words.let_go : words.content;
    return say(`${words.told} ${said}`, {
      u: written(u),
      hinge: written(by_hinge[0]),
      ramp: written(by_ramp[0]),
    });
  },

  done: ({ s, u }) => u < s,
});
