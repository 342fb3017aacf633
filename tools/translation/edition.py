"""The edition in Chinese: its sources, written from the catalogues, and its settings."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml
from babel.messages.catalog import Catalog

from lossnb._files import write_whole
from lossnb.experiments.ledger import strip
from lossnb.experiments.verdicts import ledger
from tools.notebooks import CHAPTERS, ROOT

from . import api, domains, drawn, generated, sources
from .catalogue import LANGUAGE, read, sayer
from .catalogue import text as text_of

README = "README.zh.md"


def write(file: Path, text: str) -> None:
    """Only what has changed: Sphinx reads what is new."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        write_whole(file, text)


def write_sources(folder: Path) -> None:
    """All that Jupyter Book builds from, into a folder as the book's own."""
    say_generated, say_drawn = sayer("generated"), sayer("drawn")
    for page in sources.pages():
        text = sources.page(page, sayer(page.stem), say_generated, say_drawn)
        write(folder / "chapters" / page.name, text)
    for name in ("_static", "_templates"):
        shutil.copytree(CHAPTERS / name, folder / "chapters" / name, dirs_exist_ok=True)
    for picture in sources.pictures():
        text = drawn.translated(picture.read_text(encoding="utf-8"), say_drawn)
        write(folder / "chapters" / "_static" / picture.name, text)
    shown = folder / "locale" / LANGUAGE / "LC_MESSAGES" / f"{api.PAGE}.po"
    write(shown, text_of(api_book()))
    figures = sayer("figures")
    for words in sources.word_files():
        place = folder / "words" / words.relative_to(sources.WORDS)
        write(place, sources.figure_words(words, figures))
    write(folder / "_toc.yml", as_yaml(sources.contents(sayer("site"))))


def write_readme() -> None:
    write(ROOT / README, sources.readme(sayer("readme")))


def write_notebooks(folder: Path) -> None:
    """To be downloaded and run: in Chinese, but for what their code has written and drawn."""
    for page in sources.pages():
        if page.suffix == ".ipynb":
            write(folder / page.name, sources.page(page, sayer(page.stem)))


def api_book() -> Catalog:
    """The one catalogue that Sphinx itself reads."""
    book = read(api.PAGE)
    for message in book:
        if message.id and isinstance(message.string, str):
            message.string = api.set_apart(message.string)
    return book


def write_settings(folder: Path, original: Path) -> None:
    given: dict[str, Any] = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    said = {message: sayer("site")(message) for message in domains.of_site()}
    for name in ("title", "author"):
        given[name] = said[given[name]]
    local = given["sphinx"]["local_extensions"]
    given["sphinx"]["local_extensions"] = {name: str(ROOT / place) for name, place in local.items()}
    config = given["sphinx"]["config"]
    config["language"] = LANGUAGE
    config["locale_dirs"] = [str(folder / "locale")]
    config["gettext_compact"] = False
    config["html_theme_options"]["search_bar_text"] = said["Search"]
    config["said_as"] = said
    config["strip_of_verdicts"] = generated.html(strip(ledger()), sayer("generated"))
    config["words_of_figures"] = str(folder / "words")
    config["original"] = str(original)
    write(folder / "_config.yml", as_yaml(given))


def as_yaml(given: dict[str, Any]) -> str:
    return yaml.safe_dump(given, allow_unicode=True, sort_keys=False)
