"""Execute the notebooks in place, where their outputs are not of today's code.

A stamp in each notebook's metadata tells: the digest of its code cells and of all lossnb modules
that they import, directly or through others.
"""

from __future__ import annotations

import argparse
import ast
import os
from functools import cache
from pathlib import Path

import grimp
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.sign import NotebookNotary

ROOT = Path(__file__).parent.parent
CHAPTERS = ROOT / "chapters"
# What every notebook says about itself. The version of Python differs from machine to machine.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def imported_names(notebook: NotebookNode) -> set[str]:
    names = set()
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@cache
def package() -> grimp.ImportGraph:
    return grimp.build_graph("lossnb", cache_dir=None)


def modules_behind(names: set[str]) -> set[str]:
    """The modules of lossnb that are loaded when these names are imported."""
    found: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        if "." in name:
            waiting |= {name.rpartition(".")[0]} - found
        if name in package().modules:
            found.add(name)
            waiting |= package().find_modules_directly_imported_by(name) - found
    return found


def source_file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def is_solution(cell: NotebookNode) -> bool:
    return "hide-cell" in cell.metadata.get("tags", [])


def describe_pictures(cell: NotebookNode) -> None:
    """The alternative text, where tools other than the site look for it."""
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
    for output in cell.outputs:
        for kind in output.get("data", {}):
            if alt and kind.startswith("image/"):
                output.metadata[kind] = {**output.metadata.get(kind, {}), "alt": alt}


def tidy(notebook: NotebookNode) -> None:
    """Leave nothing that differs from one run, machine or editor to the next."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            describe_pictures(cell)
            if is_solution(cell):
                cell.metadata.setdefault("jupyter", {})["source_hidden"] = True


def execute(notebook: NotebookNode) -> None:
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(CHAPTERS)}},
    ).execute()


def write_whole(path: Path, text: str) -> None:
    """Write all of it or, whatever happens, nothing."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def refresh(path: Path, force: bool = False) -> str:
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    stale = True
    if stale:
        execute(notebook)
    tidy(notebook)
    nbformat.validate(notebook)
    after = nbformat.writes(notebook) + "\n"
    if after != before:
        write_whole(path, after)
    return "executed" if stale else "tidied" if after != before else "fresh"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="execute what is stale")
    run.add_argument("--force", action="store_true", help="execute all")
    check = commands.add_parser("check", help="only say what is stale")
    trust = commands.add_parser("trust", help="let JupyterLab show the figures as committed")
    for command in (run, check, trust):
        command.add_argument("paths", nargs="*", type=Path, help="default: all of chapters/")
    arguments = parser.parse_args()
    # Sums come out in one order, whatever the machine.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    paths = arguments.paths or sorted(CHAPTERS.glob("*.ipynb"))
    if arguments.command == "run":
        for path in paths:
            print(f"{path.name}: ", end="", flush=True)
            print(refresh(path, arguments.force))
    elif arguments.command == "trust":
        notary = NotebookNotary()
        for path in paths:
            notary.sign(nbformat.read(path, as_version=4))


if __name__ == "__main__":
    main()
