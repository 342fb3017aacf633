"""A claim tried with the reader's own settings: on other seeds, by the same rule."""

from __future__ import annotations

from typing import Any

import pytest

from lossnb.experiments import experiment, kinks, names
from lossnb.experiments.__main__ import main
from lossnb.experiments._rules import rules
from lossnb.experiments._settings import TUNING_SEEDS
from lossnb.experiments._try import FIRST_SEED, attempt, found, values


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    def trial(**other: Any) -> list[kinks.Settings]:
        return [kinks.Settings(seed=0, draws=1000, epochs=1)]

    monkeypatch.setattr(kinks, "trial", trial)


def test_a_trial_is_judged_by_the_rule_and_stands_beside_the_record(
    short: None, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["try", "C9b", "--precision", "bfloat16", "--seeds", "2", "--jobs", "1"])
    yours, record = capsys.readouterr().out.splitlines()
    assert yours.startswith("yours: ")
    assert "training with logits in bfloat16" in yours
    assert "2 seeds (wanted: within ±1)" in yours
    assert record.startswith("  on record: ")
    assert "20 seeds" in record


def test_variables_left_out_take_all_values(short: None) -> None:
    settings = [outcome.setting for outcome, _ in attempt("C9b", {}, seeds=2)]
    assert settings == [f"training with logits in {one}" for one in ("float32", "bfloat16")]


def test_no_recorded_run_has_these_seeds() -> None:
    for name in names():
        seeds = {settings.seed for settings in experiment(name).RUNS.values()}
        assert max(seeds | set(TUNING_SEEDS)) < FIRST_SEED


@pytest.mark.parametrize(
    ("claim", "ramps"), [("C2", False), ("C4", False), ("C5a", True), ("C8", True), ("C10", True)]
)
def test_ramps_are_trained_only_for_claims_about_them(claim: str, ramps: bool) -> None:
    module = experiment("margins")
    for rule in rules(module.TESTS[claim]):
        assert all(bool(own.cuts) == ramps for own in module.trial(**rule.variables))


@pytest.mark.parametrize("name", [name for name in names() if hasattr(experiment(name), "trial")])
def test_a_trial_runs_what_every_rule_asks_for(name: str) -> None:
    """The settings that its measures choose by, for each combination of variables on record."""
    module = experiment(name)
    for grids in module.TESTS.values():
        for rule in rules(grids):
            runs = module.trial(**rule.variables)
            assert runs
            assert all(settings.seed == 0 for settings in runs)
            for variable in ("source", "noise", "outliers"):
                if variable in rule.variables and hasattr(runs[-1], variable):
                    assert rule.variables[variable] in {getattr(r, variable) for r in runs}


def test_the_data_are_the_quickest_and_numbers_are_free() -> None:
    name, grid = found("C4", {"noise": "0.3"})
    assert name == "margins"
    assert values(grid, "source", {}) == ["digits"]
    assert len(values(grid, "hinge", {})) == 3
    assert values(grid, "noise", {"noise": "0.3"}) == [0.3]
    # What is on record is taken as it is there: −0.11 is the cut −1/9.
    assert values(found("C8", {})[1], "s", {"s": "-0.11"}) == [-1 / 9]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["C26"], r"claim must be one of C1, .*C25b; got 'C26'"),
        (["C11"], "C11 has no trial of a minute"),
        (["C4", "--colour", "red"], "the variables of C4 are hinge, noise, source; got colour"),
        (["C4", "--hinge", "soft"], "hinge must be one of crammer_singer, .*; got 'soft'"),
        (["C4", "--noise", "much"], "noise must be a number; got 'much'"),
    ],
)
def test_wrong_words_are_named(words: list[str], said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        main(["try", *words])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["try", "C4", "--noise"], "variables are given as --name value; got --noise"),
        (["try", "C4", "--seeds", "1"], "--seeds must be at least 2; got 1"),
        (["status", "--noise", "1"], "unknown: --noise 1"),
    ],
)
def test_wrong_options_are_named(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(words)
    assert said in capsys.readouterr().err
