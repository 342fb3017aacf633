"""Run the notebooks as other processors would, and as wrong ones.

    python -m tools.processors run [NAME ...]     under emulations: a table notebook × processor
    python -m tools.processors nudge [--times N]  with initial weights and drawn data moved a little
    python -m tools.processors figures            with every curve drawn wrong: each must be noticed

An emulation leaves out instructions that this processor has. The numbers in the tables are the
largest deviation from the committed outputs, in units of the cell's tolerance; above 1 it fails.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

ROOT = Path(__file__).parents[1]
CHAPTERS = ROOT / "chapters"
PREAMBLES = Path(__file__).parent / "preambles"


def threads(count: int) -> dict[str, str]:
    """What torch, MKL and OpenBLAS read; any of them alone would leave another's value standing."""
    return {f"{library}_NUM_THREADS": str(count) for library in ("OMP", "MKL", "OPENBLAS")}


# Each name stands in some version of NumPy for what a processor may lack.
AVX512 = (
    *(f"AVX512{name}" for name in ("F", "CD", "_SKX", "_CLX", "_CNL", "_ICL", "_SPR")),
    "X86_V4",
)
AVX2 = ("AVX2", "FMA3", "X86_V3")


@dataclass(frozen=True)
class Processor:
    """The environment that leaves instructions out, for torch, MKL, oneDNN, OpenBLAS and NumPy."""

    name: str
    environment: Mapping[str, str]
    without: Sequence[str] = ()
    preamble: str | None = None

    def variables(self) -> dict[str, str]:
        left_out = " ".join(feature for feature in self.without if feature in numpy_features())
        return {**threads(1), **self.environment, "NPY_DISABLE_CPU_FEATURES": left_out}


PROCESSORS = {
    processor.name: processor
    for processor in (
        Processor("native", {}),
        Processor(
            "avx2",
            {
                "ATEN_CPU_CAPABILITY": "avx2",
                "MKL_ENABLE_INSTRUCTIONS": "AVX2",
                "ONEDNN_MAX_CPU_ISA": "AVX2",
                "OPENBLAS_CORETYPE": "Haswell",
            },
            AVX512,
        ),
        Processor(
            "sse",
            {
                "ATEN_CPU_CAPABILITY": "default",
                "MKL_CBWR": "COMPATIBLE",
                "ONEDNN_MAX_CPU_ISA": "SSE41",
                "OPENBLAS_CORETYPE": "Nehalem",
            },
            (*AVX512, *AVX2),
        ),
        Processor("two threads", threads(2), (), "threads"),
    )
}


def numpy_features() -> set[str]:
    """What NumPy can be asked to leave out here: what it dispatches and this processor has."""
    extensions = np.show_config(mode="dicts")["SIMD Extensions"]
    return set(extensions.get("found", []))


Cell = dict[str, Any]


