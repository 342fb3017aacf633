"""The ledger as text and as a table."""

from __future__ import annotations

import numpy as np
import pytest
from bs4 import BeautifulSoup
from IPython.core.formatters import DisplayFormatter
from IPython.display import HTML

from lossnb.experiments import VERDICTS, Outcome, Rule
from lossnb.experiments.claims import CLAIMS, Entry
from lossnb.experiments.ledger import found, number, picture, runs, table, verdicts, wanted


def outcome(low: float, high: float, seeds: int = 10, **options: object) -> Outcome:
    rule = Rule("digits < 1", "lead, in points", lambda records: np.zeros(0), **options)  # type: ignore[arg-type]
    return Outcome(rule, seeds, (low + high) / 2, low, high)


UP, DOWN = outcome(1.0, 3.0), outcome(-3.0, -1.0)
ENTRIES = [
    Entry(CLAIMS[0], ("margins",), (UP,)),
    Entry(CLAIMS[1], ("exact", "margins"), (UP, DOWN)),
    Entry(CLAIMS[24], ("exact",), (DOWN,)),
]


@pytest.fixture(scope="module")
def page() -> BeautifulSoup:
    return BeautifulSoup(table(ENTRIES)._repr_html_(), "html.parser")


@pytest.mark.parametrize("shown", [table(ENTRIES), verdicts(ENTRIES), runs(["kinks"])])
def test_a_notebook_keeps_one_copy(shown: object) -> None:
    """Beside what it shows, a short line for those who cannot show it."""
    formats, _ = DisplayFormatter().format(shown)
    (rich,) = formats.keys() - {"text/plain"}
    assert len(formats["text/plain"]) < 60 < len(formats[rich])
    assert rich == ("text/html" if isinstance(shown, HTML) else "text/markdown")


def test_one_row_a_claim(page: BeautifulSoup) -> None:
    rows = page.select("tbody tr")
    assert [row["id"] for row in rows] == ["c1", "c2", "c25"]
    assert [VERDICTS[int(row["data-verdict"])] for row in rows] == [e.verdict for e in ENTRIES]
    first, second, last = (row.get_text(" ") for row in rows)
    assert CLAIMS[0].says in first
    assert CLAIMS[0].fragment in first
    assert "✓ digits < 1" in first
    assert "2 [1 to 3], 10 seeds; wanted: above 0" in first
    assert "It holds for: digits < 1." in second
    assert "It holds for" not in first + last


def test_a_row_leads_to_its_pages_and_runs(page: BeautifulSoup) -> None:
    links = [a["href"] for a in page.select("#c2 a")]
    assert links == [
        *(place.replace("#", ".ipynb#") for place in CLAIMS[1].explained), "#exact", "#margins",
    ]  # fmt: skip


def test_the_filter_counts_and_hides(page: BeautifulSoup) -> None:
    buttons = page.select("input[type=radio][name=verdict]")
    assert [b.parent.get_text(strip=True) for b in buttons] == [
        "all",
        *(f"{name} (1)" for name in VERDICTS),
    ]
    style = page.style.string
    for kind, button in enumerate(buttons[1:]):
        assert button["id"] == f"only-{kind}"
        assert f'#only-{kind}:checked) tr:not([data-verdict="{kind}"]' in style


def test_a_page_lists_verdict_and_settings() -> None:
    text = verdicts(ENTRIES[1:2])._repr_markdown_()
    assert text.startswith("**C2: true only with a condition.** In classification")
    assert "* ✓ digits < 1: lead, in points: 2 [1 to 3], 10 seeds (wanted: above 0)" in text
    assert "* ✗ digits < 1: lead, in points: −2 [−3 to −1], 10 seeds" in text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-1.25, "−1.25"), (-12345.0, "−12,345"), (1e-13, "1e−13")]
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_what_was_found_and_wanted() -> None:
    assert found(outcome(2, 2, 1, exact=True)) == "2, exact"
    assert wanted(outcome(0, 0, within=0.5)) == "within ±0.5"
    assert wanted(outcome(0, 0, within=0.0)) == "0"


def test_the_picture_is_to_scale_and_can_be_heard() -> None:
    svg = BeautifulSoup(picture(outcome(1.0, 3.0, above=-1.0)), "html.parser").svg
    bound, interval = (path["d"] for path in svg.select("path"))
    assert bound.startswith("M10.0 ")
    assert interval == "M60.0 8H110.0"
    assert svg.circle["cx"] == "85.0"
    assert svg["aria-label"] == "2 [1 to 3], 10 seeds; wanted: above −1"
    two = BeautifulSoup(picture(outcome(0.0, 0.0, within=0.5)), "html.parser").svg
    assert [path["d"] for path in two.select("path")][:2] == ["M10.0 1V15", "M110.0 1V15"]
