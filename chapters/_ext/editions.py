"""The same book in two languages: what an edition says, and where it has a page's other half.

The English edition lies at the site's root, the Chinese one in `zh/`. Both have the same pages,
and a place in a page has the same name in both.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms import SphinxTransform

Context = dict[str, Any]


def said(config: Config, message: str) -> str:
    """What an extension says, in the language of the edition."""
    return str(config.said_as.get(message, message))


class KeepPlaces(SphinxTransform):
    """A translated heading is linked to as the original is."""

    default_priority = 5  # before links are looked up

    def apply(self, **kwargs: Any) -> None:
        if not self.config.original:
            return
        file = Path(self.config.original, f"{self.env.docname}.doctree")
        original = pickle.loads(file.read_bytes())
        slugs = getattr(self.document, "myst_slugs", {})
        called = {}
        both = (list(tree.findall(nodes.section)) for tree in (self.document, original))
        for section, there in zip(*both, strict=True):
            self.document.ids.pop(section["ids"][0])
            section["ids"] = [there["ids"][0]]
            self.document.ids[there["ids"][0]] = section
            if "slug" in there:
                line, _, title = slugs.pop(section["slug"])
                section["slug"] = there["slug"]
                called[there["slug"]] = (line, there["ids"][0], title)
        slugs.update(called)


def show_other(
    app: Sphinx, pagename: str, templatename: str, context: Context, doctree: nodes.document
) -> None:
    """For the templates: where the page lies in the other language, from here and from outside."""
    chinese = bool(app.config.original)
    up = context["content_root"]
    context["other_edition"] = f"{up}../{pagename}.html" if chinese else f"{up}zh/{pagename}.html"
    context["other_language"] = ("en", "English") if chinese else ("zh-CN", "中文")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("said_as", {}, "env", [dict])
    app.add_config_value("words_of_figures", "", "html", [str])
    app.add_config_value("original", "", "env", [str])
    app.add_transform(KeepPlaces)
    app.connect("html-page-context", show_other)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