def run_notebooks(
    paths: Sequence[Path], environment: Mapping[str, str], preamble: str | None = None
) -> list[Cell]:
    """What became of each cell under nbval."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "cells.jsonl"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        # Threads that wait for a processor do so by spinning: no more of them than processors.
        workers = max(1, (os.cpu_count() or 1) // int(environment["OMP_NUM_THREADS"]))
        command += ["--numprocesses", str(workers), f"--deviations={report}"]
        if preamble:
            command += [f"--preamble={PREAMBLES / preamble}.py"]
        done = subprocess.run(
            [*command, *paths],
            cwd=ROOT,
            env=os.environ | dict(environment),
            capture_output=True,
            text=True,
        )
        if done.returncode > 1 or not report.exists():
            raise SystemExit(f"The notebooks did not run:\n{done.stdout}{done.stderr}")
        return [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]


def notebooks(names: Iterable[str] = ()) -> list[Path]:
    chosen = [path for path in sorted(CHAPTERS.glob("*.ipynb")) if not names or path.name in names]
    if not chosen:
        raise SystemExit(f"no notebook of {', '.join(names)} in chapters/")
    return chosen


def of(cells: Iterable[Cell], path: Path) -> list[Cell]:
    return [cell for cell in cells if cell["notebook"] == path.name]


def verdict(cells: Sequence[Cell]) -> str:
    failed = [str(cell["cell"]) for cell in cells if cell["outcome"] != "passed"]
    if failed:
        return f"FAIL {','.join(failed)}"
    return f"{max(cell['deviation'] or 0 for cell in cells):.2g}"


def complain(cells: Iterable[Cell]) -> None:
    for cell in cells:
        if cell["outcome"] != "passed":
            print(f"\n{cell['notebook']}, cell {cell['cell']}: {cell['why']}")
            print(cell["detail"] or cell["traceback"])


def table(head: str, columns: Mapping[str, Sequence[Cell]], paths: Sequence[Path]) -> None:
    """As Markdown: a row a notebook, a column a run."""
    print("| " + " | ".join([head, *columns]) + " |")
    print("|---" * (1 + len(columns)) + "|")
    for path in paths:
        print(
            "| " + " | ".join([path.stem, *(verdict(of(c, path)) for c in columns.values())]) + " |"
        )


def run(names: Sequence[str], paths: Sequence[Path]) -> bool:
    """Under emulations of other processors."""
    columns = {}
    for name in names or PROCESSORS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        processor = PROCESSORS[name]
        columns[name] = run_notebooks(paths, processor.variables(), processor.preamble)
    table("notebook", columns, paths)
    for cells in columns.values():
        complain(cells)
    return all(cell["outcome"] == "passed" for cells in columns.values() for cell in cells)


def nudge(times: int, paths: Sequence[Path]) -> bool:
    """What moves by more than its tolerance is chaotic: on some machine it would differ."""
    columns = {}
    for direction in range(1, times + 1):
        print(f"direction {direction} ...", file=sys.stderr, flush=True)
        environment = threads(1) | {"NUDGE": str(direction)}
        columns[str(direction)] = run_notebooks(paths, environment, "nudge")
    table("notebook", columns, paths)
    for cells in columns.values():
        complain(cells)
    return all(cell["outcome"] == "passed" for cells in columns.values() for cell in cells)


def figures(paths: Sequence[Path]) -> bool:
    """Every cell with a figure must notice that its curves are wrong by an assertion of its own."""
    cells = run_notebooks(paths, threads(1), "wrong_curves")
    blind = []
    for path in paths:
        drawn = drawing_cells(path)
        noticed = {
            cell["cell"] for cell in of(cells, path) if "AssertionError" in cell["traceback"]
        }
        # The assertions may be folded away in the next cell.
        missed = sorted(number for number in drawn if not noticed & {number, number + 1})
        blind += [f"{path.name}, cell {number}" for number in missed]
        print(f"{path.name}: {len(drawn) - len(missed)} of {len(drawn)} wrong figures noticed")
    for cell in blind:
        print(f"{cell}: drew a tenth too low and said nothing")
    return not blind


def drawing_cells(path: Path) -> set[int]:
    """The numbers, among the code cells, of those that show a figure."""
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    return {
        number
        for number, cell in enumerate(cells)
        if any("image/svg+xml" in output.get("data", {}) for output in cell.outputs)
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.processors", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    emulate = commands.add_parser("run", help="under emulations of other processors")
    emulate.add_argument("--on", action="append", choices=PROCESSORS, default=[], help="which")
    moved = commands.add_parser("nudge", help="with weights and data moved by one part in 10¹²")
    moved.add_argument("--times", type=int, default=10, help="in how many directions (%(default)s)")
    wrong = commands.add_parser("figures", help="with every curve drawn a tenth too low")
    for command in (emulate, moved, wrong):
        command.add_argument("names", nargs="*", help="notebooks (default: all)")
    given = parser.parse_args()
    paths = notebooks([Path(name).name for name in given.names])
    if given.command == "run":
        passed = run(given.on, paths)
    elif given.command == "nudge":
        passed = nudge(given.times, paths)
    else:
        passed = figures(paths)
    raise SystemExit(not passed)


if __name__ == "__main__":
    main()
