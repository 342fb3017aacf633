"""Every page is light, can be used by everyone, asks nothing of others and says nothing amiss."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser

from chapters._ext.editions import FOLDER
from tools.audit import lighthouse
from tools.audit.__main__ import names
from tools.audit.server import served
from tools.audit.table import VISIT, Column, Row, outside, particulars, table
from tools.audit.visit import Visit, visit
from tools.site import ROOT


def contents() -> list[str]:
    """With the two pages that Sphinx adds."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    named = [page["file"] for part in toc["parts"] for page in part["chapters"]]
    english = [toc["root"], *named, "genindex", "search"]
    return [*english, *(f"{FOLDER}{page}" for page in english)]


@pytest.fixture(scope="module", params=contents())
def row(request: pytest.FixtureRequest, browser: Browser, site: Path, address: str) -> Row:
    """Of one page, which all that is measured is read from."""
    return Row(request.param, visit(browser, site, address, request.param))


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site) as at:
        yield at


@pytest.mark.parametrize("column", VISIT, ids=lambda column: column.head)
def test_a_page_keeps_within_the_bounds(row: Row, column: Column) -> None:
    assert column.holds(row), f"{column.head}: {column.value(row)}\n{particulars([row])}"


FAULTY = """<!doctype html>
<html lang="en"><head><title>Faulty</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
  [data-theme="dark"] .dim {{ color: #eee; }}
  @media (width < 600px) {{ .wide {{ display: none; }} }}
</style>
<link rel="icon" href="data:,"></head><body><main>
<h1>Faulty</h1><p class="dim">Dim in the dark.</p>
<details><summary>More</summary><img class="wide" src="dot.svg"></details>
{images}
<script>
  console.warn("a warning");
  setTimeout(() => document.querySelector("h1").style.marginTop = "300px", 100);
</script></main></body></html>
"""


def test_the_audit_has_the_pages_of_both_editions(site: Path) -> None:
    there = names(site, None)
    assert set(contents()) <= set(there)
    assert names(site, ["zh/index"]) == ["zh/index"]
    with pytest.raises(SystemExit, match="No page zh/nowhere"):
        names(site, ["zh/nowhere"])


def test_the_audit_finds_what_is_wrong(tmp_path: Path, browser: Browser) -> None:
    images = "".join(f'<img alt="dot" src="dot.svg?{i}">' for i in range(21))
    images += '<img alt="far" src="http://nowhere.invalid/far.png"><img alt="no" src="gone.png">'
    (tmp_path / "faulty.html").write_text(FAULTY.format(images=images))
    dot = f"<svg xmlns='http://www.w3.org/2000/svg'><!--{'.' * 100_000}--></svg>"
    (tmp_path / "dot.svg").write_text(dot)
    with served(tmp_path) as address:
        row = Row("faulty", visit(browser, tmp_path, address, "faulty"))
    assert row.visit.axe == {
        "light 1280": {"image-alt": ['<img class="wide" src="dot.svg">']},
        "dark 1280": {
            "image-alt": ['<img class="wide" src="dot.svg">'],
            "color-contrast": ['<p class="dim">Dim in the dark.</p>'],
        },
        "light 360": {},
        "dark 360": {"color-contrast": ['<p class="dim">Dim in the dark.</p>']},
    }
    assert set(row.visit.foreign) == {"http://nowhere.invalid/far.png"}
    assert {"http://nowhere.invalid/far.png", f"{address}/gone.png"} <= set(row.visit.failed)
    assert row.visit.console.count("warning: a warning") == 2
    failing = {column.head for column in VISIT if not column.holds(row)}
    assert failing == {column.head for column in VISIT} - {"KB", "axe light 360"}
    # Compressed, as hosts send it.
    assert 10 < row.visit.size / 1000 < 50
    assert "requests on 1" in outside([row])
    assert "axe image-alt: 2 on 1 pages" in particulars([row])


def test_a_cell_out_of_bounds_is_marked() -> None:
    axe = {column.head.removeprefix("axe "): {} for column in VISIT if "axe" in column.head}
    good = Row("good", Visit(size=250_000, axe=axe), lighthouse.Scores(98, 100, 100, 100, 1.2, 0))
    heavy = Row("heavy", Visit(size=251_000, axe=axe), lighthouse.Scores(97, 100, 100, 100, 9, 0.2))
    assert outside([good]) == ""
    assert outside([good, heavy]) == "perf on 1, CLS on 1, KB on 1"
    first, second = table([good, heavy]).splitlines()[2:]
    assert "✗" not in first
    assert [cell.strip() for cell in second.split("|") if "✗" in cell] == [
        "97 ✗",
        "0.200 ✗",
        "251 ✗",
    ]


def test_of_three_runs_the_middle_counts_for_each_score() -> None:
    runs = [lighthouse.Scores(*[float(i)] * 5, cls=-i) for i in (3, 1, 2)]
    assert lighthouse.middle(runs) == lighthouse.Scores(2, 2, 2, 2, 2, -2)


def test_a_page_that_lighthouse_could_not_load_has_no_scores() -> None:
    report = {
        "requestedUrl": "http://here",
        "categories": {category: {"score": None} for category in lighthouse.CATEGORIES},
    }
    with pytest.raises(SystemExit, match="could not score http://here"):
        lighthouse.scores(report)
