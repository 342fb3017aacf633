"""A figure or an exercise tells the same in both languages, and each in that language only."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from .browser import CHINESE, ENGLISH, LANGUAGES, Figure, names, numbers, played
from .conftest import Open

# What Chinese texts write in Latin letters: names, functions, formats of numbers.
NAMES = {
    "Crammer", "Singer", "Weston", "Watkins", "Huber", "Tukey", "biweight", "Softmax", "float",
    "ArcFace", "CosFace", "PyTorch",
}  # fmt: skip
HAN = "\u3400-\u9fff"
# Two sentences, or two parts of one, with a space between them.
JOINED = re.compile(rf"[{HAN}。，；：？！、（）“”] +[{HAN}“（]|[。，；：？！、] +\S")
STRAY = re.compile(r"\{\w+[|}]|undefined|NaN|null|\[object")


def with_step(figure: Figure) -> None:
    for _ in range(12):
        figure.control("step").click()


def trained_twice(figure: Figure) -> None:
    for weight in ("0", "0.1"):
        figure.choose("weight", weight)
        figure.control("play").click()
        told = re.compile(rf"30 epochs with λ = {weight}\b|λ = {weight}，训练30轮")
        figure.box.locator(".explorable-told", has_text=told).wait_for(timeout=60_000)


# What the question asks the reader to try; by the keys, which lead to the same place each time.
TRIALS: dict[str, Callable[[Figure], Any]] = {
    "center": trained_twice,
    "cross_entropy": lambda figure: figure.slide("c", 100),
    "figure_9_1": lambda figure: figure.press(1, *["ArrowLeft"] * 25),
    "hinge": lambda figure: figure.press(6, *["ArrowUp"] * 20),
    "hinge_forms": lambda figure: figure.slide("c", -1),
    "l1": lambda figure: figure.press(4, *["ArrowRight"] * 50),
    "l2": lambda figure: figure.slide("rate", 1),
    "large_margin_softmax": lambda figure: figure.choose("m", "4"),
    "map_9_1": lambda figure: figure.press(16, "Enter", *["ArrowRight"] * 12, *["ArrowDown"] * 20),
    "map_9_2": lambda figure: figure.press(11, *["ArrowUp"] * 60),
    "ramp": lambda figure: figure.press(0, *["ArrowRight"] * 16),
    "tukey_biweight": with_step,
}


def said(figure: Figure) -> list[str]:
    """All that it says: the question with its answers, the live sentence, what is drawn."""
    parts = ".explorable-question > p:first-child", "button", "legend", "label", "footer a"
    texts = [text for part in parts for text in figure.box.locator(part).all_inner_texts()]
    drawn = figure.box.locator("svg text").all_text_contents()
    named = figure.box.locator("[aria-label]").evaluate_all(
        "all => all.map(one => one.getAttribute('aria-label'))"
    )
    texts += [figure.box.locator(".explorable-equation").inner_text(), *drawn, *named]
    return [figure.told(), figure.revealed(), *filter(None, texts)]


def tell_of(figure: Figure) -> dict[str, list[str]]:
    """What it says in each state, and last once the reader has made the trial."""
    told = {state: said(figure) for state in played(figure)}
    figure.control("reset").click()
    figure.control("answer-0").click()
    TRIALS[figure.name](figure)
    assert len(figure.revealed()) > 40, "the trial is not made"
    return told | {"the trial": said(figure)}


@pytest.mark.parametrize("name", names())
def test_a_figure_tells_the_same_numbers(opened: Open, name: str) -> None:
    told = {}
    for language in LANGUAGES:
        with opened(name, language=language, reduced_motion="reduce") as figure:
            told[language] = tell_of(figure)
    english, chinese = told[ENGLISH], told[CHINESE]
    assert chinese.keys() == english.keys()
    for state, texts in chinese.items():
        # Chinese puts them in an order of its own, and says some of them as words.
        for there, here in zip(english[state][:2], texts[:2], strict=True):
            assert sorted(numbers(here)) == sorted(numbers(there)), (state, there, here)
        assert len(texts) == len(english[state]), state
        wrong = {text: found for text in texts if (found := flaws(text))}
        assert wrong == {}, state


def flaws(text: str) -> list[str]:
    """What does not belong in a Chinese text."""
    words = set(re.findall(r"[A-Za-z]{4,}", text)) - NAMES
    return [*sorted(words), *JOINED.findall(text), *STRAY.findall(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("点3的间隔是0.5，没有拉力。", []),
        ("Crammer–Singer罚0.5，float32算得inf。", []),
        ("点3的margin是0.5。", ["margin"]),
        ("先猜一猜。 直线会动吗？", ["。 直"]),
        ("间隔是{u}。", ["{u}"]),
        ("间隔是undefined。", ["undefined", "undefined"]),
        ("间隔是NaN。", ["NaN"]),
    ],
)
def test_a_flaw_is_found(text: str, found: list[str]) -> None:
    assert flaws(text) == found
