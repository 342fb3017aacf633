"""Print a row for each page of the site in _build/html; fail where one is out of bounds.

Under it stand the same pages in the stock theme, measured in turn with the site's own.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from lossnb._files import write_whole
from tools.audit import lighthouse, stock
from tools.audit.server import served
from tools.audit.table import Row, outside, particulars, table
from tools.audit.visit import visit
from tools.browser import launch
from tools.notebooks import ROOT
from tools.site import install_node_packages

CHINESE = "zh/"  # where tools.site puts that edition


def names(site: Path, wanted: list[str] | None) -> list[str]:
    """Those of the Chinese edition lie in a folder of the site, and are called so: zh/index."""
    there = [
        f"{folder}{page.stem}"
        for folder in ("", CHINESE)
        for page in sorted((site / folder).glob("*.html"))
    ]
    if not there:
        raise SystemExit(f"{site} has no pages: build the site first, with `make book`")
    if unknown := set(wanted or ()) - set(there):
        raise SystemExit(f"No page {', '.join(sorted(unknown))}; there are {', '.join(there)}")
    return wanted or there


def measure(browser: Browser, site: Path, pages: list[str], runs: int) -> list[Row]:
    """Visit every page, and let Lighthouse run so many times on it."""
    rows = []
    with served(site) as address:
        for page in pages:
            print(page, file=sys.stderr, flush=True)
            row = Row(page, visit(browser, site, address, page))
            if runs:
                scores = [lighthouse.run(f"{address}/{page}.html") for _ in range(runs)]
                row.scores = lighthouse.middle(scores)
            rows.append(row)
    return rows


def audit(pages: list[str] | None, runs: int) -> dict[str, list[Row]]:
    site = ROOT / "_build" / "html"
    pages = names(site, pages)
    install_node_packages(develop=True)
    if runs:
        lighthouse.install()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        rows = {"site": measure(browser, site, pages, runs)}
        # The stock theme has the English edition only.
        if english := [page for page in pages if runs and not page.startswith(CHINESE)]:
            print("Building the stock site: a minute.", file=sys.stderr, flush=True)
            rows["stock"] = measure(browser, stock.build(), english, runs)
        browser.close()
    return rows


def report(rows: dict[str, list[Row]]) -> None:
    print(table(rows["site"]))
    print("\n" + particulars(rows["site"]))
    if stocks := rows.get("stock"):
        print("\nThe same chapters in the stock theme:\n\n" + table(stocks))
        if missed := sorted({url for row in stocks for url in row.visit.failed}):
            print("\nNot reached, so without weight or effect above:", *missed, sep="\n  ")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.audit", description=__doc__)
    parser.add_argument("--pages", nargs="+", metavar="PAGE", help="such as index; default: all")
    parser.add_argument("--runs", type=int, default=3, help="of Lighthouse; the median counts")
    parser.add_argument(
        "--no-lighthouse",
        action="store_true",
        help="weight, axe, requests and console only, and no stock theme: minutes",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all that was found")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error(f"--runs is {arguments.runs}; it must be at least 1")
    rows = audit(arguments.pages, 0 if arguments.no_lighthouse else arguments.runs)
    report(rows)
    if arguments.json:
        found = {name: [asdict(row) for row in measured] for name, measured in rows.items()}
        write_whole(arguments.json, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    if failing := outside(rows["site"]):
        raise SystemExit(f"\nOutside the bounds: {failing} of {len(rows['site'])} pages.")


if __name__ == "__main__":
    main()
