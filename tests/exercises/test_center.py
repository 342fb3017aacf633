"""Answers to the exercises of 9.1.5."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossnb import center, value_and_grad
from lossnb.exercises import center as page

from .common import table


def gradient(x: Any, c: Any, y: Any) -> Any:
    return value_and_grad(center)(x, c, y)[1]


def in_place(x: Any, c: Any, y: Any) -> Any:
    x -= c[y]
    x /= len(x)
    return x


def step(x: Any, c: Any, y: Any, alpha: float, one: int = 1) -> Any:
    member = y == np.arange(len(c))[:, None]
    count = member.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        return c + alpha * (member @ x - count * c) / (one + count)


def step_in_place(x: Any, c: Any, y: Any, alpha: float) -> Any:
    count = np.bincount(y, minlength=len(c))
    np.subtract.at(c, y, alpha * (c[y] - x) / (1 + count[y])[:, None])
    return c


def buffered(x: Any, c: Any, y: Any, alpha: float) -> Any:
    count = np.bincount(y, minlength=len(c))
    c[y] -= alpha * (c[y] - x) / (1 + count[y])[:, None]
    return c


RIGHT = {
    "gradient": in_place,
    "step": step_in_place,
    "memory": lambda alpha, n, steps: (1 - alpha * n / (1 + n)) ** steps,
}

WRONG: dict[str, list[Any]] = {
    "gradient": [
        (lambda *a: -gradient(*a), "the sign is wrong"),
        (lambda *a: 2 * gradient(*a), "takes the 2"),
        (lambda *a: 21 * gradient(*a), "a 1/N"),
        (lambda *a: -21 * gradient(*a), "the sign is wrong: .* a 1/N"),
        (lambda *a: 42 * gradient(*a), "takes the 2 .*; and that is the gradient of the sum"),
        (lambda *a: gradient(*a) / 2, "not over all entries"),
        (lambda x, c, y: (x - c[0]) / len(x), "20 of 21 rows are wrong; the first of them, 1"),
    ],
    "step": [
        (lambda x, c, y, a: step(x, c, y, a, 0), "divides by 0"),
        (lambda x, c, y, a: c - a, "must stay"),
        (lambda x, c, y, a: step(x, c, y, -a), "mind the sign"),
        (lambda x, c, y, a: np.nan_to_num(step(x, c, y, a, 0)), "must stay"),
        (lambda x, c, y, a: np.where(c == c[3], c, step(x, c, y, a, 0)), "half of α"),
        (lambda x, c, y, a: step(x, c, y, 1.0), "where has α gone"),
        (buffered, "writes each index once"),
        (lambda x, c, y, a: c, "are wrong"),
    ],
    "memory": [
        (lambda alpha, n, steps: (1 - alpha) ** steps, "of the way is left"),
        (lambda alpha, n, steps: 1 - alpha * n / (1 + n), "by which factor"),
        (lambda alpha, n, steps: 1 - steps * alpha * n / (1 + n), "by which factor"),
        (lambda alpha, n, steps: (alpha * n / (1 + n)) ** steps, "of the way is left"),
        (lambda alpha, n, steps: 1 - (1 - alpha * n / (1 + n)) ** steps, "of the way is left"),
        (lambda alpha, n, steps: 0.0, "not 0;"),
    ],
}

TestAnswers = table(page, RIGHT, WRONG)
