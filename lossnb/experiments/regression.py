"""Regression with noise and outliers (C5, C22, C23, C24, C25): l1, l2, Huber, Tukey's biweight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import rotate
from sklearn.datasets import load_diabetes, make_friedman1
from sklearn.model_selection import train_test_split
from torch import Tensor
from torch.nn.functional import huber_loss

from lossnb import l1, l2, mad, tukey_biweight
from lossnb.datasets import Data, add_outliers, mnist
from lossnb.networks import mlp
from lossnb.schedules import warm_up
from lossnb.training import fit, predict

from ._rules import Measure, Rule, less
from ._study import Notes, tuned

Array = NDArray[Any]
TUKEY, CUT_SHORT = "Tukey, MAD", "Tukey, MAD, without the outliers"

SHARED = {
    "rates": [0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
    "momentum": 0.9,
    "hidden": 64,
    # In standard deviations of the clean targets, as are the levels and all errors.
    "sigma": 0.3,
    "outlier_scale": 5.0,
}
# The batches divide both the training part and four fifths of it: no scale is taken of a few
# samples. `level` is what counts as arrived.
SOURCES: dict[str, dict[str, Any]] = {
    "synthetic": {"train": 800, "test": 2000, "batch_size": 80, "epochs": 40, "level": 0.35},
    "diabetes": {"train": 320, "test": 122, "batch_size": 64, "epochs": 40, "level": 0.75},
    "angle": {"train": 4000, "test": 2000, "batch_size": 80, "epochs": 20, "level": 0.35},
}
SEEDS = {"synthetic": 10, "diabetes": 10, "angle": 5}
LABELS = {"synthetic": "Friedman's function", "diabetes": "diabetes", "angle": "rotated MNIST"}
FALLING = ["l2", "l1", "Huber", "Tukey", TUKEY]
CONSTANT = ["l2, constant rate", "l1, constant rate"]
# The diabetes targets bring noise of their own.
NOISES: dict[str, dict[str, Any]] = {
    "plain": {"noise": "gaussian", "outliers": 0.0, "methods": FALLING + CONSTANT},
    "laplace": {"noise": "laplace", "outliers": 0.0, "methods": FALLING},
    "outliers-10": {"noise": "gaussian", "outliers": 0.1, "methods": [*FALLING, CUT_SHORT]},
    "outliers-30": {"noise": "gaussian", "outliers": 0.3, "methods": [*FALLING, CUT_SHORT]},
}
LOCATION = {"source": "location", "size": 200, "samples": 10_000, "c": 4.6851, "sigmas": [1, 4]}


def name_of(source: str, noise: str, seed: int, unit: float = 1.0) -> str:
    return f"{source}-{noise}{f'-times-{unit:g}' if unit != 1 else ''}-seed-{seed}"


RUNS: dict[str, dict[str, Any]] = {
    name_of(source, noise, seed): {
        "source": source, "seed": seed, "unit": 1.0, **SHARED, **own, **spoilt,
        **({"sigma": 0.0} if source == "diabetes" else {}),
    }
    for source, own in SOURCES.items()
    for noise, spoilt in NOISES.items()
    if source == "synthetic" or noise != "laplace"
    for seed in range(SEEDS[source])
}  # fmt: skip
RUNS |= {
    name_of("synthetic", "outliers-10", seed, unit): {
        **RUNS[name_of("synthetic", "outliers-10", seed)],
        "unit": unit,
        "methods": ["l2", "Huber", "Tukey", TUKEY],
    }
    for unit in (0.05, 20.0)
    for seed in range(SEEDS["synthetic"])
}
RUNS |= {f"location-seed-{seed}": {"seed": seed, **LOCATION} for seed in range(10)}


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


def data(settings: Mapping[str, Any]) -> Spoilt | Draws:
    rng = np.random.default_rng([settings["seed"], 1])
    if settings["source"] == "location":
        return Draws(rng.standard_normal((settings["size"], settings["samples"])))
    clean = angles(settings, rng) if settings["source"] == "angle" else table(settings)
    shape, sigma = clean.y_train.shape, settings["sigma"]
    noise = {
        "gaussian": lambda: rng.normal(0, sigma, shape),
        "laplace": lambda: rng.laplace(0, sigma / 2**0.5, shape),
    }[settings["noise"]]()
    targets, hit = add_outliers(
        clean.y_train + noise, settings["outliers"], settings["outlier_scale"], settings["seed"]
    )
    unit = settings["unit"]
    x_train, y_train, x_test, y_test = (
        array.astype(np.float32)
        for array in (clean.x_train, unit * targets, clean.x_test, unit * clean.y_test)
    )
    return Spoilt(x_train, y_train, x_test, y_test, hit)


def table(settings: Mapping[str, Any]) -> Data:
    """Friedman's (1991) function without noise, or diabetes; inputs and targets standardised."""
    seed, train, test = (settings[name] for name in ("seed", "train", "test"))
    if settings["source"] == "synthetic":
        x, y = make_friedman1(train + test, random_state=seed)
    else:
        x, y = load_diabetes(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y[:, None], train_size=train, test_size=test, random_state=seed
    )
    return Data(
        (x_train - x_train.mean(axis=0)) / x_train.std(axis=0),
        (y_train - y_train.mean()) / y_train.std(),
        (x_test - x_train.mean(axis=0)) / x_train.std(axis=0),
        (y_test - y_train.mean()) / y_train.std(),
    )


