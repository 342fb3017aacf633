"""9.2.3: reweighted means on two groups of values, in the reader's hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import median_abs_deviation, norm

from lossnb import mad, tukey_biweight, value_and_grad

from .browser import WIDE, Figure, numbers
from .conftest import Open

C = 4.6851
STEPS = 5  # until m rests


def spread(count: int) -> np.ndarray:
    places = (np.arange(count) + 0.5) / count
    return np.array([NormalDist().inv_cdf(p) for p in places])


def values(one: float | None = None, group: float = 12) -> np.ndarray:
    y = np.concatenate([spread(70), group + spread(30)])
    if one is not None:
        y[69] = one
    return y


def loss(m: float, y: np.ndarray, c: float = C, scale: float = 1) -> float:
    return float(tukey_biweight(np.full(len(y), float(m)), y, c=c, scale=scale))


def weights(m: float, y: np.ndarray, c: float = C, scale: float = 1) -> np.ndarray:
    """What a residual pulls with, per unit of it: from the package's gradient."""
    prediction = np.full(len(y), float(m))
    gradient = value_and_grad(tukey_biweight)(prediction, y, c=c, scale=scale, reduction="sum")[1]
    residual = m - y
    return np.divide(gradient * scale**2, residual, out=np.ones_like(y), where=abs(residual) > 1e-9)


def step(m: float, y: np.ndarray, c: float = C, scale: float = 1) -> float:
    return float(np.average(y, weights=weights(m, y, c, scale)))


def minima(y: np.ndarray, c: float = C, scale: float = 1) -> list[float]:
    """From each place of a fine grid that is lower than its neighbours, downhill by SciPy."""
    m = np.linspace(-13, 28, 16_401)
    u = np.minimum(((m[:, None] - y) / (c * scale)) ** 2, 1)
    height = c**2 / 6 * (u * (3 - 3 * u + u**2)).mean(axis=1)
    lowest = 1 + np.flatnonzero((height[1:-1] < height[:-2] - 1e-15) & (height[1:-1] < height[2:]))
    bounds = [(m[i - 1], m[i + 1]) for i in lowest]
    return [
        minimize_scalar(loss, bounds=pair, args=(y, c, scale), options={"xatol": 1e-9}).x
        for pair in bounds
    ]


def efficiency(c: float) -> float:
    """The page's formula, with ψ' in it, by SciPy's quadrature and normal distribution."""
    c = min(c, 1e3)
    end = min(c, 12)

    def pull(r: float) -> float:
        return r * (1 - (r / c) ** 2) ** 2

    def bend(r: float) -> float:
        return (1 - (r / c) ** 2) * (1 - 5 * (r / c) ** 2)

    firm = quad(lambda r: bend(r) * norm.pdf(r), -end, end)[0]
    scatter = quad(lambda r: pull(r) ** 2 * norm.pdf(r), -end, end)[0]
    return 100 * firm**2 / scatter


def state_of(m: float, y: np.ndarray, c: float = C, scale: float = 1) -> list[float]:
    """The numbers of the sentence while m still goes."""
    count = int((abs(y - m) < c * scale).sum())
    lowest = minima(y, c, scale)
    return [
        *(m, count, 100 - count, 0, step(m, y, c, scale)),
        *(lowest if len(lowest) <= 4 else [len(lowest)]),
    ]


def worth(c: float = C, scale: float = 1) -> list[float]:
    return [c * scale, 100, efficiency(c * scale)]


def agrees(figure: Figure, expected: list[float]) -> None:
    """Written with two digits, the efficiency with one."""
    found = figure.numbers()
    assert found[:-1] == pytest.approx(expected[:-1], abs=6e-3)
    assert found[-1] == pytest.approx(expected[-1], abs=6e-2)
    shown = figure.box.locator("svg text", has_text="efficiency").text_content()
    assert numbers(shown or "") == found[-1:]


def test_it_starts_as_on_the_page(opened: Open) -> None:
    with opened("tukey_biweight") as figure:
        agrees(figure, [*state_of(8, values()), *worth()])
        assert figure.at(0)[0] == 8
        assert figure.at(1)[0] == pytest.approx(values()[69], abs=6e-3)
        assert figure.at(2)[0] == 12


