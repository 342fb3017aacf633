"""Normal margins drawn, and networks trained with three slopes at the kinks of the ramp."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossnb.datasets import Data, digits, flip_labels
from lossnb.networks import mlp
from lossnb.training import accuracy, predict

from .._study import train_sgd
from ..kinks import Settings

CUT = -0.5


def ramp_variants() -> dict[str, Callable[[Tensor], Tensor]]:
    """The ramp in PyTorch's words; the slopes at u = s and u = 1 are 0 and 0, −1 and −1, halves."""
    zero, most = torch.tensor([0, 1 - CUT])
    return {
        "relu": lambda u: most - torch.relu(most - torch.relu(1 - u)),
        "clamp": lambda u: (1 - u).clamp(0, 1 - CUT),
        "maximum": lambda u: torch.minimum(torch.maximum(1 - u, zero), most),
    }


def data(settings: Settings) -> Data:
    clean = digits(seed=settings.seed)
    return clean._replace(y_train=flip_labels(clean.y_train, settings.noise, 10, settings.seed)[0])


def run(settings: Settings, data: Data, checkpoint: Path) -> dict[str, Any]:
    rng = np.random.default_rng(settings.seed)
    u = rng.standard_normal(settings.draws, dtype=np.float32)
    hits = {}
    for dtype in ("float32", "float16"):
        v = u.astype(dtype)
        hits[dtype] = 1e6 * np.count_nonzero((v == 1) | (v == CUT)) / len(u)
    return {
        "on a kink, per million": hits,
        "float32": {
            name: train(settings, data, ramp, None) for name, ramp in ramp_variants().items()
        },
        "bfloat16": {
            name: train(settings, data, ramp, torch.bfloat16)
            for name, ramp in ramp_variants().items()
        },
    }


def train(
    settings: Settings,
    data: Data,
    ramp: Callable[[Tensor], Tensor],
    rounded: torch.dtype | None,
) -> dict[str, float]:
    """The ramp loss in one way of writing it, the logits rounded or not."""
    hits = 0

    def loss(logits: Tensor, target: Tensor, step: int) -> Tensor:
        nonlocal hits
        h = logits if rounded is None else logits.to(rounded).float()
        # Written out: what autograd does at ties belongs to each of the ways.
        own = h.gather(1, target[:, None])
        u = (own - h.scatter(1, target[:, None], -torch.inf).amax(dim=1, keepdim=True))[:, 0]
        hits += int(((u == 1) | (u == CUT)).sum())
        return ramp(u).mean()

    model = mlp(64, [settings.hidden], 10, seed=settings.seed)
    train_sgd(model, data, loss, settings, settings.learning_rate)
    right = accuracy(predict(model, data.x_test), torch.as_tensor(data.y_test))["accuracy"]
    return {"error": 100 * (1 - right), "hits": hits}
