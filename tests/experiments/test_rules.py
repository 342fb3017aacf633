"""Measures pair what they compare, and a grid makes a rule for every combination."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lossnb.experiments import Record
from lossnb.experiments._record import packed
from lossnb.experiments._rules import (
    Grid,
    Measure,
    Rule,
    best_of,
    chosen,
    combined,
    difference,
    later,
    metric,
    number,
    relative,
    rules,
)


def record(seed: int, source: str = "digits", **found: Any) -> Record:
    return Record({"seed": seed, "source": source}, found, {})


WRONG = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0]], dtype=bool)
RECORDS = {
    # Not in the order of their seeds, and beside runs that are not asked for.
    "b": record(21, a={"error": 4.0, "wrong": packed(WRONG[1])}, b={"error": 1.0}),
    "a": record(20, a={"error": 2.0, "wrong": packed(WRONG[0])}, b={"error": 1.5}),
    "c": record(20, source="mnist", a={"error": 90.0}, b={"error": 0.0}),
    "tune-digits": record(
        100, a={"rate": 1, "tried": {"1": 2.0, "2": 5.0}}, b={"rate": 1, "tried": {"1": 3.0}}
    ),
}
DIGITS = {"source": "digits"}
A, B = metric(DIGITS, "a"), metric(DIGITS, "b")


def test_runs_are_chosen_by_their_settings_and_paired_by_seed() -> None:
    assert list(chosen(RECORDS, DIGITS)) == ["a", "b"]
    assert A.by_seed(RECORDS).tolist() == [2.0, 4.0]
    assert difference(A, B).by_seed(RECORDS).tolist() == [0.5, 3.0]
    assert relative(A, B).by_seed(RECORDS) == pytest.approx([100 / 3, 300.0])
    assert combined(lambda x, y: x * y, A, B).by_seed(RECORDS).tolist() == [3.0, 4.0]


@pytest.mark.parametrize("where", [{"source": "nowhere"}, {}])
def test_no_run_and_two_of_one_seed_are_refused(where: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="where must choose one run a seed"):
        metric(where, "a").by_seed(RECORDS)


def test_shared_images_are_known_one_by_one() -> None:
    one = metric(DIGITS, "a", images=4)
    assert one.by_image is not None
    assert one.by_image(RECORDS).tolist() == [100.0, 50.0, 0.0, 0.0]
    assert difference(one, one).by_image(RECORDS).tolist() == [0.0] * 4  # type: ignore[misc]
    # Nothing else is: a quotient, a difference to what is not known so.
    assert relative(one, one).by_image is None
    assert difference(one, B).by_image is None


def test_a_number_of_a_run() -> None:
    records = {"a": record(0, share=0.5)}
    assert number({}, "share", minus=0.25).by_seed(records).tolist() == [0.25]


def test_the_best_rival_is_chosen_on_other_seeds() -> None:
    """On the tuning seeds a is better than b, on those that count b is."""
    choose = best_of("digits", ["b", "a"], lambda name: metric(DIGITS, name))
    assert later(choose).by_seed(RECORDS).tolist() == [2.0, 4.0]


def rule(source: str, noise: float = 0.0) -> Rule:
    return Rule(setting=f"{source}, {noise}", effect="points", measure=A)


def test_a_grid_has_every_combination_with_its_variables() -> None:
    made = rules([Grid(rule, {"source": ["x", "y"], "noise": [0.1, 0.2]}), Grid(lambda: rule("z"))])
    assert [one.setting for one in made] == ["x, 0.1", "x, 0.2", "y, 0.1", "y, 0.2", "z, 0.0"]
    assert made[1].variables == {"source": "x", "noise": 0.2}
    assert made[-1].variables == {}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "above 0"),
        ({"above": -0.5}, "above -0.5"),
        ({"within": 5.0}, "within ±5"),
        ({"within": 0.0}, "0"),
    ],
)
def test_a_rule_says_its_bound(options: dict[str, Any], text: str) -> None:
    own = Rule(setting="", effect="", measure=Measure(lambda records: np.zeros(2)), **options)
    assert own.wanted == text