def test_the_drawn_curves_are_the_losses(opened: Open) -> None:
    with opened("tukey_biweight", "#tukey_biweight?c=6.0851&m=9&start=9") as figure:
        to_m, to_height = axes(figure)
        for mark, scale in (("path.curve", 1), ("path.edge", 7)):
            for x, y in line(figure, mark)[::40]:
                height = loss(to_m(x), values(), c=6.0851, scale=scale)
                assert to_height(y) == pytest.approx(height, abs=0.01)
        bottom, start, here = (place(figure, kind) for kind in (".next", ".start", ".here"))
        assert to_m(bottom[0]) == pytest.approx(step(9, values(), 6.0851), abs=1e-6)
        assert to_m(start[0]) == pytest.approx(9, abs=1e-9)
        assert to_height(here[1]) == pytest.approx(loss(9, values(), 6.0851), abs=1e-9)
        # The parabola to whose bottom a step leads lies above the loss.
        assert to_height(bottom[1]) > loss(to_m(bottom[0]), values(), 6.0851)
        w = weights(9, values(), 6.0851)
        gain = (w * ((values() - 9) ** 2 - (values() - to_m(bottom[0])) ** 2)).mean() / 2
        assert to_height(here[1]) - to_height(bottom[1]) == pytest.approx(gain, abs=1e-6)


def test_the_stems_are_the_weights(opened: Open) -> None:
    with opened("tukey_biweight", "#tukey_biweight?m=9.5&start=9.5") as figure:
        w = weights(9.5, values())
        to_y, to_weight = axes(figure, 1)
        for x, y in line(figure, "path.curve", 1)[::20]:
            assert to_weight(y) == pytest.approx(weights(9.5, np.array([to_y(x)]))[0], abs=0.01)
        stems = figure.box.locator("svg path.stem")
        assert stems.count() == 100
        ends = np.array([line(figure, "path.stem", i) for i in range(100)])
        assert to_y(ends[:, 0, 0]) == pytest.approx(values(), abs=4e-3)
        assert to_weight(ends[:, 0, 1]) == pytest.approx(0, abs=1e-3)
        assert to_weight(ends[:, 1, 1]) == pytest.approx(w, abs=1e-3)
        assert (ends[w == 0, 0, 1] == ends[w == 0, 1, 1]).all()
        dim = np.array([float(stem.get_attribute("opacity") or 0) for stem in stems.all()])
        assert dim == pytest.approx(0.25 + 0.75 * w)
        out = figure.box.locator("svg path.rug.out").count()
        assert out == (w == 0).sum() == 70 + (values()[70:] > 9.5 + C).sum()


def axes(figure: Figure, plane: int = 0) -> list[Callable[[Any], Any]]:
    """From pixels of a plane to what they stand for, by the ticks (which are half a pixel off)."""
    found: list[Callable[[Any], Any]] = []
    for i in (0, 1):
        ticks = figure.box.locator("svg g.axis").nth(2 * plane + i).locator(".tick").all()
        pixels = [place_of(tick.get_attribute("transform"))[i] for tick in ticks]
        marked = [numbers(tick.text_content() or "")[0] for tick in ticks]
        found.append(np.poly1d(np.polyfit(np.array(pixels) - 0.5, marked, 1)))
    return found


def line(figure: Figure, mark: str, i: int = 0) -> np.ndarray:
    """The points of a drawn line, in pixels."""
    drawn = figure.box.locator(f"svg {mark}").nth(i).get_attribute("d") or ""
    return np.array(numbers(re.sub("[ML,]", " ", drawn))).reshape(-1, 2)


def held(figure: Figure, key: str) -> float:
    """A number of the state with all its digits, from the address."""
    return float(re.search(rf"{key}=([-\d.]+)", figure.address())[1])  # type: ignore[index]


def place_of(transform: str | None) -> list[float]:
    return [float(part) for part in re.findall(r"-?[\d.]+(?:e-?\d+)?", transform or "")]


def place(figure: Figure, kind: str) -> list[float]:
    return place_of(figure.box.locator(f"svg path.dot{kind}").first.get_attribute("transform"))


