"""9.2.2: gradient descent to the mean, in the reader's hand."""

from __future__ import annotations

import numpy as np
import pytest

from lossnb import l2, value_and_grad

from .browser import Figure, numbers
from .conftest import Open

BOOK = np.array([-2.0, -1, 0, 1, 8]) / 10  # the page's five residuals, a tenth as large
START, SHOWN, STEPS = -0.5, 12, 30


def descent(rate: float, y: np.ndarray) -> np.ndarray:
    path = [START]
    for _ in range(STEPS):
        _, slopes = value_and_grad(l2)(np.full(len(y), path[-1]), y)
        path.append(path[-1] - rate * slopes.sum())
    closed = y.mean() + (START - y.mean()) * (1 - 2 * rate) ** np.arange(STEPS + 1)
    assert np.allclose(path, closed, rtol=1e-9, atol=1e-12)
    return np.array(path)


def said(rate: float = 0.1, step: int = 0, y: np.ndarray = BOOK) -> list[float]:
    """The numbers of the live sentence."""
    a = descent(rate, y)[step]
    areas = (y - a) ** 2
    loss = l2(np.full(len(y), a), y)
    assert loss == pytest.approx(areas.mean())
    share = 100 * areas.max() / areas.sum()
    found = [1 - 2 * rate, step, a, abs(a - y.mean()), y.mean(), loss, share]
    moved = (y - BOOK).sum()
    return found if np.array_equal(y, BOOK) else [*found, moved, y.mean() - BOOK.mean()]


def agrees(figure: Figure, expected: list[float]) -> None:
    told = figure.numbers()
    assert len(told) == len(expected)
    digits = [2, 0, 2, 4 if expected[3] < 1 else 2, 3, 4 if expected[5] < 1 else 2, 0, 2, 3]
    for one, other, count in zip(told, expected, digits, strict=False):
        assert one == pytest.approx(other, abs=0.501 * 10.0**-count)


def places(figure: Figure, selector: str) -> np.ndarray:
    path = figure.box.locator(f"svg {selector}").first.get_attribute("d") or ""
    return np.array(numbers(path.replace("M", " ").replace("L", " ").replace("Z", " "))).reshape(
        -1, 2
    )


def to_unit(figure: Figure, axis: int) -> np.ndarray:
    """From pixels to the values of this horizontal axis, by its ticks."""
    ticks = (
        figure.box.locator("svg .axis:has(.domain)")
        .nth(axis)
        .locator(".tick")
        .evaluate_all(
            """ticks => ticks.map(tick => [tick.textContent.replace("−", "-"),
              tick.getAttribute("transform").match(/[-\\d.]+/)[0]])"""
        )
    )
    at = np.array(ticks, dtype=float) - [0, 0.5]  # the axis moves its ticks to whole pixels
    fit: np.ndarray = np.polyfit(at[:, 1], at[:, 0], 1)
    return fit


@pytest.mark.parametrize(
    ("rate", "word"),
    [
        (0, "stays where it is"),
        (0.1, "comes closer from its side"),
        (0.5, "one step, and a is there"),
        (0.9, "still comes closer"),
        (1, "for ever"),
        (1.1, "further away each time"),
    ],
)
def test_the_step_size_decides(opened: Open, rate: float, word: str) -> None:
    with opened("l2") as figure:
        figure.slide("rate", rate)
        assert word in figure.told()
        agrees(figure, said(rate))
        figure.slide("step", 5)
        agrees(figure, said(rate, 5))
        figure.slide("step", SHOWN)
        agrees(figure, said(rate, SHOWN))
        path = descent(rate, BOOK)
        drawn = places(figure, ".descent")
        assert len(drawn) == SHOWN + 1
        assert np.polyval(to_unit(figure, 0), drawn[:, 0]) == pytest.approx(path[:13], abs=2e-3)
        assert (np.diff(drawn[:, 1]) > 3).all()
        height = places(figure, ".curve")[:, 1]
        distance = np.log10(np.maximum(np.abs(path - BOOK.mean()), 1e-9))
        tall = places(figure, ".ghost")[:, 1]  # 0.62 · 0.8ᵏ
        a_power = (tall[-1] - tall[0]) / (STEPS * np.log10(0.8))
        if rate != 0.5:  # where only rounding is left
            assert height == pytest.approx(tall[0] + a_power * (distance - np.log10(0.62)), abs=0.3)
        else:
            assert (height[1:] > tall[-1]).all()


