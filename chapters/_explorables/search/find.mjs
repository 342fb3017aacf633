/** On every page: the search is fetched when its field is first entered, on its own page at once. */

const own = /** @type {HTMLScriptElement} */ (document.currentScript).src;

function fetch_search() {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("explorables/search.css", own).href;
  document.head.append(style);
  for (const file of ["search_documents.js", "explorables/search.js"]) {
    const script = document.createElement("script");
    script.src = new URL(file, own).href;
    script.async = false; // in this order
    document.head.append(script);
  }
}

if (document.querySelector(".bd-search-container")) fetch_search();
else
  document
    .querySelector("#pst-search-dialog")
    ?.addEventListener("focusin", fetch_search, { once: true });
