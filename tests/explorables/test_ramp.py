"""9.1.3: hinge and ramp fitted to the same points, one of them mislabelled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from matplotlib.path import Path as Outline
from sklearn.svm import SVC

from lossnb import hinge, ramp, value_and_grad

from .browser import PHONE, Figure, numbers, words
from .conftest import Open

PENALTY = 0.05
SIGNS = np.repeat([-1, 1, -1], [11, 11, 1])
BOOK, COLD = (0.3, -0.8), (-1.5, 0.25)
BINARY = {"form": "binary", "reduction": "none"}


class Line(NamedTuple):
    w: np.ndarray
    b: float
    pulls: bool  # the mislabelled point


def points(mislabelled: tuple[float, ...] = BOOK) -> np.ndarray:
    spread = np.random.default_rng(25).normal(size=(22, 2)) * [0.5, 1.2]
    return np.r_[(spread + 1.1 * SIGNS[:22, None] * [1, 0]).round(2), [mislabelled]]


def margins(x: np.ndarray, line: Line) -> np.ndarray:
    return SIGNS * (x @ line.w + line.b)


def machine(x: np.ndarray, heard: np.ndarray) -> Line:
    """The least mean hinge of those that are heard, and penalty."""
    if abs(SIGNS[heard].sum()) == heard.sum():  # one class: the same score for all is best
        return Line(np.zeros(2), float(SIGNS[heard][0]), pulls=False)
    svm = SVC(kernel="linear", C=1 / (len(x) * PENALTY), tol=1e-10).fit(x[heard], SIGNS[heard])
    pulls = 22 in np.flatnonzero(heard)[svm.support_]
    return Line(svm.coef_[0], float(svm.intercept_[0]), pulls)


def cost(x: np.ndarray, line: Line, s: float) -> float:
    mean = ramp(margins(x, line), np.ones(23), form="binary", s=s)
    return float(mean) + PENALTY / 2 * float(line.w @ line.w)


def lines(
    x: np.ndarray, s: float = -0.5, first: tuple[float, ...] | None = None
) -> tuple[Line, Line, Line]:
    """The hinge's, the one from which the ramp's starts, and the ramp's."""
    of_hinge = machine(x, np.full(23, True))
    line = start = of_hinge if first is None else Line(np.array(first), 0.0, pulls=False)
    before = None
    while True:
        heard = margins(x, line) > s
        if not heard.any() or (before is not None and (heard == before).all()):
            return of_hinge, start, line
        before, after = heard, machine(x, heard)
        assert cost(x, after, s) <= cost(x, line, s) + 1e-9
        line = after


def said(x: np.ndarray, s: float = -0.5, first: tuple[float, ...] | None = None) -> list[float]:
    of_hinge, start, of_ramp = lines(x, s, first)
    flat = [int((margins(x, line) <= s).sum()) for line in (start, of_ramp)]
    right = [int((margins(x, line)[:22] > 0).sum()) for line in (of_hinge, of_ramp)]
    counts = [flat[1], 23] if first is None else [flat[0], 23, flat[1]]
    u = [margins(x, line)[22] for line in (of_hinge, of_ramp)]
    without = [] if of_ramp.w.any() else [of_ramp.b, -1]
    return [*counts, *u, 22, *right, *without]


def check(
    figure: Figure, x: np.ndarray, s: float = -0.5, first: tuple[float, ...] | None = None
) -> None:
    """What it says and what it draws."""
    assert figure.numbers() == pytest.approx(said(x, s, first), abs=6e-3)
    of_hinge, _, of_ramp = lines(x, s, first)
    strings = words("ramp")
    says = [strings["pulls" if line.pulls else "silent"] for line in (of_hinge, of_ramp)]
    assert f"{says[0]} at the hinge’s line" in figure.told()
    assert f"{says[1]} at the ramp’s" in figure.told()
    planes = figure.box.locator("svg > g").all()
    for name, line in (("hinge", of_hinge), ("ramp", of_ramp)):
        mark = planes[0].locator(f"path.fit.{name}")
        if line.w.any():
            ends = in_units(mark.get_attribute("d") or "", planes[0], (-4, 4), (-4, 4))
            # An end is rounded to a tenth of a pixel.
            assert ends @ line.w + line.b == pytest.approx(0, abs=3e-3 * np.hypot(*line.w))
    side = (planes[0].locator("path.side").get_attribute("d") or "").strip("Z")
    tinted = Outline(in_units(side, planes[0], (-4, 4), (-4, 4))).contains_points(x)
    assert np.array_equal(tinted, x @ of_ramp.w + of_ramp.b > 0)
    hollow = (margins(x, of_ramp) <= s).sum()
    assert [plane.locator(".dot.silent").count() for plane in planes[:2]] == [hollow, hollow]


