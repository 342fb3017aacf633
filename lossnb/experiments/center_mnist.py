"""Figure 9.3: MNIST's digits as two features, under the centre loss with λ from 0.001 to 1.

No claim is judged by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from ._compare import Bound
from ._settings import Recipe


@dataclass(frozen=True, kw_only=True)
class Settings(Recipe):
    """Wen et al.'s (2016) released ones, except for `width` and `epochs`: theirs are 1 and 21."""

    weight: float
    data: str = "mnist"
    width: float = 0.5
    epochs: int = 10
    batch_size: int = 128
    learning_rate: float = 0.01
    weight_decay: float = 5e-4
    alpha: float = 0.5
    seed: int = 0


SETTINGS = (Settings,)
RUNS = {f"lambda-{weight:g}": Settings(weight=weight) for weight in (0.001, 0.01, 0.1, 1.0)}

# On another processor, or with other versions: see `_compare`.
BOUNDS = {
    "history/*": Bound(inf, "the way there is another; the end is compared"),
    "*_accuracy": Bound(0.02, "what seeds differ by, on such images"),
    "*cross_entropy": Bound(0.1, "it follows the accuracy"),
    "*spread": Bound(0.5, "the clusters are as tight, not the same", relative=True),
    "*median_distance": Bound(0.5, "the clusters are as tight, not the same", relative=True),
    "gap": Bound(0.5, "the clusters are as far apart, not the same", relative=True),
    "ratio": Bound(0.5, "the clusters are as far apart, not the same", relative=True),
    "centers": Bound(inf, "nothing tells a cluster where to lie"),
    "features": Bound(inf, "nothing tells a cluster where to lie"),
    "predictions": Bound(inf, "a class is no number; the accuracies are compared"),
    "training_seconds": Bound(0.0, "the clock", timed=True),
}
