"""A link within the book shows what it leads to: which do, what they show, how it behaves."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Locator, Page

from lossnb.experiments.verdicts import ledger
from tests.explorables.browser import NARROW, WIDE
from tools.site import CHAPTERS

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
# Of each kind, a page with such a link, the link, and what its card says in each edition.
KINDS = {
    "equation": ("9_1_3_ramp", 'a[href="9_1_2_hinge.html#eq-9-2"]', {"en": "(9.2)", "zh": "(9.2)"}),
    "equation of the page": (
        "9_1_3_ramp",
        'a[href="#eq-9-3"]:not(.eqno)',
        {"en": "(9.3)", "zh": "(9.3)"},
    ),
    "reference": (
        "9_1_2_hinge",
        'a[href$="#crammer-and-singer-2001"]',
        {"en": "Machine Learning Research", "zh": "Machine Learning Research"},
    ),
    "claim": (
        "index",
        'a[href="claims.html#c5a"]',
        {"en": "±\u00a0mixed", "zh": "±\u00a0结果不一"},
    ),
    "figure": (
        "numbers",
        'a[href="9_1_3_ramp.html#fig-9-1"]',
        {"en": "Figure 9.1.", "zh": "图9.1："},
    ),
    "section": (
        "9_1_3_ramp",
        'a[href="#the-cold-start"]:not(.headerlink)',
        {"en": "The cold start", "zh": "冷启动"},
    ),
    "term": (
        "9_2_1_l1",
        'a[href="notation.html#term-breakdown-point"]',
        {"en": "wild samples", "zh": "崩溃点"},
    ),
    "function": (
        "api",
        'dd a[href="#lossnb.hinge"]',
        {"en": "Hinge loss (eq. 9.2", "zh": "合页损失（式9.2"},
    ),
}
CHINESE_VERDICTS = {
    "supported": "成立",
    "only under a condition": "有条件成立",
    "mixed": "结果不一",
    "contradicted": "不成立",
    "no difference": "未见差别",
    "undecided": "尚无定论",
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def extension() -> Any:
    spec = spec_from_file_location("cards", CHAPTERS / "_ext" / "cards.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Visit:
    """A page that is visited, with all that it asked for and all that went wrong."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", lambda request: self.complaints.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in ("error", "warning")
                else None
            ),
        )

    @property
    def card(self) -> Locator:
        return self.page.locator("#hover-card:popover-open")

    def link(self, selector: str) -> Locator:
        """Away from the edges, where a reader has it."""
        found = self.page.locator(f"article {selector}").first
        found.evaluate("link => link.scrollIntoView({block: 'center', behavior: 'instant'})")
        self.page.wait_for_timeout(100)
        return found

    def focus(self, selector: str) -> Locator:
        """As the keyboard does."""
        link = self.link(selector)
        self.page.keyboard.press("Tab")
        link.focus()
        return link

    def rest(self, x: float = 2, y: float = 2) -> None:
        """The pointer, in a corner unless said otherwise, for longer than any delay."""
        self.page.mouse.move(x, y)
        self.page.wait_for_timeout(600)


Open = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture
def opened(browser: Browser, book: Path) -> Open:
    @contextmanager
    def at(page: str, **view: Any) -> Iterator[Visit]:
        context = browser.new_context(**{"viewport": {"width": WIDE, "height": 900}} | view)
        visit = Visit(context.new_page())
        visit.page.goto((book / f"{page}.html").as_uri())
        yield visit
        assert visit.complaints == []
        context.close()

    return at


@every_kind
def test_what_is_pointed_at_or_has_the_focus_shows_what_it_leads_to(
    opened: Open, edition: str, kind: str
) -> None:
    name, selector, says = KINDS[kind]
    said = says[edition]
    with opened(name) as visit:
        link = visit.link(selector)
        link.hover()
        visit.card.wait_for()
        assert said in visit.card.inner_text()
        assert visit.card.get_attribute("role") == "tooltip"
        assert link.get_attribute("aria-describedby") == visit.card.get_attribute("id")
        if kind.startswith("equation"):
            assert visit.card.locator(".katex").bounding_box()["width"] > 100  # type: ignore[index]
        for picture in visit.card.locator("img:visible").all():
            picture.evaluate("picture => picture.decode()")
        # No name twice, no stop for the keyboard, no heading.
        ids = visit.page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
        assert [name for name, times in Counter(ids).items() if times > 1] == []
        assert (
            visit.card.locator("[id], [tabindex='0'], a:not([tabindex]), h1, h2, h3").count() == 0
        )
        visit.rest()
        assert visit.card.count() == 0
        assert link.get_attribute("aria-describedby") is None

        visit.focus(selector)
        visit.card.wait_for()
        assert said in visit.card.inner_text()
        assert link.evaluate("link => link === document.activeElement")
        visit.rest(WIDE / 2, 890)
        assert visit.card.count() == 1
        visit.page.keyboard.press("Shift+Tab")
        visit.page.wait_for_timeout(600)
        assert link.get_attribute("aria-describedby") is None


