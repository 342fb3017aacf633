"""Answers to the exercises of 9.2.3."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

from lossnb import tukey_biweight, value_and_grad
from lossnb.exercises import tukey_biweight as page

from .common import table


def gradient(prediction: Any, target: Any, c: float, scale: float) -> Any:
    return value_and_grad(tukey_biweight)(prediction, target, c=c, scale=scale)[1]


def biweight(r: Any, c: float) -> Any:
    return tukey_biweight(0 * np.nan_to_num(r), r, c=c, reduction="none")


def clipped(r: Any, c: float) -> Any:
    return np.minimum((r / c) ** 2, 1)


def parabola(r: Any, v: float, c: float) -> Any:
    w = (1 - clipped(v, c)) ** 2
    return biweight(np.array([v]), c) + w / 2 * (r**2 - v**2)


def efficiency(delta: float) -> Any:
    normal = NormalDist()
    p = 2 * normal.cdf(delta) - 1
    return p**2 / (p - 2 * delta * normal.pdf(delta) + delta**2 * (1 - p))


RIGHT = {
    "gradient": gradient,
    "in_single_precision": biweight,
    "majoriser": parabola,
    "huber_efficiency": efficiency,
}

WRONG: dict[str, list[Any]] = {
    "gradient": [
        (lambda *a: -gradient(*a), "the sign is wrong"),
        (lambda *a: 30 * gradient(*a), "a 1/N"),
        (lambda *a: gradient(*a) / 2, "not over all elements"),
        (lambda p, t, c, s: (p - t) / len(p), "still pulls"),
        (lambda *a: a[3] * gradient(*a), "a factor 1/scale"),
        (lambda p, t, c, s: gradient(p, t, c, 1.0), "still pulls|not divided by its scale"),
        (
            lambda p, t, c, s: (p - t) / s**2 * np.clip(1 - ((p - t) / s / c) ** 2, 0, None) / 30,
            "is squared in the pull",
        ),
        (lambda *a: gradient(*a) ** 3, "rows are wrong"),
    ],
    "in_single_precision": [
        (lambda r, c: c**2 / 6 * (1 - (1 - (r / c) ** 2) ** 3), "inf or nan"),
        (lambda r, c: c**2 / 6 * (1 - (1 - clipped(r, c)) ** 3), "multiply it out"),
        (lambda r, c: np.minimum(r**2 / 2, c**2 / 6), "wrong at r"),
        (lambda r, c: biweight(r, c) / 2, "0.5 times the loss"),
        (lambda r, c: biweight(r, c) * 6 / c**2, "times the loss; mind the factor"),
        (lambda r, c: -biweight(r, c), "-1 times the loss"),
        (lambda r, c: 1 if abs(r) > c else 0, "np.where"),
    ],
    "majoriser": [
        (lambda r, v, c: r**2 / 2, "must touch"),
        (lambda r, v, c: biweight(r, c), "not a parabola"),
        (lambda r, v, c: biweight(np.array([v]), c) + 0 * r, "falls below"),
        (lambda r, v, c: biweight(np.array([v]), c) + 50 * (r - v) ** 2, "the same for r and −r"),
        (lambda r, v, c: biweight(np.array([v]), c) + 1e3 * (r - v) ** 2, "the same for r and −r"),
        (lambda r, v, c: parabola(r, v, c) + 0.1, "must touch"),
        (lambda r, v, c: biweight(np.array([v]), c) + (r**2 - v**2) / 2, "falls below|its slope"),
    ],
    "huber_efficiency": [
        (lambda delta: 1 / efficiency(delta), "its inverse"),
        (lambda delta: 1 + delta, "beats the mean"),
        (lambda delta: 2 / np.pi, "it is not"),
        (lambda delta: 0.95, "it is not"),
        (lambda delta: efficiency(delta) ** 2, "it is not"),
        (lambda delta: np.nan, "not a number"),
    ],
}

TestAnswers = table(page, RIGHT, WRONG)
