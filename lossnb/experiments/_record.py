"""Run experiments once, keep what they found, and say where it came from.

An experiment is a module of this package with these names:

    RUNS                              the settings of each run, by the run's name
    data(settings)                    the arrays that a run reads
    run(settings, data, checkpoint)   what it finds: a dict of numbers and small arrays
    RULES                             what would refute which claim (see `_rules`); not all have it

`run` depends on nothing else, and goes on from `checkpoint`, a file of its own, if it is there.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import math
import os
import pkgutil
import platform
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from textwrap import shorten
from types import ModuleType
from typing import Any

import numpy as np
import platformdirs
import torch
from filelock import FileLock
from joblib import Parallel, delayed, parallel_config  # type: ignore[import-untyped]
from tqdm import tqdm

from ._code import code_hash

RESULTS = Path(__file__).parent / "results"
SCRATCH = platformdirs.user_cache_path("lossnb") / "experiments"


@dataclass(frozen=True)
class Record:
    """A finished run: what was asked, what was found, and where that came from.

    `rules` are those that were written before it ran, by the claim. A number that was not finite
    is None.
    """

    settings: dict[str, Any]
    found: dict[str, Any]
    provenance: dict[str, Any]
    rules: dict[str, list[str]] = field(default_factory=dict)


def names() -> list[str]:
    """The experiments: the modules beside this one, but for those of the runner."""
    here = [str(Path(__file__).parent)]
    return [module.name for module in pkgutil.iter_modules(here) if module.name[0] != "_"]


def experiment(name: str) -> ModuleType:
    if name not in names():
        raise ValueError(f"name must be one of {', '.join(names())}; got {name!r}")
    return importlib.import_module(f"{__package__}.{name}")


@cache  # this process goes on with the code it has loaded, even if the files change meanwhile
def code_of(name: str) -> str:
    return code_hash(experiment(name).__name__, ["data", "run"])


def rules_of(name: str) -> dict[str, list[str]]:
    rules = getattr(experiment(name), "RULES", {})
    return {claim: [str(rule) for rule in rules[claim]] for claim in rules}


def load(name: str, results: Path = RESULTS) -> dict[str, Record]:
    """The records of all runs of an experiment, by their names, in the experiment's order.

    Raises FileNotFoundError if a run is missing, ValueError if its two files do not match.
    """
    records = {run: _read(results / name, run) for run in experiment(name).RUNS}
    if missing := [run for run, record in records.items() if record is None]:
        raise FileNotFoundError(
            f"{results / name} lacks {shorten(', '.join(missing), 100, placeholder=' ...')}; "
            f"run `python -m lossnb.experiments run {name}`"
        )
    return {run: record for run, record in records.items() if record is not None}


def provenance(name: str, results: Path = RESULTS) -> str:
    """Where the records of an experiment came from, in one line."""
    records = load(name, results).values()

    def each(values: Iterable[Any]) -> str:
        different = sorted({str(value) for value in values})
        return " and ".join(different) if len(different) < 4 else f"{len(different)} different"

    def origin(key: str, length: int | None = None) -> str:
        return each(str(record.provenance[key])[:length] for record in records)

    runs = "1 run" if len(records) == 1 else f"{len(records)} runs"
    minutes = sum(record.provenance["seconds"] for record in records) / 60
    seeds = each(record.settings.get("seed", "none") for record in records)
    return (
        f"{name}: {runs} in {minutes:.0f} min, seed {seeds}; "
        f"lossnb {origin('lossnb')}, torch {origin('torch')}, NumPy {origin('numpy')}, "
        f"Python {origin('python')}, {origin('platform')}; "
        f"code {origin('code', 12)}, data {origin('data', 12)}"
    )


def states(name: str, results: Path = RESULTS) -> dict[str, str]:
    """Of each run: "done", "missing", or "stale" with the reason."""
    runs, folder = experiment(name).RUNS, results / name
    recorded = {path.stem for path in folder.glob("*.json")}
    return {
        **{run: _state(name, folder, run, settings) for run, settings in runs.items()},
        **dict.fromkeys(sorted(recorded - runs.keys()), "stale: not asked for"),
    }


def _state(name: str, folder: Path, run: str, settings: Mapping[str, Any]) -> str:
    try:
        record = _read(folder, run)
    except ValueError:
        return "stale: not as written"
    if record is None:
        return "missing"
    if record.settings != json.loads(json.dumps(settings)):
        return "stale: other settings"
    if record.rules != rules_of(name):
        return "stale: other rules"
    return "done" if record.provenance["code"] == code_of(name) else "stale: other code"


def run(
    chosen: Iterable[str],
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    results: Path = RESULTS,
    scratch: Path = SCRATCH,
) -> None:
    """Run what is missing or stale of the chosen experiments, `jobs` runs at a time.

    With the address of a Dask `scheduler`, as many at a time as the cluster has workers. All of
    them must see the folders `results` and `scratch`.
    """
    runs = [
        (name, run, experiment(name).RUNS[run])
        for name in chosen
        for run, state in states(name, results).items()
        if state != "done" and run in experiment(name).RUNS
    ]
    tasks = (delayed(_run)(*run, results.resolve(), scratch.resolve()) for run in runs)
    if scheduler is None:
        finished = Parallel(n_jobs=jobs, return_as="generator_unordered")(tasks)
    else:
        # A task of its own for each run, so that a dead worker takes one down and no more.
        with parallel_config("dask", scheduler_host=scheduler, wait_for_workers_timeout=60):
            finished = Parallel(n_jobs=-1, batch_size=1, pre_dispatch="all", verbose=5)(tasks)
    # disable=None shows the bar on a terminal only.
    for line in tqdm(finished, total=len(runs), unit="run", disable=None):
        tqdm.write(line)
    if unseen := [
        run for name, run, own in runs if _state(name, results / name, run, own) != "done"
    ]:
        raise RuntimeError(
            f"{results} lacks {', '.join(unseen)}, though they were run; "
            "do all workers write to this folder?"
        )


def _run(name: str, run: str, settings: dict[str, Any], results: Path, scratch: Path) -> str:
    """Run one and write its record, unless another process has done so by now."""
    module, code, rules, folder = experiment(name), code_of(name), rules_of(name), results / name
    checkpoints = scratch / name / run
    checkpoints.parent.mkdir(parents=True, exist_ok=True)
    # The system frees the lock of a process that dies.
    with FileLock(checkpoints.with_name(f"{run}.lock")), _one_thread():
        if _state(name, folder, run, settings) == "done":
            return f"{name} {run}: done already"
        data = module.data(settings)
        origin: dict[str, Any] = {
            "code": code,
            "data": _digest(data),
            "lossnb": version("lossnb"),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
        }
        # A checkpoint of other code, settings, data or versions has another name.
        key = hashlib.sha256(json.dumps([settings, origin]).encode()).hexdigest()
        checkpoints.mkdir(exist_ok=True)
        began = time.perf_counter()
        found = module.run(settings, data, checkpoints / f"{key}.pt")
        origin["seconds"] = round(time.perf_counter() - began, 1)
        _write(folder, run, Record(settings, found, origin, rules))
        shutil.rmtree(checkpoints)
    return f"{name} {run}: {origin['seconds']} s"


@contextmanager
def _one_thread() -> Any:
    """The order of sums, and with it the last bits, depends on the number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _digest(arrays: Iterable[np.ndarray[Any, Any]]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _write(folder: Path, run: str, record: Record) -> None:
    """Numbers as JSON, arrays, if any, beside them; the JSON comes last and vouches for both."""
    arrays = {name: a for name, a in record.found.items() if isinstance(a, np.ndarray)}
    raw = b""
    if arrays:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
        raw = buffer.getvalue()
    content = {
        "settings": record.settings,
        "rules": record.rules,
        "found": {name: v for name, v in record.found.items() if name not in arrays},
        "arrays": {"names": list(arrays), "sha256": hashlib.sha256(raw).hexdigest()},
        "provenance": record.provenance,
    }
    text = json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    if arrays:
        write_whole(folder / f"{run}.npz", raw)
    else:
        (folder / f"{run}.npz").unlink(missing_ok=True)
    write_whole(folder / f"{run}.json", text.encode())


def _plain(content: Any) -> Any:
    """What strict JSON can hold: None for a number that is not finite."""
    if isinstance(content, dict):
        return {name: _plain(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def write_whole(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _read(folder: Path, run: str) -> Record | None:
    """The record of a run; none if it has not finished, ValueError if its files do not match."""
    path, beside = folder / f"{run}.json", folder / f"{run}.npz"
    if not path.exists():
        return None
    content = json.loads(path.read_bytes())
    raw = beside.read_bytes() if beside.exists() else b""
    if hashlib.sha256(raw).hexdigest() != content["arrays"]["sha256"]:
        raise ValueError(f"{beside} must be the file that {path.name} was written with")
    arrays: dict[str, Any] = {}
    if raw:
        with np.load(io.BytesIO(raw)) as file:
            arrays = {name: file[name] for name in content["arrays"]["names"]}
    return Record(
        content["settings"],
        content["found"] | arrays,
        content["provenance"],
        content.get("rules", {}),
    )
