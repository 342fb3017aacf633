"""Not-a-numbers, infinities, extremes, and arrays that only look like arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import torch

import lossnb

from .common import BACKENDS, CASES, Case, assert_close, send, value_and_gradient

INF, NAN = math.inf, math.nan
both = pytest.mark.parametrize("backend", BACKENDS)
every_case = pytest.mark.parametrize("case", CASES, ids=repr)


@both
@every_case
def test_nan_in_nan_out(case: Case, backend: str) -> None:
    """In the value and the gradient of that sample, and of no other one."""
    arrays = case.arrays(np.random.default_rng(0), 5)
    arrays[0][2] = NAN
    given = [send(backend, a) for a in arrays]
    value, (gradient, *_) = value_and_gradient(
        case.loss, *given, wrt=case.wrt, reduction="none", **case.options
    )
    others = [0, 1, 3, 4]
    ignored = case.options.get("ignore_index") == arrays[-1].reshape(5, -1)[2, 0]
    assert not np.isnan(value[others]).any()
    assert not np.isnan(gradient[others]).any()
    assert np.isnan(value[2]).all() != ignored
    assert np.isnan(gradient[2]).any() != ignored
    mean, _ = value_and_gradient(case.loss, *given, wrt=case.wrt, **case.options)
    assert np.isnan(mean) != ignored


@both
def test_mad_of_nan_is_nan(backend: str) -> None:
    r = send(backend, [[1.0, 1.0], [NAN, 2.0], [3.0, 5.0]])
    scale = np.asarray(lossnb.mad(r, r * 0 + send(backend, [[0.0, 0.0]])))
    assert np.isnan(scale[0])
    assert scale[1] > 0
    value, gradient = value_and_gradient(
        lossnb.tukey_biweight, r[:, 0], r[:, 1] * 0, scale="mad", reduction="none"
    )
    assert np.isnan(value).all()
    assert np.isnan(gradient[0]).all()


@both
@pytest.mark.parametrize("p", [1, 2])
def test_a_rival_at_minus_infinity_costs_nothing(backend: str, p: int) -> None:
    h = [[1.0, 0.5, -INF], [0.0, -INF, 2.0]]
    without = [[1.0, 0.5, -1e9], [0.0, -1e9, 2.0]]
    target = send(backend, [0, 2])
    for form in ("crammer_singer", "weston_watkins"):
        got = value_and_gradient(lossnb.hinge, send(backend, h), target, form=form, p=p)
        wanted = value_and_gradient(lossnb.hinge, send(backend, without), target, form=form, p=p)
        np.testing.assert_array_equal(got[0], wanted[0])
        np.testing.assert_array_equal(got[1][0], wanted[1][0])


# Residuals, their scale, and for c = 2 the ρ and ψ that are reached as inf grows.
FLAT = 4 / 6
LIMITS: list[tuple[list[float], Any, list[float], list[float]]] = [
    ([INF, -INF, 0.0], None, [FLAT, FLAT, 0.0], [0.0, 0.0, 0.0]),
    ([INF, -INF, 0.0], 3.0, [FLAT, FLAT, 0.0], [0.0, 0.0, 0.0]),
    # The mean deviation takes the place of a median of 0: it is as large as a quarter of inf.
    ([0.0, 0.0, 0.0, INF], "mad", [0.0, 0.0, 0.0, FLAT], [0.0, 0.0, 0.0, 0.0]),
    ([-1.0, 0.0, 1.0, INF, -INF], "mad", [], []),
    ([INF, INF, 0.0], "mad", [], []),
]


@both
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("r", "scale", "rho", "psi"), LIMITS)
def test_an_infinite_residual_is_a_very_large_one(
    r: list[float], scale: Any, rho: list[float], psi: list[float], dtype: str, backend: str
) -> None:
    options = {"c": 2.0, "scale": scale, "reduction": "none"}
    zero = send(backend, [0.0] * len(r), dtype)
    value, (gradient,) = value_and_gradient(
        lossnb.tukey_biweight, send(backend, r, dtype), zero, **options
    )
    large = np.clip(r, -1e30, 1e30)
    near, (slope,) = value_and_gradient(
        lossnb.tukey_biweight, send(backend, large, dtype), zero, **options
    )
    assert_close(value, near, 1e-6)
    np.testing.assert_allclose(gradient, slope, atol=1e-6)
    if rho:
        assert_close(value, rho, 1e-6)
        np.testing.assert_allclose(gradient, psi, atol=1e-6)


# x and W scaled by powers of two whose product is representable, though no square of them is.
SCALES = [(2.0**66, 2.0**-66), (2.0**-83, 2.0**83), (2.0**-83, 2.0**20), (2.0**100, 2.0**-120)]


@both
@pytest.mark.parametrize("m", [1, 2, 4])
@pytest.mark.parametrize(("of_x", "of_w"), SCALES)
def test_large_margin_softmax_has_no_squares_to_overflow(
    of_x: float, of_w: float, m: int, backend: str
) -> None:
    """In float32, against float64, where no square is too large or too small."""
    rng = np.random.default_rng(0)
    x, weight = (rng.normal(size=shape).astype("f4") for shape in [(6, 3), (4, 3)])
    arrays, target = (x * np.float32(of_x), weight * np.float32(of_w)), rng.integers(4, size=6)
    results = [
        value_and_gradient(
            lossnb.large_margin_softmax,
            *(send(backend, a, dtype) for a in arrays),
            send(backend, target),
            wrt=(0, 1),
            margin=m,
        )
        for dtype in ("float32", "float64")
    ]
    (value, gradients), (wanted, others) = results
    assert_close(value, wanted, 1e-5)
    for a, b in zip(gradients, others, strict=True):
        assert_close(a, b, 1e-4)


@both
@pytest.mark.parametrize("gap", [20.0, 40.0, 80.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_keep_the_small_gradients_of_labels(
    gap: float, dtype: str, backend: str
) -> None:
    h = send(backend, [[gap, 0.0, -1.0], [0.0, gap, 0.5]], dtype)
    labels, onehot = send(backend, [0, 1]), send(backend, np.eye(3)[[0, 1]], dtype)
    wanted, (gradient,) = value_and_gradient(lossnb.cross_entropy, h, labels)
    value, (other,) = value_and_gradient(lossnb.cross_entropy, h, onehot)
    rounding = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(value, wanted, rtol=rounding)
    np.testing.assert_allclose(other, gradient, rtol=rounding)
    assert (gradient != 0).all()


# A number that is in its range, but not once it is rounded to the dtype it is computed with.
ROUNDED: list[tuple[str, str, dict[str, Any]]] = [
    ("tukey_biweight", "scale", {"scale": 1e-50}),
    ("tukey_biweight", "scale", {"scale": 1e39}),
    ("tukey_biweight", "c", {"c": 1e-50}),
    ("tukey_biweight", "c", {"c": 1e39}),
    ("tukey_biweight", "the square of c", {"c": 1e20}),
    ("tukey_biweight", "the square of c", {"c": 1e200}),
    ("large_margin_softmax-m2", "annealing", {"annealing": 4e38}),
    ("hinge-crammer_singer-p1", "margin", {"margin": 1e39}),
    ("hinge-weston_watkins-p1", "margin", {"margin": 1e-50}),
    ("ramp-crammer_singer", "s", {"s": -1e39}),
    ("ramp-crammer_singer", "s", {"s": 1 - 1e-12}),
]


@both
@pytest.mark.parametrize(("name", "option", "change"), ROUNDED)
def test_numbers_are_checked_after_they_are_rounded(
    name: str, option: str, change: dict[str, Any], backend: str
) -> None:
    case = {case.name: case for case in CASES}[name]
    arrays = case.arrays(np.random.default_rng(0), 4)
    single = [send(backend, a, "float32" if a.dtype.kind == "f" else None) for a in arrays]
    with pytest.raises(ValueError, match=f"^{option} must be finite.*; got"):
        case.loss(*single, **(case.options | change))


def test_a_number_of_any_kind_may_be_an_option() -> None:
    r = np.array([1.0, 2.0])
    wanted = lossnb.tukey_biweight(r, r * 0, c=2.0)
    from fractions import Fraction

    for number in (2, Fraction(2), np.float32(2), np.int64(2), np.float16(2)):
        assert lossnb.tukey_biweight(r, r * 0, c=number) == wanted
    with pytest.raises(ValueError, match="c must be finite"):
        lossnb.tukey_biweight(r, r * 0, c=10**400)


# What looks like an array, by the name that the message calls it.
X = np.array([[1.0, 2.0], [3.0, 4.0]])
PRETENDERS: dict[str, Any] = {
    "MaskedArray": np.ma.array(X, mask=[[False, False], [False, True]]),
    "matrix": np.matrix(X),
    "csr_matrix": scipy.sparse.csr_matrix(X),
    "csr_array": scipy.sparse.csr_array(X),
    "list": X.tolist(),
    "float": 1.0,
    "NoneType": None,
    "object": X.astype(object),
    "complex128": X.astype(complex),
    "<U32": X.astype(str),
    "datetime64": X.astype("datetime64[s]"),
    "torch.sparse_coo": torch.tensor(X).to_sparse(),
    "torch.sparse_csr": torch.tensor(X).to_sparse_csr(),
    "nested": torch.nested.nested_tensor([torch.zeros(2), torch.zeros(2)]),
    "float8_e4m3fn": torch.tensor(X).to(torch.float8_e4m3fn),
    "float8_e5m2": torch.tensor(X).to(torch.float8_e5m2),
    "torch.bool": torch.tensor(X) > 2,
    "complex64": torch.tensor(X).to(torch.complex64),
}


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning", "ignore:.*beta state")
@pytest.mark.parametrize("called", PRETENDERS)
def test_pretenders_are_refused_by_name(called: str) -> None:
    pretender = PRETENDERS[called]
    of_torch = isinstance(pretender, torch.Tensor)
    plain = torch.tensor(X) if of_torch else X
    labels = torch.tensor([0, 1]) if of_torch else np.array([0, 1])
    calls = [
        lambda: lossnb.l1(pretender, plain),
        lambda: lossnb.l2(plain, pretender),
        lambda: lossnb.tukey_biweight(pretender, plain),
        lambda: lossnb.mad(pretender, plain),
        lambda: lossnb.cross_entropy(pretender, labels),
        lambda: lossnb.hinge(pretender, labels),
        lambda: lossnb.ramp(pretender, labels),
        lambda: lossnb.margin(pretender, labels),
        lambda: lossnb.phi(pretender, 2),
        lambda: lossnb.center(pretender, plain, labels),
        lambda: lossnb.center(plain, pretender, labels),
        lambda: lossnb.update_centers(plain, pretender, labels),
        lambda: lossnb.large_margin_softmax(plain, pretender, labels),
        lambda: lossnb.hinge(plain, pretender),
    ]
    if pretender is not None:
        calls.append(lambda: lossnb.cross_entropy(plain, labels, weight=pretender))
    for call in calls:
        with pytest.raises((TypeError, ValueError), match=r"^[a-z]+ must .*; (got|use|pass)"):
            call()
