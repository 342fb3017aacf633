"""Regression with noise and outliers (C5, C22, C23, C24, C25): l1, l2, Huber, Tukey's biweight."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._compare import Bound
from ._record import Record
from ._rules import Measure, Rule, less

Array = NDArray[Any]
TUKEY = "Tukey, MAD"
WITHOUT = f"{TUKEY}, without the outliers"
FALLING = ["l2", "l1", "Huber", "Tukey", TUKEY]
CONSTANT = ["l2, constant rate", "l1, constant rate"]

SHARED: dict[str, Any] = {
    "rates": [0.0003, 0.0012, 0.005, 0.02, 0.08, 0.32],
    "momentum": 0.9,
    "hidden": 64,
    # Errors, levels and noise are in standard deviations of the clean targets.
    "outlier_scale": 5.0,
}
# Batches divide the training part and four fifths of it: no MAD is that of a few samples.
SOURCES: dict[str, dict[str, Any]] = {
    "synthetic": {"train": 2000, "test": 2000, "batch_size": 200, "epochs": 50, "sigma": 0.3},
    # Its targets bring noise of their own.
    "diabetes": {"train": 320, "test": 122, "batch_size": 64, "epochs": 40, "sigma": 0.0},
    "angle": {"train": 4000, "test": 2000, "batch_size": 80, "epochs": 15, "sigma": 0.3},
}
NOISES: dict[str, dict[str, Any]] = {
    "plain": {"noise": "gaussian", "outliers": 0.0, "methods": FALLING},
    "laplace": {"noise": "laplace", "outliers": 0.0, "methods": ["l2", "l1"]},
    "outliers-10": {"noise": "gaussian", "outliers": 0.1, "methods": [*FALLING, WITHOUT]},
    "outliers-30": {"noise": "gaussian", "outliers": 0.3, "methods": [*FALLING, WITHOUT]},
}
# The error that counts as arrived; diabetes is there within an epoch or two.
LEVELS = {"synthetic": 0.3, "angle": 0.5}
UNITS = (0.05, 20.0)
LOCATION = {"source": "location", "size": 200, "samples": 20_000, "c": 4.6851, "sigmas": [1, 4]}


def seeds(source: str, noise: str) -> range:
    """A difference of 5 % takes more seeds to be seen than the harm that outliers do."""
    return range((5 if source == "angle" else 10) * (2 if noise in ("plain", "laplace") else 1))


def name_of(source: str, noise: str, seed: int, unit: float = 1.0) -> str:
    return f"{source}-{noise}{f'-times-{unit:g}' if unit != 1 else ''}-seed-{seed}"


def settings_of(source: str, noise: str, seed: int) -> dict[str, Any]:
    chosen = {"source": source, "seed": seed, "unit": 1.0, **SHARED, **SOURCES[source]}
    chosen |= NOISES[noise]
    if noise == "plain" and source in LEVELS:
        chosen |= {"level": LEVELS[source], "methods": FALLING + CONSTANT}
    return chosen


def plan() -> dict[str, dict[str, Any]]:
    runs = {
        name_of(source, noise, seed): settings_of(source, noise, seed)
        for source in SOURCES
        for noise in NOISES
        if source == "synthetic" or noise != "laplace"
        for seed in seeds(source, noise)
    }
    for unit in UNITS:
        for seed in seeds("synthetic", "outliers-10"):
            runs[name_of("synthetic", "outliers-10", seed, unit)] = {
                **settings_of("synthetic", "outliers-10", seed),
                "unit": unit,
                # Another unit of the targets wants other rates.
                "rates": [*SHARED["rates"], 1.28],
                "methods": ["l2", "Huber", "Tukey", TUKEY],
            }
    return runs | {f"location-seed-{seed}": {"seed": seed, **LOCATION} for seed in range(10)}


RUNS = plan()

# On another processor, or with other versions: see `_compare`.
BOUNDS = {
    "rate": Bound(inf, "two rates that do equally well may change places"),
    "epochs": Bound(inf, "it follows the rate"),
    "curve": Bound(inf, "it follows the rate"),
    "error": Bound(0.25, "rounding grows while a network is trained", relative=True),
    "rmse": Bound(0.25, "rounding grows while a network is trained", relative=True),
    "mae": Bound(0.25, "rounding grows while a network is trained", relative=True),
    "sigma *": Bound(1e-9, "rounding: nothing is trained"),
}


# What would refute the claims


LABELS = {"synthetic": "Friedman's function", "diabetes": "diabetes", "angle": "rotated MNIST"}


def of(source: str, noise: str, method: str, *, what: str = "rmse", unit: float = 1.0) -> Measure:
    """One number for each seed; for epochs, one more than all if the level was never reached."""
    names = [name_of(source, noise, seed, unit) for seed in seeds(source, noise)]
    late = SOURCES[source]["epochs"] + 1

    def measure(records: Mapping[str, Record]) -> Array:
        found = [records[name].found[method][what] for name in names]
        return np.array([late if value is None else value for value in found])

    return measure


def change(a: Measure, b: Measure) -> Measure:
    """a − b in per cent of b."""
    return lambda records: 100 * (a(records) / b(records) - 1)


def bounded(source: str, share: int) -> Rule:
    whole, left = (of(source, f"outliers-{share}", method) for method in (TUKEY, WITHOUT))
    return Rule(
        f"Tukey with MAD, {LABELS[source]}, {share} % outliers",
        "root-mean-square error when they are left out − with them, in per cent of the former",
        lambda records: -change(whole, left)(records),
        above=-10.0,
    )


def little(source: str, noise: str, label: str) -> Rule:
    return Rule(
        f"{LABELS[source]}, {label}",
        "root-mean-square error of l1 − of l2, in per cent of that of l2",
        change(of(source, noise, "l1"), of(source, noise, "l2")),
        within=5.0,
    )


def faster(source: str, schedule: str) -> Rule:
    slow, fast = ("l1", "l2") if schedule == "falling" else reversed(CONSTANT)
    return Rule(
        f"{LABELS[source]}, {schedule} rate",
        f"epochs of l1 − of l2 to a root-mean-square error of {LEVELS[source]}; "
        "never counts as one more than all",
        less(
            of(source, "plain", slow, what="epochs"),
            of(source, "plain", fast, what="epochs"),
        ),
    )


def overcomes(source: str, share: int, peer: str) -> Rule:
    noise = f"outliers-{share}"
    return Rule(
        f"{LABELS[source]}, {share} % outliers, beside {peer}",
        f"root-mean-square error of {peer} − of Tukey with MAD, in standard deviations",
        less(of(source, noise, peer), of(source, noise, TUKEY)),
    )


def efficient(setting: str, key: str) -> Rule:
    return Rule(
        f"location of {LOCATION['size']} normal numbers, {setting}",
        "variance of the mean / variance of Tukey's estimate − 0.95",
        lambda records: np.array(
            [records[f"location-seed-{seed}"].found[key] - 0.95 for seed in range(10)]
        ),
        within=0.01,
    )


def unit_free(unit: float) -> Rule:
    def rmse(unit: float) -> Measure:
        return of("synthetic", "outliers-10", "Tukey", unit=unit)

    return Rule(
        f"{LABELS['synthetic']}, 10 % outliers, targets times {unit:g}, no scaling",
        "change of Tukey's root-mean-square error in that unit, in per cent",
        change(rmse(unit), rmse(1.0)),
        within=10.0,
    )


RULES = {
    "C5": [bounded(source, share) for source in ("synthetic", "angle") for share in (10, 30)],
    "C22": [
        little("synthetic", "plain", "Gaussian noise"),
        little("synthetic", "laplace", "Laplacian noise"),
        little("diabetes", "plain", "its own noise"),
        little("angle", "plain", "Gaussian noise"),
    ],
    "C23": [faster(source, schedule) for source in LEVELS for schedule in ("constant", "falling")],
    "C24": [
        overcomes(source, share, peer)
        for peer, share in (("l2", 10), ("l2", 30), ("Huber", 30))
        for source in SOURCES
    ],
    "C25": [
        efficient("σ = 1, c = 4.6851", "sigma 1, fixed"),
        efficient("σ = 4, c = 4.6851", "sigma 4, fixed"),
        efficient("σ = 4, c = 4.6851 times the MAD", "sigma 4, MAD"),
        *map(unit_free, UNITS),
    ],
}
