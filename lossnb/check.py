"""Answers to the exercises, judged. A check prints that all is well, or raises with a hint."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossnb import (
    center,
    cross_entropy,
    hinge,
    l1,
    l2,
    ramp,
    tukey_biweight,
    update_centers,
    value_and_grad,
)
from lossnb.losses.large_margin_softmax import phi

Array = NDArray[Any]
Answer = Callable[..., Any]


def cross_entropy_gradient(answer: Answer) -> None:
    """``answer(h, y)``: the gradient (N, C) of the mean cross-entropy."""
    h, y = _samples()
    _, wanted = value_and_grad(cross_entropy)(h, y)
    found = _ask(answer, h, y, shape=h.shape)
    _expect(not _close(found, -wanted), "the sign is wrong: a larger target score lowers the loss")
    total = _close(found, wanted * len(h))
    _expect(not total, "that is the gradient of the sum; the mean has a 1/N")
    rows = int(np.sum(np.abs(found.sum(axis=1)) > 1e-9))
    _expect(rows == 0, f"{rows} rows do not sum to 0; is the 1 taken from the target's column?")
    _expect(_close(found, wanted), "it differs from p − onehot; is p the softmax of each row?")
    print("Right.")


def cross_entropy_at_any_size(answer: Answer) -> None:
    """``answer(h, y)``: the loss of each row (N,), for huge leads as for tiny losses."""
    h = np.array([[1e3, 0, -1e3], [0, 1e3, 0], [40, 0, 0], [0.5, 2, -1], [2e3, 2e3, 1e3]])
    y = np.array([0, 2, 0, 0, 1])
    with np.errstate(all="ignore"):
        found = _ask(answer, h, y, shape=y.shape)
    wanted = cross_entropy(h, y, reduction="none")
    _expect(not np.isnan(found).any(), "it is nan for large logits: an exponential has overflowed")
    _expect(
        not np.isinf(found).any(),
        "it is infinite where the target is far behind: do not take the logarithm of a probability",
    )
    _expect(
        found[2] != 0,
        f"the loss of the logits {h[2].tolist()} is {wanted[2]:.1e}, not 0: never form 1 + a "
        "tiny number, use log1p or logaddexp",
    )
    wrong = np.flatnonzero(~np.isclose(found, wanted, rtol=1e-9, atol=0))
    _expect(wrong.size == 0, f"wrong for the logits {h[wrong].tolist()}, labels {y[wrong]}")
    print("Right.")


def cross_entropy_hessian(answer: Answer) -> None:
    """``answer(p)``: the second derivatives (C, C) of one row's loss, from its probabilities."""
    h, y, step = np.array([0.5, -1.0, 2.0]), np.array([0]), 1e-5
    p = np.exp(h) / np.exp(h).sum()

    def gradient(h: Array) -> Array:
        return value_and_grad(cross_entropy)(h[None], y)[1][0]

    wanted = [(gradient(h + step * e) - gradient(h - step * e)) / (2 * step) for e in np.eye(3)]
    found = _ask(answer, p, shape=(3, 3))
    _expect(_close(found, found.T), "it must be symmetric")
    _expect(
        _close(found.sum(axis=1), 0),
        "its rows must sum to 0: a shift of all logits changes no gradient",
    )
    _expect(
        np.allclose(found, wanted, atol=1e-8),
        f"for p = {p.round(3).tolist()} the first row is {np.round(wanted[0], 3).tolist()}; "
        "differentiate p_j by h_k",
    )
    print("Right.")


def smoothed_lead(answer: Answer) -> None:
    """``answer(epsilon, C)``: the target's lead where the smoothed loss has its minimum."""
    for epsilon, classes in ((0.1, 10), (0.3, 4)):
        lead = _ask(answer, epsilon, classes, shape=()).item()
        h = np.zeros((1, classes))
        h[0, 0] = lead
        _, slope = value_and_grad(cross_entropy)(h, np.array([0]), label_smoothing=epsilon)
        at = f"for ε = {epsilon} and C = {classes}"
        _expect(slope[0, 0] > -1e-9, f"{at} the loss still falls beyond your lead of {lead:.3g}")
        _expect(slope[0, 0] < 1e-9, f"{at} your lead of {lead:.3g} is past the minimum, at p = q")
    print("Right.")


