"""A run made again: `verify` on whatever machine, `confirm` after a change of code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossnb
from lossnb.experiments import experiment, names
from lossnb.experiments._again import verify
from lossnb.experiments._compare import Bound, departures, same_bits
from lossnb.experiments._record import digest_of

ASKED = '''
"""A tiny experiment."""
from dataclasses import dataclass
from ._compare import Bound
from . import _settings
@dataclass(frozen=True, kw_only=True)
class Settings(_settings.Settings):
    size: str
    epochs: int = 3
SETTINGS = (Settings,)
RUNS = {
    f"{size}-seed-{seed}": Settings(size=size, seed=seed)
    for size in ("small", "large") for seed in range(2)
}
BOUNDS = {
    "loose": Bound(0.1, "chance"),
    "free": Bound(float("inf"), "nothing holds it"),
    "seconds": Bound(0.0, "the clock", timed=True),
}
'''
DONE = '''
import os, time
import numpy as np
def data(settings):
    return [np.arange(3.0) + settings.seed]
def run(settings, data, checkpoint):
    x = scaled(data[0]) + float(os.environ.get("OTHER_PROCESSOR", 0))
    for _ in range(settings.epochs):
        x = step(x)
    if settings.size == "large":
        x = only_large(x)
    return {
        "loose": float(x.sum()),
        "strict": {"count": 3, "missing": float("nan")},
        "free": x.astype(np.float32),
        "seconds": time.perf_counter(),
    }
def scaled(x):
    """Text."""
    return x * 1.5
def step(x):
    return x * 0.7
def only_large(x):
    return x + 1
'''


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def command(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "lossnb.experiments", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the package and with the records of the tiny experiment."""
    folder = tmp_path_factory.mktemp("again") / "made"
    ignored = shutil.ignore_patterns("results", "__pycache__")
    shutil.copytree(Path(lossnb.__file__).parent, folder / "lossnb", ignore=ignored)
    here = folder / "lossnb" / "experiments"
    (here / "tiny.py").write_text(ASKED)
    (here / "runs" / "tiny.py").write_text(DONE)
    git(folder, "init", "-q")
    scratch = folder.with_name("scratch")
    code, said = command(folder, "run", "tiny", "--scratch", str(scratch))
    assert code == 0, said
    git(folder, "add", "lossnb")
    git(folder, "commit", "-q", "-m", "As it was run")
    return folder


@pytest.fixture
def repository(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "repository"))


def edit(folder: Path, old: str, new: str, file: str = "runs/tiny.py") -> None:
    path = folder / "lossnb" / "experiments" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def records(folder: Path) -> dict[str, dict[str, Any]]:
    paths = (folder / "lossnb" / "experiments" / "results" / "tiny").glob("*.json")
    return {path.stem: json.loads(path.read_bytes()) for path in paths}


def status(folder: Path) -> str:
    _, said = command(folder, "status")
    return said[said.index("tiny: ") :].splitlines()[0]


# Confirm


@pytest.mark.parametrize(
    ("old", "new", "confirmed"),
    [
        ("scaled(", "stretched(", True),
        ("x * 1.5", "1.5 * x", True),
        ("x * 1.5", "x + x / 2", True),  # to the last bit, for these numbers
        ("x * 0.7", "x * 0.7000000000000001", False),
        ("np.float32", "np.float64", False),
        ('"count": 3', '"count": 4', False),
        ('"count": 3', '"counts": 3', False),
        ('float("nan")', "0.0", False),
        ("x + 1", "x + 2", False),  # which the smaller kind of run does not reach
    ],
)
def test_new_code_is_taken_over_if_the_bits_are_the_same(
    repository: Path, old: str, new: str, confirmed: bool
) -> None:
    edit(repository, old, new)
    before = records(repository)
    code, said = command(repository, "confirm", "tiny")
    assert (code == 0) is confirmed, said
    assert status(repository) == f"tiny: {4 * confirmed} of 4 done"
    after = records(repository)
    assert (after != before) is confirmed
    for run in before:
        for content in (before[run], after[run]):
            content["provenance"].pop("code")
    assert after == before


def test_nothing_to_confirm(repository: Path) -> None:
    assert command(repository, "confirm", "tiny") == (0, "tiny: no record is of other code\n")


