"""Rules, verdicts and the ledger: computed from the records, and from nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from lossnb.claims import CLAIMS, ledger, summary
from lossnb.experiments import (
    RESULTS,
    VERDICTS,
    Outcome,
    Record,
    Rule,
    _record,
    exact,
    experiment,
    judge,
    load,
    names,
    verdict,
)

SUPPORTED, CONDITIONAL, NOT_SUPPORTED = VERDICTS


def rule(*effects: float, **options: Any) -> Rule:
    return Rule("digits", "lead, in points", lambda records: np.array(effects), **options)


# One rule


def test_the_interval_is_students() -> None:
    effects = np.random.default_rng(0).normal(1.0, 2.0, size=10)
    outcome = judge(rule(*effects), {})
    wanted = stats.ttest_1samp(effects, 0).confidence_interval(0.95)
    assert (outcome.low, outcome.high) == pytest.approx((wanted.low, wanted.high), rel=1e-12)
    assert outcome.mean == pytest.approx(effects.mean())
    assert outcome.seeds == 10


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


def test_chance_is_not_judged_by_one_seed() -> None:
    with pytest.raises(ValueError, match=r"needs two seeds or more; got 1"):
        judge(rule(1.0), {})
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


# All claims


def test_there_are_25_claims_in_order() -> None:
    assert [claim.id for claim in CLAIMS] == [f"C{number}" for number in range(1, 26)]
    assert [claim.section for claim in CLAIMS] == sorted(claim.section for claim in CLAIMS)


@pytest.mark.parametrize("name", names())
def test_rules_are_about_claims(name: str) -> None:
    known = {claim.id for claim in CLAIMS}
    for claim, rules in getattr(experiment(name), "RULES", {}).items():
        assert claim in known
        assert len({str(rule) for rule in rules}) == len(rules) > 0


def test_every_claim_has_recorded_results_and_a_verdict() -> None:
    entries = ledger()
    assert [entry.claim for entry in entries] == list(CLAIMS)
    for entry in entries:
        assert entry.experiments
        assert entry.verdict in VERDICTS
    assert sum(summary().values()) == 25
    for name, count in summary().items():
        assert count == sum(entry.verdict == name for entry in entries)


def test_enough_seeds() -> None:
    for entry in ledger():
        for outcome in entry.outcomes:
            assert outcome.rule.exact or outcome.seeds >= 5, outcome.rule


def test_a_page_has_its_own_claims() -> None:
    assert [entry.claim.id for entry in ledger("9_1_2_hinge")] == ["C2", "C3"]
    with pytest.raises(ValueError, match=r"page must be one that .*; got 'index'"):
        ledger("index")


def test_the_rules_were_stored_with_the_runs() -> None:
    for name in names():
        for record in load(name).values():
            assert record.rules == _record.rules_of(name)


def test_a_rule_changed_after_the_run_makes_it_stale(monkeypatch: Any) -> None:
    assert _record.states("exact") == {"all": "done"}
    softened = {**exact.RULES, "C11": [rule(within=1.0, exact=True)]}
    monkeypatch.setattr(exact, "RULES", softened)
    assert _record.states("exact") == {"all": "stale: other rules"}


def test_the_verdict_follows_the_record(tmp_path: Path) -> None:
    shutil.copytree(RESULTS, tmp_path / "results")
    path = tmp_path / "results" / "exact" / "all.json"
    content = json.loads(path.read_text())
    content["found"]["m = 1 departs"] = 0.1
    path.write_text(json.dumps(content))
    before, after = (
        {entry.claim.id: entry.verdict for entry in ledger(results=results)}
        for results in (RESULTS, tmp_path / "results")
    )
    assert before.pop("C11") == SUPPORTED
    assert after.pop("C11") == NOT_SUPPORTED
    assert before == after


def test_a_deleted_record_comes_back(tmp_path: Path) -> None:
    _record.run(["exact"], results=tmp_path / "results", scratch=tmp_path / "scratch")
    again, recorded = (load("exact", results)["all"] for results in (tmp_path / "results", RESULTS))
    assert again.found == pytest.approx(recorded.found, rel=1e-6, abs=1e-9)
    for rules in exact.RULES.values():
        for one in rules:
            assert judge(one, {"all": again}).holds == judge(one, {"all": recorded}).holds


def test_a_ledger_lacks_no_record(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"run `python -m lossnb\.experiments run"):
        ledger(results=tmp_path)


def test_a_record_knows_its_rules(tmp_path: Path, monkeypatch: Any) -> None:
    assert Record({}, {}, {}).rules == {}
    assert set(load("exact")["all"].rules) == set(exact.RULES)
