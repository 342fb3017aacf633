"""What the experiments found, and where it came from: read here, without torch or a runner.

An experiment is a module of this package with these names:

    SETTINGS  the kinds of settings (see `_settings`)
    RUNS      those of each run, by the run's name
    RULES     what would refute which claim (see `_rules`); not all have it

Its namesake in `runs` does what these settings ask for.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import io
import json
import math
import pkgutil
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import shorten
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossnb._files import write_whole

from ._code import code_hash
from ._settings import Settings, as_json

RESULTS = Path(__file__).parent / "results"
# How the names of those runs begin that choose rates.
TUNING = "tune-"


@dataclass(frozen=True)
class Record:
    """A finished run: what was asked, what was found, and where that came from.

    A number that was not finite is None.
    """

    settings: dict[str, Any]
    found: dict[str, Any]
    provenance: dict[str, Any]


def names() -> list[str]:
    """The experiments: the modules that have a namesake in `runs`."""
    return [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent / "runs")])]


def experiment(name: str) -> ModuleType:
    if name not in names():
        raise ValueError(f"name must be one of {', '.join(names())}; got {name!r}")
    return importlib.import_module(f"{__package__}.{name}")


@cache  # this process goes on with the code it has loaded, even if the files change meanwhile
def code_of(name: str) -> str:
    return code_hash(f"{__package__}.runs.{name}", ["data", "run"])


def load(name: str, results: Path = RESULTS) -> dict[str, Record]:
    """The records of all runs of an experiment, by their names, in the experiment's order.

    Raises FileNotFoundError if a run is missing, ValueError if its two files do not match.
    """
    records = {run: read(results / name, run) for run in experiment(name).RUNS}
    if missing := [run for run, record in records.items() if record is None]:
        raise FileNotFoundError(
            f"{results / name} lacks {shorten(', '.join(missing), 100, placeholder=' ...')}; "
            f"run `python -m lossnb.experiments run {name}`"
        )
    return {run: record for run, record in records.items() if record is not None}


def frozen_rates(name: str, results: Path = RESULTS) -> dict[str, dict[str, float]]:
    """The learning rate of each method, by the cell of the experiment; of what is tuned already."""
    path = results / name / "rates.json"
    return json.loads(path.read_bytes()) if path.exists() else {}


def chosen_rates(name: str, results: Path = RESULTS) -> dict[str, dict[str, float]]:
    """What the tunings on record chose, by their cells."""
    tunings = (run for run in experiment(name).RUNS if run.startswith(TUNING))
    records = {run.removeprefix(TUNING): read(results / name, run) for run in tunings}
    return {
        cell: {method: tried["rate"] for method, tried in record.found.items()}
        for cell, record in records.items()
        if record is not None
    }


def freeze_rates(name: str, results: Path = RESULTS) -> None:
    text = json.dumps(chosen_rates(name, results), indent=1, ensure_ascii=False) + "\n"
    write_whole(results / name / "rates.json", text.encode())


def packed(flags: NDArray[np.bool_]) -> str:
    """One bit for each image, as text that JSON can hold.

    >>> unpacked(packed(np.array([True, False, True])), 3).tolist()
    [True, False, True]
    """
    return base64.b64encode(zlib.compress(np.packbits(flags).tobytes(), 9)).decode()


def unpacked(text: str, count: int) -> NDArray[np.bool_]:
    raw = np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=np.uint8)
    return np.unpackbits(raw, count=count).astype(np.bool_)


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
    spent = f"{minutes:.0f} min" if minutes >= 1 else "less than a minute"
    seeds = {record.settings.get("seed", "none") for record in records}
    drawn = f"{len(seeds)} seeds" if len(seeds) > 3 else f"seed {each(seeds)}"
    return (
        f"{name}: {runs} in {spent}, {drawn}; "
        f"lossnb {origin('lossnb')}, torch {origin('torch')}, NumPy {origin('numpy')}, "
        f"Python {origin('python')}, {origin('platform')}; data {origin('data', 12)}"
    )


def states(name: str, results: Path = RESULTS) -> dict[str, str]:
    """Of each run: "done", "missing", or "stale" with the reason."""
    runs, folder = experiment(name).RUNS, results / name
    recorded = {path.stem for path in folder.glob("*.json")} - {"rates"}
    return {
        **{run: state(name, folder, run, settings) for run, settings in runs.items()},
        **dict.fromkeys(sorted(recorded - runs.keys()), "stale: not asked for"),
    }


def state(name: str, folder: Path, run: str, settings: Settings) -> str:
    try:
        record = read(folder, run)
    except ValueError:
        return "stale: not as written"
    if record is None:
        return "missing"
    if record.settings != as_json(settings):
        return "stale: other settings"
    return "done" if record.provenance["code"] == code_of(name) else "stale: other code"


def write(folder: Path, run: str, record: Record) -> None:
    """Numbers as JSON, arrays, if any, beside them; the JSON comes last and vouches for both."""
    arrays = {name: a for name, a in record.found.items() if isinstance(a, np.ndarray)}
    raw = b""
    if arrays:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
        raw = buffer.getvalue()
    content = {
        "settings": record.settings,
        "found": {name: v for name, v in record.found.items() if name not in arrays},
        "arrays": {"names": list(arrays), "sha256": hashlib.sha256(raw).hexdigest()},
        "provenance": record.provenance,
    }
    content = plain(content)
    content["sha256"] = digest_of(content)
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if arrays:
        write_whole(folder / f"{run}.npz", raw)
    else:
        (folder / f"{run}.npz").unlink(missing_ok=True)
    write_whole(folder / f"{run}.json", text.encode())


def digest_of(content: Mapping[str, Any]) -> str:
    """Of what was asked and found. Where it came from may change: another code gave the same."""
    vouched = [content[name] for name in ("settings", "found", "arrays")]
    return hashlib.sha256(json.dumps(vouched, sort_keys=True).encode()).hexdigest()


def plain(content: Any) -> Any:
    """What strict JSON can hold: None for a number that is not finite."""
    if isinstance(content, dict):
        return {name: plain(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [plain(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def read(folder: Path, run: str) -> Record | None:
    """The record of a run; none if it has not finished, ValueError if it is not as written."""
    path, beside = folder / f"{run}.json", folder / f"{run}.npz"
    if not path.exists():
        return None
    content = json.loads(path.read_bytes())
    if content.get("sha256") != digest_of(content):
        raise ValueError(f"{path} has been changed: its numbers are not those that were written")
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
    )
