"""9.1.3 ramp."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lossnb import hinge, ramp

from .common import BACKENDS, VECTORS, assert_close, assert_refused, send, value_and_gradient

both = pytest.mark.parametrize("backend", BACKENDS)


@both
@pytest.mark.parametrize("vector", VECTORS["ramp"], ids=lambda v: v["id"])
def test_reference_values(vector: dict[str, Any], backend: str) -> None:
    inputs, options = vector["inputs"], dict(vector["params"])
    if "margin" in inputs:  # a loss of the margin itself: the binary form with y = 1
        name, options["form"] = "margin", "binary"
        target = np.ones(len(inputs["margin"]), dtype=int)
    else:
        name, target = "scores", inputs["target"]
    value, (gradient,) = value_and_gradient(
        ramp,
        send(backend, inputs[name]),
        send(backend, target),
        reduction=vector["reduction"],
        **options,
    )
    assert_close(value, vector.get("mpmath_value", vector["value"]))
    if "mpmath_sum" in vector:
        assert_close(value.sum(), vector["mpmath_sum"])
    if not (vector.get("kink") or "ties" in vector["id"] or "singer_extreme" in vector["id"]):
        assert_close(gradient, vector["grad"][name])


@both
def test_default_s_follows_the_number_of_classes(backend: str) -> None:
    for classes in (2, 3, 10):
        h = np.zeros((1, classes))
        h[0, 1] = 1000.0
        loss = ramp(send(backend, h), send(backend, [0]))
        assert_close(loss, 1 + 1 / (classes - 1))
    assert ramp(send(backend, [-9.0]), send(backend, [1]), form="binary") == 2


@both
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_large_errors_do_not_cancel(backend: str, dtype: str) -> None:
    u, y = send(backend, [-1e4, 1e4], dtype), send(backend, [1, 1])
    loss = ramp(u, y, form="binary", s=-0.25, reduction="none")
    np.testing.assert_array_equal(np.asarray(loss), [1.25, 0.0])


def test_large_errors_do_not_cancel_in_bfloat16() -> None:
    u = torch.tensor([-9999.7, -123.4]).bfloat16()
    loss = ramp(u, torch.ones(2), form="binary", s=-0.25, reduction="none")
    assert loss.tolist() == [1.25, 1.25]
    two_hinges = (1 - u).clamp(min=0) - (-0.25 - u).clamp(min=0)  # what eq. 9.4 says literally
    assert two_hinges.tolist() != [1.25, 1.25]


@both
def test_no_gradient_at_the_kinks_nor_beyond(backend: str) -> None:
    u = send(backend, [-9.0, -0.5, 0.0, 1.0, 2.0])
    _, (gradient,) = value_and_gradient(
        ramp, u, send(backend, [1] * 5), form="binary", s=-0.5, reduction="sum"
    )
    np.testing.assert_array_equal(gradient, [0, 0, -1, 0, 0])


margins = arrays(np.float64, 5, elements=st.floats(-50, 50))
points = st.floats(-5, 0.9)


@given(margins, points)
def test_is_the_hinge_truncated_at_s(u: np.ndarray, s: float) -> None:
    y = np.ones(5)
    loss = ramp(u, y, form="binary", s=s, reduction="none")
    paid = hinge(u, y, form="binary", reduction="none")
    np.testing.assert_allclose(loss, paid - np.maximum(0, s - u), atol=1e-12)  # eq. 9.4
    np.testing.assert_array_equal(loss, np.minimum(1 - s, paid))
    assert (loss >= 0).all()
    assert (loss <= 1 - s).all()


@given(margins, points, st.floats(0, 5))
def test_never_grows_with_the_margin(u: np.ndarray, s: float, more: float) -> None:
    y = np.ones(5)
    after = ramp(u + more, y, form="binary", s=s, reduction="none")
    assert (after <= ramp(u, y, form="binary", s=s, reduction="none")).all()


@given(arrays(np.float64, (4, 3), elements=st.floats(-9, 9)), st.floats(-3, 3))
def test_only_differences_of_logits_count(h: np.ndarray, shift: float) -> None:
    y = np.array([0, 1, 2, 0])
    np.testing.assert_allclose(ramp(h + shift, y), ramp(h, y), atol=1e-12)


H, Y = [[1.0, 2.0, 3.0]] * 2, [0, 2]
WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"s": 1}, ValueError, r"s must be finite and < 1; got 1"),
    ({"s": -float("inf")}, ValueError, r"s must be finite and < 1; got -inf"),
    ({"s": "0"}, TypeError, r"s must be a real number; got str"),
    ({"form": "weston_watkins"}, ValueError, r"form must be one of 'crammer_singer', 'binary'"),
    ({"reduction": 1}, ValueError, r"reduction must be one of"),
    ({"logits": [1.0, 2.0]}, ValueError, r"logits must have shape \(N, C\); got \(2,\)"),
    ({"logits": [[1.0]] * 2}, ValueError, r"logits must have at least 2 classes"),
    ({"logits": [[1, 2, 3]] * 2}, TypeError, r"logits must have a real floating dtype"),
    ({"target": [0, 3]}, ValueError, r"target must hold class indices 0\.\.2; got 3"),
    ({"target": [0.0, 1.0]}, TypeError, r"target must hold class indices of an integer dtype"),
    ({"target": [0]}, ValueError, r"target must have shape \(2,\).*; got \(1,\)"),
    ({"logits": [1.0], "target": [0], "form": "binary"}, ValueError, r"only -1 and \+1; got 0"),
]


@both
@pytest.mark.parametrize(("change", "error", "message"), WRONG)
def test_wrong_input(
    backend: str, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    usual = {"logits": H, "target": Y}
    assert_refused(ramp, backend, usual, change, error, message)
