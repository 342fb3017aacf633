"""A translation that says another thing is found."""

from __future__ import annotations

import re

import pytest

from tools.notebooks import CHAPTERS
from tools.translation.check import problems
from tools.translation.terms import TERMS

ENGLISH = (
    "The **hinge loss** costs $1-u$ in `hinge(h, y)`, see [(9.2)](#eq-9-2) and "
    "[Wei, 2017](bibliography.md#wei-2017): 12 of 1,000 cases."
)
CHINESE = (
    "**合页损失**的代价是$1-u$，代码是`hinge(h, y)`，见[(9.2)](#eq-9-2)和"
    "[Wei, 2017](bibliography.md#wei-2017)：1,000例中有12例。"
)


def test_a_good_translation_has_no_problem() -> None:
    assert list(problems(ENGLISH, CHINESE)) == []
    assert list(problems("`hinge`", "`hinge`")) == []


@pytest.mark.parametrize(
    ("now", "then", "found"),
    [
        (CHINESE, "", "is not translated"),
        ("$1-u$", "$1+u$", "formula"),
        ("`hinge(h, y)`", "`hinge(y, h)`", "code"),
        ("#eq-9-2", "#eq-9-3", "link"),
        ("(9.2)", "(9.3)", "number"),
        ("2017](bib", "2018](bib", "number"),
        ("12例", "13例", "number"),
        ("12例", "十二例", "number"),
        ("1,000例", "1000例", "number"),
        ("[Wei, 2017](bibliography.md#wei-2017)", "Wei, 2017", "link"),
        ("的代价是$1-u$", "的代价 是$1-u$", "space"),
        ("代码是`", "代码是 `", "space"),
        ("，代码", ",代码", "half-width"),
        ("例。", "例.", "half-width"),
        ("**合页损失**的", "**合页损失。**的", "shows its signs"),
        ("合页损失", "铰链损失", "term"),
        ("代价", "<b>代价", "tag"),
    ],
)
def test_a_bad_translation_is_found(now: str, then: str, found: str) -> None:
    assert now in CHINESE
    told = list(problems(ENGLISH, CHINESE.replace(now, then)))
    assert any(problem.startswith(found) for problem in told), told


@pytest.mark.parametrize(
    ("english", "chinese", "found"),
    [
        ("{n} {n|point|points} of {all}", "{all}个点中的{n}个", None),
        ("{n} {n|point|points} of {all}", "{n}个点", "place"),
        ("[hinge:max{0, 1 − u}] is paid", "付出[hinge:max{0, 1 − u}]（合页）", None),
        ("[hinge:max{0, 1 − u}] is paid", "付出[ramp:max{0, 1 − u}]（合页）", "coloured term"),
        ("{{ verdicts }} of all", "全部{{ verdicts }}", None),
        ("{{ verdicts }} of all", "全部{{ verdict }}", "substitution"),
        ("where $a<b$, and $c>d$", "其中$a<b$，而$c>d$", None),
    ],
)
def test_what_a_figure_fills_in(english: str, chinese: str, found: str | None) -> None:
    told = list(problems(english, chinese))
    assert told == [] if found is None else any(p.startswith(found) for p in told), told


def test_the_terms_are_those_of_the_glossary() -> None:
    """Each name that a pattern asks for is the one that the glossary gives."""
    rows = re.findall(
        r'term-[\w-]+"></a>([^|]+)\| ([^|]+) \|', (CHAPTERS / "notation.md").read_text()
    )
    asked = 0
    for english, chinese in rows:
        for term, wanted in TERMS.items():
            if re.fullmatch(term, english.strip(), re.IGNORECASE):
                assert re.search(wanted, chinese), (english, chinese, wanted)
                asked += 1
    assert asked >= 20
