"""9.1.2 hinge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import hinge_loss

from lossnb import hinge

from .common import BACKENDS, VECTORS, assert_close, assert_refused, send, value_and_gradient

both = pytest.mark.parametrize("backend", BACKENDS)
FORMS = ("crammer_singer", "weston_watkins", "target_score", "binary")


@both
@pytest.mark.parametrize("vector", VECTORS["hinge"], ids=lambda v: v["id"])
def test_reference_values(vector: dict[str, Any], backend: str) -> None:
    options = {k: v for k, v in vector["params"].items() if k in ("form", "margin", "p")}
    name = "score" if "score" in vector["inputs"] else "scores"
    scores, target = send(backend, vector["inputs"][name]), vector["inputs"]["target"]
    labels = send(backend, np.asarray(target, dtype=int))
    weights = vector["params"].get("weight")
    reduction = "none" if weights else vector["reduction"]
    value, (gradient,) = value_and_gradient(hinge, scores, labels, reduction=reduction, **options)
    if weights:  # the peer weighs rows by class and divides by N
        row = np.asarray(weights)[target]
        value, gradient = (row * value).mean(), row[:, None] * gradient / len(row)
    assert_close(value, vector.get("mpmath_value", vector["value"]))
    if not (vector.get("kink") or "ties" in vector["id"] or "boundary" in vector["id"]):
        assert_close(gradient, vector["grad"][name])


@both
def test_subgradient_at_the_kink_is_zero(backend: str) -> None:
    at = {
        "crammer_singer": ([[2.0, 1.0, -5.0]], [0]),
        "weston_watkins": ([[2.0, 1.0, -5.0]], [0]),
        "target_score": ([[1.0, 7.0]], [0]),
        "binary": ([1.0, -1.0], [1, -1]),
    }
    for form, (scores, target) in at.items():
        for p in (1, 2):
            value, (gradient,) = value_and_gradient(
                hinge, send(backend, scores), send(backend, target), form=form, p=p
            )
            assert value == 0
            np.testing.assert_array_equal(gradient, 0)


@both
def test_of_tied_rivals_the_first_carries_the_gradient(backend: str) -> None:
    _, (gradient,) = value_and_gradient(hinge, send(backend, [[1.0, 1.0, 1.0]]), send(backend, [1]))
    np.testing.assert_array_equal(gradient, [[1, -1, 0]])


def test_five_forms_are_five_losses() -> None:
    h, y = np.array([[2.0, 1.5, 0.0], [0.0, 0.5, 1.5], [1.0, 0.0, -1.0]]), np.array([0, 1, 2])
    assert_close(hinge(h, y), hinge_loss(y, h))
    assert_close(
        hinge(h, y, form="weston_watkins"),
        F.multi_margin_loss(torch.tensor(h), torch.tensor(y)),
    )
    assert_close(
        hinge(h, y, form="weston_watkins", p=2, margin=0.5),
        F.multi_margin_loss(torch.tensor(h), torch.tensor(y), p=2, margin=0.5),
    )
    signs = np.where(np.arange(3) == y[:, None], 1, -1)
    one_vs_all = hinge(h.ravel(), signs.ravel(), form="binary", reduction="sum") / 3
    values = [float(hinge(h, y, form=form)) for form in FORMS[:3]] + [float(one_vs_all)]
    assert len({round(v, 6) for v in values}) == 4


@both
def test_a_batch_of_one_class_answered_correctly_costs_nothing(backend: str) -> None:
    """scikit-learn's metric gives 3.0 here."""
    assert hinge(send(backend, [2.0, 2.0]), send(backend, [1, 1]), form="binary") == 0
    assert hinge(send(backend, [[2.0, 0.0]] * 2), send(backend, [0, 0])) == 0


@both
def test_binary_labels_may_be_floating(backend: str) -> None:
    f = send(backend, [0.5, 0.5])
    assert_close(
        hinge(f, send(backend, [1.0, -1.0]), form="binary"),
        hinge(f, send(backend, [1, -1]), form="binary"),
    )


def test_the_printed_form_is_degenerate() -> None:
    """h = 1 everywhere has no loss whatever the labels: trap T1."""
    for y in np.eye(3, dtype=int):
        assert hinge(np.ones((3, 2)), y, form="target_score") == 0
        assert hinge(np.ones((3, 2)), y) == 1


@both
def test_the_printed_form_needs_no_rival(backend: str) -> None:
    assert hinge(send(backend, [[0.25]]), send(backend, [0]), form="target_score") == 0.75


def test_target_column_keeps_its_digits_with_many_classes() -> None:
    torch.manual_seed(0)
    h, y = torch.randn(2, 32_000), torch.tensor([5, 31_000])
    _, (single,) = value_and_gradient(hinge, h, y, form="weston_watkins")
    _, (exact,) = value_and_gradient(hinge, h.double(), y, form="weston_watkins")
    at = single[[0, 1], y.numpy()], exact[[0, 1], y.numpy()]
    np.testing.assert_allclose(*at, rtol=1e-6)


