"""9.1.4 large-margin softmax."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp
from pytorch_metric_learning.losses import LargeMarginSoftmaxLoss as Peer

from lossnb import cross_entropy, large_margin_softmax
from lossnb.losses._arrays import namespace
from lossnb.losses.large_margin_softmax import psi

from .common import BACKENDS, VECTORS, assert_close, assert_refused, send, value_and_gradient

both = pytest.mark.parametrize("backend", BACKENDS)


@both
@pytest.mark.parametrize("vector", VECTORS["lsoftmax"], ids=lambda v: v["id"])
def test_reference_values(vector: dict[str, Any], backend: str) -> None:
    x, weight = vector["inputs"]["x"], np.transpose(vector["inputs"]["W"])
    value, gradients = value_and_gradient(
        large_margin_softmax,
        send(backend, x),
        send(backend, weight),
        send(backend, vector["inputs"]["target"]),
        wrt=(0, 1),
        reduction=vector["reduction"],
        margin=vector["params"]["m"],
        annealing=vector["params"]["lam"],
    )
    assert_close(value, vector["mpmath_value"])
    if vector["id"] == "zero_feature_m4":  # there is no derivative: any finite number will do
        assert all(np.isfinite(g).all() for g in gradients)
        return
    wanted = vector["mpmath_grad"]
    assert_close(gradients[0], wanted["x"])
    assert_close(gradients[1], np.transpose(wanted["W"]))


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5, 10])
def test_psi_is_phi_of_the_angle(m: int) -> None:
    """Eq. 9.10 by its definition, in 50 digits, away from and on the boundaries kπ/m."""
    mp.dps = 50
    for i in range(6 * m + 1):
        theta = mp.pi * i / (6 * m)
        k = min(i // 6, m - 1)
        phi = (-1) ** k * mp.cos(m * theta) - 2 * k
        cosine = np.array([float(mp.cos(theta))])
        for xp in (np, torch):
            c = cosine if xp is np else torch.tensor(cosine)
            value, slope = psi(namespace(c), c, m, 0.0)
            assert float(value[0]) == pytest.approx(float(phi), abs=1e-12)
            at_the_end = i in (0, 6 * m)
            exact = m * m if at_the_end else m * mp.fabs(mp.sin(m * theta)) / mp.sin(theta)
            assert float(slope[0]) == pytest.approx(float(exact), abs=1e-11 * m**3)
            value, slope = psi(namespace(c), c, m, 3.0)
            assert float(value[0]) == pytest.approx(float((3 * mp.cos(theta) + phi) / 4))
            assert float(slope[0]) == pytest.approx(float((3 + exact) / 4), abs=1e-11 * m**3)


@given(st.integers(1, 12), st.floats(-1, 1), st.floats(-1, 1))
def test_psi_rises_with_the_cosine(m: int, a: float, b: float) -> None:
    low, high = sorted((a, b))
    (low_value, high_value), slopes = psi(np_api(), np.array([low, high]), m, 0.0)
    assert low_value <= high_value + 1e-9
    assert (slopes >= -1e-6).all()
    assert (slopes <= m * m + 1e-6).all()
    assert low_value <= low + 1e-9  # φ never exceeds the cosine: the margin only asks for more


def np_api() -> Any:
    return namespace(np.zeros(1))


def test_single_precision_at_a_high_margin() -> None:
    cosine = np.linspace(-1, 1, 20_001, dtype=np.float32)
    single, _ = psi(np_api(), cosine, 20, 0.0)
    double, _ = psi(np_api(), cosine.astype(np.float64), 20, 0.0)
    # 5e-6 for cos 20θ, and the rounding of a φ down to -39.
    assert (np.abs(single - double) <= 5e-6 + 2**-24 * np.abs(double)).all()
    assert single[0] == -39  # at θ = π, k is m - 1 = 19 and not m


@both
def test_margin_one_is_the_plain_softmax_loss(backend: str) -> None:
    rng = np.random.default_rng(0)
    x, weight = send(backend, rng.normal(size=(9, 4))), send(backend, rng.normal(size=(5, 4)))
    y = send(backend, rng.integers(5, size=9))
    value, (dx, dw) = value_and_gradient(large_margin_softmax, x, weight, y, wrt=(0, 1), margin=1)
    wanted, (dh,) = value_and_gradient(cross_entropy, x @ weight.T, y)
    assert_close(value, wanted)
    assert_close(dx, dh @ np.asarray(weight))
    assert_close(dw, dh.T @ np.asarray(x))


@both
def test_annealing_goes_from_the_plain_loss_to_the_margin(backend: str) -> None:
    rng = np.random.default_rng(0)
    arguments = (
        send(backend, rng.normal(size=(9, 4))),
        send(backend, rng.normal(size=(5, 4))),
        send(backend, rng.integers(5, size=9)),
    )
    values = [
        float(large_margin_softmax(*arguments, margin=3, annealing=a))
        for a in (1e9, 100.0, 10.0, 1.0, 0.0)
    ]
    assert values == sorted(values)
    assert_close(values[0], large_margin_softmax(*arguments, margin=1), 1e-6)


@both
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("m", [1, 2, 3, 4, 7])
def test_gradients_are_finite_where_angles_end(backend: str, dtype: str, m: int) -> None:
    """θ = 0, θ = π, a zero feature, a zero weight: autograd through arccos has nan and inf."""
    rng = np.random.default_rng(0)
    w = rng.normal(size=(4, 6))
    w[3] = 0
    x = np.concatenate([w[:3], -w[:3], np.zeros((2, 6)), rng.normal(size=(2, 6)), -2 * w[:1]])
    y = np.array([0, 1, 2, 0, 1, 2, 0, 3, 3, 3, 0])
    for annealing in (0.0, 5.0):
        value, gradients = value_and_gradient(
            large_margin_softmax,
            send(backend, x, dtype),
            send(backend, w, dtype),
            send(backend, y),
            wrt=(0, 1),
            margin=m,
            annealing=annealing,
        )
        assert np.isfinite(value)
        assert all(np.isfinite(g).all() for g in gradients)
        # A zero feature has the gradient of the plain softmax; it is not dead.
        _, (dh,) = value_and_gradient(cross_entropy, send(backend, x @ w.T), send(backend, y))
        plain = dh @ w
        assert_close(gradients[0][6:8], plain[6:8], 1e-6)
        assert np.abs(plain[6:8]).max() > 0


@pytest.mark.parametrize("m", [2, 3, 4])
def test_bfloat16_gradient_near_pi(m: int) -> None:
    """Where k = m would turn the sign of the slope round; the peer is off by 13 to 26 %."""
    torch.manual_seed(0)
    weight = torch.randn(3, 64)
    w = weight[torch.zeros(200, dtype=torch.long)]
    across = torch.randn(200, 64)
    across -= (across * w).sum(1, keepdim=True) / (w * w).sum(1, keepdim=True) * w
    across *= w.norm(dim=1, keepdim=True) / across.norm(dim=1, keepdim=True)
    theta = math.pi - 0.03
    x = (math.cos(theta) * w + math.sin(theta) * across).bfloat16()
    y = torch.zeros(200, dtype=torch.long)
    options: dict[str, Any] = {"wrt": (0, 1), "margin": m}
    half = [x.clone().requires_grad_(), weight.bfloat16().requires_grad_()]
    large_margin_softmax(*half, y, margin=m).backward()
    _, exact = value_and_gradient(
        large_margin_softmax, x.double(), weight.bfloat16().double(), y, **options
    )
    for leaf, wanted in zip(half, exact, strict=True):
        error = np.linalg.norm(leaf.grad.double().numpy() - wanted) / np.linalg.norm(wanted)
        assert error < 0.01


def test_agrees_with_a_peer() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(20, 8, dtype=torch.double, requires_grad=True), torch.randint(5, (20,))
    for m in (1, 2, 3, 4):
        peer = Peer(num_classes=5, embedding_size=8, margin=m, scale=1).double()
        weight = peer.W.detach().T.clone().requires_grad_()
        value = large_margin_softmax(x, weight, y, margin=m)
        wanted = peer(x, y)
        assert_close(value.detach(), wanted.detach())
        ours = torch.autograd.grad(value, (x, weight))
        theirs = torch.autograd.grad(wanted, (x, peer.W))
        assert_close(ours[0], theirs[0], 1e-10)
        assert_close(ours[1], theirs[1].T, 1e-10)


X, W, Y = [[1.0, 2.0]] * 2, [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [0, 2]
WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"margin": 0}, ValueError, r"margin must be an integer >= 1; got 0"),
    ({"margin": 2.0}, TypeError, r"margin must be an integer; got 2\.0 of type float"),
    ({"margin": True}, TypeError, r"margin must be an integer; got True"),
    ({"annealing": -1.0}, ValueError, r"annealing must be finite and >= 0; got -1\.0"),
    ({"reduction": "max"}, ValueError, r"reduction must be one of"),
    ({"features": [1.0, 2.0]}, ValueError, r"features must have shape \(N, d\); got \(2,\)"),
    ({"features": [[1, 2]] * 2}, TypeError, r"features must have a real floating dtype"),
    ({"weight": [1.0, 2.0]}, ValueError, r"weight must have shape \(C, d\); got \(2,\)"),
    ({"weight": [[1.0] * 3] * 2}, ValueError, r"weight must have shape \(C, 2\).*got \(2, 3\)"),
    ({"weight": [[1, 1]] * 3}, TypeError, r"weight must have a real floating dtype"),
    ({"target": [0, 3]}, ValueError, r"target must hold class indices 0\.\.2; got 3"),
    ({"target": [0.0, 1.0]}, TypeError, r"target must hold class indices of an integer dtype"),
    ({"target": [0]}, ValueError, r"target must have shape \(2,\).*; got \(1,\)"),
]


@both
@pytest.mark.parametrize(("change", "error", "message"), WRONG)
def test_wrong_input(
    backend: str, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    usual = {"features": X, "weight": W, "target": Y}
    assert_refused(large_margin_softmax, backend, usual, change, error, message)


@both
def test_no_classes(backend: str) -> None:
    arrays = send(backend, [[1.0]]), send(backend, np.zeros((0, 1))), send(backend, [0])
    with pytest.raises(ValueError, match="weight must have a row for at least one class"):
        large_margin_softmax(*arrays)
