"""The catalogues say all that the book says today, and say the same."""

from __future__ import annotations

import pytest

from tools.notebooks import ROOT
from tools.translation import catalogue, check, domains, edition, sources

# What is not set as Markdown.
PLAIN = ("figures", "drawn")
WALKS = domains.walks()


@pytest.fixture(scope="module", params=WALKS)
def domain(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_catalogue_is_up_to_date(domain: str) -> None:
    """`make catalogues` would change nothing: no message is missing, fuzzy or obsolete."""
    found = catalogue.gather(WALKS[domain])
    merged = catalogue.merged(domain, found)
    assert [m.id for m in merged if m.id and (not m.string or m.fuzzy)] == []
    assert list(merged.obsolete) == []
    assert catalogue.text(merged) == catalogue.path(domain).read_text(encoding="utf-8")


def test_each_translation_says_the_same(domain: str) -> None:
    told = {
        message.id: found
        for message in catalogue.read(domain)
        if message.id
        and (found := list(check.problems(message.id, message.string, domain not in PLAIN)))
    }
    assert told == {}


def test_the_readme_is_that_of_the_catalogue() -> None:
    written = sources.readme(catalogue.sayer("readme"))
    assert (ROOT / edition.README).read_text(encoding="utf-8") == written


def test_no_catalogue_is_left_over() -> None:
    assert {path.stem for path in catalogue.FOLDER.glob("*")} == set(WALKS)
    assert [path.name for path in (ROOT / "locale").iterdir()] == [catalogue.LANGUAGE]


@pytest.fixture
def small(tmp_path, monkeypatch):  # type: ignore[no-untyped-def]
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    book = catalogue.merged("page", ["one word", "two words, and some more", "gone"])
    for message, chinese in zip(list(book)[1:], ["一", "二", "三"], strict=True):
        message.string = chinese
    catalogue.write("page", book)


@pytest.mark.usefixtures("small")
def test_what_has_changed_is_fuzzy_and_what_is_gone_obsolete() -> None:
    book = catalogue.merged("page", ["one word", "two words, and much more", "new"])
    states = {m.id: (m.string or "", m.fuzzy) for m in book if m.id}
    assert states == {
        "one word": ("一", False),
        "two words, and much more": ("二", True),
        "new": ("", False),
    }
    assert list(book.obsolete) == ["gone"]
    catalogue.write("page", book)
    say = catalogue.sayer("page")
    assert [say(m) for m in states] == ["一", "two words, and much more", "new"]


@pytest.mark.usefixtures("small")
def test_what_was_fuzzy_stays_so_until_somebody_looks() -> None:
    changed = ["one word", "two words, and much more"]
    catalogue.write("page", catalogue.merged("page", changed))
    again = catalogue.merged("page", changed)
    assert [m.id for m in again if m.id and m.fuzzy] == ["two words, and much more"]
    assert list(again.obsolete) == ["gone"]
