from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tools.site import install_node_packages

from .browser import Figure, bundle, shown

Open = Callable[..., AbstractContextManager[Figure]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    install_node_packages(develop=True)
    made = tmp_path_factory.mktemp("explorables")
    bundle(made)
    return made


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Open:
    """`with opened("hinge") as figure:`, and a state, a theme or a width if need be."""
    return partial(shown, browser, folder)
