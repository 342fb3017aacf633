"""The exercises of 9.1.4, judged."""

from __future__ import annotations

import numpy as np

from lossnb import phi

from ._exercise import TOLERANCE, Answer, ask, close, exercise, expect


@exercise
def straight_continuation(answer: Answer) -> None:
    """``answer(theta, m)``: φ with a straight line from −1 at π/m to 1 − 2m at π as its D."""
    theta = np.linspace(0, np.pi, 722)  # π/m is not among them, for any of these m
    for m in (1, 2, 3, 4):
        found = ask(answer, theta, m, shape=theta.shape)
        before = theta <= np.pi / m + 1e-6
        expect(
            close(found[before], np.cos(m * theta[before])),
            f"for m = {m} it must be cos mθ up to π/m",
        )
        if m == 1:
            continue
        after, angle = found[~before], theta[~before]
        begins = after[0] - (after[1] - after[0]) / (angle[1] - angle[0]) * (angle[0] - np.pi / m)
        expect(
            abs(begins + 1) < 0.02,
            f"for m = {m} it jumps at π/m, from −1 to {begins:.2f}; the line begins at −1",
        )
        straight = np.interp(angle, angle[[0, -1]], after[[0, -1]])
        expect(close(after, straight), f"for m = {m} it is not straight beyond π/m")
        expect(
            close(after[-1], 1 - 2 * m),
            f"for m = {m} it ends at {after[-1]:.2f}, where {1 - 2 * m} is wanted",
        )


@exercise
def annealed_slopes(answer: Answer) -> None:
    """``answer(m, lam)``: the smallest and the largest dψ/dcos θ, for m ≥ 2."""
    for m in (2, 3, 4):
        slopes = phi(np.cos(np.arange(m + 1) * np.pi / m), m)[1].round(9)
        for lam in (0.0, 0.5, 10.0):
            found = ask(answer, m, lam, shape=(2,))
            mixed = (lam + slopes) / (1 + lam)
            at = f"for m = {m}, λ = {lam:g}"
            wanted = np.array([mixed.min(), mixed.max()])
            expect(not close(found[::-1], wanted), f"{at} the smallest slope comes first")
            for which, mine, true in zip(("smallest", "largest"), found, wanted, strict=True):
                expect(
                    abs(mine - true) <= TOLERANCE * max(true, 1),
                    f"{at} the {which} slope is {true:.3g}, not {mine:.3g}; "
                    "that of cos θ is 1, and that of φ lies in [0, m²]",
                )


@exercise
def added_margins(answer: Answer) -> None:
    """``answer(a, between)``: the gaps of cos(θ + a) and of cos θ − a, for weights alike."""
    names = ("cos(θ + a)", "cos θ − a")
    for a, between in ((0.2, 0.5), (0.3, 1.5), (0.5, 3.0)):
        found = ask(answer, a, between, shape=(2,))
        edges = (between - found) / 2
        targets = np.cos(edges[0] + a), np.cos(edges[1]) - a
        for name, gap, edge, target in zip(names, found, edges, targets, strict=True):
            expect(gap > 0, f"the gap of {name} must be above 0; got {gap:.3g}")
            expect(
                abs(target - np.cos(between - edge)) <= TOLERANCE,
                f"with your gap of {name}, a = {a} and θ₁₂ = {between}, the boundary of class 1 "
                f"is at θ₁ = {edge:.3g}; there {name} is {target:.3g}, but cos θ₂ is "
                f"{np.cos(between - edge):.3g}",
            )
