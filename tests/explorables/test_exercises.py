"""Exercises answered in the page: right answers in several forms, typical mistakes, nonsense."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from .browser import SOURCES

WORDS = SOURCES / "words" / "en" / "exercises"
SAID = json.loads((WORDS / "frame.json").read_text(encoding="utf-8"))
PAGES = sorted(path.stem for path in WORDS.glob("*.json") if path.stem != "frame")
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{page}</title>
<link rel="icon" href="data:,"></head><body><section id="exercises">{sections}</section>
<script defer src="explorables/load.js" data-exercises="{page}"></script></body></html>"""


def words(page: str) -> dict[str, list[dict]]:
    found = json.loads((WORDS / f"{page}.json").read_text(encoding="utf-8"))
    return found


def answers(page: str) -> dict[str, list[dict]]:
    """Of each field: what is right, and by the name of its hint, what is wrong."""
    module = importlib.import_module(f"tests.explorables.answers.{page}")
    return module.ANSWERS


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, browser: Browser, folder: Path) -> Iterator[Page]:
    name = request.param
    sections = "".join(
        f'<section id="{anchor}"><h3>{anchor}</h3><div class="cell">…</div></section>'
        for anchor in words(name)
    )
    path = folder / f"exercises-{name}.html"
    path.write_text(PAGE.format(page=name, sections=sections), encoding="utf-8")
    opened = browser.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text))
    opened.goto(path.as_uri())
    opened.locator(".answer").first.wait_for()
    yield opened
    assert complaints == []
    opened.close()


def told(page: Page, anchor: str, i: int, answer: str) -> str:
    form = page.locator(f"#{anchor} .answer").nth(i)
    form.locator("input").fill(answer)
    form.locator("input").press("Enter")
    return form.locator('[role="status"]').inner_text()


def test_what_is_right_and_what_is_wrong_with_an_answer(page: Page) -> None:
    name = page.title()
    given = answers(name)
    assert given.keys() == words(name).keys()
    for anchor, fields in words(name).items():
        assert len(fields) == len(given[anchor]) == page.locator(f"#{anchor} .answer").count()
        for i, (field, tried) in enumerate(zip(fields, given[anchor], strict=True)):
            assert tried["wrong"].keys() == field["hints"].keys(), anchor
            for right in tried["right"]:
                assert told(page, anchor, i, right) == SAID["right"], (anchor, i, right)
            for hint, wrong in tried["wrong"].items():
                assert told(page, anchor, i, wrong) == field["hints"][hint], (anchor, i, hint)
            assert told(page, anchor, i, "") == SAID["empty"]
            assert told(page, anchor, i, "0,5") == SAID["comma"]
            assert told(page, anchor, i, "2pi") == SAID["times"]
            assert told(page, anchor, i, "(1 + ") == SAID["unread"]
            assert "no nonsense" in told(page, anchor, i, "nonsense")
            assert told(page, anchor, i, "123.456").startswith(SAID["not_the_number"])


@pytest.mark.parametrize("page", ["cross_entropy"], indirect=True)
def test_a_hint_calls_the_variables_as_the_page_does(page: Page) -> None:
    anchor = "how-far-label-smoothing-goes"
    assert "ε, C." in told(page, anchor, 0, "x")
    assert "ε = 0." in told(page, anchor, 0, "eps^2")


def test_a_field_has_a_name_and_a_state_that_is_seen(page: Page) -> None:
    for form in page.locator(".answer").all():
        field = form.locator("input")
        label = page.locator(f'label[for="{field.get_attribute("id")}"]')
        assert label.inner_text().strip()
        assert (field.bounding_box() or {})["height"] >= 44
        field.fill("nonsense")
        form.locator("button").click()
        assert form.get_attribute("data-right") == "false"
