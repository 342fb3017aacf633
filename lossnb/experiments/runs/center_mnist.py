"""A network with two features, cross-entropy and λ times the centre loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossnb import cross_entropy
from lossnb.datasets import Data, digits, mnist
from lossnb.networks import center_network, digits_network
from lossnb.nn import CenterLoss
from lossnb.training import accuracy, predict

from .._study import train_sgd
from ..center_mnist import Settings


def data(settings: Settings) -> Data:
    return mnist() if settings.data == "mnist" else digits()


def run(settings: Settings, data: Data, checkpoint: Path) -> dict[str, Any]:
    if settings.data == "mnist":
        network = center_network(width=settings.width, seed=settings.seed)
        # A fifth faster on a CPU.
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    else:
        network = digits_network(seed=settings.seed)
    centers = CenterLoss(10, 2, alpha=settings.alpha)

    def in_two_drops(optimizer: torch.optim.Optimizer, steps: int) -> Any:
        # Theirs falls at 5,000 and 8,000 of 10,000 steps.
        milestones = [steps * 5 // 10, steps * 8 // 10]
        return torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones, gamma=0.8)

    def loss(output: tuple[Tensor, Tensor], target: Tensor, step: int) -> Tensor:
        features, logits = output
        return cross_entropy(logits, target) + settings.weight * centers(features, target)

    def follow(output: tuple[Tensor, Tensor], target: Tensor, step: int) -> None:
        centers.update(output[0], target)

    def validate(output: tuple[Tensor, Tensor], target: Tensor) -> dict[str, float]:
        features, logits = output
        distances = (features[:, None] - centers.centers).double().norm(dim=2)
        own = distances.gather(1, target[:, None])
        nearest = distances.argmin(dim=1) == target
        return {
            **accuracy(output, target),
            "nearest_center_accuracy": nearest.double().mean().item(),
            "cross_entropy": cross_entropy(logits, target).item(),
            "spread": own.square().mean().sqrt().item(),
            "median_distance": own.median().item(),
        }

    result = train_sgd(
        network,
        data,
        loss,
        settings,
        settings.learning_rate,
        schedule=in_two_drops,
        after_step=follow,
        modules=[centers],
        validate=validate,
        checkpoint=checkpoint,
    )
    features, logits = predict(network, data.x_test)
    gap = torch.pdist(centers.centers.double()).min()
    with np.errstate(over="ignore"):  # what half precision cannot hold has diverged
        half = features.numpy().astype(np.float16)
    return {
        **result.metrics,
        "gap": gap.item(),
        "ratio": (gap / result.metrics["test_spread"]).item(),
        "diverged_at": result.diverged_at,
        "training_seconds": result.seconds,
        "history": result.history,
        "centers": centers.centers.numpy(),
        "features": half,
        "labels": data.y_test.astype(np.uint8),
        "predictions": logits.argmax(dim=1).numpy().astype(np.uint8),
    }
