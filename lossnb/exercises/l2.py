"""The exercises of 9.2.2, judged."""

from __future__ import annotations

import numpy as np

from lossnb import l2, value_and_grad

from ._exercise import (
    TOLERANCE,
    Answer,
    ask,
    close,
    exercise,
    expect,
    expect_gradient,
    residuals,
    same,
)

SIGN = "a prediction above its target must come down"


@exercise
def gradient(answer: Answer) -> None:
    """``answer(prediction, target)``: the gradient (N, M) of the mean l2 loss."""
    prediction, target = residuals()
    _, wanted = value_and_grad(l2)(prediction, target)
    found = ask(answer, prediction, target, shape=prediction.shape)
    half = {"equation 9.16 has no ½, so the 2 stays": wanted / 2}
    expect_gradient(found, wanted, SIGN, others=half)


@exercise
def largest_rate(answer: Answer) -> None:
    """``answer(x)``: beyond which learning rate gradient descent on (y − w x)² diverges."""
    for scale in (0.5, 3.0):
        x = scale * np.random.default_rng(0).normal(size=40)
        rate = ask(answer, x, shape=()).item()
        expect(rate > 0, f"a rate must be above 0; got {rate:.3g}")
        _, slope = value_and_grad(l2)(x, np.zeros_like(x))  # at w = 1, where the best w is 0
        size = abs(1 - rate * (slope @ x))
        left = f"at your rate {rate:.3g} a step leaves {size:.3g} of the error"
        expect(size > 1 - 2 * TOLERANCE, f"{left}; go further")
        expect(size < 1 + 2 * TOLERANCE, f"{left}: it grows")


@exercise
def huber_loss(answer: Answer) -> None:
    """``answer(r, delta)``: r² in the middle, its tangents from |r| = delta on."""
    r = np.linspace(-6, 6, 121)
    for delta in (0.5, 2.0):
        found = ask(answer, r, delta, shape=r.shape)
        middle, right = np.abs(r) <= delta, r > delta
        square = l2(r, 0 * r, reduction="none")
        expect(
            not close(found[middle], square[middle] / 2),
            f"for |r| up to {delta} it must be r², without a ½",
        )
        expect(close(found[middle], square[middle]), f"for |r| up to {delta} it must be r²")
        line, outside = found[right], r[right]
        straight = np.interp(outside, outside[[0, -1]], line[[0, -1]])
        expect(close(line, straight), f"beyond {delta} it must be a straight line")
        slope = (line[-1] - line[0]) / (outside[-1] - outside[0])
        expect(
            same(slope, 2 * delta),
            f"beyond {delta} its slope is {slope:.3g}; it must be that of r² at {delta}",
        )
        expect(
            same(line[0], 2 * delta * outside[0] - delta**2),
            f"at r = {delta} the square and the line must meet",
        )
        expect(close(found, found[::-1]), "it must be the same for r and −r")


@exercise
def gaussian_cost(answer: Answer) -> None:
    """``answer(loss, M)``: the least −log likelihood of a sample, over all Gaussian scales."""
    sigma = np.geomspace(1e-2, 1e2, 20001)
    for loss, targets in ((2.0, 1), (0.3, 4), (7.0, 2)):
        costs = targets / 2 * np.log(2 * np.pi * sigma**2) + loss / (2 * sigma**2)
        least, best = costs.min(), sigma[costs.argmin()]
        found = ask(answer, loss, targets, shape=()).item()
        where, near = f"for a loss of {loss} with M = {targets}", TOLERANCE * max(abs(least), 1)
        expect(found < least + near, f"{where} σ = {best:.3f} costs less than your {found:.3f}")
        expect(found > least - near, f"{where} no σ gets as low as your {found:.3f}")
