/** Which places of the site answer a question, the best first. */

import MiniSearch from "minisearch";
import { say } from "../frame.mjs";
import words from "../words/en/search/page.json";
import { plain, terms } from "./words.mjs";

/**
 * What chapters/_ext/search.py takes from the pages.
 * @typedef {object} Document
 * @property {"page" | "section" | "equation" | "figure" | "claim" | "name" | "term"} kind
 * @property {string} page
 * @property {string} [anchor]
 * @property {string} [of] the title of its page
 * @property {string} [number]
 * @property {string} [title]
 * @property {string} [also] what it is called in the other language
 * @property {string} [alias] other names of a page's loss, in the language of the edition
 * @property {string} [see] the page that explains a term
 * @property {string} [text]
 */

/** @typedef {{document: Document, terms: Set<string>}} Hit what was found, and by which words */
/** @typedef {{hits: Hit[], whole: boolean}} Answer whether every word was found */

// Which comes first of those that are called just so.
const ORDER = ["page", "claim", "equation", "figure", "name", "term", "section"];
const FIELDS = ["title", "also", "alias", "of", "text"];
const BOOST = { title: 6, also: 4, alias: 4, of: 1 };
const WORD = /^[a-z]{5,}$/;

/** @type {(document: Document) => string} */
export function title_of(document) {
  const { kind, number = "", title = "" } = document;
  return kind === "equation" || kind === "figure" || kind === "claim"
    ? say(words[kind], { number, title })
    : title;
}

/** What a document is called, and what its names begin with. @type {(document: Document) => {names: string[], begin: string[]}} */
function called({ kind, number = "", title = "", also = "", alias = "" }) {
  if (kind === "name") return { names: [], begin: [] };
  if (kind === "term") return { names: title.split(", ").map(plain), begin: [] };
  if (kind === "page" || kind === "section") {
    const [, counted, rest] = /^([\d.]*)\s*(.*)$/.exec(title) ?? [];
    const names = [title, counted, rest, ...alias.split(", ")];
    return { names: names.map(plain), begin: also.split(", ").map(plain) };
  }
  const numbers = [number, number.replace(/[a-z]$/, "")];
  // Who says what is counted may write 9-5, 9.4(c) and claim 5.
  const counted = numbers.flatMap((number) => [
    number,
    number.replace(".", "-").replace("C", ""),
    number.replace(/[a-z]$/, "($&)"),
  ]);
  const said = words.called[kind].flatMap((kind) => counted.map((number) => `${kind} ${number}`));
  return { names: [...numbers, ...said].map(plain), begin: [] };
}

// “Ramp loss traps”: the whole title of a section, and a part of its page's, which says less.
/** @type {(document: Document, asked: Set<string>) => boolean} */
function is_section_of({ kind, title = "", of = "" }, asked) {
  if (kind !== "section") return false;
  const [own, rest] = [terms(title), new Set(terms(of))];
  return (
    own.every((term) => asked.has(term)) &&
    own.some((term) => !rest.has(term)) &&
    [...asked].every((term) => own.includes(term) || rest.has(term))
  );
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
  /** @type {(query: string, asked: Set<string>) => number[]} */
  const called_so = (query, asked) =>
    [...documents.keys()].filter(
      (id) =>
        names[id].names.includes(query) ||
        names[id].begin.some((name) => name.startsWith(query)) ||
        is_section_of(documents[id], asked),
    );
  // What a term is explained by, in the order of the page: first the text, then its exercises.
  /** @type {(asked: Set<string>, exact: number[], found: number[]) => number[]} */
  const about = (asked, exact, found) => {
    const pages = exact.map((id) => documents[id].see);
    return found
      .filter((id) => {
        const { kind, page, title = "" } = documents[id];
        const of_page = (kind === "page" || kind === "section") && pages.includes(page);
        const said = of_page && new Set(terms(title));
        return said && [...asked].every((term) => said.has(term));
      })
      .sort((a, b) => a - b);
  };
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
    const asked = new Set(terms(query));
    const exact = called_so(name, asked).sort((a, b) => order(a) - order(b));
    let found = index.search(query, { ...settings, combineWith: "AND" });
    if (!found.length) found = index.search(query, { ...with_slips, combineWith: "AND" });
    const whole = found.length + exact.length > 0;
    if (!whole) found = index.search(query, with_slips);
    const by_words = new Map(found.map(({ id, terms }) => [id, new Set(terms)]));
    const ids = [...by_words.keys()];
    const hits = [...new Set([...about(asked, exact, ids), ...exact, ...ids])].map((id) => ({
      document: documents[id],
      terms: by_words.get(id) ?? asked,
    }));
    return { hits, whole };
  };
}
