"""The losses of a part of the chapter on one axis, and their slopes below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

import lossnb

from .style import BLUE, GREEN, GREY, OCHRE, RED, TEAL

Floats = NDArray[np.float64]
# A loss of one number, and how it is drawn.
Curve = tuple[Callable[[Floats], tuple[Floats, Floats]], str, str]


def of_margin(name: str, **options: Any) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Value and slope of a loss at margins, as a row of two logits gives them."""

    def evaluate(u: Floats) -> tuple[Floats, Floats]:
        logits, target = np.stack([u, np.zeros_like(u)], axis=1), np.zeros(len(u), dtype=np.int64)
        loss = getattr(lossnb, name)
        slope = lossnb.value_and_grad(loss)(logits, target, reduction="sum", **options)[1]
        return loss(logits, target, reduction="none", **options), slope[:, 0]

    return evaluate


def of_residual(name: str, **options: Any) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Value and slope of a loss at residuals."""

    def evaluate(r: Floats) -> tuple[Floats, Floats]:
        zeros, loss = np.zeros_like(r), getattr(lossnb, name)
        slope = lossnb.value_and_grad(loss)(zeros, r, reduction="sum", **options)[1]
        return loss(zeros, r, reduction="none", **options), -slope

    return evaluate


CLASSIFICATION: Mapping[str, Curve] = {
    "cross-entropy": (of_margin("cross_entropy"), GREEN, "-."),
    "hinge": (of_margin("hinge"), BLUE, "--"),
    "ramp, s = −0.5": (of_margin("ramp", s=-0.5), RED, "-"),
}
REGRESSION: Mapping[str, Curve] = {
    "l2": (of_residual("l2"), GREY, "-."),
    "l1": (of_residual("l1"), TEAL, "--"),
    "Tukey's biweight": (of_residual("tukey_biweight"), OCHRE, "-"),
}


def draw_classification(axes: Sequence[Axes]) -> None:
    """Over the margin of a sample with one rival."""
    _draw(axes, CLASSIFICATION, np.linspace(-3.0, 3.0, 601), "margin u")
    axes[0].set(ylim=(-0.2, 4.2))


def draw_regression(axes: Sequence[Axes]) -> None:
    """Over the residual."""
    _draw(axes, REGRESSION, np.linspace(-7.0, 7.0, 701), "residual r")
    axes[0].set(ylim=(-0.3, 8.3))
    axes[1].set(ylim=(-4.2, 4.2))


def _draw(axes: Sequence[Axes], losses: Mapping[str, Curve], x: Floats, label: str) -> None:
    for name, (evaluate, colour, style) in losses.items():
        for ax, y in zip(axes, evaluate(x), strict=True):
            ax.plot(x, y, style, color=colour, linewidth=3, label=name)
    axes[0].set(ylabel="loss")
    axes[1].set(ylabel="slope", xlabel=label)
    axes[0].legend(loc="best")
