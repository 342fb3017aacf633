/** 9.1.5: the page's small training under λ times the centre loss, made before the reader's eyes. */

import { distance, logits, measured, nearest } from "./center_features.mjs";
import * as record from "./center_record.mjs";
import { mount, say, written } from "./frame.mjs";
import { argmax } from "./losses.mjs";
import { dots, path, plane, rescale } from "./plot.mjs";
import words from "./words/en/center.json";

/** @typedef {import("d3-selection").Selection<any, any, any, any>} Selection */
/** @typedef {import("./plot.mjs").Plane} Plane */
/** @typedef {import("./center_training.mjs").Settings} Settings */
/** @typedef {typeof import("./center_later.mjs")} Later */
/** @typedef {ReturnType<Later["training"]>} Training */
/** What is drawn. @typedef {{features: number[][], centers: number[][], last: ArrayLike<number>}} Picture */

/**
 * `epochs` were trained with these settings; `runs` has a row for each training that was finished,
 * the newest first: λ, α, seed, spread, and how many are right by the largest logit and by the
 * nearest centre. `sample` is the test digit that is looked at, `drawn` the reader's own.
 * @typedef {{weight: string, alpha: number, seed: number, epochs: number, sample: number,
 *   drawn: number[][], runs: number[][]}} State
 */

const WEIGHTS = ["0", "0.001", "0.01", "0.1", "1", "10"];
const [WHOLE, MOST] = [30, 200];
const labels = [...record.labels].map(Number);
/** Of each picture, as they are asked for more than once. */
/** @type {WeakMap<Picture, ReturnType<typeof measured>>} */
const measures = new WeakMap();
const RECORD = recorded();
const numbers = numbers_of(RECORD);
const EMPTY = [0, 0, 0, 0, 0, 0];

/** @type {State} */
const BOOK = {
  weight: "0.1",
  alpha: 0.5,
  seed: 0,
  epochs: WHOLE,
  sample: -1,
  drawn: Array.from({ length: 8 }, () => Array(8).fill(0)),
  runs: [
    [0.1, 0.5, 0, numbers.spread, numbers.right, numbers.near],
    ...Array.from({ length: 11 }, () => EMPTY),
  ],
};

/** @param {Picture} picture */
function numbers_of(picture) {
  const { features, centers, last } = picture;
  const found = measures.get(picture) ?? measured(features, labels, centers, last);
  measures.set(picture, found);
  return found;
}

/** The run on the page, as it was written down. @returns {Picture} */
function recorded() {
  const bytes = Uint8Array.from(atob(record.places), (letter) => letter.charCodeAt(0));
  const values = [...new Int16Array(bytes.buffer)].map((value) => value / 100);
  const features = labels.map((_, i) => values.slice(2 * i, 2 * i + 2));
  return { features, centers: record.centers, last: record.last };
}

const own_script = /** @type {HTMLScriptElement} */ (document.currentScript).src;
/** @type {Later & {known: import("./center_training.mjs").Images, test: Float64Array[]} | undefined} */
let later;

/** The digits and the training lie in a script of their own, which a file may fetch, too. */
const fetch_later = once(async () => {
  const script = document.createElement("script");
  script.src = new URL("center_later.js", own_script).href;
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Error("the digits could not be fetched"));
    document.head.append(script);
  });
  /** @type {Later} */
  const fetched = /** @type {any} */ (globalThis).center_later;
  const pixels = Float64Array.from(fetched.images, (letter) => (letter.charCodeAt(0) - 97) / 16);
  const first = fetched.labels.length - labels.length;
  later = {
    ...fetched,
    known: { pixels, labels: [...fetched.labels.slice(0, first)].map(Number) },
    test: labels.map((_, i) => pixels.subarray((first + i) * 64, (first + i + 1) * 64)),
  };
  return later;
});

