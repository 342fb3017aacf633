"""What the pages show holds on every machine: what is trained says so, and is asserted."""

from __future__ import annotations

import ast
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tools.processors import PROCESSORS, ROOT, numpy_features

NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
TRAINED = "# Trained: these digits differ a little from machine to machine."
READ_BACK = re.compile(
    r"\bcurves\(|\.get_(?:data|[xy]data|offsets|height|width|array|paths|verts|xy)\(|\.[UV]\b"
)

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[NotebookNode]:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def shown_and_asserted(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell prints or draws, and those that it asserts something of."""
    shown: set[str] = set()
    asserted: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert):
            asserted |= names(node)
        elif isinstance(node, ast.Call | ast.Assign | ast.AugAssign | ast.For):
            shown |= names(node)
    return shown, asserted


def names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)} - {"np", "torch"}


def unasserted(cells: list[NotebookNode]) -> list[str]:
    """The trained cells after which nothing is asserted of what they show."""
    silent = []
    for cell, after in zip(cells, [*cells[1:], None], strict=True):
        if cell.metadata.get("lossnb", {}).get("trained"):
            shown, asserted = shown_and_asserted(cell.source)
            if after is not None:
                asserted |= shown_and_asserted(after.source)[1]
            if not shown & asserted:
                silent.append(cell.source)
    return silent


@each_notebook
def test_a_trained_cell_declares_its_tolerance_and_tells_the_reader(path: Path) -> None:
    for cell in code_cells(path):
        declared = cell.metadata.get("lossnb", {}).get("trained")
        assert (declared is not None) == (TRAINED in cell.source.splitlines()), cell.source
        if declared is not None:
            assert declared.keys() <= {"numbers", "coordinates"}
            assert declared
            assert all(0 < tolerance <= 50 for tolerance in declared.values())


@each_notebook
def test_a_trained_cell_asserts_what_it_shows(path: Path) -> None:
    assert unasserted(code_cells(path)) == []


@pytest.mark.parametrize(
    ("source", "silent"),
    [
        ("score = train()\nprint(score)\nassert score > 90", False),
        ("score = train()\nprint(score)", True),
        ("score = train()\nprint(score)\nassert 1 + 1 == 2", True),
    ],
)
def test_a_trained_cell_that_asserts_nothing_is_found(source: str, silent: bool) -> None:
    cell = nbformat.v4.new_code_cell(source, metadata={"lossnb": {"trained": {"numbers": 1}}})
    assert bool(unasserted([cell])) == silent


@each_notebook
def test_a_figure_is_read_back_where_it_is_drawn(path: Path) -> None:
    """That the assertion bites is for `python -m tools.processors figures` to say."""
    cells = code_cells(path)
    for cell, after in zip(cells, [*cells[1:], None], strict=True):
        if any("image/svg+xml" in output.get("data", {}) for output in cell.outputs):
            # The assertions may be folded away in the next cell.
            source = cell.source + ("" if after is None else f"\n{after.source}")
            tree = ast.parse(source)
            assert any(isinstance(node, ast.Assert) for node in ast.walk(tree)), source
            assert READ_BACK.search(source), source


@each_notebook
def test_no_output_is_left_out_of_the_comparison(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"nbval[-_]|NBVAL|PYTEST_VALIDATE", text)
    for cell in code_cells(path):
        for output in cell.outputs:
            assert not {"image/png", "image/jpeg"} & output.get("data", {}).keys(), cell.source


WHAT_IS_USED = """
import json, numpy, torch
from numpy._core._multiarray_umath import __cpu_features__ as numpy_has
capability = torch.backends.cpu.get_cpu_capability()
vectors = [name for name in ("X86_V3", "X86_V4", "AVX512_SKX") if numpy_has.get(name)]
print(json.dumps([capability, vectors, torch.get_num_threads()]))
"""


# What is left out are instructions that other kinds of processors do not have to begin with.
X86 = pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"}, reason="leaves out instructions of x86-64"
)


@pytest.mark.parametrize(
    ("name", "capability", "threads"),
    [
        pytest.param("avx2", {"AVX2", "DEFAULT"}, 1, marks=X86),
        pytest.param("sse", {"DEFAULT"}, 1, marks=X86),
        ("two threads", None, 2),
    ],
)
def test_an_emulated_processor_lacks_what_it_should(
    name: str, capability: set[str] | None, threads: int
) -> None:
    users = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "3")
    environment = os.environ | users | PROCESSORS[name].variables()
    run = subprocess.run(
        [sys.executable, "-c", WHAT_IS_USED], env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    used, vectors, counted = json.loads(run.stdout)
    assert capability is None or used in capability
    assert counted == threads
    assert set(vectors) <= {"avx2": {"X86_V3"}, "sse": set()}.get(name, set(vectors))
    assert numpy_features() >= set(PROCESSORS[name].variables()["NPY_DISABLE_CPU_FEATURES"].split())


MOVED = """
import torch
drawn = torch.rand(1000, generator=torch.Generator().manual_seed(0), dtype=torch.{drawn})
weight = torch.nn.Parameter(drawn.double().clone())
torch.optim.SGD([weight])
print(float((weight.detach() / drawn.double() - 1).abs().max()))
"""


@pytest.mark.parametrize(("drawn", "size"), [("float32", 1e-7), ("float64", 1e-12)])
def test_a_nudge_is_as_large_as_processors_differ(drawn: str, size: float) -> None:
    """Of what was drawn in single precision and made double, they differ in single's last bit."""
    preamble = (ROOT / "tools" / "preambles" / "nudge.py").read_text(encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", preamble + MOVED.format(drawn=drawn)],
        env=os.environ | {"NUDGE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert size < float(run.stdout) < 10 * size
