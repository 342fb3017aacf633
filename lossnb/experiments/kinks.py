"""Kinks (C9): how often a float falls on one, and what the slope chosen there does to training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ._compare import Bound
from ._rules import Measure, Rule

SHARED = {
    "draws": 10_000_000, "noise": 0.2, "hidden": 64, "epochs": 30, "batch_size": 64,
    "learning_rate": 0.03, "momentum": 0.9, "clip_norm": 1.0,
}  # fmt: skip
# The seeds below 10 went into a first trial, as in `margins`.
RUNS: dict[str, dict[str, Any]] = {
    f"seed-{seed}": {"seed": seed, **SHARED} for seed in range(10, 20)
}

# On another processor, or with other versions: see `_compare`.
BOUNDS = {
    "error": Bound(2.0, "a few of 450 test images change sides"),
    "hits": Bound(20.0, "other margins pass the kinks"),
}


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
