"""Write chapters/bibliography.md from references.bib, and cite from it.

Citations are plain links, so that they can be read wherever Markdown can.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

from pybtex.backends.markdown import Backend
from pybtex.database import Entry, parse_file
from pybtex.style.formatting.unsrt import Style, pages
from pybtex.style.template import Node, field, optional, sentence

from lossnb._files import write_whole

ROOT = Path(__file__).parent.parent
REFERENCES = ROOT / "references.bib"
PAGE = ROOT / "chapters" / "bibliography.md"


class AsPrinted(Style):  # type: ignore[misc]
    def format_title(self, e: Entry, which_field: str, as_sentence: bool = True) -> Node:
        title = field(which_field)
        return sentence[title] if as_sentence else title

    def format_chapter_and_pages(self, e: Entry) -> Node:
        """The pages of a part of a book, written as those of an article."""
        return optional[pages]


class Readable(Backend):  # type: ignore[misc]
    def format_str(self, text: str) -> str:
        return re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)


@cache
def entries() -> dict[str, Entry]:
    return dict(parse_file(str(REFERENCES)).entries)


def authors(entry: Entry) -> str:
    people = entry.persons["author"]
    names = [" ".join(map(str, p.rich_prelast_names + p.rich_last_names)) for p in people]
    return f"{names[0]} et al." if len(names) > 2 else " and ".join(names)


def heading(entry: Entry) -> str:
    return f"{authors(entry)} ({entry.fields['year']})"


def anchor(title: str) -> str:
    """What GitHub and MyST make of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def cite(key: str, bracketed: bool = False) -> str:
    """The link for running text, "Huber (1964)", or for a bracket, "Huber, 1964"."""
    entry = entries()[key]
    text = f"{authors(entry)}, {entry.fields['year']}" if bracketed else heading(entry)
    return f"[{text}](bibliography.md#{anchor(heading(entry))})"


def page() -> str:
    parts = ["# Bibliography"]
    formatted = zip(entries().values(), AsPrinted().format_entries(entries().values()), strict=True)
    for entry, words in sorted(formatted, key=lambda pair: anchor(heading(pair[0]))):
        # JupyterLab looks for its own attribute, as a browser writes it, not for the heading.
        place = f'<a data-jupyter-id="{quote(anchor(heading(entry)))}"></a>'
        lines = words.text.render(Readable("utf-8")).replace("\n", " ")
        parts += [place, f"## {heading(entry)}", lines]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    write_whole(PAGE, page())
