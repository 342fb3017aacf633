"""What the experiments on the claims share: drawn data, a rate for each loss, kept results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossnb.datasets import Data, digits
from lossnb.experiments import _study
from lossnb.experiments._study import Notes, held_out, images, tuned

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


@pytest.mark.parametrize("targets", [WHOLE.y_train, WHOLE.x_train / 7])
def test_a_fifth_of_the_training_part_is_held_out(targets: Any) -> None:
    part = held_out(WHOLE._replace(y_train=targets), seed=0)
    assert len(part.x_train) == 80
    assert sorted([*part.x_train[:, 0], *part.x_test[:, 0]]) == list(range(100))
    for x, y in (part[:2], part[2:]):
        assert np.array_equal(targets[x[:, 0].astype(int)], y)
    if targets.ndim == 1:
        assert np.bincount(part.y_test).tolist() == [2] * 10


def test_the_rate_is_chosen_on_held_out_samples_alone() -> None:
    seen = []

    def train(part: Data, rate: float) -> dict[str, Any]:
        seen.append((len(part.x_train), rate))
        on_test = part.x_test.min() < 0
        # Held out, 0.1 is the best and 0.3 diverges; on the test part 0.01 would be.
        error = rate if on_test else {0.01: 5.0, 0.1: 4.0, 0.3: float("nan")}[rate]
        return {"error": error, "on_test": on_test}

    found = tuned(train, WHOLE, [0.01, 0.1, 0.3], seed=0)
    assert found == {"rate": 0.1, "error": 0.1, "on_test": True}
    assert seen == [(80, 0.01), (80, 0.1), (80, 0.3), (100, 0.1)]


def test_notes_outlive_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "notes"

    def killed() -> None:
        raise KeyboardInterrupt

    notes = Notes(path)
    assert notes.once("first", lambda: {"error": 1.5}) == {"error": 1.5}
    with pytest.raises(KeyboardInterrupt):
        notes.once("second", killed)
    assert json.loads(path.read_text()) == {"first": {"error": 1.5}}
    again = Notes(path)
    assert again.once("first", killed) == {"error": 1.5}
    again.once("second", lambda: 2)
    assert again.found == {"first": {"error": 1.5}, "second": 2}
