"""What the theme leaves to wish for: a description of each page, and names that are read out."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.inspect import signature, stringify_signature

from lossnb.experiments.ledger import strip
from lossnb.experiments.verdicts import ledger

REPAIRS = [
    # A notebook's output may link to a page as it is called beside it.
    (re.compile(r'(<a class="page[^"]*" href="[^"]*)\.ipynb'), r"\1.html"),
    # What screen readers stumble over.
    (
        re.compile(r'(<div id="pst-primary-sidebar")(?! role)'),
        r'\1 role="region" aria-label="Site"',
    ),
    # What can be seen of a button, or a summary, is what it is called.
    (re.compile(r'(<button class="btn search-button-field[^>]*?) aria-label="[^"]*"'), r"\1"),
    (re.compile(r'<summary aria-label="[^"]*">'), "<summary>"),
    # No script stands in a page: print.js listens to this button.
    (re.compile(r' onclick="window\.print\(\)"'), ""),
    # The corner of a table is no head of anything.
    (re.compile(r'<th class="head[^"]*">(?:<p></p>)?</th>'), "<td></td>"),
]


def describe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """The first paragraph that is plain prose, for search engines and link previews."""
    text = app.config.html_title
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        if len(paragraph.astext()) > 40 and not any(paragraph.findall(nodes.math)):
            text = " ".join(paragraph.astext().split())
            break
    if len(text) > 160:
        text = text[:159].rsplit(" ", 1)[0] + "…"
    context["description"] = text
    description = f'<meta name="description" content="{escape(text)}" />\n'
    context["metatags"] = context.get("metatags", "") + description


def repair(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    for page in app.outdir.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        for pattern, better in REPAIRS:
            html = pattern.sub(better, html)
        page.write_text(html, encoding="utf-8")


def count_verdicts(app: Sphinx, config: Config) -> None:
    """For the front page: the verdict on each claim, from the records."""
    config.myst_substitutions["verdicts"] = config.strip_of_verdicts or strip(ledger())


def sign(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, arguments: str, returns: str
) -> tuple[str, str] | None:
    """The arguments of a class. autodoc takes those of its base, of which torch's are mocked."""
    if what != "class":
        return None
    own = signature(thing.__init__, bound_method=True)
    return stringify_signature(own, show_annotation=False), returns


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("strip_of_verdicts", "", "env", [str])
    app.connect("config-inited", count_verdicts)
    app.connect("autodoc-process-signature", sign)
    app.connect("html-page-context", describe)
    app.connect("build-finished", repair)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
