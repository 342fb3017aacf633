"""The same chapters as Jupyter Book makes them by default: what this project's site is measured by.

Of the book's own settings it has what the chapters cannot be read without.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tools.notebooks import CHAPTERS, ROOT

OUTPUT = ROOT / "_build" / "stock"
NEEDED = ("title", "author", "only_build_toc_files", "execute", "parse")
SPHINX = {
    # For api.rst.
    "extra_extensions": ["sphinx.ext.autodoc", "sphinx.ext.napoleon"],
    "config": {"autodoc_mock_imports": ["torch"]},
}


def build() -> Path:
    """Anew, with the warnings that come of doing without this project's extensions."""
    shutil.rmtree(OUTPUT, ignore_errors=True)
    chapters = OUTPUT / "chapters"
    # Jupyter Book would put the book's own style sheets into every page.
    own = shutil.ignore_patterns("_ext", "_explorables", "*.css")
    shutil.copytree(CHAPTERS, chapters, ignore=own)
    book = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config = {key: book[key] for key in NEEDED} | {"sphinx": SPHINX}
    (OUTPUT / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from jupyter_book.cli.main import main; main()"),
            *("build", str(chapters), "--config", str(OUTPUT / "_config.yml")),
            *("--toc", str(ROOT / "_toc.yml"), "--path-output", str(OUTPUT), "--quiet"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise SystemExit(f"The stock site was not built:\n{done.stdout}{done.stderr}")
    return OUTPUT / "_build" / "html"
