"""Cards: what a link within the book leads to, shown beside the link, without a jump.

For each page a script holds a card for each of its places that a link leads to. The loader, on
every page with such links, fetches the script of a page when the first link to it is pointed at;
a classic script, since a page opened from a file may fetch nothing else.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from sphinx.application import Sphinx

LOADER = "explorables/cards.js"
# As the loader reads an address: the pages of one edition lie in one folder.
LINK = re.compile(r'<a\b[^>]*?\shref="(?:([\w-]+)\.html)?#([^"]+)"')
PLACE = re.compile(r'<\w[^<>]*?\sid="([^"]+)"')
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
TEXT = (*HEADINGS, "p", "ul", "ol", "dl")
TERM = "term-"  # how the names of the glossary's rows begin
ENOUGH = 200  # letters of an opening, after which no other block is shown


def end_of(html: str, start: int) -> int:
    """Where the element ends whose tag starts here."""
    name = re.compile(r"<(\w+)").match(html, start)
    assert name, html[start : start + 20]
    depth = 0
    for tag in re.compile(rf"<(/?){name[1]}\b[^>]*>").finditer(html, start):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.end()
    raise ValueError(f"{name[0]}> is not closed; every place that a link leads to must be")


def around(html: str, start: int) -> int:
    """Where the row, the entry or the paragraph starts that a place marks, if it marks one."""
    if re.compile(r"<(?:span|a|t[hd]|code|strong|em)\b").match(html, start):
        for name in ("tr", "dt", "li", "p"):
            before = max(html.rfind(f"<{name}{after}", 0, start) for after in "> ")
            if before >= 0 and end_of(html, before) > start:
                return before
    return start


def parse(html: str) -> Tag:
    (element,) = BeautifulSoup(html, "html.parser").find_all(True, recursive=False)
    return element


def row(html: str, start: int) -> str:
    """A row by itself: each cell after the head of its column."""
    head = html.rfind("<table", 0, start)
    heads = parse(html[head : end_of(html, head)]).select("tr:first-child th")
    cells = parse(html[start : end_of(html, start)]).find_all(["th", "td"])
    return "".join(
        f"<div><dt>{head.decode_contents()}</dt><dd>{cell.decode_contents()}</dd></div>"
        for head, cell in zip(heads, cells, strict=True)
        if cell.get_text(strip=True)
    )


def term(row: Tag, chinese: bool) -> str:
    """A row of the glossary: the term, where it is defined, and what it means."""
    english, han, *_, meaning, place = (cell.p or cell for cell in row.find_all("td"))
    head = f"<b>{(han if chinese else english).decode_contents()}</b> ({place.decode_contents()})"
    return f"<p>{head}</p><p>{meaning.decode_contents()}</p>"


def is_text(tag: Tag) -> bool:
    return tag.name in TEXT or "math" in tag.get_attribute_list("class")


def opening(section: Tag) -> str:
    """The heading, and what follows it up to a few lines; nothing where no text follows it."""
    kept = ""
    length = 0
    for block in section.find_all(True, recursive=False):
        text = block.get_text(strip=True)
        if not text:
            continue
        if length >= ENOUGH or not is_text(block):
            break
        kept += str(block)
        length += 0 if block.name in HEADINGS else len(text)
    return kept if length else ""


def content(html: str, start: int) -> str:
    """What the card shows of the place that starts here; nothing if that would tell nothing."""
    start = around(html, start)
    end = end_of(html, start)
    element = parse(html[start:end])
    first = element.find("p")
    if element.name == "tr" and str(element.get("id")).startswith(TERM):
        return term(element, chinese='<html lang="zh' in html[:200])
    if element.name == "tr":
        return f"<dl>{row(html, start)}</dl>"
    if element.name == "dt":
        described = html.find("<dd", end)
        text = parse(html[described : end_of(html, described)]) if described >= 0 else element
        return f"<p>{element.decode_contents()}</p>{text.find('p') or ''}"
    if element.name == "details" and element.summary:
        return f"<p>{element.summary.decode_contents()}</p>{first or ''}"
    if element.name in ("section", "div") and not is_text(element):
        return opening(element)
    return str(element)


def tidy(card: str, page: str) -> str:
    """Fit to stand within any page: without names of its own, places to stop at or headings."""
    soup = BeautifulSoup(card, "html.parser")
    for tag in soup.select(".headerlink, a:has(> .viewcode-link), script, style, button, a:empty"):
        tag.decompose()
    for tag in soup.find_all(True):
        for name in ("id", "name", "tabindex", "aria-labelledby", "aria-describedby"):
            del tag[name]
    for heading in soup.find_all(HEADINGS):
        heading.name = "p"
        heading["class"] = "heading"
    for link in soup.find_all("a", href=True):
        link["tabindex"] = "-1"
        if str(link["href"]).startswith("#"):
            link["href"] = f"{page}.html{link['href']}"
    return str(soup).strip()


def links(html: str) -> list[re.Match[str]]:
    """Those in the text of a page to a place in the book."""
    start, end = html.find("<article"), html.rfind("</article>")
    return list(LINK.finditer(html, start, end))


def make(pages: dict[str, str]) -> dict[str, dict[str, str]]:
    """For each page, by its name, a card for each of its places that a link leads to."""
    places = {
        name: {unquote(place[1]): place.start() for place in PLACE.finditer(html)}
        for name, html in pages.items()
    }
    cards: dict[str, dict[str, str]] = {name: {} for name in pages}
    for name, html in pages.items():
        for link in links(html) if LOADER in html else ():
            page, place = link[1] or name, unquote(link[2])
            start = places.get(page, {}).get(place)
            if start is None or place in cards[page]:
                continue
            # A heading's link to itself leads nowhere.
            within = page == name and start < link.start() < end_of(html, start)
            if not within and (card := content(pages[page], start)):
                cards[page][place] = tidy(card, page)
    return cards


def fetch(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    own = re.compile(r'<a class="(?:headerlink|eqno)"')
    if doctree and any(not own.match(link[0]) for link in LINK.finditer(context["body"])):
        app.add_js_file(LOADER)


def write(site: Path) -> None:
    """The scripts, one for each page: an empty one too, as a script may add a link to any page."""
    pages = {path.stem: path.read_text(encoding="utf-8") for path in site.glob("*.html")}
    folder = site / "_static" / "cards"
    folder.mkdir(parents=True, exist_ok=True)
    for name, cards in make(pages).items():
        held = json.dumps(cards, ensure_ascii=False, sort_keys=True)
        script = f'(globalThis.cards ??= {{}})["{name}"] = {held};\n'
        (folder / f"{name}.js").write_text(script, encoding="utf-8")


def finish(app: Sphinx, exception: Exception | None) -> None:
    if not exception and app.builder.format == "html":
        write(app.outdir)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", fetch)
    # After the pages have their last form.
    app.connect("build-finished", finish, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
