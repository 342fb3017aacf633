"""Figure 9.1 as printed, and the copy that the README shows."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lossnb.figures import figure_9_1


@pytest.mark.parametrize("s", [-0.5, -1.0, 0.5])
def test_the_curves_are_the_losses(s: float) -> None:
    fig, ax = plt.subplots()
    hinge, ramp = figure_9_1.draw(ax, s)
    u, paid = hinge.get_data()
    assert (u[0], u[-1]) == (-2, 2)
    np.testing.assert_allclose(paid, np.maximum(0, 1 - u))
    np.testing.assert_allclose(ramp.get_ydata(), np.maximum(0, 1 - u) - np.maximum(0, s - u))
    plt.close(fig)


def test_it_looks_as_printed() -> None:
    fig, ax = plt.subplots()
    hinge, ramp = figure_9_1.draw(ax)
    assert (hinge.get_linestyle(), ramp.get_linestyle()) == ("--", "-")
    assert ramp.get_ydata()[0] == 1.5
    assert hinge.get_ydata()[0] == 3
    assert (ax.get_xlim(), ax.get_ylim()) == ((-2, 2), (-0.5, 3.5))
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["ramp, s = −0.5", "hinge"]
    plt.close(fig)
