/**
 * Exercises answered in the page: a number or an expression, compared with the right one at many
 * points. A typical mistake is known by its values, and gets the hint that helps.
 */

import jsep from "jsep";
import { element, say } from "./frame.mjs";
import shared_words from "./words/en/exercises/frame.json";

/** @typedef {Record<string, number>} Point */
/** @typedef {(at: Point) => number} Value */

/**
 * One question with one field.
 * @typedef {object} Question
 * @property {Record<string, [number, number]>} variables between which values each is drawn
 * @property {string[]} [whole] those of them that count something
 * @property {Point[]} [corners] points that must be among those compared
 * @property {Value} answer
 * @property {Record<string, Value>} [mistakes] each by the name of its hint
 * @property {Record<string, (value: number) => number>} [functions] beside the usual ones
 * @property {number} [tolerance] of the largest; 1e-6 unless a rounded number is asked for
 * @property {boolean} [relative] whether small values must be right in their digits, too
 */

jsep.addBinaryOp("^", 11, true);
jsep.removeBinaryOp("**");
// Of what belongs to a programming language.
for (const operator of ["|", "&", "<<", ">>", ">>>", "===", "!==", "%", "??"]) {
  jsep.removeBinaryOp(operator);
}

/** @type {Record<string, (...values: number[]) => number>} */
const FUNCTIONS = {
  exp: Math.exp,
  log: Math.log,
  ln: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  max: Math.max,
  min: Math.min,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  arcsin: Math.asin,
  arccos: Math.acos,
  asin: Math.asin,
  acos: Math.acos,
  floor: Math.floor,
  ceil: Math.ceil,
};
const CONSTANTS = { pi: Math.PI, e: Math.E };

/** @type {Record<string, (a: number, b: number) => number>} */
const OPERATORS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
  "<": (a, b) => Number(a < b),
  ">": (a, b) => Number(a > b),
  "<=": (a, b) => Number(a <= b),
  ">=": (a, b) => Number(a >= b),
  "==": (a, b) => Number(a === b),
};

/** What readers type, and what it means. @type {[RegExp, string][]} */
const SPELLINGS = [
  [/[−–]/g, "-"],
  [/[·×]/g, "*"],
  [/÷/g, "/"],
  [/\*\*/g, "^"],
  [/²/g, "^2"],
  [/³/g, "^3"],
  [/≤/g, "<="],
  [/≥/g, ">="],
  [/π/g, "pi"],
  [/λ/g, "lam"],
  [/ε/g, "eps"],
  [/δ/g, "delta"],
  [/θ/g, "theta"],
  [/α/g, "alpha"],
  [/σ/g, "sigma"],
  [/ŷ/g, "yhat"],
  [/₁/g, "1"],
  [/₂/g, "2"],
  [/ⱼ/g, "_j"],
  [/ₖ/g, "_k"],
];

/** A variable as the page writes it, ε for eps and h₁ for h1. @type {(name: string) => string} */
function symbol(name) {
  const [sign, meant] = SPELLINGS.find(([, meant]) => name.endsWith(meant)) ?? [/$/, ""];
  return name.slice(0, name.length - meant.length) + (meant && sign.source);
}

/** Something in an answer that cannot be read, told to the reader. */
class Unread extends Error {}

/**
 * An expression as a function of its variables.
 * @param {string} text
 * @param {Question} question
 * @returns {Value}
 */
