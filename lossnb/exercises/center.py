"""The exercises of 9.1.5, judged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lossnb import center, update_centers, value_and_grad

from ._exercise import (
    Answer,
    Array,
    ask,
    close,
    close_in_each,
    exercise,
    expect,
    expect_gradient,
    same,
)

SIGN = "a step against the gradient must lead to the centre"


@exercise
def gradient(answer: Answer) -> None:
    """``answer(x, c, y)``: the gradient (N, d) of the mean centre loss by the features."""
    x, c, y = clusters()
    _, wanted = value_and_grad(center)(x, c, y)
    found = ask(answer, x, c, y, shape=x.shape)
    half = "the ½ of equation 9.11 takes the 2 of the square away"
    expect_gradient(found, wanted, SIGN, columns="entries", others={half: 2 * wanted})


@exercise
def step(answer: Answer) -> None:
    """``answer(x, c, y, alpha)``: the centres (C, d) after Wen et al.'s equation 4."""
    x, c, y = clusters()
    absent = np.setdiff1d(np.arange(len(c)), y)
    once = np.bincount(y, minlength=len(c)) == 1
    for alpha in (0.5, 0.2):
        with np.errstate(all="ignore"):
            found = ask(answer, x, c, y, alpha, shape=c.shape, finite=False)
        expect(np.isfinite(found).all(), "a class that is absent divides by 0; mind the 1 +")
        wanted = update_centers(x, c, y, alpha=alpha)
        expect(
            not close(found, 2 * c - wanted),
            "the centres run away from their features; mind the sign of Δc",
        )
        expect(close(found[absent], c[absent]), "a class that is absent from the batch must stay")
        expect(not close(found, update_centers(x, c, y, alpha=1.0)), "where has α gone?")
        expect(
            not close(found[once] - c[once], 2 * (wanted - c)[once]),
            f"at α = {alpha} a class seen once must go half of α; the divisor is 1 + count",
        )
        expect(
            not close(found, one_each(x, c, y, alpha)),
            "of a class that occurs twice only the last sample has counted: NumPy's c[y] −= … "
            "writes each index once; use np.add.at, or a loop over the classes",
        )
        wrong = np.flatnonzero(~same(found, wanted).all(axis=1)).tolist()
        expect(not wrong, f"at α = {alpha} the centres {wrong} are wrong")


def one_each(x: Array, c: Array, y: NDArray[np.int64], alpha: float) -> Array:
    """What NumPy's buffered indexing makes of equation 4."""
    moved, count = c.copy(), np.bincount(y, minlength=len(c))
    moved[y] -= alpha * (c[y] - x) / (1 + count[y])[:, None]
    return moved


@exercise
def memory(answer: Answer) -> None:
    """``answer(alpha, n, steps)``: the share of a centre's way that is left, features at rest."""
    for alpha, n, steps in ((0.5, 1, 1), (0.5, 1, 4), (0.5, 64, 3), (0.2, 5, 10)):
        c, y = np.ones((1, 1)), np.zeros(n, dtype=int)
        for _ in range(steps):
            c = update_centers(np.zeros((n, 1)), c, y, alpha=alpha)
        found = ask(answer, alpha, n, steps, shape=()).item()
        expect(
            close_in_each(found, c.item()),
            f"for α = {alpha}, n = {n} and {steps} steps {c.item():.4g} of the way is left, not "
            f"{found:.4g}; by which factor does one step shrink it?",
        )


def clusters() -> tuple[Array, Array, NDArray[np.int64]]:
    """Features, centres and labels; class 0 occurs once and class 3 never."""
    rng = np.random.default_rng(0)
    y = np.array([0, *rng.choice([1, 2], size=20)])
    return rng.normal(size=(21, 2)), rng.normal(size=(4, 2)), y