def in_units(d: str, plane: object, x: tuple[float, float], y: tuple[float, float]) -> np.ndarray:
    """Points of a path, read back from pixels by the plane's clipping rectangle."""
    rect = plane.locator("clipPath rect")  # type: ignore[attr-defined]
    left, top, width, height = (
        float(rect.get_attribute(name)) for name in ("x", "y", "width", "height")
    )
    at = np.reshape(numbers(d.replace("L", " ").replace("M", " ").replace(",", " ")), (-1, 2))
    across = x[0] + (at[:, 0] - left) / width * (x[1] - x[0])
    up = y[1] - (at[:, 1] - top) / height * (y[1] - y[0])
    return np.c_[across, up]


def to_three_digits(figure: Figure, point: str) -> tuple[float, ...]:
    """From the address, as the handle's own value has only two."""
    return tuple(numbers(figure.address().split(f"{point}.0=")[1].split("&")[0]))


def test_first_both_lines_are_one_and_the_curves_are_figure_9_1(opened: Open) -> None:
    with opened("ramp") as figure:
        check(figure, points())
        assert figure.numbers()[:2] == [0, 23]
        loss, slope = figure.box.locator("svg > g").all()[1:]
        for name, function in (("hinge", hinge), ("ramp", ramp)):
            settings = BINARY | ({"s": -0.5} if name == "ramp" else {})
            for plane, y in ((loss, (-0.5, 3.5)), (slope, (-1.4, 0.4))):
                d = plane.locator(f"path.fit.{name}").get_attribute("d") or ""
                drawn = in_units(d, plane, (-2, 2), y)
                u = np.linspace(-2, 2, len(drawn))
                value, gradient = value_and_grad(function)(u, np.ones_like(u), **settings)
                expected = value if plane is loss else gradient
                assert drawn == pytest.approx(np.c_[u, expected], abs=4e-3)
        for classes, mark in zip((2, 3, 10), loss.locator("path.mark").all(), strict=True):
            ((u, value),) = in_units(
                (mark.get_attribute("d") or "").split("h")[0], loss, (-2, 2), (-0.5, 3.5)
            )
            logits = np.r_[-100.0, np.zeros(classes - 1)][None]
            most = float(ramp(logits, np.zeros(1, dtype=int)))  # 1 - s of so many classes
            assert value == pytest.approx(most, abs=4e-3)
            assert u < 1 - most + 0.3


@pytest.mark.parametrize("by", [(75, 40), (60, -30)])
def test_the_far_point_loses_its_vote_under_the_ramp_only(
    opened: Open, by: tuple[float, float]
) -> None:
    with opened("ramp") as figure:
        alone = lines(points((-3.0, 0.0)))[2]  # where it is right and silent
        figure.control("answer-0").click()
        figure.drag(0, by)
        pixels = 8 / float(figure.box.locator("clipPath rect").first.get_attribute("width") or 0)
        # The answer appears above the picture, but not before the point is let go.
        to = np.add(BOOK, np.multiply(by, (pixels, -pixels)))
        at = to_three_digits(figure, "point")
        assert at == pytest.approx(to, abs=0.05)
        x = points(at)
        check(figure, x)
        of_hinge, _, of_ramp = lines(x)
        assert of_hinge.pulls
        assert not of_ramp.pulls
        assert of_ramp.w == pytest.approx(alone.w, abs=1e-6)
        assert figure.numbers()[0] == 1
        assert figure.numbers()[-2] < figure.numbers()[-1] == 22
        assert figure.revealed().startswith("Not this time.")
        rings = figure.box.locator("svg > g").nth(2).locator(".ring").all()
        drawn = [(ring.get_attribute("transform") or "")[9:] for ring in rings]
        plane = figure.box.locator("svg > g").nth(2)
        slopes = [in_units(at, plane, (-2, 2), (-1.4, 0.4))[0, 1] for at in drawn]
        assert slopes == pytest.approx([-1, 0], abs=4e-3)


