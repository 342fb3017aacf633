"""Page, module and test of each section belong together, and the project says what it is."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import lossnb

ROOT = Path(__file__).parent.parent
SECTIONS = {
    "9_1_1": "cross_entropy",
    "9_1_2": "hinge",
    "9_1_3": "ramp",
    "9_1_4": "large_margin_softmax",
    "9_1_5": "center",
    "9_2_1": "l1",
    "9_2_2": "l2",
    "9_2_3": "tukey_biweight",
}
HELPERS = {"mad", "update_centers", "value_and_grad"}
# This set may only shrink: a page that exists must leave it.
PAGES_TO_COME: set[str] = set()

each_section = pytest.mark.parametrize(("number", "loss"), SECTIONS.items())
each_loss = pytest.mark.parametrize("loss", SECTIONS.values())


def test_the_public_names_are_the_eight_losses_and_their_helpers() -> None:
    assert set(lossnb.__all__) == {*SECTIONS.values(), *HELPERS}


@each_loss
def test_a_loss_has_its_module_and_its_test(loss: str) -> None:
    assert inspect.getmodule(inspect.unwrap(getattr(lossnb, loss))).__name__.endswith(f".{loss}")
    assert (ROOT / "lossnb" / "losses" / f"{loss}.py").is_file()
    assert "def test_" in (ROOT / "tests" / "losses" / f"test_{loss}.py").read_text()


@each_section
def test_a_loss_has_a_page_that_uses_it(number: str, loss: str) -> None:
    page = ROOT / "chapters" / f"{number}_{loss}.ipynb"
    if loss in PAGES_TO_COME:
        assert not page.exists(), f"{page.name} has come: take {loss} out of PAGES_TO_COME"
        return
    notebook = nbformat.read(page, as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert re.search(rf"\b{loss}\(", code)
    assert notebook.cells[0].source.startswith(f"# {number.replace('_', '.')} ")
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    assert page.stem in [entry["file"] for part in toc["parts"] for entry in part["chapters"]]


@each_loss
@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("the number of its equation", r"\beqs?\.? 9\.\d+"),
        ("shapes", r"shape \(N,"),
        ("errors", r"Raises\n\s*-+\n\s*\w+Error"),
        ("its source", r"\bSources?: \S"),
        ("an example", r">>> "),
    ],
)
def test_a_docstring_tells(loss: str, what: str, pattern: str) -> None:
    assert re.search(pattern, inspect.getdoc(getattr(lossnb, loss)) or ""), f"{loss}: {what}"


def test_numpy_users_do_not_pay_for_torch() -> None:
    code = "import lossnb, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_the_wheel_is_the_package_and_nothing_else(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(
        ROOT / "lossnb", source / "lossnb", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", tmp_path, source], check=True)
    (wheel,) = tmp_path.glob("lossnb-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "lossnb/py.typed" in names
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "lossnb").rglob("*.py")}
    assert modules <= set(names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"lossnb"}

    code = (
        "import lossnb, numpy as np; print(lossnb.__file__, lossnb.l2(np.eye(2), np.ones((2, 2))))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(wheel)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [f"{wheel}/lossnb/__init__.py", "1.0"]


def locked() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [re.fullmatch(r"([a-z0-9-]+)==([\w.]+)", line) for line in lines]
    assert all(pins), [line for line, pin in zip(lines, pins, strict=True) if not pin]
    return {pin[1]: pin[2] for pin in pins if pin}


def test_the_lock_pins_all_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    for group in project["project"]["optional-dependencies"].values():
        asked += group
    pins = locked()
    for requirement in map(Requirement, asked):
        if requirement.name != "lossnb":
            assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])


def test_the_node_lock_names_no_host() -> None:
    lock = json.loads((ROOT / "tools" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for entry in packages.values():
        assert "integrity" in entry
        assert "resolved" not in entry


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (\w+)$", makefile, re.MULTILINE))
    documented = set(re.findall(r"^(\w+):.*  ## ", makefile, re.MULTILINE))
    assert targets == documented
    assert {"book", "test", "lab", "notebooks", "serve", "help"} <= targets


def test_the_readme_is_true() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?m)[`#\n]\s*make (\w+)", readme):
        assert f"\n{target}:" in makefile, target
    for example in re.findall(r"```python\n(.*?)```", readme, re.DOTALL):
        exec(example, {})
    for path in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (ROOT / path).exists(), path
    for module in re.findall(r"-m (tools\.\w+)", readme):
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").exists(), module
