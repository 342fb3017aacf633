"""What the experiments on the claims share: data drawn by the seed, and a rate for each loss."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lossnb._extras import extra
from lossnb._files import write_whole
from lossnb.datasets import Data, digits, mnist, split

with extra("notebooks"):
    from sklearn.model_selection import train_test_split

Found = dict[str, Any]


def images(source: str, seed: int, count: int | None = None) -> Data:
    """The digits, split by the seed; or MNIST with `count` training images, drawn by the seed.

    MNIST keeps its own 10,000 test images.
    """
    if source == "digits":
        return digits(seed=seed)
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


def tuned(
    train: Callable[[Data, float], Found], data: Data, rates: Sequence[float], seed: int
) -> Found:
    """What `train` finds at the learning rate with the smallest "error" on held-out samples.

    The rate is chosen without a look at the test part; then all training samples are used.
    """
    part = held_out(data, seed)

    def error(rate: float) -> float:
        found: float = train(part, rate)["error"]
        return found if math.isfinite(found) else math.inf

    rate = min(rates, key=error)
    return {"rate": rate, **train(data, rate)}


class Notes:
    """What a run has found so far, in a file that outlives a kill.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "notes"
    >>> Notes(path).once("a", lambda: 1), Notes(path).once("a", lambda: 2)
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
