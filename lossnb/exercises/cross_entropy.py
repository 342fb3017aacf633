"""The exercises of 9.1.1, judged."""

from __future__ import annotations

import numpy as np

from lossnb import cross_entropy, value_and_grad

from ._exercise import (
    TOLERANCE,
    Answer,
    Array,
    ask,
    close,
    close_in_each,
    exercise,
    expect,
    expect_gradient,
    samples,
)

SIGN = "a larger target score lowers the loss"


@exercise
def gradient(answer: Answer) -> None:
    """``answer(h, y)``: the gradient (N, C) of the mean cross-entropy."""
    h, y = samples()
    _, wanted = value_and_grad(cross_entropy)(h, y)
    found = ask(answer, h, y, shape=h.shape)
    onehot, e = np.eye(h.shape[1])[y], np.exp(h)
    across, down = e / e.sum(axis=1, keepdims=True), e / e.sum(axis=0)
    along = "the softmax goes along each row, over the classes; yours goes down the columns"
    expect_gradient(
        found,
        wanted,
        SIGN,
        columns="entries",
        others={
            "the 1 is not taken from the target's column": across / len(h),
            along: (down - onehot) / len(h),
            "the exponentials must be divided by their sum": (e - onehot) / len(h),
        },
    )


@exercise
def at_any_size(answer: Answer) -> None:
    """``answer(h, y)``: the loss of each row (N,), for huge leads as for tiny losses."""
    h = np.array([[1e3, 0, -1e3], [0, 1e3, 0], [40, 0, 0], [0.5, 2, -1], [2e3, 2e3, 1e3]])
    y = np.array([0, 2, 0, 0, 1])
    with np.errstate(all="ignore"):
        found = ask(answer, h, y, shape=y.shape, finite=False)
    wanted = cross_entropy(h, y, reduction="none")
    expect(not np.isnan(found).any(), "it is nan for large logits: an exponential has overflowed")
    expect(
        not np.isinf(found).any(),
        "it is infinite where the target is far behind: do not take the logarithm of a probability",
    )
    right = close_in_each(found, wanted)
    expect(not close_in_each(-found, wanted).all(), "the sign is wrong: a loss is never negative")
    expect(
        right[2] or found[2] != 0 or not right[[1, 3, 4]].all(),
        f"the loss of the logits {h[2].tolist()} is {wanted[2]:.1e}, not 0: never form 1 + a "
        "tiny number, use log1p or logaddexp",
    )
    expect(right.all(), f"wrong for the logits {h[~right].tolist()}, labels {y[~right].tolist()}")


@exercise
def hessian(answer: Answer) -> None:
    """``answer(p)``: the second derivatives (C, C) of one row's loss, from its probabilities."""
    h, y, step = np.array([0.5, -1.0, 2.0]), np.array([0]), 1e-5
    p = np.exp(h) / np.exp(h).sum()

    def slope(h: Array) -> Array:
        return value_and_grad(cross_entropy)(h[None], y)[1][0]

    wanted = [(slope(h + step * e) - slope(h - step * e)) / (2 * step) for e in np.eye(3)]
    found = ask(answer, p, shape=(3, 3))
    expect(close(found, found.T), "it must be symmetric")
    expect(
        not close(-found, wanted),
        "the sign is wrong: the loss is convex, and its diagonal is not below 0",
    )
    expect(
        np.abs(found.sum(axis=1)).max() <= TOLERANCE,
        "its rows must sum to 0: a shift of all logits changes no gradient",
    )
    expect(
        close(found, wanted),
        f"for p = {p.round(3).tolist()} the first row is {np.round(wanted[0], 3).tolist()}; "
        "differentiate p_j by h_k",
    )


@exercise
def smoothed_lead(answer: Answer) -> None:
    """``answer(epsilon, C)``: the target's lead where the smoothed loss has its minimum."""
    for epsilon, classes in ((0.1, 10), (0.3, 4), (0.05, 100), (0.2, 3)):
        lead = ask(answer, epsilon, classes, shape=()).item()

        def slope(lead: float, epsilon: float = epsilon, classes: int = classes) -> float:
            h = np.zeros((1, classes))
            h[0, 0] = lead
            smoothed = value_and_grad(cross_entropy)
            return float(smoothed(h, np.array([0]), label_smoothing=epsilon)[1][0, 0])

        at, near = f"for ε = {epsilon} and C = {classes}", TOLERANCE * abs(lead)
        expect(slope(lead + near) > 0, f"{at} the loss still falls beyond your lead of {lead:.3g}")
        expect(
            slope(lead - near) < 0,
            f"{at} your lead of {lead:.3g} is past the minimum, which is at p = q",
        )


@exercise
def second_softmax(answer: Answer) -> None:
    """``answer(C)``: the least loss when probabilities are taken for logits."""
    for classes in (2, 10, 37):
        floor = ask(answer, classes, shape=()).item()
        least = cross_entropy(np.eye(classes), np.arange(classes))
        expect(
            floor <= least * (1 + TOLERANCE),
            f"for C = {classes} a perfect answer pays less than your {floor:.4g}",
        )
        expect(
            floor >= least * (1 - TOLERANCE),
            f"for C = {classes} your {floor:.4g} is never reached; by how much can p_y lead?",
        )