def test_while_it_is_above_the_cut_both_lines_follow(opened: Open) -> None:
    with opened("ramp") as figure:
        figure.control("answer-1").click()
        figure.press(0, "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight")
        x = points((0.5, -1.0))
        check(figure, points((0.5, -1.0)))
        assert lines(x)[2].pulls == (margins(x, lines(x)[2])[22] > -0.5)
        figure.press(0, *["ArrowRight"] * 12)
        check(figure, points((1.7, -1.0)))
        assert figure.revealed().startswith("You were right.")


def test_s_is_moved_on_its_bar_and_on_the_curve(opened: Open) -> None:
    far = "#ramp?point.0=2.3,-1.9"
    with opened("ramp", far) as figure:
        x = points((2.3, -1.9))
        check(figure, x)
        figure.slide("s", -2)
        check(figure, x, -2)
        figure.slide("s", 0.9)
        check(figure, x, 0.9)
        s = figure.slide_by_pointer("s", 0.3)
        assert -1.5 < s < -0.8
        check(figure, x, s)
        knob = figure.box.locator('[data-handle="handle-s"]')
        knob.focus()
        for _ in range(4):
            figure.page.keyboard.press("ArrowRight")
        s += 0.4
        assert float(figure.control("s").input_value()) == pytest.approx(s)
        check(figure, x, s)
        place = knob.bounding_box()
        assert place
        middle = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        figure.page.mouse.move(*middle)
        figure.page.mouse.down()
        figure.page.mouse.move(middle[0] + 30, middle[1] + 9, steps=5)
        figure.page.mouse.up()
        moved = numbers(knob.get_attribute("aria-valuetext") or "")
        assert moved[0] > s + 0.2
        assert moved[1] == pytest.approx(1 - moved[0])
        check(figure, x, moved[0])
        loss = figure.box.locator("svg > g").nth(1)
        d = loss.locator("path.fit.ramp").get_attribute("d") or ""
        drawn = in_units(d, loss, (-2, 2), (-0.5, 3.5))
        u = np.linspace(-2, 2, len(drawn))
        expected = ramp(u, np.ones_like(u), s=moved[0], **BINARY)
        assert drawn[:, 1] == pytest.approx(expected, abs=4e-3)


def test_a_cold_start_stalls_until_s_is_past_minus_one(opened: Open) -> None:
    with opened("ramp", "#ramp?point.0=2.3,-1.9") as figure:
        x = points((2.3, -1.9))
        figure.choose("start", "cold")
        check(figure, x, first=COLD)
        _, _, of_ramp = lines(x, first=COLD)
        assert not of_ramp.w.any()
        assert figure.numbers()[:3] == [22, 23, 11]
        assert figure.numbers()[-3:] == [11, -1, -1]
        figure.slide("s", -1.05)
        check(figure, x, -1.05, COLD)
        assert figure.numbers()[-1] == 22
        figure.choose("start", "warm")
        check(figure, x, -1.05)


def test_the_first_line_is_turned_by_its_tip(opened: Open) -> None:
    with opened("ramp", "#ramp?point.0=2.3,-1.9") as figure:
        assert not figure.handle(1).is_visible()
        figure.choose("start", "cold")
        figure.press(1, "ArrowUp", "ArrowUp", "ArrowRight")
        x, first = points((2.3, -1.9)), (-1.4, 0.45)
        assert figure.at(1) == pytest.approx(first)
        check(figure, x, first=first)
        figure.drag(1, (60, -40))
        turned = to_three_digits(figure, "first")
        assert turned[0] > 0
        check(figure, x, first=turned)
        assert figure.numbers()[-1] == 22
        arrow = figure.box.locator("path.arrow").get_attribute("d") or ""
        plane = figure.box.locator("svg > g").nth(0)
        assert in_units(arrow, plane, (-4, 4), (-4, 4))[1] == pytest.approx(turned, abs=0.01)


@pytest.mark.parametrize(
    ("s", "first"),
    [(0.9, (-3.0, 0.1)), (0.5, (-1.0, -1.0)), (-1.0, (-2.0, 2.0)), (0.9, (0.0, 0.0))],
)
def test_where_hardly_any_point_is_heard(
    opened: Open, s: float, first: tuple[float, float]
) -> None:
    state = f"#ramp?s={s}&start=cold&first.0={first[0]},{first[1]}"
    with opened("ramp", state, viewport={"width": PHONE, "height": 800}) as figure:
        if any(first):
            check(figure, points(), s, first)
        else:
            assert figure.numbers()[:3] == [23, 23, 23]
            assert "no point pulls" in figure.told()
        assert "NaN" not in figure.box.locator("svg").inner_html()
