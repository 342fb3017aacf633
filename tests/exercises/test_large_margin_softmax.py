"""Answers to the exercises of 9.1.4."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossnb import phi
from lossnb.exercises import large_margin_softmax as page

from .common import table


def straight(theta: Any, m: int) -> Any:
    return np.where(theta <= np.pi / m, np.cos(m * theta), 1 - 2 * m * theta / np.pi)


def printed(theta: Any, m: int) -> Any:
    """Begins at cos(π/m)."""
    return straight(theta, m) + (1 + np.cos(np.pi / m)) * (theta > np.pi / m)


def gaps(a: float, between: float) -> Any:
    return a, 2 * np.arcsin(a / (2 * np.sin(between / 2)))


RIGHT = {
    "straight_continuation": straight,
    "annealed_slopes": lambda m, lam: (lam / (1 + lam), (lam + m**2) / (1 + lam)),
    "added_margins": gaps,
}

WRONG: dict[str, list[Any]] = {
    "straight_continuation": [
        (lambda theta, m: np.cos(theta), "cos mθ up to"),
        (lambda theta, m: 1 - 2 * m * theta / np.pi, "cos mθ up to"),
        (printed, "it jumps"),
        (lambda theta, m: phi(np.cos(theta), m)[0], "not straight"),
        (lambda theta, m: np.maximum(straight(theta, m), -2.0), "not straight"),
        (
            lambda theta, m: np.where(theta <= np.pi / m, np.cos(m * theta), -m * theta / np.pi),
            "where -3 is wanted",
        ),
        (lambda theta, m: np.cos(m * theta) if theta <= np.pi / m else -1, "np.where"),
    ],
    "annealed_slopes": [
        (lambda m, lam: (0, m**2), "the smallest slope is 0.333, not 0;"),
        (lambda m, lam: (lam / (1 + lam), lam + m**2), "the largest slope"),
        (lambda m, lam: (lam, lam + m**2), "the smallest slope"),
        (lambda m, lam: (1, m**2), "the smallest slope is 0, not 1;"),
        (lambda m, lam: ((lam + m**2) / (1 + lam), lam / (1 + lam)), "comes first"),
        (lambda m, lam: lam / (1 + lam), r"must have shape \(2,\)"),
    ],
    "added_margins": [
        (lambda a, between: (-a, a), r"above 0; got -0\.2"),
        (lambda a, between: (2 * a, a), r"of cos\(θ \+ a\), a ="),
        (lambda a, between: (a, a), "of cos θ − a, a ="),
        (lambda a, between: (a / 2, gaps(a, between)[1]), r"of cos\(θ \+ a\), a ="),
        (lambda a, between: gaps(a, between)[::-1], r"of cos\(θ \+ a\), a ="),
        (lambda a, between: a, r"must have shape \(2,\)"),
    ],
}

TestAnswers = table(page, RIGHT, WRONG)