/** @template T @param {() => Promise<T>} make @returns {() => Promise<T>} */
function once(make) {
  /** @type {Promise<T> | undefined} */
  let made;
  return () => {
    made ??= make();
    return made;
  };
}

/** A state may come from an address, in which anything may stand. */
/** @type {(state: State) => Settings} */
const settings_of = ({ weight, alpha, seed }) => ({
  weight: Number(WEIGHTS.includes(weight) ? weight : BOOK.weight),
  alpha: Math.min(Math.max(alpha, 0), 1),
  seed: Math.min(Math.max(Math.round(seed), 0), 9),
});
const key_of = (/** @type {State} */ state) => Object.values(settings_of(state)).join(" ");
const is_book = (/** @type {State} */ state) => key_of(state) === key_of(BOOK);
const wanted = ({ epochs } = BOOK) => Math.min(Math.max(epochs, 0), MOST);
const has_ink = (/** @type {State} */ { drawn }) => drawn.flat().some((ink) => ink > 0);

/** The trainings of this visit, and the way of each over spread and accuracy. */
/** @type {Map<string, {training: Training, trail: number[][], picture?: Picture & {steps: number}}>} */
const trainings = new Map();

/** The training with these settings, if it has come as far as is wanted. @param {State} state */
function trained(state) {
  const found = trainings.get(key_of(state));
  return found && found.training.epochs() >= wanted(state) - 1e-9 ? found : undefined;
}

/** What is to be seen, if anything. @type {(state: State) => Picture | undefined} */
function seen(state) {
  const found = trained(state);
  if (!found || !later) return is_book(state) && state.epochs === WHOLE ? RECORD : undefined;
  const { steps, centers, parameters } = found.training;
  if (found.picture?.steps !== steps) {
    const { test, forward } = later;
    const features = test.map((image) => forward(parameters, image).x);
    found.picture = { steps, features, centers, last: parameters[4] };
  }
  return found.picture;
}

/** Where the reader's own digit falls. @param {State} state */
function own_digit(state) {
  const found = has_ink(state) && trained(state);
  const image = state.drawn.flat().map((ink) => Math.min(Math.max(ink, 0), 16) / 16);
  return found ? later?.forward(found.training.parameters, image) : undefined;
}

/** What the frame gave us to draw on. @type {import("./frame.mjs").Stage<State>} */
let stage;
/** Counts the calls of `train`: each ends the one before. */
let turn = 0;
let playing = false;
const SLICE = 12;

/** Train on, in slices of a frame, from where the settings' training stands. @param {number} until */
async function train(until) {
  turn++;
  const mine = turn;
  const { state, set } = stage;
  const [key, settings] = [key_of(state), settings_of(state)];
  // What only makes up for what is seen already is not to be paused.
  playing = wanted(state) === 0 || trained(state) !== undefined;
  const { known, training } = await fetch_later();
  const made = trainings.get(key) ?? { training: training(known, settings), trail: [] };
  trainings.set(key, made);
  const run = made.training;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  function slice() {
    if (mine !== turn) return;
    if (key_of(state) !== key) {
      playing = false;
      return;
    }
    const began = performance.now();
    // Two steps a frame are slow enough to be followed; what is not shown may be faster.
    const shown = run.epochs() >= wanted(state) - 1e-9;
    let left = shown && !still ? 2 : Number.POSITIVE_INFINITY;
    do run.step();
    while (
      --left > 0 &&
      run.epochs() < until &&
      !run.at_end() &&
      performance.now() - began < SLICE
    );
    const over = run.epochs() >= until;
    if (over) playing = false;
    if (over || (shown && (!still || run.epochs() % 5 === 0))) show(state, run, made.trail);
    if (!over) requestAnimationFrame(slice);
  }
  requestAnimationFrame(slice);

  /** @type {(state: State, run: Training, trail: number[][]) => void} */
  function show(state, run, trail) {
    const epochs = run.epochs();
    state.epochs = epochs;
    const picture = /** @type {Picture} */ (seen(state));
    const found = numbers_of(picture);
    if (run.at_end()) trail.push([found.spread, percent(found.right)]);
    const { weight, alpha, seed } = settings;
    const row = [weight, alpha, seed, found.spread, found.right, found.near];
    set(epochs === WHOLE ? { epochs, runs: with_row(state.runs, row) } : { epochs });
  }
}

