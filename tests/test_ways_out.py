"""What the two addresses of the book change on its pages, and what the project says of itself."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
import yaml
from bs4 import BeautifulSoup
from PIL import Image
from playwright.sync_api import sync_playwright

import lossnb
from tools import card
from tools.browser import launch
from tools.site import ROOT, TOOLS, dead_links, install_node_packages

REPOSITORY, SITE = "someone/losses", "https://someone.example/losses/"
HINT = 'First run `%pip install "lossnb[notebooks] @ git+https://github.com/lossnb/lossnb"`.'
INDEX = "# Title\n\nThis is a sentence that is long enough to describe the page.\n"
API = "API\n===\n\n.. autofunction:: lossnb.hinge\n\n.. autoclass:: lossnb.nn.HingeLoss\n"
PAGE = f"# 9.1.2 Hinge loss\n\nThe code: `lossnb/losses/hinge.py`. `No/such.py`\n\n{HINT}\n"

Built = Callable[..., Path]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A book of three pages, with the extensions and settings of the whole."""
    install_node_packages()
    folder = tmp_path_factory.mktemp("book")
    ignored = shutil.ignore_patterns("node_modules", "__pycache__", "*.ipynb", "*.md", "*.rst")
    shutil.copytree(TOOLS, folder / "tools", ignore=ignored)
    (folder / "tools" / "node_modules").symlink_to(TOOLS / "node_modules")
    shutil.copytree(ROOT / "chapters", folder / "chapters", ignore=ignored)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    for name in ("_config.yml", "references.bib", "LICENSE", "CITATION.cff"):
        shutil.copy(ROOT / name, folder)
    for name in ("lossnb", "tests"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n  - file: api\n  - file: 9_1_2_hinge\n"
    )
    (folder / "chapters" / "index.md").write_text(INDEX)
    (folder / "chapters" / "api.rst").write_text(API)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(PAGE, id="a")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "chapters" / "9_1_2_hinge.ipynb")

    @functools.cache
    def build(repository: str = "", site: str = "") -> Path:
        given = {"LOSSNB_REPOSITORY": repository, "LOSSNB_SITE_URL": site}
        command = [sys.executable, "-m", "tools.site", "build"]
        subprocess.run(command, cwd=folder, env=os.environ | given, check=True, capture_output=True)
        copy = folder / f"site-{bool(repository)}-{bool(site)}"
        shutil.copytree(folder / "_build" / "html", copy)
        return copy

    return build


def test_search_engines_are_told_of_both_editions(public: Path, at_home: Path) -> None:
    for folder in ("", "zh/"):
        page = soup(public, f"{folder}9_1_2_hinge")
        there = {str(link["hreflang"]): str(link["href"]) for link in page.select("link[hreflang]")}
        english = f"{SITE}9_1_2_hinge.html"
        chinese = f"{SITE}zh/9_1_2_hinge.html"
        assert there == {"en": english, "zh-CN": chinese, "x-default": english}
        assert [str(link["href"]) for link in page.select('link[rel="canonical"]')] == [
            f"{SITE}{folder}9_1_2_hinge.html"
        ]
        assert soup(at_home, f"{folder}9_1_2_hinge").select("link[hreflang]") == []
    assert not (public / "zh" / "sitemap.xml").exists()


@pytest.fixture(scope="module")
def at_home(built: Built) -> Path:
    built(REPOSITORY, SITE)
    return built()  # after it, and in the same folder: nothing may stay


@pytest.fixture(scope="module")
def public(built: Built) -> Path:
    return built(REPOSITORY, SITE)


