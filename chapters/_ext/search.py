"""What the site's search looks through: the sections of the built pages, and what has a number.

Sphinx's own index knows neither equations nor claims nor Chinese words, shows no excerpts and is
fetched by every page. In its place the browser is given these documents, when somebody searches.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from editions import is_chinese
from sphinx.application import Sphinx

Document = dict[str, str]

GLOSSARY = "notation"
BLOCKS = ["br", "dd", "div", "dt", "figcaption", "li", "p", "pre", "summary", "td", "th"]
# What says a thing twice, or is no sentence, and what the page itself folds.
UNREAD = [
    ".headerlink",
    ".katex-html",
    "annotation",
    "button",
    "details.hide",
    "script",
    "style",
    "svg",
    ".cell_output pre",
    ".ledger table",
    ".ledger ul",
    ".tag_hide-input .cell_input",
]
REPLACED = ["doctools", "language_data", "searchtools", "sphinx_highlight", "translations"]
INVISIBLE = re.compile("[\u00ad\u200b\u2061-\u2064]")


def text(node: Tag | None) -> str:
    return " ".join(INVISIBLE.sub("", node.get_text()).split()) if node else ""


def taken(node: Tag, selector: str) -> list[Tag]:
    """What has a document of its own: it is gone from the node, and so is each from the other."""
    found = node.select(selector)
    for part in reversed(found):
        part.extract()
    return found


def equations(article: Tag) -> Iterator[Document]:
    for formula in article.select("div.math"):
        if formula.get("id") and (number := text(formula.select_one(".eqno"))):
            around = [formula.find_previous_sibling("p"), formula.find_next_sibling("p")]
            said = " … ".join(text(p) for p in around if isinstance(p, Tag))
            anchor = str(formula["id"])
            yield {"kind": "equation", "anchor": anchor, "number": number.strip("()"), "text": said}
        formula.replace_with(" … ")


def figures(article: Tag) -> Iterator[Document]:
    """Those of the print; all others belong to their sections."""
    for figure in article.select("figure[id]"):
        anchor = str(figure["id"])
        if parts := re.fullmatch(r"fig-(\d+)-(\d+[a-z]?)", anchor):
            number, said = ".".join(parts.groups()), text(figure.find("figcaption"))
            yield {"kind": "figure", "anchor": anchor, "number": number, "text": said}


def claims(article: Tag) -> Iterator[Document]:
    for entry in taken(article, "details[id]"):
        number = text(entry.select_one("summary b"))
        if str(entry["id"]) != number.lower():
            continue
        for verdict in entry.select("summary .more"):
            entry.append(verdict.extract())
        said = text(entry.find("summary"))
        entry.summary.decompose()  # type: ignore[union-attr]
        title = said.removeprefix(number).strip()
        yield {
            "kind": "claim",
            "anchor": str(entry["id"]),
            "number": number,
            "title": title,
            "text": text(entry),
        }


def names(article: Tag) -> Iterator[Document]:
    """Functions and classes."""
    for entry in taken(article, "dl.py:has(> dt[id])"):
        name = entry.select_one("dt[id]")
        assert name is not None
        anchor = str(name["id"])
        yield {"kind": "name", "anchor": anchor, "title": anchor, "text": text(entry.find("dd"))}


def sections(article: Tag) -> Iterator[Document]:
    for section in taken(article, "section[id]"):
        heading = section.find(["h1", "h2", "h3", "h4"])
        assert isinstance(heading, Tag)
        heading.extract()
        kind, anchor = ("page", "") if heading.name == "h1" else ("section", str(section["id"]))
        yield {"kind": kind, "anchor": anchor, "title": text(heading), "text": text(section)}


def terms(article: Tag, chinese: bool) -> Iterator[Document]:
    """The rows of the glossary, each with both of its names and the page that explains it."""
    for row in taken(article, "tr[id^=term-]"):
        english, han, code, meaning, place = row.select("td")
        own, other = (han, english) if chinese else (english, han)
        yield {
            "kind": "term",
            "anchor": str(row["id"]),
            "title": text(own).replace("，", ", "),
            "also": text(other).replace("，", ", "),
            "text": f"{text(meaning)} {text(code)}".strip(),
            "code": text(code.code),
            "see": str(place.select("a")[0]["href"]).partition("#")[0],
        }


def give_names(found: list[Document]) -> None:
    """A page has the names of what it explains: in the other language, and of its own loss in both.

    The code of the hinge loss is `hinge`, and its page is 9_1_2_hinge.
    """
    pages = {part["page"]: part for part in found if part["kind"] == "page"}
    for term in found:
        if term["kind"] != "term":
            continue
        page = pages[term["see"]]
        page["also"] = ", ".join(filter(None, (page.get("also"), term["also"])))
        own = term["see"].endswith(f"_{term.pop('code')}.html")
        if own and term["title"].lower() not in page["title"].lower():
            page["alias"] = ", ".join(filter(None, (page.get("alias"), term["title"])))


def read(path: Path) -> tuple[Tag, str]:
    """The article of a page, made ready to be taken apart, and how the page is described."""
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    article = page.article
    assert article is not None, f"{path} has no article"
    for unread in article.select(", ".join(UNREAD)):
        unread.decompose()
    for block in article.find_all(BLOCKS):
        block.insert_after(" ")
    (described,) = page.find_all("meta", attrs={"name": "description"})
    return article, str(described["content"])


def documents(site: Path, pages: list[str], chinese: bool = False) -> list[Document]:
    """Of these pages of a built site, each page before its parts."""
    found: list[Document] = []
    for page in pages:
        article, described = read(site / f"{page}.html")
        kinds = (equations, figures, claims, names, partial(terms, chinese=chinese))
        parts = [part for take in kinds for part in take(article)]
        parts = [*sections(article), *parts]
        title = parts[0]["title"]
        for part in parts:
            part |= {"page": f"{page}.html", "of": "" if part["kind"] == "page" else title}
        parts[0]["text"] = parts[0]["text"] or described
        found += parts
    give_names(found)
    return [{key: value for key, value in document.items() if value} for document in found]


def replace_own(app: Sphinx) -> None:
    """Sphinx then makes neither an index nor a page for it."""
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]
        app.add_js_file("explorables/find.js")


def search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    yield "search", {}, "search.html"


def write(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    found = documents(Path(app.outdir), sorted(app.env.all_docs), is_chinese(app.config))
    given = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    # A script, since a page opened from a file may not fetch data.
    script = f"globalThis.search_documents={given};\n"
    static = Path(app.outdir) / "_static"
    (static / "search_documents.js").write_text(script, encoding="utf-8")
    for name in REPLACED:
        (static / f"{name}.js").unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", replace_own)
    app.connect("html-collect-pages", search_page)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
