"""Cross-entropy, hinges and ramps, each trained on images of which some labels are flipped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lossnb import cross_entropy, hinge, margin, ramp
from lossnb.datasets import Data, flip_labels
from lossnb.networks import mlp
from lossnb.training import accuracy, predict

from .._record import packed
from .._settings import TUNING_SEEDS
from .._study import Found, Method, Progress, at_rates, held_out, images, train_sgd, tune
from ..margins import Settings, ramp_at

Loss = Callable[[Tensor, Tensor], Tensor]


def data(settings: Settings) -> Any:
    """What a run trains and is judged on; where the rates are chosen, that of each tuning seed."""
    if settings.rates is None:
        return [held_out(spoilt(settings, seed), seed) for seed in TUNING_SEEDS]
    return spoilt(settings, settings.seed)


def spoilt(settings: Settings, seed: int) -> Data:
    clean = images(settings.source, seed, settings.count)
    return clean._replace(y_train=flip_labels(clean.y_train, settings.noise, 10, seed)[0])


def run(settings: Settings, data: Any, checkpoint: Path) -> Found:
    """Every loss from the same data, noise and first weights; "cold" from these, "warm" after
    epochs with cross-entropy at its own rate."""
    progress = Progress(checkpoint)
    if settings.rates is None:
        own = [methods(replace(settings, seed=seed), progress) for seed in TUNING_SEEDS]
        return tune(own, data, progress)
    return at_rates(methods(settings, progress), data, settings.rates, progress)


def methods(settings: Settings, progress: Progress) -> dict[str, Method]:
    epochs = settings.epochs
    warm_epochs = round(settings.warm_share * epochs)

    def network(part: Data) -> nn.Module:
        return mlp(part.x_train[0].size, [settings.hidden], 10, seed=settings.seed)

    def train(loss: Loss, model: nn.Module, part: Data, rate: float, epochs: int) -> nn.Module:
        train_sgd(model, part, lambda h, y, step: loss(h, y), settings, rate, epochs=epochs)
        return model

    # The same for every cut and rate; there is one part for each seed.
    warm: dict[str, Tensor] = {}

    def warmed(part: Data) -> dict[str, Tensor]:
        if not warm:
            rate = progress.found["cross-entropy"]["rate"]
            model = train(cross_entropy, network(part), part, rate, warm_epochs)
            warm.update(model.state_dict())
        return warm

    def fixed(loss: Loss, part: Data, rate: float) -> Found:
        return errors(train(loss, network(part), part, rate, epochs), part)

    def truncated(s: float, is_warm: bool, part: Data, rate: float) -> Found:
        model, rest = network(part), epochs
        if is_warm:
            model.load_state_dict(warmed(part))
            rest -= warm_epochs
        before = margins(model, part) < s
        train(partial(ramp, s=s), model, part, rate, rest)
        after = margins(model, part) < s
        shares = {"below_at_start": before, "below_at_end": after, "stayed": before & after}
        return errors(model, part) | {name: float(m.mean()) for name, m in shares.items()}

    by_name: dict[str, Method] = {
        "cross-entropy": partial(fixed, cross_entropy),
        "hinge": partial(fixed, hinge),
        "hinge, Weston-Watkins": partial(fixed, partial(hinge, form="weston_watkins")),
        "hinge, squared": partial(fixed, partial(hinge, p=2)),
    }
    for s in settings.cuts:
        by_name[ramp_at(s, "cold")] = partial(truncated, s, False)
        by_name[ramp_at(s, "warm")] = partial(truncated, s, True)
    return by_name


def errors(model: nn.Module, part: Data) -> Found:
    """In per cent; which test images are wrong, and how sure the softmax is of its answers."""
    seen, test = predict(model, part.x_train), predict(model, part.x_test)
    wrong = (test.argmax(dim=1) != torch.as_tensor(part.y_test)).numpy()
    return {
        "error": 100 * float(wrong.mean()),
        "wrong": packed(wrong),
        "train_error": 100 * (1 - accuracy(seen, torch.as_tensor(part.y_train))["accuracy"]),
        "confidence": 100 * test.softmax(dim=1).amax(dim=1).double().mean().item(),
    }


def margins(model: nn.Module, part: Data) -> np.ndarray[Any, Any]:
    """Those of the training samples."""
    return margin(predict(model, part.x_train), torch.as_tensor(part.y_train)).numpy()
