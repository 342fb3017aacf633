"""The settings of a run: frozen while it runs, and plain JSON in its record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every run has; an experiment adds its own. What is None is not in the record."""

    seed: int


# What the rates are chosen on; no other run has them.
TUNING_SEEDS = (100, 101, 102)


@dataclass(frozen=True, kw_only=True)
class Recipe(Settings):
    """How networks are trained: by SGD, for so many epochs, each method at the rate that was frozen
    for it. Without such rates, a run finds them on seeds of its own."""

    epochs: int
    batch_size: int
    rates: Mapping[str, float] | None = None
    momentum: float = 0.9
    weight_decay: float | None = None
    clip_norm: float | None = None


def as_json(settings: Settings) -> dict[str, Any]:
    """The settings as a record has them."""
    kept = {name: value for name, value in asdict(settings).items() if value is not None}
    return json.loads(json.dumps(kept))


def from_json(kinds: Sequence[type[Settings]], content: Mapping[str, Any]) -> Settings:
    """The settings that a record has, of the kind that knows all of their names."""
    for kind in kinds:
        if content.keys() <= {field.name for field in fields(kind)}:
            return kind(**content)
    raise ValueError(f"settings must be of {' or '.join(k.__name__ for k in kinds)}; got {content}")
