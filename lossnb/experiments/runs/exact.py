"""Formulas, grids and integrals: what needs no training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from math import pi
from pathlib import Path
from typing import Any

import numpy as np
from scipy import integrate, optimize, stats

from lossnb import (
    center,
    cross_entropy,
    hinge,
    large_margin_softmax,
    phi,
    ramp,
    tukey_biweight,
    value_and_grad,
)

from .._settings import Settings

Floats = np.ndarray[Any, Any]
C = 4.6851


def data(settings: Settings) -> list[Floats]:
    return []


def run(settings: Settings, data: list[Floats], checkpoint: Path) -> dict[str, Any]:
    rng = np.random.default_rng(settings.seed)
    found: dict[str, Any] = {}
    for part in PARTS:
        found |= part(rng)
    return found


def slope(loss: Callable[..., Any], x: Floats, *args: Any, **options: Any) -> Floats:
    gradient: Floats = value_and_grad(loss)(x, *args, reduction="sum", **options)[1]
    return gradient


def softmax_is_a_probability(rng: np.random.Generator) -> dict[str, float]:
    """The gradient of cross-entropy plus the one-hot target, for logits of up to ±10,000."""
    h = rng.standard_normal((4, 1000, 10)) * np.array([1, 100, 1000, 10_000])[:, None, None]
    h = h.reshape(-1, 10)
    target = np.zeros(len(h), dtype=np.int64)
    p = slope(cross_entropy, h, target)
    p[:, 0] += 1
    return {"softmax departs": max(abs(p.sum(axis=1) - 1).max(), -p.min(), p.max() - 1)}


def penalties(rng: np.random.Generator) -> dict[str, float]:
    """As the margin falls from just below 1 to −100."""
    u = np.linspace(0.99, -100, 2000)
    y = np.ones_like(u)
    values = hinge(u, y, form="binary", reduction="none")
    pulls = abs(slope(hinge, u, y, form="binary"))
    return {"hinge value rises": np.diff(values).min(), "hinge pull rises": np.diff(pulls).min()}


def truncation(rng: np.random.Generator) -> dict[str, float]:
    u, r = np.linspace(-100, 2, 5000), np.linspace(C, 1000, 5000)
    y, zeros = np.ones_like(u), np.zeros_like(r)
    found: dict[str, float] = {"ramp slope beyond s": 0.0, "ramp departs": 0.0}
    for s in (-3.0, -1.0, -0.5, -1 / 9):
        beyond = slope(ramp, u[u < s], y[u < s], form="binary", s=s)
        value = ramp(u, y, form="binary", s=s, reduction="none")
        hinged = hinge(u, y, form="binary", reduction="none")
        wanted = hinged - np.maximum(0, s - u)
        found["ramp slope beyond s"] = max(found["ramp slope beyond s"], abs(beyond).max())
        found["ramp departs"] = max(found["ramp departs"], abs(value - wanted).max())
    # A convex function lies nowhere above its chord.
    ends, middle = ramp(np.array([-2.0, 1.0]), np.ones(2), form="binary", s=-0.5), -0.5
    above = ramp(np.array([middle]), np.ones(1), form="binary", s=-0.5) - ends
    return found | {
        "ramp above its chord": float(above),
        "tukey slope beyond c": abs(slope(tukey_biweight, r, zeros)).max(),
    }


def consistency(rng: np.random.Generator) -> dict[str, int]:
    """With unlimited data, how often does the ramp not rank the likeliest class first?

    All in whole numbers: probabilities in twentieths, logits, margins and s in units of
    1/(2(C−1)), so that s = −1/(C−1) is −2 units.
    """
    found = {}
    for s, name in ((-2, "at"), (-3, "below"), (-1, "above")):
        wrong = 0
        for classes in (3, 4):
            one = 2 * (classes - 1)
            h = np.array([f for f in product(range(one - s + 1), repeat=classes) if min(f) == 0])
            top = np.sort(h, axis=1)
            others = np.where(h == top[:, -1:], top[:, -2:-1], top[:, -1:])
            costs = np.minimum(one - s, np.maximum(0, one - (h - others)))
            grid = product(range(21), repeat=classes - 1)
            p = np.array([(20 - sum(q), *q) for q in grid if sum(q) <= 20])
            # By symmetry, look where the first class is the likeliest, and the only such one.
            p = p[p[:, 0] > p[:, 1:].max(axis=1)]
            risks = costs @ p.T
            right = (h[:, :1] > h[:, 1:]).all(axis=1)
            wrong += int((risks[right].min(axis=0) >= risks[~right].min(axis=0)).sum())
        found[f"inconsistent {name} -1/(C-1)"] = wrong
    return found


def plain_softmax(rng: np.random.Generator) -> dict[str, float]:
    x, w, y = rng.normal(size=(500, 8)), rng.normal(size=(5, 8)), rng.integers(5, size=500)
    value, (dx, dw) = value_and_grad(large_margin_softmax)(x, w, y, margin=1)
    wanted, dh = value_and_grad(cross_entropy)(x @ w.T, y)
    apart = [abs(value - wanted), abs(dx - dh @ w).max(), abs(dw - dh.T @ x).max()]
    return {"m = 1 departs": float(max(apart))}


def implied(rng: np.random.Generator) -> dict[str, int]:
    """How many features meet the condition of eq. 9.7 and are misclassified all the same."""
    x, w1, w2 = rng.normal(size=(3, 100_000, 2))
    lengths = [np.linalg.norm(w, axis=1) for w in (w1, w2)]
    c1, c2 = ((x * w).sum(axis=1) / np.linalg.norm(x, axis=1) for w in (w1, w2))
    angle = np.arccos(np.clip(c1 / lengths[0], -1, 1))
    near = far = 0
    for m in (2, 3, 4):
        failed = (lengths[0] * np.cos(m * angle) > c2) & (c1 < c2)
        near += int((failed & (angle <= pi / m)).sum())
        far += int((failed & (angle > pi / m)).sum())
    return {"misclassified up to pi/m": near, "misclassified beyond pi/m": far}


def boundary_gap(rng: np.random.Generator) -> dict[str, float]:
    """The least growth of the gap between two classes from m to m + 1, in degrees, m = 1 to 7."""

    def asked(m: int, between: float, ratio: float) -> float:
        """How far from its own weights a class reaches that is `ratio` times as long."""

        def ahead(angle: float) -> float:
            asked_for, _ = phi(np.cos(np.array([angle])), m)
            return float(ratio * asked_for.item() - np.cos(between - angle))

        return float(optimize.brentq(ahead, 0, between))

    growth: dict[bool, list[float]] = {True: [], False: []}
    for ratio in (1.0, 1.25, 2.0):
        for between in np.radians([70, 90, 120, 150]):
            gaps = [
                np.degrees(between - asked(m, between, ratio) - asked(m, between, 1 / ratio))
                for m in range(1, 9)
            ]
            growth[ratio == 1].append(float(np.diff(gaps).min()))
    return {"gap grows, equal": min(growth[True]), "gap grows, unequal": min(growth[False])}


def decreasing(rng: np.random.Generator) -> dict[str, float]:
    """The jump of φ at π/m, for a D that decreases and begins at −1, at the printed cos(π/m), or
    lower."""
    found = {}
    for name, begins in (("at -1", lambda m: -1.0), ("as printed", lambda m: np.cos(pi / m)),
                         ("at -2", lambda m: -2.0)):  # fmt: skip
        jumps = []
        for m in (2, 3, 4):
            # The paper's D, moved so that it begins where it is told to.
            sides = np.cos(pi / m + np.array([-1e-9, 1e-9]))
            before, after = phi(sides, m)[0]
            jumps.append(abs(after + 1 + begins(m) - before))
        found[f"phi jumps, D {name}"] = float(max(jumps))
    return found


def collapse(rng: np.random.Generator) -> dict[str, float]:
    """Every image the same feature, every centre there: the centre loss of it."""
    point = rng.normal(size=2)
    features, centers = np.tile(point, (100, 1)), np.tile(point, (10, 1))
    return {"least centre loss": float(center(features, centers, rng.integers(10, size=100)))}


def efficiency(rng: np.random.Generator) -> dict[str, float]:
    """The asymptotic efficiency of Tukey's location estimate for normal residuals of scale σ."""
    r = np.linspace(-C, C, 20_001)
    v = (r / C) ** 2
    pull, curvature = slope(tukey_biweight, r, np.zeros_like(r)), (1 - v) * (1 - 5 * v)

    def at(sigma: float) -> float:
        density = stats.norm(scale=sigma).pdf(r)
        bends, varies = (integrate.simpson(f * density, x=r) for f in (curvature, pull**2))
        return float(sigma**2 * bends**2 / varies)

    return {f"efficiency, sigma {sigma:g}": at(sigma) for sigma in (0.5, 1.0, 2.0, 4.0)}


PARTS: list[Callable[[np.random.Generator], Mapping[str, float]]] = [
    softmax_is_a_probability, penalties, truncation, consistency, plain_softmax,
    implied, boundary_gap, decreasing, collapse, efficiency,
]  # fmt: skip
