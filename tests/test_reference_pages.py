"""The reference pages are complete. That their links lead somewhere is for test_site to say."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

import lossnb
from tools.bibliography import anchor

CHAPTERS = Path(__file__).parent.parent / "chapters"
EQUATIONS = [f"9.{number}" for number in range(1, 18)]
PANELS = ["9.1", "9.2", *(f"9.3 ({panel})" for panel in "abcd"), "9.4a", "9.4b", "9.4c"]


def rows(page: str, section: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    text = (CHAPTERS / page).read_text(encoding="utf-8")
    (part,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    table = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in table[2:]]


def two_parts(pattern: str, cell: str) -> tuple[str, str]:
    found = re.fullmatch(pattern, cell)
    assert found, cell
    return found[1], found[2]


# A number with its place, and the place of a term with the term.
number_and_anchor = partial(two_parts, r"\[(.+)\]\(#(.+)\)")
named = partial(two_parts, r'<a data-jupyter-id="(.+?)"></a>(.+)')


def test_every_equation_has_its_row() -> None:
    links = [number_and_anchor(row[0]) for row in rows("numbers.md", "Equations")]
    assert links == [(number, "eq-" + number.replace(".", "-")) for number in EQUATIONS]


def test_every_panel_of_a_figure_has_its_row() -> None:
    links = [number_and_anchor(row[0]) for row in rows("numbers.md", "Figures")]
    assert [number for number, _ in links] == PANELS
    for number, place in links:
        assert place == "fig-" + number.partition(" ")[0].replace(".", "-")


def test_a_link_finds_each_term_of_the_glossary() -> None:
    places = [named(entry[0]) for entry in rows("notation.md", "Glossary")]
    assert all(place == f"term-{anchor(term)}" for place, term in places)
    linked = [
        place
        for path in CHAPTERS.glob("9_*")
        for place in re.findall(r"\(notation\.md#(.+?)\)", path.read_text(encoding="utf-8"))
    ]
    assert len(linked) >= 20
    assert set(linked) <= {place for place, _ in places}


def test_the_glossary_is_bilingual_sorted_and_linked() -> None:
    entries = rows("notation.md", "Glossary")
    assert len(entries) >= 60
    terms = [named(entry[0])[1].casefold() for entry in entries]
    assert terms == sorted(set(terms))
    for english, chinese, _, meaning, defined in entries:
        assert re.search(r"[\u4e00-\u9fff]", chinese), english
        assert len(meaning.split()) >= 3, english
        assert re.fullmatch(r"\[9[\d.]*\]\(.+\)", defined), english


def test_the_glossary_has_every_loss() -> None:
    code = " ".join(entry[2] for entry in rows("notation.md", "Glossary"))
    helpers = {"phi", "update_centers"}
    assert [name for name in lossnb.__all__ if f"`{name}`" not in code] == sorted(helpers)


def test_the_symbols_say_where_they_are_first_used() -> None:
    for symbol, _, meaning, first in rows("notation.md", "Symbols"):
        assert symbol.startswith("$")
        assert meaning
        assert "](" in first


@pytest.mark.parametrize("part", ["Classification", "Regression"])
def test_each_erratum_has_a_kind_a_reading_and_a_place(part: str) -> None:
    found = rows("errata.md", part)
    assert len(found) >= 8
    for where, kind, said, reading, shown in found:
        assert kind.split(",")[0] in {"erratum", "ambiguity", "gap"}, where
        assert said
        assert reading
        assert re.search(r"\]\([^)]+\)", shown), where
