"""What a class gets: the exercises, and nothing that solves them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossnb.exercises._exercise import Hint
from tools.notebooks import CHAPTERS, code_cells, read
from tools.student import is_solution, write

PAGES = sorted(CHAPTERS.glob("9_*.ipynb"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class") / "of" / "students"
    write(folder)
    return folder


def test_all_pages_are_there(folder: Path) -> None:
    names = {path.name for path in CHAPTERS.glob("*.ipynb")}
    assert {path.name for path in folder.iterdir()} == names


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_nothing_that_solves_an_exercise_is_left(path: Path, folder: Path) -> None:
    page, student = read(path), read(folder / path.name)
    text = (folder / path.name).read_text(encoding="utf-8")
    solutions = [cell for cell in page.cells if is_solution(cell)]
    exercises = [c for c in page.cells if re.search(r"(?m)^### \d+\. ", c.source)]
    assert len(solutions) >= len(exercises) >= 4
    kept = [cell.source for cell in student.cells]
    assert kept == [cell.source for cell in page.cells if cell not in solutions]
    # A derivation may be folded in the text, an answer has a cell of its own.
    assert "<details>" not in text.partition("## Exercises")[2]
    assert "Show a solution" not in text
    # Outside of its comment, a check is nowhere called.
    assert not re.search(r"(?m)^check\.", "\n".join(cell.source for cell in code_cells(student)))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_its_stubs_ask_for_an_answer(path: Path, folder: Path) -> None:
    names: dict[str, Any] = {"np": np}
    stubs = [c.source for c in code_cells(read(folder / path.name)) if "\n# check." in c.source]
    assert stubs
    for stub in stubs:
        with pytest.raises(Hint, match="nothing came back yet"):
            exec(stub.replace("# check.", "check."), names)


def test_a_solution_is_known_by_its_fold() -> None:
    for path in PAGES:
        folded = [c for c in code_cells(read(path)) if "hide-cell" in c.metadata.get("tags", [])]
        assert folded
        for cell in folded:
            guard = cell.metadata.mystnb.code_prompt_show == "What this rests on"
            assert is_solution(cell) != guard
