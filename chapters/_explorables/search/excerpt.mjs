/** What a place says around the words that were asked for. */

import { pieces } from "./words.mjs";

/** @typedef {[number, number]} Range */

const LENGTH = 220;
const BEFORE = 50;

/** Where the words stand, overlapping ones as one. @type {(text: string, terms: Set<string>) => Range[]} */
function places(text, terms) {
  /** @type {Range[]} */
  const found = [];
  for (const { term, start, end } of pieces(text)) {
    if (!terms.has(term)) continue;
    const last = found.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}

/** The text with the words marked. @type {(text: string, terms: Set<string>) => (Node | string)[]} */
export function marked(text, terms) {
  /** @type {(Node | string)[]} */
  const made = [];
  let at = 0;
  for (const [start, end] of places(text, terms)) {
    const mark = document.createElement("mark");
    mark.textContent = text.slice(start, end);
    made.push(text.slice(at, start), mark);
    at = end;
  }
  return [...made, text.slice(at)];
}

/** The stretch with most of the words. @type {(text: string, terms: Set<string>) => string} */
export function excerpt(text, terms) {
  let [best, most] = [0, 0];
  const found = places(text, terms);
  for (const [start] of found) {
    const near = found.filter(([a, b]) => a >= start && b <= start + LENGTH - BEFORE);
    const different = new Set(near.map(([a, b]) => text.slice(a, b).toLowerCase())).size;
    if (different > most) [best, most] = [start, different];
  }
  const from = best <= BEFORE ? 0 : after_space(text, best - BEFORE, best);
  const rest = text.slice(from);
  if (rest.length <= LENGTH) return (from ? "… " : "") + rest;
  const to = rest.lastIndexOf(" ", LENGTH);
  return `${from ? "… " : ""}${rest.slice(0, to > LENGTH / 2 ? to : LENGTH)} …`;
}

/** @type {(text: string, from: number, limit: number) => number} */
function after_space(text, from, limit) {
  const space = text.indexOf(" ", from);
  return space >= 0 && space < limit ? space + 1 : from;
}
