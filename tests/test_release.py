"""The book on paper is whole in each language, and the archive opens without a server."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from html import unescape
from pathlib import Path

import pypdfium2
import pytest
from bs4 import BeautifulSoup
from pikepdf import Array, Dictionary, Object, OutlineItem, Pdf, String, parse_content_stream
from playwright.sync_api import sync_playwright

from tools import release
from tools.browser import launch
from tools.release import LANGUAGES, Edition, Language, make_archive, make_book, pages
from tools.site import install_node_packages

EDITION = Edition("0123456789", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
PAGES = pages()
# How a fold, and what only a screen can use, is named on the site.
FOLDED = {
    "en": r"Show(a|the)(solution|derivation|answer|code)",
    "zh-CN": r"展开(推导|答案|代码)",
}
CONTROLS = {
    "en": ("Download this page", "previous", "Toggle", "Copy to clipboard", "[source]"),
    "zh-CN": ("下载源文件", "上一页", "显示或隐藏", "复制到剪贴板", "[源代码]"),
}


@dataclass
class Read:
    """A PDF as its readers see it, and the site that it was printed from."""

    site: Path
    language: Language
    pdf: Pdf
    texts: list[str]
    outline: list[tuple[str, int]]


def without_spaces(text: str) -> str:
    """Words are broken at the ends of lines."""
    return re.sub(r"[\s\ufffe\u00ad-]", "", text)


@pytest.fixture(scope="module", params=LANGUAGES)
def book(
    request: pytest.FixtureRequest, site: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Read]:
    install_node_packages(develop=True)
    language = LANGUAGES[request.param]
    path = tmp_path_factory.mktemp("release") / "book.pdf"
    make_book(site, path, EDITION, language)
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
        yield Read(site / language.folder, language, pdf, texts, listed)


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


def test_the_book_has_its_pages_in_their_order(book: Read) -> None:
    titles = [headings(book.site, page, "h1")[0] for page in PAGES]
    places = dict(book.outline)
    starts = [places[title] for title in titles]
    assert starts == sorted(starts)
    assert 150 < len(book.texts) < 350
    for title, start in zip(titles, starts, strict=True):
        assert without_spaces(title) in without_spaces(book.texts[start])


def test_the_outline_has_every_heading_once(book: Read) -> None:
    """In the pages' order; a formula in a heading reads otherwise and is not compared."""
    listed = [without_spaces(title) for title, _ in book.outline]
    assert not [title for title in listed if re.fullmatch(r"(.+)\1", title)]
    wanted = [heading for page in PAGES for heading in headings(book.site, page, "h2")]
    assert len(wanted) > 100
    plain = [without_spaces(heading) for heading in wanted if "\\" not in heading]
    assert [heading for heading in plain if heading not in listed] == []


def test_the_contents_tell_the_right_pages(book: Read) -> None:
    places = dict(book.outline)
    heading = book.language.say("Contents")
    (contents_page,) = (number for title, number in book.outline if title == heading)
    lines = [(without_spaces(line), line) for line in book.texts[contents_page].splitlines()]
    for page in PAGES:
        title = headings(book.site, page, "h1")[0]
        assert any(
            packed.startswith(without_spaces(title)) and line.split()[-1] == str(places[title] + 1)
            for packed, line in lines
        ), (title, lines)


def test_every_sheet_has_its_number_section_and_commit(book: Read) -> None:
    count = len(book.texts)
    assert EDITION.commit in book.texts[0]
    for number, text in enumerate(book.texts[1:], 2):
        assert EDITION.commit in text, number
        assert f"{number} / {count}" in text, number
    title = headings(book.site, "claims", "h1")[0]
    running = without_spaces(book.texts[dict(book.outline)[title] + 1])
    assert running.startswith(without_spaces(title))


def test_all_that_is_folded_lies_open(book: Read) -> None:
    text = without_spaces("".join(book.texts))
    assert not re.search(FOLDED[book.language.tag], text)
    folded = 0
    for page in PAGES:
        for code in article(book.site, page).select("details.hide .cell_input pre"):
            folded += 1
            last = without_spaces(code.get_text().strip().splitlines()[-1])
            assert last in text, (page, last)
    assert folded > 200


def test_no_control_is_printed(book: Read) -> None:
    text = "".join(book.texts)
    for control in CONTROLS[book.language.tag]:
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
    text = ["SourceSerif4"] if book.language.tag == "en" else []
    for family in (*text, "KaTeX_Main", "DejaVuSansMono", "drawn"):
        assert any(family in name for name in found), family
    assert "魏秀参" in "".join(book.texts)


