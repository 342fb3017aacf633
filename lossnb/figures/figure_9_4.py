"""Figure 9.4: the losses of one residual."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

import lossnb

from .style import BLACK, GREY, OCHRE, TEAL


def draw_a(ax: Axes) -> Line2D:
    """Draw panel (a), l1; return the curve. On the axes of panel (b), to be compared."""
    r = np.linspace(-2.0, 2.0, 401)
    loss = lossnb.l1(r, np.zeros_like(r), reduction="none")
    (line,) = ax.plot(r, loss, "--", color=TEAL, linewidth=3, label="l1")
    ax.set(xlim=(-2, 2), ylim=(-0.25, 4.25), xlabel="residual r", ylabel="loss")
    return line


def draw_b(ax: Axes) -> Line2D:
    """Draw panel (b), l2; return the curve."""
    r = np.linspace(-2.0, 2.0, 401)
    loss = lossnb.l2(r, np.zeros_like(r), reduction="none")
    (line,) = ax.plot(r, loss, "-.", color=GREY, linewidth=3, label="l2")
    ax.set(xlim=(-2, 2), ylim=(-0.25, 4.25), xlabel="residual r", ylabel="loss")
    return line


def draw_c(ax: Axes, c: float = 4.6851) -> Line2D:
    """Draw panel (c), Tukey's biweight; return the curve.

    Circles mark its inflection points, ±c/√5, squares its saturation points, ±c.
    """
    r = np.linspace(-8.0, 8.0, 801)

    def loss(r: NDArray[np.floating[Any]]) -> Any:
        return lossnb.tukey_biweight(np.zeros_like(r), r, c=c, reduction="none")

    (line,) = ax.plot(r, loss(r), "-", color=OCHRE, linewidth=3, label="Tukey's biweight")
    for name, place, marker in (("±c/√5", c / np.sqrt(5), "o"), ("±c", c, "s")):
        at = np.array([-place, place])
        label = f"{name} = ±{place:.2f}"
        ax.plot(at, loss(at), marker, color=BLACK, markersize=8, label=label)
    ax.set(xlim=(-8, 8), ylim=(-0.25, 4.25), xlabel="residual r", ylabel="loss")
    return line
