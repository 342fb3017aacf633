"""The front page's figure: the hinge and the ramp at one sample."""

from __future__ import annotations

import numpy as np
import pytest

from lossnb import hinge, ramp, value_and_grad

from .conftest import Open

ONE = np.array([1])


def said(u: float, s: float) -> list[float]:
    at = np.array([u])
    return [u, float(hinge(at, ONE, form="binary")), float(ramp(at, ONE, form="binary", s=s))]


def pulling(u: float, s: float) -> list[bool]:
    _, by_hinge = value_and_grad(hinge)(np.array([u]), ONE, form="binary")
    _, by_ramp = value_and_grad(ramp)(np.array([u]), ONE, form="binary", s=s)
    return [bool(by_hinge[0]), bool(by_ramp[0])]


SENTENCES = {(True, True): "Both pull", (True, False): "Only the hinge", (False, False): "Neither"}


def test_it_says_what_both_cost_and_which_of_them_pulls(opened: Open) -> None:
    with opened("figure_9_1") as figure:
        for s in (-2.0, -1.0, -0.5, 0.0, 0.9):
            figure.slide("s", s)
            for u in (-2.0, -0.75, 0.4, 1.0, 1.6):
                figure.slide("u", u)
                assert figure.numbers() == pytest.approx(said(u, s), abs=6e-3)
                both = pulling(u, s)
                assert SENTENCES[both[0], both[1]] in figure.told()
                silent = figure.box.locator("svg .dot:not(.cut)").evaluate_all(
                    "dots => dots.map(dot => dot.classList.contains('silent'))"
                )
                assert silent == [not pulls for pulls in both]


def test_both_handles_can_be_dragged_and_moved_with_keys(opened: Open) -> None:
    with opened("figure_9_1") as figure:
        figure.drag(1, (-150, 0))
        u, _ = figure.at(1)
        assert u < -0.5
        assert figure.numbers() == pytest.approx(said(u, -0.5), abs=6e-3)
        assert figure.revealed()
        figure.press(0, "ArrowLeft")
        assert figure.at(0)[0] == pytest.approx(-0.55)
        assert figure.numbers() == pytest.approx(said(u, -0.55), abs=6e-3)
