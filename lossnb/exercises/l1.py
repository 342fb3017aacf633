"""The exercises of 9.2.1, judged."""

from __future__ import annotations

import numpy as np

from lossnb import l1, value_and_grad

from ._exercise import TOLERANCE, Answer, ask, close, exercise, expect, expect_gradient, residuals

SIGN = "a prediction above its target must come down"


@exercise
def gradient(answer: Answer) -> None:
    """``answer(prediction, target)``: the gradient (N, M) of the mean l1 loss."""
    prediction, target = residuals()
    _, wanted = value_and_grad(l1)(prediction, target)
    found = ask(answer, prediction, target, shape=prediction.shape)
    expect(not found[prediction == target].any(), "where the prediction is exact, take 0")
    sized = wanted * abs(prediction - target)
    others = {"the size of a residual plays no part, only its sign": sized}
    expect_gradient(found, wanted, SIGN, others=others)


@exercise
def quantile_loss(answer: Answer) -> None:
    """``answer(r, q)``: the loss of residuals whose best constant has the share q below it."""
    r = np.linspace(-3, 3, 25)
    middle = ask(answer, r, 0.5, shape=r.shape)
    expect(not close(middle, np.abs(r) / 2), "at q = 1/2 it is |r|/2; it must be |r|")
    expect(close(middle, np.abs(r)), "at q = 1/2 it must be |r|")
    for q in (0.1, 0.75, 0.9):
        found = ask(answer, r, q, shape=r.shape)
        wanted = 2 * np.maximum(q * r, (q - 1) * r)
        expect(
            not close(found, wanted[::-1]),
            f"at q = {q} its best constant has {1 - q:.2g} below it; r is y − ŷ",
        )
        expect(
            close(found, wanted),
            f"wrong at q = {q}; it is two straight lines, and at the best constant the pulls of "
            "those below and those above must balance",
        )


@exercise
def median_efficiency(answer: Answer) -> None:
    """``answer(density, variance)``: the efficiency of the median against the mean."""
    noises = {
        "Gaussian": ((2 * np.pi) ** -0.5, 1.0),
        "Laplace": (0.5, 2.0),
        "uniform": (0.25, 4 / 3),
        "a wider Gaussian": ((2 * np.pi) ** -0.5 / 3, 9.0),
    }
    wanted = np.array([4 * density**2 * variance for density, variance in noises.values()])
    found = np.array([ask(answer, *noise, shape=()) for noise in noises.values()])
    expect(
        not close(found, 1 / wanted),
        "that is the median's variance against the mean's; the efficiency is its inverse",
    )
    for name, mine, true in zip(noises, found, wanted, strict=True):
        expect(
            close(mine, true),
            f"for {name} noise it is not {mine:.4g}; the median's variance is 1/(4n·density²), "
            "the mean's variance/n",
        )


@exercise
def breakdown(answer: Answer) -> None:
    """``answer(N)``: how many spoilt samples of N drive the median to infinity."""
    for n in (5, 6, 441, 442):
        k = ask(answer, n, shape=()).item()
        expect(
            abs(k - round(k)) < TOLERANCE, f"of {n} samples {k:g} cannot be spoilt: give whole ones"
        )
        for spoilt, enough in ((round(k), True), (round(k) - 1, False)):
            sample = np.zeros(n)
            sample[: max(spoilt, 0)] = np.inf
            holds = bool(np.isfinite(np.sort(sample)[[(n - 1) // 2, n // 2]]).all())
            hint = "the median holds" if enough else "the median is lost already"
            expect(holds != enough, f"with {spoilt} of {n} samples spoilt {hint}")
