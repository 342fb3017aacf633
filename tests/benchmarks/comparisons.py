"""What is compared: each comparison makes its inputs and gives our call and the peer's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

import lossnb
from lossnb import nn

Call = Callable[[], Any]


@dataclass(frozen=True)
class Comparison:
    """Our call against a peer's, and the ratios promised: ours over theirs, at most."""

    name: str
    peer: str
    samples: int
    calls: Callable[[int], tuple[Call, Call]]
    time: float | None = None
    memory: float | None = None
    milliseconds: float | None = None


def step(loss: Callable[..., torch.Tensor], *arrays: torch.Tensor) -> Call:
    """One forward and backward pass, from gradients that are not there yet."""
    leaves = [array for array in arrays if array.requires_grad]

    def run() -> None:
        for leaf in leaves:
            leaf.grad = None
        loss(*arrays).backward()

    return run


def cross_entropy(n: int, c: int) -> tuple[Call, Call]:
    h, y = torch.randn(n, c, requires_grad=True), torch.randint(c, (n,))
    return step(lossnb.cross_entropy, h, y), step(F.cross_entropy, h, y)


def with_last_layer(n: int) -> tuple[Call, Call]:
    """The peer computes the last layer and its loss together, in pieces, and never has all the
    logits."""
    d, c = 256, 32_000
    x, y = torch.randn(n, d, requires_grad=True), torch.randint(c, (n,))
    weight = torch.randn(c, d, requires_grad=True)
    in_pieces = torch.nn.LinearCrossEntropyOptions()
    return (
        step(lambda x, y, w: lossnb.cross_entropy(x @ w.T, y), x, y, weight),
        step(lambda x, y, w: F.linear_cross_entropy(x, w, y, options=in_pieces), x, y, weight),
    )


def weston_watkins(n: int, c: int) -> tuple[Call, Call]:
    h, y = torch.randn(n, c, requires_grad=True), torch.randint(c, (n,))
    ours = step(lambda h, y: lossnb.hinge(h, y, form="weston_watkins"), h, y)
    return ours, step(F.multi_margin_loss, h, y)


def large_margin_softmax(n: int) -> tuple[Call, Call]:
    from pytorch_metric_learning.losses import LargeMarginSoftmaxLoss

    d, c, m = 512, 10_000, 4
    x, y = torch.randn(n, d, requires_grad=True), torch.randint(c, (n,))
    peer = LargeMarginSoftmaxLoss(num_classes=c, embedding_size=d, margin=m, scale=1)
    ours = nn.LargeMarginSoftmaxLoss(d, c, margin=m)
    ours.load_state_dict({"weight": peer.W.detach().T.contiguous()})
    return (
        step(lambda x, y, _: ours(x, y), x, y, ours.weight),
        step(lambda x, y, _: peer(x, y), x, y, peer.W),
    )


def centre(n: int) -> tuple[Call, Call]:
    """The peer computes the distances to all the centres and keeps one of each row."""
    d, c = 128, 10_000
    x, y = torch.randn(n, d, requires_grad=True), torch.randint(c, (n,))
    ours = nn.CenterLoss(c, d)
    centers = torch.zeros(c, d, requires_grad=True)

    def loss_and_update(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        loss = ours(x, y)
        ours.update(x, y)
        return loss

    def all_distances(x: torch.Tensor, y: torch.Tensor, centers: torch.Tensor) -> torch.Tensor:
        squares = (x**2).sum(1, keepdim=True) + (centers**2).sum(1) - 2 * x @ centers.T
        return (squares * (torch.arange(c) == y[:, None])).clamp(1e-12, 1e12).sum() / n

    return step(loss_and_update, x, y), step(all_distances, x, y, centers)


def tukey_torch(n: int) -> tuple[Call, Call]:
    prediction, target = torch.randn(n, requires_grad=True), torch.zeros(n)
    c = 4.6851

    def where(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        r = prediction - target
        inside = c**2 / 6 * (1 - (1 - (r / c) ** 2) ** 3)
        return torch.where(r.abs() <= c, inside, torch.full_like(r, c**2 / 6)).mean()

    return step(lossnb.tukey_biweight, prediction, target), step(where, prediction, target)


def tukey_numpy(n: int) -> tuple[Call, Call]:
    from statsmodels.robust.norms import TukeyBiweight

    r = np.random.default_rng(0).normal(size=n).astype(np.float32)
    zero, norm = np.zeros_like(r), TukeyBiweight(c=4.6851)
    ours = lossnb.value_and_grad(lossnb.tukey_biweight)
    return lambda: ours(r, zero), lambda: (norm.rho(r).mean(), norm.psi(r))


COMPARISONS = [
    Comparison(
        "cross-entropy, N=1024 C=32000",
        "torch cross_entropy",
        1024,
        lambda n: cross_entropy(n, 32_000),
        time=1.0,
        memory=0.35,
    ),
    Comparison(
        "cross-entropy, N=4096 C=1000",
        "torch cross_entropy",
        4096,
        lambda n: cross_entropy(n, 1000),
        time=1.0,
        memory=0.4,
    ),
    Comparison(
        "cross-entropy and last layer, N=1024 d=256 C=32000",
        "torch linear_cross_entropy, in pieces",
        1024,
        with_last_layer,
    ),
    Comparison(
        "Weston-Watkins hinge, N=4096 C=1000",
        "torch multi_margin_loss",
        4096,
        lambda n: weston_watkins(n, 1000),
        time=0.9,
    ),
    Comparison(
        "large-margin softmax, N=512 d=512 C=10000",
        "pytorch-metric-learning",
        512,
        large_margin_softmax,
        time=0.7,
        memory=1 / 3,
    ),
    Comparison(
        "centre loss and update, N=512 d=128 C=10000",
        "distances to all centres",
        512,
        centre,
        milliseconds=0.6,
    ),
    Comparison(
        "Tukey, 10^7 residuals", "torch.where", 10**7, tukey_torch, time=1 / 8, memory=1 / 5
    ),
    Comparison("Tukey in NumPy, 10^7 residuals", "statsmodels", 10**7, tukey_numpy, time=1 / 10),
]
