/**
 * What all figures that move share: the question, the controls, the sentence that says what
 * happened, the state in the address, and the way back to the book's figure.
 *
 * A figure is drawn twice over: `draw` builds its marks for a width and returns what moves them
 * to a state. It is drawn anew when the width changes, moved at every change of the state.
 */

import { select } from "d3-selection";
import shared_words from "./words/en/frame.json";

/** @typedef {number | string | number[][]} Value */
/** @typedef {Record<string, Value>} State */
/** @typedef {Record<string, any>} Words */
/** @typedef {import("d3-selection").Selection<any, any, any, any>} Selection */

/**
 * @template {State} S
 * @typedef {{key: keyof S & string, kind: "range", min: number, max: number, step: number, digits: number}} Range
 */
/**
 * @template {State} S
 * @typedef {{key: keyof S & string, kind: "choice", options: string[]}} Choice
 */
/**
 * @template {State} S
 * @typedef {{key: string, kind: "action", run: (state: S) => Partial<S>}} Action
 */

/**
 * @template {State} S
 * @typedef {object} Stage
 * @property {Selection} svg
 * @property {number} width in pixels, as it is shown
 * @property {S} state the state now; it is changed in place
 * @property {(height: number) => void} tall sets the height of the picture
 * @property {(changes: Partial<S>) => void} set changes the state
 */

/**
 * @template {State} S
 * @typedef {object} Explorable
 * @property {string} name in the catalogue, in addresses and in the tests
 * @property {Words} words its strings
 * @property {S} book the state in which it shows the book's figure
 * @property {(Range<S> | Choice<S> | Action<S>)[]} controls at most three
 * @property {(stage: Stage<S>) => (state: S) => void} draw
 * @property {(state: S) => string} tell the sentence that says what is to be seen
 * @property {(state: S) => boolean} done whether the reader has made the trial that was asked for
 * @property {number} answer which of the answers comes true
 * @property {{claims: string[], test: string}} backing what holds it up
 * @property {boolean} [beside] whether the still picture says more, and stays below it
 */

/** @type {<K extends keyof HTMLElementTagNameMap>(name: K, attributes?: Record<string, string>, ...children: (Node | string)[]) => HTMLElementTagNameMap[K]} */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/**
 * Words with {n} in them, or {n|one point|points} for one and several.
 * @param {string} template
 * @param {Record<string, number | string>} values
 */
export function say(template, values = {}) {
  return template.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name, one, several) => {
    const value = values[name];
    return one === undefined ? String(value) : Number(value) === 1 ? one : several;
  });
}

/** Sentences, one after another: Chinese has no space between them. @type {(text: string) => string} */
export const closed_up = (text) => text.replace(/([。？！；，：、”）]) +/g, "$1").trim();

/** Between these words and the next: a Chinese mark has room of its own. @type {(words: string) => string} */
const gap = (words) => (/[。！？：]$/.test(words) ? "" : " ");

/** A number as it is written in the text, with a true minus. @type {(value: number, digits?: number) => string} */
export function written(value, digits = 2) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/**
 * Put a figure that moves in the place of the still one: the output of the cell that is tagged with
 * its name, or a figure of that class.
 * @template {State} S
 * @param {Explorable<S>} explorable
 */
