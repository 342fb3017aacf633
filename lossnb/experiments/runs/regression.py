"""Networks and locations fitted to targets with noise and outliers, a loss each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import rotate
from sklearn.datasets import load_diabetes, make_friedman1
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.nn.functional import huber_loss

from lossnb import l1, l2, mad, tukey_biweight
from lossnb.datasets import Data, add_outliers, mnist
from lossnb.networks import mlp
from lossnb.schedules import warm_up
from lossnb.training import predict

from .._settings import TUNING_SEEDS
from .._study import Found, Progress, at_rates, train_sgd, tune
from ..regression import CONSTANT, TUKEY, WITHOUT, Location, Training

Array = NDArray[Any]


class Spoilt(NamedTuple):
    """Training targets with noise and outliers, clean test targets; `hit` marks the outliers."""

    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array
    hit: Array


class Draws(NamedTuple):
    """Standard normal numbers: one sample in each column."""

    draws: Array


def data(settings: Training | Location) -> Any:
    """What a run trains and is judged on; where the rates are chosen, that of each tuning seed."""
    if isinstance(settings, Location):
        rng = np.random.default_rng([settings.seed, 1])
        return Draws(rng.standard_normal((settings.size, settings.samples)))
    if settings.rates is None:
        return [validation(spoilt(replace(settings, seed=seed)), seed) for seed in TUNING_SEEDS]
    return spoilt(settings)


def validation(whole: Spoilt, seed: int) -> Spoilt:
    """A fifth of the training part in the place of the test part, spoilt as it is."""
    places = np.arange(len(whole.x_train))
    kept, out = train_test_split(places, test_size=0.2, random_state=seed)
    return Spoilt(
        whole.x_train[kept], whole.y_train[kept],
        whole.x_train[out], whole.y_train[out], whole.hit[kept],
    )  # fmt: skip


def spoilt(settings: Training) -> Spoilt:
    rng = np.random.default_rng([settings.seed, 1])
    clean = angles(settings, rng) if settings.source == "angle" else table(settings)
    shape, sigma = clean.y_train.shape, settings.sigma
    if settings.noise == "laplace":
        noise = rng.laplace(0, sigma / 2**0.5, shape)
    else:
        noise = rng.normal(0, sigma, shape)
    targets, hit = add_outliers(
        clean.y_train + noise, settings.outliers, settings.outlier_scale, settings.seed
    )
    unit = settings.unit
    return Spoilt(
        clean.x_train.astype(np.float32), (unit * targets).astype(np.float32),
        clean.x_test.astype(np.float32), (unit * clean.y_test).astype(np.float32), hit,
    )  # fmt: skip


def table(settings: Training) -> Data:
    """Friedman's (1991) function without noise, or diabetes; inputs and targets standardised."""
    seed, train, test = settings.seed, settings.train, settings.test
    if settings.source == "synthetic":
        x, y = make_friedman1(train + test, random_state=seed)
    else:
        x, y = load_diabetes(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y[:, None], train_size=train, test_size=test, random_state=seed
    )
    for_x, for_y = StandardScaler().fit(x_train), StandardScaler().fit(y_train)
    return Data(
        for_x.transform(x_train), for_y.transform(y_train),
        for_x.transform(x_test), for_y.transform(y_test),
    )  # fmt: skip


def angles(settings: Training, rng: np.random.Generator) -> Data:
    """Images turned by -45 to 45 degrees; the target is the angle over its standard deviation."""
    whole, parts = mnist(), []
    for count, images in (settings.train, whole.x_train), (settings.test, whole.x_test):
        degrees = rng.uniform(-45, 45, count)
        drawn = images[rng.choice(len(images), count, replace=False)]
        turned = [rotate(i, d, reshape=False, order=1) for i, d in zip(drawn, degrees, strict=True)]
        parts += [np.stack(turned), degrees[:, None] / (45 / 3**0.5)]
    return Data(*parts)


def run(settings: Any, data: Any, checkpoint: Path) -> Found:
    """Every method from the same data, noise and first weights; or the efficiencies."""
    if isinstance(data, Draws):
        return efficiencies(settings, data.draws)
    progress = Progress(checkpoint)
    if settings.rates is None:
        # Held-out targets are noisy, and so the level lies higher for them.
        level = settings.level and math.hypot(settings.level, settings.sigma)
        own = [methods(replace(settings, seed=seed, level=level)) for seed in TUNING_SEEDS]
        return tune(own, data, progress)
    return at_rates(methods(settings), data, settings.rates, progress)


