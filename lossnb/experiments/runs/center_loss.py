"""Centres beside cross-entropy and alone; digits known in training, and digits never seen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score, roc_curve
from torch import Tensor

from lossnb import cross_entropy
from lossnb.datasets import Data
from lossnb.networks import FeatureNetwork, compact_network
from lossnb.nn import CenterLoss
from lossnb.training import accuracy, predict

from .._study import Found, Progress, images, train_sgd, try_methods
from ..center_loss import Settings


def data(settings: Settings) -> Data:
    drawn = images("mnist", settings.seed, settings.count)
    return drawn if settings.known is None else open_set_split(drawn, settings.known, settings.seed)


def open_set_split(drawn: Data, known: int, seed: int) -> Data:
    """To train on, `known` of the ten digits, as labels from 0; to test on, the other digits."""
    label = np.random.default_rng(seed).permutation(10)
    y_train, y_test = label[drawn.y_train], label[drawn.y_test]
    seen, new = y_train < known, y_test >= known
    return Data(drawn.x_train[seen], y_train[seen], drawn.x_test[new], y_test[new])


def run(settings: Settings, data: Data, checkpoint: Path) -> Found:
    """Every method from the same images, batches and first weights."""

    def train(how: Mapping[str, float], part: Data, rate: float) -> FeatureNetwork:
        network = compact_network(settings.features, seed=settings.seed)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        # With seven digits the other three logits learn to lose, and their centres are not read.
        centers = CenterLoss(10, settings.features, alpha=how["alpha"])

        def loss(output: tuple[Tensor, Tensor], target: Tensor, step: int) -> Tensor:
            features, logits = output
            partner = how["partner"] * cross_entropy(logits, target)
            return partner + how["weight"] * centers(features, target)

        train_sgd(
            network,
            part,
            loss,
            settings,
            rate,
            epochs=settings.epochs if part is data else settings.tuning_epochs,
            after_step=lambda output, target, step: centers.update(output[0], target),
            modules=[centers],
        )
        return network

    def method(how: Mapping[str, float], part: Data, rate: float) -> Found:
        network = train(how, part, rate)
        if settings.pairs is not None and part is data:
            return verification(network, part, settings.pairs, settings.seed)
        # Without a partner nothing trains the logits, and the nearest centre is the fairer judge.
        return closed_set(network, part, "by_logit" if how["partner"] else "by_center")

    methods = {name: partial(method, how) for name, how in settings.methods.items()}
    return try_methods(methods, data, settings, Progress(checkpoint))


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


def verification(network: FeatureNetwork, part: Data, count: int, seed: int) -> Found:
    """Are two test images of one class? The area under the ROC curve and, in per cent, the equal
    error rate, by cosine and by Euclidean distance."""
    features = predict(network, part.x_test)[0].double()
    first, second = pairs(part.y_test, count, seed)
    same, a, b = part.y_test[first] == part.y_test[second], features[first], features[second]
    found = {}
    for name, score in {
        "cosine": torch.cosine_similarity(a, b),
        "euclidean": -(a - b).norm(dim=1),
    }.items():
        # What has diverged is left with equal scores: it guesses.
        likeness = np.nan_to_num(score.numpy())
        accepted_wrongly, accepted_rightly, _ = roc_curve(same, likeness)
        refused_wrongly = 1 - accepted_rightly
        equal = np.interp(0, accepted_wrongly - refused_wrongly, accepted_wrongly)
        found[f"{name}_eer"] = 100 * float(equal)
        found[f"{name}_auc"] = float(roc_auc_score(same, likeness))
    return found


def pairs(labels: NDArray[np.integer[Any]], count: int, seed: int) -> NDArray[np.integer[Any]]:
    """Places (2, count) of two different samples each: half of one class, half of two."""
    drawn = np.random.default_rng(seed).integers(len(labels), size=(2, 10 * count))
    drawn = drawn[:, drawn[0] != drawn[1]]
    same = labels[drawn[0]] == labels[drawn[1]]
    halves = [drawn[:, which][:, : count // 2] for which in (same, ~same)]
    return np.concatenate(halves, axis=1)
