"""What the page of the API says: Sphinx finds it in the docstrings, and translates it itself."""

from __future__ import annotations

import re
import shutil
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from babel.messages.pofile import read_po
from sphinx.application import Sphinx

from tools.notebooks import CHAPTERS, ROOT

from .markdown import FIXED, Say, is_said

PAGE = "api"
EXTENSIONS = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
# A role, a literal, a link.
MARKED = re.compile(r":\w+:`[^`]+`|``[^`]+``|`[^`]+`")
COMMAND = re.compile(r"\\[A-Za-z]")  # of TeX


def settings() -> dict[str, Any]:
    given = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config = given["sphinx"]["config"]
    kept = ("add_module_names", "default_role")
    return {
        name: value
        for name, value in config.items()
        if name in kept or name.startswith(("autodoc_", "napoleon_"))
    }


def set_apart(text: str) -> str:
    r"""Chinese as reStructuredText reads it: a mark that begins within a word is set apart by an
    escaped space, which is not shown.

    >>> print(set_apart("值``x``是:math:`y`。"))
    值\ ``x``\ 是\ :math:`y`\ 。
    """

    def apart(match: re.Match[str]) -> str:
        before = match.start() and not text[match.start() - 1].isspace()
        after = match.end() < len(text) and not text[match.end()].isspace()
        return (r"\ " if before else "") + match[0] + (r"\ " if after else "")

    return MARKED.sub(apart, text)


def walk(say: Say) -> None:
    """Each message of the page, in its order."""
    with TemporaryDirectory() as folder:
        source, output = Path(folder, "source"), Path(folder, "output")
        source.mkdir()
        shutil.copy(CHAPTERS / f"{PAGE}.rst", source)
        confoverrides = settings() | {
            "extensions": EXTENSIONS,
            "root_doc": PAGE,
            "gettext_compact": False,
        }
        Sphinx(
            source,
            None,
            output,
            output / "doctrees",
            "gettext",
            confoverrides=confoverrides,
            status=None,
            warning=StringIO(),
        ).build()
        template = read_po(StringIO((output / f"{PAGE}.pot").read_text(encoding="utf-8")))
    for message in template:
        said = str(message.id)
        # A displayed formula is a message too; what has no letters of its own is none.
        if is_said(said) and not COMMAND.search(FIXED.sub("", said)):
            say(said)
