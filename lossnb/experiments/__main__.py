"""`python -m lossnb.experiments list | status | run | judge | verify | confirm NAME`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten

from . import _again, _record
from ._rules import judge


def main(arguments: Sequence[str] | None = None) -> None:
    parser = parsed()
    given = parser.parse_args(arguments)
    if given.command == "list":
        for name in _record.names():
            print(f"{name}: {(_record.experiment(name).__doc__ or '').splitlines()[0]}")
    elif given.command == "status":
        for name in _record.names():
            tell(name, _record.states(name, given.results))
            if _record.has_stale_verdicts(name, given.results):
                print(f"  stale verdicts: other measures; look at them with `judge {name}`")
    elif given.command == "judge":
        look(given.name, given.results)
    elif given.command == "run":
        if (given.backend == "dask") != (given.scheduler is not None):
            parser.error("--backend dask and --scheduler ADDRESS need each other")
        run(given)
    elif given.command == "confirm" and given.epochs and not given.against:
        parser.error("--epochs needs --against: the records are of all epochs")
    else:
        sys.exit(not again(given))


def parsed() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lossnb.experiments", description="Run the long experiments, once."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="name the experiments")
    status = commands.add_parser("status", help="count the runs done; name those missing or stale")
    run = commands.add_parser("run", help="run what is missing or stale; a killed run goes on")
    run.add_argument("names", nargs="+", choices=_record.names(), metavar="NAME")
    run.add_argument("--jobs", type=int, default=1, help="runs at a time, one core each")
    run.add_argument(
        "--backend", choices=["local", "dask"], default="local", help="where (%(default)s)"
    )
    run.add_argument(
        "--scheduler", metavar="ADDRESS", help="of the Dask cluster, such as tcp://head:8786"
    )
    run.add_argument(
        "--scratch", type=Path, help="where checkpoints lie (in the user's folder of caches)"
    )
    verify = commands.add_parser(
        "verify", help="make a run again and compare it with its record, as another machine may"
    )
    verify.add_argument("--run", metavar="RUN", help="which (the shortest)")
    verify.add_argument("--any", action="store_true", help="one drawn by chance")
    judging = commands.add_parser(
        "judge", help="print what each rule comes to, and take it for looked at"
    )
    confirm = commands.add_parser(
        "confirm", help="if a run gives the same bits with the code of today, keep all records"
    )
    confirm.add_argument(
        "--run", nargs="+", default=[], metavar="RUN", help="which (the shortest of each kind)"
    )
    confirm.add_argument(
        "--against",
        metavar="COMMIT",
        help="compare with the code of that commit, run here, and not with the record",
    )
    confirm.add_argument("--epochs", type=int, help="with --against: no more than these")
    verify.add_argument("name", nargs="?", choices=_record.names(), metavar="NAME", help="(all)")
    for command in (judging, confirm):
        command.add_argument("name", choices=_record.names(), metavar="NAME")
    for command in (status, run, judging, verify, confirm):
        command.add_argument(
            "--results", type=Path, default=_record.RESULTS, help="where records lie (%(default)s)"
        )
    return parser


def tell(name: str, states: dict[str, str]) -> None:
    print(f"{name}: {sum(s == 'done' for s in states.values())} of {len(states)} done")
    for state in sorted(set(states.values()) - {"done"}):
        runs = [label for label in states if states[label] == state]
        print(f"  {state}: {shorten(', '.join(runs), 80, placeholder=' ...')} ({len(runs)})")


def look(name: str, results: Path) -> None:
    records = _record.load(name, results)
    for claim, rules in getattr(_record.experiment(name), "RULES", {}).items():
        for rule in rules:
            outcome = judge(rule, records)
            print(
                f"{claim} {'holds' if outcome.holds else 'does not hold'}: {rule}: "
                f"{outcome.mean:.3g} [{outcome.low:.3g}, {outcome.high:.3g}]"
            )
    _record.write_measures(name, results)


def run(given: argparse.Namespace) -> None:
    from . import _run  # what only reads needs no torch

    _run.run(
        given.names,
        jobs=given.jobs,
        scheduler=given.scheduler,
        results=given.results,
        scratch=given.scratch or _run.SCRATCH,
    )


def again(given: argparse.Namespace) -> bool:
    try:
        if given.command == "verify":
            chosen = [given.name] if given.name else _record.names()
            held = [
                _again.verify(name, given.run, given.results, by_chance=given.any)
                for name in chosen
            ]
            return all(held)
        return _again.confirm(
            given.name,
            given.run,
            against=given.against,
            epochs=given.epochs,
            results=given.results,
        )
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f"{given.command}: {error}")


if __name__ == "__main__":
    main()
