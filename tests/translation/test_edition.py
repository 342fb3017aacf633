"""The Chinese edition is the same book: the same places, formulas and figures, code and outputs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser

from tools.notebooks import CHAPTERS, ROOT
from tools.translation import edition, sources

PAGES = [page.stem for page in sources.pages()]
NOTEBOOKS = [page.stem for page in sources.pages() if page.suffix == ".ipynb"]
# What no edition translates: code and its output, formulas, references, names in the API.
FOREIGN = (
    "pre, code, .katex, script, style, dt.sig, .viewcode-link, [lang]:not(html), svg, cite, q, kbd"
)
WORK = re.compile(r"-\d{4}[a-z]?$")
# Names of people, libraries, data and losses, which Chinese texts write as they are.
SENTENCE = re.compile(r"(?:\b[A-Za-z]+\b[ ,]+){4,}[a-z]+\b")


def article(site: Path, page: str) -> Tag:
    html = (site / f"{page}.html").read_text(encoding="utf-8")
    found = BeautifulSoup(html, "html.parser").article
    assert found is not None
    return found


def places(tag: Tag) -> list[str]:
    return [str(place["id"]) for place in tag.select("section[id], div.math[id], figure[id]")]


def formulas(tag: Tag) -> Counter[str]:
    """As they were written, but for words within."""
    written = (re.sub(r"\\text\{[^}]*\}", "", found.text) for found in tag.select("annotation"))
    return Counter(written)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_the_places_and_the_formulas_of_its_original(site: Path, page: str) -> None:
    english, chinese = article(site, page), article(site / "zh", page)
    assert places(chinese) == places(english)
    assert formulas(chinese) == formulas(english)
    for what in ("img", "table", "tr", "details", "pre", "h2", "h3", ".eqno"):
        assert len(chinese.select(what)) == len(english.select(what)), what


@pytest.mark.parametrize("page", [*PAGES, "search", "404", "genindex"])
def test_no_english_sentence_is_left(site: Path, page: str) -> None:
    html = (site / "zh" / f"{page}.html").read_text(encoding="utf-8")
    body = BeautifulSoup(html, "html.parser").body
    assert body is not None
    # A work is listed as it is called, in the section of its authors and year.
    sections = [place for place in body.select("section[id]") if WORK.search(str(place["id"]))]
    works = [work for section in sections for work in section.select("p")]
    assert bool(works) == (page == "bibliography")
    for foreign in [*body.select(FOREIGN), *works]:
        foreign.replace_with("�")
    said = [text for text in body.stripped_strings if SENTENCE.search(text)]
    names = ("title", "alt", "aria-label", "placeholder")
    given = [str(tag.get(name, "")) for tag in body.find_all(True) for name in names]
    assert said + [name for name in given if SENTENCE.search(name)] == []


@pytest.mark.parametrize("page", [*PAGES, "search", "404", "genindex"])
def test_a_page_says_its_language_and_leads_to_the_other(site: Path, page: str) -> None:
    for folder, lang, other, name in (
        ("", "en", f"zh/{page}.html", "zh-CN"),
        ("zh", "zh-CN", f"../{page}.html", "en"),
    ):
        html = (site / folder / f"{page}.html").read_text(encoding="utf-8")
        soup = BeautifulSoup(html, "html.parser")
        assert soup.html
        assert soup.html["lang"] == lang
        (link,) = soup.select("a.edition")
        assert (str(link["href"]).removeprefix("./"), link["lang"]) == (other, name)
        assert (site / folder / str(link["href"])).exists()


def test_the_switch_leads_to_the_section_that_is_being_read(site: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((site / "zh" / "9_1_2_hinge.html").as_uri())
    page.locator("section#five-losses-one-name").evaluate("section => section.scrollIntoView()")
    # Playwright's own click scrolls first.
    page.locator("a.edition").evaluate("link => link.click()")
    page.wait_for_url("**/9_1_2_hinge.html#five-losses-one-name")
    assert "/zh/" not in page.url
    page.locator("section#five-losses-one-name").evaluate("section => section.scrollIntoView()")
    page.locator("a.edition").evaluate("link => link.click()")
    page.wait_for_url("**/zh/9_1_2_hinge.html#five-losses-one-name")
    page.close()


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebooks")
    edition.write_notebooks(folder)
    return folder


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_a_notebook_has_the_code_and_the_outputs_of_its_original(
    notebooks: Path, page: str
) -> None:
    """So it runs as the original does, cell by cell."""
    english, chinese = (
        json.loads((folder / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
        for folder in (CHAPTERS, notebooks)
    )
    for there, here in zip(english, chinese, strict=True):
        assert (here["cell_type"], here["id"]) == (there["cell_type"], there["id"])
        if there["cell_type"] == "code":
            assert here["source"] == there["source"]
            for one, other in zip(there["outputs"], here["outputs"], strict=True):
                assert one.get("data") == other.get("data")
                assert one.get("text") == other.get("text")
    said = "".join("".join(cell["source"]) for cell in chinese if cell["cell_type"] == "markdown")
    assert len(re.findall("[\u4e00-\u9fff]", said)) > 500


def test_a_notebook_runs(notebooks: Path) -> None:
    """One of them, as a reader would run it; all have the code that the original's test runs."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", "-p",
         "tools.nbval_numbers", "--nbval-sanitize-with", str(ROOT / "tools" / "nbval.cfg"),
         str(notebooks / "9_2_1_l1.ipynb")],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


def test_what_is_downloaded_is_what_runs(site: Path, notebooks: Path) -> None:
    for page in NOTEBOOKS:
        name = f"{page}.ipynb"
        assert (site / "zh" / "_sources" / name).read_text() == (notebooks / name).read_text()


def test_figures_speak_chinese(site: Path) -> None:
    """What is drawn in words is set as text; the same figures, in both themes."""
    drawn = [path.read_text() for path in (site / "zh" / "_images").glob("*.svg")]
    assert sum("</text>" in svg for svg in drawn) > 50
    left = {words for svg in drawn for words in re.findall(r"<!-- ([A-Za-z]{3}[^<>]*) -->\n", svg)}
    assert left <= {"Crammer–Singer", "Weston–Watkins", "Huber", "Tukey", "Tukey's biweight"}
