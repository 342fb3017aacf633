"""Page, module and test of each section belong together, and the project says what it is."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import lossnb
from tests.exercises.common import checks_of
from tools.kernel import execute

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
HELPERS = {"mad", "margin", "phi", "update_centers", "value_and_grad"}

each_section = pytest.mark.parametrize(("number", "loss"), SECTIONS.items())
each_loss = pytest.mark.parametrize("loss", SECTIONS.values())


def test_the_public_names_are_the_eight_losses_and_their_helpers() -> None:
    assert set(lossnb.__all__) == {*SECTIONS.values(), *HELPERS}


@each_loss
def test_a_loss_has_its_module_and_its_test(loss: str) -> None:
    assert inspect.getmodule(inspect.unwrap(getattr(lossnb, loss))).__name__.endswith(f".{loss}")
    assert (ROOT / "lossnb" / "losses" / f"{loss}.py").is_file()
    assert "def test_" in (ROOT / "tests" / "losses" / f"test_{loss}.py").read_text()


@each_loss
def test_a_loss_has_its_exercises_and_their_test(loss: str) -> None:
    assert (ROOT / "lossnb" / "exercises" / f"{loss}.py").is_file()
    assert "TestAnswers" in (ROOT / "tests" / "exercises" / f"test_{loss}.py").read_text()


@each_section
def test_a_page_has_its_exercises_judged(number: str, loss: str) -> None:
    """Each check is called by the page's stub and by its solution."""
    checks = checks_of(importlib.import_module(f"lossnb.exercises.{loss}"))
    page = nbformat.read(ROOT / "chapters" / f"{number}_{loss}.ipynb", as_version=4)
    code = "\n".join(cell.source for cell in page.cells if cell.cell_type == "code")
    assert f"from lossnb.exercises import {loss} as check\n" in code
    assert set(re.findall(r"(?m)^# check\.(\w+)\(", code)) == set(checks)
    assert set(re.findall(r"(?m)^check\.(\w+)\(", code)) == set(checks)


