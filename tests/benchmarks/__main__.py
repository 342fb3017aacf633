"""Print the ratio of our time and memory to each peer's, measured in one run.

    python -m tests.benchmarks [word ...]         # only the comparisons with a word in their name

Time is the median processor time of one thread over turns taken one after the other. Memory is
what the peak of the process rises by, the least of several processes, as the allocator may ask for
more than is used; inputs are not counted. Exits with 1 if a promised ratio is not kept.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch

from lossnb.experiments._run import surroundings

from .comparisons import COMPARISONS, Call, Comparison

TURNS = 15
PROCESSES = 3


def processor_time(call: Call) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def times(comparison: Comparison) -> tuple[float, float]:
    """Median milliseconds of ours and of the peer's, turn by turn."""
    calls = comparison.calls(comparison.samples)
    for call in calls:
        call()
    turns = [[1e3 * processor_time(call) for call in calls] for _ in range(TURNS)]
    ours, theirs = zip(*turns, strict=True)
    return statistics.median(ours), statistics.median(theirs)


def peak() -> float:
    """The highest resident memory of this process so far, in MiB (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


def rise(index: int, side: int) -> float:
    """MiB that the peak rises by in one call, after one on a few samples has loaded the code."""
    comparison = COMPARISONS[index]
    comparison.calls(3)[side]()
    call = comparison.calls(comparison.samples)[side]
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak
    before = peak()
    call()
    return peak() - before


def memory(index: int) -> list[float]:
    command = [sys.executable, "-m", "tests.benchmarks", "--rise", str(index)]

    def once(side: int) -> float:
        run = subprocess.run([*command, str(side)], stdout=subprocess.PIPE, text=True, check=True)
        return float(run.stdout)

    return [min(once(side) for _ in range(PROCESSES)) for side in (0, 1)]


def compare(index: int) -> bool:
    """Print one comparison; whether its promises are kept."""
    comparison = COMPARISONS[index]
    ours, theirs = times(comparison)
    ours_mib, theirs_mib = memory(index)
    print(f"{comparison.name}, against {comparison.peer}")
    kept, words = True, {True: "kept", False: "NOT KEPT"}
    for what, a, b, promised in (
        ("ms ", ours, theirs, comparison.time),
        ("MiB", ours_mib, theirs_mib, comparison.memory),
    ):
        verdict = ""
        if promised is not None:
            kept &= a <= promised * b
            verdict = (
                f"   promised <= {promised:.3f}: {'kept' if a <= promised * b else 'NOT KEPT'}"
            )
        print(f"    {a:9.2f} : {b:9.2f} {what}   ratio {a / b:.3f}{verdict}")
    if comparison.milliseconds is not None:
        kept &= ours <= comparison.milliseconds
        verdict = words[ours <= comparison.milliseconds]
        print(f"    promised <= {comparison.milliseconds} ms: {verdict}")
    return kept


def main(words: list[str]) -> int:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if words[:1] == ["--rise"]:
        print(rise(int(words[1]), int(words[2])))
        return 0
    print("{processor}; torch {torch}".format(**surroundings()))
    print(f"one thread, median of {TURNS} turns; ours : theirs")
    chosen = [i for i, c in enumerate(COMPARISONS) if not words or any(w in c.name for w in words)]
    kept = [compare(i) for i in chosen]
    return int(not chosen or not all(kept))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
