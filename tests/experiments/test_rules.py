"""One rule and one verdict: which effects it takes for a claim to hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from lossnb.experiments import VERDICTS, Outcome, Rule, judge, verdict

SUPPORTED, CONDITIONAL, NOT_SUPPORTED = VERDICTS


def rule(*effects: float, **options: Any) -> Rule:
    return Rule("digits", "lead, in points", lambda records: np.array(effects), **options)


@pytest.mark.parametrize("seeds", range(2, 32))
def test_the_interval_is_students(seeds: int) -> None:
    effects = np.random.default_rng(0).normal(1.0, 2.0, size=seeds)
    outcome = judge(rule(*effects), {})
    wanted = stats.ttest_1samp(effects, 0).confidence_interval(0.95)
    assert (outcome.low, outcome.high) == pytest.approx((wanted.low, wanted.high), rel=1e-12)
    assert outcome.mean == pytest.approx(effects.mean())
    assert outcome.seeds == seeds


def test_it_is_paired() -> None:
    """Seeds that differ far more than the losses do not widen the interval of the difference."""
    seeds = np.random.default_rng(0).normal(size=10)
    a, b = 100 * seeds + 1, 100 * seeds
    assert judge(rule(*(a - b)), {}).low == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("effects", "options", "holds"),
    [
        ((2.0, 3.0, 2.5), {}, True),
        ((-1.0, 3.0, 2.5), {}, False),  # the mean is above 0, the interval is not
        ((2.0, 3.0, 2.5), {"above": 2.4}, False),
        ((-0.4, -0.5, -0.6), {"above": -1.0}, True),
        ((0.1, -0.1, 0.0), {"within": 0.3}, True),
        ((0.1, -0.1, 0.0), {"within": 0.2}, False),  # half of the interval is 0.248
        ((0.0, 0.2, 0.4), {"within": 0.5}, False),  # from −0.3 to 0.7
        ((0.0, -0.2, -0.4), {"within": 0.5}, False),
        ((0.4, 0.4, 0.4), {"within": 0.3}, False),
        ((-0.4, -0.4, -0.4), {"within": 0.3}, False),
        ((1e-9,), {"exact": True}, True),
        ((0.0,), {"exact": True}, False),
        ((0.0,), {"exact": True, "within": 0.0}, True),
        ((1.0,), {"exact": True, "within": 0.0}, False),
    ],
)
def test_it_holds_if_the_whole_interval_is_on_its_side(
    effects: tuple[float, ...], options: dict[str, Any], holds: bool
) -> None:
    assert judge(rule(*effects, **options), {}).holds is holds


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_no_seed_can_be_dropped(bad: float) -> None:
    with pytest.raises(ValueError, match="every effect must be finite"):
        judge(rule(1.0, bad, 1.0), {})


def test_chance_is_not_judged_by_one_seed_or_beyond_the_table() -> None:
    with pytest.raises(ValueError, match=r"needs 2 to 31 seeds; got 1"):
        judge(rule(1.0), {})
    with pytest.raises(ValueError, match=r"needs 2 to 31 seeds; got 32"):
        judge(rule(*range(32)), {})
    with pytest.raises(ValueError, match=r"needs exactly one effect; got 2"):
        judge(rule(1.0, 2.0, exact=True), {})


def test_a_rule_says_its_bound() -> None:
    assert str(rule(above=1.0)) == "digits: lead, in points > 1"
    assert str(rule(within=0.5)) == "digits: lead, in points within ±0.5"


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ([True], SUPPORTED),
        ([True, True], SUPPORTED),
        ([True, False], CONDITIONAL),
        ([False, True, True], CONDITIONAL),
        ([False, False], NOT_SUPPORTED),
    ],
)
def test_the_verdict_counts_the_settings(held: list[bool], wanted: str) -> None:
    outcomes = [Outcome(rule(), 10, 0.0, 1.0 if h else -1.0, 2.0) for h in held]
    assert verdict(outcomes) == wanted


def test_no_test_no_verdict() -> None:
    with pytest.raises(ValueError, match="a claim without a test has no verdict"):
        verdict([])
