"""Answers to the exercises, judged. A check prints that all is well, or raises with a hint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossnb import hinge, ramp, value_and_grad

Array = NDArray[Any]
Answer = Callable[..., Any]


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
