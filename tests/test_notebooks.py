"""What a reader can rely on in each notebook. The execution itself is nbval's."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import nbformat
import pytest
import yaml
from nbconvert.exporters import ScriptExporter
from nbformat import NotebookNode
from nbformat.sign import NotebookNotary

from lossnb.experiments import _code
from tools import freshness, kernel
from tools.kernel import execute
from tools.notebooks import (
    CAPTION,
    CHAPTERS,
    FIRST_LINES,
    LINK,
    ROOT,
    Refused,
    check,
    code_cells,
    has_picture,
    how_to_run,
    is_tidy,
    linked,
    problems,
    read,
    refresh,
    run,
    tidy,
    with_places,
)

PATHS = sorted(CHAPTERS.glob("*.ipynb"))
# IPython is what every notebook runs in.
PACKAGES = {"numpy", "matplotlib", "scipy", "torch", "sklearn", "lossnb", "IPython"}
HREF = re.compile(r'<a [^>]*href="(?P<page>[^"#:]*)#(?P<place>[^"]+)"')
FENCE = re.compile(r"^\s*(:{3,}|(`{3,}|~{3,})\s*\{)", re.MULTILINE)

each_path = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "CACHE", tmp_path / "_build" / "fresh.json")


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> NotebookNode:
    return nbformat.read(request.param, as_version=4)


def test_every_notebook_is_in_the_contents() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = {page["file"] for part in toc["parts"] for page in part["chapters"]}
    assert PATHS
    assert {path.stem for path in PATHS} <= listed


@each_path
def test_it_was_executed_and_is_in_order(path: Path) -> None:
    assert problems(path) == []
    assert is_tidy(path), "run `make notebooks`"


@each_path
def test_it_becomes_a_script(path: Path) -> None:
    script, resources = ScriptExporter().from_filename(str(path))
    assert resources["output_extension"] == ".py"
    ast.parse(script)


def test_jupyterlab_folds_what_the_site_folds(notebook: NotebookNode) -> None:
    for cell in code_cells(notebook):
        tags = set(cell.metadata.get("tags", []))
        hidden = cell.metadata.get("jupyter", {})
        assert hidden.get("source_hidden", False) == bool(tags & {"hide-cell", "hide-input"})
        assert hidden.get("outputs_hidden", False) == ("hide-cell" in tags), cell.source


def test_the_line_over_a_fold_says_what_is_in_it_and_no_more(notebook: NotebookNode) -> None:
    """JupyterLab shows the first line of a cell that it folds."""
    for cell in code_cells(notebook):
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            first = cell.source.partition("\n")[0]
            label = cell.metadata.mystnb.code_prompt_show
            assert label in {*FIRST_LINES, "Show the code"}
            assert first == FIRST_LINES.get(label, first)
            assert re.match(r"# \w", first), first


def test_text_begins_anew_after_what_is_folded_in_it(notebook: NotebookNode) -> None:
    """Within a cell JupyterLab leaves no space there."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "</details>" in cell.source:
            assert cell.source.count("</details>") == 1
            assert cell.source.endswith("</details>"), cell.source


def test_its_figures_have_their_captions_in_jupyterlab_too(notebook: NotebookNode) -> None:
    for cell, after in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        if cell.cell_type == "code" and has_picture(cell):
            assert after is not None
            assert after.metadata.tags == CAPTION
            assert after.source == f"*{cell.metadata.mystnb.figure.caption}*"


def arriving(page: str) -> set[str]:
    """The places of a page that JupyterLab finds, in its text or in what its cells show."""
    path = CHAPTERS / page
    if path.suffix == ".md":
        text = path.read_text(encoding="utf-8")
    else:
        text = "\n".join(shown(read(path)))
    return set(re.findall(r'data-jupyter-id="([^"]+)"', text))


