"""Run experiments once, and keep what they found.

What an experiment does is a module of `runs` with these names:

    data(settings)                    the arrays that a run reads
    run(settings, data, checkpoint)   what it finds: a dict of numbers and small arrays

`run` depends on nothing else, and goes on from `checkpoint`, a file of its own, if it is there.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import platform
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from lossnb._extras import extra

from ._record import (
    RESULTS,
    Record,
    code_of,
    experiment,
    state,
    states,
    write,
)
from ._settings import Settings, as_json

with extra("notebooks"):
    import platformdirs
    import torch
    from filelock import FileLock
    from joblib import Parallel, delayed, parallel_config  # type: ignore[import-untyped]
    from tqdm import tqdm

SCRATCH = platformdirs.user_cache_path("lossnb") / "experiments"


def doing(name: str) -> ModuleType:
    """The half of an experiment that computes."""
    return importlib.import_module(f"{__package__}.runs.{name}")


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
        for run, now in states(name, results).items()
        if now != "done" and run in experiment(name).RUNS
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
        run for name, run, own in runs if state(name, results / name, run, own) != "done"
    ]:
        raise RuntimeError(
            f"{results} lacks {', '.join(unseen)}, though they were run; "
            "do all workers write to this folder?"
        )


def _run(name: str, run: str, settings: Settings, results: Path, scratch: Path) -> str:
    """Run one and write its record, unless another process has done so by now."""
    folder, checkpoints = results / name, scratch / name / run
    checkpoints.parent.mkdir(parents=True, exist_ok=True)
    # The system frees the lock of a process that dies.
    with FileLock(checkpoints.with_name(f"{run}.lock")):
        if state(name, folder, run, settings) == "done":
            return f"{name} {run}: done already"
        record = made(name, settings, checkpoints)
        write(folder, run, record)
        shutil.rmtree(checkpoints)
    return f"{name} {run}: {record.provenance['seconds']} s"


def made(name: str, settings: Settings, checkpoints: Path) -> Record:
    """The record of a run, which goes on from its checkpoint if that is in the folder."""
    module, code = doing(name), code_of(name)
    with _one_thread():
        data = module.data(settings)
        origin = {"code": code, "data": _digest(data), **surroundings()}
        # A checkpoint of other code, settings, data or versions has another name.
        key = hashlib.sha256(json.dumps([as_json(settings), origin]).encode()).hexdigest()
        checkpoints.mkdir(exist_ok=True)
        began = time.perf_counter()
        found = module.run(settings, data, checkpoints / f"{key}.pt")
        seconds = round(time.perf_counter() - began, 1)
    return Record(as_json(settings), found, {**origin, "seconds": seconds})


def surroundings() -> dict[str, str]:
    return {
        "lossnb": version("lossnb"),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": f"{torch.backends.cpu.get_cpu_capability()}, {_processor()}",
    }


def _processor() -> str:
    """Its model, since libraries choose their order of sums by that, too."""
    described = Path("/proc/cpuinfo")
    text = described.read_text() if described.exists() else ""
    model = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return model[1] if model else platform.processor() or platform.machine()


@contextmanager
def _one_thread() -> Any:
    """The order of sums, and with it the last bits, depends on the number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _digest(data: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for array in _arrays(data):
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _arrays(data: Any) -> Iterator[np.ndarray[Any, Any]]:
    """Those of one part, or of a part for each seed."""
    if isinstance(data, np.ndarray):
        yield data
    else:
        for part in data:
            yield from _arrays(part)
