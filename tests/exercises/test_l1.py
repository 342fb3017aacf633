"""Answers to the exercises of 9.2.1."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossnb import l1, l2, value_and_grad
from lossnb.exercises import l1 as page

from .common import table


def gradient(prediction: Any, target: Any) -> Any:
    return value_and_grad(l1)(prediction, target)[1]


def in_place(prediction: Any, target: Any) -> Any:
    prediction -= target
    return np.sign(prediction, out=prediction) / len(target)


def quantile(r: Any, q: float) -> Any:
    return 2 * np.maximum(q * r, (q - 1) * r)


RIGHT = {
    "gradient": in_place,
    "quantile_loss": quantile,
    "median_efficiency": lambda density, variance: 4 * density**2 * variance,
    "breakdown": lambda n: (n + 1) // 2,
}

WRONG: dict[str, list[Any]] = {
    "gradient": [
        (lambda *a: -gradient(*a), "the sign is wrong"),
        (lambda *a: 30 * gradient(*a), "a 1/N"),
        (lambda *a: -30 * gradient(*a), "the sign is wrong: .* a 1/N"),
        (lambda *a: gradient(*a) / 3, "not over all elements"),
        (lambda *a: -gradient(*a) / 3, "the sign is wrong: .* not over all elements"),
        (lambda p, t: np.where(p < t, -1, 1) / len(p), "take 0"),
        (lambda p, t: np.maximum(gradient(p, t), 0), "rows are wrong"),
        (lambda p, t: (p - t) / len(p), "only its sign"),
        (lambda p, t: value_and_grad(l2)(p, t)[1], "rows are wrong"),
        (lambda p, t: gradient(p, t).T, "must have shape"),
    ],
    "quantile_loss": [
        (lambda r, q: np.maximum(q * r, (q - 1) * r), r"it is \|r\|/2"),
        (lambda r, q: 2 * np.maximum((1 - q) * r, -q * r), "below it; r is"),
        (lambda r, q: abs(r), "must balance"),
        (lambda r, q: r**2, r"must be \|r\|"),
        (lambda r, q: 2 * q * abs(r), "must balance"),
        (lambda r, q: max(q * r, (q - 1) * r), "np.where"),
    ],
    "median_efficiency": [
        (lambda d, v: 1 / (4 * d**2 * v), "its inverse"),
        (lambda d, v: 4 * d * v, "Gaussian noise it is not"),
        (lambda d, v: 2 / np.pi, "Laplace noise it is not"),
        (lambda d, v: 4 * d**2 / v, "Laplace noise it is not"),
        (lambda d, v: d**2 * v, "Gaussian noise it is not"),
        (lambda d, v: 4 * d**2 * v**0.5, "Laplace noise it is not"),
    ],
    "breakdown": [
        (lambda n: 1, "with 1 of 5 samples spoilt the median holds"),
        (lambda n: n // 2, "with 2 of 5 samples spoilt the median holds"),
        (lambda n: n // 2 + 1, "with 3 of 6 samples spoilt the median is lost"),
        (lambda n: n, "is lost already"),
        (lambda n: (n + 1) / 2, "of 6 samples 3.5 cannot be spoilt"),
        (lambda n: n / 2 + 0.9, "of 5 samples 3.4 cannot be spoilt"),
        (lambda n: -1, "the median holds"),
        (lambda n: np.nan, "not a number"),
    ],
}

TestAnswers = table(page, RIGHT, WRONG)
