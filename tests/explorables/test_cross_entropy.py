"""9.1.1: logits in the reader's hand, their loss by lossnb's way and by the naive formula."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator

from lossnb import cross_entropy, value_and_grad

from .browser import PHONE, Figure
from .conftest import Open

BOOK = [2.0, 1.0, 0.0]
ONE_HOT = np.array([1.0, 0, 0])
FIVE = [*BOOK, -1.0, -2.0]


def naive(z: np.ndarray, y: int, dtype: type) -> float:
    """As on the page: exponentials, their sum, a quotient, a logarithm."""
    with np.errstate(all="ignore"):
        e = np.exp(z.astype(dtype)[None])
        p = e / e.sum(axis=1, keepdims=True)
        return float(-np.log(p[0, y]))


def judged(h: list[float], y: int, c: float = 0, t: float = 1) -> tuple[float, np.ndarray]:
    loss, gradient = value_and_grad(cross_entropy)((np.array([h]) + c) / t, np.array([y]))
    return float(loss), gradient[0]


def sentence(h: list[float], y: int = 0, c: float = 0, t: float = 1, last: int = 0) -> list[float]:
    """Its numbers, without those that are none."""
    z = (np.array(h) + c) / t
    loss, gradient = judged(h, y, c, t)
    p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
    found = [y, p[y], loss, -gradient[y]]
    found += [] if last == y else [last, gradient[last]]
    found += [] if t == 1 else [t, 1, 1 / t]
    outcomes = [naive(z, y, np.float32), naive(z, y, np.float16)]
    return [*found, *(value for value in outcomes if np.isfinite(value))]


def ends_of(mark: Locator) -> list[float]:
    """Of a horizontal line, in pixels."""
    return [float(x) for x in re.findall(r"[MH]([\d.]+)", mark.get_attribute("d") or "")]


def close(expected: list[float]) -> object:
    return pytest.approx(expected, abs=6e-4)


def heights(figure: Figure, kind: str, top: float = 10, foot: float = 168) -> list[list[float]]:
    """The marks' y coordinates, as probabilities."""
    found = []
    for mark in figure.box.locator(kind).all():
        y = re.findall(r"(?:,|V)(-?[\d.]+)", mark.get_attribute("d") or "")
        found.append([1.05 * (foot - float(value)) / (foot - top) for value in y])
    return found


def test_the_first_state_is_the_still_figure(opened: Open) -> None:
    with opened("cross_entropy") as figure:
        assert figure.numbers() == close(sentence(BOOK))
        _, gradient = judged(BOOK, 0)
        p = gradient + ONE_HOT
        drawn = heights(figure, "path.bar")
        assert [max(y) for y in drawn] == pytest.approx(p, abs=1e-3)
        arrows = heights(figure, "path.pull")
        assert [y[0] for y in arrows] == pytest.approx(p, abs=1e-3)
        assert [y[1] for y in arrows] == pytest.approx([1, 0, 0], abs=1e-3)
        _, later = judged(list(np.array(BOOK) - gradient), 0)
        stepped = heights(figure, "path.after")
        assert [y[0] for y in stepped] == pytest.approx(later + ONE_HOT, abs=1e-3)


def test_pushing_all_up_changes_nothing_but_the_naive_formula(opened: Open) -> None:
    with opened("cross_entropy", "#cross_entropy?c=-98") as figure:
        picture = heights(figure, "path.bar")
        figure.control("answer-2").click()
        figure.slide("c", -100)
        assert figure.revealed() == "Now try it."
        figure.slide("c", 100)
        assert figure.revealed().startswith("You were right.")
        assert figure.numbers() == close(sentence(BOOK, c=100))
        assert figure.told().count("nan") == 2
        assert heights(figure, "path.bar") == picture
        rows = figure.box.locator("svg text").all_text_contents()
        assert rows.count("nan") == 2
        assert "float32: inf / inf" in rows
        assert "0 + 0.408, M = 102.0" in rows


def test_a_temperature_can_save_the_naive_formula(opened: Open) -> None:
    with opened("cross_entropy", "#cross_entropy?T=4") as figure:
        figure.slide("c", 110)
        assert figure.numbers() == close(sentence(BOOK, c=110, t=4))
        assert figure.revealed() == ""
        figure.slide("T", 1)
        assert figure.revealed()


@pytest.mark.parametrize(("first", "label"), [(-20, 0), (-20, 2), (-106, 1), (83, 0)])
def test_the_formats_are_those_of_numpy(opened: Open, first: int, label: int) -> None:
    """Step by step through the places where they round, empty and overflow."""
    state = f"#cross_entropy?c={first}&label={label}&last={label}&points.0=0,1.7"
    with opened("cross_entropy", state) as figure:
        figure.control("c").focus()
        broken = set()
        for c in range(first, first + 33):
            h = [1.7, 1, 0]
            assert figure.numbers() == close(sentence(h, label, c, last=label))
            truth, _ = judged(h, label)
            marks = figure.box.locator("path:is(.dot, .broken)").all()[-2:]
            for dtype, mark in zip((np.float32, np.float16), marks, strict=True):
                value = naive(np.array(h) + c, label, dtype)
                name = dtype.__name__
                assert (f"{value} in {name}" in figure.told()) == (not np.isfinite(value))
                off = abs(value - truth) > 0.01 * truth + 0.0005
                kind = "broken" if not np.isfinite(value) else "dot due" + " silent" * bool(off)
                assert mark.get_attribute("class") == kind
                broken.add((name, str(value)) if not np.isfinite(value) else ("", ""))
            figure.page.keyboard.press("ArrowRight")
        assert ("float16" if first == -20 else "float32", "nan") in broken


