"""A run made again: does another machine, or does the code of today, find what is on record?"""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ._code import ROOT
from ._compare import Bound, Departure, departures, same_bits
from ._record import RESULTS, Record, experiment, read, states, write
from ._settings import from_json

# What must agree for the last bits to be owed.
ORIGIN = ("processor", "torch", "numpy", "python", "data")

# A run of whatever version of the package lies in the folder.
CHILD = """
import importlib, json, pickle, sys
from pathlib import Path
name, settings, out = sys.argv[1:]
module, settings, out = importlib.import_module(name), json.loads(settings), Path(out)
assert Path(module.__file__).is_relative_to(Path.cwd()), module.__file__
asked = importlib.import_module(name.replace(".runs.", "."))
if hasattr(asked, "SETTINGS"):  # not in the older ones
    from lossnb.experiments._settings import from_json
    settings = from_json(asked.SETTINGS, settings)
found = module.run(settings, module.data(settings), out.with_suffix(".checkpoint"))
out.write_bytes(pickle.dumps(found))
"""

DIGEST = """
import sys
from lossnb.experiments._record import code_of
print(code_of(sys.argv[1]))
"""


def bounds_of(name: str) -> Mapping[str, Bound]:
    return getattr(experiment(name), "BOUNDS", {})


def verify(
    name: str, run: str | None = None, results: Path = RESULTS, *, by_chance: bool = False
) -> bool:
    """Make one run again, the shortest unless told which, and compare it with its record: to the
    last bit where processor, versions and data agree, else within the experiment's bounds."""
    from ._run import made  # torch is needed from here on only

    records = recorded(name, results)
    run = run or (random.choice(list(records)) if by_chance else shortest(records))
    if run not in records:
        raise ValueError(f"run must be one of {', '.join(records)}; got {run!r}")
    record = records[run]
    with tempfile.TemporaryDirectory() as scratch:
        settings = from_json(experiment(name).SETTINGS, record.settings)
        again = made(name, settings, Path(scratch))
    unlike = [k for k in ORIGIN if record.provenance.get(k) != again.provenance[k]]
    exactly = not unlike
    bounds = {n: b for n, b in bounds_of(name).items() if b.timed or not exactly}
    compared = departures(record.found, again.found, bounds)
    how = "to the last bit" if exactly else f"within bounds, as it has another {', '.join(unlike)}"
    print(f"{name} {run}, {how}:")
    show(compared)
    return all(one.holds for one in compared)


def show(compared: Iterable[Departure]) -> None:
    for one in compared:
        print(f"  {one}")


def recorded(name: str, results: Path) -> dict[str, Record]:
    """The records that there are, whatever code they are of."""
    folder = results / name
    read_all = {run: read(folder, run) for run in experiment(name).RUNS}
    records = {run: record for run, record in read_all.items() if record is not None}
    if not records:
        raise FileNotFoundError(f"{folder} has no record of {name}")
    return records


def shortest(records: Mapping[str, Record]) -> str:
    return min(records, key=lambda run: records[run].provenance["seconds"])


def one_of_each_kind(records: Mapping[str, Record]) -> list[str]:
    """The shortest runs of those whose names differ in more than numbers."""
    kinds: dict[str, dict[str, Record]] = {}
    for run, record in records.items():
        kinds.setdefault(re.sub(r"[-\d.]+", "-", run), {})[run] = record
    return [shortest(kind) for kind in kinds.values()]


def confirm(
    name: str,
    chosen: Iterable[str] = (),
    *,
    against: str | None = None,
    epochs: int | None = None,
    results: Path = RESULTS,
) -> bool:
    """Make a run of each kind again with the code of today; if the bits are those on record, let
    all records of the old code have the new digest.

    On another machine the bits differ in any case: then make both here, with the code of today and
    with that of the commit `against`, which must be the code of the records. `epochs` is how many
    of them are enough for this.
    """
    stale = [r for r, state in states(name, results).items() if state == "stale: other code"]
    if not stale:
        print(f"{name}: no record is of other code")
        return True
    records = {r: one for r, one in recorded(name, results).items() if r in stale}
    if unknown := set(chosen) - records.keys():
        raise ValueError(f"runs must be of other code; got {', '.join(sorted(unknown))}")
    olds = {one.provenance["code"] for one in records.values()}
    if len(olds) > 1:
        raise ValueError(f"the records must be of one code; got {', '.join(sorted(olds))}")
    with today() as tree:
        new = digest(name, tree)
        with at(against) if against else today() as old:
            if against and {digest(name, old)} != olds:
                raise ValueError(f"against must be a commit with the code of the records of {name}")
            for run in chosen or one_of_each_kind(records):
                settings = shortened(records[run].settings, epochs)
                before = found_in(old, name, settings) if against else records[run].found
                differ = same_bits(before, found_in(tree, name, settings), bounds_of(name))
                if differ:
                    print(f"{name} {run}: other bits in {', '.join(differ)}; nothing is confirmed")
                    if not against:
                        print("If this is another processor, try --against COMMIT")
                    return False
                print(f"{name} {run}: the same to the last bit")
    for run, record in records.items():
        write(results / name, run, replace(record, provenance={**record.provenance, "code": new}))
    print(f"{name}: confirmed for {len(records)} records")
    return True


def digest(name: str, tree: Path) -> str:
    """Of the code in a folder, as that code itself reckons it."""
    said = python(tree, "-c", DIGEST, name).stdout
    return said.decode().strip()


def half_that_computes(name: str) -> str:
    return f"{__package__}.runs.{name}"


def shortened(settings: Mapping[str, Any], epochs: int | None) -> dict[str, Any]:
    """No more epochs than these, in training and in tuning."""
    return {
        key: min(value, epochs) if epochs and key.endswith("epochs") else value
        for key, value in settings.items()
    }


@contextmanager
def today() -> Iterator[Path]:
    """A copy of the package, so that nothing changes while it runs."""
    with tempfile.TemporaryDirectory() as folder:
        ignored = shutil.ignore_patterns("results", "__pycache__")
        shutil.copytree(ROOT / "lossnb", Path(folder) / "lossnb", ignore=ignored)
        yield Path(folder).resolve()


@contextmanager
def at(commit: str) -> Iterator[Path]:
    """The package as it was at a commit."""
    command = ["git", "archive", "--format=tar", commit, "lossnb"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    if done.returncode:
        said = done.stderr.decode().strip()
        raise ValueError(f"against must be a commit of this repository; got {commit!r}: {said}")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder).resolve()


def found_in(tree: Path, name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a run finds with the package in a folder, in a process of its own with one thread."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "found"
        arguments = [half_that_computes(name), json.dumps(settings), str(out)]
        python(tree, "-c", CHILD, *arguments)
        return pickle.loads(out.read_bytes())


def python(tree: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """With one thread, and with the package in that folder."""
    own = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONPATH": str(tree)}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=tree, env=os.environ | own, stdout=subprocess.PIPE, check=True
    )