/** @type {(runs: number[][], row: number[]) => number[][]} */
const with_row = (runs, row) =>
  [row, ...runs.filter((other) => other.slice(0, 3).join() !== row.slice(0, 3).join())].slice(
    0,
    12,
  );

const percent = (/** @type {number} */ count) => (100 * count) / labels.length;

/** @type {(state: State) => Partial<State>} */
function play(state) {
  if (playing) return pause();
  if (wanted(state) < WHOLE) {
    train(WHOLE);
    return {};
  }
  trainings.delete(key_of(state));
  train(WHOLE);
  return { epochs: 0 };
}

function cleared() {
  strokes.length = 0;
  return { drawn: structuredClone(BOOK.drawn) };
}

function pause() {
  turn++;
  playing = false;
  return {};
}

mount({
  name: "center",
  words,
  book: BOOK,
  controls: [
    { key: "play", kind: "action", run: play },
    {
      key: "step",
      kind: "action",
      run: (state) => {
        train(Math.min(Math.floor(wanted(state) + 1e-9) + 1, MOST));
        return {};
      },
    },
    {
      key: "again",
      kind: "action",
      run: (state) => {
        pause();
        trainings.delete(key_of(state));
        return { epochs: 0 };
      },
    },
    { key: "clear", kind: "action", run: cleared },
    { key: "weight", kind: "choice", options: WEIGHTS },
    { key: "alpha", kind: "range", min: 0, max: 1, step: 0.05, digits: 2 },
    { key: "seed", kind: "range", min: 0, max: 9, step: 1, digits: 0 },
  ],
  answer: 1,
  beside: true,
  backing: { claims: ["C17", "C21a"], test: "tests/explorables/test_center.py" },

  draw(given) {
    stage = given;
    const { svg, width, state, tall } = given;
    const beside = width >= 520;
    const wide = beside ? Math.round(0.62 * width) : width;
    const rest = beside ? width - wide - 16 : width;
    const corner = beside ? { x: wide + 16, y: 0 } : { x: 0, y: wide + TITLE + 12 };
    const small = beside ? (rest - 12) / 2 : Math.min((rest - 12) / 2, 120);
    const lower = beside ? wide + TITLE - small - 40 : corner.y + 200;
    tall(beside ? wide + TITLE : lower + small + 22);
    const cloud = cloud_of(svg, wide);
    const chart = chart_of(svg, { ...corner, width: rest, height: lower - corner.y - 8 });
    const pad = pad_of(svg, { x: corner.x, y: lower, size: small });
    const glass = glass_of(svg, { x: corner.x + small + 12, y: lower, size: small });
    let key = key_of(state);
    const lacking = !seen(state) || (has_ink(state) && !trained(state));
    if (state.epochs > 0 && lacking) train(wanted(state));
    if (state.sample in labels) fetch_later().then(() => given.set({}));

    return (state) => {
      if (key_of(state) !== key) {
        key = key_of(state);
        pause();
        forget_unlisted(state);
        const found = trainings.get(key);
        state.epochs = is_book(state) ? WHOLE : (found?.training.epochs() ?? 0);
      }
      const picture = seen(state);
      cloud(state, picture);
      chart(state, picture);
      pad(state);
      glass(state);
    };
  },

  tell(state) {
    const picture = seen(state);
    const { weight, alpha, seed } = settings_of(state);
    if (!picture) {
      const chosen = { weight, alpha: written(alpha), seed };
      return say(wanted(state) || playing ? words.told_wait : words.told_untrained, chosen);
    }
    const found = numbers_of(picture);
    const all = say(words.told, {
      epochs: epochs_written(state),
      weight,
      spread: written(found.spread),
      gap: written(found.gap),
      ratio: written(found.gap / found.spread),
      all: labels.length,
      right: found.right,
      near: found.near,
    });
    return [told_one(state, picture), all, told_other(state)].filter(Boolean).join(" ");
  },

  done(state) {
    const { alpha, seed } = settings_of(state);
    const tried = state.runs.filter((row) => row[1] === alpha && row[2] === seed && row[3]);
    const both = [0, 0.1].every((weight) => tried.some((row) => row[0] === weight));
    return both && state.weight === "0.1" && state.epochs >= WHOLE && alpha > 0;
  },
});

