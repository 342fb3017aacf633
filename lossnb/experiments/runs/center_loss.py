"""Centres beside cross-entropy, with a weight of every size, and alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lossnb import cross_entropy
from lossnb.datasets import Data
from lossnb.networks import FeatureNetwork, bottleneck_network
from lossnb.nn import CenterLoss
from lossnb.training import accuracy, predict

from .._record import packed
from .._settings import TUNING_SEEDS, Recipe
from .._study import Found, Method, Progress, at_rates, held_out, images, train_sgd, tune
from ..center_loss import Settings


def data(settings: Settings) -> Any:
    """What a run trains and is judged on; where the rates are chosen, that of each tuning seed."""
    if settings.rates is None:
        counts = ((images("mnist", seed, settings.tuning_count), seed) for seed in TUNING_SEEDS)
        return [held_out(drawn, seed) for drawn, seed in counts]
    return images("mnist", settings.seed)


def run(settings: Settings, data: Any, checkpoint: Path) -> Found:
    """Every method from the same images, batches and first weights."""
    progress = Progress(checkpoint)
    if settings.rates is None:
        own = [methods(replace(settings, seed=seed)) for seed in TUNING_SEEDS]
        return tune(own, data, progress)
    return at_rates(methods(settings), data, settings.rates, progress)


def methods(settings: Settings) -> dict[str, Method]:
    def method(how: Mapping[str, float], part: Data, rate: float) -> Found:
        network = bottleneck_network(settings.features, seed=settings.seed)
        with_centers(network, how, part, settings, rate)
        # Without a partner nothing trains the logits, and the nearest centre is the fairer judge.
        found = closed_set(network, part, "by_logit" if how["partner"] else "by_center")
        return found | {
            f"wrong {judge}": packed(who) for judge, who in wrong(network, part).items()
        }

    return {name: partial(method, how) for name, how in settings.methods.items()}


def wrong(network: FeatureNetwork, part: Data) -> dict[str, NDArray[np.bool_]]:
    """Which test images are wrong, by the largest logit and by the nearest centre."""
    (seen, _), (features, logits) = predict(network, part.x_train), predict(network, part.x_test)
    labels, target = torch.as_tensor(part.y_train), torch.as_tensor(part.y_test)
    centers = torch.stack([seen[labels == k].double().mean(dim=0) for k in labels.unique()])
    nearest = torch.cdist(features.double(), centers).argmin(dim=1)
    return {
        "by_logit": (logits.argmax(dim=1) != target).numpy(),
        "by_center": (nearest != target).numpy(),
    }


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
