"""What is missing is said in one sentence, with the extra that brings it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Imported for torch tensors only, so where torch is.
FOR_TENSORS = "lossnb/losses/_torch.py"
MODULES = sorted(
    {path.relative_to(ROOT).as_posix() for path in (ROOT / "lossnb").rglob("*.py")} - {FOR_TENSORS}
)

# Imports each module of the package, and says what became of it.
TRY_ALL = """
import importlib, json, sys
sys.modules.update(dict.fromkeys(json.loads(sys.argv[1])))
found = {}
for module in json.loads(sys.argv[2]):
    try:
        importlib.import_module(module)
        found[module] = ""
    except Exception as error:
        found[module] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""


def asked(extra: str) -> set[str]:
    """The distributions that an extra asks for, with those of the extras that it builds on."""
    found = set()
    for requirement in map(Requirement, PROJECT["optional-dependencies"][extra]):
        found |= {canonicalize_name(requirement.name)}.union(*map(asked, requirement.extras))
    return found - {"lossnb"}


@cache
def brought(extra: str) -> set[str]:
    return {
        module
        for module, owners in packages_distributions().items()
        if asked(extra) & {canonicalize_name(owner) for owner in owners}
    }


OPTIONAL = brought("cluster")


def imports(body: list[ast.stmt], extra: str = "") -> Iterator[tuple[str, str]]:
    """What a module imports at its top, and the extra named around that."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], extra) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0], extra
        elif isinstance(node, ast.With) and isinstance(
            call := node.items[0].context_expr, ast.Call
        ):
            yield from imports(node.body, ast.literal_eval(call.args[0]))


def guarded(path: Path) -> dict[str, str]:
    found = imports(ast.parse(path.read_text(encoding="utf-8")).body)
    return {module: extra for module, extra in found if extra}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_names_the_extra_of_what_it_imports(name: str) -> None:
    path = ROOT / name
    package = guarded(path.with_name("__init__.py"))
    for module, extra in imports(ast.parse(path.read_text(encoding="utf-8")).body):
        if module in OPTIONAL:
            extra = extra or package.get(module, "")
            assert extra, f"{name} imports {module} outside `with extra(...)`"
            assert module in brought(extra), f"{name}: {module} does not come with {extra}"


def test_each_module_without_the_extras_works_or_names_one() -> None:
    assert {"torch", "sklearn", "scipy", "matplotlib"} <= OPTIONAL
    names = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in MODULES
        if not name.endswith("__main__.py")
    ]
    command = [sys.executable, "-c", TRY_ALL, json.dumps(sorted(OPTIONAL)), json.dumps(names)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(run.stdout)
    works = {name for name in names if not found[name]}
    assert works >= {
        *("lossnb", "lossnb.losses.ramp", "lossnb.schedules", "lossnb.exercises.hinge"),
        *("lossnb.experiments", "lossnb.experiments.margins", "lossnb.experiments.claims"),
    }
    place = re.escape(f"git+{PROJECT['urls']['Repository']}")
    sentence = rf'ModuleNotFoundError: (\w+) is not .*: pip install "lossnb\[(\w+)\] @ {place}"'
    told = {}
    for name in found.keys() - works:
        said = re.fullmatch(sentence, found[name])
        assert said, (name, found[name])
        assert said[1] in brought(said[2])
        told[name] = said[2]
    assert told["lossnb.nn"] == told["lossnb.training"] == told["lossnb.datasets"] == "torch"
    assert told["lossnb.figures"] == told["lossnb.experiments.runs.margins"] == "notebooks"
