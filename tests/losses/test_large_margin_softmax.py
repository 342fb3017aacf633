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

from lossnb import cross_entropy, large_margin_softmax, phi

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


@both
@pytest.mark.parametrize("m", [1, 2, 3, 4, 5, 10])
def test_phi_is_that_of_the_angle(m: int, backend: str) -> None:
    """Eq. 9.10 by its definition, in 50 digits, away from and on the boundaries kπ/m."""
    mp.dps = 50
    for i in range(6 * m + 1):
        theta = mp.pi * i / (6 * m)
        k = min(i // 6, m - 1)
        wanted = (-1) ** k * mp.cos(m * theta) - 2 * k
        value, slope = phi(send(backend, [float(mp.cos(theta))]), m)
        assert float(value[0]) == pytest.approx(float(wanted), abs=1e-12)
        at_the_end = i in (0, 6 * m)
        exact = m * m if at_the_end else m * mp.fabs(mp.sin(m * theta)) / mp.sin(theta)
        assert float(slope[0]) == pytest.approx(float(exact), abs=1e-11 * m**3)


@both
@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_annealing_mixes_phi_with_the_cosine(m: int, backend: str) -> None:
    """For |x| = |w| = 1 and one other class at a right angle, the loss has ψ as its logit."""
    for theta in np.linspace(0.1, 3.0, 8):
        x, weight = send(backend, [[math.cos(theta), math.sin(theta), 0.0]]), [[1.0, 0.0, 0.0]]
        weight = send(backend, [*weight, [0.0, 0.0, 1.0]])
        value, (dx, _) = value_and_gradient(
            large_margin_softmax, x, weight, send(backend, [0]), wrt=(0, 1), margin=m, annealing=3.0
        )
        of_cosine, slope = (float(a[0]) for a in phi(x[:, 0], m))
        psi, dpsi = (3 * math.cos(theta) + of_cosine) / 4, (3 + slope) / 4
        assert_close(value, math.log1p(math.exp(-psi)))
        p_rest = 1 / (1 + math.exp(psi))
        # Turning x, in the plane of x and w, changes ψ by ψ' dcos θ/dθ = -ψ' sin θ.
        turning = dx[0] @ np.array([-math.sin(theta), math.cos(theta), 0.0])
        assert_close(turning, p_rest * dpsi * math.sin(theta), 1e-10)


@given(st.integers(1, 12), st.floats(-1, 1), st.floats(-1, 1))
def test_phi_rises_with_the_cosine(m: int, a: float, b: float) -> None:
    low, high = sorted((a, b))
    (low_value, high_value), slopes = phi(np.array([low, high]), m)
    assert low_value <= high_value + 1e-9
    assert (slopes >= -1e-6).all()
    assert (slopes <= m * m + 1e-6).all()
    assert low_value <= low + 1e-9  # φ never exceeds the cosine: the margin only asks for more


def test_single_precision_at_a_high_margin() -> None:
    cosine = np.linspace(-1, 1, 20_001, dtype=np.float32)
    single, _ = phi(cosine, 20)
    double, _ = phi(cosine.astype(np.float64), 20)
    # 5e-6 for cos 20θ, and the rounding of a φ down to -39.
    assert (np.abs(single - double) <= 5e-6 + 2**-24 * np.abs(double)).all()
    assert single[0] == -39  # at θ = π, k is m - 1 = 19 and not m


def test_phi_refuses_what_the_loss_refuses() -> None:
    for cosine, m, error, message in (
        ([0.5], 2, TypeError, "cosine must be a NumPy array or a torch tensor; got list"),
        (np.array([1]), 2, TypeError, "cosine must have a real floating dtype"),
        (np.array([0.5]), 0, ValueError, "margin must be an integer >= 1; got 0"),
        (np.array([0.5]), 2.0, TypeError, "margin must be an integer; got 2.0"),
    ):
        with pytest.raises(error, match=message):
            phi(cosine, m)


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
