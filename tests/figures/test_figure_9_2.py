"""Figure 9.2: its boundaries are where the loss says that the two classes tie."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lossnb import large_margin_softmax
from lossnb.figures import figure_9_2

RIGHT_ANGLE = np.pi / 2


def direction(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), np.sin(angle)]])


@pytest.mark.parametrize("margin", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("between", [0.9, RIGHT_ANGLE, 2.5, np.pi])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 1 / 1.5])
def test_the_classes_tie_on_the_boundaries(margin: int, between: float, ratio: float) -> None:
    weight = np.concatenate([ratio * direction(0.0), direction(between)])
    ends = figure_9_2.boundaries(margin, between, ratio)
    for label, angle in enumerate(ends):
        paid = large_margin_softmax(direction(angle), weight, np.array([label]), margin=margin)
        np.testing.assert_allclose(paid, np.log(2), atol=1e-12)
    first, second = ends
    if margin == 1:
        assert first == pytest.approx(second, abs=1e-12)
    else:
        assert 0 < first < second < between


@pytest.mark.parametrize("margin", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("between", [0.3, 1.0, np.pi])
def test_the_gap_of_equal_weights(margin: int, between: float) -> None:
    first, second = figure_9_2.boundaries(margin, between, 1.0)
    assert first == pytest.approx(between / (margin + 1))
    assert second - first == pytest.approx((margin - 1) / (margin + 1) * between, abs=1e-12)


def test_the_two_classes_may_change_places() -> None:
    first, second = figure_9_2.boundaries(3, 1.0, 1.5)
    mirrored = figure_9_2.boundaries(3, 1.0, 1 / 1.5)
    assert mirrored == pytest.approx((1.0 - second, 1.0 - first))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1.0, 1.0), "margin must be"),
        ((2, 0.0, 1.0), "between must be"),
        ((2, 4.0, 1.0), "between must be"),
        ((2, 1.0, 0.0), "ratio must be"),
        ((2, 0.5, 2.0), "one class wins everywhere"),
        ((2, 0.5, 0.5), "one class wins everywhere"),
    ],
)
def test_boundaries_that_do_not_exist(arguments: tuple[int, float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        figure_9_2.boundaries(*arguments)


@pytest.mark.parametrize("margin", [1, 3])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 1 / 1.5])
def test_the_panel_shows_them(margin: int, ratio: float) -> None:
    fig, ax = plt.subplots()
    first, second = figure_9_2.draw(ax, margin, RIGHT_ANGLE, ratio)
    assert (first, second) == figure_9_2.boundaries(margin, RIGHT_ANGLE, ratio)

    weights = [np.array(text.xy) for text in ax.texts if getattr(text, "arrow_patch", None)]
    lengths = [np.hypot(*tip) for tip in weights]
    assert lengths[0] / lengths[1] == pytest.approx(ratio)
    left = np.arctan2(*weights[0][::-1])
    assert left - np.arctan2(*weights[1][::-1]) == pytest.approx(RIGHT_ANGLE)

    rays = [np.ravel(line.get_xydata()[1]) for line in ax.lines if len(line.get_xydata()) == 2]
    shown = [left - np.arctan2(*tip[::-1]) for tip in rays]
    assert shown == pytest.approx([first] if margin == 1 else [first, second])
    assert len({line.get_linestyle() for line in ax.lines}) == len(ax.lines)

    words = " ".join(text.get_text() for text in ax.texts)
    gap = np.degrees(second - first)
    assert ("decision boundary" if margin == 1 else f"decision margin, {gap:.0f}°") in words
    plt.close(fig)
