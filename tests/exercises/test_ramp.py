"""Answers to the exercises of 9.1.3."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from lossnb import hinge, ramp, value_and_grad
from lossnb.exercises import ramp as page

from .common import table


def gradient(h: Any, y: Any, s: float) -> Any:
    return value_and_grad(ramp)(h, y, s=s)[1]


def in_place(h: Any, y: Any, s: float) -> Any:
    found = gradient(h, y, s)
    h[np.arange(len(h)), y] = -np.inf
    return found


def hinge_gradient(h: Any, y: Any, s: float = 0.0) -> Any:
    return value_and_grad(hinge)(h, y)[1]


def tangent(u: Any, v: float, s: float) -> Any:
    return np.maximum(0, 1 - u) + (u - s if v < s else 0)


def true(v: float, s: float) -> Any:
    return np.clip(1 - v, 0, 1 - s)


RIGHT = {
    "gradient": in_place,
    "in_half_precision": lambda u, s: np.clip(1 - u, 0, 1 - s),
    "break_even": lambda p: -p / (1 - p),
    "majoriser": tangent,
}

WRONG: dict[str, list[Any]] = {
    "gradient": [
        (hinge_gradient, "below s must give 0"),
        (lambda h, y, s: -gradient(h, y, s), "the sign is wrong"),
        (lambda h, y, s: gradient(h, y, s) * len(h), "a 1/N"),
        (lambda h, y, s: hinge_gradient(h, y) * len(h), "below s must give 0; and that is"),
        (lambda h, y, s: gradient(h, y, s) / 4, "not over all entries"),
        (lambda h, y, s: gradient(h, y, -0.5), "is your s used"),
        (lambda h, y, s: gradient(h, y, min(-s, 0.9)), "is your s used|rows are wrong"),
        (lambda h, y, s: np.minimum(gradient(h, y, s), 0), "strongest rival loses"),
        (lambda h, y, s: 0 * h, "rows are wrong"),
        (lambda h, y, s: h[:, 0], "must have shape"),
    ],
    "in_half_precision": [
        (lambda u, s: np.maximum(0, 1 - u) - np.maximum(0, s - u), "cancelled"),
        (lambda u, s: np.maximum(0, 1 - u), "held in"),
        (lambda u, s: 0 * u, "wrong at u"),
        (lambda u, s: np.clip(1 - u, 0, 1 + s), "wrong at u"),
        (lambda u, s: np.clip(1 - u, 0, -s), "wrong at u"),
        (lambda u, s: np.clip(1 - u, 0, 1 - s) + np.inf * (u < -5e4), "wrong at u"),
        (lambda u, s: min(max(0, 1 - u), 1 - s), "np.where"),
    ],
    "break_even": [
        (lambda p: p / (1 - p), "below 0"),
        (lambda p: 0, "below 0"),
        (lambda p: -p, "must be equal"),
        (lambda p: -1, "must be equal"),
        (lambda p: -(1 - p) / p, "must be equal"),
        (lambda p: complex(p), "must be real"),
        (lambda p: np.nan, "not a number"),
    ],
    "majoriser": [
        (lambda u, v, s: 0 * u, "must touch"),
        (lambda u, v, s: np.clip(1 - u, 0, 1 - s), "not convex"),
        (lambda u, v, s: 1 - v + v - u if v == 0.5 else tangent(u, v, s), "below"),
        (lambda u, v, s: np.maximum(0, 1 - u) + (u - s if v < 0 else 0), "must touch"),
        (lambda u, v, s: np.maximum(0, 1 - u) + (u - s if v < -1 else 0), "must touch"),
        (lambda u, v, s: true(v, s) + 100 * (u - v) ** 2, "falls below|its slope"),
        (lambda u, v, s: true(v, s) + 1e4 * (u - v) ** 2, "falls below|its slope"),
        (lambda u, v, s: true(v, s) + 100 * abs(u - v), "its slope"),
        (lambda u, v, s: np.maximum(0, 1 - u), "must touch"),
        (lambda u, v, s: max(0, 1 - u), "np.where"),
    ],
}

TestAnswers = table(page, RIGHT, WRONG)


def test_a_fraction_is_a_number(capsys: Any) -> None:
    page.break_even(lambda p: Fraction(-p) / (1 - Fraction(p)))
    assert capsys.readouterr().out == "Right.\n"