@pytest.mark.parametrize("state", [{}, {"t": 2.0}, {"h": [-6.0, 6, 0]}])
def test_the_bars_end_where_the_formula_breaks(opened: Open, state: dict) -> None:
    t, h = state.get("t", 1), state.get("h", BOOK)
    link = f"#cross_entropy?T={t}&points.0=0,{h[0]}&points.1=1,{h[1]}"
    with opened("cross_entropy", link) as figure:
        all_of_it, *rest = figure.box.locator("path:is(.works, .rough)").all()
        left, right = ends_of(all_of_it)
        loss, _ = judged(h, 0, 0, t)
        whole = np.arange(-120, 121)
        for dtype in (np.float32, np.float16):
            values = np.array([naive((np.array(h) + c) / t, 0, dtype) for c in whole])
            right_ones = whole[abs(values - loss) <= 0.01 * loss + 0.0005]
            drawn = []
            for mark in rest:
                if mark.get_attribute("class") == "works":
                    ends = ends_of(mark)
                    drawn.append([240 * (x - left) / (right - left) - 120 for x in ends])
            spans = np.split(right_ones, np.flatnonzero(np.diff(right_ones) > 1) + 1)
            for span in spans:
                ends = [span[0] - 0.5, span[-1] + 0.5]
                assert any(ends == pytest.approx(found, abs=0.05) for found in drawn), dtype


def test_a_point_is_pulled_and_the_pull_never_passes_1(opened: Open) -> None:
    with opened("cross_entropy") as figure:
        figure.drag(0, (0, 50))
        h = [figure.at(0)[1], 1, 0]
        assert -4 < h[0] < -1
        assert figure.numbers() == close(sentence(h))
        figure.press(0, *["ArrowDown"] * 60)
        assert figure.at(0)[1] == -6
        assert figure.numbers() == close(sentence([-6, 1, 0]))
        before = figure.numbers()[2]
        figure.press(0, *["ArrowUp"] * 10)
        assert before - figure.numbers()[2] == pytest.approx(1, abs=2e-3)
        assert figure.numbers()[3] <= 1
        figure.press(0, "]", "ArrowUp", "ArrowUp")
        assert figure.numbers() == close(sentence([-5, 1.2, 0], last=1))
        # What is drawn lies where the handles are.
        place = figure.handle(1).get_attribute("transform")
        drawn = [dot.get_attribute("transform") for dot in figure.box.locator("path.dot").all()]
        assert drawn[1] == place
        assert "1.2" in figure.box.locator("svg text").all_text_contents()


def test_the_curve_is_the_loss_over_the_logit_that_was_touched(opened: Open) -> None:
    with opened("cross_entropy", "#cross_entropy?c=7&T=2&last=1") as figure:
        at = np.array(
            re.findall(
                r"[ML](-?[\d.]+),(-?[\d.]+)",
                figure.box.locator("path.curve").get_attribute("d") or "",
            ),
            dtype=float,
        )
        low, high = (-6.5 + 7) / 2, (6.5 + 7) / 2
        shown = low + (high - low) * (at[:, 0] - at[0, 0]) / (at[-1, 0] - at[0, 0])
        loss = 7 * (168 - at[:, 1]) / 158
        truth = [judged([2, 2 * z - 7, 0], 0, 7, 2)[0] for z in shown]
        assert loss == pytest.approx(truth, abs=0.03)
        texts = figure.box.locator("svg text").all_text_contents()
        _, gradient = judged(BOOK, 0, 7, 2)
        tangent = figure.box.locator("path.tangent").get_attribute("d") or ""
        ends = np.array(re.findall(r"[ML](-?[\d.]+),(-?[\d.]+)", tangent), dtype=float)
        # In units of z and of the loss.
        across, up = np.diff(ends, axis=0)[0] * [6.5, -7] / [at[-1, 0] - at[0, 0], 158]
        assert up / across == pytest.approx(gradient[1], abs=0.01)
        assert f"slope p = +{gradient[1]:.2f}" in texts


def test_a_click_or_a_key_on_a_bar_makes_it_the_label(opened: Open) -> None:
    with opened("cross_entropy", viewport={"width": PHONE, "height": 900}) as figure:
        column = figure.box.locator('[data-class="2"]')
        column.click()
        assert figure.numbers() == close(sentence(BOOK, 2, last=2))
        assert column.get_attribute("aria-checked") == "true"
        figure.box.locator('[data-class="1"]').focus()
        figure.page.keyboard.press("Enter")
        assert figure.numbers() == close(sentence(BOOK, 1, last=1))
        arrows = heights(figure, "path.pull", foot=140)
        assert [y[1] for y in arrows] == pytest.approx([0, 1, 0], abs=1e-3)


def test_five_classes_and_back(opened: Open) -> None:
    with opened("cross_entropy") as figure:
        figure.choose("classes", "5")
        assert figure.numbers() == close(sentence(FIVE))
        figure.box.locator('[data-class="4"]').click()
        figure.press(3, "ArrowUp")
        h = [2.0, 1, 0, -0.9, -2]
        assert figure.numbers() == close(sentence(h, 4, last=3))
        assert figure.box.locator("path.bar").count() == 5
        figure.choose("classes", "3")
        assert figure.numbers() == close(sentence(BOOK))
        assert figure.box.locator("path.bar").count() == 3


def test_the_bars_of_the_controls_obey_the_pointer(opened: Open) -> None:
    with opened("cross_entropy") as figure:
        t = figure.slide_by_pointer("T", 0.6)
        c = figure.slide_by_pointer("c", 0.45)
        assert t > 2
        assert c < 0
        assert figure.numbers() == pytest.approx(sentence(BOOK, c=c, t=t), abs=6e-3)
        figure.slide("T", 0.25)
        assert figure.numbers() == close(sentence(BOOK, c=c, t=0.25))
