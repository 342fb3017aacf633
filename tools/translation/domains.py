"""Which messages belong to which catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from babel.messages.extract import extract_from_file

from lossnb.experiments.ledger import strip
from lossnb.experiments.verdicts import ledger
from tools.notebooks import CHAPTERS, ROOT

from . import api, drawn, generated, sources
from .catalogue import gather
from .markdown import Say

# What the settings say, and what the theme says in English only.
SETTINGS = ("Eight loss functions, derived and run", "the lossnb authors", "Search")
THEME = (
    "Color mode",
    "Link to this definition",
    "Link to this heading",
    "Link to this image",
    "Main",
    "Site",
    "System Settings",
    "Toggle primary sidebar",
    "Toggle secondary sidebar",
)


def of_site() -> list[str]:
    """What is said outside the pages, and on the book's own sheets."""
    found = [*SETTINGS, *THEME]
    extensions = [(module, {"said": (2,)}) for module in sorted((CHAPTERS / "_ext").glob("*.py"))]
    for module, keywords in [*extensions, (ROOT / "tools" / "release.py", {"say": (1,)})]:
        for _, message, *_ in extract_from_file("python", module, keywords=keywords):
            found.append(str(message))
    return found


def unheard(message: str) -> str:
    return message


def walks() -> dict[str, Callable[[Say], object]]:
    """By the name of its catalogue: what says all of its messages."""
    pages = {
        path.stem: lambda say, path=path: sources.page(path, say)
        for path in sources.pages()
        if path.suffix != ".rst"
    }
    return {
        "site": site,
        "readme": sources.readme,
        **pages,
        "api": api.walk,
        "generated": code_has_written,
        "drawn": drawn_words,
        "figures": figures,
    }


def site(say: Say) -> None:
    for message in of_site():
        say(message)
    sources.contents(say)


def code_has_written(say: Say) -> None:
    for path in sources.pages():
        sources.page(path, unheard, say)
    generated.html(strip(ledger()), say)


def drawn_words(say: Say) -> None:
    for path in sources.pages():
        sources.page(path, unheard, say_drawn=say)
    for path in sources.pictures():
        drawn.translated(path.read_text(encoding="utf-8"), say)


def figures(say: Say) -> None:
    for path in sources.word_files():
        sources.figure_words(path, say)


def messages() -> dict[str, Iterable[str]]:
    return {domain: gather(walk) for domain, walk in walks().items()}
