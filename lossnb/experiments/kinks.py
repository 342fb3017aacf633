"""Kinks (C9): how often a float falls on one, and what the slope chosen there does to training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._compare import Bound
from ._rules import Floats, Grid, Measure, Records, Rule
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
# The seeds below 20 went into two earlier trials, as in `margins`.
RUNS = {f"seed-{seed}": Settings(seed=seed) for seed in range(20, 40)}

# On another processor, or with other versions: see `_compare`.
BOUNDS = {
    "error": Bound(2.0, "a few of 450 test images change sides"),
    "hits": Bound(20.0, "other margins pass the kinks"),
}


# What would refute the claim


def kink_hits(dtype: str) -> Rule:
    """One hit refutes "never": of so many draws the count is no estimate, but a proof."""

    def hits(records: Records) -> Floats:
        return np.array([sum(r.found["on a kink, per million"][dtype] for r in records.values())])

    return Rule(
        setting=f"normal margins in {dtype}",
        effect="margins exactly on a kink, in a million of each seed's draws, summed",
        measure=Measure(hits),
        within=0.0,
        exact=True,
    )


def harmless(precision: str) -> Rule:
    def ranges(records: Records) -> Floats:
        errors = [
            [one["error"] for one in record.found[precision].values()]
            for record in records.values()
        ]
        return np.ptp(np.array(errors), axis=1)

    return Rule(
        setting=f"training with logits in {precision}",
        effect="largest difference in test error between three slopes at the kinks, in points",
        measure=Measure(ranges),
        within=1.0,
        overlap=450 / 1347,
    )


def trial(**other: Any) -> list[Settings]:
    """What a minute's trial runs: the same, with other seeds."""
    return [Settings(seed=0)]


TESTS = {
    "C9a": [Grid(kink_hits, {"dtype": ["float32", "float16"]})],
    "C9b": [Grid(harmless, {"precision": ["float32", "bfloat16"]})],
}
EXPLORATORY = {"hits": "of a training; those in single precision are none"}
