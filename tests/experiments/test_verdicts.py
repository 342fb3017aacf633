"""The ledger: every verdict from the outcomes on record, and from nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lossnb.experiments import (
    RESULTS,
    _record,
    _run,
    load,
    names,
    summary,
    verdict,
    verdicts,
)
from lossnb.experiments.__main__ import main
from lossnb.experiments._judge import judged, rounded
from lossnb.experiments._record import digest_of
from lossnb.experiments.claims import CLAIMS, Claim
from lossnb.experiments.verdicts import (
    CONDITIONAL,
    CONTRADICTED,
    HELD,
    IDLE,
    LEDGER,
    MIXED,
    NO_DIFFERENCE,
    NOTHING,
    OPEN,
    REFUTED,
    STATES,
    SUPPORTED,
    UNDECIDED,
    VERDICTS,
    ledger,
)


@pytest.fixture(scope="module")
def entries() -> list[verdicts.Entry]:
    """Not read while tests are collected: a stale ledger must fail, not keep them from running."""
    return ledger()


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        ([HELD], SUPPORTED),
        ([HELD, UNDECIDED], SUPPORTED),
        ([HELD, NO_DIFFERENCE, IDLE], SUPPORTED),
        ([HELD, CONTRADICTED], MIXED),
        ([HELD, CONTRADICTED, UNDECIDED], MIXED),
        ([CONTRADICTED], REFUTED),
        ([CONTRADICTED, UNDECIDED, NO_DIFFERENCE], REFUTED),
        ([NO_DIFFERENCE, NO_DIFFERENCE], NOTHING),
        ([NO_DIFFERENCE, IDLE], NOTHING),
        ([NO_DIFFERENCE, UNDECIDED], OPEN),
        ([UNDECIDED], OPEN),
        ([IDLE], OPEN),
    ],
)
def test_the_verdict_from_the_states(states: list[str], wanted: str) -> None:
    assert verdict(states) == wanted
    conditional = CONDITIONAL if wanted == MIXED else wanted
    assert verdict(states, condition=True) == conditional


def test_no_test_no_verdict() -> None:
    with pytest.raises(ValueError, match="a claim without a test has no verdict"):
        verdict([])


def test_every_claim_has_a_verdict_and_every_state_is_one(entries: list[verdicts.Entry]) -> None:
    assert [entry.claim for entry in entries] == list(CLAIMS)
    assert {outcome.state for entry in entries for outcome in entry.outcomes} <= set(STATES)
    assert sum(summary().values()) == len(CLAIMS)
    for name in VERDICTS:
        assert summary()[name] == sum(entry.verdict == name for entry in entries)


@pytest.mark.parametrize("claim", CLAIMS, ids=[claim.id for claim in CLAIMS])
def test_a_condition_tells_what_held_from_what_did_not(
    claim: Claim, entries: list[verdicts.Entry]
) -> None:
    """There is one exactly where the verdict needs it; what is mixed says why."""
    (entry,) = (entry for entry in entries if entry.claim == claim)
    assert bool(claim.condition) == bool(claim.fits) == (entry.verdict == CONDITIONAL)
    assert bool(claim.mixed) == (entry.verdict == MIXED)
    if claim.fits:
        for outcome in entry.counted:
            if outcome.state in (HELD, CONTRADICTED):
                assert claim.fits(outcome.variables) == (outcome.state == HELD), outcome.setting


def test_enough_seeds(entries: list[verdicts.Entry]) -> None:
    for entry in entries:
        for outcome in entry.outcomes:
            assert outcome.exact or len(outcome.effects) >= 8, outcome.setting


def test_proved_is_what_has_no_chance_in_it(entries: list[verdicts.Entry]) -> None:
    proved = {entry.claim.id for entry in entries if entry.proved}
    assert {"C1", "C3", "C6", "C7", "C11", "C13", "C14"} <= proved
    # Of C12 and C19 one part is proved, and one is not.
    assert not proved & {"C2", "C4", "C8", "C12", "C15", "C16", "C19", "C20", "C24"}


def test_a_page_has_its_own_claims() -> None:
    assert [entry.claim.id for entry in ledger("9_1_2_hinge")] == ["C2", "C3"]
    with pytest.raises(ValueError, match=r"page must be one that .*; got 'index'"):
        ledger("index")


# The file


def same(recorded: dict[str, Any], again: dict[str, Any]) -> bool:
    numbers = {"mean", "low", "high", "effects"}
    return all(
        recorded[key]
        == (pytest.approx(again[key], rel=1e-4, abs=1e-9) if key in numbers else value)
        for key, value in again.items()
    )


def test_the_ledger_is_what_the_records_say() -> None:
    recorded = verdicts.read()["outcomes"]
    again = judged()
    assert recorded.keys() == again.keys()
    for claim, own in again.items():
        assert len(own) == len(recorded[claim])
        for one, other in zip(recorded[claim], own, strict=True):
            assert same(one, other), (claim, one["setting"])


def test_nothing_has_changed_since() -> None:
    assert verdicts.changed() == [], "python -m lossnb.experiments judge"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RESULTS, tmp_path / "results"))


def test_a_changed_record_makes_the_ledger_stale_and_may_change_a_verdict(results: Path) -> None:
    path = results / "exact" / "all.json"
    content = json.loads(path.read_text())
    content["found"]["m = 1 departs"] = 0.1
    content["sha256"] = digest_of(content)
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"ledger\.json is of other records of exact; run `python"):
        ledger(results=results)
    main(["judge", f"--results={results}"])
    before, after = ({e.claim.id: e.verdict for e in ledger(results=r)} for r in (RESULTS, results))
    assert (before.pop("C11"), after.pop("C11")) == (SUPPORTED, REFUTED)
    assert before == after


def test_a_record_that_was_removed_makes_the_ledger_stale(results: Path) -> None:
    (results / "kinks" / "seed-20.json").unlink()
    with pytest.raises(ValueError, match="is of other records of kinks"):
        ledger(results=results)


@pytest.mark.parametrize(
    ("key", "value"), [("state", HELD), ("mean", 9.0), ("setting", "elsewhere"), ("remark", True)]
)
def test_an_edited_ledger_is_refused(results: Path, key: str, value: Any) -> None:
    content = json.loads((results / LEDGER).read_bytes())
    own = next(one for one in content["outcomes"]["C8"] if one[key] != value)
    own[key] = value
    (results / LEDGER).write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"ledger\.json has been changed"):
        ledger(results=results)


def test_status_says_what_is_stale(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads((results / LEDGER).read_bytes())
    content["sources"]["rules of kinks"] = "of another day"
    (results / LEDGER).write_text(json.dumps(content))
    main(["status", f"--results={results}"])
    said = capsys.readouterr().out
    assert said.count("stale") == 1
    assert "stale verdicts: other rules of kinks; look at them with `judge`" in said


def test_without_a_ledger_there_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"run `python -m lossnb\.experiments judge`"):
        ledger(results=tmp_path)


def test_a_deleted_record_comes_back(tmp_path: Path) -> None:
    _run.run(["exact"], results=tmp_path / "results", scratch=tmp_path / "scratch")
    again, recorded = (load("exact", results)["all"] for results in (tmp_path / "results", RESULTS))
    assert again.found == pytest.approx(recorded.found, rel=1e-6, abs=1e-9)


def test_numbers_in_the_ledger_have_five_digits() -> None:
    assert [rounded(x) for x in (1.234567, -0.000123456, 0.0)] == [1.2346, -0.00012346, 0.0]


# What the site's environment does not hold; the last is for figures.
ABSENT = [
    "torch", "joblib", "filelock", "tqdm", "platformdirs", "sklearn", "scipy", "statsmodels",
    "distributed", "matplotlib",
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
        ([], "from lossnb.experiments.verdicts import ledger; assert len(ledger()) == 29"),
        ([], "from lossnb.experiments import summary; assert sum(summary().values()) == 29"),
        ([], EACH.format("e.load(name)")),
        ([], EACH.format("print(e.provenance(name))")),
        ([], EACH.format("(e.experiment(name).RUNS, e.experiment(name).__doc__)")),
        ([], "from lossnb.experiments import experiment; assert experiment('margins').TESTS"),
        ([], "from lossnb.experiments._record import states; assert states('exact')"),
        (
            ["matplotlib"],
            "from lossnb.experiments.ledger import *\n"
            "from lossnb.experiments.verdicts import ledger\n"
            "verdicts(ledger()), figure(ledger()), table(ledger()), runs(['margins'])",
        ),
    ],
)
def test_records_and_verdicts_are_read_without_torch(there: list[str], code: str) -> None:
    absent = set(ABSENT) - set(there)
    check = BLOCK.format(absent=absent) + code
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", names())
def test_no_record_is_missing(name: str) -> None:
    assert set(_record.states(name).values()) == {"done"}