export function read(text, question) {
  let plain = text.trim();
  for (const [pattern, meant] of SPELLINGS) plain = plain.replace(pattern, meant);
  plain = plain.normalize("NFKC"); // what a Chinese keyboard writes full-width
  if (!plain) throw new Unread(shared_words.empty);
  if (/\d,\d/.test(plain) && !/[a-z]\w*\([^)]*\d,\d/i.test(plain))
    throw new Unread(shared_words.comma);
  if (
    /\d\s*[a-zA-Z(]|\)\s*[\w(]/.test(
      plain.replace(/\d+(\.\d+)?e[-+]?\d+/g, "1").replace(/log1p|expm1/g, "f"),
    )
  ) {
    throw new Unread(shared_words.times);
  }
  let tree;
  try {
    // To jsep -x^2 is (-x)^2.
    tree = jsep(plain.replace(/(^|[(,?:<>=+*-])\s*-/g, "$1(-1)*"));
  } catch {
    throw new Unread(shared_words.unread);
  }
  const names = [...Object.keys(question.variables), ...Object.keys(question.functions ?? {})];
  return meaning(tree, names, { ...FUNCTIONS, ...question.functions });
}

/**
 * @param {any} node
 * @param {string[]} names
 * @param {Record<string, (...values: number[]) => number>} functions
 * @returns {Value}
 */
function meaning(node, names, functions) {
  const of = (/** @type {any} */ part) => meaning(part, names, functions);
  switch (node.type) {
    case "Literal":
      if (typeof node.value === "number") return () => node.value;
      break;
    case "Identifier": {
      const { name } = node;
      if (names.includes(name)) return (at) => at[name];
      const constant = /** @type {Record<string, number>} */ (CONSTANTS)[name];
      if (constant) return () => constant;
      throw new Unread(
        say(shared_words.name, { name, names: names.map(symbol).join(shared_words.list_comma) }),
      );
    }
    case "UnaryExpression": {
      const inner = of(node.argument);
      if (node.operator === "-") return (at) => -inner(at);
      if (node.operator === "+") return inner;
      break;
    }
    case "BinaryExpression": {
      const [left, right] = [of(node.left), of(node.right)];
      const operator = OPERATORS[node.operator];
      if (operator) return (at) => operator(left(at), right(at));
      break;
    }
    case "ConditionalExpression": {
      const [test, yes, no] = [of(node.test), of(node.consequent), of(node.alternate)];
      return (at) => (test(at) ? yes(at) : no(at));
    }
    case "CallExpression": {
      const called = functions[node.callee.name];
      if (!called) throw new Unread(say(shared_words.function, { name: node.callee.name ?? "" }));
      const given = node.arguments.map(of);
      return (at) => called(...given.map((/** @type {Value} */ one) => one(at)));
    }
  }
  throw new Unread(shared_words.unread);
}

/** The same numbers on every visit: mulberry32. @type {(seed: number) => () => number} */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Points at which an answer is compared. @type {(question: Question) => Point[]} */
export function points({ variables, whole = [], corners = [] }) {
  const draw = generator(9);
  const between = (/** @type {string} */ name, /** @type {number[]} */ [low, high]) =>
    whole.includes(name)
      ? Math.floor(low + (high + 1 - low) * draw())
      : low + (high - low) * draw();
  const drawn = Array.from({ length: 50 }, () =>
    Object.fromEntries(
      Object.entries(variables).map(([name, limits]) => [name, between(name, limits)]),
    ),
  );
  return [...corners, ...drawn];
}

/**
 * What to say to an answer: whether it is right, and why not.
 * @param {string} text
 * @param {Question} question
 * @param {Record<string, string>} hints
 * @returns {{right: boolean, told: string}}
 */
export function judged(text, question, hints) {
  let given;
  try {
    given = read(text, question);
  } catch (error) {
    if (error instanceof Unread) return { right: false, told: error.message };
    throw error;
  }
  const at = points(question);
  const { tolerance = 1e-6, relative = false, answer, mistakes = {} } = question;
  const near = (/** @type {number} */ a, /** @type {number} */ b) =>
    a === b ||
    (Number.isFinite(b) &&
      Math.abs(a - b) <= tolerance * (relative ? Math.abs(b) : Math.max(1, Math.abs(b))));
  const same = (/** @type {Value} */ other) =>
    at.every((point) => near(given(point), other(point)));
  if (same(answer)) return { right: true, told: shared_words.right };
  const mistake = Object.keys(mistakes).find((name) => same(mistakes[name]));
  if (mistake) return { right: false, told: hints[mistake] };
  const names = Object.keys(question.variables);
  if (!names.length) return { right: false, told: shared_words.not_the_number };
  const worst = at.reduce((a, b) =>
    Math.abs(given(b) - answer(b)) > Math.abs(given(a) - answer(a)) || Number.isNaN(given(b))
      ? b
      : a,
  );
  const place = names
    .map((name) => `${symbol(name)} = ${short(worst[name])}`)
    .join(shared_words.list_comma);
  return { right: false, told: say(shared_words.not_yet, { place, value: short(given(worst)) }) };
}

/** @param {number} value */
const short = (value) =>
  Number.isFinite(value) ? String(Number(value.toPrecision(4))) : shared_words.no_number;

/**
 * Put a field under each exercise that can be answered so.
 * @param {Record<string, Question[]>} exercises by the anchor of its heading
 * @param {Record<string, any>} words what each field asks, and its hints
 */
export function pose(exercises, words) {
  for (const [anchor, questions] of Object.entries(exercises)) {
    const section = document.getElementById(anchor);
    if (!section) throw new Error(`this page has no exercise ${anchor}`);
    const box = element("div", { class: "answers" });
    questions.forEach((question, i) => {
      box.append(field(question, words[anchor][i], `${anchor}-${i}`));
    });
    section.insertBefore(box, section.querySelector(":scope > .cell, :scope > details"));
  }
}

/** @type {(question: Question, words: {ask: string, hints: Record<string, string>}, name: string) => HTMLElement} */
function field(question, { ask, hints }, name) {
  const input = element("input", {
    id: `answer-${name}`,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
  });
  const told = element("p", { role: "status" });
  const form = element(
    "form",
    { class: "answer" },
    element("label", { for: input.id }, ask),
    element("div", {}, input, element("button", {}, shared_words.check)),
    told,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { right, told: words } = judged(input.value, question, hints);
    told.textContent = words;
    form.dataset.right = String(right);
  });
  return form;
}
