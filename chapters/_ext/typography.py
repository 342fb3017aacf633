"""What browsers and screen readers need to set the text well.

A run of Chinese says that it is Chinese: it gets its letters, and a voice that can read it. A short
formula keeps the mark that follows it on its line.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

# From the first ideograph, or mark around one, to the last.
MARKS = "\u3000-\u303f\uff00-\uffef·"
HAN = re.compile(rf"[《「（]?[\u3400-\u9fff](?:[\u3400-\u9fff{MARKS}]*[\u3400-\u9fff》」）])?")
CLOSING = re.compile(r"[.,;:!?)’”，。；：？！、）》]+")
NUMBER = re.compile(r"\d(?:\.\d)+(?= )")
SHORT = 24  # characters of TeX: longer ones have to break on a phone


def visit_text(self: HTML5Translator, node: nodes.Text) -> None:
    HTML5Translator.visit_Text(self, node)
    chinese = self.config.language.startswith("zh")
    self.body[-1] = re.sub(r"(?<=\d)[ \u00a0]%", "%" if chinese else "\u00a0%", self.body[-1])
    if not chinese:
        self.body[-1] = HAN.sub(r'<span lang="zh-CN">\g<0></span>', self.body[-1])
    if isinstance(node.parent, nodes.title):
        self.body[-1] = NUMBER.sub(r'<span class="section-number">\g<0></span>', self.body[-1], 1)


def depart_text(self: HTML5Translator, node: nodes.Text) -> None:
    pass


def keep_together(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    if app.builder.format != "html":
        return
    for formula in list(doctree.findall(nodes.math)):
        parent = formula.parent
        # By identity: docutils finds a text by what it says, and two may say the same.
        place = next(i for i, child in enumerate(parent) if child is formula)
        after = parent[place + 1] if place + 1 < len(parent) else None
        if not isinstance(after, nodes.Text) or len(formula.astext()) > SHORT:
            continue
        if marks := CLOSING.match(after):
            kept = nodes.inline("", "", formula, nodes.Text(marks[0]), classes=["kept"])
            parent[place : place + 2] = [kept, nodes.Text(after[marks.end() :])]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(nodes.Text, override=True, html=(visit_text, depart_text))
    app.connect("doctree-resolved", keep_together)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
