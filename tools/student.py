"""The notebooks for a class: with the exercises, without their solutions.

python -m tools.student [FOLDER]      default: _build/student
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lossnb._files import write_whole
from tools.notebooks import CHAPTERS, ROOT, read

FOLDER = ROOT / "_build" / "student"
SOLUTION = "Show a solution"


def is_solution(cell: NotebookNode) -> bool:
    """Code that the site folds as a solution, or a derivation or answer in words."""
    if cell.cell_type == "markdown":
        return bool(cell.source.startswith("<details>"))
    return bool(cell.metadata.get("mystnb", {}).get("code_prompt_show") == SOLUTION)


def without_solutions(notebook: NotebookNode) -> NotebookNode:
    notebook.cells = [cell for cell in notebook.cells if not is_solution(cell)]
    return notebook


def write(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        write_whole(folder / path.name, nbformat.writes(without_solutions(read(path))) + "\n")
    print(folder)


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:2]))
