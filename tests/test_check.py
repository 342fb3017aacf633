"""A check of an exercise lets the solution pass, and answers a wrong attempt with a hint."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from lossnb import center, check, cross_entropy, hinge, l1, l2, ramp, tukey_biweight, value_and_grad


def cross_entropy_gradient(h: Any, y: Any) -> Any:
    return value_and_grad(cross_entropy)(h, y)[1]


def naive_cross_entropy(h: Any, y: Any) -> Any:
    e = np.exp(h)
    return -np.log((e / e.sum(axis=1, keepdims=True))[np.arange(len(h)), y])


def log_of_softmax(h: Any, y: Any) -> Any:
    return naive_cross_entropy(h - h.max(axis=1, keepdims=True), y)


def log_sum_exp(h: Any, y: Any) -> Any:
    return np.logaddexp.reduce(h, axis=1) - h[np.arange(len(h)), y]


def hinge_gradient(h: Any, y: Any) -> Any:
    return value_and_grad(hinge)(h, y)[1]


def ramp_gradient(h: Any, y: Any, s: float) -> Any:
    return value_and_grad(ramp)(h, y, s=s)[1]


def majoriser(u: Any, v: float, s: float) -> Any:
    line = -(s - u) if v < s else 0 * u
    return np.maximum(0, 1 - u) + line


def straight_continuation(theta: Any, m: int) -> Any:
    return np.where(theta <= np.pi / m, np.cos(m * theta), 1 - 2 * m * theta / np.pi)


def printed_continuation(theta: Any, m: int) -> Any:
    lift = 1 + np.cos(np.pi / m)
    return straight_continuation(theta, m) + lift * (theta > np.pi / m)


def added_margins(a: float, between: float) -> Any:
    return a, 2 * np.arcsin(a / (2 * np.sin(between / 2)))


def center_gradient(x: Any, c: Any, y: Any) -> Any:
    return value_and_grad(center)(x, c, y)[1]


def center_step(x: Any, c: Any, y: Any, alpha: float, one: int = 1) -> Any:
    member = y == np.arange(len(c))[:, None]
    count = member.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        return c + alpha * (member @ x - count * c) / (one + count)


def l1_gradient(prediction: Any, target: Any) -> Any:
    return value_and_grad(l1)(prediction, target)[1]


def l2_gradient(prediction: Any, target: Any) -> Any:
    return value_and_grad(l2)(prediction, target)[1]


def huber_loss(r: Any, delta: float) -> Any:
    return np.where(abs(r) <= delta, r**2, 2 * delta * abs(r) - delta**2)


def biweight_gradient(prediction: Any, target: Any, c: float, scale: float) -> Any:
    return value_and_grad(tukey_biweight)(prediction, target, c=c, scale=scale)[1]


def biweight(r: Any, c: float) -> Any:
    return tukey_biweight(0 * np.nan_to_num(r), r, c=c, reduction="none")


def parabola(r: Any, v: float, c: float) -> Any:
    w = (1 - np.minimum((v / c) ** 2, 1)) ** 2
    return biweight(np.array([v]), c) + w / 2 * (r**2 - v**2)


def huber_efficiency(delta: float) -> Any:
    z = np.array([NormalDist().inv_cdf((i + 0.5) / 20000) for i in range(20000)])
    return np.mean(abs(z) < delta) ** 2 / np.mean(np.clip(z, -delta, delta) ** 2)


SOLUTIONS = {
    check.cross_entropy_gradient: cross_entropy_gradient,
    check.cross_entropy_at_any_size: lambda h, y: cross_entropy(h, y, reduction="none"),
    check.cross_entropy_hessian: lambda p: np.diag(p) - np.outer(p, p),
    check.smoothed_lead: lambda eps, classes: np.log(1 + classes * (1 - eps) / eps),
    check.second_softmax: lambda classes: np.log(1 + (classes - 1) / np.e),
    check.hinge_gradient: hinge_gradient,
    check.margin_scale: lambda m: (m, 1 / m),
    check.two_class_score: lambda h: h[:, 1] - h[:, 0],
    check.rivals_bound: lambda classes: classes - 1,
    check.ramp_gradient: ramp_gradient,
    check.ramp_in_half: lambda u, s: np.clip(1 - u, 0, 1 - s),
    check.break_even: lambda p: -p / (1 - p),
    check.majoriser: majoriser,
    check.straight_continuation: straight_continuation,
    check.annealed_slopes: lambda m, lam: (lam / (1 + lam), (lam + m**2) / (1 + lam)),
    check.circle_share: lambda m: 2 / (m + 1),
    check.added_margins: added_margins,
    check.center_gradient: center_gradient,
    check.center_step: center_step,
    check.center_weight: lambda weight, n: weight / n,
    check.center_memory: lambda alpha, n, steps: (1 - alpha * n / (1 + n)) ** steps,
    check.l1_gradient: l1_gradient,
    check.quantile_loss: lambda r, q: 2 * np.maximum(q * r, (q - 1) * r),
    check.median_efficiency: lambda density, variance: 4 * density**2 * variance,
    check.breakdown: lambda n: (n + 1) // 2,
    check.l2_gradient: l2_gradient,
    check.largest_rate: lambda x: 1 / np.mean(x**2),
    check.huber_loss: huber_loss,
    check.gaussian_cost: lambda loss, m: m / 2 * (np.log(2 * np.pi * loss / m) + 1),
    check.biweight_gradient: biweight_gradient,
    check.biweight_in_single: biweight,
    check.biweight_majoriser: parabola,
    check.huber_efficiency: huber_efficiency,
}

WRONG = [
    (check.cross_entropy_gradient, lambda h, y: -cross_entropy_gradient(h, y), "the sign is wrong"),
    (check.cross_entropy_gradient, lambda h, y: cross_entropy_gradient(h, y) * len(h), "a 1/N"),
    (check.cross_entropy_gradient, lambda h, y: np.exp(h), "do not sum to 0"),
    (check.cross_entropy_gradient, lambda h, y: hinge_gradient(h, y), "differs from p"),
    (check.cross_entropy_at_any_size, naive_cross_entropy, "has overflowed"),
    (check.cross_entropy_at_any_size, log_of_softmax, "logarithm of a probability"),
    (check.cross_entropy_at_any_size, log_sum_exp, "never form 1"),
    (check.cross_entropy_at_any_size, lambda h, y: 1.0 + y, "wrong for the logits"),
    (check.cross_entropy_hessian, lambda p: np.tile(p, (3, 1)), "symmetric"),
    (check.cross_entropy_hessian, np.diag, "sum to 0"),
    (check.cross_entropy_hessian, lambda p: np.outer(p, p) - np.diag(p), "differentiate"),
    (check.smoothed_lead, lambda eps, classes: 0.0, "still falls"),
    (check.smoothed_lead, lambda eps, classes: np.log(2 * classes / eps), "past the minimum"),
    (check.second_softmax, lambda classes: np.log(classes), "perfect answer pays"),
    (check.second_softmax, lambda classes: 0.0, "never reached"),
    (check.hinge_gradient, lambda h, y: -hinge_gradient(h, y), "the sign is wrong"),
    (check.hinge_gradient, lambda h, y: hinge_gradient(h, y) * len(h), "a 1/N"),
    (check.hinge_gradient, lambda h, y: np.minimum(hinge_gradient(h, y), 0), "its rival loses"),
    (check.hinge_gradient, lambda h, y: 0 * h, "rows are wrong"),
    (check.hinge_gradient, lambda h, y: hinge_gradient(h, y)[0], "must have shape"),
    (check.hinge_gradient, lambda h, y: "W", "must be numbers"),
    (check.margin_scale, lambda m: (1, m), "take m out"),
    (check.margin_scale, lambda m: (m, 1), "take m out"),
    (check.two_class_score, lambda h: h[:, 0] - h[:, 1], "the sign is wrong"),
    (check.two_class_score, lambda h: h[:, 1], "the losses differ"),
    (check.rivals_bound, lambda classes: classes - 2, "above your"),
    (check.rivals_bound, lambda classes: classes, "never reached"),
    (check.ramp_gradient, lambda h, y, s: hinge_gradient(h, y), "below s must give 0"),
    (check.ramp_gradient, lambda h, y, s: -ramp_gradient(h, y, s), "the sign is wrong"),
    (check.ramp_gradient, lambda h, y, s: ramp_gradient(h, y, -0.5), "rows are wrong"),
    (check.ramp_in_half, lambda u, s: np.maximum(0, 1 - u) - np.maximum(0, s - u), "cancelled"),
    (check.ramp_in_half, lambda u, s: np.maximum(0, 1 - u), "held in"),
    (check.break_even, lambda p: p / (1 - p), "below 0"),
    (check.break_even, lambda p: -p, "must be equal"),
    (check.majoriser, lambda u, v, s: 0 * u, "must touch"),
    (check.majoriser, lambda u, v, s: np.clip(1 - u, 0, 1 - s), "not convex"),
    (check.majoriser, lambda u, v, s: 1 - v + v - u if v == 0.5 else majoriser(u, v, s), "below"),
    (check.straight_continuation, lambda theta, m: np.cos(theta), "cos mθ up to"),
    (check.straight_continuation, printed_continuation, "it jumps"),
    (
        check.straight_continuation,
        lambda theta, m: np.maximum(straight_continuation(theta, m), -2.0),
        "not straight",
    ),
    (
        check.straight_continuation,
        lambda theta, m: np.where(theta <= np.pi / m, np.cos(m * theta), -m * theta / np.pi),
        "where -3 is wanted",
    ),
    (check.annealed_slopes, lambda m, lam: (0, m**2), "the smallest slope"),
    (check.annealed_slopes, lambda m, lam: (lam / (1 + lam), lam + m**2), "the largest slope"),
    (check.circle_share, lambda m: 1 / m, "how far from its weights"),
    (check.added_margins, lambda a, between: (-a, a), "above 0"),
    (check.added_margins, lambda a, between: (2 * a, a), "of cos\\(θ \\+ a\\), a ="),
    (check.added_margins, lambda a, between: (a, a), "of cos θ − a, a ="),
    (check.center_gradient, lambda *a: -center_gradient(*a), "the sign is wrong"),
    (check.center_gradient, lambda *a: 2 * center_gradient(*a), "takes the 2"),
    (check.center_gradient, lambda *a: 21 * center_gradient(*a), "a 1/N"),
    (check.center_gradient, lambda x, c, y: (x - c[0]) / len(x), "of its own class"),
    (check.center_step, lambda x, c, y, a: c.__isub__(a), "work on a copy"),
    (check.center_step, lambda x, c, y, a: center_step(x, c, y, a, 0), "divides by 0"),
    (check.center_step, lambda x, c, y, a: c - a, "must stay"),
    (check.center_step, lambda x, c, y, a: center_step(x, c, y, -a), "mind the sign"),
    (check.center_step, lambda x, c, y, a: np.nan_to_num(center_step(x, c, y, a, 0)), "must stay"),
    (
        check.center_step,
        lambda x, c, y, a: np.where(c == c[3], c, center_step(x, c, y, a, 0)),
        "half of α",
    ),
    (check.center_step, lambda x, c, y, a: c + 0 * x[:4], "are wrong"),
    (check.center_weight, lambda weight, n: weight, "N times its mean"),
    (check.center_weight, lambda weight, n: weight * n, "N times its mean"),
    (check.center_memory, lambda alpha, n, steps: (1 - alpha) ** steps, "of the way is left"),
    (check.center_memory, lambda alpha, n, steps: 1 - alpha * n / (1 + n), "by which factor"),
    (check.l1_gradient, lambda *a: -l1_gradient(*a), "the sign is wrong"),
    (check.l1_gradient, lambda *a: 30 * l1_gradient(*a), "a 1/N"),
    (check.l1_gradient, lambda *a: l1_gradient(*a) / 3, "not over all the elements"),
    (check.l1_gradient, lambda p, t: np.where(p < t, -1, 1) / len(p), "take 0"),
    (check.l1_gradient, lambda p, t: np.maximum(l1_gradient(p, t), 0), "numbers are wrong"),
    (check.quantile_loss, lambda r, q: np.maximum(q * r, (q - 1) * r), "must be |r|"),
    (check.quantile_loss, lambda r, q: 2 * np.maximum((1 - q) * r, -q * r), "below it"),
    (check.quantile_loss, lambda r, q: abs(r), "must balance"),
    (check.median_efficiency, lambda d, v: 1 / (4 * d**2 * v), "its inverse"),
    (check.median_efficiency, lambda d, v: 4 * d * v, "Gaussian noise it is not"),
    (check.median_efficiency, lambda d, v: 2 / np.pi, "Laplace noise it is not"),
    (check.breakdown, lambda n: 1, "the median holds"),
    (check.breakdown, lambda n: n // 2, "with 2 of 5 samples spoilt the median holds"),
    (check.breakdown, lambda n: n // 2 + 1, "with 3 of 6 samples spoilt the median is lost"),
    (check.l2_gradient, lambda *a: -l2_gradient(*a), "the sign is wrong"),
    (check.l2_gradient, lambda *a: 30 * l2_gradient(*a), "a 1/N"),
    (check.l2_gradient, lambda *a: l2_gradient(*a) / 2, "no ½"),
    (check.l2_gradient, lambda *a: l2_gradient(*a) / 3, "not over all the elements"),
    (check.l2_gradient, lambda *a: l1_gradient(*a), "numbers are wrong"),
    (check.largest_rate, lambda x: 0.5 / np.mean(x**2), "go further"),
    (check.largest_rate, lambda x: 2 / np.mean(x**2), "the error grows"),
    (check.largest_rate, lambda x: 0.0, "nothing moves"),
    (check.huber_loss, lambda r, d: huber_loss(r, d) / 2, "without a ½"),
    (check.huber_loss, lambda r, d: r**2, "a straight line"),
    (check.huber_loss, lambda r, d: np.where(abs(r) <= d, r**2, 3 * abs(r)), "its slope"),
    (check.huber_loss, lambda r, d: np.where(abs(r) <= d, r**2, 2 * d * abs(r)), "must meet"),
    (check.gaussian_cost, lambda loss, m: m / 2 * np.log(2 * np.pi * loss) + m / 2, "below your"),
    (check.gaussian_cost, lambda loss, m: m / 2 * np.log(2 * np.pi * loss / m), "no σ gets"),
    (check.biweight_gradient, lambda *a: -biweight_gradient(*a), "the sign is wrong"),
    (check.biweight_gradient, lambda *a: 30 * biweight_gradient(*a), "a 1/N"),
    (check.biweight_gradient, lambda *a: biweight_gradient(*a) / 2, "not over all the elements"),
    (check.biweight_gradient, lambda p, t, c, s: (p - t) / len(p), "still pulls"),
    (check.biweight_gradient, lambda *a: a[3] * biweight_gradient(*a), "a factor 1/scale"),
    (check.biweight_gradient, lambda *a: biweight_gradient(*a) ** 3, "wrong at c"),
    (check.biweight_in_single, lambda r, c: c**2 / 6 * (1 - (1 - (r / c) ** 2) ** 3), "inf or NaN"),
    (
        check.biweight_in_single,
        lambda r, c: c**2 / 6 * (1 - (1 - np.minimum((r / c) ** 2, 1)) ** 3),
        "multiply it out",
    ),
    (check.biweight_in_single, lambda r, c: np.minimum(r**2 / 2, c**2 / 6), "wrong at r"),
    (check.biweight_majoriser, lambda r, v, c: r**2 / 2, "must touch"),
    (check.biweight_majoriser, lambda r, v, c: biweight(r, c), "not a parabola"),
    (check.biweight_majoriser, lambda r, v, c: biweight(np.array([v]), c) + 0 * r, "falls below"),
    (check.huber_efficiency, lambda delta: 1 / huber_efficiency(delta), "its inverse"),
    (check.huber_efficiency, lambda delta: 1 + delta, "beats the mean"),
    (check.huber_efficiency, lambda delta: 2 / np.pi, "it is not"),
]


def name(value: Any) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize(("judge", "solution"), SOLUTIONS.items(), ids=name)
def test_a_solution_passes(judge: Any, solution: Any, capsys: pytest.CaptureFixture[str]) -> None:
    judge(solution)
    assert capsys.readouterr().out == "Right.\n"


@pytest.mark.parametrize("judge", SOLUTIONS, ids=name)
def test_a_stub_gets_a_hint(judge: Any) -> None:
    with pytest.raises(AssertionError, match="nothing came back"):
        judge(lambda *_: ...)
    with pytest.raises(AssertionError, match="the function itself"):
        judge(...)


@pytest.mark.parametrize(("judge", "attempt", "hint"), WRONG)
def test_a_wrong_answer_gets_its_hint(judge: Any, attempt: Any, hint: str) -> None:
    with pytest.raises(AssertionError, match=hint):
        judge(attempt)


def test_every_check_is_tried() -> None:
    judges = {value for key, value in vars(check).items() if key[0] != "_" and callable(value)}
    own = {judge for judge in judges if judge.__module__ == check.__name__}
    assert own == set(SOLUTIONS)
    assert own == {judge for judge, _, _ in WRONG}
