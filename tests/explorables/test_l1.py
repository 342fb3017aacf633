"""9.2.1: the numbers whose median is the best prediction, in the reader's hand."""

from __future__ import annotations

import numpy as np
import pytest

from lossnb import l1, value_and_grad

from .browser import PHONE, Figure, numbers
from .conftest import Open

BOOK = [1.0, 2, 4, 7, 8, 5, 3]
A = 5.5


def f(a: float, y: np.ndarray) -> float:
    return float(l1(np.full(len(y), float(a)), y))


def best(y: np.ndarray) -> list[float]:
    """One number or the two ends of a segment: by trial of all that might be it."""
    losses = np.array([f(a, y) for a in y])
    lowest = np.unique(y[losses < losses.min() + 1e-12])
    assert lowest.min() <= np.median(y) <= lowest.max()
    return sorted({lowest.min(), lowest.max()})


def said(y: list[float], a: float = A) -> list[float]:
    """The numbers of the live sentence."""
    data, n = np.array(y, dtype=float), len(y)
    low = best(data)
    left, right = int((data < a).sum()), int((data > a).sum())
    slopes = [(f(a, data) - f(a - 1e-6, data)) / 1e-6, (f(a + 1e-6, data) - f(a, data)) / 1e-6]
    first = [*low, f(low[0], data), data.mean(), a, left, right]
    if left + right < n:
        return [*first, n - left - right, *slopes]
    _, pull = value_and_grad(l1)(np.full(n, float(a)), data)
    assert pull.sum() == pytest.approx(slopes[0], abs=1e-6)
    return [*first, left, right, n, slopes[0]]


def curve(figure: Figure) -> np.ndarray:
    """The drawn polygon, read back through the ticks of the axes."""
    ticks = figure.box.locator("svg .tick").evaluate_all(
        """ticks => ticks.map(tick => [tick.textContent,
          ...tick.getAttribute("transform").match(/[-\\d.]+/g).map(Number)])"""
    )
    across = np.array([(float(text), x) for text, x, y in ticks if y == 0])
    upwards = np.array([(float(text), y) for text, x, y in ticks if x == 0 and y > 0])
    across = across[across[:, 1] > 0]
    to_x = np.polyfit(across[:, 1], across[:, 0], 1)
    to_y = np.polyfit(upwards[:, 1], upwards[:, 0], 1)
    path = figure.box.locator("svg .curve").get_attribute("d") or ""
    places = np.array(numbers(path.replace("M", " ").replace("L", " "))).reshape(-1, 2)
    return np.column_stack([np.polyval(to_x, places[:, 0]), np.polyval(to_y, places[:, 1])])


@pytest.mark.parametrize("count", [5, 6, 7])
def test_the_median_is_best(opened: Open, count: int) -> None:
    with opened("l1") as figure:
        figure.choose("count", str(count))
        assert figure.numbers() == pytest.approx(said(BOOK[:count]), abs=6e-3)
        assert ("Every prediction from" in figure.told()) == (count == 6)
        drawn = curve(figure)
        expected = [f(a, np.array(BOOK[:count])) for a in drawn[:, 0]]
        assert drawn[:, 0] == pytest.approx([-0.5, *sorted(BOOK[:count]), 16.5], abs=0.02)
        assert drawn[:, 1] == pytest.approx(expected, abs=0.03)


def test_the_largest_goes_away_and_nothing_follows(opened: Open) -> None:
    with opened("l1") as figure:
        figure.control("answer-1").click()
        before = figure.numbers()
        figure.drag(4, (60, 0))
        assert figure.revealed() == "Now try it."
        figure.drag(4, (140, 0))
        (far,) = figure.at(4)
        assert 12 < far < 14
        assert figure.revealed().startswith("You were right.")
        y = [1, 2, 4, 7, far]
        assert figure.numbers() == pytest.approx(said(y), abs=6e-3)
        assert figure.numbers()[0] == before[0] == 4
        assert curve(figure)[:, 1] == pytest.approx(
            [f(a, np.array(y, dtype=float)) for a in curve(figure)[:, 0]], abs=0.03
        )


def test_a_number_that_crosses_the_best_one_moves_it(opened: Open) -> None:
    with opened("l1") as figure:
        figure.press(0, *["ArrowRight"] * 10, "]", *["ArrowRight"] * 25, "ArrowUp")
        assert (figure.at(0), figure.at(1)) == ([2.0], [4.5])
        assert figure.numbers() == pytest.approx(said([2, 4.5, 4, 7, 8]), abs=6e-3)
        assert figure.numbers()[0] == 4.5
        assert figure.revealed() == ""


@pytest.mark.parametrize("a", [0, 2, 4, 4.6, 13])
@pytest.mark.parametrize("count", [5, 6])
def test_the_slope_counts_heads(opened: Open, a: float, count: int) -> None:
    with opened("l1") as figure:
        figure.choose("count", str(count))
        figure.slide("a", a)
        assert figure.numbers() == pytest.approx(said(BOOK[:count], a), abs=6e-3)
        sides = [int((np.array(BOOK[:count]) < a).sum()), int((np.array(BOOK[:count]) > a).sum())]
        kinds = [figure.box.locator(f"svg .dot.{kind}").count() for kind in ("plus", "minus")]
        assert kinds == sides


def test_the_pointer_moves_a(opened: Open) -> None:
    with opened("l1") as figure:
        a = figure.slide_by_pointer("a", 0.25)
        assert 2 < a < 4
        assert figure.numbers() == pytest.approx(said(BOOK[:5], a), abs=6e-3)


def test_all_numbers_in_one_place(opened: Open) -> None:
    state = "#l1?count=6&a=3&" + "&".join(f"numbers.{i}=3" for i in range(6))
    with opened("l1", state) as figure:
        assert figure.numbers() == pytest.approx(said([3.0] * 6, 3), abs=6e-3)
        figure.drag(2, (100, 0))  # the topmost of the heap comes along
        moved = [figure.at(i)[0] for i in range(6)]
        assert sorted(moved)[4] == 3
        assert max(moved) > 4
        assert figure.numbers() == pytest.approx(said(moved, 3), abs=6e-3)


def test_of_two_near_numbers_the_nearer_is_taken(opened: Open) -> None:
    view = {"viewport": {"width": PHONE, "height": 700}}
    with opened("l1", **view) as figure:
        figure.drag(3, (30, 0))  # 7, whose reach overlaps that of 8
        assert figure.at(4) == [8.0]
        assert figure.at(3)[0] > 8


def test_a_nonsensical_address(opened: Open) -> None:
    with opened("l1", "#l1?count=x&numbers.2=1,2&a=3.3") as figure:
        assert figure.numbers() == pytest.approx(said(BOOK[:5], 3.3), abs=6e-3)
