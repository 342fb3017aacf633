"""The site builds from nothing without a warning, holds together and needs nothing from outside."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import sync_playwright
from sphinx.testing.util import SphinxTestApp

import lossnb.nn
from chapters._ext.editions import FOLDER
from lossnb.experiments.verdicts import ledger
from tests.explorables.browser import SOURCES, names
from tools.browser import launch
from tools.site import ROOT, TOOLS, dead_links, install_node_packages


def pages(site: Path) -> dict[str, BeautifulSoup]:
    return {
        page.stem: BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for page in site.glob("*.html")
    }


def contents() -> list[str]:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    return [toc["root"], *(page["file"] for part in toc["parts"] for page in part["chapters"])]


def test_every_page_of_the_contents_is_there(site: Path) -> None:
    built = pages(site)
    for name in contents():
        (title,) = built[name].select("article h1")
        (description,) = built[name].find_all("meta", attrs={"name": "description"})
        assert title.text
        assert 20 <= len(str(description["content"])) <= 160


def test_links_lead_somewhere(site: Path) -> None:
    assert dead_links(site) == []


@pytest.mark.parametrize("folder", ["", FOLDER], ids=["English", "Chinese"])
def test_figures_that_move_and_exercises_are_alive_on_their_pages(site: Path, folder: str) -> None:
    """Opened as files; a page without either fetches none of their scripts."""
    site = site / folder
    install_node_packages(develop=True)
    alive, complaints = [], []
    with sync_playwright() as playwright:
        page = launch(playwright).new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        for path in sorted(site.glob("*.html")):
            soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
            loader = soup.select_one('script[src*="explorables/load.js"]')
            places = re.findall(r'class="[^"]*tag_explorable-(\w+)', str(soup))
            assert (loader is not None) == bool(places), path.name
            if loader is None:
                continue
            page.goto(path.as_uri())
            for name in places:
                place = page.locator(f".tag_explorable-{name}")
                place.evaluate("place => place.scrollIntoView()")  # or it is alive, and gone
                page.locator(f"section#{name} svg").wait_for()
                assert page.locator(f"section#{name} .explorable-told").inner_text(), name
                for link in page.locator(f"section#{name} footer a").all():
                    file, _, anchor = (link.get_attribute("href") or "").partition("#")
                    assert f'id="{anchor}"' in (site / file).read_text(encoding="utf-8"), anchor
            alive += places
            if own := loader.get("data-exercises"):
                said = SOURCES / "words" / "en" / "exercises" / f"{own}.json"
                page.locator("section#exercises").scroll_into_view_if_needed()
                page.locator(".answer").first.wait_for()
                fields = [
                    field for asked in json.loads(said.read_text()).values() for field in asked
                ]
                assert page.locator(".answer").count() == len(fields)
    assert sorted(alive) == names()
    assert complaints == []


@pytest.mark.parametrize("dead", ["nowhere.html", "other.html#nowhere", "#nowhere"])
def test_a_dead_link_is_found(tmp_path: Path, dead: str) -> None:
    (tmp_path / "other.html").write_text('<h1 id="here">Other</h1>')
    page = '<h1 id="top">Page</h1> <a href="{}">link</a>'
    (tmp_path / "index.html").write_text(page.format("other.html#here"))
    assert dead_links(tmp_path) == []
    (tmp_path / "index.html").write_text(page.format(dead))
    assert dead_links(tmp_path) == [f"index.html: {dead}"]


def test_the_api_shows_torch_modules_whole(site: Path) -> None:
    """Though torch is mocked: their arguments and all their docstrings."""
    modules = {n: m for n, m in inspect.getmembers(lossnb.nn, inspect.isclass) if "Loss" in n}
    shown = pages(site)["api"]
    for name in (name for name in modules if not name.startswith("_")):
        (entry,) = shown.select(f'dt[id="lossnb.nn.{name}"]')
        for argument in inspect.signature(modules[name]).parameters:
            assert argument in entry.text, (name, entry.text)
        text = entry.find_next_sibling("dd").get_text()  # type: ignore[union-attr]
        first = re.split(r"[`:$]", inspect.getdoc(modules[name]) or "")[0]
        assert " ".join(first.split()) in " ".join(text.split()), name


@pytest.mark.parametrize(
    "typed",
    [
        ["."],
        ["chapters", "--toc", "_toc.yml", "--config", "_config.yml"],
        ["chapters", "--toc", f"{ROOT}/_toc.yml", "--config", "_config.yml"],
        [".", "--builder", "dirhtml"],
    ],
    ids=" ".join,
)
def test_jupyter_book_by_itself_points_to_make(tmp_path: Path, typed: list[str]) -> None:
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build"]
    run = subprocess.run(
        [*command, *typed, "--path-output", tmp_path], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("Build this book with `make book`")
    assert "Traceback" not in run.stdout + run.stderr


def test_nothing_is_fetched_from_outside(site: Path) -> None:
    fetched = {"href": ["link"], "src": ["script", "img", "iframe", "source", "video", "audio"]}
    addresses = [
        str(tag[attribute])
        for soup in pages(site).values()
        for attribute, names in fetched.items()
        for tag in soup.find_all(names, attrs={attribute: True})
    ]
    for sheet in site.rglob("*.css"):
        css = sheet.read_text(encoding="utf-8")
        addresses += re.findall(r"""(?:url\(|@import)\s*["']?([^"')]+)""", css)
    assert len(addresses) > 100
    assert [a for a in addresses if re.match(r"https?:|//", a)] == []


def test_no_page_has_tabs_and_so_none_fetches_their_script(site: Path) -> None:
    for path in site.glob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert "design-tabs.js" not in html
        assert 'class="sd-tab' not in html


def test_each_caption_stands_once_on_its_page(site: Path) -> None:
    """The notebooks have it twice: for the site, and for who reads the notebook itself."""
    captions = 0
    for name, page in pages(site).items():
        text = page.get_text()
        for caption in page.select("figcaption .caption-text"):
            captions += 1
            assert text.count(caption.get_text()) == 1, f"{name}: {caption.get_text()}"
    assert captions > 20


def test_pictures_can_be_heard(site: Path) -> None:
    built = pages(site)
    for name in contents():
        for picture in built[name].select("article img"):
            assert len(str(picture.get("alt", ""))) >= 20, (name, picture)


def test_the_front_page_has_the_verdict_on_each_claim(site: Path) -> None:
    links = pages(site)["index"].select(".ledger a.page")
    assert [str(link["href"]) for link in links] == [
        f"claims.html#{entry.claim.id.lower()}" for entry in ledger()
    ]
    for link, entry in zip(links, ledger(), strict=True):
        assert str(link["title"]).endswith(entry.verdict)


def test_the_ledger_links_to_pages_as_they_are_called_here(site: Path) -> None:
    links = pages(site)["claims"].select(".ledger a.page")
    assert len(links) >= 25
    assert all(".html#" in str(link["href"]) for link in links)


def render(folder: Path, page: str) -> tuple[Tag, str]:
    """A site of one page, and the warnings of its build."""
    install_node_packages()
    (folder / "index.md").write_text(page)
    (folder / "conf.py").write_text(
        f"import sys; sys.path.append({str(ROOT / 'chapters' / '_ext')!r})\n"
        "extensions = ['myst_parser', 'katex']\n"
        "html_math_renderer = 'katex'\n"
        "myst_enable_extensions = ['dollarmath']\n"
    )
    app = SphinxTestApp("html", srcdir=folder)
    app.build()
    html = (app.outdir / "index.html").read_text()
    body = BeautifulSoup(html, "html.parser").find("div", class_="body")
    app.cleanup()
    assert isinstance(body, Tag)
    return body, app.warning.getvalue()


def test_formulas_are_typeset_and_can_be_linked_to(tmp_path: Path) -> None:
    page = "# A\n\nSee $x^2$ and [(9.4)](#eq-9-4).\n\n$$\nx < \\frac12 \\tag{9.4}\n$$\n"
    body, warnings = render(tmp_path, page)
    assert warnings == ""
    assert len(body.select("math")) == 2
    number = body.select_one("div#eq-9-4 > a.eqno")
    assert number is not None
    assert number.text == "(9.4)"
    assert body.select_one('p a[href="#eq-9-4"]') is not None


@pytest.mark.parametrize("tex", ["$\\frac{1}$", "$$\nx \\label{a}\n$$", "$\\nothing$"])
def test_a_broken_formula_is_a_warning_with_its_place(tmp_path: Path, tex: str) -> None:
    _, warnings = render(tmp_path, f"# A\n\nText.\n\n{tex}\n")
    assert "KaTeX parse error" in warnings or "LaTeX-incompatible" in warnings
    assert "index.md:5: WARNING" in warnings


def test_what_failed_once_does_not_pass_unread(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("node_modules", "__pycache__", "*.ipynb", "*.md", "*.rst")
    shutil.copytree(TOOLS, tmp_path / "tools", ignore=ignored)
    (tmp_path / "tools" / "node_modules").symlink_to(TOOLS / "node_modules")
    shutil.copytree(ROOT / "chapters", tmp_path / "chapters", ignore=ignored)
    for name in ("_config.yml", "references.bib"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    page = tmp_path / "chapters" / "index.md"

    def succeeds() -> bool:
        command = [sys.executable, "-m", "tools.site", "build"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0

    page.write_text("# Title\n\n[dead](#nowhere)\n")
    assert not succeeds()
    assert not succeeds()
    page.write_text("# Title\n\nText.\n")
    assert succeeds()
    assert succeeds(), "with nothing to write"
    for folder in ("", "zh"):
        assert (tmp_path / "_build" / "html" / folder / "_code/chapters/LICENSE.html").exists()