@each_section
def test_a_loss_has_a_page_that_uses_it(number: str, loss: str) -> None:
    page = ROOT / "chapters" / f"{number}_{loss}.ipynb"
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(
        ROOT / "lossnb", source / "lossnb", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", folder, source], check=True)
    (built,) = folder.glob("lossnb-*.whl")
    return built


def test_the_source_distribution_holds_the_package_and_no_part_of_the_tests(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for folder in ("lossnb", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "results", "*.json")
        shutil.copytree(ROOT / folder, source / folder, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, source)
    build = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    command = [sys.executable, "-c", build, str(tmp_path)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (archive,) = tmp_path.glob("lossnb-*.tar.gz")
    with tarfile.open(archive) as held:
        names = {name.partition("/")[2] for name in held.getnames()}
    assert {f"lossnb/losses/{loss}.py" for loss in SECTIONS.values()} <= names
    assert not [name for name in names if name.startswith("tests")]


def test_the_wheel_is_the_package_and_nothing_else(wheel: Path, tmp_path: Path) -> None:
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


@pytest.mark.parametrize("page", ["9_1_3_ramp", "9_2_2_l2", "claims"])
def test_a_page_runs_from_the_wheel_in_another_folder(
    page: str, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    zipfile.ZipFile(wheel).extractall(installed)
    monkeypatch.setenv("PYTHONPATH", str(installed))
    notebook = nbformat.read(ROOT / "chapters" / f"{page}.ipynb", as_version=4)
    asks = nbformat.v4.new_code_cell("import lossnb\n\nprint(lossnb.__file__)")
    notebook.cells.append(asks)
    execute(notebook, elsewhere)
    assert asks.outputs[0].text.strip() == str(installed / "lossnb" / "__init__.py")


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_uses_commits_files_and_targets_that_exist(path: Path) -> None:
    text = path.read_text()
    used = re.findall(r"uses: (.*)", text)
    assert used
    for action in used:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
    targets = set(re.findall(r"(?m)^(\w+):", (ROOT / "Makefile").read_text()))
    for command in re.findall(r"run: make (.*)", text):
        words = {word for word in command.split() if "=" not in word}
        assert words <= targets, command
    for job in yaml.safe_load(text)["jobs"].values():
        for step in job["steps"]:
            if pattern := step.get("with", {}).get("cache-dependency-path"):
                assert list(ROOT.glob(pattern)), pattern


def locked(name: str) -> dict[str, Requirement]:
    """The pins of a lock by their names, without the hashes."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    pins = [Requirement(line.rstrip(" \\")) for line in lines if not line.startswith(" ")]
    return {pin.name: pin for pin in pins}


def asked(extra: str) -> dict[str, Requirement]:
    """What an extra asks for, with the extras that it builds on, and what the project does."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names, wanted = [extra], list(map(Requirement, project["dependencies"]))
    for name in names:
        for one in map(Requirement, project["optional-dependencies"][name]):
            wanted.append(one)
            names += sorted(one.extras) if one.name == "lossnb" else []
    return {canonicalize_name(one.name): one for one in wanted if one.name != "lossnb"}


def modules_of(distributions: Iterable[str]) -> set[str]:
    """The top-level modules that come with these distributions alone."""
    names = set(distributions)
    return {
        module
        for module, owners in packages_distributions().items()
        if {canonicalize_name(owner) for owner in owners} <= names
    }


@pytest.mark.parametrize(("lock", "extra"), [("site", "site"), ("all", "test")])
def test_a_lock_pins_all_that_its_extra_asks_for(lock: str, extra: str) -> None:
    pins = locked(lock) | locked("torch")
    for name, requirement in asked(extra).items():
        assert requirement.specifier.contains(str(pins[name].specifier).removeprefix("=="))


def test_the_extra_test_holds_every_other() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    for extra in extras:
        assert asked(extra).keys() <= asked("test").keys()


def test_what_the_site_is_built_with_is_tested() -> None:
    site, whole = locked("site"), locked("all")
    elsewhere = {"cffi", "pycparser"}  # on PyPy only
    assert {name: pin.specifier for name, pin in site.items() if name not in elsewhere} == {
        name: whole[name].specifier for name in site if name not in elsewhere
    }


@pytest.mark.parametrize("lock", ["site", "all"])
def test_a_lock_has_hashes_and_no_host_and_no_gpu(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    for entry in re.split(r"\n(?=\S)", text):
        assert re.match(r"\S+==\S+ (; .+ )?\\\n    --hash=sha256:[0-9a-f]{64}", entry), entry
    assert "//" not in text
    assert not re.search(r"(?m)^(torch==|nvidia|triton|cuda)", text)


SYSTEMS = {
    "linux": ("posix", "Linux", "x86_64"),
    "darwin": ("posix", "Darwin", "arm64"),
    "win32": ("nt", "Windows", "AMD64"),
}


@pytest.mark.parametrize(("lock", "extra"), [("site", "site"), ("all", "test")])
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_a_lock_is_whole_on_every_system(lock: str, extra: str, system: str, python: str) -> None:
    """What each package asks for is there, as far as the metadata of those installed here tell."""
    os_name, platform_system, machine = SYSTEMS[system]
    environment = {
        "os_name": os_name,
        "platform_machine": machine,
        "platform_system": platform_system,
        "python_full_version": f"{python}.9",
        "python_version": python,
        "sys_platform": system,
    }
    pins = locked(lock) | locked("torch")

    def applies(requirement: Requirement, extras: Iterable[str]) -> bool:
        marker = requirement.marker
        return not marker or any(marker.evaluate(environment | {"extra": e}) for e in extras)

    waiting = list(asked(extra).values())
    seen = set()
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), {"", *wanted.extras}
        if (name, *sorted(extras)) in seen:
            continue
        seen.add((name, *sorted(extras)))
        assert name in pins, (name, "is missing")
        assert applies(pins[name], [""]), (name, "is not for this system")
        with contextlib.suppress(PackageNotFoundError):
            inner = map(Requirement, requires(name) or [])
            waiting += [one for one in inner if applies(one, extras)]
    assert len(seen) > 80


@pytest.mark.parametrize(
    ("target", "locks"),
    [("book", {"site"}), ("test", {"site", "all", "torch", "pictures"})],
)
def test_the_site_is_made_without_torch(tmp_path: Path, target: str, locks: set[str]) -> None:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    make = ["make", "--dry-run", target]
    commands = subprocess.run(make, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert set(re.findall(r"--requirement requirements/(\w+)\.txt", commands.stdout)) == locks
    assert len(re.findall(r"download of about \d+", commands.stdout)) == min(len(locks), 2)


@pytest.mark.parametrize("folder", ["tools", "tools/audit"])
def test_a_node_lock_names_no_host(folder: str) -> None:
    lock = json.loads((ROOT / folder / "package-lock.json").read_text())
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
