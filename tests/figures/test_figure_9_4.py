"""Figure 9.4: each panel shows its loss."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lossnb.figures import figure_9_4


@pytest.mark.parametrize(
    ("draw", "loss", "label", "style"),
    [
        (figure_9_4.draw_a, np.abs, "l1", "--"),
        (figure_9_4.draw_b, np.square, "l2", "-."),
    ],
)
def test_l1_and_l2_on_the_same_axes(
    draw: Callable[[Axes], Line2D], loss: np.ufunc, label: str, style: str
) -> None:
    fig, ax = plt.subplots()
    line = draw(ax)
    r, paid = line.get_data()
    assert (r[0], r[-1]) == (-2, 2)
    assert 0 in r
    np.testing.assert_allclose(paid, loss(r))
    assert (line.get_label(), line.get_linestyle()) == (label, style)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-2, 2), (-0.25, 4.25))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("residual r", "loss")
    plt.close(fig)


@pytest.mark.parametrize("c", [4.6851, 2.0])
def test_tukey_with_its_points_marked(c: float) -> None:
    fig, ax = plt.subplots()
    line = figure_9_4.draw_c(ax, c)
    r, paid = line.get_data()
    assert (r[0], r[-1]) == (-8, 8)
    inside = abs(r) <= c
    printed = c**2 / 6 * (1 - (1 - (r[inside] / c) ** 2) ** 3)
    np.testing.assert_allclose(paid[inside], printed, atol=1e-12)
    np.testing.assert_allclose(paid[~inside], c**2 / 6)
    inflection, saturation = ax.get_lines()[1:]
    # There u² is 1/5, and 1 - (4/5)³ = 61/125.
    np.testing.assert_allclose(inflection.get_xdata(), [-c / 5**0.5, c / 5**0.5])
    np.testing.assert_allclose(inflection.get_ydata(), c**2 / 6 * 61 / 125)
    np.testing.assert_allclose(saturation.get_xdata(), [-c, c])
    np.testing.assert_allclose(saturation.get_ydata(), c**2 / 6)
    assert len({mark.get_marker() for mark in (line, inflection, saturation)}) == 3
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("residual r", "loss")
    plt.close(fig)