def second_softmax(answer: Answer) -> None:
    """``answer(C)``: the least loss when probabilities are taken for logits."""
    for classes in (2, 10):
        floor = _ask(answer, classes, shape=()).item()
        least = cross_entropy(np.eye(classes), np.arange(classes))
        _expect(
            floor <= least + 1e-9,
            f"for C = {classes} a perfect answer pays {least:.4g}, less than your {floor:.4g}",
        )
        _expect(
            floor >= least - 1e-9,
            f"for C = {classes} your {floor:.4g} is never reached; by how much can p_y lead?",
        )
    print("Right.")


def hinge_gradient(answer: Answer) -> None:
    """``answer(h, y)``: the gradient (N, C) of the mean Crammer–Singer hinge loss."""
    h, y = _samples()
    _, wanted = value_and_grad(hinge)(h, y)
    found = _ask(answer, h, y, shape=h.shape)
    _expect_margin_gradient(found, wanted)
    print("Right.")


def margin_scale(answer: Answer) -> None:
    """``answer(m)``: the pair (a, b) with hinge(h, margin=m) = a · hinge(b · h, margin=1)."""
    h, y = _samples()
    for m in (0.5, 1.0, 3.0):
        a, b = _ask(answer, m, shape=(2,))
        wanted, found = hinge(h, y, margin=m), a * hinge(b * h, y)
        _expect(
            _close(found, wanted),
            f"at m = {m} the two sides are {found:.4g} and {wanted:.4g}; "
            "take m out of max{0, m − u} as a factor",
        )
    print("Right.")


def two_class_score(answer: Answer) -> None:
    """``answer(h)``: of logits (N, 2), the score (N,) whose binary hinge loss is the same."""
    h, y = _samples(classes=2)
    f = _ask(answer, h, shape=(len(h),))
    wanted = hinge(h, y, reduction="none")
    _expect(
        not _close(hinge(-f, 2 * y - 1, form="binary", reduction="none"), wanted),
        "the sign is wrong: the second class is the positive one",
    )
    _expect(
        _close(hinge(f, 2 * y - 1, form="binary", reduction="none"), wanted),
        "the losses differ; write down the margin of a sample of each class",
    )
    print("Right.")


def rivals_bound(answer: Answer) -> None:
    """``answer(C)``: the smallest factor by which the sum over rivals is bounded by the worst."""
    for classes in (2, 3, 10):
        bound = _ask(answer, classes, shape=()).item()
        tied, y = np.zeros((1, classes)), np.zeros(1, dtype=int)
        ratio = classes * hinge(tied, y, form="weston_watkins") / hinge(tied, y)
        _expect(
            bound >= ratio - 1e-9,
            f"for C = {classes} and equal logits the ratio is {ratio:g}, above your {bound:g}",
        )
        _expect(
            bound <= ratio + 1e-9,
            f"for C = {classes} your {bound:g} is never reached; how many rivals are there?",
        )
    print("Right.")


def ramp_gradient(answer: Answer) -> None:
    """``answer(h, y, s)``: the gradient (N, C) of the mean Crammer–Singer ramp loss."""
    h, y = _samples()
    for s in (-0.5, -2.0, 0.0):
        _, wanted = value_and_grad(ramp)(h, y, s=s)
        _, convex = value_and_grad(hinge)(h, y)
        found = _ask(answer, h, y, s, shape=h.shape)
        _expect(
            not _close(found, convex),
            "that is the hinge's gradient; a margin below s must give 0",
        )
        _expect_margin_gradient(found, wanted)
    print("Right.")


def ramp_in_half(answer: Answer) -> None:
    """``answer(u, s)``: the ramp loss of margins in half precision, right at any size."""
    u = np.array([-6e4, -1e4, -3.0, -0.5, 0.25, 1.0, 2.0, 6e4], dtype=np.float16)
    for s in (-0.5, -2.0):
        found = _ask(answer, u, s, shape=u.shape)
        wanted = ramp(u, np.ones_like(u), form="binary", s=s, reduction="none")
        _expect(
            found[0] != 0 and found[1] != 0,
            "a very negative margin costs nothing: the two hinges have cancelled",
        )
        wrong = np.flatnonzero(~np.isclose(found, wanted, atol=1e-2))
        _expect(
            wrong.size == 0,
            f"wrong at u = {u[wrong].tolist()} for s = {s}; the loss is 1 − u, held in [0, 1 − s]",
        )
    print("Right.")


