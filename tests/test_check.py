"""A check of an exercise lets the solution pass, and answers a wrong attempt with a hint."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lossnb import check, hinge, ramp, value_and_grad


def hinge_gradient(h: Any, y: Any) -> Any:
    return value_and_grad(hinge)(h, y)[1]


def ramp_gradient(h: Any, y: Any, s: float) -> Any:
    return value_and_grad(ramp)(h, y, s=s)[1]


def majoriser(u: Any, v: float, s: float) -> Any:
    line = -(s - u) if v < s else 0 * u
    return np.maximum(0, 1 - u) + line


SOLUTIONS = {
    check.hinge_gradient: hinge_gradient,
    check.margin_scale: lambda m: (m, 1 / m),
    check.two_class_score: lambda h: h[:, 1] - h[:, 0],
    check.rivals_bound: lambda classes: classes - 1,
    check.ramp_gradient: ramp_gradient,
    check.ramp_in_half: lambda u, s: np.clip(1 - u, 0, 1 - s),
    check.break_even: lambda p: -p / (1 - p),
    check.majoriser: majoriser,
}

WRONG = [
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
