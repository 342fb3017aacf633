"""Every source of the book in which something is said, and how it is said in another language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

from tools.notebooks import CHAPTERS, ROOT

from . import drawn, generated, markdown
from .markdown import Say, is_said

WORDS = CHAPTERS / "_explorables" / "words" / "en"
# What the words of a figure are called that no reader sees.
UNSEEN = frozenset({"language"})
COMMA = ", "


def notebook(
    given: NotebookNode, say: Say, say_generated: Say | None = None, say_drawn: Say | None = None
) -> NotebookNode:
    """Its text, the captions of its figures and the labels of its folds; its code stays.

    What its code has written and drawn is said too, if asked for: not where it is to be run again.
    """
    found = deepcopy(given)
    for cell in found.cells:
        if cell.cell_type == "markdown":
            cell.source = markdown.translated(cell.source, say)
            continue
        shown = cell.metadata.get("mystnb", {})
        for part, name in labels(shown):
            part[name] = say(part[name])
        for data in [output.get("data", {}) for output in cell.outputs]:
            if say_generated:
                written(data, say_generated)
            if say_drawn and "image/svg+xml" in data:
                data["image/svg+xml"] = drawn.translated(data["image/svg+xml"], say_drawn)
    return found


def labels(shown: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for part, names in (
        (shown, ("code_prompt_show", "code_prompt_hide")),
        (shown.get("figure", {}), ("caption",)),
        (shown.get("image", {}), ("alt",)),
    ):
        yield from ((part, name) for name in names if name in part)


def written(data: dict[str, Any], say: Say) -> None:
    if "text/html" in data:
        data["text/html"] = generated.html(data["text/html"], say)
    elif "text/markdown" in data:
        answer = generated.without_numbers(say)
        data["text/markdown"] = markdown.translated(data["text/markdown"], answer)


def page(
    path: Path, say: Say, say_generated: Say | None = None, say_drawn: Say | None = None
) -> str:
    """A page of the book, as it would be written into its file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".rst":
        return text  # Sphinx translates it, with the docstrings that it takes in
    if path.suffix == ".md":
        return markdown.translated(text, say)
    found = notebook(nbformat.reads(text, as_version=4), say, say_generated, say_drawn)
    return str(nbformat.writes(found)) + "\n"


def readme(say: Say) -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    here_and_there = ("[中文说明](README.zh.md)", "[English](README.md)")
    return markdown.translated(text.replace(*here_and_there), say)


def pages() -> list[Path]:
    """In the order of the book."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = [toc["root"]] + [entry["file"] for part in parts(toc) for entry in chapters(part)]
    files = [CHAPTERS / f"{name}{kind}" for name in names for kind in (".md", ".ipynb", ".rst")]
    return [file for file in files if file.exists()]


def pictures() -> list[Path]:
    """Drawn beforehand, for pages that run no code."""
    return sorted((CHAPTERS / "_static").glob("*.svg"))


def words(given: Any, say: Say) -> Any:
    """What a figure that moves, an exercise or the search says."""
    if isinstance(given, dict):
        return {key: value if key in UNSEEN else words(value, say) for key, value in given.items()}
    if isinstance(given, list):
        return [words(value, say) for value in given]
    return say(given) if isinstance(given, str) and (is_said(given) or given == COMMA) else given


def word_files() -> list[Path]:
    return sorted(WORDS.rglob("*.json"))


def figure_words(path: Path, say: Say) -> str:
    found = words(json.loads(path.read_text(encoding="utf-8")), say)
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def parts(toc: dict[str, Any]) -> list[dict[str, Any]]:
    """A small book has chapters and no parts, the smallest its first page alone."""
    return list(toc.get("parts", [toc]))


def chapters(part: dict[str, Any]) -> list[dict[str, Any]]:
    return list(part.get("chapters", []))


def contents(say: Say) -> dict[str, Any]:
    """_toc.yml, with the captions of its parts and the titles that it gives."""
    toc: dict[str, Any] = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    for part in parts(toc):
        if "caption" in part:
            part["caption"] = say(part["caption"])
        for entry in chapters(part):
            if "title" in entry:
                entry["title"] = say(entry["title"])
    return toc
