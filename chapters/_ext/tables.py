"""Tables: rows to which a link may lead, and tables of sentences on a phone.

There each row is a block, and each cell follows the head of its column.
"""

from __future__ import annotations

import re
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

TABLE = re.compile(r'<table class="table">.*?</table>', re.DOTALL)
COLUMNS, SENTENCE = 4, 40  # so many make it wide; so many letters make a cell a sentence
PLACE = re.compile(r'<a data-jupyter-id="([^"]+)">')


class MarkRows(SphinxTransform):
    """A row that has a place for JupyterLab's links is a place of the site, too."""

    default_priority = 400  # before links are looked up

    def apply(self, **kwargs: Any) -> None:
        slugs = self.env.metadata[self.env.docname].setdefault("myst_slugs", {})
        for row in self.document.findall(nodes.row):
            for raw in list(row.findall(nodes.raw)):
                if place := PLACE.fullmatch(raw.astext()):
                    row["names"].append(place[1])
                    self.document.note_explicit_target(row, row)
                    slugs[place[1]] = (row.line, place[1], row[0].astext())
                    closing = raw.next_node(nodes.raw, descend=False, siblings=True)
                    for tag in (raw, closing):
                        tag.parent.remove(tag)


def label(match: re.Match[str]) -> str:
    table = BeautifulSoup(match[0], "html.parser")
    heads = table.select("thead :is(th, td)")
    rows = [row.select("td") for row in table.select("tbody tr")]
    longest = max((len(cell.get_text()) for row in rows for cell in row), default=0)
    if len(heads) < COLUMNS or longest < SENTENCE or any(len(row) != len(heads) for row in rows):
        return match[0]
    for row in rows:
        for head, cell in zip(heads, row, strict=True):
            cell["data-label"] = "" if head.select(".katex") else head.get_text(strip=True)
    return str(table).replace('class="table"', 'class="table of-sentences"', 1)


def label_all(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    for page in app.outdir.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        page.write_text(TABLE.sub(label, html), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(MarkRows)
    app.connect("build-finished", label_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