/** @param {State} state */
function epochs_written(state) {
  const epochs = wanted(state);
  return written(epochs, Number.isInteger(epochs) ? 0 : 1);
}

/** A training that the frame's way back has wiped from the list is made anew. @param {State} state */
function forget_unlisted(state) {
  const listed = new Set(state.runs.map((row) => row.slice(0, 3).join(" ")));
  for (const [key, { training }] of trainings) {
    if (training.epochs() >= WHOLE && !listed.has(key)) trainings.delete(key);
  }
}

/** The digit that is looked at. @type {(state: State, picture: Picture) => string} */
function told_one(state, { features, centers, last }) {
  const { sample } = state;
  if (sample in features) {
    const [x, label] = [features[sample], labels[sample]];
    const read = argmax(logits(last, x));
    const values = { n: sample + 1, label, read, near: nearest(x, centers) };
    return say(read === label ? words.told_right : words.told_misread, values);
  }
  if (!has_ink(state)) return "";
  const own = own_digit(state);
  if (!own) return words.told_reading;
  return say(words.told_own, { read: argmax(own.h), near: nearest(own.x, centers) });
}

/** Against a finished training that differs in λ alone: cross-entropy's own, or the newest. */
/** @param {State} state */
function told_other(state) {
  if (state.epochs !== WHOLE) return "";
  const { weight, alpha, seed } = settings_of(state);
  const same = state.runs.filter((row) => row[1] === alpha && row[2] === seed && row[3]);
  const own = same.find((row) => row[0] === weight);
  const others = same.filter((row) => row[0] !== weight);
  const other = others.find((row) => row[0] === 0) ?? others[0];
  if (!own || !other) return "";
  const signed = (/** @type {number} */ value, digits = 0) =>
    `${value > 0 ? "+" : ""}${written(value, digits)}`;
  return say(words.told_other, {
    weight: other[0],
    spread: signed(own[3] - other[3], 2),
    right: signed(own[4] - other[4]),
    near: signed(own[5] - other[5]),
  });
}

const TITLE = 20;
/** Petroff's ten, as in `lossnb.figures.figure_9_3`; each cluster also carries its digit. */
const COLOURS =
  "#3f90da #ffa90e #bd1f01 #94a4a2 #832db6 #a96b59 #e76300 #b9ac70 #717581 #92dadd".split(" ");

