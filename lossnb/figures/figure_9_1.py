"""Figure 9.1: the hinge loss and the ramp loss of one margin."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

import lossnb

from .style import BLUE, RED


def draw(ax: Axes, s: float = -0.5) -> tuple[Line2D, Line2D]:
    """Draw both curves as printed, hinge dashed and blue, ramp solid and red; return them."""
    u = np.linspace(-2.0, 2.0, 401)
    y = np.ones_like(u)
    hinge = lossnb.hinge(u, y, form="binary", reduction="none")
    ramp = lossnb.ramp(u, y, form="binary", s=s, reduction="none")
    (hinge_line,) = ax.plot(u, hinge, "--", color=BLUE, linewidth=3, label="hinge")
    label = f"ramp, s = {s:g}".replace("-", "−")
    (ramp_line,) = ax.plot(u, ramp, "-", color=RED, linewidth=3, label=label)
    ax.set(xlim=(-2, 2), ylim=(-0.5, 3.5), xlabel="margin u", ylabel="loss")
    ax.legend(handles=[ramp_line, hinge_line], loc="upper right")
    return hinge_line, ramp_line
