"""The front page's small curves: each loss as the package itself computes it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sphinx.application import Sphinx
from sphinx.config import Config

import lossnb

WIDTH, HEIGHT = 144, 64

Array = NDArray[np.float64]


def of_margin(loss: Callable[..., Array], **options: float) -> tuple[Array, Array]:
    u = np.linspace(-2, 2, 81)
    return u, loss(u, np.ones(len(u), dtype=int), form="binary", reduction="none", **options)


def cross_entropy() -> tuple[Array, Array]:
    u = np.linspace(-3, 3, 81)
    logits = np.stack([np.zeros_like(u), u], axis=1)
    return u, lossnb.cross_entropy(logits, np.ones(len(u), dtype=int), reduction="none")


def large_margin_softmax() -> tuple[Array, Array]:
    """Over the angle between a sample and its class; the other class lies opposite."""
    angle = np.linspace(0, np.pi, 121)
    features = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    weight = np.array([[1.0, 0.0], [-1.0, 0.0]])
    target = np.zeros(len(angle), dtype=int)
    return angle, lossnb.large_margin_softmax(features, weight, target, margin=4, reduction="none")


def center() -> tuple[Array, Array]:
    x = np.linspace(-2, 2, 81)
    features, target = x[:, None], np.zeros(len(x), dtype=int)
    return x, lossnb.center(features, np.zeros((1, 1)), target, reduction="none")


def of_residual(loss: Callable[..., Array]) -> tuple[Array, Array]:
    r = np.linspace(-6, 6, 121)
    return r, loss(r, np.zeros_like(r), reduction="none")


CURVES = {
    "cross_entropy": cross_entropy(),
    "hinge": of_margin(lossnb.hinge),
    "ramp": of_margin(lossnb.ramp, s=-0.5),
    "large_margin_softmax": large_margin_softmax(),
    "center": center(),
    "l1": of_residual(lossnb.l1),
    "l2": of_residual(lossnb.l2),
    "tukey_biweight": of_residual(lossnb.tukey_biweight),
}


def drawn(name: str) -> str:
    """A curve that fills its picture, in the colour of its loss."""
    x, y = CURVES[name]
    across = 4 + (WIDTH - 8) * (x - x.min()) / np.ptp(x)
    up = HEIGHT - 6 - (HEIGHT - 12) * (y - y.min()) / np.ptp(y)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, up, strict=True))
    return (
        f'<svg class="curve-of-{name}" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" aria-hidden="true"><path d="M0,{HEIGHT - 5}h{WIDTH}"/>'
        f'<polyline points="{points}"/></svg>'
    )


def draw(app: Sphinx, config: Config) -> None:
    config.myst_substitutions |= {f"curve_{name}": drawn(name) for name in CURVES}


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
