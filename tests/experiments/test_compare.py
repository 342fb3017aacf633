"""The comparison is sharp: what means something else is red, what is rounded otherwise is not."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from tools.compare import NUMBER, Comparison, Tolerance, compare
from tools.kernel import ROOT, execute

TRAINED = Tolerance(numbers=1.5, coordinates=3.0)
EXACT = Tolerance()


def stream(text: str) -> list[dict[str, Any]]:
    return [{"output_type": "stream", "name": "stdout", "text": text}]


def differ(old: str, new: str, tolerance: Tolerance = EXACT) -> bool:
    return bool(compare(stream(old), stream(new), tolerance).differences)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("float32: 3 of 10 in C12, 9_1_2 and l2", ["3", "10"]),
        ("mean 91.5 %, -0.25 and −0.3, 1e-16", ["91.5", "-0.25", "−0.3", "1e-16"]),
        ("1,797 digits, then 2.", ["1,797", "2"]),
        ("λ = 1000: loss 1.0779", ["1000", "1.0779"]),
        ("from 2-3", ["2", "3"]),
        ("v1.2.3 a1 1a", []),
    ],
)
def test_it_finds_the_numbers_in_a_text(text: str, numbers: list[str]) -> None:
    assert NUMBER.findall(text) == numbers


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("loss 0.2500", "loss 0.2501"),
        ("loss 0.2500", "loss 0.2500"),
        ("-0.00", "0.00"),
        ("gap  9.99", "gap 10.00"),
        ("1.5e-16 apart", "1.6e-16 apart"),
        ("  98 %", "  99 %"),
        ("nan", "nan"),
        ("−0.3 points", "−0.4 points"),
    ],
)
def test_rounded_otherwise_is_the_same(old: str, new: str) -> None:
    assert not differ(old, new)
    assert not differ(new, old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("loss 0.2500", "loss 0.2502"),
        ("loss 0.25", "loss -0.25"),
        ("loss 0.25", "cost 0.25"),
        ("loss 0.25", "loss nan"),
        ("loss 0.25", "loss inf"),
        ("loss 0.25", "loss"),
        ("a 1\nb 2", "a 1"),
        ("a 1\nb 2", "b 2\na 1"),
        ("a  b", "ab"),
        ("C12 held", "C13 held"),
        ("float32 1", "float64 1"),
        ("[7, 8]", "[7]"),
        ("91.5", "81.5"),
        ("1e-16", "1e-12"),
        ("| 1 | 2 |", "| 1 2 |"),
        ("True", "False"),
    ],
)
@pytest.mark.parametrize("tolerance", [EXACT, TRAINED], ids=["exact", "trained"])
def test_what_means_something_else_is_red(old: str, new: str, tolerance: Tolerance) -> None:
    if tolerance is TRAINED and (old, new) in {
        ("loss 0.2500", "loss 0.2502"), ("loss 0.25", "loss -0.25"), ("1e-16", "1e-12"),
    }:  # fmt: skip
        assert not differ(old, new, tolerance)
    else:
        assert differ(old, new, tolerance)
        assert differ(new, old, tolerance)


def test_a_trained_number_has_its_tolerance_and_no_more() -> None:
    assert not differ("92.2 %", "93.7 %", TRAINED)
    assert differ("92.2 %", "93.8 %", TRAINED)
    found = compare(stream("92.2 %"), stream("92.8 %"), TRAINED)
    assert found.deviation == pytest.approx(0.4)


CELLS = {
    "figure": """\
import matplotlib.pyplot as plt
import numpy as np
from lossnb.figures import use_style

use_style()
u = np.linspace(-2, 2, 9)
plt.plot(u, np.maximum(0, 1 - u), "o--", label="hinge")
plt.imshow(np.eye(2), extent=(1, 2, 1, 2))
plt.xlabel("margin u")
plt.legend()
plt.show()""",
    "formula": """print(f"at u = -1 it is {np.maximum(0, 1 - u)[2]:.3f}")""",
    "table": """print("u     loss")
