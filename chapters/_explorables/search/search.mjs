/** The search: below each of the theme's fields, what is found while one types. */

import { element, say } from "../frame.mjs";
import words from "../words/en/search/page.json";
import { excerpt, marked } from "./excerpt.mjs";
import { make_index, title_of } from "./ranking.mjs";

/** @typedef {import("./ranking.mjs").Hit} Hit */
/** @typedef {import("./ranking.mjs").Answer} Answer */

const LIMIT = 50;
const root = document.documentElement.dataset.content_root ?? "./";
const answer_to = make_index(
  /** @type {{search_documents: import("./ranking.mjs").Document[]}} */ (
    /** @type {unknown} */ (globalThis)
  ).search_documents,
);

/** Those of the names with the words. @type {(names: string, terms: Set<string>, language?: Record<string, string>) => Element[]} */
function named(names, terms, language = {}) {
  const found = names.split(", ").filter((name) => marked(name, terms).length > 1);
  return found.length ? [element("p", language, ...marked(found.join(", "), terms))] : [];
}

/** @param {Hit} hit */
function entry({ document, terms }) {
  const { page, anchor, of, also = "", alias = "", text = "" } = document;
  const link = element("a", { href: root + page + (anchor ? `#${anchor}` : "") });
  if (of) link.append(element("span", { class: "found-page" }, ...marked(of, terms)), " › ");
  link.append(...marked(title_of(document), terms));
  const said = excerpt(text, terms);
  const item = element("li", {}, link, element("p", {}, ...marked(said, terms)));
  item.append(...named(alias, terms), ...named(also, terms, { lang: words.other }));
  return item;
}

/** @type {(query: string, answer: Answer) => string} */
function told(query, { hits, whole }) {
  const n = hits.length;
  if (!query) return "";
  if (!n) return say(words.none, { query });
  if (!whole) return say(words.some, { n });
  return say(n > LIMIT ? words.first : words.found, { n, shown: LIMIT });
}

/** @param {HTMLFormElement} form */
function mount(form) {
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("q"));
  const status = element("p", { role: "status" });
  const list = element("ol");
  const box = element("div", { class: "found" }, status, list);
  form.after(box);

  function show() {
    const query = field.value.trim();
    const answer = answer_to(query);
    list.replaceChildren(...answer.hits.slice(0, LIMIT).map(entry));
    status.textContent = told(query, answer);
    box.hidden = !query;
  }
  field.addEventListener("input", show);
  show();
}

/** The arrow keys go from the field through what is found. @param {HTMLElement} area */
function walk(area) {
  area.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [...area.querySelectorAll("input, .found a")];
    const at = stops.indexOf(/** @type {Element} */ (document.activeElement));
    if (!step || at < 0) return;
    event.preventDefault();
    /** @type {HTMLElement | undefined} */ (stops[at + step])?.focus();
  });
}

for (const form of document.querySelectorAll("form.bd-search")) {
  const page = form.closest(".bd-search-container");
  const field = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  if (page) {
    field.value = new URLSearchParams(location.search).get("q") ?? "";
    field.focus();
    field.addEventListener("input", () => {
      history.replaceState(null, "", `?${new URLSearchParams({ q: field.value })}`);
    });
  }
  mount(/** @type {HTMLFormElement} */ (form));
  walk(/** @type {HTMLElement} */ (form.parentElement));
}