def break_even(answer: Answer) -> None:
    """``answer(p)``: the s at which separating the likeliest class stops being the cheaper."""
    for p in (0.15, 0.34, 0.49):
        s = _ask(answer, p, shape=()).item()
        _expect(s < 0, f"at p = {p} your s is {s:.3g}, but the break-even lies below 0")
        cost = (1 - p) * (1 - s)
        _expect(
            _close(cost, 1.0),
            f"at p = {p} and your s = {s:.3g} separating costs {cost:.3g}, predicting nothing 1; "
            "the two must be equal",
        )
    print("Right.")


def majoriser(answer: Answer) -> None:
    """``answer(u, v, s)``: a convex function of u, above the ramp and equal to it at u = v."""
    u = np.linspace(-4, 4, 161)
    for s in (-0.5, -1.0):
        true = ramp(u, np.ones_like(u), form="binary", s=s, reduction="none")
        for v in (-3.0, 0.5, 2.0):
            found = _ask(answer, u, v, s, shape=u.shape)
            at_v = np.interp(v, u, found), np.interp(v, u, true)
            _expect(_close(*at_v), f"it must touch the ramp at v = {v}, s = {s}")
            _expect(bool(np.all(found >= true - 1e-9)), f"it falls below the ramp (v = {v})")
            _expect(
                bool(np.all(np.diff(found, 2) >= -1e-9)),
                f"it is not convex (v = {v}); put a straight line in the place of −max{{0, s − u}}",
            )
    print("Right.")


def straight_continuation(answer: Answer) -> None:
    """``answer(theta, m)``: φ with a straight line from −1 at π/m to 1 − 2m at π as its D."""
    theta = np.linspace(0, np.pi, 721)
    for m in (1, 2, 3, 4):
        found = _ask(answer, theta, m, shape=theta.shape)
        below = theta <= np.pi / m
        _expect(
            _close(found[below], np.cos(m * theta[below])),
            f"for m = {m} it must be cos mθ up to π/m",
        )
        after = found[~below]
        if m == 1:
            continue
        _expect(
            abs(after[0] + 1) < 0.02,
            f"for m = {m} it jumps at π/m, from −1 to {after[0]:.2f}; the line begins at −1",
        )
        _expect(_close(np.diff(after, 2), 0.0), f"for m = {m} it is not straight beyond π/m")
        _expect(
            _close(after[-1], 1 - 2 * m),
            f"for m = {m} it ends at {after[-1]:.2f}, where {1 - 2 * m} is wanted",
        )
    print("Right.")


def annealed_slopes(answer: Answer) -> None:
    """``answer(m, lam)``: the smallest and the largest dψ/dcos θ, for m ≥ 2."""
    for m in (2, 3, 4):
        shelves = np.cos(np.arange(m + 1) * np.pi / m)
        for lam in (0.0, 0.5, 10.0):
            found = _ask(answer, m, lam, shape=(2,))
            slopes = (lam + phi(shelves, m)[1]) / (1 + lam)
            for which, mine, true in zip(
                ("smallest", "largest"), found, (slopes.min(), slopes.max()), strict=True
            ):
                _expect(
                    _close(mine, true),
                    f"for m = {m}, λ = {lam:g} the {which} slope is {true:.3g}, not {mine:.3g}; "
                    "that of cos θ is 1, and that of φ lies in [0, m²]",
                )
    print("Right.")


def circle_share(answer: Answer) -> None:
    """``answer(m)``: the share of directions in the plane that satisfy their nearest class."""
    turn = 2 * np.pi * np.arange(9_999) / 9_999
    for m in (1, 2, 3, 4):
        share = _ask(answer, m, shape=()).item()
        for classes in (3, 10):
            cosine = np.cos(turn[:, None] - 2 * np.pi * np.arange(classes) / classes)
            cosine.sort(axis=1)
            counted = np.mean(phi(cosine[:, -1], m)[0] > cosine[:, -2])
            _expect(
                abs(share - counted) < 5e-3,
                f"for m = {m} and {classes} classes, {counted:.3f} of the directions do, "
                f"not {share:.3f}; how far from its weights may a feature be?",
            )
    print("Right.")


