"""What the experiments on the claims share: drawn data, a rate for each loss, kept results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import lossnb
from lossnb.datasets import Data, digits
from lossnb.experiments import _study
from lossnb.experiments._settings import Recipe
from lossnb.experiments._study import (
    Progress,
    at_rates,
    falling_to_0,
    held_out,
    images,
    powers_tried,
    train_sgd,
    tune,
)
from lossnb.networks import mlp

WHOLE = Data(
    np.arange(100.0)[:, None], np.arange(100) % 10, -np.arange(20.0)[:, None], np.arange(20) % 10
)


def test_images_are_drawn_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_study, "mnist", lambda: WHOLE)
    one, again, other = (images("mnist", seed, 30) for seed in (1, 1, 2))
    assert len(one.x_train) == 30
    assert np.bincount(one.y_train).tolist() == [3] * 10
    assert np.array_equal(one.y_train, one.x_train[:, 0] % 10)
    assert np.array_equal(one.x_train, again.x_train)
    assert not np.array_equal(one.x_train, other.x_train)
    assert one.x_test is WHOLE.x_test
    assert images("mnist", 1, 100) is WHOLE
    assert np.array_equal(images("digits", 3).x_test, digits(seed=3).x_test)
    monkeypatch.setattr(_study, "animals", lambda seed: ("animals", seed))
    assert images("animals", 4, 7_716) == ("animals", 4)


@pytest.mark.parametrize("targets", [WHOLE.y_train, WHOLE.x_train / 7])
def test_a_fifth_of_the_training_part_is_held_out(targets: Any) -> None:
    part = held_out(WHOLE._replace(y_train=targets), seed=0)
    assert len(part.x_train) == 80
    assert sorted([*part.x_train[:, 0], *part.x_test[:, 0]]) == list(range(100))
    for x, y in (part[:2], part[2:]):
        assert np.array_equal(targets[x[:, 0].astype(int)], y)
    if targets.ndim == 1:
        assert np.bincount(part.y_test).tolist() == [2] * 10


def recipe(**other: Any) -> Recipe:
    return Recipe(**{"seed": 0, "epochs": 2, "batch_size": 30, **other})


@pytest.mark.parametrize(
    ("best", "wanted"),
    [
        (2.0**-5, [-5, -6, -4]),  # the first is the best
        (2.0**-2, [-5, -6, -4, -3, -2, -1]),
        (2.0**-7, [-5, -6, -4, -7, -8]),
        (2.0**3, [-5, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4]),
    ],
)
def test_powers_are_tried_until_neither_neighbour_of_the_best_is_better(
    best: float, wanted: list[int]
) -> None:
    tried = powers_tried(lambda rate: abs(np.log2(rate) - np.log2(best)))
    assert list(tried) == [2.0**power for power in wanted]
    assert min(tried, key=tried.__getitem__) == best


def test_what_diverges_is_worse_than_anything() -> None:
    tried = powers_tried(lambda rate: -rate if rate < 0.1 else float("nan"))
    assert tried[0.125] == np.inf
    assert min(tried, key=tried.__getitem__) == 0.0625


def test_a_rate_is_chosen_for_all_tuning_seeds_together(tmp_path: Path) -> None:
    """One seed likes 1/64 and one 1/4; the mean is least between them."""

    def like(best: float) -> Any:
        return lambda part, rate: {"error": np.log2(rate / best) ** 2 + part}

    progress = Progress(tmp_path / "progress")
    found = tune([{"a": like(2.0**-6)}, {"a": like(2.0**-2)}], [10.0, 20.0], progress)
    assert found["a"]["rate"] == 2.0**-4
    assert found["a"]["tried"][2.0**-4] == 4.0 + 15.0
    again = tune([{"a": like(1.0)}], [0.0], Progress(tmp_path / "progress"))
    assert again["a"]["rate"] == 2.0**-4


def test_each_method_is_trained_once_at_its_frozen_rate(tmp_path: Path) -> None:
    methods = {name: lambda part, rate: {"error": part * rate} for name in ("a", "b")}
    progress = Progress(tmp_path / "progress")
    found = at_rates(methods, 10.0, {"a": 0.5, "b": 0.25}, progress)
    assert found == {"a": {"rate": 0.5, "error": 5.0}, "b": {"rate": 0.25, "error": 2.5}}


@pytest.mark.parametrize("epochs", [None, 1])
def test_the_recipe_is_followed(epochs: int | None) -> None:
    model, rates, seen = mlp(64, [], 10, seed=0), [], []
    data = digits()
    few = data._replace(x_train=data.x_train[:70], y_train=data.y_train[:70])
    own = recipe(momentum=0.5, weight_decay=0.1, clip_norm=2.0)

    def watch(output: Any, target: Any, step: int) -> None:
        seen.append((step, len(target)))

    def schedule(optimizer: torch.optim.Optimizer, steps: int) -> Any:
        group = optimizer.param_groups[0]
        rates.append((group["lr"], group["momentum"], group["weight_decay"], steps))
        return falling_to_0(optimizer, steps)

    result = train_sgd(
        model, few, loss, own, 0.2, epochs=epochs, schedule=schedule, after_step=watch
    )
    done = epochs or 2
    assert len(result.history) == done
    assert rates == [(0.2, 0.5, 0.1, 3 * done)]
    assert seen == [(step, (30, 30, 10)[step % 3]) for step in range(3 * done)]


def test_the_rate_falls_to_0() -> None:
    weights = [torch.zeros(1, requires_grad=True)]
    optimizer = torch.optim.SGD(weights, lr=0.8)
    schedule = falling_to_0(optimizer, 4)
    rates = []
    for _ in range(4):
        rates += schedule.get_last_lr()
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose([*rates, *schedule.get_last_lr()], [0.8, 0.6, 0.4, 0.2, 0])


def loss(output: torch.Tensor, target: torch.Tensor, step: int) -> torch.Tensor:
    return lossnb.cross_entropy(output, target)


def test_progress_outlives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "notes"

    def killed() -> None:
        raise KeyboardInterrupt

    progress = Progress(path)
    assert progress.once("first", lambda: {"error": 1.5}) == {"error": 1.5}
    with pytest.raises(KeyboardInterrupt):
        progress.once("second", killed)
    assert json.loads(path.read_text()) == {"first": {"error": 1.5}}
    again = Progress(path)
    assert again.once("first", killed) == {"error": 1.5}
    again.once("second", lambda: 2)
    assert again.found == {"first": {"error": 1.5}, "second": 2}
