"""Are two images of one class? Of digits and people that a network was not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score, roc_curve

from lossnb.datasets import Data, faces
from lossnb.networks import FeatureNetwork, compact_network
from lossnb.training import predict

from .._record import packed
from .._settings import TUNING_SEEDS
from .._study import Found, Method, Progress, at_rates, held_out, images, tune
from ..verification import Settings
from .center_loss import closed_set, with_centers


def data(settings: Settings) -> Any:
    """What a run trains and is judged on; where the rates are chosen, that of each tuning seed.

    A rate is chosen by the classes that are trained on: the others are nobody's to tune with.
    """
    if settings.rates is None:
        return [held_out(drawn(settings, seed), seed) for seed in TUNING_SEEDS]
    return drawn(settings, settings.seed)


def drawn(settings: Settings, seed: int) -> Data:
    if settings.source == "faces":
        pictures, people = faces()
        whole = Data(pictures, people, pictures, people)
    else:
        whole = images("mnist", seed, settings.count)
    if settings.known is None:
        return whole
    return open_set_split(whole, settings.known, settings.classes, seed)


def open_set_split(whole: Data, known: int, classes: int, seed: int) -> Data:
    """To train on, `known` of the classes, as labels from 0; to test on, the others."""
    label = np.random.default_rng(seed).permutation(classes)
    y_train, y_test = label[whole.y_train], label[whole.y_test]
    seen, new = y_train < known, y_test >= known
    return Data(whole.x_train[seen], y_train[seen], whole.x_test[new], y_test[new])


def run(settings: Settings, data: Any, checkpoint: Path) -> Found:
    """Every method from the same images, batches and first weights."""
    progress = Progress(checkpoint)
    if settings.rates is None:
        # On held-out images of known classes, so that they are all closed sets.
        own = [methods(replace(settings, seed=seed, pairs=None)) for seed in TUNING_SEEDS]
        return tune(own, data, progress)
    return at_rates(methods(settings), data, settings.rates, progress)


def methods(settings: Settings) -> dict[str, Method]:
    def method(how: Mapping[str, float], part: Data, rate: float) -> Found:
        network = compact_network(
            settings.features, num_classes=settings.known or settings.classes, seed=settings.seed
        )
        with_centers(network, how, part, settings, rate)
        if settings.pairs is not None:
            return verification(network, part, settings.pairs, settings.seed)
        found = closed_set(network, part, "by_logit")
        logits = predict(network, part.x_test)[1]
        wrong = (logits.argmax(dim=1) != torch.as_tensor(part.y_test)).numpy()
        return {**found, "wrong": packed(wrong)}

    return {name: partial(method, how) for name, how in settings.methods.items()}


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
    """Places (2, count) of two different samples each: half of one class, half of two.

    Raises ValueError if so many are not to be had.
    """
    drawn = np.random.default_rng(seed).integers(len(labels), size=(2, 20 * count))
    drawn = drawn[:, drawn[0] != drawn[1]]
    same = labels[drawn[0]] == labels[drawn[1]]
    halves = [drawn[:, which][:, : count // 2] for which in (same, ~same)]
    if any(half.shape[1] < count // 2 for half in halves):
        raise ValueError(f"count must be fewer pairs than the labels have; got {count}")
    return np.concatenate(halves, axis=1)