export function mount(explorable) {
  const { name, book, controls, answer, backing } = explorable;
  /** @type {Words} */
  const words = { ...shared_words, ...explorable.words };
  const place = document.querySelector(`.tag_explorable-${name}`);
  if (!place) throw new Error(`this page has no figure ${name}`);
  const still = place.querySelector(":scope > .cell_output") ?? place;
  const state = /** @type {S} */ ({ ...structuredClone(book), ...from_address(name, book) });
  let moved = false;

  const box = element("section", { class: "explorable", id: name, "aria-label": words.title });
  const picture = element("div", { class: "explorable-picture" });
  const told = element("p", { class: "explorable-told" });
  const heard = element("p", { class: "explorable-heard", "aria-live": "polite" });
  const prediction = question(words, answer);
  const panel = element("div", { class: "explorable-controls" });
  const syncs = controls.map((control) => {
    const [made, sync] = control_of(control, words, set, state);
    panel.append(made);
    return sync;
  });
  const [back, copy] = [
    named_button("reset", words.back, reset),
    named_button("copy", words.copy, copy_link),
  ];
  box.append(prediction.box, equation(words.equation), picture, panel, told, heard);
  box.append(element("footer", {}, back, copy, ...held_up_by(backing, words)));
  still.before(box);
  if (!explorable.beside) still.classList.add("explorable-still");

  /** @type {(state: S) => void} */
  let move = () => {};
  let width = 0;
  const resized = new ResizeObserver(() => {
    if (picture.clientWidth === width || !picture.clientWidth) return;
    width = picture.clientWidth;
    redraw();
  });
  resized.observe(picture);

  function redraw() {
    const focused = document.activeElement?.getAttribute("data-handle");
    picture.replaceChildren();
    const svg = select(picture)
      .append("svg")
      .attr("role", "group")
      .attr("aria-label", closed_up(`${words.picture} ${words.handle}`))
      .attr("width", width);
    const tall = (/** @type {number} */ height) => svg.attr("height", height);
    move = explorable.draw({ svg, width, state, set, tall });
    update();
    const again = picture.querySelector(`[data-handle="${focused}"]`);
    if (again instanceof SVGElement) again.focus();
  }

  function update() {
    move(state);
    for (const sync of syncs) sync();
    told.textContent = closed_up(explorable.tell(state));
    answer_if_done();
  }

  // The answer stands above the picture: it may not push away what is being dragged.
  let held = false;
  box.addEventListener("pointerdown", () => {
    held = true;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, () => {
      held = false;
      answer_if_done();
    });
  }

  function answer_if_done() {
    if (moved && !held && explorable.done(state)) prediction.reveal();
  }

  const announce = later(700, () => {
    heard.textContent = told.textContent;
    to_address(name, state, book);
  });

  /** @param {Partial<S>} changes */
  function set(changes) {
    moved = true;
    Object.assign(state, changes);
    update();
    announce();
  }

  function reset() {
    prediction.ask();
    set(structuredClone(book));
    moved = false;
  }

  async function copy_link() {
    to_address(name, state, book);
    await navigator.clipboard?.writeText(location.href);
    copy.textContent = words.copied;
    setTimeout(() => {
      copy.textContent = words.copy;
    }, 2000);
  }
}

/**
 * An equation whose letters have the colours of the marks: `ℓ = max{0, 1 − [hinge:u]}`.
 * @param {string} text
 */
function equation(text) {
  const parts = text.split(/\[([\w-]+):([^\]]+)\]/);
  const made = element("p", { class: "explorable-equation" });
  for (let i = 0; i < parts.length; i += 3) {
    made.append(parts[i]);
    if (i + 1 < parts.length) made.append(element("b", { class: parts[i + 1] }, parts[i + 2]));
  }
  return made;
}

/** @type {(words: Words, answer: number) => {box: HTMLElement, reveal: () => void, ask: () => void}} */
function question(words, answer) {
  const asked = element(
    "p",
    {},
    element("strong", {}, words.predict),
    gap(words.predict),
    words.question,
  );
  const revealed = element("p", { class: "explorable-revealed", "aria-live": "polite" });
  let [chosen, done] = [-1, false];
  /** @type {HTMLElement[]} */
  const buttons = words.answers.map((/** @type {string} */ text, /** @type {number} */ i) =>
    named_button(`answer-${i}`, text, () => {
      choose(i);
      if (!done) revealed.textContent = words.try;
    }),
  );
  /** @param {number} choice */
  function choose(choice) {
    chosen = choice;
    buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(i === choice));
    });
  }
  choose(-1);
  const answers = element("div", { class: "explorable-answers" }, ...buttons);
  return {
    box: element("div", { class: "explorable-question" }, asked, answers, revealed),
    reveal() {
      if (done) return;
      done = true;
      const verdict = chosen < 0 ? "" : chosen === answer ? words.right : words.wrong;
      revealed.textContent = closed_up(`${verdict} ${words.reveal}`);
    },
    ask() {
      done = false;
      choose(-1);
      revealed.textContent = "";
    },
  };
}