def angles(settings: Mapping[str, Any], rng: np.random.Generator) -> Data:
    """Images turned by -45 to 45 degrees; the target is the angle over its standard deviation."""
    whole, parts = mnist(), []
    for count, images in (settings["train"], whole.x_train), (settings["test"], whole.x_test):
        degrees = rng.uniform(-45, 45, count)
        drawn = images[rng.choice(len(images), count, replace=False)]
        turned = [rotate(i, d, reshape=False, order=1) for i, d in zip(drawn, degrees, strict=True)]
        parts += [np.stack(turned), degrees[:, None] / (45 / 3**0.5)]
    return Data(*parts)


def run(settings: Mapping[str, Any], data: Spoilt | Draws, checkpoint: Path) -> dict[str, Any]:
    """Every method from the same data, noise and first weights; or the efficiencies."""
    if isinstance(data, Draws):
        return efficiencies(settings, data.draws)
    notes, whole = Notes(checkpoint), Data(*data[:4])
    kept = whole._replace(x_train=data.x_train[~data.hit], y_train=data.y_train[~data.hit])
    for name in settings["methods"]:
        part = kept if name == CUT_SHORT else whole
        train = partial(trained, settings, name)
        notes.once(name, partial(tuned, train, part, settings["rates"], settings["seed"]))
    return notes.found


def trained(settings: Mapping[str, Any], method: str, part: Data, rate: float) -> dict[str, Any]:
    """The errors in the end and, of a plain run, after each epoch, with the first epoch at which
    the root mean square reached the level."""
    seed, epochs, size = settings["seed"], settings["epochs"], settings["batch_size"]
    model = mlp(part.x_train[0].size, [settings["hidden"]], 1, seed=seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=settings["momentum"])
    steps = epochs * -(-len(part.x_train) // size)
    falls = method not in CONSTANT
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: 1 - step / steps if falls else 1.0
    )
    measure = partial(errors, unit=settings["unit"])
    plain = set(CONSTANT) <= set(settings["methods"])
    result = fit(
        model, part, LOSSES[method.removesuffix(", constant rate")], optimizer,
        epochs=epochs, batch_size=size, seed=seed, scheduler=scheduler,
        validate=measure if plain else None, device="cpu", progress=False,
    )  # fmt: skip
    found: dict[str, Any] = measure(predict(model, part.x_test), torch.as_tensor(part.y_test))
    if plain:
        curve = [row["test_rmse"] for row in result.history]
        arrived = (epoch for epoch, rmse in enumerate(curve, 1) if rmse <= settings["level"])
        found |= {"epochs": next(arrived, None), "curve": [round(rmse, 4) for rmse in curve]}
    return found


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


LOSSES: dict[str, Callable[[Tensor, Tensor, int], Tensor]] = {
    "l1": lambda prediction, target, step: l1(prediction, target),
    "l2": lambda prediction, target, step: l2(prediction, target),
    "Huber": lambda prediction, target, step: huber_loss(prediction, target, delta=1.0),
    "Tukey": lambda prediction, target, step: tukey_biweight(prediction, target),
    TUKEY: tukey_mad,
    CUT_SHORT: tukey_mad,
}


def efficiencies(settings: Mapping[str, Any], draws: Array) -> dict[str, Any]:
    """Variance of the mean over that of Tukey's estimate of location, over all samples."""
    found = {}
    for sigma in settings["sigmas"]:
        x = sigma * draws
        for name, scale in ("fixed", np.ones(x.shape[1])), ("MAD", mad(x, np.zeros_like(x))):
            estimate = location(x, settings["c"] * scale)
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
