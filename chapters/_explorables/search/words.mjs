/**
 * How a text is cut into words, in the pages and in what is asked for alike. Chinese has no spaces:
 * a run of its characters is cut into overlapping pairs. 的, the “of” of Chinese, ends a run.
 */

/** @typedef {{term: string, start: number, end: number}} Piece */

const RUN =
  /\d+(?:\.\d+)+[a-z]?|(?:(?!的)\p{sc=Han})+|(?:(?!\p{sc=Han})[\p{L}\p{N}\p{M}_])+(?:['’]s\b)?/gu;
// Figure 9.4a is found by 9.4, and claim C5a by C5.
const ONE_OF_SEVERAL = /^[cC]?\d+(?:\.\d+)*[a-z]$/;
const HAN = /^\p{sc=Han}/u;
const HAS_PARTS = /_|[\p{Ll}\d]\p{Lu}/u;
// Of CenterLoss and of large_margin_softmax.
const PARTS = /\p{Lu}*(?:(?!\p{Lu})[^_])+|\p{Lu}+/gu;

/** One spelling for accents, widths, American and British English, plurals. @type {(word: string) => string} */
function spell(word) {
  const plain = word
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/['’]s$/, "");
  if (!/^[a-z]{4,}$/.test(plain)) return plain;
  return plain
    .replace(/(ss|sh|ch|x)es$/, "$1")
    .replace(/ies$/, "y")
    .replace(/([^su])s$/, "$1")
    .replace(/tre$/, "ter")
    .replace(/our$/, "or")
    .replace(/is(e|ed|ing|ation)$/, "iz$1");
}

/** @type {Map<string, string>} */
const spelt = new Map();

/** Most words of the site are there many times. @type {(word: string) => string} */
function fold(word) {
  let folded = spelt.get(word);
  if (folded === undefined) {
    folded = spell(word);
    spelt.set(word, folded);
  }
  return folded;
}

/** @type {(run: string) => Iterable<[string, number]>} */
function* parts_of(run) {
  if (HAN.test(run)) {
    for (let i = 0; i < Math.max(run.length - 1, 1); i++) yield [run.slice(i, i + 2), i];
    return;
  }
  yield [run, 0];
  if (ONE_OF_SEVERAL.test(run)) yield [run.slice(0, -1), 0];
  if (!HAS_PARTS.test(run)) return;
  for (const part of run.matchAll(PARTS)) {
    if (part[0] !== run) yield [part[0], part.index];
  }
}

/** @type {(text: string) => Iterable<Piece>} */
export function* pieces(text) {
  for (const { 0: run, index } of text.matchAll(RUN)) {
    for (const [part, at] of parts_of(run)) {
      yield { term: fold(part), start: index + at, end: index + at + part.length };
    }
  }
}

/** @type {(text: string) => string[]} */
export const terms = (text) => Array.from(pieces(text), (piece) => piece.term);

/** What two ways to write a name have in common. @type {(name: string) => string} */
export const plain = (name) => Array.from(name.matchAll(RUN), ([run]) => fold(run)).join(" ");
