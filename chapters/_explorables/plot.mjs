/** A pair of axes, and points that can be dragged or moved with the arrow keys. */

import { axisBottom, axisLeft } from "d3-axis";
import { drag } from "d3-drag";
import { scaleLinear } from "d3-scale";

/** @typedef {import("d3-selection").Selection<any, any, any, any>} Selection */
/** @typedef {import("d3-scale").ScaleLinear<number, number>} Scale */
/** @typedef {{root: Selection, marks: Selection, x: Scale, y: Scale}} Plane */

const [LEFT, RIGHT, TOP, BOTTOM] = [44, 8, 10, 40];

/**
 * Places for panels of one shape: side by side where there is room, else one above the other.
 * @type {(width: number, count: number, shape?: number) => {x: number, y: number, width: number, height: number}[]}
 */
export function panels(width, count, shape = 0.8) {
  const gap = 16;
  const beside = width >= 520;
  const own = beside ? (width - gap * (count - 1)) / count : width;
  const height = Math.round(own * shape);
  return Array.from({ length: count }, (_, i) =>
    beside
      ? { x: i * (own + gap), y: 0, width: own, height }
      : { x: 0, y: i * (height + gap), width: own, height },
  );
}

/** How tall a picture with these panels is. @type {(places: {y: number, height: number}[]) => number} */
export const bottom_of = (places) => Math.max(...places.map(({ y, height }) => y + height));

/** About how long a label is, in pixels: Chinese letters are as wide as they are tall. @type {(label: string) => number} */
export const long = (label) =>
  [...label].reduce((sum, letter) => sum + (letter > "\u2e80" ? 12 : 6.2), 0);

/**
 * @param {Selection} svg
 * @param {{x: number, y: number, width: number, height: number}} place
 * @param {{x: [number, number], y: [number, number], x_label: string, y_label: string, equal?: boolean}} axes
 * @returns {Plane}
 */
export function plane(svg, place, axes) {
  const root = svg.append("g").attr("transform", `translate(${place.x},${place.y})`);
  const x = scaleLinear(axes.x, [LEFT, place.width - RIGHT]);
  const y = scaleLinear(axes.y, [place.height - BOTTOM, TOP]);
  const id = `clip-${Math.random().toString(36).slice(2)}`;
  root
    .append("clipPath")
    .attr("id", id)
    .append("rect")
    .attr("x", LEFT)
    .attr("y", TOP)
    .attr("width", place.width - LEFT - RIGHT)
    .attr("height", place.height - TOP - BOTTOM);
  const below = root.append("g").attr("transform", `translate(0,${place.height - BOTTOM})`);
  below.attr("class", "axis").call(axisBottom(x).ticks(5).tickSizeOuter(0));
  const beside = root.append("g").attr("transform", `translate(${LEFT},0)`);
  beside.attr("class", "axis").call(axisLeft(y).ticks(5).tickSizeOuter(0));
  root
    .append("text")
    .attr("class", "axis-label")
    .attr("x", (LEFT + place.width - RIGHT) / 2)
    .attr("y", place.height - 4)
    .attr("text-anchor", "middle")
    .text(axes.x_label);
  root
    .append("text")
    .attr("class", "axis-label")
    .attr("transform", `translate(12,${(TOP + place.height - BOTTOM) / 2}) rotate(-90)`)
    .attr("text-anchor", "middle")
    .text(axes.y_label);
  root.selectAll(".axis").attr("aria-hidden", "true");
  const marks = root.append("g").attr("clip-path", `url(#${id})`);
  return { root, marks, x, y };
}

/**
 * Another range of heights, and of widths if need be, with their ticks.
 * @type {(plane: Plane, heights: number[], widths?: number[]) => void}
 */
export function rescale({ root, x, y }, heights, widths) {
  y.domain(heights);
  /** @type {(k: number) => Selection} */
  const axis = (k) => root.selectAll(".axis").filter((_, i) => i === k);
  axis(1).call(axisLeft(y).ticks(5).tickSizeOuter(0));
  if (!widths) return;
  x.domain(widths);
  axis(0).call(axisBottom(x).ticks(5).tickSizeOuter(0));
}

/** A path through points of the plane. @type {(plane: Plane, points: number[][]) => string} */
export const path = ({ x, y }, points) =>
  `M${points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join("L")}`;

