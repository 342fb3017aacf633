"""The book on paper is whole, and the archive opens without a server."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pypdfium2
import pytest
from bs4 import BeautifulSoup
from pikepdf import Dictionary, OutlineItem, Pdf
from playwright.sync_api import sync_playwright

from tools.browser import launch
from tools.release import Edition, contents, make_archive, make_book
from tools.site import install_node_packages

EDITION = Edition("0123456789", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
PAGES = [page for _, pages in contents() for page in pages]


@dataclass
class Read:
    """A PDF as its readers see it."""

    pdf: Pdf
    texts: list[str]
    outline: list[tuple[str, int]]


def without_spaces(text: str) -> str:
    """Words are broken at the ends of lines."""
    return re.sub(r"[\s\ufffe\u00ad-]", "", text)


@pytest.fixture(scope="module")
def book(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    install_node_packages(develop=True)
    path = tmp_path_factory.mktemp("release") / "book.pdf"
    make_book(site, path, EDITION)
    shown = pypdfium2.PdfDocument(path)
    texts = [page.get_textpage().get_text_bounded() for page in shown]
    shown.close()
    with Pdf.open(path) as pdf:
        numbers = {page.objgen: number for number, page in enumerate(pdf.pages)}

        def flat(entries: list[OutlineItem]) -> Iterator[tuple[str, int]]:
            for entry in entries:
                yield entry.title, numbers[entry.destination[0].objgen]
                yield from flat(entry.children)

        with pdf.open_outline() as outline:
            listed = list(flat(outline.root))
        yield Read(pdf, texts, listed)


@cache
def article(site: Path, page: str) -> BeautifulSoup:
    html = (site / f"{page}.html").read_text(encoding="utf-8")
    (text,) = re.findall(r"<article.*</article>", html, re.DOTALL)
    soup = BeautifulSoup(text, "html.parser")
    for link in soup.select(".headerlink"):
        link.decompose()
    return soup


def headings(site: Path, page: str, level: str) -> list[str]:
    return [heading.get_text() for heading in article(site, page).select(level)]


def test_the_book_has_its_pages_in_their_order(site: Path, book: Read) -> None:
    titles = [headings(site, page, "h1")[0] for page in PAGES]
    places = dict(book.outline)
    starts = [places[title] for title in titles]
    assert starts == sorted(starts)
    assert 150 < len(book.texts) < 350
    for title, start in zip(titles, starts, strict=True):
        assert without_spaces(title) in without_spaces(book.texts[start])


def test_the_outline_has_every_heading_once(site: Path, book: Read) -> None:
    """In the pages' order; a formula in a heading reads otherwise and is not compared."""
    listed = [without_spaces(title) for title, _ in book.outline]
    assert not [title for title in listed if re.fullmatch(r"(.+)\1", title)]
    wanted = [heading for page in PAGES for heading in headings(site, page, "h2")]
    assert len(wanted) > 100
    plain = [without_spaces(heading) for heading in wanted if "\\" not in heading]
    assert [heading for heading in plain if heading not in listed] == []


def test_the_contents_tell_the_right_pages(site: Path, book: Read) -> None:
    places = dict(book.outline)
    (contents_page,) = (number for title, number in book.outline if title == "Contents")
    lines = book.texts[contents_page].splitlines()
    for page in PAGES:
        title = headings(site, page, "h1")[0]
        assert any(
            line.startswith(title) and line.split()[-1] == str(places[title] + 1) for line in lines
        ), (title, lines)


def test_every_sheet_has_its_number_section_and_commit(site: Path, book: Read) -> None:
    count = len(book.texts)
    assert EDITION.commit in book.texts[0]
    for number, text in enumerate(book.texts[1:], 2):
        assert EDITION.commit in text, number
        assert f"{number} / {count}" in text, number
    start = dict(book.outline)[headings(site, "claims", "h1")[0]]
    assert book.texts[start + 1].lstrip().startswith("The claims, tested")


