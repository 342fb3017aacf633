"""The large-margin softmax, cross-entropy and the hinge, trained on MNIST's images."""

from __future__ import annotations

import math
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

from .._study import Found, Progress, images, train_sgd, try_methods
from ..large_margin import METHODS, Settings


def data(settings: Settings) -> Data:
    return images("mnist", settings.seed, settings.count)


def run(settings: Settings, data: Data, checkpoint: Path) -> Found:
    """Every method from the same images, in the same order, and the same first weights."""

    def in_drops(optimizer: torch.optim.Optimizer, steps: int) -> Any:
        milestones = [round(share * steps) for share in settings.drops]
        return torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones, settings.drop_factor)

    def train(margin: int | None, part: Data, rate: float) -> Found:
        epochs = settings.epochs
        if part is not data:
            epochs = settings.tuning_epochs
            # `held_out` has shuffled both parts, so that the first images are drawn by chance.
            part = Data(*(array[: settings.tuning_count] for array in part))
        steps = epochs * math.ceil(len(part.x_train) / settings.batch_size)
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

        result = train_sgd(network, part, loss, settings, rate, epochs=epochs, schedule=in_drops)
        return {**measured(network, part), "diverged_at": result.diverged_at}

    methods = {name: partial(train, margin) for name, margin in METHODS.items()}
    return try_methods(methods, data, settings, Progress(checkpoint))


def measured(network: FeatureNetwork, part: Data) -> Found:
    """Errors of the plain logits, in per cent of the images; angles of the test images, in degrees.

    "angle" lies between an image's features and the weight of its class, and "lead" is what the
    nearest weight of another class is farther away.
    """
    seen = predict(network, part.x_train)
    features, logits = predict(network, part.x_test)
    target = torch.as_tensor(part.y_test)
    wrong = int((logits.argmax(dim=1) != target).sum())
    error = 100 * wrong / len(target)
    weight = network.classifier.weight.detach()
    cosines = normalize(features.double()) @ normalize(weight.double()).T
    # Where training has diverged there may be no angle: then all are right ones, without a lead.
    degrees = cosines.nan_to_num().clamp(-1, 1).acos().rad2deg()
    own = degrees.gather(1, target[:, None])
    lead = degrees.scatter(1, target[:, None], torch.inf).amin(dim=1) - own[:, 0]
    return {
        "error": error,
        "wrong": wrong,
        "train_error": 100 * (1 - accuracy(seen, torch.as_tensor(part.y_train))["accuracy"]),
        "failed": error > 50,
        "angle": own.mean().item(),
        "lead": lead.mean().item(),
        "median_lead": lead.median().item(),
    }