def added_margins(answer: Answer) -> None:
    """``answer(a, between)``: the gaps of cos(θ + a) and of cos θ − a, for weights alike."""
    names = ("cos(θ + a)", "cos θ − a")
    for a, between in ((0.2, 0.5), (0.3, 1.5), (0.5, 3.0)):
        found = _ask(answer, a, between, shape=(2,))
        edges = (between - found) / 2
        targets = np.cos(edges[0] + a), np.cos(edges[1]) - a
        for name, gap, edge, target in zip(names, found, edges, targets, strict=True):
            _expect(gap > 0, f"the gap of {name} must be above 0; got {gap:.3g}")
            _expect(
                _close(target, np.cos(between - edge)),
                f"with your gap of {name}, a = {a} and θ₁₂ = {between}, the boundary of class 1 "
                f"is at θ₁ = {edge:.3g}; there {name} is {target:.3g}, but cos θ₂ is "
                f"{np.cos(between - edge):.3g}",
            )
    print("Right.")


def center_gradient(answer: Answer) -> None:
    """``answer(x, c, y)``: the gradient (N, d) of the mean centre loss by the features."""
    x, c, y = _clusters()
    _, wanted = value_and_grad(center)(x, c, y)
    found = _ask(answer, x, c, y, shape=x.shape)
    _expect(
        not _close(found, -wanted),
        "the sign is wrong: a step against the gradient must lead to the centre",
    )
    _expect(not _close(found, 2 * wanted), "the ½ of equation 9.11 takes the 2 of the square away")
    _expect(
        not _close(found, len(x) * wanted),
        "that is the gradient of the sum; the mean has a 1/N",
    )
    wrong = int(np.sum(~np.isclose(found, wanted).all(axis=1)))
    _expect(wrong == 0, f"{wrong} of {len(x)} rows are wrong; each has the centre of its own class")
    print("Right.")


def center_step(answer: Answer) -> None:
    """``answer(x, c, y, alpha)``: the centres (C, d) after Wen et al.'s equation 4."""
    x, c, y = _clusters()
    absent = np.setdiff1d(np.arange(len(c)), y)
    for alpha in (0.5, 0.2):
        before = c.copy()
        found = _ask(answer, x, c, y, alpha, shape=c.shape)
        _expect(_close(c, before), "the centres that came in were changed; work on a copy")
        _expect(bool(np.isfinite(found).all()), "a class that is absent divides by 0; mind the 1 +")
        _expect(_close(found[absent], c[absent]), "a class that is absent from the batch must stay")
        wanted = update_centers(x, c, y, alpha=alpha)
        _expect(
            not _close(found, 2 * c - wanted),
            "the centres run away from their features; mind the sign of Δc",
        )
        once = np.bincount(y, minlength=len(c)) == 1
        _expect(
            not _close(found[once] - c[once], 2 * (wanted - c)[once]),
            f"at α = {alpha} a class seen once must go half of α; the divisor is 1 + count",
        )
        wrong = np.flatnonzero(~np.isclose(found, wanted).all(axis=1)).tolist()
        _expect(not wrong, f"at α = {alpha} the centres {wrong} are wrong")
    print("Right.")


def center_weight(answer: Answer) -> None:
    """``answer(weight, N)``: the λ of 9.13 as printed that does what `weight` does on means."""
    for weight, n in ((0.1, 128), (1.0, 10)):
        x, y = np.ones((n, 1)), np.zeros(n, dtype=int)
        wanted = weight * center(x, np.zeros((1, 1)), y)
        printed = _ask(answer, weight, n, shape=()).item()
        found = printed * center(x, np.zeros((1, 1)), y, reduction="sum")
        _expect(
            _close(found, wanted),
            f"for a weight of {weight} and N = {n} the centres' part becomes {found:.4g}, "
            f"not {wanted:.4g}; a sum is N times its mean",
        )
    print("Right.")


def center_memory(answer: Answer) -> None:
    """``answer(alpha, n, steps)``: the share of a centre's way that is left, features at rest."""
    for alpha, n, steps in ((0.5, 1, 1), (0.5, 1, 4), (0.5, 64, 3), (0.2, 5, 10)):
        c, y = np.ones((1, 1)), np.zeros(n, dtype=int)
        for _ in range(steps):
            c = update_centers(np.zeros((n, 1)), c, y, alpha=alpha)
        found = _ask(answer, alpha, n, steps, shape=()).item()
        _expect(
            bool(np.isclose(found, c.item(), rtol=1e-6, atol=0)),
            f"for α = {alpha}, n = {n} and {steps} steps {c.item():.4g} of the way is left, not "
            f"{found:.4g}; by which factor does one step shrink it?",
        )
    print("Right.")


