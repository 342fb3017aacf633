"""Figure 9.3's panel for λ = 1 once more, with clipped gradients: as it is, that run diverges."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from lossnb.datasets import Data
from lossnb.training import fit

from . import center_mnist
from .center_mnist import data

__all__ = ["RUNS", "data", "run"]

RUNS = {"lambda-1": {**center_mnist.RUNS["lambda-1"], "clip_norm": 5.0}}


def run(settings: Mapping[str, Any], data: Data, checkpoint: Path) -> dict[str, Any]:
    # The same run to the letter, but for the clipping: so the four others need not be repeated.
    clipped = partial(fit, clip_norm=settings["clip_norm"])
    with patch.object(center_mnist, "fit", clipped):
        return center_mnist.run(settings, data, checkpoint)