def test_from_8_it_finds_the_smaller_group(opened: Open) -> None:
    with opened("tukey_biweight") as figure:
        figure.control("answer-0").click()
        y, m = values(), 8.0
        for k in range(STEPS):
            assert figure.revealed() == "Now try it."
            if k % 2:
                figure.control("step").click()
            else:
                figure.control("step").focus()
                figure.page.keyboard.press("Enter")
            m = step(m, y)
            count = int((abs(y - m) < C).sum())
            after = [] if k == STEPS - 1 else [step(m, y)]
            agrees(figure, [m, count, 100 - count, 0, *after, *minima(y), *worth()])
        assert m == pytest.approx(12, abs=2e-3)
        assert "rests at 12.00" in figure.told()
        assert figure.revealed().startswith("Not this time. From 8 ")
        assert (abs(values()[:70] - 8) > C).all()  # as the answer says
        figure.control("reset").click()
        figure.control("answer-1").click()
        for _ in range(STEPS):
            figure.control("step").click()
        assert figure.revealed().startswith("You were right.")


def test_warmed_up_as_the_answer_says_it_finds_the_larger(opened: Open) -> None:
    with opened("tukey_biweight") as figure:
        y, m = values(), 8.0
        figure.choose("scale", "seven")
        for _ in range(3):
            figure.control("step").click()
            m = step(m, y, scale=7)
        assert len(minima(y, scale=7)) == 1
        expected = [*state_of(m, y, scale=7), *worth(scale=7)]
        assert "only minimum" in figure.told()
        agrees(figure, expected)
        figure.choose("scale", "one")
        for _ in range(8):
            figure.control("step").click()
            m = step(m, y)
        assert m == pytest.approx(0, abs=1e-3)
        assert "m rests at 0.00" in figure.told()
        assert figure.revealed() == ""


@pytest.mark.parametrize(("start", "end"), [(5.0, 0.0), (6.5, 12.0), (14.0, 12.0)])
def test_the_start_decides(opened: Open, start: float, end: float) -> None:
    with opened("tukey_biweight") as figure:
        keys = ["ArrowLeft" if start < 8 else "ArrowRight"] * round(abs(start - 8) * 10)
        figure.press(0, *keys)
        assert figure.at(0)[0] == start
        m = start
        for _ in range(12):
            figure.control("step").click()
            m = step(m, values())
        assert m == pytest.approx(end, abs=1e-3)
        assert f"m rests at {end:.2f}" in figure.told()


def test_from_too_far_off_there_is_no_step(opened: Open) -> None:
    with opened("tukey_biweight") as figure:
        figure.drag(0, (-400, 0))
        assert figure.at(0)[0] == -10
        before = figure.told()
        assert before.startswith("No value is within 4.69 of m = −10.00")
        assert not weights(-10, values()).any()
        figure.control("step").click()
        assert figure.told() == before


def test_a_far_value_weighs_exactly_0_and_makes_a_minimum_of_its_own(opened: Open) -> None:
    with opened("tukey_biweight", "#tukey_biweight?m=0&start=5") as figure:
        figure.drag(1, (25, 0))
        one = held(figure, "one")
        assert 3 < one < C
        y = values(one)
        at = minima(y)[0]  # m was at rest, and goes with its valley
        w = weights(at, y)[69]
        assert 0 < w < 1
        count = int((abs(y - at) < C).sum())
        agrees(figure, [one - at, w, at, count, 100 - count, 0, *minima(y), *worth()])
        figure.drag(1, (300, 0))
        one = held(figure, "one")
        assert one > 18.8
        y = values(one)
        places = minima(y)
        assert len(places) == 3
        assert abs(places[2] - one) < 0.01
        agrees(figure, [one - places[0], 0, places[0], 69, 31, 0, *places, *worth()])
        assert "weighs exactly 0" in figure.told()
        one = held(figure, "one")
    # Seen from there all others are far away.
    state = f"#tukey_biweight?one={one}&m={one}&start={one}"
    with opened("tukey_biweight", state) as figure:
        assert "m rests at" in figure.told()
        assert "1 value counts and 99 weigh exactly 0" in figure.told()