/** The features: what moves in the large square. */
/** @type {(svg: Selection, size: number) => (state: State, picture: Picture | undefined) => void} */
function cloud_of(svg, size) {
  const place = { x: 0, y: TITLE, width: size, height: size - 2 };
  const title = svg.append("text").attr("class", "center-title").attr("x", 44).attr("y", 16);
  const note = svg
    .append("text")
    .attr("x", size - 8)
    .attr("y", 16)
    .attr("text-anchor", "end");
  const flat = plane(svg, place, {
    x: [-HALF, HALF],
    y: [-HALF, HALF],
    x_label: words.x,
    y_label: words.y,
  });
  const ghost = flat.marks.append("path").attr("class", "center-ghost");
  const rays = flat.marks.append("path").attr("class", "edge");
  const [right, wrong] = ["center-cloud", "center-cross"].map((kind) =>
    COLOURS.map((colour) => flat.marks.append("path").attr("class", kind).attr("stroke", colour)),
  );
  const middles = flat.marks.append("g");
  const names = flat.marks.append("g");
  const own = flat.marks.append("path").attr("class", "center-own");
  const lens = lens_of(flat);
  let half = HALF;

  return (state, picture) => {
    const far = picture ? Math.max(...picture.features.flat().map(Math.abs)) : 0;
    const needed = HALF * Math.max(1, Math.ceil(far / HALF / 0.99));
    // Within a training the axes grow only.
    const steady = state.epochs > 0 && state.epochs < WHOLE && picture ? half : HALF;
    if (Math.max(needed, steady) !== half) {
      half = Math.max(needed, steady);
      rescale(flat, [-half, half], [-half, half]);
    }
    title.text(
      picture ? say(words.after, { epochs: epochs_written(state), weight: state.weight }) : "",
    );
    note.text(picture === RECORD ? "" : words.ghost);
    ghost.attr("d", picture === RECORD ? null : specks(flat, RECORD.features));
    rays.attr(
      "d",
      picture
        ? sectors(picture.last)
            .map((way) => path(flat, way))
            .join("")
        : null,
    );
    const [dots_of, crosses_of] = picture ? clouds(flat, picture) : [[], []];
    for (const digit of COLOURS.keys()) {
      right[digit].attr("d", dots_of[digit] ?? null);
      wrong[digit].attr("d", crosses_of[digit] ?? null);
    }
    const centers = picture?.centers ?? [];
    dots(middles, flat, centers, () => "center-middle");
    name_clusters(names, flat, picture);
    const falls = own_digit(state)?.x;
    own.attr("d", falls ? `M${flat.x(falls[0])},${flat.y(falls[1])}${STAR}` : null);
    lens(state, picture);
  };
}

/** The page's axes reach from -9 to 9; where they must reach further, to a multiple of it. */
const HALF = 9;
const STAR = "m0,-9l2,7 7,2 -7,2 -2,7 -2,-7 -7,-2 7,-2z";

/** @type {(flat: Plane, points: readonly number[][]) => string} */
const specks = ({ x, y }, points) =>
  points.map(([a, b]) => `M${x(a).toFixed(1)},${y(b).toFixed(1)}h0`).join("");

/** Each digit's dots, and its crosses: where the largest logit is another's. */
/** @type {(flat: Plane, picture: Picture) => string[][]} */
function clouds({ x, y }, { features, last }) {
  const found = [0, 1].map(() => COLOURS.map(() => ""));
  features.forEach((at, i) => {
    const place = `M${x(at[0]).toFixed(1)},${y(at[1]).toFixed(1)}`;
    const missed = argmax(logits(last, at)) !== labels[i];
    found[Number(missed)][labels[i]] += place + (missed ? CROSS : "h0");
  });
  return found;
}
const CROSS = "m-3,-3l6,6m0,-6l-6,6";

/**
 * The borders between the digits: the logits have no bias, so each has a sector from 0 outwards.
 * @param {ArrayLike<number>} last
 */
export function sectors(last) {
  const way = (/** @type {number} */ turn) => [Math.cos(turn), Math.sin(turn)];
  const read = (/** @type {number} */ turn) => argmax(logits(last, way(turn)));
  const turns = Array.from({ length: 1440 }, (_, i) => ((i + 0.5) * Math.PI) / 720);
  return turns.flatMap((turn, i) => {
    const [a, b] = [read(turn), read(turns[(i + 1) % 1440])];
    if (a === b) return [];
    const between = [last[a] - last[b], last[10 + a] - last[10 + b]];
    const ray = [-between[1], between[0]].map((value) => (99 * value) / Math.hypot(...between));
    const [c, s] = way(turn);
    return [[[0, 0], ray[0] * c + ray[1] * s > 0 ? ray : [-ray[0], -ray[1]]]];
  });
}