def shown(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield cell.source
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            yield from (data[kind] for kind in ("text/html", "text/markdown") if kind in data)


@each_path
def test_its_links_arrive_in_jupyterlab_too(path: Path) -> None:
    links = [
        (match["page"] or path.name, quote(match["place"]))
        for text in shown(read(path))
        for match in (*LINK.finditer(text), *HREF.finditer(text))
    ]
    assert links
    assert [link for link in links if link[1] not in arriving(link[0])] == []


def test_its_pictures_are_described_where_other_tools_look(notebook: NotebookNode) -> None:
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if "image/svg+xml" in output.get("data", {}):
                assert output.metadata["image/svg+xml"].alt == cell.metadata.mystnb.image.alt


def test_it_says_how_to_run_it_elsewhere(notebook: NotebookNode) -> None:
    assert notebook.cells[0].source.splitlines()[-1] == how_to_run()


def test_its_cells_are_short_plain_python(notebook: NotebookNode) -> None:
    for cell in code_cells(notebook):
        # Those that are seen at once are shorter: see below.
        assert len(cell.source.splitlines()) <= 45, cell.source
        ast.parse(cell.source)


def visible(notebook: NotebookNode) -> list[str]:
    """The cells of code that a reader of the site sees at once."""
    folded = {"hide-cell", "hide-input"}
    cells = code_cells(notebook)
    return [c.source for c in cells if not folded & set(c.metadata.get("tags", []))]


def test_what_is_seen_of_its_code_is_little_and_narrow(notebook: NotebookNode) -> None:
    code = visible(notebook)
    for source in code:
        lines = source.splitlines()
        assert len(lines) <= 12, source
        assert max(map(len, lines)) <= 76, source
    prose = sum(len(c.source) for c in notebook.cells if c.cell_type == "markdown")
    seen = sum(map(len, code))
    assert seen / (seen + prose) <= 1 / 3


def test_results_with_columns_are_tables(notebook: NotebookNode) -> None:
    """Printed columns fall apart on a phone; `lossnb.page.table` makes them Markdown."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            lines = output.get("text", "").splitlines()
            columns = [line for line in lines if re.search(r"\S {3,}\S", line)]
            assert len(columns) < 2, output.text


def test_folded_cells_say_what_they_hide(notebook: NotebookNode) -> None:
    for cell in code_cells(notebook):
        if {"hide-cell", "hide-input"} & set(cell.metadata.get("tags", [])):
            assert cell.metadata.jupyter.source_hidden
            assert cell.metadata.mystnb.code_prompt_show


def test_its_first_cell_is_short(notebook: NotebookNode) -> None:
    first = code_cells(notebook)[0]
    assert len(first.source.splitlines()) <= 15
    # Imports are folded, but for those of the ledger.
    assert "hide-input" in first.metadata.get("tags", []) or len(first.source.splitlines()) < 6


def test_a_kernel_is_printed_not_called(notebook: NotebookNode) -> None:
    """What a module of `lossnb.losses` keeps to itself may change; a page shows it, no more."""
    trees = [ast.parse(cell.source) for cell in code_cells(notebook)]
    kernels = {
        name
        for name, whence in freshness.imported(trees).items()
        if whence.startswith("lossnb.losses.")
    }
    nodes = [node for tree in trees for node in ast.walk(tree)]
    shown = [
        argument
        for node in nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "show_source"
        for argument in node.args
    ]
    used = [node for node in nodes if isinstance(node, ast.Name) and node.id in kernels]
    assert len(used) == sum(ast.unparse(a).partition(".")[0] in kernels for a in shown)


def test_no_helper_is_copied_from_page_to_page() -> None:
    found: dict[str, list[str]] = {}
    for path in PATHS:
        for cell in code_cells(read(path)):
            for node in ast.parse(cell.source).body:
                # The stubs of the exercises are alike.
                if isinstance(node, ast.FunctionDef) and "..." not in ast.unparse(node):
                    found.setdefault(shape(node), []).append(f"{path.stem}: {node.name}")
    assert [names for names in found.values() if len(names) > 1] == []


def shape(function: ast.FunctionDef) -> str:
    """Its syntax, whatever its variables are called."""
    tree = ast.parse(ast.unparse(function))
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        for field in ("id", "arg", "name"):
            if isinstance(name := getattr(node, field, None), str):
                setattr(node, field, names.setdefault(name, f"v{len(names)}"))
    return ast.dump(tree)


def test_a_copied_helper_is_seen_under_another_name() -> None:
    pair = ("def f(x, n=2):\n    return x + n", "def g(y, k=2):\n    return y + k")
    one, other = (ast.parse(source).body[0] for source in pair)
    assert isinstance(one, ast.FunctionDef)
    assert isinstance(other, ast.FunctionDef)
    assert shape(one) == shape(other)


def test_it_imports_what_a_reader_has(notebook: NotebookNode) -> None:
    trees = [ast.parse(cell.source) for cell in code_cells(notebook)]
    roots = {name.partition(".")[0] for name in freshness.imported(trees).values()}
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
plt.title("$u$, and text")
plt.show()"""


def toy() -> NotebookNode:
    v4 = nbformat.v4
    folded = {"code_prompt_show": "Show a solution"}
    described = {"figure": {"caption": "A hinge."}, "image": {"alt": "It falls, and is 0 from 1."}}
    cells = [
        v4.new_markdown_cell("# A hinge"),
        v4.new_code_cell(CURVE, metadata={"mystnb": described}),
        v4.new_code_cell("# The sum.\nprint(1 + 1)"),
        v4.new_code_cell("print(__debug__)", metadata={"tags": ["hide-cell"], "mystnb": folded}),
    ]
    return v4.new_notebook(cells=cells)


@pytest.fixture(scope="module")
def curve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("notebooks") / "curve.ipynb"
    notebook = toy()
    execute(notebook, path.parent)
    tidy(notebook)
    write(notebook, path)
    return path


def write(notebook: NotebookNode, path: Path) -> None:
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def nbval(path: Path) -> subprocess.CompletedProcess[str]:
    """Judge a notebook as the test run does."""
    options = ["-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, path]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture
def page(curve: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh notebook, to be spoiled; what executes it knows the outputs by heart."""
    right = read(curve)
    path = shutil.copy(curve, tmp_path / "page.ipynb")
    freshness.remember(path, right)
    known = {cell.source: cell.outputs for cell in code_cells(right)}

    def by_heart(notebook: NotebookNode, folder: Path) -> None:
        for number, cell in enumerate(code_cells(notebook), start=1):
            cell.execution_count = number
            cell.outputs = known.get(cell.source, [])
            if "path.write" in cell.source:
                exec(cell.source, {"path": folder / "page.ipynb"})

    monkeypatch.setattr(kernel, "execute", by_heart)
    return path


def strip(cells: list[NotebookNode], keep_count: bool = False) -> None:
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = cell.execution_count if keep_count else None


def insert_empty(cells: list[NotebookNode], place: int) -> None:
    cells.insert(place, nbformat.v4.new_code_cell(" \n"))
    for number, cell in enumerate(cells[place + 1 :], start=place):
        cell.execution_count = number  # as JupyterLab counts: an empty cell gets no number


def leave_traces(cells: list[NotebookNode]) -> None:
    cells[0].metadata.update(collapsed=True, id="abc")
    cells[1].metadata.update(executionInfo={"status": "ok"}, colab={"height": 300})
    cells[3].metadata.update(
        execution={"iopub.execute_input": "now"}, jupyter={"outputs_hidden": 1}
    )
    cells[4].metadata.jupyter = {"source_hidden": False}


# What somebody does to the cells, what is found without executing, and what a refresh says. After
# that the notebook is as it was, but for what is wanted.
SPOILED: dict[str, tuple[Callable[[list[NotebookNode]], object], str, str]] = {
    "nothing": (lambda cells: None, "", "fresh"),
    "outputs stripped": (strip, "code cell 1 has not been executed", "executed"),
    "outputs stripped, not the counts": (
        lambda cells: strip(cells, keep_count=True),
        "captioned cell 1 drew nothing",
        "executed",
    ),
    "one output stripped": (lambda cells: strip(cells[3:4], keep_count=True), "", "executed"),
    "an output edited": (lambda cells: cells[3].outputs[0].update(text="3\n"), "", "executed"),
    "executed out of turn": (
        lambda cells: cells[3].update(execution_count=9),
        "code cell 2 was executed out of turn",
        "executed",
    ),
    "empty last cell": (
        lambda cells: cells.append(nbformat.v4.new_code_cell()),
        "code cell 4 is empty",
        "tidied",
    ),
    "empty cell": (lambda cells: insert_empty(cells, 3), "code cell 2 is empty", "executed"),
    "empty text": (lambda cells: cells.append(nbformat.v4.new_markdown_cell()), "", "tidied"),
    "an editor's metadata": (leave_traces, "", "tidied"),
    "no caption": (lambda cells: cells.pop(2), "", "tidied"),
    "another caption": (lambda cells: cells[2].update(source="*A ramp.*"), "", "tidied"),
    "no line over a solution": (
        lambda cells: cells[4].update(source=cells[4].source.removeprefix("# A solution\n")),
        "",
        "tidied",
    ),
    "a place that no link leads to": (
        lambda cells: cells[0].update(
            source=f'<div data-jupyter-id="a"></div>\n\n{cells[0].source}'
        ),
        "",
        "tidied",
    ),
    "no alternative text": (lambda cells: cells[1].outputs[0].metadata.clear(), "", "tidied"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_what_a_filter_or_an_editor_does_is_put_right(case: str, page: Path) -> None:
    right = read(page)
    notebook = read(page)
    spoil, problem, done = SPOILED[case]
    spoil(notebook.cells)
    notebook.metadata.language_info.version = "3.99" if case == "an editor's metadata" else None
    if notebook.metadata.language_info.version is None:
        del notebook.metadata.language_info["version"]
    write(notebook, page)

    found = problems(page)
    assert bool(found) == bool(problem)
    assert problem in "\n".join(found)
    assert refresh(page) == done
    assert read(page) == right
    assert refresh(page) == "fresh"


@pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId")
@pytest.mark.filterwarnings("ignore::nbformat.warnings.MissingIDFieldWarning")
def test_each_cell_has_an_id_of_its_own_and_keeps_it(page: Path) -> None:
    notebook = json.loads(page.read_text(encoding="utf-8"))
    cells = notebook["cells"]
    kept = [cells[0]["id"], cells[1]["id"]]
    cells[3]["id"] = cells[1]["id"]
    del cells[4]["id"]
    page.write_text(json.dumps(notebook), encoding="utf-8")
    assert refresh(page) == "tidied"
    ids = [cell.id for cell in read(page).cells]
    assert ids[:2] == kept
    assert len(set(ids)) == len(ids)


@pytest.mark.filterwarnings("ignore::nbformat.warnings.MissingIDFieldWarning")
def test_an_older_format_is_brought_up_to_date(page: Path) -> None:
    notebook = json.loads(page.read_text(encoding="utf-8"))
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        del cell["id"]
    page.write_text(json.dumps(notebook), encoding="utf-8")
    assert refresh(page) == "tidied"
    again = read(page)
    assert again.nbformat_minor == 5
    assert len({cell.id for cell in again.cells}) == len(again.cells)


TARGETS = """\
## The figure

$$
a=b \\tag{9.4}
$$

### C25: c = 4.6851, and $m=2$

## Not linked to"""
MARKED = """\
<div data-jupyter-id="the-figure"></div>

## The figure

<div data-jupyter-id="eq-9-4"></div>

$$
a=b \\tag{9.4}
$$

<div data-jupyter-id="c25-c-4-6851-and-m-2"></div>

### C25: c = 4.6851, and $m=2$

## Not linked to"""


def test_links_and_claims_have_a_place_in_the_text(tmp_path: Path) -> None:
    page, other = tmp_path / "page.ipynb", tmp_path / "other.md"
    page.write_text("[The figure](#the-figure), [elsewhere](other.md#not-linked-to)")
    other.write_text("[(9.4)](page.ipynb#eq-9-4), [here](#not-linked-to)")
    places = linked(page) | {"c25-c-4-6851-and-m-2"}
    assert linked(page) == {"the-figure", "eq-9-4"}
    assert with_places(TARGETS, places) == MARKED
    assert with_places(MARKED, places) == MARKED
    assert with_places(MARKED, set()) == TARGETS
    claims = linked(CHAPTERS / "9_2_3_tukey_biweight.ipynb")
    assert {"c25-c-4-6851-and-95", "its-shape"} <= claims


EDITED: dict[str, tuple[int, str, str, str]] = {
    "text": (0, "# A hinge", "# A hinge, drawn", "fresh"),
    "a comment": (3, "# The sum.", "# The sum of both.", "fresh"),
    "layout": (3, "1 + 1", "1+1", "fresh"),
    "code": (3, "1 + 1", "1 + 2", "executed"),
}


@pytest.mark.parametrize("case", EDITED)
def test_only_another_syntax_is_executed(case: str, page: Path) -> None:
    number, old, new, done = EDITED[case]
    notebook = read(page)
    ids = [cell.id for cell in notebook.cells]
    notebook.cells[number].source = notebook.cells[number].source.replace(old, new)
    write(notebook, page)
    assert refresh(page) == done
    assert [cell.id for cell in read(page).cells] == ids


REFUSED = {
    "draws no more": ("None", "page.ipynb: captioned cell 1 drew nothing"),
    "is not compared": (f"# NBVAL_IGNORE_OUTPUT\n{CURVE}", "code cell 1 says NBVAL_IGNORE_OUTPUT"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_put_right_is_refused_by_name(case: str, page: Path) -> None:
    notebook = read(page)
    notebook.cells[1].source, why = REFUSED[case]
    write(notebook, page)
    before = page.read_bytes()
    with pytest.raises(Refused, match=re.escape(why)):
        refresh(page)
    assert page.read_bytes() == before


@pytest.mark.parametrize("tag", ["nbval-skip", "nbval-ignore-output", "skip-execution"])
def test_no_cell_is_skipped(tag: str, page: Path) -> None:
    notebook = read(page)
    notebook.cells[3].metadata.tags = [tag]
    write(notebook, page)
    assert problems(page) == [
        f"page.ipynb: code cell 2 says {tag}; every cell is executed and compared"
    ]
    with pytest.raises(Refused, match=tag):
        refresh(page)


def test_an_edit_made_while_it_ran_is_not_lost(page: Path) -> None:
    notebook = read(page)
    notebook.cells[3].source = "path.write_text('mine')"
    write(notebook, page)
    with pytest.raises(Refused, match="changed while it ran; run again"):
        refresh(page)
    assert page.read_text() == "mine"


@pytest.mark.parametrize("content", ["", "{", "{}", "[]", "null", "# A page", "ÿ"])
def test_a_file_that_is_no_notebook_is_named(content: str, tmp_path: Path) -> None:
    path = tmp_path / "torn.ipynb"
    path.write_bytes(content.encode("latin-1"))
    (problem,) = problems(path)
    assert problem.startswith("torn.ipynb is not a notebook (")
    assert problem.endswith("): restore or remove it")
    assert "\n" not in problem
    with pytest.raises(Refused, match=re.escape(problem)):
        refresh(path)


def test_an_empty_notebook_is_no_page(page: Path) -> None:
    write(nbformat.v4.new_notebook(), page)
    assert problems(page) == ["page.ipynb: it has no cells; restore or remove it"]
    with pytest.raises(Refused, match="no cells"):
        refresh(page)


def test_one_bad_notebook_does_not_stop_the_others(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn = page.with_name("torn.ipynb")
    torn.touch()
    with pytest.raises(SystemExit, match="1 of 2 notebooks need a hand"):
        run([torn, page], force=False)
    assert capsys.readouterr().out == (
        "torn.ipynb: left as it was\n"
        "torn.ipynb is not a notebook (the file is empty): restore or remove it\n"
        "page.ipynb: fresh\n"
    )
    with pytest.raises(SystemExit, match="is not a notebook"):
        check([torn, page])
    check([page])
    page.write_text(page.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")
    with pytest.raises(SystemExit, match="not in order; run `make notebooks`"):
        check([page])


@pytest.mark.parametrize("content", ["", "[]", "{", "{}", "null"])
def test_without_a_readable_cache_it_is_executed(content: str, page: Path) -> None:
    freshness.CACHE.write_text(content)
    assert refresh(page) == "executed"
    assert refresh(page) == "fresh"
    freshness.CACHE.unlink()
    assert refresh(page) == "executed"


RAMP = """\
from lossnb import ramp
from lossnb.experiments.verdicts import ledger
from lossnb.losses import ramp as module
from lossnb.page import show_source
show_source(module.loss_of_margin)"""
# A file of the package, what is changed there, and the pages that this makes stale.
CHANGES: dict[str, tuple[str, str, str, set[str]]] = {
    "a comment": ("losses/ramp.py", "FORMULAS =", "# All of them.\nFORMULAS =", set()),
    "a comment that a page prints": ("losses/ramp.py", "# Not the", "# Not as the", {"ramp"}),
    "a sign": ("losses/ramp.py", "slope = -xp", "slope = xp", {"ramp"}),
    "a sign elsewhere": ("losses/l1.py", "return xp", "return -xp", {"l1"}),
    "what all share": ("losses/_engine.py", "return ", "return -", {"ramp", "l1"}),
    "a docstring": ("losses/l1.py", 'r"""l1 loss', 'r"""The l1 loss', set()),
    "a rule for verdicts": (
        "experiments/verdicts.py",
        "HELD in states and",
        "HELD in states or",
        {"ramp"},
    ),
    "a module loaded by name": ("experiments/runs/exact.py", "return ", "return -", {"ramp"}),
    "an outcome": ("experiments/results/ledger.json", "{", "{ ", {"ramp"}),
    "a record": ("experiments/results/exact/all.json", "{", "{ ", {"ramp"}),
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the package, which is what freshness looks at."""
    folder = tmp_path_factory.mktemp("package")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freshness, "ROOT", folder)
        yield shutil.copytree(ROOT / "lossnb", folder / "lossnb")


@pytest.fixture(scope="module")
def before(package: Path) -> dict[str, str]:
    return digests()


def digests() -> dict[str, str]:
    """Of a page that prints the ramp and reads the records, and of one that only uses the l1."""
    freshness.experiments.cache_clear()
    _code._source.cache_clear()
    pages = {"ramp": RAMP, "l1": "from lossnb import l1"}
    cells = {name: [nbformat.v4.new_code_cell(source)] for name, source in pages.items()}
    return {name: freshness.digest(nbformat.v4.new_notebook(cells=cells[name])) for name in pages}


@pytest.mark.parametrize("case", CHANGES)
def test_a_page_is_stale_when_what_it_reaches_has_changed(
    case: str, package: Path, before: dict[str, str]
) -> None:
    name, old, new, stale = CHANGES[case]
    file = package / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    try:
        file.write_text(text.replace(old, new), encoding="utf-8")
        after = digests()
    finally:
        file.write_text(text, encoding="utf-8")
    assert {page for page in after if after[page] != before[page]} == stale


HOSTILE = """\
print("a user's own settings", file=__import__("sys").stderr)
c = get_config() if "get_config" in globals() else None
if c:
    c.InlineBackend.figure_formats = {"retina"}
"""


MATPLOTLIBRC = """\
font.family: serif
lines.linewidth: 9
"""


@pytest.fixture
def user_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who wants all their figures and messages another way; the folder they work in."""
    profile = tmp_path / "ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True)
    (profile / "ipython_config.py").write_text(HOSTILE)
    (profile / "ipython_kernel_config.py").write_text(HOSTILE)
    (profile / "startup" / "first.py").write_text("print = None")
    (tmp_path / "startup.py").write_text("print = None")
    (tmp_path / "work").mkdir()
    # Matplotlib complains of what it does not know.
    (tmp_path / "matplotlibrc").write_text(f"{MATPLOTLIBRC}no.such.thing: 1\n")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path / "matplotlibrc"))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "startup.py"))
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    return tmp_path / "work"


@pytest.mark.parametrize("beside", [False, True])
def test_user_settings_change_nothing(beside: bool, curve: Path, user_settings: Path) -> None:
    if beside:
        (user_settings / "matplotlibrc").write_text(MATPLOTLIBRC)
    path = shutil.copy(curve, user_settings / "page.ipynb")
    assert refresh(path, force=True) == "executed"
    assert path.read_bytes() == curve.read_bytes()


def test_a_wrong_curve_fails_whatever_the_user_has_set(curve: Path, user_settings: Path) -> None:
    shutil.copy(curve, user_settings / "right.ipynb")
    notebook = read(curve)
    notebook.cells[1].source = CURVE.replace("1 - u", "1 + u")
    write(notebook, user_settings / "wrong.ipynb")
    proof = nbval(user_settings)
    assert "1 failed, 5 passed" in proof.stdout, proof.stdout
    assert "wrong.ipynb" in proof.stdout.partition("FAILURES")[2]
    assert "figure, " in proof.stdout


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
