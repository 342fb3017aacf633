"""`python -m lossnb.experiments list | run NAME... | status`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten

from . import _record, _run


def main(arguments: Sequence[str] | None = None) -> None:
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
        "--scratch", type=Path, default=_run.SCRATCH, help="where checkpoints lie (%(default)s)"
    )
    for command in (status, run):
        command.add_argument(
            "--results", type=Path, default=_record.RESULTS, help="where records lie (%(default)s)"
        )
    given = parser.parse_args(arguments)
    if given.command == "run":
        if (given.backend == "dask") != (given.scheduler is not None):
            parser.error("--backend dask and --scheduler ADDRESS need each other")
        _run.run(
            given.names,
            jobs=given.jobs,
            scheduler=given.scheduler,
            results=given.results,
            scratch=given.scratch,
        )
        return
    for name in _record.names():
        if given.command == "list":
            print(f"{name}: {(_record.experiment(name).__doc__ or '').splitlines()[0]}")
            continue
        states = _record.states(name, given.results)
        print(f"{name}: {sum(s == 'done' for s in states.values())} of {len(states)} done")
        for state in sorted(set(states.values()) - {"done"}):
            runs = [label for label in states if states[label] == state]
            print(f"  {state}: {shorten(', '.join(runs), 80, placeholder=' ...')} ({len(runs)})")


if __name__ == "__main__":
    main()