def strings(operands: Iterable[Object]) -> Iterator[bytes]:
    for operand in operands:
        if isinstance(operand, Array):
            yield from strings(list(operand))
        elif isinstance(operand, String):
            yield bytes(operand)


def missing(sheet: Object, used: Dictionary) -> int:
    """How often a font's glyph 0 is drawn, the box for a letter that no font has.

    A reader who copies the text does not notice: the PDF says which letter was meant.
    """
    count = 0
    for step in parse_content_stream(sheet, "Tf Tj TJ"):
        if str(step.operator) == "Tf":
            wide = used.Font[str(step.operands[0])].Subtype == "/Type0"
            continue
        for letters in strings(step.operands):
            glyphs = memoryview(letters).cast("H") if wide else letters
            count += sum(glyph == 0 for glyph in glyphs)
    for form in dict(used.get("/XObject", {})).values():
        if form.Subtype == "/Form":
            count += missing(form, form.get("/Resources", Dictionary()))
    return count


def test_no_glyph_is_missing(book: Read) -> None:
    found = {
        number: count
        for number, page in enumerate(book.pdf.pages, 1)
        if (count := missing(page.obj, page.resources))
    }
    assert found == {}


def test_the_words_drawn_in_figures_are_text(book: Read) -> None:
    """As drawn in Chinese; in English they are paths."""
    drawings = {
        str(picture["src"])
        for page in PAGES
        for picture in article(book.site, page).select("img.only-light")
    }
    words = {
        unescape(found)
        for drawing in drawings
        for found in re.findall(
            r"<text [^>]*>([^<]+)</text>", (book.site / drawing).read_text("utf-8")
        )
    }
    assert (len(words) > 60) == (book.language.tag == "zh-CN")
    text = without_spaces("".join(book.texts))
    assert [found for found in words if without_spaces(found) not in text] == []


def test_a_book_speaks_its_language(book: Read) -> None:
    front = "".join(book.texts[:2])
    assert str(book.pdf.Root.Lang) == book.language.tag
    own = {"en": ("2 January 2026", "Contents", "Code: MIT"), "zh-CN": ("2026年1月2日", "目录")}
    packed = without_spaces(front)
    for tag, words in own.items():
        for word in words:
            assert (without_spaces(word) in packed) == (tag == book.language.tag), word
    if book.language.tag == "zh-CN":
        names = {"lossnb", "CC", "BY", "MIT", "API", "Tukey", "biweight"}
        assert set(re.findall(r"[A-Za-z]{2,}", front)) == names


def test_a_release_is_of_one_commit(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, Edition] = {}

    def make(source: Path, output: Path, edition: Edition, *language: Language) -> None:
        assert source == site
        made[output.name] = edition

    for name in ("make_book", "make_archive"):
        monkeypatch.setattr(release, name, make)
    monkeypatch.setattr(release, "build", lambda: site / "index.html")
    monkeypatch.setattr(release, "RELEASE", tmp_path)
    monkeypatch.setattr("sys.argv", ["release"])
    release.main()
    assert set(made) == {"lossnb-site.zip", "lossnb-book.pdf", "lossnb-book-zh.pdf"}
    assert set(made.values()) == {Edition.of_the_working_tree()}


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
        page.locator("a.edition").first.click()
        page.wait_for_url("**/zh/9_1_2_hinge.html")
        page.wait_for_load_state("networkidle")
        browser.close()
    assert failed == []


@pytest.mark.parametrize(("folder", "fold"), [("", "Show a solution"), ("zh", "展开推导")])
def test_a_page_is_printed_whole_from_the_browser(site: Path, folder: str, fold: str) -> None:
    """Open, light, without what only a screen can use; and afterwards it is as it was."""
    state = """() => [
      document.querySelectorAll("details[open]").length, document.documentElement.dataset.theme
    ]"""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(color_scheme="dark")
        page.goto((site / folder / "9_1_2_hinge.html").as_uri())
        page.wait_for_load_state("networkidle")
        assert page.get_by_text(fold).count()
        before = page.evaluate(state)
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert page.locator("details:not([open])").count() == 0
        assert page.locator("html").get_attribute("data-theme") == "light"
        for hidden in ("#jb-print-toc", ".bd-sidebar-primary", ".explorable", ".copybtn"):
            assert not page.locator(hidden).locator("visible=true").count(), hidden
        assert page.locator("article h1").is_visible()
        assert page.get_by_text(fold).locator("visible=true").count() == 0
        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate(state) == before
        browser.close()
