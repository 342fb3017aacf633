"""Figure 9.2: decision boundaries of two classes, softmax beside large-margin softmax.

The print has a schematic; here the boundaries are solved for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from matplotlib.axes import Axes

from lossnb import phi
from lossnb._checks import check_integer, check_number

from .style import BLUE, GREEN, OCHRE, VIOLET


def boundaries(margin: int, between: float, ratio: float) -> tuple[float, float]:
    r"""Where each class has what it asks for, among the features between :math:`W_1, W_2`.

    A sample of class 1 has it up to the first angle, a sample of class 2 from the second one on;
    both are counted from :math:`W_1`. With m = ``margin``, :math:`\theta_{12}` = ``between``, the
    angle from :math:`W_1` to :math:`W_2`, r = ``ratio`` :math:`=\lVert W_1\rVert/\lVert W_2\rVert`,
    and :math:`\theta_2` counted from :math:`W_2`, they solve

    .. math::

       r\,\varphi(\theta_1) = \cos(\theta_{12}-\theta_1), \qquad
       \varphi(\theta_2) = r\cos(\theta_{12}-\theta_2).

    >>> first, second = boundaries(2, between=np.pi / 2, ratio=1.0)
    >>> print(np.degrees([first, second]).round(6))
    [30. 60.]
    """
    check_integer("margin", margin, at_least=1)
    check_number("between", between, above=0, at_most=np.pi)
    check_number("ratio", ratio, above=0)
    if np.cos(between) >= min(ratio, 1 / ratio):
        raise ValueError(
            f"ratio must lie between cos(between) = {np.cos(between):.3g} and its inverse, else "
            f"one class wins everywhere between the two; got {ratio}"
        )

    def asked(angle: float) -> float:
        return float(phi(np.cos(np.array([angle])), margin)[0][0])

    first = _root(lambda angle: ratio * asked(angle) - np.cos(between - angle), between)
    second = _root(lambda angle: asked(angle) - ratio * np.cos(between - angle), between)
    return first, between - second


def _root(falling: Callable[[float], float], end: float) -> float:
    """The root in [0, end] of a function that falls from above 0 to 0 or below, by halving."""
    low, high = 0.0, end
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2


def draw(ax: Axes, margin: int, between: float, ratio: float) -> tuple[float, float]:
    """Draw one panel, W1 on the left and W2 on the right; return its boundaries as `boundaries`."""
    first, second = boundaries(margin, between, ratio)

    def point(angle: float, radius: float) -> tuple[float, float]:
        turned = (np.pi + between) / 2 - angle
        return radius * np.cos(turned), radius * np.sin(turned)

    def arc(start: float, end: float, radius: float) -> Iterator[tuple[float, ...]]:
        return zip(*(point(a, radius) for a in np.linspace(start, end, 50)), strict=True)

    for number, colour, start, end in ((1, BLUE, 0.0, first), (2, OCHRE, second, between)):
        x, y = arc(start, end, 1.0)
        ax.fill([0, *x], [0, *y], color=colour, alpha=0.3, linewidth=0)
        ax.text(*point((start + end) / 2, 0.78), str(number), ha="center", va="center")
    for name, angle, outward, length in (("W_1", 0.0, -0.15, ratio), ("W_2", between, 0.15, 1.0)):
        length *= 0.9 / max(ratio, 1.0)
        ax.annotate("", point(angle, length), (0, 0), arrowprops={"arrowstyle": "-|>", "lw": 2.5})
        ax.text(*point(angle + outward / length, length), f"${name}$", ha="center", va="center")
    plain = margin == 1  # and has cross-entropy's colour
    lines = [(first, "-")] if plain else [(first, "--"), (second, "-.")]
    for angle, style in lines:
        tip = point(angle, 1.05)
        ax.plot([0, tip[0]], [0, tip[1]], style, color=GREEN if plain else VIOLET)
    what = "decision boundary"
    if not plain:
        what = f"decision margin, {np.degrees(second - first):.0f}°"
        ax.plot(*arc(first, second, 1.08), color=VIOLET, linewidth=4)
    ax.text(*point((first + second) / 2, 1.16), what, ha="center")
    ax.set(xlim=(-1, 1), ylim=(-0.03, 1.25), aspect="equal")
    ax.set_axis_off()
    return first, second
