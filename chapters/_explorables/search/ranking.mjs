/** Which places of the site answer a question, the best first. */

import MiniSearch from "minisearch";
import { say } from "../frame.mjs";
import words from "../words/en/search/page.json";
import { plain, terms } from "./words.mjs";

/**
 * What chapters/_ext/search.py takes from the pages.
 * @typedef {object} Document
 * @property {"page" | "section" | "equation" | "figure" | "claim" | "name"} kind
 * @property {string} page
 * @property {string} [anchor]
 * @property {string} [of] the title of its page
 * @property {string} [number]
 * @property {string} [title]
 * @property {string} [also] what it is called in the other language
 * @property {string} [text]
 */

/** @typedef {{document: Document, terms: Set<string>}} Hit what was found, and by which words */
/** @typedef {{hits: Hit[], whole: boolean}} Answer whether every word was found */

// Which comes first of those that are called just so.
const ORDER = ["page", "claim", "equation", "figure", "name", "section"];
const FIELDS = ["title", "also", "of", "text"];
const BOOST = { title: 6, also: 4, of: 1 };
const WORD = /^[a-z]{5,}$/;

/** @type {(document: Document) => string} */
export function title_of(document) {
  const { kind, number = "", title = "" } = document;
  return kind === "page" || kind === "section" || kind === "name"
    ? title
    : say(words[kind], { number, title });
}

/** What a document is called, and what its names begin with. @type {(document: Document) => {names: string[], begin: string[]}} */
function called({ kind, number = "", title = "", also = "" }) {
  if (kind === "name") return { names: [], begin: [] };
  if (kind === "page" || kind === "section") {
    const [, counted, rest] = /^([\d.]*)\s*(.*)$/.exec(title) ?? [];
    return { names: [title, counted, rest].map(plain), begin: also.split(", ").map(plain) };
  }
  const numbers = [number, number.replace(/[a-z]$/, "")];
  const kinds = ["", ...words.called[kind]];
  const names = kinds.flatMap((kind) => numbers.map((number) => plain(`${kind} ${number}`)));
  return { names, begin: [] };
}

/** @param {Document[]} documents */
export function make_index(documents) {
  /** @type {Set<string>} */
  const known = new Set();
  const index = new MiniSearch({
    fields: FIELDS,
    tokenize(text) {
      const found = terms(text);
      for (const term of found) known.add(term);
      return found;
    },
    processTerm: (term) => term,
    extractField: (document, field) =>
      field === "title" ? title_of(document) : (document[field] ?? ""),
  });
  index.addAll(documents.map((document, id) => ({ ...document, id })));

  const names = documents.map(called);
  /** @type {(query: string) => number[]} */
  const called_so = (query) =>
    [...documents.keys()].filter(
      (id) =>
        names[id].names.includes(query) || names[id].begin.some((name) => name.startsWith(query)),
    );
  /** @type {(id: number) => number} */
  const order = (id) => ORDER.indexOf(documents[id].kind);

  /** @type {import("minisearch").SearchOptions} */
  const settings = {
    tokenize: terms,
    boost: BOOST,
    boostDocument: (id) => (documents[id].kind === "page" ? 2 : 1),
    // A word that is not finished yet, but no number.
    prefix: (term) => !known.has(term) && /^\p{Script=Han}|^\p{L}./u.test(term),
  };
  /** @type {import("minisearch").SearchOptions} */
  const with_slips = {
    ...settings,
    fuzzy: (term) => (!known.has(term) && WORD.test(term) ? 0.2 : false),
  };

  /** All words; or else all, with slips; or else some. @type {(typed: string) => Answer} */
  return (typed) => {
    const query = typed.normalize("NFKC"); // full-width digits and letters as others
    const name = plain(query);
    if (!name) return { hits: [], whole: true };
    const exact = called_so(name).sort((a, b) => order(a) - order(b));
    let found = index.search(query, { ...settings, combineWith: "AND" });
    if (!found.length) found = index.search(query, { ...with_slips, combineWith: "AND" });
    const whole = found.length + exact.length > 0;
    if (!whole) found = index.search(query, with_slips);
    const by_words = new Map(found.map(({ id, terms }) => [id, new Set(terms)]));
    const asked = new Set(terms(query));
    const hits = [...new Set([...exact, ...by_words.keys()])].map((id) => ({
      document: documents[id],
      terms: by_words.get(id) ?? asked,
    }));
    return { hits, whole };
  };
}