def test_the_second_minimum_vanishes_as_the_group_comes_near(opened: Open) -> None:
    with opened("tukey_biweight", "#tukey_biweight?m=0&start=5") as figure:
        for by in (-35, -45, -45, -45):
            figure.drag(2, (by, 0))
            group = held(figure, "group")
            y = values(group=group)
            places = minima(y)
            at = places[0]
            w = weights(at, y)[70:].sum()
            count = int((abs(y - at) < C).sum())
            agrees(figure, [30, group, w, at, count, 100 - count, 0, *places, *worth()])
            assert ("only minimum" in figure.told()) == (group < 5.3)
        assert group < 5
        valleys = figure.box.locator("svg path.valley")
        assert valleys.count() == 1
        figure.press(2, *["ArrowRight"] * 90)
        assert "weigh exactly 0 together" in figure.told()
        assert valleys.count() == 2
        assert figure.box.locator("svg path.valley.silent").count() == 1
        labels = figure.box.locator("svg text.minimum").all_text_contents()
        assert [numbers(text)[0] for text in labels] == pytest.approx(
            minima(values(group=held(figure, "group"))), abs=6e-3
        )


def test_an_m_at_rest_is_carried_along_with_its_group(opened: Open) -> None:
    with opened("tukey_biweight", "#tukey_biweight?m=12&start=12") as figure:
        figure.drag(2, (60, 0))
        group = figure.at(2)[0]
        assert group > 14
        assert figure.at(0)[0] == pytest.approx(minima(values(group=group))[1], abs=6e-3)


def test_the_efficiency_is_95_where_the_book_says(opened: Open) -> None:
    assert brentq(lambda c: efficiency(c) - 95, 4, 5) == pytest.approx(C, abs=1e-4)
    with opened("tukey_biweight") as figure:
        for c in (C - 0.1, C, C + 0.1, 2.0851, 8.0851):
            figure.slide("c", c)
            agrees(figure, [*state_of(8, values(), c), *worth(c)])
        c = figure.slide_by_pointer("c", 0.3)
        assert 3 < c < 5
        agrees(figure, [*state_of(8, values(), c), *worth(c)])


@pytest.mark.parametrize("c", [2.0851, C])
def test_without_a_scale_nothing_or_all_is_thrown_out(opened: Open, c: float) -> None:
    with opened("tukey_biweight") as figure:
        figure.choose("scale", "tenth")
        figure.slide("c", c)
        lowest = len(minima(values(), c, 0.1))
        assert lowest == (6 if c == C else 23)
        told = [0.1 * c, 8, 0, lowest, c, *worth(c, 0.1)]
        agrees(figure, told)
        assert "there is no step" in figure.told()
        assert figure.box.locator("svg path.valley").count() == lowest
        # Values ten times as large, and no scale: the same weights.
        same = weights(10 * 9.9, 10 * values(), c)
        assert same == pytest.approx(weights(9.9, values(), c, 0.1))
        figure.choose("scale", "seven")
        [only] = minima(values(), C, 7)
        assert abs(only - values().mean()) < 0.4


def test_the_mad_is_that_of_the_values(opened: Open) -> None:
    with opened("tukey_biweight") as figure:
        figure.choose("scale", "mad")
        for group in (12, 9.0):
            y = values(group=group)
            sigma = float(mad(np.zeros(100), y))
            assert sigma == pytest.approx(1.4826 * median_abs_deviation(y))
            if group != 12:
                figure.press(2, *["ArrowLeft"] * 30)
            m = figure.at(0)[0]
            front = [] if group == 12 else [30, group, weights(m, y, C, sigma)[70:].sum()]
            told = [*front, *state_of(m, y, C, sigma), 1.4826, sigma, *worth(C, sigma)]
            agrees(figure, told)


@pytest.mark.parametrize("width", [320, WIDE])
def test_the_handles_stay_in_the_picture(opened: Open, width: int) -> None:
    state = "#tukey_biweight?m=25&start=-10&one=-10&group=25&scale=seven&c=8.0851"
    with opened("tukey_biweight", state, viewport={"width": width, "height": 800}) as figure:
        box = figure.box.locator("svg").bounding_box()
        assert box
        for text in figure.box.locator("svg text").all():
            place = text.bounding_box()
            if place and text.text_content():
                assert box["x"] - 1 <= place["x"]
                assert place["x"] + place["width"] <= box["x"] + box["width"] + 1
