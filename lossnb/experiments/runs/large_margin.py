"""The large-margin softmax, cross-entropy and the hinge, trained on MNIST's images."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from lossnb import hinge, large_margin_softmax
from lossnb.datasets import Data
from lossnb.networks import FeatureNetwork, compact_network
from lossnb.schedules import annealing
from lossnb.training import accuracy, predict

from .._record import packed
from .._settings import TUNING_SEEDS
from .._study import Found, Method, Progress, at_rates, held_out, images, train_sgd, tune
from ..large_margin import METHODS, Settings


def data(settings: Settings) -> Any:
    """What a run trains and is judged on; where the rates are chosen, that of each tuning seed."""
    if settings.rates is None:
        return [short(held_out(drawn(settings, seed), seed), settings) for seed in TUNING_SEEDS]
    return drawn(settings, settings.seed)


def drawn(settings: Settings, seed: int) -> Data:
    return images(settings.source, seed, settings.count)


def short(part: Data, settings: Settings) -> Data:
    """The first images, which are drawn by chance, since they have been shuffled."""
    return Data(*(array[: settings.tuning_count] for array in part))


def run(settings: Settings, data: Any, checkpoint: Path) -> Found:
    """Every method from the same images, in the same order, and the same first weights."""
    progress = Progress(checkpoint)
    if settings.rates is None:
        tuned = replace(settings, epochs=tuning_epochs(settings))
        return tune([methods(replace(tuned, seed=seed)) for seed in TUNING_SEEDS], data, progress)
    return at_rates(methods(settings), data, settings.rates, progress)


def tuning_epochs(settings: Settings) -> int:
    """A quarter of the steps."""
    kept = min(settings.tuning_count, round(0.8 * settings.count))
    steps = settings.epochs * math.ceil(settings.count / settings.batch_size)
    return round(steps / 4 / math.ceil(kept / settings.batch_size))


def methods(settings: Settings) -> dict[str, Method]:
    def in_drops(optimizer: torch.optim.Optimizer, steps: int) -> Any:
        milestones = [round(share * steps) for share in settings.drops]
        return torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones, settings.drop_factor)

    def train(margin: int | None, part: Data, rate: float) -> Found:
        steps = settings.epochs * math.ceil(len(part.x_train) / settings.batch_size)
        network = compact_network(settings.num_features, seed=settings.seed)
        # Faster on a CPU.
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        gamma = settings.gamma_times_steps / steps

        def loss(output: tuple[Tensor, Tensor], target: Tensor, step: int) -> Tensor:
            features, logits = output
            if margin is None:
                return hinge(logits, target)
            return large_margin_softmax(
                features,
                network.classifier.weight,
                target,
                margin=margin,
                annealing=annealing(step, gamma=gamma, **settings.annealing),
            )

        result = train_sgd(network, part, loss, settings, rate, schedule=in_drops)
        return {**measured(network, part), "diverged_at": result.diverged_at}

    return {name: partial(train, margin) for name, margin in METHODS.items()}


def measured(network: FeatureNetwork, part: Data) -> Found:
    """Errors of the plain logits, in per cent of the images; angles of the test images, in degrees.

    "angle" lies between an image's features and the weight of its class, and "lead" is what the
    nearest weight of another class is farther away.
    """
    seen = predict(network, part.x_train)
    features, logits = predict(network, part.x_test)
    target = torch.as_tensor(part.y_test)
    wrong = (logits.argmax(dim=1) != target).numpy()
    error = 100 * float(wrong.mean())
    weight = network.classifier.weight.detach()
    cosines = normalize(features.double()) @ normalize(weight.double()).T
    # Where training has diverged there may be no angle: then all are right ones, without a lead.
    degrees = cosines.nan_to_num().clamp(-1, 1).acos().rad2deg()
    own = degrees.gather(1, target[:, None])
    lead = degrees.scatter(1, target[:, None], torch.inf).amin(dim=1) - own[:, 0]
    return {
        "error": error,
        "wrong": packed(wrong),
        "train_error": 100 * (1 - accuracy(seen, torch.as_tensor(part.y_train))["accuracy"]),
        "failed": error > 50,
        "angle": own.mean().item(),
        "lead": lead.mean().item(),
        "median_lead": lead.median().item(),
    }