def test_all_that_is_folded_lies_open(site: Path, book: Read) -> None:
    text = without_spaces("".join(book.texts))
    assert not re.search(r"Show(a|the)(solution|derivation|answer|code)", text)
    folded = 0
    for page in PAGES:
        for code in article(site, page).select("details.hide .cell_input pre"):
            folded += 1
            last = without_spaces(code.get_text().strip().splitlines()[-1])
            assert last in text, (page, last)
    assert folded > 200


def test_no_control_is_printed(book: Read) -> None:
    text = "".join(book.texts)
    for control in ("Download this page", "previous", "Toggle", "Copy to clipboard", "[source]"):
        assert control not in text.replace("previous page", ""), control


def fonts(pdf: Pdf) -> dict[str, bool]:
    """Those that the sheets use, and whether the file has them."""
    found: dict[str, bool] = {}
    for page in pdf.pages:
        for font in (page.resources.get("/Font") or Dictionary()).values():
            own = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            described = own.get("/FontDescriptor", Dictionary())
            has = "/CharProcs" in font or any(key.startswith("/FontFile") for key in described)
            name = str(font.get("/BaseFont", "drawn"))
            found[name] = found.get(name, True) and has
    return found


def test_all_fonts_are_in_the_file(book: Read) -> None:
    found = fonts(book.pdf)
    assert [name for name, there in found.items() if not there] == []
    # Of text, formulas and code; the Chinese one is drawn glyph by glyph.
    for family in ("SourceSerif4", "KaTeX_Main", "DejaVuSansMono", "drawn"):
        assert any(family in name for name in found), family
    assert "魏秀参" in "".join(book.texts)


def test_links_stay_in_the_book_or_lead_to_the_web(book: Read) -> None:
    places = set(book.pdf.Root.Dests.keys())
    inside = outside = 0
    for page in book.pdf.pages:
        for note in page.get("/Annots", []):
            if note.get("/Subtype") != "/Link":
                continue
            if address := note.get("/A", Dictionary()).get("/URI"):
                outside += 1
                assert re.match(r"https?://", str(address)), address
            else:
                inside += 1
                assert str(note.Dest) in places, note.Dest
    assert inside > 400
    assert outside > 10


def test_the_date_is_that_of_the_commit(book: Read) -> None:
    assert str(book.pdf.docinfo["/CreationDate"]) == "D:20260102030405Z"


def test_the_archive_opens_without_a_server(site: Path, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        make_archive(site, tmp_path / name / "lossnb-site.zip", EDITION)
    one, two = (tmp_path / name / "lossnb-site.zip" for name in ("one.zip", "two.zip"))
    assert one.read_bytes() == two.read_bytes()
    zipfile.ZipFile(one).extractall(tmp_path)
    failed: list[str] = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.goto((tmp_path / "lossnb-site" / "index.html").as_uri())
        page.locator("article a", has_text="hinge").first.click()
        page.wait_for_url("**/9_1_2_hinge.html")
        page.wait_for_load_state("networkidle")
        browser.close()
    assert failed == []


def test_a_page_is_printed_whole_from_the_browser(site: Path) -> None:
    """Open, light, without what only a screen can use; and afterwards it is as it was."""
    state = """() => [
      document.querySelectorAll("details[open]").length, document.documentElement.dataset.theme
    ]"""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(color_scheme="dark")
        page.goto((site / "9_1_2_hinge.html").as_uri())
        page.wait_for_load_state("networkidle")
        before = page.evaluate(state)
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert page.locator("details:not([open])").count() == 0
        assert page.locator("html").get_attribute("data-theme") == "light"
        for hidden in ("#jb-print-toc", ".bd-sidebar-primary", ".explorable", ".copybtn"):
            assert not page.locator(hidden).locator("visible=true").count(), hidden
        assert page.locator("article h1").is_visible()
        assert page.get_by_text("Show a solution").locator("visible=true").count() == 0
        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate(state) == before
        browser.close()