/** @type {(name: string, text: string, act: () => void) => HTMLElement} */
function named_button(name, text, act) {
  const button = element("button", { type: "button", "data-control": name }, text);
  button.addEventListener("click", act);
  return button;
}

/**
 * A control, and what makes it show the state.
 * @template {State} S
 * @param {Range<S> | Choice<S> | Action<S>} control
 * @param {Words} words
 * @param {(changes: Partial<S>) => void} set
 * @param {S} state
 * @returns {[HTMLElement, () => void]}
 */
function control_of(control, words, set, state) {
  const { key } = control;
  const name = words.controls[key];
  const changed = (/** @type {Value} */ value) => set(/** @type {any} */ ({ [key]: value }));
  if (control.kind === "action") {
    return [named_button(key, name, () => set(control.run(state))), () => {}];
  }
  if (control.kind === "choice") {
    const inputs = control.options.map((value) => {
      const input = element("input", { type: "radio", name: `${words.title}-${key}`, value });
      input.addEventListener("change", () => changed(value));
      return input;
    });
    const labels = inputs.map((input) => element("label", {}, input, words.options[input.value]));
    const legend = element("legend", {}, name);
    return [
      element("fieldset", { "data-control": key }, legend, ...labels),
      () => {
        for (const input of inputs) input.checked = input.value === state[key];
      },
    ];
  }
  const { min, max, step, digits } = control;
  const limits = { min: String(min), max: String(max), step: String(step) };
  const input = element("input", { type: "range", ...limits, "data-control": key });
  const output = element("output", {});
  input.addEventListener("input", () => changed(Number(input.value)));
  return [
    element("label", {}, element("span", {}, name, gap(name), output), input),
    () => {
      input.value = String(state[key]);
      output.textContent = written(Number(state[key]), digits);
      input.setAttribute("aria-valuetext", output.textContent);
    },
  ];
}

/** @type {(backing: {claims: string[], test: string}, words: Words) => HTMLElement[]} */
const held_up_by = ({ claims, test }, words) => [
  ...claims.map((claim) =>
    element("a", { href: `claims.html#${claim.toLowerCase()}` }, say(words.claim, { claim })),
  ),
  element("code", {}, test),
];

/** Run it once the changes have come to rest. @type {(wait: number, run: () => void) => () => void} */
function later(wait, run) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(run, wait);
  };
}

/** The state's part of the address, such as `#hinge?penalty=0.2&points.5=1.20,0.33`. */
/** @type {(name: string, state: State, book: State) => void} */
function to_address(name, state, book) {
  const parts = Object.entries(state).flatMap(([key, value]) => {
    const own = book[key];
    if (!Array.isArray(value)) return value === own ? [] : [`${key}=${value}`];
    return value.flatMap((row, i) => {
      const same = Array.isArray(own) && String(own[i]) === String(row);
      return same ? [] : [`${key}.${i}=${row.map((entry) => +entry.toFixed(3)).join(",")}`];
    });
  });
  const address = parts.length ? `#${name}?${parts.join("&")}` : `#${name}`;
  history.replaceState(history.state, "", address);
}

/** @type {(name: string, book: State) => State} */
function from_address(name, book) {
  const [place, query = ""] = location.hash.slice(1).split("?");
  /** @type {State} */
  const found = {};
  if (place !== name) return found;
  for (const [key, text] of new URLSearchParams(query)) {
    const [array, row] = key.split(".");
    const own = book[array];
    if (Array.isArray(own)) {
      const entries = text.split(",").map(Number);
      const rows = /** @type {number[][]} */ (found[array] ?? structuredClone(own));
      if (rows[+row]?.length === entries.length && entries.every(Number.isFinite)) {
        rows[+row] = entries;
        found[array] = rows;
      }
    } else if (typeof own === "number" && Number.isFinite(Number(text))) {
      found[array] = Number(text);
    } else if (typeof own === "string") {
      found[array] = text;
    }
  }
  return found;
}
