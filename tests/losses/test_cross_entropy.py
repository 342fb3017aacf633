"""9.1.1 cross-entropy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lossnb import cross_entropy

from .common import BACKENDS, VECTORS, assert_close, assert_refused, send, value_and_gradient

both = pytest.mark.parametrize("backend", BACKENDS)
INF = np.inf


@both
@pytest.mark.parametrize("vector", VECTORS["cross_entropy"], ids=lambda v: v["id"])
def test_reference_values(vector: dict[str, Any], backend: str) -> None:
    inputs, options = vector["inputs"], dict(vector["params"])
    if "weight" in options:
        options["weight"] = send(backend, options["weight"])
    target = send(backend, inputs["target_probs" if "target_probs" in inputs else "target"])
    value, (gradient,) = value_and_gradient(
        cross_entropy,
        send(backend, inputs["logits"]),
        target,
        reduction=vector["reduction"],
        **options,
    )
    assert_close(value, vector.get("mpmath_value", vector["value"]))
    wanted = vector["grad"]["logits"]
    if vector["id"] == "tiny_loss":  # the peer rounds p_y - 1 to 0; a row of gradients sums to 0
        wanted = [[-wanted[0][1], wanted[0][1]]]
    assert_close(gradient, wanted)


@both
def test_losses_too_small_for_one_plus(backend: str) -> None:
    """log(1 + e^-40) and log(1 + e^-20), against 50-digit values."""
    for target in ([0], [[1.0, 0.0]]):  # a label, and the same as probabilities
        double = cross_entropy(send(backend, [[40.0, 0.0]]), send(backend, target))
        assert float(double) == pytest.approx(4.2483542552915889863e-18, rel=1e-15, abs=0)
    single = cross_entropy(send(backend, [[20.0, 0.0]], "float32"), send(backend, [0]))
    assert float(single) == pytest.approx(2.0611536203143807e-9, rel=1e-6, abs=0)


@both
def test_huge_logits(backend: str) -> None:
    h, y = send(backend, [[1e4, -1e4], [1e300, -1e300], [0.0, 1e308]]), send(backend, [1, 0, 1])
    value, (gradient,) = value_and_gradient(cross_entropy, h, y, reduction="none")
    np.testing.assert_array_equal(value, [2e4, 0.0, 0.0])
    np.testing.assert_array_equal(gradient, [[1, -1], [0, 0], [0, 0]])


@both
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_masked_classes_are_not_there(backend: str, smoothing: float) -> None:
    """A logit of -inf is a class the row does not have, for labels, mixtures and smoothing."""
    masked = send(backend, [[1.0, -INF, 2.0, 0.5]])
    reduced = send(backend, [[1.0, 2.0, 0.5]])
    for target, smaller in (([2], [1]), ([[0.5, 0.0, 0.25, 0.25]], [[0.5, 0.25, 0.25]])):
        value, (gradient,) = value_and_gradient(
            cross_entropy, masked, send(backend, target), label_smoothing=smoothing
        )
        wanted, (other,) = value_and_gradient(
            cross_entropy, reduced, send(backend, smaller), label_smoothing=smoothing
        )
        assert_close(value, wanted)
        assert_close(np.delete(gradient, 1, axis=1), other)
        assert gradient[0, 1] == 0


@both
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_ignored_rows_are_not_there(backend: str, smoothing: float) -> None:
    h = send(backend, [[1.0, 2.0, 0.5], [-INF, -INF, -INF], [0.0, 3.0, 1.0], [-INF, np.nan, INF]])
    y = send(backend, [1, -100, 0, -100])
    options = {"label_smoothing": smoothing}
    for reduction in ("mean", "sum"):
        value, (gradient,) = value_and_gradient(cross_entropy, h, y, reduction=reduction, **options)
        wanted, (other,) = value_and_gradient(
            cross_entropy, h[[0, 2]], y[[0, 2]], reduction=reduction, **options
        )
        assert_close(value, wanted)
        assert_close(gradient[[0, 2]], other)
        np.testing.assert_array_equal(gradient[[1, 3]], 0)
    np.testing.assert_array_equal(
        np.asarray(cross_entropy(h, y, reduction="none", **options))[[1, 3]], 0
    )


@both
def test_all_rows_ignored_cost_nothing(backend: str) -> None:
    h, y = send(backend, [[1.0, 2.0], [0.0, -INF]]), send(backend, [7, 7])
    for smoothing in (0.0, 0.1):
        value, (gradient,) = value_and_gradient(
            cross_entropy, h, y, ignore_index=7, label_smoothing=smoothing
        )
        assert value == 0
        np.testing.assert_array_equal(gradient, 0)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_conventions_are_pytorchs(
    smoothing: float, weighted: bool, soft: bool, reduction: str
) -> None:
    torch.manual_seed(0)
    h = torch.randn(6, 4, dtype=torch.double)
    target = torch.rand(6, 4).double().softmax(1) if soft else torch.tensor([0, 1, 2, 3, 1, -100])
    weight = torch.tensor([1.0, 16.0, 0.5, 0.0], dtype=torch.double) if weighted else None
    options = {"weight": weight, "label_smoothing": smoothing, "reduction": reduction}
    assert_close(cross_entropy(h, target, **options), F.cross_entropy(h, target, **options))


def test_bfloat16_keeps_float32_accuracy() -> None:
    torch.manual_seed(0)
    h, y = (3 * torch.randn(512, 100)).bfloat16(), torch.randint(100, (512,))
    exact = F.cross_entropy(h.double(), y)
    assert float((cross_entropy(h, y) - exact).abs() / exact) < 1e-6
    assert float((F.cross_entropy(h, y).double() - exact).abs() / exact) > 1e-4  # the peer


logit_rows = arrays(np.float64, (4, 3), elements=st.floats(-50, 50))
label_rows = arrays(np.int64, 4, elements=st.integers(0, 2))


@given(logit_rows, label_rows, st.floats(-100, 100))
def test_adding_a_constant_to_all_logits_changes_nothing(
    h: np.ndarray, y: np.ndarray, shift: float
) -> None:
    loss = cross_entropy(h, y, reduction="none")
    assert (loss >= 0).all()
    np.testing.assert_allclose(
        cross_entropy(h + shift, y, reduction="none"), loss, rtol=1e-9, atol=1e-12
    )


@given(logit_rows, label_rows)
def test_gradient_rows_sum_to_zero_and_stay_in_the_simplex(h: np.ndarray, y: np.ndarray) -> None:
    _, (gradient,) = value_and_gradient(cross_entropy, h, y, reduction="sum")
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-15)
    p = gradient + np.eye(3)[y]  # rounded: for p near 0, by as much as 1 is
    rounding = np.finfo(float).eps
    assert (p >= -rounding).all()
    assert (p <= 1 + rounding).all()


@given(logit_rows, label_rows)
def test_more_for_the_target_costs_less(h: np.ndarray, y: np.ndarray) -> None:
    more = h + np.eye(3)[y]
    assert (cross_entropy(more, y, reduction="none") <= cross_entropy(h, y, reduction="none")).all()


H, Y, Q = [[1.0, 2.0, 3.0]] * 2, [0, 2], [[0.5, 0.25, 0.25]] * 2
WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"logits": [1.0, 2.0]}, ValueError, r"logits must have shape \(N, C\); got \(2,\)"),
    ({"logits": [[], []]}, ValueError, r"logits must have at least 1 class; got shape \(2, 0\)"),
    ({"logits": [[1, 2, 3]] * 2}, TypeError, r"logits must have a real floating dtype; got .*64"),
    ({"target": [0, 3]}, ValueError, r"target .* 0\.\.2 or ignore_index=-100; got 3"),
    ({"target": [0, -1]}, ValueError, r"target .* 0\.\.2 or ignore_index=-100; got -1"),
    ({"target": [0.0, 1.0]}, TypeError, r"target must hold class indices .*; got .*float64"),
    ({"target": [0]}, ValueError, r"target must have shape \(2,\).*; got \(1,\)"),
    ({"target": Q[:1]}, ValueError, r"target must have shape \(2, 3\).*; got \(1, 3\)"),
    ({"target": [[0, 1, 0]] * 2}, TypeError, r"target must have a real floating dtype; got .*64"),
    ({"target": [[0.5, 0.25, 0.0]] * 2}, ValueError, r"target .* sum to 1 .* got a sum of 0\.75"),
    ({"target": [[1.5, -0.5, 0.0]] * 2}, ValueError, r"target .* >= 0; got -0\.5"),
    ({"target": Q, "ignore_index": 1}, ValueError, r"ignore_index needs class indices; got 1"),
    ({"weight": [1.0, 1.0]}, ValueError, r"weight must have shape \(3,\).*; got \(2,\)"),
    ({"weight": [1, 1, 1]}, TypeError, r"weight must have a real floating dtype"),
    ({"weight": [1.0, -1.0, 1.0]}, ValueError, r"weight must be >= 0"),
    ({"label_smoothing": 1.5}, ValueError, r"label_smoothing must be .* <= 1; got 1\.5"),
    ({"label_smoothing": float("nan")}, ValueError, r"label_smoothing must be finite .*; got nan"),
    ({"label_smoothing": "a"}, TypeError, r"label_smoothing must be a real number; got str"),
    ({"ignore_index": 1.0}, TypeError, r"ignore_index must be an integer; got 1\.0"),
    (
        {"reduction": "avg"},
        ValueError,
        r"reduction must be one of 'mean', 'sum', 'none'; got 'avg'",
    ),
]


@both
@pytest.mark.parametrize(("change", "error", "message"), WRONG)
def test_wrong_input(
    backend: str, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    usual = {"logits": H, "target": Y}
    assert_refused(cross_entropy, backend, usual, change, error, message)


def test_wrong_kinds() -> None:
    h, y = np.array(H), np.array(Y)
    with pytest.raises(TypeError, match="logits must be a NumPy array or a torch tensor; got list"):
        cross_entropy(H, y)
    with pytest.raises(TypeError, match="target must be of the same kind as logits, ndarray"):
        cross_entropy(h, torch.tensor(Y))
    with pytest.raises(TypeError, match="logits must have a real floating dtype; got complex128"):
        cross_entropy(h.astype(complex), y)
    with pytest.raises(TypeError, match=r"target must hold class indices .*; got bool"):
        cross_entropy(h, y.astype(bool))
    with pytest.raises(TypeError, match=r"target must hold class indices .*; got torch\.bool"):
        cross_entropy(torch.tensor(H), torch.tensor([True, False]))
    with pytest.raises(ValueError, match="target must not require a gradient"):
        cross_entropy(torch.tensor(H), torch.tensor(Q, requires_grad=True))
    with pytest.raises(ValueError, match="target must be on the device of logits, cpu; got meta"):
        cross_entropy(torch.tensor(H), torch.tensor(Y, device="meta"))


@both
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_logit_of_inf_is_nan_in_its_row_alone(backend: str, smoothing: float) -> None:
    value, (gradient,) = value_and_gradient(
        cross_entropy,
        send(backend, [[INF, 0.0], [0.0, 1.0]]),
        send(backend, [1, 1]),
        label_smoothing=smoothing,
        reduction="none",
    )
    assert np.isnan(value).tolist() == [True, False]
    assert np.isnan(gradient).any(axis=1).tolist() == [True, False]
