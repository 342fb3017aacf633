"""9.1.5 centre loss and the centres' own step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lossnb import center, update_centers

from .common import BACKENDS, VECTORS, assert_close, assert_refused, send, value_and_gradient

both = pytest.mark.parametrize("backend", BACKENDS)


def inputs(vector: dict[str, Any], backend: str) -> list[Any]:
    return [send(backend, vector["inputs"][name]) for name in ("x", "centers", "target")]


@both
@pytest.mark.parametrize("vector", VECTORS["center"], ids=lambda v: v["id"])
def test_reference_values(vector: dict[str, Any], backend: str) -> None:
    value, (gradient,) = value_and_gradient(center, *inputs(vector, backend))
    assert_close(2 * value, vector["mpmath_value"])  # the peer leaves the ½ out
    assert_close(2 * gradient, vector["grad"]["x"])
    half = vector["half_mean"]
    assert_close(value, half["mpmath_value"])
    assert_close(gradient, half["grad_x"])
    total = center(*inputs(vector, backend), reduction="sum")  # eq. 9.11 as printed
    assert_close(total, float(half["mpmath_value"]) * len(vector["inputs"]["target"]))


@both
@pytest.mark.parametrize("vector", VECTORS["center"], ids=lambda v: v["id"])
def test_equation_4(vector: dict[str, Any], backend: str) -> None:
    features, centers, target = inputs(vector, backend)
    before = np.asarray(centers).copy()
    moved = update_centers(features, centers, target, alpha=vector["eq4"]["alpha"])
    assert_close(moved, vector["eq4"]["new_centers"])
    assert_close(
        before - np.asarray(update_centers(features, centers, target, alpha=1.0)),
        vector["eq4"]["delta"],
    )
    np.testing.assert_array_equal(np.asarray(centers), before)
    absent = np.setdiff1d(np.arange(len(before)), vector["inputs"]["target"])
    np.testing.assert_array_equal(np.asarray(moved)[absent], before[absent])


@both
def test_far_from_the_origin_no_digits_are_lost(backend: str) -> None:
    """Through ‖x‖² + ‖c‖² - 2x·c more than half of these rows would have no gradient."""
    rng = np.random.default_rng(0)
    x, c, y = (
        rng.normal(size=(64, 8)) + 1000,
        rng.normal(size=(4, 8)) + 1000,
        rng.integers(4, size=64),
    )
    single = [send(backend, x, "float32"), send(backend, c, "float32"), send(backend, y)]
    exact = [np.asarray(a).astype(np.float64) for a in single[:2]]
    value, (gradient,) = value_and_gradient(center, *single, reduction="sum")
    difference = exact[0] - exact[1][y]
    assert_close(value, 0.5 * (difference**2).sum(), 1e-6)
    np.testing.assert_array_equal(gradient, difference.astype(np.float32))


@both
def test_update_is_independent_of_order_and_dtype_stays(backend: str) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), rng.integers(4, size=20)
    centers = send(backend, rng.normal(size=(6, 3)), "float32")
    features = send(backend, x, "float32")
    order = rng.permutation(20)
    moved = update_centers(features, centers, send(backend, y))
    again = update_centers(features[order], centers, send(backend, y[order]))
    assert moved.dtype == centers.dtype
    assert_close(moved, np.asarray(again), 1e-6)
    none = update_centers(features[:0], centers, send(backend, y[:0]))
    np.testing.assert_array_equal(np.asarray(none), np.asarray(centers))
    half = update_centers(
        send(backend, x, "float16"),
        send(backend, np.asarray(centers), "float16"),
        send(backend, y),
    )
    assert str(half.dtype).endswith("float16")
    assert_close(half, np.asarray(moved), 3e-3)


def test_update_records_no_graph() -> None:
    x = torch.randn(3, 2, requires_grad=True)
    assert not update_centers(x * 2, torch.zeros(2, 2), torch.tensor([0, 1, 1])).requires_grad


@given(
    arrays(np.float64, (6, 2), elements=st.floats(-9, 9)),
    arrays(np.int64, 6, elements=st.integers(0, 2)),
    st.floats(0.01, 1),
)
def test_a_step_never_raises_the_loss(x: np.ndarray, y: np.ndarray, alpha: float) -> None:
    centers = np.array([[0.0, 0.0], [1.0, 1.0], [-3.0, 2.0]])
    moved = update_centers(x, centers, y, alpha=alpha)
    assert center(x, moved, y) <= center(x, centers, y) + 1e-12


@given(arrays(np.float64, (6, 2), elements=st.floats(-9, 9)), st.floats(-99, 99))
def test_only_differences_count(x: np.ndarray, shift: float) -> None:
    centers, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1] * 3)
    loss = center(x, centers, y)
    assert loss >= 0
    np.testing.assert_allclose(center(x + shift, centers + shift, y), loss, rtol=1e-9, atol=1e-9)


X, CENTERS, Y = [[1.0, 2.0]] * 2, [[0.0, 0.0]] * 3, [0, 2]
WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"features": [1.0, 2.0]}, ValueError, r"features must have shape \(N, d\); got \(2,\)"),
    ({"features": [[1, 2]] * 2}, TypeError, r"features must have a real floating dtype"),
    ({"centers": [1.0, 2.0]}, ValueError, r"centers must have shape \(C, d\); got \(2,\)"),
    ({"centers": [[1.0]] * 3}, ValueError, r"centers must have shape \(C, 2\).*; got \(3, 1\)"),
    ({"centers": [[1, 1]] * 3}, TypeError, r"centers must have a real floating dtype"),
    ({"target": [0, 3]}, ValueError, r"target must hold class indices 0\.\.2; got 3"),
    ({"target": [0, -1]}, ValueError, r"target must hold class indices 0\.\.2; got -1"),
    ({"target": [0.0, 1.0]}, TypeError, r"target must hold class indices of an integer dtype"),
    ({"target": [0]}, ValueError, r"target must have shape \(2,\).*; got \(1,\)"),
]


@both
@pytest.mark.parametrize("function", [center, update_centers])
@pytest.mark.parametrize(("change", "error", "message"), WRONG)
def test_wrong_input(
    function: Any, backend: str, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    usual = {"features": X, "centers": CENTERS, "target": Y}
    assert_refused(function, backend, usual, change, error, message)


@both
def test_wrong_options(backend: str) -> None:
    arrays = [send(backend, a) for a in (X, CENTERS, Y)]
    with pytest.raises(ValueError, match="reduction must be one of"):
        center(*arrays, reduction="half")
    for alpha in (-0.1, 1.1):
        with pytest.raises(ValueError, match=f"alpha must be .* and <= 1; got {alpha}"):
            update_centers(*arrays, alpha=alpha)


def test_centres_that_wait_for_a_gradient_are_refused() -> None:
    centers = torch.zeros(3, 2, requires_grad=True)
    for function in (center, update_centers):
        with pytest.raises(ValueError, match="centers must not require a gradient"):
            function(torch.tensor(X), centers, torch.tensor(Y))