def test_the_books_path_is_the_still_figures(opened: Open) -> None:
    with opened("l2") as figure:
        assert np.abs(descent(0.1, BOOK) - BOOK.mean()) == pytest.approx(
            0.62 * 0.8 ** np.arange(31)
        )
        assert np.array_equal(places(figure, ".curve"), places(figure, ".ghost"))


def test_the_reader_finds_the_limit(opened: Open) -> None:
    with opened("l2") as figure:
        figure.control("answer-0").click()
        figure.control("rate").focus()
        for _ in range(89):
            figure.page.keyboard.press("ArrowRight")
        agrees(figure, said(0.99))
        assert figure.revealed() == "Now try it."
        figure.page.keyboard.press("ArrowRight")
        agrees(figure, said(1.0))
        assert figure.revealed().startswith("Not this time.")
        assert np.abs(descent(1, BOOK) - BOOK.mean()) == pytest.approx(0.62)
        assert (np.diff(np.abs(descent(1.01, BOOK) - BOOK.mean())) > 0).all()


def test_the_pointer_finds_it_too(opened: Open) -> None:
    with opened("l2") as figure:
        figure.control("answer-1").click()
        step = figure.slide_by_pointer("step", 0.5)
        rate = figure.slide_by_pointer("rate", 0.95)
        assert rate >= 1
        agrees(figure, said(rate, int(step)))
        assert figure.revealed().startswith("You were right.")


def test_the_mean_follows_a_number_by_a_fifth(opened: Open) -> None:
    with opened("l2") as figure:
        figure.drag(4, (50, 0))
        y = BOOK.copy()
        (y[4],) = figure.at(4)
        assert y[4] > 1.1
        agrees(figure, said(0.1, 0, y))
        assert figure.numbers()[-1] == pytest.approx((y[4] - 0.8) / 5, abs=6e-4)
        figure.press(0, "ArrowLeft", "ArrowUp", "]", "ArrowRight", "ArrowRight")
        y[:2] += [-0.05, 0.1]
        agrees(figure, said(0.1, 0, y))


def test_squares_are_square_and_as_wide_as_the_residual(opened: Open) -> None:
    with opened("l2") as figure:
        figure.slide("step", 2)
        figure.drag(2, (-20, 0))
        y = np.array([figure.at(i)[0] for i in range(5)])
        a = descent(0.1, y)[2]
        unit = to_unit(figure, 0)
        for i in range(5):
            path = figure.box.locator("svg .square").nth(i).get_attribute("d") or ""
            corners = np.array(numbers(path.translate(str.maketrans("MLZ", "   ")))).reshape(4, 2)
            width = abs(corners[0, 0] - corners[1, 0])
            assert corners[[0, 1], 1] - corners[[3, 2], 1] == pytest.approx(width, abs=0.25)
            assert np.array_equal(corners[[0, 1], 0], corners[[3, 2], 0])
            assert np.polyval(unit, corners[:2, 0]) == pytest.approx([a, y[i]], abs=2e-3)
        assert np.polyval(unit, places(figure, ".edge")[:, 0]) == pytest.approx(y.mean(), abs=2e-3)


def test_a_start_on_the_mean(opened: Open) -> None:
    state = "#l2?rate=1.1&step=99&" + "&".join(f"numbers.{i}=-0.5" for i in range(5))
    with opened("l2", state) as figure:
        factor, step, a, distance, mean, loss, share, *_ = figure.numbers()
        assert (factor, step, a, distance, mean, loss, share) == (-1.2, 12, -0.5, 0, -0.5, 0, 0)
