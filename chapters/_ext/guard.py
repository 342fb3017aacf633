"""Jupyter Book by itself would find neither the pages nor KaTeX: it is told where to go."""

from __future__ import annotations

import os

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    if "LOSSNB_SITE" not in os.environ:
        raise SystemExit("Build this book with `make book` or `python -m tools.site build`.")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