/** A curve over the whole width. @type {(plane: Plane, f: (x: number) => number) => string} */
export function curve(plane, f) {
  const [low, high] = plane.x.domain();
  const at = Array.from({ length: 241 }, (_, i) => low + ((high - low) * i) / 240);
  return path(
    plane,
    at.map((x) => [x, f(x)]),
  );
}

const SHAPES = {
  circle: "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0",
  square: "M-4.5,-4.5h9v9h-9z",
  cross: "M-4.5,-4.5l9,9m0,-9l-9,9",
};

/**
 * A mark at each of these points: its classes, and its shape.
 * @param {Selection} group
 * @param {Plane} plane
 * @param {readonly number[][]} at
 * @param {(i: number) => string} kind
 * @param {(i: number) => keyof typeof SHAPES} [shape]
 */
export function dots(group, { x, y }, at, kind, shape = () => "circle") {
  group
    .selectAll("path")
    .data(at)
    .join("path")
    .attr("class", (_, i) => `dot ${kind(i)}`)
    .attr("d", (_, i) => SHAPES[shape(i)])
    .attr("transform", ([a, b]) => `translate(${x(a)},${y(b)})`);
}

/**
 * Points that can be dragged, and moved by the arrow keys: one stop for the Tab key, `[` and `]`
 * go from one to the next. `act` is for a click or Enter, `regard` hears which one is looked at.
 * @param {Plane} plane
 * @param {number} count
 * @param {{label: (i: number) => string, at: (i: number) => number[], move: (i: number, to: number[]) => void, act?: (i: number) => void, regard?: (i: number) => void, step?: number}} handle
 * @returns {() => void} what moves them to where they are now
 */
export function handles(plane, count, { label, at, move, act, regard = () => {}, step = 0.1 }) {
  const { root, x, y } = plane;
  let active = 0;
  const all = root
    .append("g")
    .selectAll("g")
    .data(Array.from({ length: count }, (_, i) => i))
    .join("g")
    .attr("class", "handle")
    .attr("role", "slider")
    .attr("data-handle", (i) => `handle-${i}`)
    .attr("tabindex", (i) => (i === active ? 0 : -1))
    .on("focus", (_, i) => {
      active = i;
      all.attr("tabindex", (j) => (j === active ? 0 : -1));
      regard(i);
    })
    .on("pointerenter", (_, i) => regard(i))
    .on("keydown", (event, i) => {
      const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
      const way = /** @type {Record<string, number[]>} */ (ways)[event.key];
      const next = { "]": 1, "[": -1 }[/** @type {string} */ (event.key)];
      if (way)
        move(
          i,
          inside(
            plane,
            at(i).map((value, k) => value + step * way[k]),
          ),
        );
      else if (next) focus(all.nodes()[(i + next + count) % count]);
      else if (act && (event.key === "Enter" || event.key === " ")) act(i);
      else return;
      event.preventDefault();
    });
  all.append("circle").attr("class", "handle-reach").attr("r", 22);
  all.append("circle").attr("class", "handle-ring").attr("r", 11);
  let travelled = 0;
  const dragging = drag()
    .container(() => /** @type {any} */ (root.node()))
    .on("start", function () {
      travelled = 0;
      focus(this);
    })
    .on("drag", (event, i) => {
      travelled += Math.abs(event.dx) + Math.abs(event.dy);
      if (travelled > 3) move(Number(i), inside(plane, [x.invert(event.x), y.invert(event.y)]));
    })
    .on("end", (_, i) => {
      if (act && travelled <= 3) act(Number(i));
    });
  all.call(/** @type {any} */ (dragging));
  return () => {
    all
      .attr("transform", (i) => `translate(${x(at(i)[0])},${y(at(i)[1])})`)
      .attr("aria-label", label)
      .attr("aria-valuenow", (i) => at(i)[0].toFixed(2))
      .attr("aria-valuetext", (i) =>
        at(i)
          .map((value) => value.toFixed(2))
          .join(", "),
      );
  };
}

/** @param {any} mark */
const focus = (mark) => mark.focus({ preventScroll: true });

/** @type {(plane: Plane, point: number[]) => number[]} */
function inside({ x, y }, [a, b]) {
  const held = (/** @type {number} */ value, /** @type {number[]} */ [low, high]) =>
    Number(Math.min(Math.max(value, low), high).toFixed(3));
  return [held(a, x.domain()), held(b, y.domain())];
}