def test_one_run_of_each_kind_is_enough(repository: Path) -> None:
    edit(repository, "scaled", "stretched")
    _, said = command(repository, "confirm", "tiny")
    assert said.count("the same to the last bit") == 2
    assert "small-" in said
    assert "large-" in said


def test_on_another_machine_both_are_run(repository: Path) -> None:
    """There the bits are not those on record, but old and new code still agree or do not."""
    there = {"OTHER_PROCESSOR": "1e-9"}
    edit(repository, "scaled", "stretched")
    code, said = command(repository, "confirm", "tiny", **there)
    assert code == 1
    assert "other bits in free, loose; nothing is confirmed" in said
    assert "--against" in said
    code, said = command(repository, "confirm", "tiny", "--against", "HEAD", **there)
    assert code == 0, said
    assert status(repository) == "tiny: 4 of 4 done"
    git(repository, "commit", "-q", "-a", "-m", "Renamed")
    edit(repository, "x * 0.7", "x * 0.71")
    code, said = command(repository, "confirm", "tiny", "--against", "HEAD", **there)
    assert code == 1
    assert status(repository) == "tiny: 0 of 4 done"
    # Not the code of the records.
    code, said = command(repository, "confirm", "tiny", "--against", "HEAD~1", **there)
    assert code == 1
    assert "against must be a commit with the code of the records" in said


def test_a_new_way_to_reckon_the_digest_can_be_confirmed(repository: Path) -> None:
    edit(repository, "reached).encode()", "reached[1:]).encode()", "_code.py")
    assert status(repository) == "tiny: 0 of 4 done"
    assert command(repository, "confirm", "tiny", "--against", "HEAD")[0] == 0
    assert status(repository) == "tiny: 4 of 4 done"


def test_fewer_epochs_tell_it_too(repository: Path) -> None:
    edit(repository, "x = step(x)", "x = step(x) if _ < 1 else x")
    options = ["--against", "HEAD", "--epochs"]
    assert command(repository, "confirm", "tiny", *options, "2")[0] == 1
    assert command(repository, "confirm", "tiny", *options, "1")[0] == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--against", "nowhere"], "against must be a commit of this repository; got 'nowhere'"),
        (["--epochs", "2"], "--epochs needs --against"),
        (["--run", "medium"], "runs must be of other code; got medium"),
    ],
)
def test_what_cannot_be_confirmed_is_said(repository: Path, options: list[str], words: str) -> None:
    edit(repository, "scaled", "stretched")
    code, said = command(repository, "confirm", "tiny", *options)
    assert code != 0
    assert words in said
    assert "Traceback" not in said


# Verify


@pytest.mark.parametrize(
    ("processor", "key", "value", "holds"),
    [
        ("this", None, None, True),
        ("this", "loose", 1e-15, False),
        ("another", None, None, True),
        ("another", "loose", 0.05, True),
        ("another", "loose", 0.2, False),
        ("another", "strict", 1e-15, False),
        ("none", "loose", 0.05, True),
        ("none", "loose", 0.2, False),
    ],
)
def test_a_run_made_again_is_held_against_its_record(
    repository: Path, processor: str, key: str | None, value: float, holds: bool
) -> None:
    run = "small-seed-1"
    path = repository / "lossnb" / "experiments" / "results" / "tiny" / f"{run}.json"
    content = json.loads(path.read_bytes())
    if processor == "another":
        content["provenance"]["processor"] = "an abacus"
    if processor == "none":
        del content["provenance"]["processor"]
    if key == "loose":
        content["found"][key] += value
    if key == "strict":
        content["found"][key]["count"] += value
    content["sha256"] = digest_of(content)
    path.write_text(json.dumps(content))
    code, said = command(repository, "verify", "tiny", "--run", run)
    assert (code == 0) is holds, said
    assert run in said
    assert ("to the last bit" in said) is (processor == "this")
    assert "Traceback" not in said


@pytest.mark.parametrize("name", ["exact", "kinks", "regression"])
def test_what_takes_seconds_is_verified_here(name: str) -> None:
    assert verify(name)


def test_an_unknown_run_cannot_be_verified(repository: Path) -> None:
    code, said = command(repository, "verify", "tiny", "--run", "medium")
    assert code != 0
    assert "run must be one of small-seed-0, small-seed-1, " in said
    assert "Traceback" not in said


def test_another_processor_makes_nothing_stale(repository: Path) -> None:
    for path in repository.glob("lossnb/experiments/results/tiny/*.json"):
        path.write_text(path.read_text().replace('"processor": "', '"processor": "other than '))
    assert "other than" in path.read_text()
    assert status(repository) == "tiny: 4 of 4 done"