def methods(settings: Training) -> dict[str, Callable[[Spoilt, float], Found]]:
    def train(name: str, part: Spoilt, rate: float) -> Found:
        kept = ~part.hit if name == WITHOUT else np.ones(len(part.hit), dtype=np.bool_)
        own = Data(part.x_train[kept], part.y_train[kept], part.x_test, part.y_test)
        found = trained(settings, name, own, rate)
        # What is asked of a constant rate is how fast it is.
        judge = "epochs" if name in CONSTANT else "error"
        return found if settings.rates else {"error": found[judge]}

    return {name: partial(train, name) for name in settings.methods}


def trained(settings: Training, method: str, part: Data, rate: float) -> Found:
    """The errors in the end; where a level is set, also the root mean square after each epoch,
    and after how many epochs it passes the level."""
    model = mlp(part.x_train[0].size, [settings.hidden], 1, seed=settings.seed)

    def falling(optimizer: torch.optim.Optimizer, steps: int) -> Any:
        falls = method not in CONSTANT
        return torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: 1 - step / steps if falls else 1.0
        )

    measure, level = partial(errors, unit=settings.unit), settings.level
    before = measure(predict(model, part.x_test), torch.as_tensor(part.y_test))["rmse"]
    result = train_sgd(
        model,
        part,
        LOSSES[method.removesuffix(", constant rate")],
        settings,
        rate,
        schedule=falling,
        validate=measure if level else None,
    )
    found: dict[str, Any] = measure(predict(model, part.x_test), torch.as_tensor(part.y_test))
    if level:
        curve = [before, *(row["test_rmse"] for row in result.history)]
        found |= {
            "epochs": passing(curve, level, settings.epochs),
            "curve": [round(rmse, 4) for rmse in curve],
        }
    return found


def passing(curve: Sequence[float], level: float, epochs: int) -> float:
    """After how many epochs a curve, drawn with straight lines, first is at the level or below;
    never counts as one more than all.

    >>> passing([3.0, 1.0, 0.0], 0.5, 2), passing([3.0, 1.0], 0.5, 1)
    (1.5, 2.0)
    """
    for epoch, (before, after) in enumerate(pairwise(curve)):
        if after <= level:
            return epoch + (before - level) / (before - after)
    return epochs + 1.0


def errors(prediction: Tensor, target: Tensor, *, unit: float) -> dict[str, float]:
    """Root mean square, mean and median ("error", which outliers among the held-out targets do
    not move) of the absolute errors; each counts for 10 at most, which keeps divergence finite."""
    absolute = (prediction.double() - target).abs() / unit
    absolute = absolute.nan_to_num(nan=torch.inf).clamp(max=10)
    return {
        "error": absolute.median().item(),
        "rmse": absolute.square().mean().sqrt().item(),
        "mae": absolute.mean().item(),
    }


def tukey_mad(prediction: Tensor, target: Tensor, step: int) -> Tensor:
    return tukey_biweight(prediction, target, scale=warm_up(step) * mad(prediction, target))


def under_mad(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor, int], Tensor]:
    """The loss of the residuals over their scale, which is the one that Tukey's biweight has."""

    def scaled(prediction: Tensor, target: Tensor, step: int) -> Tensor:
        scale = warm_up(step) * mad(prediction, target)
        return loss(prediction / scale, target / scale)

    return scaled


LOSSES: dict[str, Callable[[Tensor, Tensor, int], Tensor]] = {
    "l1": lambda prediction, target, step: l1(prediction, target),
    "l2": lambda prediction, target, step: l2(prediction, target),
    "Huber": lambda prediction, target, step: huber_loss(prediction, target, delta=1.0),
    "Tukey": lambda prediction, target, step: tukey_biweight(prediction, target),
    "l1, MAD": under_mad(l1),
    "Huber, MAD": under_mad(partial(huber_loss, delta=1.345)),
    TUKEY: tukey_mad,
    WITHOUT: tukey_mad,
}


def efficiencies(settings: Location, draws: Array) -> dict[str, Any]:
    """Variance of the mean over that of Tukey's estimate of location, over all samples."""
    found = {}
    for sigma in settings.sigmas:
        x = sigma * draws
        for name, scale in ("fixed", np.ones(x.shape[1])), ("MAD", mad(x, np.zeros_like(x))):
            estimate = location(x, settings.c * scale)
            found[f"sigma {sigma}, {name}"] = float(x.mean(axis=0).var() / estimate.var())
    return found


def location(x: Array, c: Array) -> Array:
    """Tukey's estimate of each column by iterated reweighting, from the median on."""
    found = np.median(x, axis=0)
    moving = np.arange(len(found))
    while moving.size:
        own = x[:, moving]
        weight = (1 - np.clip((own - found[moving]) / c[moving], -1, 1) ** 2) ** 2
        new = (weight * own).sum(axis=0) / weight.sum(axis=0)
        moved = np.abs(new - found[moving]) > 1e-4 * c[moving]
        found[moving] = new
        moving = moving[moved]
    return found
