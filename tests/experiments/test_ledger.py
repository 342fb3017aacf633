"""The ledger as a figure, as rows that open, and as lines on a section page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from IPython.core.formatters import DisplayFormatter
from IPython.display import HTML

from lossnb.experiments import Entry, Outcome
from lossnb.experiments.claims import CLAIMS
from lossnb.experiments.ledger import (
    change_of_mind,
    counts,
    figure,
    found,
    number,
    picture,
    runs,
    seeds_needed,
    strip,
    strip_of,
    table,
    verdicts,
    wanted,
)
from lossnb.experiments.verdicts import CONTRADICTED, HELD, IDLE, NO_DIFFERENCE, UNDECIDED

UP = Outcome(
    experiment="margins",
    setting="digits < 1",
    variables={},
    effect="lead, in points",
    wanted="above 0",
    bound=0.0,
    two_sided=False,
    negligible=0.5,
    exact=False,
    remark=False,
    state=HELD,
    mean=2.0,
    low=1.0,
    high=3.0,
    effects=[1.0, 2.0, 3.0, 2.0],
    overlap=0.0,
)
DOWN = replace(UP, setting="MNIST", state=CONTRADICTED, mean=-2.0, low=-3.0, high=-1.0)
WIDE = replace(UP, setting="animals", state=UNDECIDED, mean=1.0, low=-1.0, high=3.0)
EXACT = replace(UP, experiment="exact", exact=True, mean=2.0, low=2.0, high=2.0, effects=[2.0])
REMARK = replace(DOWN, remark=True, effect="another effect")
CONDITIONAL = replace(CLAIMS[1], condition="on digits", fits=lambda own: True)
ENTRIES = [
    Entry(CLAIMS[0], (EXACT, REMARK)),
    Entry(CONDITIONAL, (UP, DOWN, WIDE)),
    Entry(CLAIMS[-1], (DOWN,)),
]


def page(shown: HTML) -> BeautifulSoup:
    return BeautifulSoup(shown._repr_html_(), "html.parser")


@pytest.mark.parametrize(
    "shown", [table(ENTRIES), verdicts(ENTRIES), figure(ENTRIES), runs(["kinks"])]
)
def test_a_notebook_keeps_one_copy(shown: object) -> None:
    """Beside what it shows, a short line for those who cannot show it."""
    formats, _ = DisplayFormatter().format(shown)
    (rich,) = formats.keys() - {"text/plain"}
    assert len(formats["text/plain"]) < 60 < len(formats[rich])
    assert rich == ("text/html" if isinstance(shown, HTML) else "text/markdown")


def test_the_figure_has_a_line_for_each_claim() -> None:
    rows = page(figure(ENTRIES)).select("tbody tr")
    assert [row.a["href"] for row in rows] == ["#c1", "#c2", "#c25b"]
    first, second, last = (row.get_text(" ", strip=True) for row in rows)
    assert f"{CLAIMS[0].says} ✓\xa0supported, proved\xa0∎" in first
    assert f"{CLAIMS[1].says} ◐\xa0only under a condition on digits" in second
    assert "✗\xa0contradicted" in last
    assert "on digits" not in first + last
    assert [row.svg["aria-label"] for row in rows] == [
        "1 setting held", "1 setting held, 1 contradicted, 1 undecided", "1 setting contradicted",
    ]  # fmt: skip


def test_a_row_opens_to_all_that_is_known() -> None:
    rows = page(table(ENTRIES)).select("details")
    assert [row["id"] for row in rows] == ["c1", "c2", "c25b"]
    first, second, _ = (row.get_text(" ") for row in rows)
    for text in (CLAIMS[1].sentence, CLAIMS[1].literature, CLAIMS[1].bound, CLAIMS[1].fragment):
        assert text in second
    assert "held : digits < 1" in second
    assert "2 [1 to 3], 4 seeds; wanted: above 0" in second
    assert "Beside the claim, and not counted: another effect" in first
    assert (
        rows[1].summary.get_text(" ").split()
        == (f"C2 {CLAIMS[1].says} ◐ only under a condition on digits.").split()
    )
    assert rows[1].q["lang"] == "zh-CN"


def test_a_row_leads_to_its_pages_and_runs() -> None:
    links = [a["href"] for a in page(table(ENTRIES)).select("#c2 a")]
    assert links == [
        *(place.replace("#", ".ipynb#") for place in CLAIMS[1].explained), "#margins",
    ]  # fmt: skip


def test_rows_and_runs_are_found_by_browsers_and_by_jupyterlab() -> None:
    for shown in (table(ENTRIES)._repr_html_(), runs(["center_mnist"]).data):
        places = BeautifulSoup(shown, "html.parser").select("[id]")
        assert places
        assert all(place["data-jupyter-id"] == place["id"] for place in places)


def test_a_run_is_called_by_its_name_once() -> None:
    (line,) = (line for line in runs(["center_mnist"]).data.splitlines() if "torch" in line)
    assert line.startswith("4 runs in ")
    assert "min, seed 0; " in line


def test_a_page_and_the_front_page_lead_to_the_rows() -> None:
    for shown in (verdicts(ENTRIES)._repr_html_(), strip(ENTRIES)):
        links = BeautifulSoup(shown, "html.parser").select("a.page")
        assert [a["href"] for a in links] == [
            "claims.ipynb#c1", "claims.ipynb#c2", "claims.ipynb#c25b",
        ]  # fmt: skip
    text = page(verdicts(ENTRIES[1:2])).p.get_text(" ")
    assert "only under a condition (on digits); 1 setting held" in " ".join(text.split())
    assert CLAIMS[1].sentence in text


def marks(*outcomes: Outcome) -> list[tuple[str, float]]:
    svg = BeautifulSoup(strip_of(Entry(CLAIMS[0], outcomes)), "html.parser").svg
    dots = [("○" if c["fill"] == "none" else "●", float(c["cx"])) for c in svg.select("circle")]
    paths = svg.select("path")[2:]
    return dots + [("✗", float(p["d"][1:].split()[0])) for p in paths]


def test_the_strip_shows_how_far_an_effect_is_from_its_bound() -> None:
    """A half-length of the interval is 22 units; the bound is at 100."""
    assert marks(UP, WIDE, DOWN) == [("●", 144.0), ("○", 111.0), ("✗", 56.0)]
    assert marks(EXACT, REMARK) == [("●", 188.0)]
    within = replace(UP, two_sided=True, bound=2.5, mean=-2.0, low=-3.0, high=-1.0)
    assert marks(within) == [("●", 111.0)]
    far = replace(UP, mean=90.0, low=89.0, high=91.0)
    assert marks(far) == [("●", 188.0)]


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-1.25, "−1.25"), (-12345.0, "−12,345"), (1e-13, "1e−13")]
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_what_was_found_and_wanted() -> None:
    assert found(EXACT) == "2, exact"
    assert found(DOWN) == "−2 [−3 to −1], 4 seeds"
    assert wanted(replace(UP, wanted="above -0.5")) == "above −0.5"
    assert counts(Entry(CLAIMS[0], (UP, UP, replace(UP, state=NO_DIFFERENCE)))) == (
        "2 settings held, 1 no difference"
    )


@pytest.mark.parametrize(
    ("changes", "seeds"),
    [
        # Half of the interval is 2, the bound 1 away: four times as many seeds.
        ({}, 16),
        ({"mean": 0.5, "low": -1.5, "high": 2.5}, 64),
        ({"mean": -1.0, "low": -3.0, "high": 1.0}, None),
        ({"overlap": 0.5}, None),
        ({"overlap": 0.04}, 31),
    ],
)
def test_how_many_seeds_would_decide(changes: dict[str, Any], seeds: int | None) -> None:
    """The half-length is t·s·√(1/n + overlap), with t and s as they are."""
    if changes.get("mean") == -1.0:
        seeds = 16  # against the claim it is as far
    assert seeds_needed(replace(WIDE, **changes)) == seeds


def test_what_would_change_our_mind() -> None:
    text = change_of_mind(Entry(CLAIMS[1], (UP, WIDE, replace(WIDE, overlap=0.5))))
    assert text.startswith(CLAIMS[1].bound)
    assert "would take 16 seeds" in text
    assert "In 1 setting no number of seeds would do" in text


def test_the_picture_is_to_scale_and_can_be_heard() -> None:
    svg = BeautifulSoup(picture(UP, 0.0, 4.0), "html.parser").svg
    bound, seeds, interval = (path["d"] for path in svg.select("path"))
    assert bound.startswith("M10.0 ")
    assert seeds.count("M") == 4
    assert interval == "M65.0 10H175.0"
    assert svg.circle["cx"] == "120.0"
    assert svg["aria-label"] == "2 [1 to 3], 4 seeds; wanted: above 0"
    two = BeautifulSoup(picture(replace(UP, two_sided=True, bound=2.0), -2, 2), "html.parser").svg
    assert [path["d"] for path in two.select("path")][:2] == ["M10.0 0V16", "M230.0 0V16"]


def test_what_was_not_tested_does_not_stretch_the_axis() -> None:
    """It stands at the end, and an arrow says that it lies further out."""
    beyond = replace(UP, state=IDLE, mean=90.0, low=80.0, high=100.0, effects=[80.0, 100.0])
    tested, idle = page(table([Entry(CLAIMS[0], (UP, beyond))])).select("li svg")
    assert tested.circle["cx"] == f"{10 + 220 * 2 / 3:.1f}"
    assert idle.circle["cx"] == "230.0"
    assert [svg.select_one('path[d^="M234 "]') is not None for svg in (tested, idle)] == [
        False, True,
    ]  # fmt: skip
