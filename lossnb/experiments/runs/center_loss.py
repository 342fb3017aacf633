"""Centres beside cross-entropy, with a weight of every size, and alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from lossnb import cross_entropy
from lossnb.datasets import Data
from lossnb.networks import FeatureNetwork, compact_network
from lossnb.nn import CenterLoss
from lossnb.training import accuracy, predict

from .._settings import Recipe
from .._study import Found, Progress, images, train_sgd, try_methods
from ..center_loss import Settings


def data(settings: Settings) -> Data:
    return images("mnist", settings.seed, settings.count)


def run(settings: Settings, data: Data, checkpoint: Path) -> Found:
    """Every method from the same images, batches and first weights."""

    def method(how: Mapping[str, float], part: Data, rate: float) -> Found:
        network = compact_network(settings.features, seed=settings.seed)
        epochs = settings.epochs if part is data else settings.tuning_epochs
        with_centers(network, how, part, settings, rate, epochs=epochs)
        # Without a partner nothing trains the logits, and the nearest centre is the fairer judge.
        return closed_set(network, part, "by_logit" if how["partner"] else "by_center")

    methods = {name: partial(method, how) for name, how in settings.methods.items()}
    return try_methods(methods, data, settings, Progress(checkpoint))


def with_centers(
    network: FeatureNetwork,
    how: Mapping[str, float],
    part: Data,
    recipe: Recipe,
    rate: float,
    *,
    epochs: int | None = None,
) -> None:
    """Train by `partner` times the cross-entropy and `weight` times the centre loss, with centres
    that follow by `alpha`."""
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    classes, features = network.classifier.weight.shape
    centers = CenterLoss(classes, features, alpha=how["alpha"])

    def loss(output: tuple[Tensor, Tensor], target: Tensor, step: int) -> Tensor:
        features, logits = output
        partner = how["partner"] * cross_entropy(logits, target)
        return partner + how["weight"] * centers(features, target)

    train_sgd(
        network,
        part,
        loss,
        recipe,
        rate,
        epochs=epochs,
        after_step=lambda output, target, step: centers.update(output[0], target),
        modules=[centers],
    )


def closed_set(network: FeatureNetwork, part: Data, judge: str) -> Found:
    """Errors in per cent of the test images; "error", which tunes the rate, is `judge`'s.

    A centre is the mean of a class's training features, as the chapter has it: λ = 0 then has
    centres like any other, and none trails behind its features.
    """
    (seen, _), (features, logits) = predict(network, part.x_train), predict(network, part.x_test)
    labels, target = torch.as_tensor(part.y_train), torch.as_tensor(part.y_test)
    centers = torch.stack([seen[labels == k].double().mean(dim=0) for k in labels.unique()])
    distances = (features[:, None].double() - centers).norm(dim=2)
    spread = distances.gather(1, target[:, None]).square().mean().sqrt().item()
    gap = torch.pdist(centers).min().item()
    errors = {
        "by_logit": 100 * (1 - accuracy(logits, target)["accuracy"]),
        "by_center": 100 * (1 - accuracy(-distances, target)["accuracy"]),
    }
    return {"error": errors[judge], **errors, "spread": spread, "gap": gap, "ratio": gap / spread}