/** Each digit beyond the far end of its cluster, seen from 0, where it hides no other. */
/** @type {(group: Selection, flat: Plane, picture: Picture | undefined) => void} */
function name_clusters(group, { x, y }, picture) {
  /** @type {{digit: number, at: number[]}[]} */
  const named = [];
  picture?.centers.forEach((center, digit) => {
    const long = Math.hypot(...center);
    if (!long) return;
    const [a, b] = center.map((value) => value / long);
    const reach = picture.features
      .flatMap((at, i) => (labels[i] === digit ? at[0] * a + at[1] * b : []))
      .sort((p, q) => p - q);
    const tip = reach[Math.floor(0.97 * reach.length)];
    const [[left, right], [bottom, top]] = [x.range(), y.range()];
    const at = [
      Math.min(Math.max(x(tip * a) + 11 * a, left + 8), right - 8),
      Math.min(Math.max(y(tip * b) - 11 * b + 4, top + 12), bottom - 4),
    ];
    if (named.every((other) => distance(other.at, at) > 15)) named.push({ digit, at });
  });
  group
    .selectAll("text")
    .data(named)
    .join("text")
    .attr("class", "center-name")
    .attr("text-anchor", "middle")
    .attr("x", ({ at }) => at[0].toFixed(1))
    .attr("y", ({ at }) => at[1].toFixed(1))
    .text(({ digit }) => digit);
}

/** What is held over one point; the arrow keys take it to the next in their direction. */
/** @type {(flat: Plane) => (state: State, picture: Picture | undefined) => void} */
function lens_of(flat) {
  /** @type {Picture | undefined} */
  let now;
  const look = (/** @type {number} */ sample) => {
    fetch_later().then(() => stage.set({}));
    if (sample >= 0 && sample !== stage.state.sample) stage.set({ sample });
  };
  const at = (/** @type {readonly number[]} */ [a, b]) => [flat.x(a), flat.y(b)];
  const lens = flat.root
    .append("g")
    .attr("class", "handle")
    .attr("role", "slider")
    .attr("tabindex", 0)
    .attr("data-handle", "handle-0")
    .attr("aria-label", words.lens)
    .attr("aria-valuemin", 1)
    .attr("aria-valuemax", labels.length);
  lens.append("circle").attr("class", "handle-reach").attr("r", 22);
  lens.append("circle").attr("class", "center-lens").attr("r", 8);
  lens.append("circle").attr("class", "handle-ring").attr("r", 11);
  lens.on("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (!now) return;
    const { sample } = stage.state;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = /** @type {Record<string, number[]>} */ (ways)[event.key];
    const step = { "]": 1, "[": -1 }[event.key];
    if (way) look(sample in now.features ? ahead(now.features.map(at), sample, way) : 0);
    else if (step) look((sample + step + labels.length) % labels.length);
    else return;
    event.preventDefault();
  });
  flat.root.on("pointermove pointerdown", (/** @type {PointerEvent} */ event) => {
    if (!now) return;
    const box = /** @type {SVGElement} */ (flat.root.node()).getBoundingClientRect();
    const svg = /** @type {SVGElement} */ (flat.root.node()).ownerSVGElement;
    const { left, top } = svg?.getBoundingClientRect() ?? box;
    const pointer = [event.clientX - left, event.clientY - top - TITLE];
    const away = now.features.map((x) => distance(at(x), pointer));
    const least = argmax(away.map((value) => -value));
    if (away[least] < 16) look(least);
  });
  return (state, picture) => {
    now = picture;
    const found = picture?.features[state.sample];
    lens.attr("display", picture ? null : "none").classed("center-idle", !found);
    lens.attr("transform", `translate(${at(found ?? [0, 0])})`);
    lens.attr("aria-valuenow", found ? state.sample + 1 : 1);
    lens.attr("aria-valuetext", found ? say(words.digit, { label: labels[state.sample] }) : "");
  };
}

