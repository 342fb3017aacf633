"""The catalogues: for each page, and for what pages share, its messages and their translations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from lossnb._files import write_whole
from tools.notebooks import ROOT

from .markdown import Say

LANGUAGE = "zh_CN"
FOLDER = ROOT / "locale" / LANGUAGE / "LC_MESSAGES"


class Book(Catalog):
    """A catalogue whose head says nothing that differs from day to day."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", LANGUAGE),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]

    @mime_headers.setter
    def mime_headers(self, given: Iterable[tuple[str, str]]) -> None:
        pass


def path(domain: str) -> Path:
    return FOLDER / f"{domain}.po"


def empty() -> Book:
    return Book(locale=LANGUAGE, header_comment="", fuzzy=False)


def read(domain: str) -> Catalog:
    if not path(domain).exists():
        return empty()
    return read_po(BytesIO(path(domain).read_bytes()), locale=LANGUAGE, domain=domain)


def gather(walk: Callable[[Say], object]) -> list[str]:
    """The messages of a walk, each once, in the order in which they are said."""
    found: dict[str, None] = {}

    def listen(message: str) -> str:
        found[message] = None
        return message

    walk(listen)
    return list(found)


def merged(domain: str, messages: Iterable[str]) -> Book:
    """Today's messages with the translations there are.

    A message that has changed a little keeps its translation, marked as fuzzy; a translation of
    what is gone is kept as obsolete. Both have to be looked at: until then the tests are red.
    """
    template, found, known, ordered = empty(), empty(), read(domain), empty()
    for said in messages:
        template.add(said)
    for message in known:
        if message.id:
            found.add(message.id, message.string, flags=message.flags)
    found.obsolete.update(known.obsolete)
    found.update(template)
    for said in messages:
        ordered[said] = found[said]
    ordered.obsolete = {key: old for key, old in found.obsolete.items() if old.string}
    return ordered


def text(book: Catalog) -> str:
    stream = BytesIO()
    write_po(stream, book, width=0)
    return stream.getvalue().decode("utf-8")


def write(domain: str, book: Catalog) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_whole(path(domain), text(book))


def sayer(domain: str) -> Say:
    """The translations of a catalogue; what has none stays as it is."""
    known = {
        str(message.id): str(message.string)
        for message in read(domain)
        if message.id and message.string and not message.fuzzy
    }
    return lambda message: known.get(message, message)
