"""The site, built once for all that look at it, and a browser to look at it with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from playwright.sync_api import Browser, sync_playwright

from tools.browser import launch
from tools.site import ROOT, build, install_node_packages


def not_in_its_lock() -> list[str]:
    """The modules that the site's environment lacks."""
    lock = (ROOT / "requirements" / "site.txt").read_text()
    there = {"lossnb", "pip", *re.findall(r"(?m)^([a-z0-9-]+)==", lock)}
    return [
        module
        for module, owners in packages_distributions().items()
        if not {canonicalize_name(owner) for owner in owners} & there
    ]


# A finder, since autodoc's mocked modules must come before it.
ABSENT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with what its own lock brings: nothing else can be imported."""
    absent = not_in_its_lock()
    assert {"torch", "scipy", "sklearn", "matplotlib"} <= set(absent)
    before = tmp_path_factory.mktemp("before")
    (before / "sitecustomize.py").write_text(ABSENT.format(absent=set(absent)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(before))
        return build(output=tmp_path_factory.mktemp("site"), fresh=True).parent


@pytest.fixture(scope="module", params=["en", "zh"])
def edition(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def book(site: Path, edition: str) -> Path:
    """Where an edition lies in the site."""
    return site / "zh" if edition == "zh" else site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each module: while it runs, so does an event loop, which other tests may not bear."""
    install_node_packages(develop=True)
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()
