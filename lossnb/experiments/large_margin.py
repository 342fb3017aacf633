"""Large-margin softmax (C12, C15, C16): beside cross-entropy and the hinge, on MNIST's images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np

from ._compare import Bound
from ._rules import Measure, Rule, difference, metric
from ._settings import Recipe

ANNEALING = {"base": 1000.0, "power": 35.0, "minimum": 0.0}


@dataclass(frozen=True, kw_only=True)
class Settings(Recipe):
    count: int
    tuning_epochs: int
    batch_size: int = 128
    num_features: int = 64
    rates: Sequence[float] = (0.1, 0.3, 1.0)
    # Without it, training diverges at a rate of 0.1, with cross-entropy too; with it, cross-entropy
    # and the hinge do best above that. Both seen with a seed that is not among the runs.
    clip_norm: float = 1.0
    # The rest is Liu et al.'s (2016), stretched to the number of steps: the rate falls to a tenth
    # after 12,000 and 15,000 of 18,000 steps, and λ, the same for every m, from 1000 to 0.002.
    weight_decay: float = 5e-4
    drops: Sequence[float] = (2 / 3, 5 / 6)
    drop_factor: float = 0.1
    annealing: Mapping[str, float] = field(default_factory=ANNEALING.copy)
    gamma_times_steps: float = 2.5e-5 * 18_000
    # The rate is tuned on no more images than these, and judged on no more held-out ones.
    tuning_count: int = 5_000


SETTINGS = (Settings,)
# More images, fewer epochs, and yet more steps.
SIZES: dict[int, dict[str, Any]] = {
    1_000: {"epochs": 30, "tuning_epochs": 30},
    5_000: {"epochs": 10, "tuning_epochs": 10},
    20_000: {"epochs": 5, "tuning_epochs": 6},
    60_000: {"epochs": 4, "tuning_epochs": 6},
}
SEEDS = 5
# The margin m; at 1 it is cross-entropy of the plain logits (C11). The hinge, Crammer and
# Singer's, has none.
METHODS = {"cross-entropy": 1, "m = 2": 2, "m = 3": 3, "m = 4": 4, "hinge": None}


def name_of(count: int, seed: int) -> str:
    return f"{count}-images-seed-{seed}"


def runs_of(count: int) -> list[str]:
    """One a seed."""
    return [name_of(count, seed) for seed in range(SEEDS)]


RUNS = {
    name_of(count, seed): Settings(count=count, seed=seed, **own)
    for count, own in SIZES.items()
    for seed in range(SEEDS)
}

# On another processor, or with other versions: see `_compare`.
BOUNDS = {
    "rate": Bound(inf, "two rates that do equally well may change places"),
    "*error": Bound(1.5, "points, half of what seeds differ by"),
    "wrong": Bound(150.0, "the same as images"),
    "angle": Bound(10.0, "degrees; it follows the rate"),
    "*lead": Bound(10.0, "degrees; it follows the rate"),
}


# What would refute the claims


def gap(count: int, method: str) -> Measure:
    """Test less training error. A training that failed must not look like one that generalises."""
    error, failed = metric(runs_of(count), method), metric(runs_of(count), method, "failed")
    train_error = metric(runs_of(count), method, "train_error")
    return lambda records: error(records) - np.where(failed(records), 0, train_error(records))


def larger_lead(count: int, before: str, after: str) -> Rule:
    return Rule(
        f"features of {count:,} training images, from {before} to {after}",
        "growth of the mean over the test images of the smallest angle to another class's weight "
        "− the angle to the own class's weight, in degrees",
        difference(metric(runs_of(count), after, "lead"), metric(runs_of(count), before, "lead")),
    )


def less_overfitting(count: int, method: str) -> Rule:
    return Rule(
        f"{count:,} training images, {method}",
        "test − training error of cross-entropy less the same of the large-margin softmax, in "
        "points; of a failed training (test error > 50 %) the whole test error counts",
        difference(gap(count, "cross-entropy"), gap(count, method)),
    )


def fewer_errors(count: int, method: str, rival: str) -> Rule:
    label = "the hinge" if rival == "hinge" else rival
    return Rule(
        f"{count:,} training images, {method} against {label}",
        f"test error of {label} − of the large-margin softmax, in points",
        difference(metric(runs_of(count), rival), metric(runs_of(count), method)),
    )


RULES = {
    "C12": [
        larger_lead(count, before, after)
        for count in (5_000, 60_000)
        for before, after in (("cross-entropy", "m = 2"), ("m = 2", "m = 3"), ("m = 3", "m = 4"))
    ],
    "C15": [less_overfitting(count, m) for count in (1_000, 20_000) for m in ("m = 2", "m = 4")],
    "C16": [
        fewer_errors(count, m, rival)
        for count in (1_000, 60_000)
        for rival in ("cross-entropy", "hinge")
        for m in ("m = 2", "m = 4")
    ],
}
