"""Centre loss (C17 to C21): tighter and further apart, alone, closed set, and digits never seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any

from ._compare import Bound
from ._rules import Measure, Rule, difference, metric, relative_change
from ._settings import Recipe


@dataclass(frozen=True, kw_only=True)
class Settings(Recipe):
    features: int
    tuning_epochs: int
    methods: Mapping[str, Mapping[str, float]]
    # Of the digits that are trained on, in the open set; and of the test images, so many pairs.
    known: int | None = None
    pairs: int | None = None
    count: int = 10_000
    rates: Sequence[float] = (0.02, 0.05, 0.1)
    batch_size: int = 64
    # Wen et al.'s (2016), as the momentum is.
    weight_decay: float = 5e-4
    # Without it λ = 1 diverges in the first steps at each of the rates.
    clip_norm: float = 5.0


SETTINGS = (Settings,)
SEEDS = range(5)


def with_cross_entropy(*weights: float) -> dict[str, dict[str, float]]:
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
        "methods": with_cross_entropy(0.0, *WEIGHTS) | ALONE,
    },
    "features-32": {
        "features": 32, "epochs": 5, "tuning_epochs": 3,
        "methods": with_cross_entropy(0.0, 0.01, 0.1) | CONTROL,
    },
    "open-set": {
        "features": 32, "epochs": 5, "tuning_epochs": 3, "known": 7, "pairs": 20_000,
        "methods": with_cross_entropy(0.0, 0.01, 0.1) | CONTROL,
    },
}  # fmt: skip
RUNS = {
    f"{part}-seed-{seed}": Settings(seed=seed, **own)
    for part, own in PARTS.items()
    for seed in SEEDS
}

# On another processor, or with other versions: see `_compare`.
BOUNDS = {
    "rate": Bound(inf, "two rates that do equally well may change places"),
    "error": Bound(3.0, "points, less than seeds differ by"),
    "by_*": Bound(3.0, "points, less than seeds differ by"),
    "*_eer": Bound(5.0, "points, less than seeds differ by"),
    "*_auc": Bound(0.05, "less than seeds differ by"),
    "spread": Bound(0.5, "it follows the rate", relative=True),
    "gap": Bound(0.5, "it follows the rate", relative=True),
    "ratio": Bound(0.5, "it follows the rate", relative=True),
}


# What would refute the claims

STEPS = list(pairwise(WEIGHTS))
JUDGES = {"by_logit": "by the largest logit", "by_center": "by the nearest centre"}
RIVALS = [("lambda 0", "cross-entropy alone"), ("control", "centres held at 0")]


def runs_of(part: str) -> list[str]:
    """One a seed."""
    return [f"{part}-seed-{seed}" for seed in SEEDS]


def lead(part: str, what: str, rival: str, method: str) -> Measure:
    """What the rival's error is above the method's."""
    return difference(metric(runs_of(part), rival, what), metric(runs_of(part), method, what))


def growth(what: str, small: float, large: float) -> Measure:
    """From one λ to a larger one, the relative growth."""
    after, before = (
        metric(runs_of("features-2"), f"lambda {weight:g}", what) for weight in (large, small)
    )
    return relative_change(after, before)


def fall(what: str, small: float, large: float) -> Measure:
    grown = growth(what, small, large)
    return lambda records: -grown(records)


RULES = {
    "C17": [
        Rule(
            f"λ from {small:g} to {large:g}",
            "1 − spread at the larger λ / spread at the smaller",
            fall("spread", small, large),
        )
        for small, large in STEPS
    ],
    "C18": [
        Rule(
            f"{label}, λ from {small:g} to {large:g}",
            f"{formula} at the larger λ / {formula} at the smaller, − 1",
            growth(what, small, large),
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
