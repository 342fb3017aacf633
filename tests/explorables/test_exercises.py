"""Exercises answered in the page: right answers in several forms, typical mistakes, nonsense."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from .browser import CHINESE, ENGLISH, LANGUAGES, SOURCES, edition, words
from .test_both_languages import flaws

WORDS = SOURCES / "words" / "en" / "exercises"
PAGES = sorted(path.stem for path in WORDS.glob("*.json") if path.stem != "frame")
PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{page}</title>
<link rel="icon" href="data:,"></head><body><section id="exercises">{sections}</section>
<script defer src="explorables/load.js" data-exercises="{page}"></script></body></html>"""


def answers(page: str) -> dict[str, list[dict]]:
    """Of each field: what is right, and by the name of its hint, what is wrong."""
    module = importlib.import_module(f"tests.explorables.answers.{page}")
    return module.ANSWERS


def asked(page: str, language: str) -> dict[str, Any]:
    return words(f"exercises/{page}", language)


@pytest.fixture(params=[(page, language) for language in LANGUAGES for page in PAGES], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser, folder: Path) -> Iterator[Page]:
    name, language = request.param
    sections = "".join(
        f'<section id="{anchor}"><h3>{anchor}</h3><div class="cell">…</div></section>'
        for anchor in asked(name, language)
    )
    path = edition(folder, language) / f"exercises-{name}.html"
    html = PAGE.format(page=name, language=language, sections=sections)
    path.write_text(html, encoding="utf-8")
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


def language_of(page: Page) -> str:
    return str(page.locator("html").get_attribute("lang"))


def test_what_is_right_and_what_is_wrong_with_an_answer(page: Page) -> None:
    name, language = page.title(), language_of(page)
    given, said = answers(name), asked("frame", language)
    assert given.keys() == asked(name, language).keys()
    for anchor, fields in asked(name, language).items():
        assert len(fields) == len(given[anchor]) == page.locator(f"#{anchor} .answer").count()
        for i, (field, tried) in enumerate(zip(fields, given[anchor], strict=True)):
            assert tried["wrong"].keys() == field["hints"].keys(), anchor
            for right in tried["right"]:
                assert told(page, anchor, i, right) == said["right"], (anchor, i, right)
            for hint, wrong in tried["wrong"].items():
                assert told(page, anchor, i, wrong) == field["hints"][hint], (anchor, i, hint)
            assert told(page, anchor, i, "") == said["empty"]
            assert told(page, anchor, i, "0,5") == said["comma"]
            assert told(page, anchor, i, "2pi") == said["times"]
            assert told(page, anchor, i, "(1 + ") == said["unread"]
            no_name = said["name"].split("{name}")[0]
            assert told(page, anchor, i, "nonsense").startswith(f"{no_name}nonsense")
            assert told(page, anchor, i, "123.456").startswith(said["not_the_number"][:-1])


@pytest.mark.parametrize(
    ("page", "listed", "taken"),
    [
        (("cross_entropy", ENGLISH), "ε, C.", "At ε = 0."),
        (("cross_entropy", CHINESE), "ε、C。", "代入ε = 0."),
    ],
    indirect=["page"],
    ids=LANGUAGES,
)
def test_a_hint_calls_the_variables_as_the_page_does(page: Page, listed: str, taken: str) -> None:
    anchor = "how-far-label-smoothing-goes"
    assert listed in told(page, anchor, 0, "x")
    assert taken in told(page, anchor, 0, "eps^2")


@pytest.mark.parametrize("page", [(name, CHINESE) for name in PAGES], indirect=True, ids=str)
def test_a_chinese_exercise_says_nothing_in_english(page: Page) -> None:
    """But for what is typed: the functions, and the names of letters that a keyboard lacks."""
    typed = {"exp", "log", "sqrt", "abs", "sign", "max", "min", "sin", "cos", "arcsin", "floor"}
    typed |= {"ceil", "log1p", "alpha", "delta", "sigma", "theta", "yhat", "nonsense"}
    for anchor, fields in asked(page.title(), CHINESE).items():
        for i, field in enumerate(fields):
            tried = ["nonsense", "123.456", "u u", "f(1)"]
            said = [field["ask"], *field["hints"].values()]
            said += [told(page, anchor, i, answer) for answer in tried]
            for text in said:
                assert set(flaws(text)) <= typed, text


@pytest.mark.parametrize("page", [("hinge", CHINESE)], indirect=True, ids=str)
@pytest.mark.parametrize(
    ("anchor", "typed"),
    [
        ("the-gradient-by-hand", "－（ｕ＜１）"),
        ("the-gradient-by-hand", "－（（ｕ＋１）＊２＜４）"),
        ("the-worst-rival-and-all-rivals", "Ｃ－１"),
        ("the-worst-rival-and-all-rivals", "（１＋Ｃ）＊２／２－２"),
    ],
)
def test_what_a_chinese_keyboard_writes_is_read(page: Page, anchor: str, typed: str) -> None:
    assert told(page, anchor, 0, typed) == "答对了。"
    assert told(page, anchor, 0, f"{typed}＋１") != "答对了。"


def test_a_field_has_a_name_and_a_state_that_is_seen(page: Page) -> None:
    for form in page.locator(".answer").all():
        field = form.locator("input")
        label = page.locator(f'label[for="{field.get_attribute("id")}"]')
        assert label.inner_text().strip()
        assert (field.bounding_box() or {})["height"] >= 44
        field.fill("nonsense")
        form.locator("button").click()
        assert form.get_attribute("data-right") == "false"
