"""Answers to the exercises of 9.2.2."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from lossnb import l1, l2, value_and_grad
from lossnb.exercises import l2 as page

from .common import table


def gradient(prediction: Any, target: Any) -> Any:
    return value_and_grad(l2)(prediction, target)[1]


def mse(prediction: Any, target: Any) -> Any:
    p = torch.from_numpy(prediction).requires_grad_()
    return torch.autograd.grad(F.mse_loss(p, torch.from_numpy(target)), p)[0]


def huber(r: Any, delta: float) -> Any:
    return np.where(abs(r) <= delta, r**2, 2 * delta * abs(r) - delta**2)


def cost(loss: float, m: int) -> Any:
    return m / 2 * (np.log(2 * np.pi * loss / m) + 1)


RIGHT = {
    "gradient": lambda prediction, target: 2 * (prediction - target) / len(target),
    "largest_rate": lambda x: 1 / np.mean(x**2),
    "huber_loss": huber,
    "gaussian_cost": cost,
}

WRONG: dict[str, list[Any]] = {
    "gradient": [
        (lambda *a: -gradient(*a), "the sign is wrong"),
        (lambda *a: 30 * gradient(*a), "a 1/N"),
        (lambda *a: gradient(*a) / 2, "no ½"),
        (lambda *a: -gradient(*a) / 2, "no ½.*; and the sign is wrong"),
        (lambda *a: 15 * gradient(*a), "no ½.*; and that is the gradient of the sum"),
        (mse, "not over all elements"),
        (lambda *a: value_and_grad(l1)(*a)[1], "rows are wrong"),
    ],
    "largest_rate": [
        (lambda x: 0.5 / np.mean(x**2), "go further"),
        (lambda x: 2 / np.mean(x**2), "it grows"),
        (lambda x: 1 / np.mean(x) ** 2, "it grows"),
        (lambda x: 1 / np.sum(x**2), "go further"),
        (lambda x: 0.0, "above 0"),
        (lambda x: -1 / np.mean(x**2), "above 0"),
        (lambda x: np.nan, "not a number"),
    ],
    "huber_loss": [
        (lambda r, d: huber(r, d) / 2, "without a ½"),
        (lambda r, d: abs(r), "it must be r²"),
        (lambda r, d: r**2, "a straight line"),
        (lambda r, d: np.where(abs(r) <= d, r**2, 3 * abs(r)), "its slope is 3"),
        (lambda r, d: np.where(abs(r) <= d, r**2, 2 * d * abs(r)), "must meet"),
        (lambda r, d: np.where(abs(r) <= d, r**2, d**2), "its slope is 0"),
        (lambda r, d: np.where(abs(r) <= d, r**2, 2 * d * r - d**2), "the same for r and −r"),
        (lambda r, d: r**2 if abs(r) <= d else 0, "np.where"),
    ],
    "gaussian_cost": [
        (lambda loss, m: m / 2 * np.log(2 * np.pi * loss) + m / 2, "costs less than your"),
        (lambda loss, m: m / 2 * np.log(2 * np.pi * loss / m), "no σ gets"),
        (lambda loss, m: cost(loss, m) / m, "costs less|no σ gets"),
        (lambda loss, m: cost(loss, 1), "no σ gets|costs less"),
        (lambda loss, m: cost(loss, m) + 0.01, "costs less than your"),
        (lambda loss, m: 2 * cost(loss, m), "costs less|no σ gets"),
    ],
}

TestAnswers = table(page, RIGHT, WRONG)
