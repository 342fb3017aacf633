"""A claim tried with settings of the reader's own, in about a minute, beside what is on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lossnb._extras import extra

from ._judge import outcomes
from ._record import TUNING, Record, experiment, load, names
from ._rules import Grid
from ._run import made
from ._settings import Settings
from .claims import CLAIMS
from .verdicts import Outcome, ledger

with extra("notebooks"):
    from joblib import Parallel, delayed  # type: ignore[import-untyped]

# No recorded run has these seeds.
FIRST_SEED = 1000


def attempt(
    claim: str, given: Mapping[str, str], *, seeds: int = 5, jobs: int = 1
) -> Iterator[tuple[Outcome, list[Outcome]]]:
    """The outcome in each setting that the given variables leave open, with those on record that
    have the same variables but for the data.

    Raises ValueError for a claim without trials of a minute, and for variables that it lacks.
    """
    name, grid = found(claim, given)
    module = experiment(name)
    chosen = {variable: values(grid, variable, given) for variable in grid.values}
    every = [dict(zip(chosen, one, strict=True)) for one in product(*chosen.values())]
    # Settings are plain data, and the same one may serve several rules.
    wanted = {repr(own): own for variables in every for own in module.trial(**variables)}
    runs = [
        (f"trial-{place}-seed-{seed}", replace(own, seed=seed))
        for place, own in enumerate(wanted.values())
        for seed in range(FIRST_SEED, FIRST_SEED + seeds)
    ]
    records = dict(Parallel(n_jobs=jobs)(delayed(tried)(name, run, own) for run, own in runs))
    tunings = {run: one for run, one in load(name).items() if run.startswith(TUNING)}
    rules = [(name, grid.rule(**variables)) for variables in every]
    rules = [
        (name, replace(rule, variables=own)) for (_, rule), own in zip(rules, every, strict=True)
    ]
    (entry,) = (entry for entry in ledger() if entry.claim.id == claim)
    for one in outcomes(rules, {name: {**tunings, **records}}):
        outcome = Outcome(**one)
        yield outcome, [o for o in entry.outcomes if alike(o, outcome)]


def alike(recorded: Outcome, outcome: Outcome) -> bool:
    """Of the same effect, with the same choices; numbers and data may differ."""
    return recorded.effect == outcome.effect and all(
        recorded.variables.get(name) == value
        for name, value in outcome.variables.items()
        if isinstance(value, str) and name not in ("source", "data")
    )


def tried(name: str, run: str, settings: Settings) -> tuple[str, Record]:
    with TemporaryDirectory() as scratch:
        return run, made(name, settings, Path(scratch))


def found(claim: str, given: Mapping[str, str]) -> tuple[str, Grid]:
    """The experiment with trials of the claim, and the first of its grids with these variables."""
    known = [one.id for one in CLAIMS]
    if claim not in known:
        raise ValueError(f"claim must be one of {', '.join(known)}; got {claim!r}")
    grids = [
        (name, grid)
        for name in names()
        if hasattr(experiment(name), "trial")
        for grid in getattr(experiment(name), "TESTS", {}).get(claim, ())
    ]
    if not grids:
        raise ValueError(
            f"{claim} has no trial of a minute: it is proved, or its runs take longer; "
            "see `python -m lossnb.experiments list`"
        )
    for name, grid in grids:
        if given.keys() <= grid.values.keys():
            return name, grid
    variables = sorted({variable for _, grid in grids for variable in grid.values})
    raise ValueError(
        f"the variables of {claim} are {', '.join(variables)}; got {', '.join(sorted(given))}"
    )


def values(grid: Grid, variable: str, given: Mapping[str, str]) -> Sequence[Any]:
    """The given value; else all recorded ones, but only the quickest data, which come first."""
    recorded = grid.values[variable]
    if variable not in given:
        return recorded[:1] if variable in ("source", "data") else recorded
    text = given[variable]
    first = recorded[0]
    if isinstance(first, str):
        if text not in recorded:
            raise ValueError(f"{variable} must be one of {', '.join(recorded)}; got {text!r}")
        return [text]
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{variable} must be a number; got {text!r}") from None
    close = [value for value in recorded if abs(value - number) < 0.005]
    return close or [type(first)(number)]
