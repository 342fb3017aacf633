"""Answers to the exercises of 9.1.1."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossnb import cross_entropy, hinge, value_and_grad
from lossnb.exercises import cross_entropy as page

from .common import table


def gradient(h: Any, y: Any) -> Any:
    return value_and_grad(cross_entropy)(h, y)[1]


def softmax(h: Any, axis: int = 1) -> Any:
    return np.exp(h) / np.exp(h).sum(axis=axis, keepdims=True)


def naive(h: Any, y: Any) -> Any:
    return -np.log(softmax(h)[np.arange(len(h)), y])


def shifted(h: Any, y: Any) -> Any:
    return naive(h - h.max(axis=1, keepdims=True), y)


def log_sum_exp(h: Any, y: Any) -> Any:
    return np.logaddexp.reduce(h, axis=1) - h[np.arange(len(h)), y]


def losses(h: Any, y: Any) -> Any:
    return cross_entropy(h, y, reduction="none")


def lead(epsilon: float, classes: int) -> Any:
    return np.log(1 + classes * (1 - epsilon) / epsilon)


def floor(classes: int) -> Any:
    return np.log(1 + (classes - 1) / np.e)


RIGHT = {
    "gradient": gradient,
    "at_any_size": losses,
    "hessian": lambda p: np.diag(p) - np.outer(p, p),
    "smoothed_lead": lead,
    "second_softmax": floor,
}

WRONG: dict[str, list[Any]] = {
    "gradient": [
        (lambda h, y: -gradient(h, y), "the sign is wrong"),
        (lambda h, y: gradient(h, y) * len(h), "a 1/N"),
        (lambda h, y: -gradient(h, y) * len(h), "the sign is wrong: .* a 1/N"),
        (lambda h, y: gradient(h, y) / h.shape[1], "not over all entries"),
        (lambda h, y: softmax(h) / len(h), "the 1 is not taken"),
        (lambda h, y: softmax(h), "the 1 is not taken.* a 1/N"),
        (lambda h, y: (softmax(h, axis=0) - np.eye(4)[y]) / len(h), "down the columns"),
        (lambda h, y: (np.exp(h) - np.eye(4)[y]) / len(h), "divided by their sum"),
        (lambda h, y: value_and_grad(hinge)(h, y)[1], "rows are wrong; the first of them"),
        (lambda h, y: gradient(h, y).T, r"must have shape \(50, 4\); got \(4, 50\)"),
        (lambda h, y: value_and_grad(cross_entropy)(h, y), r"must be one array; got a tuple"),
        (lambda h: h, "called with 2 arguments"),
    ],
    "at_any_size": [
        (naive, "has overflowed"),
        (shifted, "logarithm of a probability"),
        (log_sum_exp, "never form 1"),
        (lambda h, y: -losses(h, y), "the sign is wrong"),
        (lambda h, y: 0.0 * y, "wrong for the logits"),
        (lambda h, y: 1.0 + y, "wrong for the logits"),
        (lambda h, y: losses(h, y).mean(), r"must have shape \(5,\)"),
    ],
    "hessian": [
        (lambda p: np.tile(p, (3, 1)), "symmetric"),
        (np.diag, "sum to 0"),
        (lambda p: -np.outer(p, p), "sum to 0"),
        (lambda p: np.outer(p, p) - np.diag(p), "the sign is wrong"),
        (lambda p: 2 * (np.diag(p) - np.outer(p, p)), "differentiate"),
        (lambda p: p * (1 - p), r"must have shape \(3, 3\)"),
    ],
    "smoothed_lead": [
        (lambda eps, classes: 0.0, "still falls"),
        (lambda eps, classes: np.log(1 / eps), "still falls"),
        (lambda eps, classes: np.log(2 * classes / eps), "past the minimum"),
        (lambda eps, classes: lead(eps, classes) + 0.05, "past the minimum"),
        (lambda eps, classes: round(lead(eps, classes), 1), "for ε"),
        (lambda eps, classes: np.nan, "not a number"),
        (lambda eps, classes: np.inf, "infinite"),
    ],
    "second_softmax": [
        (lambda classes: np.log(classes), "pays less than"),
        (lambda classes: 0.0, "never reached"),
        (lambda classes: np.log(1 + classes / np.e), "pays less than"),
        (lambda classes: np.log(1 + (classes - 1) / 3), "never reached"),
        (lambda classes: {2: 0.31, 10: 1.46}[classes], "never reached"),
        (lambda classes: -floor(classes), "never reached"),
    ],
}

TestAnswers = table(page, RIGHT, WRONG)
