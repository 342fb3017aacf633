"""Tables of sentences on a phone: each row a block, each cell after the head of its column."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

TABLE = re.compile(r'<table class="table">.*?</table>', re.DOTALL)
COLUMNS, SENTENCE = 4, 40  # so many make it wide; so many letters make a cell a sentence


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
    app.connect("build-finished", label_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