def l1_gradient(answer: Answer) -> None:
    """``answer(prediction, target)``: the gradient (N, M) of the mean l1 loss."""
    prediction, target = _regression()
    _, wanted = value_and_grad(l1)(prediction, target)
    found = _ask(answer, prediction, target, shape=prediction.shape)
    exact = prediction == target
    _expect(not found[exact].any(), "where the prediction is exact, take 0")
    _expect_regression_gradient(found, wanted)
    print("Right.")


def quantile_loss(answer: Answer) -> None:
    """``answer(r, q)``: the loss of residuals whose best constant has the share q below it."""
    r = np.linspace(-3, 3, 25)
    _expect(_close(_ask(answer, r, 0.5, shape=r.shape), np.abs(r)), "at q = 1/2 it must be |r|")
    for q in (0.1, 0.75):
        found = _ask(answer, r, q, shape=r.shape)
        wanted = 2 * np.maximum(q * r, (q - 1) * r)
        _expect(
            not _close(found, wanted[::-1]),
            f"at q = {q} its best constant has {1 - q:.2g} below it; r is y − ŷ",
        )
        _expect(
            _close(found, wanted),
            f"wrong at q = {q}; it is two straight lines, and at the best constant the pulls of "
            "those below and those above must balance",
        )
    print("Right.")


def median_efficiency(answer: Answer) -> None:
    """``answer(density, variance)``: the efficiency of the median against the mean."""
    noises = {
        "Gaussian": ((2 * np.pi) ** -0.5, 1.0),
        "Laplace": (0.5, 2.0),
        "uniform": (0.25, 4 / 3),
    }
    for name, (density, variance) in noises.items():
        wanted = 4 * density**2 * variance
        found = _ask(answer, density, variance, shape=()).item()
        _expect(
            not _close(found, 1 / wanted),
            "that is the median's variance against the mean's; the efficiency is its inverse",
        )
        _expect(
            _close(found, wanted),
            f"for {name} noise it is not {found:.4g}; the median's variance is 1/(4n·density²)",
        )
    print("Right.")


