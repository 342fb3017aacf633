"""The exercises of 9.1.3, judged."""

from __future__ import annotations

import numpy as np

from lossnb import hinge, ramp, value_and_grad

from ._exercise import (
    TOLERANCE,
    Answer,
    ask,
    close,
    exercise,
    expect,
    expect_gradient,
    same,
    samples,
)

SIGN = "a larger target score lowers the loss"


@exercise
def gradient(answer: Answer) -> None:
    """``answer(h, y, s)``: the gradient (N, C) of the mean Crammer–Singer ramp loss."""
    h, y = samples()
    for s in (-0.5, -2.0, 0.0):
        _, wanted = value_and_grad(ramp)(h, y, s=s)
        _, convex = value_and_grad(hinge)(h, y)
        others = {"that is the hinge's gradient; a margin below s must give 0": convex}
        for other in {-s, -0.5, -1.0, 0.0} - {s}:
            if other < 1:
                hint = f"at s = {s} it is the gradient for s = {other + 0.0:g}; is your s used?"
                others[hint] = value_and_grad(ramp)(h, y, s=other)[1]
        others["what the target gains, its strongest rival loses"] = np.minimum(wanted, 0)
        found = ask(answer, h, y, s, shape=h.shape)
        expect_gradient(found, wanted, SIGN, columns="entries", others=others)


@exercise
def in_half_precision(answer: Answer) -> None:
    """``answer(u, s)``: the ramp loss of margins in half precision, right at any size."""
    u = np.array([-6e4, -1e4, -3.0, -0.5, 0.25, 1.0, 2.0, 6e4], dtype=np.float16)
    for s in (-0.5, -2.0):
        with np.errstate(all="ignore"):
            found = ask(answer, u, s, shape=u.shape, finite=False)
        wanted = ramp(u, np.ones_like(u), form="binary", s=s, reduction="none")
        right = np.abs(found - wanted) <= 5 * TOLERANCE
        expect(
            found[:2].any() or not right[2:].all(),
            "a very negative margin costs nothing: the two hinges have cancelled",
        )
        expect(
            right.all(),
            f"wrong at u = {u[~right].tolist()} for s = {s}; the loss is 1 − u, held in [0, 1 − s]",
        )


@exercise
def break_even(answer: Answer) -> None:
    """``answer(p)``: the s at which separating the likeliest class stops being the cheaper."""
    for p in (0.15, 0.34, 0.49, 0.05):
        s = ask(answer, p, shape=()).item()
        expect(s < 0, f"at p = {p} your s is {s:.3g}, but the break-even lies below 0")
        cost = (1 - p) * (1 - s)
        expect(
            close(cost, 1.0),
            f"at p = {p} and your s = {s:.3g} separating costs {cost:.3g}, predicting nothing 1; "
            "the two must be equal",
        )


@exercise
def majoriser(answer: Answer) -> None:
    """``answer(u, v, s)``: a convex function of u, above the ramp and equal to it at u = v."""
    grid, near = np.linspace(-4, 4, 161), 0.01
    for s in (-0.5, -1.0, -2.0):
        for v in (-3.0, s - 0.25, s / 2, 0.5, 2.0):
            u = np.sort(np.append(grid[abs(grid - v) > 2 * near], [v - near, v, v + near]))
            true = ramp(u, np.ones_like(u), form="binary", s=s, reduction="none")
            found, at, where = ask(answer, u, v, s, shape=u.shape), u == v, f"(v = {v}, s = {s})"
            expect(close(found[at], true[at]), f"it must touch the ramp at u = v {where}")
            expect(np.all(found >= true - TOLERANCE), f"it falls below the ramp {where}")
            slopes = np.diff(found) / np.diff(u)
            expect(
                np.all(np.diff(slopes) >= -0.01),
                f"it is not convex {where}; put a straight line in the place of −max{{0, s − u}}",
            )
            through = (found[u == v + near] - found[u == v - near]) / (2 * near)
            expect(
                same(through, -1.0 if s < v < 1 else 0.0) | (abs(through) < 0.01) & (not s < v < 1),
                f"it touches the ramp, but not with its slope {where}; so beside v it is looser "
                "than it need be",
            )
