"""Kinks (C9): how often a float falls on one, and what the slope chosen there does to training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._compare import Bound
from ._rules import Measure, Rule
from ._settings import Recipe


@dataclass(frozen=True, kw_only=True)
class Settings(Recipe):
    draws: int = 10_000_000
    noise: float = 0.2
    hidden: int = 64
    epochs: int = 30
    batch_size: int = 64
    learning_rate: float = 0.03
    clip_norm: float = 1.0


SETTINGS = (Settings,)
# The seeds below 10 went into a first trial, as in `margins`.
RUNS = {f"seed-{seed}": Settings(seed=seed) for seed in range(10, 20)}

# On another processor, or with other versions: see `_compare`.
BOUNDS = {
    "error": Bound(2.0, "a few of 450 test images change sides"),
    "hits": Bound(20.0, "other margins pass the kinks"),
}


# What would refute the claim


def kink_hits(dtype: str) -> Measure:
    return lambda records: np.array(
        [record.found["on a kink, per million"][dtype] for record in records.values()]
    )


def error_range(precision: str) -> Measure:
    def measure(records: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        errors = [
            [variant["error"] for variant in record.found[precision].values()]
            for record in records.values()
        ]
        return np.ptp(np.array(errors), axis=1)

    return measure


RULES = {
    "C9": [
        Rule(
            "single precision, do they occur?",
            "normal margins exactly on a kink, in a million",
            kink_hits("float32"),
            within=1.0,
        ),
        Rule(
            "half precision, do they occur?",
            "normal margins exactly on a kink, in a million",
            kink_hits("float16"),
            within=1.0,
        ),
        Rule(
            "training in single precision",
            "largest difference in test error between three slopes at the kinks, in points",
            error_range("float32"),
            within=1.0,
        ),
        Rule(
            "training with logits rounded to bfloat16",
            "largest difference in test error between three slopes at the kinks, in points",
            error_range("bfloat16"),
            within=1.0,
        ),
    ]
}