def breakdown(answer: Answer) -> None:
    """``answer(N)``: how many spoilt samples of N drive the median to infinity."""
    for n in (5, 6, 441, 442):
        k = int(_ask(answer, n, shape=()).item())
        for spoilt, enough in ((k, True), (k - 1, False)):
            sample = np.zeros(n)
            sample[: max(spoilt, 0)] = np.inf
            holds = bool(np.isfinite(np.sort(sample)[[(n - 1) // 2, n // 2]]).all())
            hint = "the median holds" if enough else "the median is lost already"
            _expect(holds != enough, f"with {spoilt} of {n} samples spoilt {hint}")
    print("Right.")


def l2_gradient(answer: Answer) -> None:
    """``answer(prediction, target)``: the gradient (N, M) of the mean l2 loss."""
    prediction, target = _regression()
    _, wanted = value_and_grad(l2)(prediction, target)
    found = _ask(answer, prediction, target, shape=prediction.shape)
    _expect(not _close(found, wanted / 2), "equation 9.16 has no ½, so the 2 stays")
    _expect_regression_gradient(found, wanted)
    print("Right.")


def largest_rate(answer: Answer) -> None:
    """``answer(x)``: beyond which learning rate gradient descent on (y − w x)² diverges."""
    for scale in (0.5, 3.0):
        x = scale * np.random.default_rng(0).normal(size=40)
        rate = _ask(answer, x, shape=()).item()
        _, slope = value_and_grad(l2)(x, np.zeros_like(x))  # at w = 1, where the best w is 0
        factor = 1 - rate * (slope @ x)
        _expect(
            abs(factor) > 1 - 1e-6,
            f"at your rate {rate:.3g} the error shrinks by {factor:.3g} a step; go further",
        )
        _expect(
            abs(factor) < 1 + 1e-6,
            f"at your rate {rate:.3g} the error grows by {factor:.3g} a step",
        )
        _expect(rate > 0, "at the rate 0 nothing moves; there is a larger one that holds the error")
    print("Right.")


def huber_loss(answer: Answer) -> None:
    """``answer(r, delta)``: r² in the middle, its tangents from |r| = delta on."""
    r = np.linspace(-6, 6, 121)
    for delta in (0.5, 2.0):
        found = _ask(answer, r, delta, shape=r.shape)
        middle, size = np.abs(r) <= delta, np.abs(r)
        _expect(
            _close(found[middle], l2(r, 0 * r, reduction="none")[middle]),
            f"for |r| up to {delta} it must be r², without a ½",
        )
        right = found[r > delta]
        _expect(_close(np.diff(right, 2), 0), f"beyond {delta} it must be a straight line")
        _expect(
            _close(np.diff(right), 2 * delta * np.diff(r[r > delta])),
            f"beyond {delta} its slope must be that of r² at {delta}",
        )
        _expect(
            _close(found, np.where(middle, size**2, 2 * delta * size - delta**2)),
            f"at |r| = {delta} the pieces must meet, on both sides",
        )
    print("Right.")


def gaussian_cost(answer: Answer) -> None:
    """``answer(loss, M)``: the least −log likelihood of a sample, over all Gaussian scales."""
    sigma = np.geomspace(1e-2, 1e2, 20001)
    for loss, targets in ((2.0, 1), (0.3, 4)):
        costs = targets / 2 * np.log(2 * np.pi * sigma**2) + loss / (2 * sigma**2)
        best = sigma[costs.argmin()]
        found = _ask(answer, loss, targets, shape=()).item()
        where = f"for a loss of {loss} with M = {targets}"
        _expect(
            found < costs.min() + 1e-4,
            f"{where} σ = {best:.3f} gives {costs.min():.3f}, below your {found:.3f}",
        )
        _expect(found > costs.min() - 1e-4, f"{where} no σ gets as low as your {found:.3f}")
    print("Right.")


def biweight_gradient(answer: Answer) -> None:
    """``answer(prediction, target, c, scale)``: the gradient (N, M) of Tukey's mean biweight."""
    rng = np.random.default_rng(0)
    prediction, target = rng.normal(scale=3.0, size=(2, 30, 2))
    for c, scale in ((4.6851, 1.0), (2.0, 1.5)):
        _, wanted = value_and_grad(tukey_biweight)(prediction, target, c=c, scale=scale)
        found = _ask(answer, prediction, target, c, scale, shape=prediction.shape)
        beyond = np.abs(target - prediction) > c * scale
        _expect_sign_and_divisor(found, wanted)
        _expect(
            not found[beyond].any(),
            f"at c = {c}, scale = {scale} a residual beyond c times the scale still pulls",
        )
        _expect(
            scale == 1 or not _close(found, wanted * scale),
            "the derivative of r/scale brings a factor 1/scale",
        )
        _expect(
            _close(found, wanted),
            f"wrong at c = {c}, scale = {scale}; the pull is r(1 − (r/c)²)², r the scaled residual",
        )
    print("Right.")


def biweight_in_single(answer: Answer) -> None:
    """``answer(r, c)``: Tukey's biweight in single precision, right for tiny and huge residuals."""
    r = np.array([1e-6, 1e-3, -0.1, 2.0, -5.0, 1e15, np.inf], dtype=np.float32)
    for c in (4.6851, 2.0):
        wanted = tukey_biweight(np.zeros_like(r), r, c=c, reduction="none")
        with np.errstate(over="ignore", invalid="ignore"):
            found = _ask(answer, r, c, shape=r.shape)
        _expect(
            bool(np.isfinite(found[-2:]).all()),
            "a huge residual gives inf or NaN: hold (r/c)² at 1 before you go on",
        )
        _expect(
            bool(np.isclose(found[:2], wanted[:2], rtol=1e-5, atol=0).all()),
            "tiny residuals are wrong: 1 − (1 − v)³ cancels, so multiply it out",
        )
        wrong = np.flatnonzero(~np.isclose(found, wanted, rtol=1e-5, atol=0))
        _expect(wrong.size == 0, f"wrong at r = {r[wrong].tolist()} for c = {c}")
    print("Right.")


def biweight_majoriser(answer: Answer) -> None:
    """``answer(r, v, c)``: a parabola in r, above Tukey's biweight and equal to it at r = v."""
    r = np.linspace(-8, 8, 161)
    for c in (4.6851, 2.0):
        true = tukey_biweight(np.zeros_like(r), r, c=c, reduction="none")
        for v in (0.0, 1.0, -1.5, 6.0):
            found = _ask(answer, r, v, c, shape=r.shape)
            bend = np.diff(found, 2)
            at_v = np.interp(v, r, found), np.interp(v, r, true)
            _expect(_close(*at_v), f"it must touch the biweight at v = {v}, c = {c}")
            _expect(_close(bend, bend[0]), f"it is not a parabola in r (v = {v}, c = {c})")
            _expect(
                bool(np.all(found >= true - 1e-9)),
                f"it falls below the biweight (v = {v}, c = {c}); its slope at v must be ψ(v)",
            )
    print("Right.")


def huber_efficiency(answer: Answer) -> None:
    """``answer(delta)``: the asymptotic efficiency of Huber's loss on N(0, 1)."""
    for delta in (0.5, 1.345, 2.0):
        normal = NormalDist()
        inside = 2 * normal.cdf(delta) - 1
        square = inside - 2 * delta * normal.pdf(delta) + delta**2 * (1 - inside)
        found = _ask(answer, delta, shape=()).item()
        _expect(
            not np.isclose(found, square / inside**2, rtol=1e-3),
            "that is the variance against the mean's; the efficiency is its inverse",
        )
        _expect(found <= 1, f"at δ = {delta} your {found:.4g} beats the mean, which nothing does")
        _expect(
            np.isclose(found, inside**2 / square, rtol=1e-3),
            f"at δ = {delta} it is not {found:.4g}; ψ is r held in [−δ, δ], so ψ′ is 1 inside, "
            "0 outside, and ∫ψ²φ has a part from outside, too",
        )
    print("Right.")


def _samples(classes: int = 4) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    return rng.normal(scale=2.0, size=(50, classes)), rng.integers(classes, size=50)


def _ask(answer: Answer, *arguments: Any, shape: tuple[int, ...]) -> Array:
    _expect(callable(answer), f"hand over the function itself; got {answer!r}")
    found = answer(*arguments)
    nothing = found is None or found is ...
    _expect(not nothing, "nothing came back yet: let the function return its answer")
    array = np.asarray(found)
    _expect(np.issubdtype(array.dtype, np.number), f"the answer must be numbers; got {array.dtype}")
    _expect(array.shape == shape, f"the answer must have shape {shape}; got {array.shape}")
    return array


def _clusters() -> tuple[Array, Array, Array]:
    """Features, centres and labels; class 0 occurs once and class 3 never."""
    rng = np.random.default_rng(0)
    y = np.array([0, *rng.choice([1, 2], size=20)])
    return rng.normal(size=(21, 2)), rng.normal(size=(4, 2)), y


def _regression() -> tuple[Array, Array]:
    """Predictions and targets (N, M), one of which is exact."""
    prediction, target = np.random.default_rng(0).normal(scale=3.0, size=(2, 30, 3))
    prediction[0, 0] = target[0, 0]
    return prediction, target


def _expect_sign_and_divisor(found: Array, wanted: Array) -> None:
    _expect(
        not _close(found, -wanted),
        "the sign is wrong: a prediction above its target must come down",
    )
    _expect(
        not _close(found, wanted * len(wanted)),
        "that is the gradient of the sum; the mean has a 1/N",
    )
    _expect(
        not _close(found, wanted / wanted.shape[1]),
        "the mean is over the N samples, not over all the elements",
    )


def _expect_regression_gradient(found: Array, wanted: Array) -> None:
    _expect_sign_and_divisor(found, wanted)
    wrong = int(np.sum(~np.isclose(found, wanted)))
    _expect(wrong == 0, f"{wrong} of {wanted.size} numbers are wrong; derive one term by its ŷ")


def _expect_margin_gradient(found: Array, wanted: Array) -> None:
    _expect(not _close(found, -wanted), "the sign is wrong: a larger target score lowers the loss")
    total = _close(found, wanted * len(wanted))
    _expect(not total, "that is the gradient of the sum; the mean has a 1/N")
    rows = int(np.sum(np.abs(found.sum(axis=1)) > 1e-9))
    _expect(rows == 0, f"{rows} rows do not sum to 0: what the target gains, its rival loses")
    wrong = np.flatnonzero(~np.isclose(found, wanted).all(axis=1)).tolist()
    _expect(
        not wrong,
        f"{len(wrong)} rows are wrong; who is the strongest rival, and does the sample still pay?",
    )


def _close(a: Any, b: Any) -> bool:
    return bool(np.allclose(a, b))


def _expect(condition: bool, hint: str) -> None:
    if not condition:
        raise AssertionError(hint)
