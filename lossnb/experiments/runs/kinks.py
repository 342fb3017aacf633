"""Normal margins drawn, and networks trained with three slopes at the kinks of the ramp."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossnb.datasets import Data, digits, flip_labels
from lossnb.networks import mlp
from lossnb.training import accuracy, fit, predict

CUT = -0.5


def ways() -> dict[str, Callable[[Tensor], Tensor]]:
    """The ramp in PyTorch's words; the slopes at u = s and u = 1 are 0 and 0, −1 and −1, halves."""
    zero, most = torch.tensor([0, 1 - CUT])
    return {
        "relu": lambda u: most - torch.relu(most - torch.relu(1 - u)),
        "clamp": lambda u: (1 - u).clamp(0, 1 - CUT),
        "maximum": lambda u: torch.minimum(torch.maximum(1 - u, zero), most),
    }


def data(settings: Mapping[str, Any]) -> Data:
    clean = digits(seed=settings["seed"])
    return clean._replace(
        y_train=flip_labels(clean.y_train, settings["noise"], 10, settings["seed"])[0]
    )


def run(settings: Mapping[str, Any], data: Data, checkpoint: Path) -> dict[str, Any]:
    rng = np.random.default_rng(settings["seed"])
    u = rng.standard_normal(settings["draws"], dtype=np.float32)
    drawn = {}
    for dtype in ("float32", "float16"):
        v = u.astype(dtype)
        drawn[dtype] = 1e6 * np.count_nonzero((v == 1) | (v == CUT)) / len(u)
    return {
        "on a kink, per million": drawn,
        "float32": {way: train(settings, data, paid, None) for way, paid in ways().items()},
        "bfloat16": {
            way: train(settings, data, paid, torch.bfloat16) for way, paid in ways().items()
        },
    }


def train(
    settings: Mapping[str, Any],
    data: Data,
    paid: Callable[[Tensor], Tensor],
    rounded: torch.dtype | None,
) -> dict[str, float]:
    """The ramp loss in one way of writing it, the logits rounded or not."""
    hits = 0

    def loss(logits: Tensor, target: Tensor, step: int) -> Tensor:
        nonlocal hits
        h = logits if rounded is None else logits.to(rounded).float()
        own = h.gather(1, target[:, None])
        u = (own - h.scatter(1, target[:, None], -torch.inf).amax(dim=1, keepdim=True))[:, 0]
        hits += int(((u == 1) | (u == CUT)).sum())
        return paid(u).mean()

    model = mlp(64, [settings["hidden"]], 10, seed=settings["seed"])
    optimizer = torch.optim.SGD(
        model.parameters(), lr=settings["learning_rate"], momentum=settings["momentum"]
    )
    steps = settings["epochs"] * -(-len(data.x_train) // settings["batch_size"])
    fit(
        model, data, loss, optimizer, epochs=settings["epochs"],
        batch_size=settings["batch_size"], seed=settings["seed"],
        scheduler=torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, steps),
        clip_norm=settings["clip_norm"], device="cpu", progress=False,
    )  # fmt: skip
    right = accuracy(predict(model, data.x_test), torch.as_tensor(data.y_test))["accuracy"]
    return {"error": 100 * (1 - right), "hits": hits}
