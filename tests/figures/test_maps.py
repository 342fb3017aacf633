"""The maps of losses and slopes, and the committed pictures of the pages that are no notebooks."""

from __future__ import annotations

import re
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lossnb.figures import curves, maps
from tools.picture import FOLDER, PICTURES, draw


def test_the_losses_of_a_margin_and_their_slopes() -> None:
    u = np.linspace(-3, 3, 601)
    _, axes = plt.subplots(2)
    maps.draw_classification(axes)
    loss, slope = map(curves, axes)
    assert loss["cross-entropy"] == pytest.approx(np.log1p(np.exp(-u)))
    assert loss["hinge"] == pytest.approx(np.maximum(0, 1 - u))
    assert loss["ramp, s = −0.5"] == pytest.approx(np.clip(1 - u, 0, 1.5))
    assert slope["cross-entropy"] == pytest.approx(-1 / (1 + np.exp(u)))
    assert slope["hinge"] == pytest.approx(np.where(u < 1 - 1e-9, -1, 0))
    ramp = slope["ramp, s = −0.5"]
    assert ramp[(u > -0.49) & (u < 0.99)] == pytest.approx(-1)
    assert not ramp[(u < -0.51) | (u > 1.01)].any()
    plt.close()


def test_the_losses_of_a_residual_and_their_slopes() -> None:
    r = np.linspace(-7, 7, 701)
    _, axes = plt.subplots(2)
    maps.draw_regression(axes)
    loss, slope = map(curves, axes)
    assert loss["l1"] == pytest.approx(np.abs(r))
    assert loss["l2"] == pytest.approx(r**2)
    assert slope["l1"] == pytest.approx(np.sign(np.where(np.abs(r) < 1e-9, 0, r)))
    assert slope["l2"] == pytest.approx(2 * r)
    for name in loss:  # the slope is that of the curve
        middle = np.diff(loss[name]) / np.diff(r)
        both = np.array([(a + b) / 2 for a, b in pairwise(slope[name])])
        away = np.abs(r[1:] + r[:-1]) > 0.05  # l1 has a kink at 0
        assert middle[away] == pytest.approx(both[away], abs=0.02), name
    plt.close()


@pytest.mark.parametrize("name", PICTURES)
def test_a_committed_picture_is_what_the_code_draws(name: str) -> None:
    """Up to the last digits, which depend on the processor."""
    number = re.compile(r"-?\d+\.\d+")
    committed, drawn = (FOLDER / name).read_text(encoding="utf-8"), draw(name)
    assert number.sub("0", committed) == number.sub("0", drawn), "run `python -m tools.picture`"
    a, b = ([float(n) for n in number.findall(text)] for text in (committed, drawn))
    assert a == pytest.approx(b, abs=1e-3)
