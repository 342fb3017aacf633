"""The same book in two languages: what an edition says, and where it has a page's other half.

The English edition lies at the site's root, the Chinese one in `zh/`. Both have the same pages,
and a place in a page has the same name in both.
"""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms import SphinxTransform

Context = dict[str, Any]
FOLDER = "zh/"
ENGLISH, CHINESE = ("en", "English"), ("zh-CN", "中文")
NAME = re.compile(r'\b(title|aria-label|placeholder)="([^"]*)"')


def is_chinese(config: Config) -> bool:
    return bool(config.original)


def said(config: Config, message: str) -> str:
    """What an extension says, in the language of the edition."""
    return str(config.said_as.get(message, message))


class KeepPlaces(SphinxTransform):
    """A translated heading is linked to as the original is."""

    default_priority = 5  # before links are looked up

    def apply(self, **kwargs: Any) -> None:
        if not is_chinese(self.config):
            return
        file = Path(self.config.original, f"{self.env.docname}.doctree")
        original = pickle.loads(file.read_bytes())
        slugs = getattr(self.document, "myst_slugs", {})
        called = {}
        both = (list(tree.findall(nodes.section)) for tree in (self.document, original))
        for section, there in zip(*both, strict=True):
            self.document.ids.pop(section["ids"][0])
            # The name of a Python module comes to the section that it stands in, by Sphinx, later.
            own = next(name for name in there["ids"] if not name.startswith("module-"))
            section["ids"] = [own]
            self.document.ids[own] = section
            if "slug" in there:
                line, _, title = slugs.pop(section["slug"])
                section["slug"] = there["slug"]
                called[there["slug"]] = (line, own, title)
        slugs.update(called)


def show_other(
    app: Sphinx, pagename: str, templatename: str, context: Context, doctree: nodes.document
) -> None:
    """Where the page lies in the other language, for readers and for search engines."""
    chinese, up = is_chinese(app.config), context["content_root"]
    other = f"{up}../{pagename}.html" if chinese else f"{up}{FOLDER}{pagename}.html"
    context["other_edition"] = other
    context["other_language"] = ENGLISH if chinese else CHINESE
    if doctree and (here := app.config.html_baseurl):
        site = here.removesuffix(FOLDER) if chinese else here
        context["metatags"] = context.get("metatags", "") + "".join(
            f'<link rel="alternate" hreflang="{tag}" href="{site}{folder}{pagename}.html" />\n'
            for tag, folder in (("en", ""), ("zh-CN", FOLDER), ("x-default", ""))
        )


def rename(app: Sphinx, exception: Exception | None) -> None:
    """What the theme calls its buttons in English only."""
    if exception or app.builder.format != "html" or not is_chinese(app.config):
        return
    for page in app.outdir.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        page.write_text(NAME.sub(lambda name: called(app.config, name), html), encoding="utf-8")


def called(config: Config, name: re.Match[str]) -> str:
    return f'{name[1]}="{said(config, name[2])}"'


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("said_as", {}, "env", [dict])
    app.add_config_value("words_of_figures", "", "html", [str])
    app.add_config_value("original", "", "env", [str])
    app.add_transform(KeepPlaces)
    # Before the theme leaves out what would show nothing.
    app.connect("html-page-context", show_other, priority=400)
    app.connect("build-finished", rename, priority=700)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
