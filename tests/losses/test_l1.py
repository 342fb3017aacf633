"""9.2.1 l1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lossnb import l1

from .common import BACKENDS, VECTORS, assert_close, send, value_and_gradient
from .regression import check_reference, check_wrong_input

both = pytest.mark.parametrize("backend", BACKENDS)


@both
@pytest.mark.parametrize("vector", VECTORS["l1"], ids=lambda v: v["id"])
def test_reference_values(vector: dict[str, Any], backend: str) -> None:
    check_reference(l1, vector, backend)


def test_mean_is_over_samples_not_elements() -> None:
    torch.manual_seed(0)
    a, b = torch.randn(5, 3).double(), torch.randn(5, 3).double()
    assert_close(l1(a, b), 3 * F.l1_loss(a, b))
    assert_close(l1(a[:, 0], b[:, 0]), F.l1_loss(a[:, 0], b[:, 0]))
    assert_close(l1(a, b, reduction="none"), F.l1_loss(a, b, reduction="none"))


@both
def test_subgradient_at_zero_is_zero(backend: str) -> None:
    _, (gradient,) = value_and_gradient(
        l1, send(backend, [0.0, -0.0, 1.0]), send(backend, [0.0, 0.0, 0.0]), reduction="sum"
    )
    np.testing.assert_array_equal(gradient, [0, 0, 1])


@both
def test_nan_is_not_hidden(backend: str) -> None:
    value = l1(send(backend, [np.nan, 1.0]), send(backend, [0.0, 0.0]), reduction="none")
    np.testing.assert_array_equal(np.asarray(value), [np.nan, 1])


vectors_of_5 = arrays(np.float64, 5, elements=st.floats(-1e6, 1e6))


@given(vectors_of_5, vectors_of_5)
def test_symmetric_and_nonnegative(a: np.ndarray, b: np.ndarray) -> None:
    assert l1(a, b) == l1(b, a) >= 0
    assert l1(a, a) == 0


@given(vectors_of_5, vectors_of_5, st.floats(0, 100))
def test_homogeneous(a: np.ndarray, b: np.ndarray, k: float) -> None:
    np.testing.assert_allclose(l1(k * a, k * b), k * l1(a, b), rtol=1e-9, atol=1e-6)


@both
def test_wrong_input(backend: str) -> None:
    check_wrong_input(l1, backend)
