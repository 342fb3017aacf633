"""What a reader can rely on in each notebook. The execution itself is nbval's."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat import NotebookNode
from nbformat.sign import NotebookNotary

from tools.notebooks import CHAPTERS, ROOT, code_cells, execute, imported_names, is_stale, refresh

PATHS = sorted(CHAPTERS.glob("*.ipynb"))
PACKAGES = {"numpy", "matplotlib", "torch", "sklearn", "lossnb"}
FENCE = re.compile(r"^\s*(:{3,}|(`{3,}|~{3,})\s*\{)", re.MULTILINE)


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> NotebookNode:
    return nbformat.read(request.param, as_version=4)


def test_every_notebook_is_in_the_contents() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = {page["file"] for part in toc["parts"] for page in part["chapters"]}
    assert PATHS
    assert {path.stem for path in PATHS} <= listed


def test_it_was_executed_from_top_to_bottom(notebook: NotebookNode) -> None:
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert any(cell.outputs for cell in cells)


def test_its_outputs_are_of_the_code_as_it_stands(notebook: NotebookNode) -> None:
    assert not is_stale(notebook), "run `make notebooks`"


def test_its_cells_are_short_plain_python(notebook: NotebookNode) -> None:
    for cell in code_cells(notebook):
        assert len(cell.source.splitlines()) <= 25, cell.source
        ast.parse(cell.source)


def test_it_imports_what_a_reader_has(notebook: NotebookNode) -> None:
    roots = {name.partition(".")[0] for name in imported_names(notebook)}
    assert roots <= PACKAGES | sys.stdlib_module_names


def test_its_text_reads_well_in_plain_jupyter(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not FENCE.search(cell.source), cell.source


def test_it_fails_only_where_it_says_so(notebook: NotebookNode) -> None:
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.get("name") != "stderr", output.text
            if output.output_type == "error":
                assert "raises-exception" in cell.metadata.get("tags", []), output.evalue


def test_its_figures_are_described(notebook: NotebookNode) -> None:
    for cell in code_cells(notebook):
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        if kinds & {"image/svg+xml", "image/png", "image/jpeg"}:
            described = cell.metadata.get("mystnb", {})
            alt = described.get("image", {}).get("alt", "")
            caption = described.get("figure", {}).get("caption", "")
            assert len(alt) >= 20, cell.source
            assert caption, cell.source
            assert alt != caption, cell.source


CURVE = """\
import matplotlib.pyplot as plt
import numpy as np
from lossnb.figures import use_style

use_style()
u = np.linspace(-2, 2)
plt.plot(u, np.maximum(0, 1 - u))
plt.show()"""


@pytest.fixture(scope="module")
def curve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("notebooks") / "curve.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CURVE)])
    execute(notebook)
    nbformat.write(notebook, path)
    return path


def nbval(path: Path) -> subprocess.CompletedProcess[str]:
    """Judge a notebook as the test run does."""
    options = ["-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, path]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_wrong_curve_fails(curve: Path) -> None:
    true = nbval(curve)
    assert true.returncode == 0, true.stdout

    notebook = nbformat.read(curve, as_version=4)
    notebook.cells[0].source = CURVE.replace("1 - u", "1 + u")
    nbformat.write(notebook, curve.with_name("wrong.ipynb"))
    wrong = nbval(curve.with_name("wrong.ipynb"))
    assert wrong.returncode == 1, wrong.stdout
    assert "image/svg+xml" in wrong.stdout


def test_a_changed_cell_makes_it_stale(curve: Path) -> None:
    notebook = nbformat.read(curve, as_version=4)
    assert not is_stale(notebook)
    notebook.cells[0].source += "\n"
    assert is_stale(notebook)


def test_a_failing_notebook_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "broken.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    nbformat.write(notebook, path)
    before = path.read_bytes()
    with pytest.raises(Exception, match="ZeroDivisionError"):
        refresh(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_jupyterlab_may_show_the_figures(tmp_path: Path) -> None:
    """It hides the SVG of a notebook that is not trusted."""
    environment = {**os.environ, "JUPYTER_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "tools.notebooks", "trust"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    notary = NotebookNotary(data_dir=str(tmp_path))
    for path in PATHS:
        notebook = nbformat.read(path, as_version=4)
        assert notary.check_signature(notebook)
        notebook.cells[0].source += "!"
        assert not notary.check_signature(notebook)
