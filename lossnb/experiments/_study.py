"""What the experiments on the claims share: data drawn by the seed, one recipe, and a rate for
each loss."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lossnb._extras import extra
from lossnb._files import write_whole
from lossnb.datasets import Data, animals, digits, mnist, split
from lossnb.training import Result, fit

from ._settings import Recipe

with extra("notebooks"):
    import torch
    from sklearn.model_selection import train_test_split
    from torch import Tensor, nn

Found = dict[str, Any]


def images(source: str, seed: int, count: int | None = None) -> Data:
    """Digits or animals, split by the seed; or MNIST with `count` training images, drawn by it.

    MNIST keeps its own 10,000 test images.
    """
    if source == "digits":
        return digits(seed=seed)
    if source == "animals":
        return animals(seed=seed)
    whole = mnist()
    if count is None or count == len(whole.x_train):
        return whole
    drawn = split(whole.x_train, whole.y_train, test_size=count, seed=seed)
    return whole._replace(x_train=drawn.x_test, y_train=drawn.y_test)


def held_out(data: Data, seed: int) -> Data:
    """A fifth of the training part, whatever spoils its targets, in the place of the test part."""
    labels = data.y_train if np.issubdtype(data.y_train.dtype, np.integer) else None
    x_train, x_test, y_train, y_test = train_test_split(
        data.x_train, data.y_train, test_size=0.2, stratify=labels, random_state=seed
    )
    return Data(x_train, y_train, x_test, y_test)


Schedule = Callable[[torch.optim.Optimizer, int], torch.optim.lr_scheduler.LRScheduler]


def falling_to_0(optimizer: torch.optim.Optimizer, steps: int) -> Any:
    """So that a few epochs end settled, and the last one is no accident."""
    return torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, steps)


def train_sgd(
    model: nn.Module,
    part: Data,
    loss: Callable[[Any, Tensor, int], Tensor],
    recipe: Recipe,
    rate: float,
    *,
    epochs: int | None = None,
    schedule: Schedule = falling_to_0,
    **hooks: Any,
) -> Result:
    """Train by the recipe, for as many epochs as it says unless told otherwise."""
    epochs = recipe.epochs if epochs is None else epochs
    optimizer = torch.optim.SGD(
        model.parameters(), rate, recipe.momentum, weight_decay=recipe.weight_decay or 0
    )
    return fit(
        model,
        part,
        loss,
        optimizer,
        epochs=epochs,
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        scheduler=schedule(optimizer, epochs * math.ceil(len(part.x_train) / recipe.batch_size)),
        clip_norm=recipe.clip_norm,
        device="cpu",
        progress=False,
        **hooks,
    )


# What a method finds on the test part of some data, trained on the other at a rate.
Method = Callable[[Any, float], Found]


def powers_tried(error: Callable[[float], float], first: float = 2.0**-5) -> dict[float, float]:
    """The error at powers of two, until neither neighbour of the best is better.

    >>> powers_tried(lambda rate: abs(rate - 0.125))
    {0.03125: 0.09375, 0.015625: 0.109375, 0.0625: 0.0625, 0.125: 0.0, 0.25: 0.125}
    """
    tried: dict[float, float] = {}
    wanted = [first]
    while wanted:
        for rate in wanted:
            found = error(rate)
            tried[rate] = found if math.isfinite(found) else math.inf
        best = min(tried, key=tried.__getitem__)
        wanted = [rate for rate in (best / 2, best * 2) if rate not in tried]
    return tried


def tune(
    methods: Sequence[Mapping[str, Method]], parts: Sequence[Any], progress: Progress
) -> Found:
    """Of each method all rates tried, with the mean error over the seeds, and the best.

    `methods` and `parts` are those of each seed.
    """

    def choose(name: str) -> Found:
        def error(rate: float) -> float:
            found = [
                own[name](part, rate)["error"] for own, part in zip(methods, parts, strict=True)
            ]
            return sum(found) / len(found)

        tried = powers_tried(error)
        return {"rate": min(tried, key=tried.__getitem__), "tried": tried}

    for name in methods[0]:
        progress.once(name, partial(choose, name))
    return progress.found


def at_rates(
    methods: Mapping[str, Method], data: Any, rates: Mapping[str, float], progress: Progress
) -> Found:
    """What each method finds at the rate that was frozen for it."""

    def found_by(name: str) -> Found:
        return {"rate": rates[name], **methods[name](data, rates[name])}

    for name in methods:
        progress.once(name, partial(found_by, name))
    return progress.found


class Progress:
    """What a run has found so far, in a file that outlives a kill.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "notes"
    >>> Progress(path).once("a", lambda: 1), Progress(path).once("a", lambda: 2)
    (1, 1)
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: Found = json.loads(path.read_bytes()) if path.exists() else {}

    def once(self, name: str, compute: Callable[[], Any]) -> Any:
        """The value under `name`, computed if it is not there yet."""
        if name not in self.found:
            self.found[name] = compute()
            write_whole(self.path, json.dumps(self.found).encode())
        return self.found[name]