for v in u[:3]:
    print(f"{v:5.2f} {max(0, 1 - v):5.2f}")""",
    "trained": """print(f"accuracy {91.5:.1f} %")""",
}
META = {"trained": {"lossnb": {"trained": {"numbers": 0.5}}}}

# What somebody changes by mistake: the cell, what stands there, what is put in its place.
FAULTS = {
    "a changed sign in a plotted curve": ("figure", "1 - u", "1 + u"),
    "a curve a hundredth too low": ("figure", "np.maximum(0, 1 - u)", "np.maximum(0, 0.99 - u)"),
    "a changed label": ("figure", '"margin u"', '"margin v"'),
    "a changed legend": ("figure", 'label="hinge"', 'label="ramp"'),
    "another line style": ("figure", '"o--"', '"o-"'),
    "another marker": ("figure", '"o--"', '"s--"'),
    "another colour": ("figure", '"o--", ', '"o--", color="red", '),
    "another picture": ("figure", "np.eye(2)", "np.ones((2, 2))"),
    "a curve that is missing": ("figure", "plt.plot(", "(lambda *a, **k: 0)("),
    "a missing figure": ("figure", "plt.show()", "plt.close()"),
    "one figure more": ("figure", "plt.show()", "plt.show()\nplt.plot(u)\nplt.show()"),
    "a changed constant in a formula": ("formula", "1 - u", "1.01 - u"),
    "a changed word": ("formula", "it is", "it was"),
    "a removed output": ("formula", "print(", "str("),
    "a row that is missing": ("table", "u[:3]", "u[:2]"),
    "a column that is missing": ("table", " {max(0, 1 - v):5.2f}", ""),
    "output of another kind": ("formula", "print(", "("),
    "an error": ("table", "max(0", "maxi(0"),
    "a trained number beyond its tolerance": ("trained", "91.5", "92.1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, metadata=META.get(name, {}))
            for name, source in CELLS.items()
        ]
    )
    execute(notebook, tmp_path_factory.mktemp("compare"))
    return notebook


def nbval(path: Path) -> list[dict[str, Any]]:
    """What the test run says of each cell."""
    options = ["-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider"]
    report = path.with_suffix(".jsonl")
    command = [sys.executable, "-m", "pytest", *options, f"--deviations={report}", path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return [json.loads(line) for line in report.read_text().splitlines()]


def test_nbval_finds_each_fault(committed: NotebookNode, tmp_path: Path) -> None:
    """One notebook holds, after each fault, the cells as they were."""
    spoiled = nbformat.v4.new_notebook(cells=copy.deepcopy(committed.cells))
    by_name = dict(zip(CELLS, committed.cells, strict=True))
    for name, there, instead in FAULTS.values():
        cell = copy.deepcopy(by_name[name])
        assert there in cell.source
        cell.source = cell.source.replace(there, instead)
        spoiled.cells += [cell, copy.deepcopy(by_name["figure"])]
    for number, cell in enumerate(spoiled.cells):
        cell.id = str(number)
    path = tmp_path / "spoiled.ipynb"
    nbformat.write(spoiled, path)
    outcomes = [cell["outcome"] for cell in nbval(path)]
    whole, rest = outcomes[: len(CELLS)], outcomes[len(CELLS) :]
    assert whole == ["passed"] * len(CELLS)
    assert dict(zip(FAULTS, rest[::2], strict=True)) == dict.fromkeys(FAULTS, "failed")
    assert rest[1::2] == ["passed"] * len(FAULTS)


def figure(committed: NotebookNode) -> str:
    (output,) = committed.cells[0].outputs
    svg: str = output.data["image/svg+xml"]
    return svg


def compare_pictures(old: str, new: str) -> Comparison:
    outputs = [
        [{"output_type": "display_data", "data": {"image/svg+xml": svg}}] for svg in (old, new)
    ]
    return compare(*outputs, EXACT)


@pytest.mark.parametrize(("moved", "fails"), [(0.009, False), (0.011, True)])
def test_a_coordinate_may_move_by_a_hundredth(
    committed: NotebookNode, moved: float, fails: bool
) -> None:
    svg = figure(committed)
    place = svg.partition('<g id="line2d_1">')[2].partition("M ")[2].partition(" ")[0]
    other = svg.replace(f"M {place} ", f"M {float(place) + moved:f} ", 1)
    assert other != svg
    assert bool(compare_pictures(svg, other).differences) == fails


def test_a_path_named_by_its_digest_may_have_another_name(committed: NotebookNode) -> None:
    svg = figure(committed)
    name = svg.partition('<path id="')[2].partition('"')[0]
    other = name[0] + "0123456789"
    assert not compare_pictures(svg, svg.replace(name, other)).differences
    assert compare_pictures(svg, svg.replace(f"#{name}", f"#{other}", 1)).differences


@pytest.mark.parametrize("old", ["scale(0.11 -0.11)", 'id="line2d_1"', "#dddddd"])
def test_factors_names_and_colours_are_exact(committed: NotebookNode, old: str) -> None:
    svg = figure(committed)
    new = {"scale(0.11 -0.11)": "scale(0.115 -0.11)", 'id="line2d_1"': 'id="line2d_9"'}
    assert compare_pictures(svg, svg.replace(old, new.get(old, "#ddddde"), 1)).differences