/** The nearest point that lies this way, within half a right angle of it. */
/** @type {(points: number[][], from: number, way: number[]) => number} */
function ahead(points, from, [a, b]) {
  const away = points.map(([x, y]) => {
    const [dx, dy] = [x - points[from][0], y - points[from][1]];
    const [along, across] = [dx * a + dy * b, Math.abs(dx * b) + Math.abs(dy * a)];
    return along > 0.5 && along >= across ? -Math.hypot(dx, dy) : Number.NEGATIVE_INFINITY;
  });
  const best = argmax(away);
  return Number.isFinite(away[best]) ? best : from;
}

/** Spread and accuracy of each training that was finished, and the way of the one that is seen. */
/** @type {(svg: Selection, place: {x: number, y: number, width: number, height: number}) => (state: State, picture: Picture | undefined) => void} */
function chart_of(svg, place) {
  const flat = plane(
    svg,
    { ...place, y: place.y + TITLE, height: place.height - TITLE },
    { x: [0, 6], y: [FLOOR, 100], x_label: words.spread, y_label: words.accuracy },
  );
  [words.by_logit, words.by_center].forEach((name, k) => {
    const at = [place.x + (k ? 0.52 : 0.02) * place.width, place.y + 12];
    const key = svg.append("g").attr("transform", `translate(${at})`);
    key
      .append("path")
      .attr("class", k ? "dot center silent" : "dot center")
      .attr("d", k ? "M0,-8.5h9v9h-9z" : "M0,-4a5,5 0 1,0 10,0a5,5 0 1,0 -10,0");
    key.append("text").attr("x", 14).text(name);
  });
  const trail = flat.marks.append("path").attr("class", "line center");
  const bars = flat.marks.append("path").attr("class", "edge");
  const marks = [flat.root.append("g"), flat.root.append("g")];
  const texts = flat.root.append("g");
  return (state, picture) => {
    const found = trained(state);
    trail.attr("d", found?.trail.length ? path(flat, found.trail) : null);
    const rows = charted(state, picture);
    const ends = rows.map((row) => [4, 5].map((k) => [row[3], Math.max(percent(row[k]), FLOOR)]));
    const kind = (/** @type {number} */ i) => (i || !picture ? "past" : "center");
    bars.attr("d", ends.map((pair) => path(flat, pair)).join(""));
    for (const [k, shape] of /** @type {["circle", "square"]} */ (["circle", "square"]).entries()) {
      const at = ends.map((pair) => pair[k]);
      const classes = (/** @type {number} */ i) => `${kind(i)}${k ? " silent" : ""}`;
      dots(marks[k], flat, at, classes, () => shape);
    }
    texts
      .selectAll("text")
      .data(weights_named(flat, rows, ends))
      .join("text")
      .attr("text-anchor", "middle")
      .attr("x", ({ at }) => at[0])
      .attr("y", ({ at }) => at[1])
      .text(({ text }) => text);
  };
}

/** Accuracies below this share, in percent, are drawn on it. */
const FLOOR = 70;

/** What is seen, then what was finished before: rows as in the state. */
/** @type {(state: State, picture: Picture | undefined) => number[][]} */
function charted(state, picture) {
  const past = state.runs.filter((row) => row[3] && row.slice(0, 3).join(" ") !== key_of(state));
  if (!picture) return past;
  const { weight, alpha, seed } = settings_of(state);
  const { spread, right, near } = numbers_of(picture);
  return [[weight, alpha, seed, spread, right, near], ...past];
}

