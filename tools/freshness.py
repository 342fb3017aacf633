"""Which outputs are of today's code and records. A cache tells; without it, a notebook is run.

A notebook is fresh if nothing has changed since its last run: the syntax of its cells, whatever
they reach in lossnb, the records, the libraries, and the outputs themselves. Comments do not
count, but for those in a function that the page prints.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from nbformat import NotebookNode

from lossnb._files import write_whole
from lossnb.experiments._code import statements

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "_build" / "fresh.json"
RECORDED = "lossnb.experiments"
LIBRARIES = ("ipykernel", "matplotlib", "numpy", "scikit-learn", "torch")


def is_fresh(path: Path, notebook: NotebookNode) -> bool:
    return remembered().get(str(path.resolve())) == digest(notebook)


def remember(path: Path, notebook: NotebookNode) -> None:
    known = remembered() | {str(path.resolve()): digest(notebook)}
    write_whole(CACHE, json.dumps(known, indent=1))


def remembered() -> dict[str, str]:
    try:
        known = json.loads(CACHE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def digest(notebook: NotebookNode) -> str:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    trees = [ast.parse(cell.source) for cell in cells]
    parts = [
        [ast.dump(tree) for tree in trees],
        [cell.metadata.get("tags", []) for cell in cells],
        [[{**output, "metadata": {}} for output in cell.outputs] for cell in cells],
        sorted(code_behind(trees)),
        sorted(printed(trees)),
        [version(library) for library in LIBRARIES],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def code_behind(trees: list[ast.Module]) -> set[str]:
    """What the cells reach in the package, and the records if they can be read from there."""
    found: set[str] = set()
    for name in imported(trees).values():
        module, _, attribute = name.rpartition(".")
        if file := source_file(name):
            found |= statements(name, words(file), ROOT)
        elif source_file(module):
            found |= statements(module, [attribute], ROOT)
    if any(line.startswith(RECORDED) for line in found):
        found |= experiments()
    return found


@cache
def experiments() -> set[str]:
    """The experiments are found by name, not imported: all their own code, and their records."""
    folder = ROOT.joinpath(*RECORDED.split("."))
    found = {digest_of(file) for file in folder.glob("results/**/*") if file.is_file()}
    for file in folder.rglob("*.py"):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        reached = statements(module, words(file), ROOT)
        found |= {line for line in reached if line.startswith(RECORDED)}
    return found


def printed(trees: list[ast.Module]) -> Iterator[str]:
    """The text, to the letter, of what is named in a cell that prints source."""
    names = imported(trees)
    for tree in trees:
        paths = {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Name | ast.Attribute)}
        if any("source" in path for path in paths):
            for path in paths:
                head, _, rest = path.partition(".")
                if head in names:
                    yield from definitions(f"{names[head]}.{rest}".rstrip("."))


def definitions(name: str) -> Iterator[str]:
    module, _, attribute = name.rpartition(".")
    file = source_file(module)
    # A package passes on what its modules define.
    files = file.parent.glob("*.py") if file and file.stem == "__init__" else [file]
    for text in (file.read_text(encoding="utf-8") for file in files if file):
        for node in ast.parse(text).body:
            if getattr(node, "name", None) == attribute:
                yield ast.get_source_segment(text, node) or ""


def imported(trees: list[ast.Module]) -> dict[str, str]:
    """The dotted names behind the names that the cells import."""
    names: dict[str, str] = {}
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return names


def source_file(module: str) -> Path | None:
    """The file of a module of the package; none of any other."""
    if module.partition(".")[0] != "lossnb":
        return None
    path = ROOT.joinpath(*module.split("."))
    candidates = (path / "__init__.py", path.with_name(f"{path.name}.py"))
    return next((file for file in candidates if file.is_file()), None)


def words(file: Path) -> set[str]:
    """All names that a module might bind, and then some."""
    return set(re.findall(r"\w+", file.read_text(encoding="utf-8")))


def digest_of(file: Path) -> str:
    return f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}"