def soup(site: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{page}.html").read_text(encoding="utf-8"), "html.parser")


def links(site: Path, page: str, within: str = "body") -> list[str]:
    return [str(link["href"]) for link in soup(site, page).select(f"{within} a[href]")]


def meta(site: Path, page: str) -> dict[str, str]:
    tags = soup(site, page).select("meta[property], meta[name]")
    return {str(tag.get("property") or tag.get("name")): str(tag.get("content")) for tag in tags}


def test_without_addresses_the_code_is_in_the_site(at_home: Path) -> None:
    assert "_code/lossnb/losses/hinge.py.html" in links(at_home, "9_1_2_hinge", "article")
    shown = soup(at_home, "_code/lossnb/losses/hinge.py").select_one("article .highlight pre")
    assert shown is not None
    for number in shown.select(".linenos"):
        number.decompose()
    assert shown.get_text().strip() == (ROOT / "lossnb/losses/hinge.py").read_text().strip()
    assert dead_links(at_home) == []


def test_without_addresses_nothing_leads_to_github_or_colab(at_home: Path) -> None:
    for path in at_home.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for host in ("github.com", "colab.research", "mybinder.org", "og:image", "canonical"):
            if "_code" in path.relative_to(at_home).parts:
                continue
            assert host not in text, (path.name, host)
    assert not (at_home / "sitemap.xml").exists()
    assert not (at_home / "robots.txt").exists()


def test_the_api_leads_to_the_line(at_home: Path, public: Path) -> None:
    sources = {
        "lossnb/losses/hinge.py": r"^def hinge\(",
        "lossnb/nn.py": r"^class HingeLoss\b",
    }
    for path, pattern in sources.items():
        lines = (ROOT / path).read_text().splitlines()
        (number,) = (n for n, line in enumerate(lines, 1) if re.search(pattern, line))
        # A decorated definition begins at its decorator.
        begins = {number, number - 1}
        local = [link for link in links(at_home, "api") if f"_code/{path}" in link]
        assert {int(link.rpartition("#L-")[2]) for link in local if "#L-" in link} <= begins
        assert any("#L-" in link for link in local)
        place = f"/{REPOSITORY}/blob/main/{path}#"
        remote = [link for link in links(public, "api") if place in link]
        assert {int(link.rpartition("#L")[2]) for link in remote} <= begins
        assert remote


def test_with_a_repository_the_code_is_there(public: Path) -> None:
    here = links(public, "9_1_2_hinge")
    base = f"https://github.com/{REPOSITORY}"
    assert f"{base}/blob/main/lossnb/losses/hinge.py" in here
    assert base in here
    colab = f"https://colab.research.google.com/github/{REPOSITORY}/blob/main/chapters/"
    assert f"{colab}9_1_2_hinge.ipynb" in here
    binder = f"https://mybinder.org/v2/gh/{REPOSITORY}/main?urlpath=lab/tree/chapters/"
    assert f"{binder}9_1_2_hinge.ipynb" in here
    assert not [link for link in links(public, "index") if "colab" in link or "binder" in link]
    text = soup(public, "9_1_2_hinge").get_text()
    assert f"git+{base}" in text
    assert "lossnb/lossnb" not in text
    assert not (public / "_code").exists()


def test_every_page_says_its_licences_and_how_to_cite(at_home: Path, public: Path) -> None:
    for site in (at_home, public):
        for page in ("index", "api", "9_1_2_hinge", "search"):
            foot = links(site, page, ".extra_footer")
            for path in ("chapters/LICENSE", "/LICENSE", "CITATION.cff"):
                assert any(path in link for link in foot), (page, path)


def test_a_page_has_a_preview(at_home: Path, public: Path) -> None:
    for site in (at_home, public):
        found = meta(site, "9_1_2_hinge")
        assert found["og:title"] == "9.1.2 Hinge loss"
        assert found["og:description"] == found["description"]
        assert found["og:type"] == "article"
        assert meta(site, "index")["og:type"] == "website"
    assert "og:image" not in meta(at_home, "index")
    found = meta(public, "9_1_2_hinge")
    assert found["og:url"] == f"{SITE}9_1_2_hinge.html"
    assert found["twitter:card"] == "summary_large_image"
    picture = public / found["og:image"].removeprefix(SITE)
    size = Image.open(picture).size
    assert size == (int(found["og:image:width"]), int(found["og:image:height"])) == (1200, 630)
    assert picture.stat().st_size <= 60_000


def test_a_public_site_tells_search_engines_of_its_pages(public: Path) -> None:
    namespace = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    tree = ElementTree.parse(public / "sitemap.xml")
    listed = [element.text for element in tree.iter(f"{namespace}loc")]
    pages = ("9_1_2_hinge", "api", "index")
    assert listed == [f"{SITE}{folder}{page}.html" for folder in ("", "zh/") for page in pages]
    for address in listed:
        page = (address or "").removeprefix(SITE).removesuffix(".html")
        (canonical,) = soup(public, page).select('link[rel="canonical"]')
        assert canonical["href"] == address
    assert f"Sitemap: {SITE}sitemap.xml" in (public / "robots.txt").read_text()
    assert not soup(public, "404").select('link[rel="canonical"]')
    assert meta(public, "404")["robots"] == "noindex"


class AsStaticHost(http.server.SimpleHTTPRequestHandler):
    """Serves the site under its path, and 404.html for whatever is not there."""

    def translate_path(self, path: str) -> str:
        below = urlsplit(SITE).path
        return super().translate_path("/" + path.removeprefix(below))

    def send_error(self, code: int, *_: object) -> None:
        self.send_response(code)
        self.end_headers()
        self.wfile.write((Path(self.directory) / "404.html").read_bytes())

    def log_message(self, *_: object) -> None:
        pass


def test_the_page_for_nowhere_works_at_any_depth(public: Path) -> None:
    handler = functools.partial(AsStaticHost, directory=str(public))
    server = http.server.ThreadingHTTPServer(("localhost", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    install_node_packages(develop=True)
    lost: list[str] = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        address = f"http://localhost:{server.server_port}{urlsplit(SITE).path}old/deep/page.html"
        page.on("response", lambda answer: lost.append(answer.url) if not answer.ok else None)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert lost == [address]
        lost.clear()
        page.get_by_role("link", name="front page").click()
        page.wait_for_load_state("networkidle")
        assert page.locator("article h1").inner_text().startswith("Title")
        browser.close()
    server.shutdown()
    assert lost == []


@pytest.mark.parametrize(
    ("name", "given"),
    [("LOSSNB_REPOSITORY", "losses"), ("LOSSNB_SITE_URL", "someone.example/losses")],
)
def test_an_address_that_is_none_is_refused(
    built: Built, at_home: Path, name: str, given: str
) -> None:
    command = [sys.executable, "-m", "tools.site", "build"]
    run = subprocess.run(
        command, cwd=at_home.parent, env=os.environ | {name: given}, capture_output=True, text=True
    )
    assert run.returncode != 0
    assert re.search(rf"must .*got '{given}'", run.stdout + run.stderr)


def test_the_card_is_what_the_code_draws() -> None:
    """As pictures: other versions of zlib pack the same pixels otherwise."""
    drawn = Image.open(BytesIO(card.draw())).convert("L")
    committed = Image.open(card.PATH).convert("L")
    assert drawn.size == committed.size
    apart = np.abs(np.asarray(drawn, dtype=int) - np.asarray(committed, dtype=int))
    assert apart.mean() < 0.5, "run `python -m tools.card`"


def test_the_citation_is_of_this_version() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "version", "type"} <= cited.keys()
    assert cited["cff-version"] == "1.2.0"
    assert cited["version"] == lossnb.__version__
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert cited["license"] == project["license"]
    book = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert cited["title"] == book["title"]
    assert cited["authors"] == [{"name": book["author"]}]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"version = {{{lossnb.__version__}}}" in readme
    assert f"title   = {{{book['title']}}}" in readme
    assert f"## {lossnb.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_binder_installs_what_the_pages_import() -> None:
    asked = (ROOT / ".binder" / "requirements.txt").read_text().splitlines()
    (extra,) = (re.fullmatch(r"\.\[(\w+)\]", line) for line in asked if line.startswith("."))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert extra is not None
    assert extra[1] in project["optional-dependencies"]
