"""Which messages belong to which catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from . import sources
from .catalogue import gather
from .markdown import Say

# What is said outside the pages: by configuration, extensions and templates.
TITLE = "Eight loss functions, derived and run"
SITE = (TITLE, "Search")


def unheard(message: str) -> str:
    return message


def walks() -> dict[str, Callable[[Say], object]]:
    """By the name of its catalogue: what says all of its messages."""
    pages = {
        path.stem: lambda say, path=path: sources.page(path, say, unheard)
        for path in sources.pages()
        if path.suffix != ".rst"
    }
    return {
        "site": site,
        **pages,
        "generated": generated,
        "figures": figures,
    }


def site(say: Say) -> None:
    for message in SITE:
        say(message)
    sources.contents(say)


def generated(say: Say) -> None:
    for path in sources.pages():
        sources.page(path, unheard, say)


def figures(say: Say) -> None:
    for path in sources.word_files():
        sources.figure_words(path, say)


def messages() -> dict[str, Iterable[str]]:
    return {domain: gather(walk) for domain, walk in walks().items()}