@every_kind
@pytest.mark.parametrize("height", [844, 480])
def test_it_lies_on_the_screen_and_not_on_the_link(opened: Open, kind: str, height: int) -> None:
    name, selector, _ = KINDS[kind]
    with opened(name, viewport={"width": NARROW, "height": height}) as visit:
        link = visit.link(selector)
        for block in ("start", "center", "end"):
            link.evaluate(
                "(link, block) => { link.style.scrollMarginBlock = '4rem';"
                "link.scrollIntoView({block, behavior: 'instant'}) }",
                block,
            )
            link.hover()
            visit.card.wait_for()
            for picture in visit.card.locator("img:visible").all():
                picture.evaluate("picture => picture.decode()")
            visit.page.wait_for_timeout(100)
            card, at = visit.card.bounding_box(), link.bounding_box()
            assert card
            assert at
            assert card["x"] >= 0
            assert card["x"] + card["width"] <= NARROW
            assert card["y"] >= 0
            assert card["y"] + card["height"] <= height
            below = card["y"] - (at["y"] + at["height"])
            above = at["y"] - (card["y"] + card["height"])
            assert 0 <= max(below, above) < 12
            visit.rest()
            assert visit.card.count() == 0


def test_escape_closes_it_and_leaves_the_focus_where_it_is(opened: Open) -> None:
    name, selector, _ = KINDS["reference"]
    with opened(name) as visit:
        link = visit.focus(selector)
        visit.card.wait_for()
        visit.page.keyboard.press("Escape")
        assert visit.card.count() == 0
        assert link.evaluate("link => link === document.activeElement")
        assert link.get_attribute("aria-describedby") is None
        link.hover()
        visit.card.wait_for()
        visit.page.keyboard.press("Escape")
        assert visit.card.count() == 0
        # Nor does it come back while the pointer moves within the link.
        link.evaluate(
            "link => link.firstElementChild.dispatchEvent("
            "new PointerEvent('pointerover', {bubbles: true, relatedTarget: link}))"
        )
        visit.page.wait_for_timeout(600)
        assert visit.card.count() == 0


