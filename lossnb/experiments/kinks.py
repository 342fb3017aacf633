"""Kinks (C9): how often a float falls on one, and what the slope chosen there does to training."""

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

from ._rules import Measure, Rule

CUT = -0.5
SHARED = {
    "draws": 10_000_000, "noise": 0.2, "hidden": 64, "epochs": 30, "batch_size": 64,
    "learning_rate": 0.03, "momentum": 0.9, "clip_norm": 1.0,
}  # fmt: skip
# The seeds below 10 went into a first trial, as in `margins`.
RUNS: dict[str, dict[str, Any]] = {
    f"seed-{seed}": {"seed": seed, **SHARED} for seed in range(10, 20)
}


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


# What would refute the claim


def drawn(dtype: str) -> Measure:
    return lambda records: np.array(
        [record.found["on a kink, per million"][dtype] for record in records.values()]
    )


def spread(precision: str) -> Measure:
    def measure(records: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        errors = [
            [way["error"] for way in record.found[precision].values()]
            for record in records.values()
        ]
        return np.ptp(np.array(errors), axis=1)

    return measure


RULES = {
    "C9": [
        Rule(
            "single precision, do they occur?",
            "normal margins exactly on a kink, in a million",
            drawn("float32"),
            within=1.0,
        ),
        Rule(
            "half precision, do they occur?",
            "normal margins exactly on a kink, in a million",
            drawn("float16"),
            within=1.0,
        ),
        Rule(
            "training in single precision",
            "largest difference in test error between three slopes at the kinks, in points",
            spread("float32"),
            within=1.0,
        ),
        Rule(
            "training with logits rounded to bfloat16",
            "largest difference in test error between three slopes at the kinks, in points",
            spread("bfloat16"),
            within=1.0,
        ),
    ]
}
