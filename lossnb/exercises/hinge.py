"""The exercises of 9.1.2, judged."""

from __future__ import annotations

import numpy as np

from lossnb import hinge, value_and_grad

from ._exercise import TOLERANCE, Answer, ask, close, exercise, expect, expect_gradient, samples

SIGN = "a larger target score lowers the loss"


@exercise
def gradient(answer: Answer) -> None:
    """``answer(h, y)``: the gradient (N, C) of the mean Crammer–Singer hinge loss."""
    h, y = samples()
    _, wanted = value_and_grad(hinge)(h, y)
    _, everyone = value_and_grad(hinge)(h, y, margin=1e6)
    _, errors = value_and_grad(hinge)(h, y, margin=1e-9)
    _, every_rival = value_and_grad(hinge)(h, y, form="weston_watkins")
    expect_gradient(
        ask(answer, h, y, shape=h.shape),
        wanted,
        SIGN,
        columns="entries",
        others={
            "a sample that has its margin of 1 must be left alone": everyone,
            "a sample that is right with a margin below 1 pays, too": errors,
            "only the strongest rival of a sample gains; yours pushes every one": h.shape[1]
            * every_rival,
            "only the strongest rival of a sample gains, and there is no 1/C": every_rival,
            "what the target gains, its strongest rival loses": np.minimum(wanted, 0),
        },
    )


@exercise
def margin_scale(answer: Answer) -> None:
    """``answer(m)``: the pair (a, b) with hinge(h, margin=m) = a · hinge(b · h, margin=1)."""
    h, y = samples()
    for m in (0.5, 1.0, 3.0, 0.2):
        a, b = ask(answer, m, shape=(2,))
        wanted, found = hinge(h, y, margin=m), a * hinge(b * h, y)
        expect(
            close(found, wanted),
            f"at m = {m} the two sides are {found:.4g} and {wanted:.4g}; "
            "take m out of max{0, m − u} as a factor",
        )


@exercise
def two_class_score(answer: Answer) -> None:
    """``answer(h)``: of logits (N, 2), the score (N,) whose binary hinge loss is the same."""
    h, y = samples(classes=2)
    f = ask(answer, h, shape=(len(h),))
    wanted = hinge(h, y, reduction="none")
    expect(
        not close(hinge(-f, 2 * y - 1, form="binary", reduction="none"), wanted),
        "the sign is wrong: the second class is the positive one",
    )
    expect(
        close(hinge(f, 2 * y - 1, form="binary", reduction="none"), wanted),
        "the losses differ; write down the margin of a sample of each class",
    )


@exercise
def rivals_bound(answer: Answer) -> None:
    """``answer(C)``: the smallest factor by which the sum over rivals is bounded by the worst."""
    for classes in (2, 3, 10, 25):
        bound = ask(answer, classes, shape=()).item()
        tied, y = np.zeros((1, classes)), np.zeros(1, dtype=int)
        ratio = classes * hinge(tied, y, form="weston_watkins") / hinge(tied, y)
        expect(
            bound >= ratio * (1 - TOLERANCE),
            f"for C = {classes} and equal logits the ratio is {ratio:g}, above your {bound:g}",
        )
        expect(
            bound <= ratio * (1 + TOLERANCE),
            f"for C = {classes} your {bound:g} is never reached; how many rivals are there?",
        )