def test_the_pointer_may_move_into_it_and_follow_a_link_there(opened: Open) -> None:
    name, selector, _ = KINDS["equation"]
    with opened(name) as visit:
        visit.link(selector).hover()
        visit.card.wait_for()
        place = visit.card.bounding_box()
        assert place
        visit.rest(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        assert visit.card.count() == 1
        visit.card.locator("a.eqno").click()
        assert visit.page.url.endswith("9_1_2_hinge.html#eq-9-2")


def test_one_makes_room_for_the_next(opened: Open) -> None:
    with opened("index") as visit:
        for claim in ("c3", "c4"):
            link = visit.link(f'a[href="claims.html#{claim}"]')
            title = link.get_attribute("title")
            link.hover()
            visit.page.locator(f"#hover-card:has-text('{claim.upper()}')").wait_for()
            assert link.get_attribute("title") is None
        visit.rest()
        assert link.get_attribute("title") == title
        described = visit.page.locator("[aria-describedby='hover-card']")
        assert described.count() == 0


def test_nothing_is_fetched_before_it_is_wanted(opened: Open) -> None:
    with opened("9_1_3_ramp") as visit:
        visit.rest()
        before = [url for url in visit.asked if "cards" in url]
        assert [url.rsplit("/", 1)[1] for url in before] == ["cards.js"]
        visit.link('a[href="9_1_2_hinge.html#eq-9-2"]').hover()
        visit.card.wait_for()
        after = {url.rsplit("/_static/", 1)[1] for url in visit.asked if "cards" in url}
        assert after == {
            "explorables/cards.js",
            "explorables/cards.css",
            "cards/9_1_2_hinge.js",
        }


def test_a_finger_follows_the_link_and_paper_has_no_card(opened: Open) -> None:
    name, selector, _ = KINDS["section"]
    with opened(name, has_touch=True) as visit:
        link = visit.link(selector)
        # On some, what was tapped stays as if pointed at.
        link.evaluate(
            """link => {
                link.matches = one => one.includes(":hover");
                link.addEventListener("click", event => event.preventDefault(), {once: true});
            }"""
        )
        link.tap()
        visit.page.wait_for_timeout(600)
        assert visit.card.count() == 0
        link.tap()
        visit.page.wait_for_timeout(600)
        assert visit.page.url.endswith("#the-cold-start")
        assert visit.card.count() == 0
        link.evaluate("link => delete link.matches")
        visit.link(selector).hover()
        visit.card.wait_for()
        visit.page.emulate_media(media="print")
        assert not visit.page.locator("#hover-card").is_visible()


class Links(HTMLParser):
    """Those in the text of a page to another place in the book: page, and place."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.page = path.name
        self.open: list[tuple[str, str]] = []
        self.found: Counter[tuple[str, str]] = Counter()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self.open.append((tag, given.get("id") or ""))
        href = given.get("href") or ""
        inside = any(tag == "article" for tag, _ in self.open)
        if tag == "a" and inside and "#" in href and "://" not in href:
            page, place = map(unquote, href.split("#"))
            if page or place not in {name for _, name in self.open}:
                self.found[page or self.page, place] += 1

    def handle_endtag(self, tag: str) -> None:
        while tag not in VOID and self.open.pop()[0] != tag:
            pass


def cards_of(path: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8").split(" = ", 1)[1][:-2])
    return found


def test_every_link_to_a_place_in_the_book_has_its_card(book: Path) -> None:
    cards = {path.stem + ".html": cards_of(path) for path in (book / "_static/cards").glob("*.js")}
    wanted: Counter[tuple[str, str]] = Counter()
    for path in book.glob("*.html"):
        if path.stem in ("genindex", "search"):
            continue
        found = Links(path).found
        assert bool(found) == ("explorables/cards.js" in path.read_text()), path.name
        wanted += found
    # Code is read where it lies.
    places = [(page, place) for page, place in wanted if not page.startswith("_code/")]
    assert [(page, place) for page, place in places if place not in cards[page]] == []
    kinds: Counter[str] = Counter()
    for (page, place), times in wanted.items():
        kinds[page if page in ("claims.html", "bibliography.html") else place[:3]] += times
    assert kinds["eq-"] >= 90
    assert kinds["fig"] >= 15
    assert kinds["bibliography.html"] >= 80
    assert kinds["claims.html"] >= 100
    for page, held in cards.items():
        for place, card in held.items():
            soup = BeautifulSoup(card, "html.parser")
            assert soup.get_text(strip=True), (page, place)
            for link in soup.find_all("a", href=True):
                assert re.match(r"https?://|[\w-]+\.html", str(link["href"])), (page, place)
            assert not re.search(r'<(script|style|h\d)|\s(id|on\w+)="', card), (page, place)


def test_the_verdict_on_each_claim_is_on_its_card(book: Path, edition: str) -> None:
    cards = cards_of(book / "_static/cards/claims.js")
    for entry in ledger():
        card = BeautifulSoup(cards[entry.claim.id.lower()], "html.parser")
        verdict = card.select_one(".more b")
        assert verdict
        said = CHINESE_VERDICTS[entry.verdict] if edition == "zh" else entry.verdict
        word, _, _ = verdict.text.replace("，", ",").partition("\xa0")[2].partition(",")
        assert word == said


def test_it_is_light(book: Path) -> None:
    def size(path: Path) -> int:
        return len(gzip.compress(path.read_bytes(), 9))

    assert size(book / "_static/explorables/cards.js") <= 1_200
    assert size(book / "_static/explorables/cards.css") <= 700
    for path in (book / "_static/cards").glob("*.js"):
        assert size(path) <= 10_000, path.name


LONG = "Word" * 60
BOOK = {
    "terms": f"""<article><section id="long"><h3>Long</h3><p>{LONG}</p><p>More.</p></section>
    <table><thead><tr><th>English</th><th>中文</th><th>code</th></tr></thead>
    <tbody><tr><td>bias</td><td>偏置项</td><td></td></tr>
    <tr><td><span id="间隔"></span>margin</td><td>间隔</td><td><code>u</code></td></tr>
    <tr id="ramp"><td>ramp</td><td>坡道</td><td></td></tr></tbody></table>
    <table><tbody><tr id="term-kink"><td><p>kink</p></td><td><p>尖点</p></td><td><p></p></td>
    <td><p>where the <i>slope</i> jumps</p></td><td><p><a href="#long">9.1</a></p></td></tr>
    </tbody></table>
    <dl class="glossary"><dt id="term-softmax">softmax</dt><dd><p>exp, and divide.</p><p>No.</p>
    </dd></dl><section id="exercise"><h3>1. By hand<a class="headerlink" href="#exercise">#</a></h3>
    <p>Derive it, see <a href="#ramp">the ramp</a>.</p><div class="cell">code</div></section>
    <details id="solution"><summary>A solution</summary><p>It is 1.</p><p>More.</p></details>
    <ul><li>not this</li><li><a id="mark"></a>an item</li></ul><section id="bare"><h3>Bare</h3>
    <div class="cell">code</div></section><a href="#bare">b</a></article>""",
    "index": """<script defer src="_static/explorables/cards.js"></script><article>
    <p><a id="m" href="terms.html#%E9%97%B4%E9%9A%94">margin</a>
    <a href="terms.html#ramp">r</a> <a href="terms.html#term-kink">k</a>
    <a href="terms.html#term-softmax">s</a> <a href="terms.html#exercise">e</a>
    <a href="terms.html#solution">a</a> <a href="terms.html#mark">m</a>
    <a id="bare" href="terms.html#bare">b</a> <a href="terms.html#nowhere">n</a>
    <a href="terms.html#long">l</a> <a id="own" href="#said">above</a>
    <a id="zh" href="zh/terms.html#ramp">间隔</a></p>
    <p id="said">Said.</p></article>""",
}


def text(card: str) -> str:
    return BeautifulSoup(card, "html.parser").get_text("|", strip=True)


def test_a_card_holds_the_row_the_entry_or_the_opening() -> None:
    made = extension().make(BOOK)
    assert made["index"] == {"said": "<p>Said.</p>"}
    assert {place: text(card) for place, card in made["terms"].items()} == {
        "间隔": "English|margin|中文|间隔|code|u",
        "ramp": "English|ramp|中文|坡道",
        "term-kink": "kink|(|9.1|)|where the|slope|jumps",
        "term-softmax": "softmax|exp, and divide.",
        "exercise": "1. By hand|Derive it, see|the ramp|.",
        "solution": "A solution|It is 1.",
        "mark": "an item",
        "long": f"Long|{LONG}",
    }
    link = BeautifulSoup(made["terms"]["exercise"], "html.parser").a
    assert link
    assert link["href"] == "terms.html#ramp"
    assert link["tabindex"] == "-1"


def test_a_place_that_is_not_closed_is_an_error() -> None:
    broken = BOOK | {"terms": '<article><section id="exercise"><h3>1.</h3></article>'}
    with pytest.raises(ValueError, match=r"<section> is not closed"):
        extension().make(broken)


@pytest.fixture(scope="module")
def two_editions(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small book in two languages, one in a folder of the other, as it is served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    folder = tmp_path_factory.mktemp("editions")
    for edition in (folder, folder / "zh"):
        scripts = edition / "_static" / "explorables"
        scripts.mkdir(parents=True)
        for name in ("cards.js", "cards.css"):
            (scripts / name).write_bytes((site / "_static/explorables" / name).read_bytes())
        for name, body in BOOK.items():
            head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
            page = head + body.replace("English", "英文" if edition != folder else "English")
            (edition / f"{name}.html").write_text(page, encoding="utf-8")
        extension().write(edition)
    server = ThreadingHTTPServer(("localhost", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize(("edition", "language"), [("", "English"), ("/zh", "英文")])
def test_a_row_is_shown_with_the_heads_of_its_edition(
    browser: Browser, two_editions: str, edition: str, language: str
) -> None:
    context = browser.new_context()
    visit = Visit(context.new_page())
    visit.page.goto(f"{two_editions}{edition}/index.html?highlight=margin")
    visit.link("a#m").hover()
    visit.card.wait_for()
    assert visit.card.inner_text().split() == [language, "margin", "中文", "间隔", "code", "u"]
    visit.link("a#own").hover()
    visit.page.locator("#hover-card:has-text('Said.')").wait_for()
    visit.rest()
    # Neither a place without text nor a page of the other edition has a card.
    for name in ("bare", "zh"):
        visit.link(f"a#{name}").hover()
        visit.page.wait_for_timeout(600)
        assert visit.card.count() == 0
    assert visit.complaints == []
    context.close()
