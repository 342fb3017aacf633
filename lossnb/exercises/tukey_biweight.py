"""The exercises of 9.2.3, judged."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from lossnb import tukey_biweight, value_and_grad

from ._exercise import (
    TOLERANCE,
    Answer,
    ask,
    close,
    close_in_each,
    exercise,
    expect,
    expect_gradient,
)

SIGN = "a prediction above its target must come down"


@exercise
def gradient(answer: Answer) -> None:
    """``answer(prediction, target, c, scale)``: the gradient (N, M) of Tukey's mean biweight."""
    rng = np.random.default_rng(0)
    prediction, target = rng.normal(scale=3.0, size=(2, 30, 2))
    for c, scale in ((4.6851, 1.0), (2.0, 1.5)):
        _, wanted = value_and_grad(tukey_biweight)(prediction, target, c=c, scale=scale)
        found = ask(answer, prediction, target, c, scale, shape=prediction.shape)
        at, beyond = f"at c = {c}, scale = {scale}", np.abs(target - prediction) > c * scale
        expect(not found[beyond].any(), f"{at} a residual beyond c times the scale still pulls")
        others = {"the derivative of r/scale brings a factor 1/scale": wanted * scale}
        _, unscaled = value_and_grad(tukey_biweight)(prediction, target, c=c)
        others["the residual is not divided by its scale"] = unscaled
        r = (prediction - target) / scale
        weight = np.clip(1 - (r / c) ** 2, 0, None)
        others["the weight 1 − (r/c)² is squared in the pull"] = r * weight / scale / len(r)
        if scale == 1:  # there they are right
            others = {h: g for h, g in others.items() if not close(g, wanted)}
        expect_gradient(found, wanted, SIGN, others=others)


@exercise
def in_single_precision(answer: Answer) -> None:
    """``answer(r, c)``: Tukey's biweight in single precision, right for tiny and huge residuals."""
    r = np.array([1e-6, 1e-3, -0.1, 2.0, -5.0, 1e15, np.inf], dtype=np.float32)
    for c in (4.6851, 2.0):
        wanted = tukey_biweight(np.zeros_like(r), r, c=c, reduction="none")
        with np.errstate(all="ignore"):
            found = ask(answer, r, c, shape=r.shape, finite=False)
        expect(
            np.isfinite(found[-2:]).all(),
            "a huge residual gives inf or nan: hold (r/c)² at 1 before you go on",
        )
        right = close_in_each(found, wanted)
        expect(
            right[:2].all() or not right[3:].all(),
            "tiny residuals are wrong: 1 − (1 − v)³ cancels, so multiply it out",
        )
        factor = found[3] / wanted[3]
        expect(
            right.all() or not close_in_each(found[3:], factor * wanted[3:]).all(),
            f"at c = {c} it is {factor:.3g} times the loss; mind the factor c²/6",
        )
        expect(right.all(), f"wrong at r = {r[~right].tolist()} for c = {c}")


@exercise
def majoriser(answer: Answer) -> None:
    """``answer(r, v, c)``: a + b r²/2, above Tukey's biweight and equal to it at r = v."""
    for c in (4.6851, 2.0):
        for v in (0.0, 1.0, -1.5, 6.0):
            r = np.append(np.linspace(-8, 8, 161), v)
            true = tukey_biweight(np.zeros_like(r), r, c=c, reduction="none")
            found, where = ask(answer, r, v, c, shape=r.shape), f"(v = {v}, c = {c})"
            expect(close(found[-1], true[-1]), f"it must touch the biweight at r = v {where}")
            bend, tilt, _ = np.polyfit(r, found, 2)
            expect(
                close(found, np.polyval(np.polyfit(r, found, 2), r)),
                f"it is not a parabola in r {where}",
            )
            expect(abs(tilt) < 0.01, f"it must be a + b r²/2, the same for r and −r {where}")
            expect(
                np.all(found >= true - TOLERANCE),
                f"it falls below the biweight {where}; its slope at v must be ψ(v)",
            )
            _, slope = value_and_grad(tukey_biweight)(np.array([v]), np.zeros(1), c=c)
            expect(
                v == 0 or abs(2 * bend * v - slope.item()) < 0.01,
                f"it touches the biweight, but not with its slope ψ(v) {where}",
            )


@exercise
def huber_efficiency(answer: Answer) -> None:
    """``answer(delta)``: the asymptotic efficiency of Huber's loss on N(0, 1)."""
    for delta in (0.5, 1.345, 2.0, 0.1):
        normal = NormalDist()
        inside = 2 * normal.cdf(delta) - 1
        square = inside - 2 * delta * normal.pdf(delta) + delta**2 * (1 - inside)
        found = ask(answer, delta, shape=()).item()
        expect(
            not close(found, square / inside**2),
            "that is the variance against the mean's; the efficiency is its inverse",
        )
        expect(
            found <= 1 + TOLERANCE,
            f"at δ = {delta} your {found:.4g} beats the mean, which nothing does",
        )
        expect(
            close(found, inside**2 / square),
            f"at δ = {delta} it is not {found:.4g}; ψ is r held in [−δ, δ], so ψ′ is 1 inside, "
            "0 outside, and ∫ψ²φ has a part from outside, too",
        )
