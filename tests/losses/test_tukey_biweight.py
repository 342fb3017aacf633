"""9.2.3 Tukey's biweight and its scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mpmath import mp, mpf
from statsmodels.robust.norms import TukeyBiweight

from lossnb import l2, mad, tukey_biweight

from .common import BACKENDS, VECTORS, assert_close, numbers, send, value_and_gradient
from .regression import check_wrong_input

both = pytest.mark.parametrize("backend", BACKENDS)
C = 4.6851


@both
@pytest.mark.parametrize("vector", VECTORS["tukey"], ids=lambda v: v["id"])
def test_reference_values(vector: dict[str, Any], backend: str) -> None:
    r = send(backend, vector["inputs"]["residual"])  # prediction minus target
    scale = "mad" if "scale" in vector["params"] else None
    value, (gradient,) = value_and_gradient(
        tukey_biweight, r, r * 0, c=vector["params"]["c"], scale=scale, reduction="none"
    )
    exact = vector.get("mpmath_rho", vector["value"])
    np.testing.assert_allclose(value, numbers(exact), rtol=1e-12, atol=0)
    assert_close(gradient, vector["grad"]["residual"])
    if scale:
        assert_close(mad(r, r * 0), vector["scale_belagiannis"])


@both
def test_small_residuals_keep_their_digits(backend: str) -> None:
    """The printed formula has an error of 31 % at 1e-3 in float32, 100 % at 1e-8 in float64."""
    mp.dps = 50
    for dtype, residuals, tolerance in (
        ("float64", [1e-8, 1e-3, 1.0], 1e-15),
        ("float32", [1e-3, 1.0], 3e-7),
    ):
        r = send(backend, residuals, dtype)
        value = tukey_biweight(r, r * 0, reduction="none")
        c = mpf(C) if dtype == "float64" else mpf(float(np.float32(C)))
        exact = [float(c**2 / 6 * (1 - (1 - (mpf(float(x)) / c) ** 2) ** 3)) for x in r]
        np.testing.assert_allclose(np.asarray(value, dtype=float), exact, rtol=tolerance)


@both
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_beyond_c_the_loss_is_flat(backend: str, dtype: str) -> None:
    r = send(backend, [4.7, 100.0, 6e4, np.inf, -np.inf], dtype)
    value, (gradient,) = value_and_gradient(tukey_biweight, r, r.clip(0, 0), reduction="none")
    np.testing.assert_allclose(value, C**2 / 6, rtol=1e-6)
    np.testing.assert_array_equal(gradient, 0)


@both
def test_where_the_curve_turns(backend: str) -> None:
    """ψ is largest at c/√5, the inflection point of ρ, and 0 at c, where ρ saturates."""
    r = send(backend, np.linspace(0, C, 100_001))
    _, (influence,) = value_and_gradient(tukey_biweight, r, r * 0, reduction="sum")
    assert abs(float(r[int(influence.argmax())]) - C / math.sqrt(5)) < 1e-4
    assert influence.max() == pytest.approx(16 * C / (25 * math.sqrt(5)))
    assert influence[-1] == 0


@both
def test_agrees_with_a_peer(backend: str) -> None:
    r = np.linspace(-6, 6, 101)
    peer = TukeyBiweight(c=C)
    value, (gradient,) = value_and_gradient(
        tukey_biweight, send(backend, r), send(backend, r * 0), reduction="none"
    )
    assert_close(value, peer.rho(r))
    assert_close(gradient, peer.psi(r))


@both
def test_scale_per_target_and_number(backend: str) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(6, 3)) * [1, 10, 100], np.zeros((6, 3))
    scale = np.array([1.0, 10.0, 100.0])
    together = value_and_gradient(
        tukey_biweight, send(backend, a), send(backend, b), scale=send(backend, scale)
    )
    columns = [
        value_and_gradient(
            tukey_biweight, send(backend, a[:, t]), send(backend, b[:, t]), scale=float(scale[t])
        )
        for t in range(3)
    ]
    assert_close(together[0], sum(value for value, _ in columns))
    assert_close(together[1][0], np.stack([g for _, (g,) in columns], axis=1))
    by_hand = tukey_biweight(send(backend, a / scale), send(backend, b))
    assert_close(together[0], by_hand)


@both
def test_mad_of_even_and_odd_batches(backend: str) -> None:
    for n in (1, 2, 5, 8):
        r = np.random.default_rng(n).normal(size=(n, 3)) ** 3
        exact = 1.4826 * np.median(np.abs(r - np.median(r, axis=0)), axis=0)
        got = mad(send(backend, r), send(backend, r * 0))
        assert_close(got, np.where(exact > 0, exact, 1.0))


@both
def test_mad_of_zero_falls_back(backend: str) -> None:
    r = send(backend, [[0.0, 2.0], [0.0, 2.0], [0.0, 2.0], [4.0, 2.0]])
    assert_close(mad(r, r * 0), [math.sqrt(math.pi / 2) * 1.0, 1.0])
    value, (gradient,) = value_and_gradient(tukey_biweight, r, r * 0, scale="mad")
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


@both
def test_mad_scaling_ignores_units(backend: str) -> None:
    r = np.random.default_rng(0).standard_cauchy(size=50)
    values = [
        tukey_biweight(send(backend, k * r), send(backend, 0 * r), scale="mad")
        for k in (1.0, 1e-3, 1e6)
    ]
    assert_close(values[1], values[0])
    assert_close(values[2], values[0])


def test_scale_is_a_constant_in_the_gradient() -> None:
    r = torch.randn(9, dtype=torch.double, requires_grad=True)
    zero = torch.zeros(9, dtype=torch.double)
    (with_mad,) = torch.autograd.grad(tukey_biweight(r, zero, scale="mad"), r)
    fixed = float(mad(r, zero))
    (with_number,) = torch.autograd.grad(tukey_biweight(r, zero, scale=fixed), r)
    assert_close(with_mad, with_number)
    assert not mad(r, zero).requires_grad


residual_rows = arrays(np.float64, 6, elements=st.floats(-1e300, 1e300))


@given(residual_rows, st.floats(0.1, 50))
def test_bounded_even_and_below_half_the_square(r: np.ndarray, c: float) -> None:
    zero = np.zeros(6)
    rho = tukey_biweight(r, zero, c=c, reduction="none")
    assert (rho >= 0).all()
    assert (rho <= c**2 / 6 * (1 + 1e-15)).all()
    np.testing.assert_array_equal(rho, tukey_biweight(-r, zero, c=c, reduction="none"))
    smallest = np.finfo(np.float64).tiny  # below it numbers have few digits
    assert (rho <= l2(r, zero, reduction="none") / 2 * (1 + 1e-12) + smallest).all()


@given(arrays(np.float64, 2, elements=st.floats(0, 100)))
def test_never_falls_with_the_residual(r: np.ndarray) -> None:
    low, high = tukey_biweight(np.sort(r), np.zeros(2), reduction="none")
    assert low <= high * (1 + 1e-15)


@both
def test_wrong_input(backend: str) -> None:
    check_wrong_input(tukey_biweight, backend)
    check_wrong_input(lambda *a, **k: tukey_biweight(*a, scale=2.0, **k), backend)
    r = send(backend, [[1.0, 2.0]] * 3)
    wrong: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"c": 0}, ValueError, r"c must be finite and > 0; got 0"),
        ({"c": float("nan")}, ValueError, r"c must be finite and > 0; got nan"),
        ({"c": None}, TypeError, r"c must be a real number; got NoneType"),
        ({"scale": 0.0}, ValueError, r"scale must be finite and > 0; got 0\.0"),
        ({"scale": "MAD"}, ValueError, r'scale must be None, a number, an array or "mad"; got'),
        ({"scale": [1.0, 1.0]}, TypeError, r"scale must be a NumPy array .*; got list"),
        ({"scale": send(backend, [1.0])}, ValueError, r"scale must have shape \(2,\).*\(1,\)"),
        ({"scale": send(backend, [1.0, 0.0])}, ValueError, r"scale must be finite and > 0"),
        ({"scale": send(backend, [1, 1])}, TypeError, r"scale must have a real floating dtype"),
    ]
    for options, error, message in wrong:
        with pytest.raises(error, match=message):
            tukey_biweight(r, r, **options)
    if backend == "torch":
        with pytest.raises(ValueError, match="scale must not require a gradient"):
            tukey_biweight(r, r, scale=torch.ones(2, requires_grad=True))


@both
def test_wrong_input_to_mad(backend: str) -> None:
    good = send(backend, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"target must have shape \(3,\) .* got \(1,\)"):
        mad(good, good[:1])
    with pytest.raises(TypeError, match="prediction must have a real floating dtype"):
        mad(send(backend, [1, 2, 3]), good)
