"""Centre loss (C17 to C21): tighter and further apart, alone, closed set, and digits never seen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
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
from lossnb.training import accuracy, fit, predict

from ._rules import Measure, Rule, less
from ._study import Notes, images, tuned

SHARED = {
    "count": 10_000,
    "rates": [0.02, 0.05, 0.1],
    "batch_size": 64,
    # Wen et al.'s (2016).
    "momentum": 0.9,
    "weight_decay": 5e-4,
    # Without it λ = 1 diverges in the first steps at each of the rates.
    "clip_norm": 5.0,
}
SEEDS = range(5)


def together(*weights: float) -> dict[str, dict[str, float]]:
    """Cross-entropy and λ times the centre loss."""
    return {
        f"lambda {weight:g}": {"weight": weight, "partner": 1.0, "alpha": 0.5}
        for weight in weights
    }  # fmt: skip


ALONE = {"alone": {"weight": 0.1, "partner": 0.0, "alpha": 0.5}}
# All centres stay at 0: a price on the length of a feature, which knows no classes.
CONTROL = {"control": {"weight": 0.1, "partner": 1.0, "alpha": 0.0}}
WEIGHTS = (0.001, 0.01, 0.1, 1.0)
PARTS: dict[str, dict[str, Any]] = {
    "features-2": {
        "features": 2, "epochs": 15, "tuning_epochs": 6,
        "methods": together(0.0, *WEIGHTS) | ALONE,
    },
    "features-32": {
        "features": 32, "epochs": 5, "tuning_epochs": 3,
        "methods": together(0.0, 0.01, 0.1) | CONTROL,
    },
    "open-set": {
        "features": 32, "epochs": 5, "tuning_epochs": 3, "known": 7, "pairs": 20_000,
        "methods": together(0.0, 0.01, 0.1) | CONTROL,
    },
}  # fmt: skip
RUNS = {
    f"{part}-seed-{seed}": {"seed": seed, **SHARED, **own}
    for part, own in PARTS.items()
    for seed in SEEDS
}


def data(settings: Mapping[str, Any]) -> Data:
    drawn = images("mnist", settings["seed"], settings["count"])
    return strangers(drawn, settings["known"], settings["seed"]) if "known" in settings else drawn


def strangers(drawn: Data, known: int, seed: int) -> Data:
    """To train on, `known` of the ten digits, as labels from 0; to test on, the other digits."""
    label = np.random.default_rng(seed).permutation(10)
    y_train, y_test = label[drawn.y_train], label[drawn.y_test]
    seen, new = y_train < known, y_test >= known
    return Data(drawn.x_train[seen], y_train[seen], drawn.x_test[new], y_test[new])


def run(settings: Mapping[str, Any], data: Data, checkpoint: Path) -> dict[str, Any]:
    """Every method from the same images, batches and first weights."""
    notes, seed = Notes(checkpoint), settings["seed"]

    def train(how: Mapping[str, float], part: Data, rate: float) -> FeatureNetwork:
        network = compact_network(settings["features"], seed=seed)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        # With seven digits the other three logits learn to lose, and their centres are not read.
        centers = CenterLoss(10, settings["features"], alpha=how["alpha"])
        optimizer = torch.optim.SGD(
            network.parameters(), lr=rate,
            momentum=settings["momentum"], weight_decay=settings["weight_decay"],
        )  # fmt: skip
        epochs = settings["epochs" if part is data else "tuning_epochs"]
        # Down to 0, so that a few epochs end settled and the last one is no accident.
        steps = epochs * -(-len(part.x_train) // settings["batch_size"])
        scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, steps)

        def loss(output: tuple[Tensor, Tensor], target: Tensor, step: int) -> Tensor:
            features, logits = output
            partner = how["partner"] * cross_entropy(logits, target)
            return partner + how["weight"] * centers(features, target)

        fit(
            network, part, loss, optimizer,
            epochs=epochs, batch_size=settings["batch_size"], seed=seed,
            scheduler=scheduler, clip_norm=settings["clip_norm"],
            after_step=lambda output, target, step: centers.update(output[0], target),
            modules=[centers], device="cpu", progress=False,
        )  # fmt: skip
        return network

    def method(how: Mapping[str, float], part: Data, rate: float) -> dict[str, Any]:
        network = train(how, part, rate)
        if "known" in settings and part is data:
            return verification(network, part, settings["pairs"], seed)
        # Without a partner nothing trains the logits, and the nearest centre is the fairer judge.
        return closed_set(network, part, "by_logit" if how["partner"] else "by_center")

    for name, how in settings["methods"].items():
        notes.once(name, partial(tuned, partial(method, how), data, settings["rates"], seed))
    return notes.found


def closed_set(network: FeatureNetwork, part: Data, judge: str) -> dict[str, Any]:
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


def verification(network: FeatureNetwork, part: Data, count: int, seed: int) -> dict[str, Any]:
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


# What would refute the claims

STEPS = list(pairwise(WEIGHTS))
JUDGES = {"by_logit": "by the largest logit", "by_center": "by the nearest centre"}
RIVALS = [("lambda 0", "cross-entropy alone"), ("control", "centres held at 0")]


def of(part: str, method: str, what: str) -> Measure:
    """One number for each seed."""
    names = [f"{part}-seed-{seed}" for seed in SEEDS]
    return lambda records: np.array([records[name].found[method][what] for name in names])


def lead(part: str, what: str, rival: str, method: str) -> Measure:
    """What the rival's error is above the method's."""
    return less(of(part, rival, what), of(part, method, what))


def change(what: str, small: float, large: float, sign: int) -> Measure:
    """From one λ to a larger one, the relative growth; with the sign −1, the relative fall."""
    before, after = (of("features-2", f"lambda {weight:g}", what) for weight in (small, large))
    return lambda records: sign * (after(records) / before(records) - 1)


RULES = {
    "C17": [
        Rule(
            f"λ from {small:g} to {large:g}",
            "1 − spread at the larger λ / spread at the smaller",
            change("spread", small, large, -1),
        )
        for small, large in STEPS
    ],
    "C18": [
        Rule(
            f"{label}, λ from {small:g} to {large:g}",
            f"{formula} at the larger λ / {formula} at the smaller, − 1",
            change(what, small, large, 1),
        )
        for label, formula, what in (
            ("the gap itself", "gap", "gap"),
            ("the gap in spreads", "(gap / spread)", "ratio"),
        )
        for small, large in STEPS
    ],
    "C19": [
        Rule(
            f"λ = 0.1, {label}",
            "error of the centre loss alone − with cross-entropy, in points",
            lead("features-2", what, "alone", "lambda 0.1"),
            above=10.0,
        )
        for what, label in JUDGES.items()
    ],
    # The first two steps in one: at λ below 0.1 the pull is weak, and a difference of a few dozen
    # images between neighbours would be more than five seeds can tell from chance.
    "C20": [
        Rule(
            f"λ from {small:g} to {large:g}, {label}",
            "error at the smaller λ − at the larger, in points",
            lead("features-2", what, f"lambda {small:g}", f"lambda {large:g}"),
        )
        for small, large in ((0.001, 0.1), (0.1, 1.0))
        for what, label in JUDGES.items()
    ],
    # Of new digits the primary measure is the cosine's, as with Wen et al.; the distance's and
    # both areas are on record beside it.
    "C21": [
        Rule(
            f"{setting}, beside {label}",
            f"{error} of {label} − of both with centres that follow, λ = 0.1, in points",
            lead(part, what, rival, "lambda 0.1"),
        )
        for part, setting, error, what, rivals in (
            ("features-2", "known digits, 2 features", "error", "by_logit", RIVALS[:1]),
            ("features-32", "known digits, 32 features", "error", "by_logit", RIVALS),
            ("open-set", "new digits", "equal error rate by cosine", "cosine_eer", RIVALS),
        )
        for rival, label in rivals
    ],
}