/** λ above the first mark of each, one higher where another is in its way. */
/** @type {(flat: Plane, rows: number[][], ends: number[][][]) => {text: string, at: number[]}[]} */
function weights_named({ x, y }, rows, ends) {
  /** @type {{text: string, at: number[]}[]} */
  const named = [];
  rows.forEach(([weight], i) => {
    const text = `λ = ${weight}`;
    if (named.some((other) => other.text === text)) return;
    const [[spread, right], [, near]] = ends[i];
    const at = [Math.max(x(spread), x(0) + 26), y(Math.max(right, near)) - 10];
    const meets = (/** @type {{at: number[]}} */ other) =>
      Math.abs(other.at[0] - at[0]) < 56 && Math.abs(other.at[1] - at[1]) < 13;
    while (named.some(meets)) at[1] -= 13;
    named.push({ text, at });
  });
  return named;
}

/** The reader's pad. */
/** @type {(svg: Selection, place: {x: number, y: number, size: number}) => (state: State) => void} */
function pad_of(svg, { x, y, size }) {
  const root = svg.append("g").attr("transform", `translate(${x},${y})`);
  root.append("rect").attr("class", "center-pad").attr("width", size).attr("height", size);
  root
    .append("text")
    .attr("y", size + 16)
    .text(words.pad);
  const line = root.append("path").attr("class", "center-stroke");
  let drawing = false;
  const place = (/** @type {PointerEvent} */ event) => {
    const box = /** @type {SVGElement} */ (root.select("rect").node()).getBoundingClientRect();
    return [(event.clientX - box.left) / size, (event.clientY - box.top) / size];
  };
  root
    .attr("class", "center-paper")
    .on("pointerdown", (/** @type {PointerEvent} */ event) => {
      /** @type {SVGElement} */ (root.node()).setPointerCapture(event.pointerId);
      drawing = true;
      strokes.push([place(event)]);
      event.preventDefault();
    })
    .on("pointermove", (/** @type {PointerEvent} */ event) => {
      if (!drawing) return;
      strokes[strokes.length - 1].push(place(event));
      read();
    })
    .on("pointerup pointercancel", async () => {
      drawing = false;
      await fetch_later();
      read();
      if (wanted(stage.state) > 0 && !trained(stage.state)) train(wanted(stage.state));
    });
  /** As soon as it can be read. */
  function read() {
    if (later) stage.set({ drawn: later.pixels_of(strokes), sample: -1 });
  }
  let inked = false;
  return (state) => {
    // The way back to the book's figure clears the pad, too.
    if (inked && !has_ink(state)) strokes.length = 0;
    inked = has_ink(state);
    const d = strokes.map((stroke) => `M${stroke.map((p) => p.map((v) => v * size)).join("L")}`);
    line.attr("d", d.join("") || null);
  };
}

/** What the reader has drawn since the pad was last clear, in parts of its side. */
/** @type {number[][][]} */
const strokes = [];

/** The 8×8 pixels of what is looked at. */
/** @type {(svg: Selection, place: {x: number, y: number, size: number}) => (state: State) => void} */
function glass_of(svg, { x, y, size }) {
  const root = svg.append("g").attr("transform", `translate(${x},${y})`);
  root.append("rect").attr("class", "center-pad").attr("width", size).attr("height", size);
  const cells = root.append("g");
  const text = root.append("text").attr("y", size + 16);
  return ({ sample, drawn }) => {
    const image = later?.test[sample] ?? drawn.flat().map((ink) => ink / 16);
    cells
      .selectAll("rect")
      .data([...image])
      .join("rect")
      .attr("class", "center-ink")
      .attr("x", (_, i) => ((i % 8) * size) / 8)
      .attr("y", (_, i) => (Math.floor(i / 8) * size) / 8)
      .attr("width", size / 8)
      .attr("height", size / 8)
      .attr("opacity", (ink) => ink);
    const chosen = sample in labels ? say(words.digit, { label: labels[sample] }) : words.hint;
    text.text(image.some((ink) => ink > 0) && !(sample in labels) ? words.glass : chosen);
  };
}
