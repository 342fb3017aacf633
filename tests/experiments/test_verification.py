"""Classes that a network has not seen: none of them is trained on, and pairs are half and half."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from lossnb.datasets import Data
from lossnb.experiments import verification as asked
from lossnb.experiments.runs import verification as doing
from lossnb.networks import compact_network

PEOPLE = np.repeat(np.arange(40), 10)
PICTURES = np.random.default_rng(0).random((400, 28, 28), dtype=np.float32)


def test_a_class_is_trained_on_or_compared_and_never_both() -> None:
    marked = PEOPLE.astype(np.float32)[:, None]
    part = doing.open_set_split(Data(marked, PEOPLE, marked, PEOPLE), 25, 40, seed=1)
    seen, new = set(part.x_train.ravel()), set(part.x_test.ravel())
    assert (len(seen), len(new)) == (25, 15)
    assert not seen & new
    assert set(part.y_train) == set(range(25))
    # One label for each class, whatever it is.
    for x, y in ((part.x_train, part.y_train), (part.x_test, part.y_test)):
        assert len({(a, b) for a, b in zip(x.ravel(), y, strict=True)}) == len(set(y))
    other = doing.open_set_split(Data(marked, PEOPLE, marked, PEOPLE), 25, 40, seed=2)
    assert set(other.x_test.ravel()) != new


def test_pairs_are_of_two_images_half_of_them_of_one_class() -> None:
    labels = PEOPLE[:150]
    first, second = doing.pairs(labels, 400, seed=0)
    assert not np.any(first == second)
    assert np.mean(labels[first] == labels[second]) == 0.5
    with pytest.raises(ValueError, match="count must be fewer pairs than the labels have; got 8"):
        doing.pairs(np.arange(5), 8, seed=0)


def test_rates_are_chosen_on_classes_that_are_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doing, "faces", lambda: (PICTURES, PEOPLE))
    settings = asked.RUNS["tune-faces"]
    for part in doing.data(settings):
        assert (len(part.x_train), len(part.x_test)) == (200, 50)
        assert set(part.y_test) == set(part.y_train) == set(range(25))
    part = doing.data(replace(settings, seed=20, rates={}))
    assert min(part.y_test) == 25


def test_features_that_know_the_classes_make_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = PEOPLE[:100]
    known = torch.nn.functional.one_hot(torch.as_tensor(labels)).float()
    part = Data(PICTURES[:100], labels, PICTURES[:100], labels)
    monkeypatch.setattr(doing, "predict", lambda network, x: (known, known))
    found = doing.verification(compact_network(10, seed=0), part, 200, seed=0)
    assert found["cosine_eer"] == found["euclidean_eer"] == 0
    assert found["cosine_auc"] == found["euclidean_auc"] == 1
    monkeypatch.setattr(doing, "predict", lambda network, x: (torch.zeros(100, 10), known))
    guessed = doing.verification(compact_network(10, seed=0), part, 200, seed=0)
    assert guessed["euclidean_eer"] == pytest.approx(50)
