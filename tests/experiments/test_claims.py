"""The ledger: all claims, computed from the records and from nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lossnb.experiments import (
    RESULTS,
    VERDICTS,
    _record,
    _run,
    exact,
    experiment,
    judge,
    load,
    names,
)
from lossnb.experiments._record import digest_of
from lossnb.experiments.claims import CLAIMS, ledger, summary

SUPPORTED, _, NOT_SUPPORTED = VERDICTS


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
        rules = _record.rules_of(name)
        assert _record.read_rules(RESULTS / name) == rules
        assert {record.rules for record in load(name).values()} == {_record.rules_hash(rules)}


def test_a_rule_changed_after_the_run_makes_it_stale(monkeypatch: Any) -> None:
    assert _record.states("exact") == {"all": "done"}
    softened = {**exact.RULES, "C11": [replace(exact.RULES["C11"][0], within=1.0)]}
    monkeypatch.setattr(exact, "RULES", softened)
    assert _record.states("exact") == {"all": "stale: other rules"}


def test_the_verdict_follows_the_record(tmp_path: Path) -> None:
    shutil.copytree(RESULTS, tmp_path / "results")
    path = tmp_path / "results" / "exact" / "all.json"
    content = json.loads(path.read_text())
    content["found"]["m = 1 departs"] = 0.1
    content["sha256"] = digest_of(content)
    path.write_text(json.dumps(content))
    before, after = (
        {entry.claim.id: entry.verdict for entry in ledger(results=results)}
        for results in (RESULTS, tmp_path / "results")
    )
    assert before.pop("C11") == SUPPORTED
    assert after.pop("C11") == NOT_SUPPORTED
    assert before == after


def test_a_deleted_record_comes_back(tmp_path: Path) -> None:
    _run.run(["exact"], results=tmp_path / "results", scratch=tmp_path / "scratch")
    again, recorded = (load("exact", results)["all"] for results in (tmp_path / "results", RESULTS))
    assert again.found == pytest.approx(recorded.found, rel=1e-6, abs=1e-9)
    for rules in exact.RULES.values():
        for one in rules:
            assert judge(one, {"all": again}).holds == judge(one, {"all": recorded}).holds


def test_a_ledger_lacks_no_record(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"run `python -m lossnb\.experiments run"):
        ledger(results=tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [("within ±1e-12", "within ±1"), ('"C11"', '"C12"'), ('"C1"', '"C0"'), (" > 0", " > -1")],
)
def test_rules_edited_where_they_are_stored_are_noticed(tmp_path: Path, old: str, new: str) -> None:
    shutil.copytree(RESULTS / "exact", tmp_path / "exact")
    path = tmp_path / "exact" / "rules.json"
    assert old in path.read_text(encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert _record.states("exact", tmp_path) == {"all": "stale: other rules"}
    path.unlink()
    assert _record.states("exact", tmp_path) == {"all": "stale: other rules"}


def test_the_rules_are_stored_once() -> None:
    said = (rules for name in names() for rules in _record.rules_of(name).values())
    every = {rule for rules in said for rule in rules}
    for path in RESULTS.glob("*/*.json"):
        text = path.read_text(encoding="utf-8")
        assert path.name == "rules.json" or not any(rule in text for rule in every)


# What the site's environment does not hold; the last is for figures.
ABSENT = [
    "torch", "joblib", "filelock", "tqdm", "platformdirs", "sklearn", "scipy", "distributed",
    "matplotlib",
]  # fmt: skip
BLOCK = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}")
sys.meta_path.insert(0, Absent())
"""
EACH = "from lossnb import experiments as e; [{} for name in e.names()]"


@pytest.mark.parametrize(
    ("there", "code"),
    [
        ([], "from lossnb.experiments.claims import ledger; assert len(ledger()) == 25"),
        ([], "from lossnb.experiments.claims import summary; assert sum(summary().values()) == 25"),
        ([], EACH.format("e.load(name)")),
        ([], EACH.format("print(e.provenance(name))")),
        ([], EACH.format("(e.experiment(name).RUNS, e.experiment(name).__doc__)")),
        ([], "from lossnb.experiments import experiment; assert experiment('margins').RULES"),
        ([], "from lossnb.experiments._record import states; assert states('exact')"),
        (
            ["matplotlib"],
            "from lossnb.experiments.claims import ledger\n"
            "from lossnb.experiments.ledger import *\n"
            "verdicts(ledger()), table(ledger()), runs(['margins'])",
        ),
    ],
)
def test_records_and_verdicts_are_read_without_torch(there: list[str], code: str) -> None:
    absent = set(ABSENT) - set(there)
    check = BLOCK.format(absent=absent) + code
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