# The comparison

BOUNDS = {
    "loose": Bound(0.1, "chance"),
    "part *": Bound(0.1, "chance", relative=True),
    "time": Bound(0.0, "the clock", timed=True),
    "way/*": Bound(1.0, "not there yet"),
    "strict": Bound(0.0, "a count"),
}


@pytest.mark.parametrize(
    ("recorded", "found", "holds"),
    [
        ({"loose": 1.0}, {"loose": 1.09}, True),
        ({"loose": 1.0}, {"loose": 1.11}, False),
        ({"loose": 1.0}, {"loose": 0.89}, False),
        ({"a": {"loose": 1.0}, "loose": 1.0}, {"a": {"loose": 2.0}, "loose": 1.0}, False),
        ({"loose": [1.0, 2.0]}, {"loose": [1.05, 1.95]}, True),
        ({"loose": [1.0, 2.0]}, {"loose": [1.0, 2.2]}, False),
        ({"loose": [1.0, 2.0]}, {"loose": [1.0]}, False),
        ({"loose": 1.0}, {}, False),
        ({}, {"loose": 1.0}, False),
        ({"loose": None}, {"loose": None}, True),
        ({"loose": None}, {"loose": 1.0}, False),
        ({"loose": None}, {"loose": float("nan")}, True),
        ({"part a": 100.0}, {"part a": 109.0}, True),
        ({"part a": 100.0}, {"part a": 111.0}, False),
        ({"part a": 0.0}, {"part a": 0.0}, True),
        ({"part a": 0.0}, {"part a": 1e-9}, False),
        ({"time": 1.0}, {"time": 9.0}, True),
        ({"way": [{"strict": 1.0}]}, {"way": [{"strict": 1.5}]}, True),
        ({"way": [{"strict": 1.0}], "strict": 1.0}, {"way": [{"strict": 1.0}], "strict": 2.0}, 0),
        ({"other": 1}, {"other": 1}, True),
        ({"other": 1.0}, {"other": 1.0 + 1e-15}, False),
        ({"other": True}, {"other": False}, False),
        ({"other": "a"}, {"other": "b"}, False),
        ({"loose": np.zeros(2)}, {"loose": np.array([0.0, 0.05])}, True),
        ({"loose": np.zeros(2)}, {"loose": np.array([0.0, 0.2])}, False),
        ({"loose": np.zeros(2)}, {"loose": np.zeros(3)}, False),
        ({"loose": np.zeros(2)}, {"loose": np.array([0.0, np.nan])}, False),
    ],
)  # fmt: skip
def test_every_measure_is_within_its_bound(
    recorded: dict[str, Any], found: dict[str, Any], holds: bool
) -> None:
    assert all(one.holds for one in departures(recorded, found, BOUNDS)) == holds


@pytest.mark.parametrize(
    ("recorded", "found", "differ"),
    [
        ({"a": 1.0}, {"a": 1.0}, []),
        ({"a": 0.1 + 0.2}, {"a": 0.3}, ["a"]),
        ({"a": 0.0}, {"a": -0.0}, ["a"]),
        ({"a": 1}, {"a": 1.0}, ["a"]),
        ({"a": (1, 2)}, {"a": [1, 2]}, []),  # as JSON has it
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2, "b": 1}}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["b"]),
        ({"a": np.zeros(2)}, {"a": np.zeros(2, dtype=np.float32)}, ["a"]),
        ({"a": np.zeros(2)}, {"a": np.zeros((2, 1))}, ["a"]),
        ({"a": np.array([0.0])}, {"a": np.array([-0.0])}, ["a"]),
        ({"a": 1, "time": 1}, {"a": 1, "time": 2}, []),
        ({"loose": 1.0}, {"loose": 1.05}, ["loose"]),  # a bound is for other processors
    ],
)
def test_any_other_bit_counts(
    recorded: dict[str, Any], found: dict[str, Any], differ: list[str]
) -> None:
    assert same_bits(recorded, found, BOUNDS) == differ


@pytest.mark.parametrize("name", names())
def test_every_bound_has_its_reason(name: str) -> None:
    for pattern, bound in getattr(experiment(name), "BOUNDS", {}).items():
        assert pattern
        assert bound.within >= 0
        assert bound.why
