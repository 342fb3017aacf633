"""`python -m lossnb.experiments list | status | run | freeze | judge | try | verify | confirm`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten

from . import _again, _record, verdicts


def main(arguments: Sequence[str] | None = None) -> None:
    parser = parsed()
    given, others = parser.parse_known_args(arguments)
    if others and given.command != "try":
        parser.error(f"unknown: {' '.join(others)}")
    if given.command == "try":
        attempt(parser, given, others)
    elif given.command == "list":
        for name in _record.names():
            print(f"{name}: {(_record.experiment(name).__doc__ or '').splitlines()[0]}")
    elif given.command == "status":
        for name in _record.names():
            tell(name, _record.states(name, given.results))
        for source in verdicts.changed(given.results):
            print(f"stale verdicts: other {source}; look at them with `judge`")
    elif given.command == "freeze":
        _record.freeze_rates(given.name, given.results)
    elif given.command == "judge":
        look(given.results)
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
    freezing = commands.add_parser("freeze", help="keep the learning rates that the tunings chose")
    verify = commands.add_parser(
        "verify", help="make a run again and compare it with its record, as another machine may"
    )
    verify.add_argument("--run", metavar="RUN", help="which (the shortest)")
    verify.add_argument("--any", action="store_true", help="one drawn by chance")
    judging = commands.add_parser(
        "judge", help="write what the records say to every rule into the ledger, and print it"
    )
    trying = commands.add_parser(
        "try",
        help="try a claim with settings of your own, such as: try C4 --noise 0.3 --seeds 5",
    )
    trying.add_argument("claim", metavar="CLAIM")
    trying.add_argument("--seeds", type=int, default=5, help="how many (%(default)s)")
    trying.add_argument("--jobs", type=int, default=2, help="runs at a time (%(default)s)")
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
    for command in (freezing, confirm):
        command.add_argument("name", choices=_record.names(), metavar="NAME")
    for command in (status, run, freezing, judging, verify, confirm):
        command.add_argument(
            "--results", type=Path, default=_record.RESULTS, help="where records lie (%(default)s)"
        )
    return parser


def tell(name: str, states: dict[str, str]) -> None:
    print(f"{name}: {sum(s == 'done' for s in states.values())} of {len(states)} done")
    for state in sorted(set(states.values()) - {"done"}):
        runs = [label for label in states if states[label] == state]
        print(f"  {state}: {shorten(', '.join(runs), 80, placeholder=' ...')} ({len(runs)})")


def look(results: Path) -> None:
    from . import _judge  # what only reads needs no SciPy

    _judge.write_ledger(results)
    for entry in verdicts.ledger(results=results):
        print(f"{entry.claim.id}: {entry.verdict}{', proved' if entry.proved else ''}")
        for one in entry.outcomes:
            print(f"  {'remark: ' if one.remark else ''}{told(one)}")


def attempt(parser: argparse.ArgumentParser, given: argparse.Namespace, others: list[str]) -> None:
    from . import _try  # what only reads needs neither torch nor SciPy

    if len(others) % 2 or not all(name.startswith("--") for name in others[::2]):
        parser.error(f"variables are given as --name value; got {' '.join(others)}")
    if given.seeds < 2:
        parser.error(f"--seeds must be at least 2; got {given.seeds}")
    own = {name[2:]: value for name, value in zip(others[::2], others[1::2], strict=True)}
    try:
        for outcome, recorded in _try.attempt(given.claim, own, seeds=given.seeds, jobs=given.jobs):
            print(f"yours: {told(outcome)}")
            for one in recorded:
                print(f"  on record: {told(one)}")
    except ValueError as error:
        sys.exit(f"try: {error}")


def told(one: verdicts.Outcome) -> str:
    chance = "" if one.exact else f" [{one.low:.3g}, {one.high:.3g}], {len(one.effects)} seeds"
    return (
        f"{one.state}: {one.setting}: {one.effect}: {one.mean:.3g}{chance} (wanted: {one.wanted})"
    )


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
