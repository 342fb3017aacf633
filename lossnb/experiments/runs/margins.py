"""Cross-entropy, hinges and ramps, each trained on images of which some labels are flipped."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lossnb import cross_entropy, hinge, margin, ramp
from lossnb.datasets import Data, flip_labels
from lossnb.networks import mlp
from lossnb.training import accuracy, predict

from .._study import Found, Progress, held_out, images, train_sgd, try_methods
from ..margins import Settings, ramp_at

Loss = Callable[[Tensor, Tensor], Tensor]


def data(settings: Settings) -> Data:
    clean = images(settings.source, settings.seed, settings.count)
    labels, _ = flip_labels(clean.y_train, settings.noise, 10, settings.seed)
    return clean._replace(y_train=labels)


def run(settings: Settings, data: Data, checkpoint: Path) -> Found:
    """Every loss from the same data, noise and first weights; "cold" from these, "warm" after
    epochs with cross-entropy at its own rate."""
    progress, seed, epochs = Progress(checkpoint), settings.seed, settings.epochs
    warm_epochs = round(settings.warm_share * epochs)

    def network(part: Data) -> nn.Module:
        return mlp(part.x_train[0].size, [settings.hidden], 10, seed=seed)

    def train(loss: Loss, model: nn.Module, part: Data, rate: float, epochs: int) -> nn.Module:
        train_sgd(model, part, lambda h, y, step: loss(h, y), settings, rate, epochs=epochs)
        return model

    # One for the tuning and one for the final run, the same for every cut.
    @cache
    def warmed(samples: int) -> dict[str, Tensor]:
        part = data if samples == len(data.x_train) else held_out(data, seed)
        rate = progress.found["cross-entropy"]["rate"]
        return train(cross_entropy, network(part), part, rate, warm_epochs).state_dict()

    def fixed(loss: Loss, part: Data, rate: float) -> Found:
        return errors(train(loss, network(part), part, rate, epochs), part)

    def truncated(s: float, warm: bool, part: Data, rate: float) -> Found:
        model, rest = network(part), epochs
        if warm:
            model.load_state_dict(warmed(len(part.x_train)))
            rest -= warm_epochs
        before = margins(model, part) < s
        train(partial(ramp, s=s), model, part, rate, rest)
        after = margins(model, part) < s
        shares = {"below_at_start": before, "below_at_end": after, "stayed": before & after}
        return errors(model, part) | {name: float(m.mean()) for name, m in shares.items()}

    methods: dict[str, Callable[[Data, float], Found]] = {
        "cross-entropy": partial(fixed, cross_entropy),
        "hinge": partial(fixed, hinge),
        "hinge, Weston-Watkins": partial(fixed, partial(hinge, form="weston_watkins")),
        "hinge, squared": partial(fixed, partial(hinge, p=2)),
    }
    for s in settings.cuts:
        methods[ramp_at(s, "cold")] = partial(truncated, s, False)
        methods[ramp_at(s, "warm")] = partial(truncated, s, True)
    return try_methods(methods, data, settings, progress)


def errors(model: nn.Module, part: Data) -> Found:
    """In per cent of the images, and how sure the softmax is of its answers on the test part."""
    seen, test = predict(model, part.x_train), predict(model, part.x_test)
    return {
        "error": 100 * (1 - accuracy(test, torch.as_tensor(part.y_test))["accuracy"]),
        "train_error": 100 * (1 - accuracy(seen, torch.as_tensor(part.y_train))["accuracy"]),
        "confidence": 100 * test.softmax(dim=1).amax(dim=1).double().mean().item(),
    }


def margins(model: nn.Module, part: Data) -> np.ndarray[Any, Any]:
    """Those of the training samples."""
    return margin(predict(model, part.x_train), torch.as_tensor(part.y_train)).numpy()