score_rows = arrays(np.float64, (4, 3), elements=st.floats(-20, 20))
label_rows = arrays(np.int64, 4, elements=st.integers(0, 2))
margin_forms = st.sampled_from(["crammer_singer", "weston_watkins"])


@given(score_rows, label_rows, margin_forms, st.floats(-50, 50), st.sampled_from([1, 2]))
def test_only_differences_of_logits_count(
    h: np.ndarray, y: np.ndarray, form: str, shift: float, p: int
) -> None:
    loss = hinge(h, y, form=form, p=p, reduction="none")
    assert (loss >= 0).all()
    np.testing.assert_allclose(
        hinge(h + shift, y, form=form, p=p, reduction="none"), loss, rtol=1e-9, atol=1e-9
    )


@given(score_rows, label_rows)
def test_worst_rival_bounds(h: np.ndarray, y: np.ndarray) -> None:
    """Crammer-Singer is between the mean over the rivals and their sum."""
    worst = hinge(h, y, reduction="none")
    total = 3 * hinge(h, y, form="weston_watkins", reduction="none")
    assert (worst <= total + 1e-12).all()
    assert (total <= 2 * worst + 1e-12).all()


@given(score_rows, label_rows, st.sampled_from(["crammer_singer", "weston_watkins"]))
def test_at_least_the_error(h: np.ndarray, y: np.ndarray, form: str) -> None:
    """The hinge lies above the 0-1 loss: an error costs at least the margin (over C)."""
    wrong = h.argmax(axis=1) != y
    divisor = 3 if form == "weston_watkins" else 1
    assert (hinge(h, y, form=form, reduction="none")[wrong] >= 1 / divisor - 1e-12).all()


@given(arrays(np.float64, 5, elements=st.floats(-20, 20)), st.floats(0, 5))
def test_never_grows_with_the_margin(f: np.ndarray, more: float) -> None:
    y = np.ones(5)
    assert (
        hinge(f + more, y, form="binary", reduction="none")
        <= hinge(f, y, form="binary", reduction="none")
    ).all()


H, Y = [[1.0, 2.0, 3.0]] * 2, [0, 2]
F_, S = [0.5, -0.5], [1, -1]
WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"form": "squared"}, ValueError, r"form must be one of 'crammer_singer', .*; got 'squared'"),
    ({"form": None}, ValueError, r"form must be one of .*; got None"),
    ({"margin": 0.0}, ValueError, r"margin must be finite and > 0; got 0\.0"),
    ({"margin": float("inf")}, ValueError, r"margin must be finite and > 0; got inf"),
    ({"margin": "1"}, TypeError, r"margin must be a real number; got str"),
    ({"margin": True}, TypeError, r"margin must be a real number; got bool"),
    ({"p": 3}, ValueError, r"p must be 1 or 2; got 3"),
    ({"p": True}, ValueError, r"p must be 1 or 2; got True"),
    ({"reduction": "batchmean"}, ValueError, r"reduction must be one of"),
    ({"logits": [1.0, 2.0]}, ValueError, r"logits must have shape \(N, C\); got \(2,\)"),
    ({"logits": [[1.0]] * 2}, ValueError, r"logits must have at least 2 classes; got .*\(2, 1\)"),
    ({"logits": [[1, 2, 3]] * 2}, TypeError, r"logits must have a real floating dtype"),
    ({"target": [0, 3]}, ValueError, r"target must hold class indices 0\.\.2; got 3"),
    ({"target": [0, -100]}, ValueError, r"target must hold class indices 0\.\.2; got -100"),
    ({"target": [0.0, 1.0]}, TypeError, r"target must hold class indices of an integer dtype"),
    ({"target": [[0], [2]]}, ValueError, r"target must have shape \(2,\).*; got \(2, 1\)"),
    ({"logits": F_, "target": [0, 1], "form": "binary"}, ValueError, r"only -1 and \+1; got 0"),
    ({"logits": F_, "target": [1], "form": "binary"}, ValueError, r"target must have shape \(2,\)"),
    ({"logits": H, "target": S, "form": "binary"}, ValueError, r"logits must have shape \(N,\)"),
]


@both
@pytest.mark.parametrize(("change", "error", "message"), WRONG)
def test_wrong_input(
    backend: str, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    usual = {"logits": H, "target": Y}
    assert_refused(hinge, backend, usual, change, error, message)


def test_wrong_kinds() -> None:
    with pytest.raises(TypeError, match="target must hold -1 and \\+1 in a real dtype; got bool"):
        hinge(np.array(F_), np.array([True, False]), form="binary")
    with pytest.raises(TypeError, match="target must be of the same kind as logits, Tensor"):
        hinge(torch.tensor(H), np.array(Y))
