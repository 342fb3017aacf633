"""The site's search, in a browser, from files and served."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import lossnb
from lossnb.experiments.verdicts import ledger
from tests.explorables.browser import SOURCES
from tools.site import Page as Places

# What must come first; a place where it matters, and a page otherwise. In both editions:
SHARED = {
    # The losses in both languages, whole and in part, in either spelling, with slips.
    "ramp loss": "9_1_3_ramp.html",
    "Ramp": "9_1_3_ramp.html",
    "hinge loss": "9_1_2_hinge.html",
    "hinge": "9_1_2_hinge.html",
    "cross-entropy": "9_1_1_cross_entropy.html",
    "Cross entropy loss": "9_1_1_cross_entropy.html",
    "softmax loss": "9_1_1_cross_entropy.html",
    "large margin": "9_1_4_large_margin_softmax.html",
    "large-margin softmax": "9_1_4_large_margin_softmax.html",
    "centre loss": "9_1_5_center.html",
    "center loss": "9_1_5_center.html",
    "l1": "9_2_1_l1.html",
    "l2 loss": "9_2_2_l2.html",
    "squared loss": "9_2_2_l2.html",
    "tukey": "9_2_3_tukey_biweight.html",
    "Tukey's biweight": "9_2_3_tukey_biweight.html",
    "tuckey": "9_2_3_tukey_biweight.html",
    "合页": "9_1_2_hinge.html",
    "合页损失": "9_1_2_hinge.html",
    "坡道": "9_1_3_ramp.html",
    "截断合页损失函数": "9_1_3_ramp.html",
    "Softmax损失函数": "9_1_1_cross_entropy.html",
    "交叉熵": "9_1_1_cross_entropy.html",
    "大间隔": "9_1_4_large_margin_softmax.html",
    "中心损失": "9_1_5_center.html",
    # Numbers.
    "9.1": "9_1.html",
    "9.1.3": "9_1_3_ramp.html",
    "9.5": "9_1_4_large_margin_softmax.html#eq-9-5",
    "(9.5)": "9_1_4_large_margin_softmax.html#eq-9-5",
    "eq 9.5": "9_1_4_large_margin_softmax.html#eq-9-5",
    "Eq. (9.17)": "9_2_3_tukey_biweight.html#eq-9-17",
    "equation 9.1": "9_1_1_cross_entropy.html#eq-9-1",
    "式(9.14)": "9_2.html#eq-9-14",
    "式9.5": "9_1_4_large_margin_softmax.html#eq-9-5",
    "公式(9.5)": "9_1_4_large_margin_softmax.html#eq-9-5",
    "公式（9.10）": "9_1_4_large_margin_softmax.html#eq-9-10",
    "式(9-5)": "9_1_4_large_margin_softmax.html#eq-9-5",
    "Figure 9.3": "9_1_5_center.html#fig-9-3",
    "fig. 9.1": "9_1_3_ramp.html#fig-9-1",
    "图 9.3": "9_1_5_center.html#fig-9-3",
    "图9.3": "9_1_5_center.html#fig-9-3",
    "图９．３": "9_1_5_center.html#fig-9-3",
    "图9-2": "9_1_4_large_margin_softmax.html#fig-9-2",
    "插图9.1": "9_1_3_ramp.html#fig-9-1",
    "Figure 9.4": "9_2_1_l1.html#fig-9-4a",
    "figure 9.4c": "9_2_3_tukey_biweight.html#fig-9-4c",
    "图9.4(b)": "9_2_2_l2.html#fig-9-4b",
    "C5": "claims.html#c5a",
    "c5b": "claims.html#c5b",
    "claim C12": "claims.html#c12",
    "论断C5": "claims.html#c5a",
    "论断 12": "claims.html#c12",
    # The library.
    "large_margin_softmax": "api.html#lossnb.large_margin_softmax",
    "CenterLoss": "api.html#lossnb.nn.CenterLoss",
    "lossnb.nn.RampLoss": "api.html#lossnb.nn.RampLoss",
    "value_and_grad": "api.html#lossnb.value_and_grad",
    "warm_up": "api.html#lossnb.schedules.warm_up",
    # Works, and the chapter's own words.
    "Wu and Liu": "bibliography.html#wu-and-liu-2007",
    "Dogan": "bibliography.html#dogan-et-al-2016",
    "簇的间隔": "claims.html#c18",
    "越来越大": "claims.html#c18",
}
ENGLISH = {
    "which loss": "which_loss.html",
    "errata": "errata.html",
    "bibliography": "bibliography.html",
    "glossary": "notation.html#glossary",
    "label smoothing": "9_1_1_cross_entropy.html#how-far-label-smoothing-goes",
    "laplace noise": "9_2_1_l1.html#laplace-noise",
    "ramp traps": "9_1_3_ramp.html#traps",
    "break-even": "9_1_3_ramp.html#break-even",
    "one-hot vector": "notation.html#term-one-hot-vector",
    "SVM": "notation.html#term-support-vector-machine",
    # In the other language, a term leads to the page that explains it.
    "鲁棒损失函数": "9_1_3_ramp.html",
    "离群点": "9_2_1_l1.html",
}
CHINESE = {
    # Titles.
    "坡道损失": "9_1_3_ramp.html",
    "合页损失函数": "9_1_2_hinge.html",
    "交叉熵损失": "9_1_1_cross_entropy.html",
    "大间隔交叉熵": "9_1_4_large_margin_softmax.html",
    "大间隔softmax": "9_1_4_large_margin_softmax.html",
    "中心损失函数": "9_1_5_center.html",
    "l1损失": "9_2_1_l1.html",
    "Ｌ２损失": "9_2_2_l2.html",
    "l2 损失函数": "9_2_2_l2.html",
    "Tukey损失": "9_2_3_tukey_biweight.html",
    "分类": "9_1.html",
    "回归": "9_2.html",
    "回归任务的目标函数": "9_2.html",
    "第9.1.3节": "9_1_3_ramp.html",
    "选哪种损失": "which_loss.html",
    "勘误": "errata.html",
    "参考文献": "bibliography.html",
    "符号与术语": "notation.html",
    "术语表": "notation.html#glossary",
    "论断总表": "claims.html",
    "式号": "numbers.html",
    # Terms that a section is about.
    "标签平滑": "9_1_1_cross_entropy.html#how-far-label-smoothing-goes",
    "概率": "9_1_1_cross_entropy.html#from-scores-to-probabilities",
    "似然": "9_1_1_cross_entropy.html#maximum-likelihood",
    "退火": "9_1_4_large_margin_softmax.html#beginning-gently-annealing",
    "中位数": "9_2_1_l1.html#the-best-constant-is-a-median",
    "均值": "9_2_2_l2.html#the-best-constant-is-the-mean",
    "拐点": "9_2_3_tukey_biweight.html#where-it-bends",
    "崩溃点": "9_2_1_l1.html#breakdown",
    # All others: what they mean.
    "独热向量": "notation.html#term-one-hot-vector",
    "凸函数之差": "notation.html#term-difference-of-convex-functions",
    "绝对中位差": "notation.html#term-mad-median-absolute-deviation",
    "最近中心分类器": "notation.html#term-nearest-centre-classifier",
    "支持向量机": "notation.html#term-support-vector-machine",
    "SVM": "notation.html#term-support-vector-machine",
    "异常值": "notation.html#term-outlier",
    "铰链损失": "notation.html#term-hinge-loss",
    "次梯度": "notation.html#term-subgradient",
    "尖点": "notation.html#term-kink",
    "鲁棒损失函数": "notation.html#term-robust-loss-function",
    "标记噪声": "notation.html#term-label-noise",
    "离群点": "notation.html#term-outlier",
    "饱和点": "notation.html#term-saturation-point",
    "局部极小值": "notation.html#term-local-minimum",
    "残差": "notation.html#term-residual-prediction-error",
    "预测误差": "notation.html#term-residual-prediction-error",
    "梯度": "notation.html#term-gradient",
    "反向传播": "notation.html#term-back-propagation",
    "损失函数": "notation.html#term-loss-function",
    "样本": "notation.html#term-sample",
    "泛化": "notation.html#term-generalisation",
    "判别能力": "notation.html#term-discriminative-ability",
    "决策边界": "notation.html#term-decision-boundary",
    # In the other language, a term leads to the page that explains it.
    "one-hot vector": "9_1_1_cross_entropy.html",
    "label smoothing": "9_1_1_cross_entropy.html",
    "Huber loss": "9_2_3_tukey_biweight.html",
    "outlier": "9_2_1_l1.html",
    # Sections, by themselves and of a page.
    "拉普拉斯噪声": "9_2_1_l1.html#laplace-noise",
    "高斯噪声": "9_2_2_l2.html#gaussian-noise",
    "冷启动": "9_1_3_ramp.html#the-cold-start",
    "最大似然": "9_1_1_cross_entropy.html#maximum-likelihood",
    "五种损失一个名字": "9_1_2_hinge.html#five-losses-one-name",
    "合页减合页": "9_1_3_ramp.html#a-hinge-minus-a-hinge",
    "用了两次Softmax": "9_1_1_cross_entropy.html#the-softmax-twice",
    "其他分位数": "9_2_1_l1.html#other-quantiles",
    "加性间隔": "9_1_4_large_margin_softmax.html#margins-that-are-added",
    "一字多义": "notation.html#letters-with-more-than-one-meaning",
    "检验的做法": "claims.html#how-it-was-done",
    "坡道 易错之处": "9_1_3_ramp.html#traps",
    "坡道损失 练习": "9_1_3_ramp.html#exercises",
    "合页损失的梯度": "9_1_2_hinge.html#its-gradient",
    "交叉熵 梯度": "9_1_1_cross_entropy.html#its-gradient",
    "l2 梯度": "9_2_2_l2.html#its-gradient",
    "torch模块": "api.html#module-lossnb.nn",
    # Claims.
    "簇的间距": "claims.html#c18",
    "渐近效率": "claims.html#c25a",
}
FIRST = {"en": SHARED | ENGLISH, "zh": SHARED | CHINESE}
# Words of which there are few, and what is said of how much was found.
FEW = {"en": "坡道", "zh": "ramp loss"}
FOUND = {"en": "{} places found.", "zh": "找到{}处。"}
MORE = {
    "en": r"\d+ places found; here are the first 50\.",
    "zh": "找到\\d+处，这里列出前50处。",
}
SOME = {"en": "No place has all of these words. ", "zh": "没有一处含有全部这些词；"}
NONE = {"en": "Nothing was found for “{}”. ", "zh": "没有找到“{}”。"}
# Of the scripts and data of a search, this one's and Sphinx's.
SEARCH = re.compile(r"search_documents|/search\.(js|css)|searchindex|searchtools|language_data")
# The theme has scripts in its pages; nothing that is searched may become one.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:"
)


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

    server = ThreadingHTTPServer(("localhost", 0), partial(Handler, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module", params=["file", "http"])
def address(request: pytest.FixtureRequest, site: Path, book: Path, served: str) -> str:
    """Of an edition."""
    folder = book.relative_to(site).as_posix()
    return book.as_uri() if request.param == "file" else f"{served}/{folder}"


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what it fetched; nothing may go wrong until it is closed."""
    page = browser.new_page()
    complaints: list[str] = []
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None,
    )
    page.goto(url)
    yield page, fetched
    assert complaints == []
    page.close()


@pytest.fixture(scope="module")
def search(browser: Browser, address: str) -> Iterator[Page]:
    with opened(browser, f"{address}/search.html") as (page, _):
        page.locator(".bd-search-container .found").wait_for(state="attached")
        yield page


def ask(page: Page, query: str) -> list[str]:
    """The places that are found."""
    page.locator(".bd-search-container input").fill(query)
    links = page.locator(".bd-search-container .found a")
    hrefs: list[str] = links.evaluate_all("links => links.map(a => a.getAttribute('href'))")
    return [href.removeprefix("./") for href in hrefs]


def told(page: Page) -> str:
    return page.locator(".bd-search-container [role=status]").inner_text()


def test_what_is_meant_comes_first(search: Page, edition: str) -> None:
    first = {query: ask(search, query)[:1] for query in FIRST[edition]}
    wanted = {query: [place] for query, place in FIRST[edition].items()}
    assert {query: found for query, found in first.items() if found != wanted[query]} == {}


def test_an_excerpt_shows_the_words(search: Page, edition: str) -> None:
    both = ("annealing", "softmax loss", "离群点", "抗噪特性", "截断合页损失函数")
    own = {"en": ("break-even", "saturation"), "zh": ("冷启动", "饱和", "绝对中位差")}
    for query in (*both, *own[edition]):
        assert ask(search, query)
        entries = search.locator(".bd-search-container .found li").evaluate_all(
            "all => all.map(li => [...li.querySelectorAll('mark')].map(m => m.innerText).join(''))"
        )
        for said in entries:
            assert said, query
            assert said[:2].lower() in query, (query, said)


def test_a_word_that_is_not_finished_is_found(search: Page) -> None:
    assert ask(search, "saturatio") == ask(search, "saturation")


def test_where_no_place_has_all_words_some_have_some(search: Page, edition: str) -> None:
    word = {"en": "hinge", "zh": "坡道"}[edition]
    assert ask(search, f"{word} xyzzyplugh") == ask(search, word)[:50]
    ask(search, f"{word} xyzzyplugh")
    assert told(search).startswith(SOME[edition])


@pytest.mark.parametrize("query", ["xyzzyplugh", "蘑菇", "9.99", "(", '"', "\\", "*", "[^-"])
def test_where_nothing_is_found_it_says_so(search: Page, edition: str, query: str) -> None:
    assert ask(search, query) == []
    assert told(search).startswith(NONE[edition].format(query))


def test_no_question_has_no_answer(search: Page) -> None:
    assert ask(search, "  ") == []
    assert told(search) == ""


def test_what_is_asked_is_text_and_nothing_else(search: Page) -> None:
    search.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for query in ("<script>alert(1)</script>", "<img src=x onerror=alert(1)> hinge", '"><b>hinge'):
        ask(search, query)
        found = search.locator(".bd-search-container .found")
        assert found.locator("script, img, b").count() == 0
        assert found.locator("li").count() > 0 or query in told(search)


def test_how_many_are_found_is_announced(search: Page, edition: str) -> None:
    assert 1 < (n := len(ask(search, FEW[edition]))) < 10
    assert told(search) == FOUND[edition].format(n)
    assert len(ask(search, {"en": "loss", "zh": "损失"}[edition])) == 50
    assert re.fullmatch(MORE[edition], told(search))


def test_the_words_do_not_lie_under_the_magnifying_glass(search: Page) -> None:
    field = search.locator(".bd-search-container input")
    glass = search.locator(".bd-search-container form .fa-magnifying-glass").bounding_box()
    box = field.bounding_box()
    assert glass
    assert box
    inside = field.evaluate("field => parseFloat(getComputedStyle(field).paddingLeft)")
    assert box["x"] + inside >= glass["x"] + glass["width"]


def test_a_question_may_come_with_the_address_and_stays_in_it(
    browser: Browser, address: str
) -> None:
    with opened(browser, f"{address}/search.html?q=ramp+loss") as (page, _):
        first = page.locator(".bd-search-container .found a").first
        first.wait_for()
        field = page.locator(".bd-search-container input")
        assert field.input_value() == "ramp loss"
        field.press("End")
        page.keyboard.type("es")
        assert page.url.endswith("?q=ramp+losses")
        first.click()
        page.wait_for_url("**/9_1_3_ramp.html")
        assert page.locator("mark, .highlighted").count() == 0


def test_the_dialog_answers_to_the_keyboard(browser: Browser, address: str, edition: str) -> None:
    with opened(browser, f"{address}/9_1_2_hinge.html") as (page, fetched):
        assert [url for url in fetched if SEARCH.search(url)] == []
        page.keyboard.press("Control+k")
        page.keyboard.type("C5")
        page.locator("dialog .found a").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        page.wait_for_url("**/claims.html#c5a")
        page.keyboard.press("Control+k")
        page.keyboard.type(FEW[edition])
        page.locator("dialog .found a").first.wait_for()
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=*")
        page.locator(".bd-search-container .found a").first.wait_for()
        assert told(page) == FOUND[edition].format(page.locator(".found a").count())


def test_no_page_loads_the_search_with_itself(book: Path) -> None:
    for path in book.glob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert not re.search(r"sphinx_highlight|doctools", html), path.name
        assert SEARCH.findall(html) == [], path.name
        assert html.count("_static/site.js") == 1, path.name
    assert "search_documents.js" in (book / "_static" / "site.js").read_text(encoding="utf-8")
    assert not (book / "searchindex.js").exists()


def test_its_page_has_no_script_that_others_have_not(book: Path) -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)

    def scripts(name: str) -> set[str]:
        html = (book / f"{name}.html").read_text(encoding="utf-8")
        return {script.replace(f"'{name}'", "") for script in inline.findall(html)}

    assert scripts("search") == scripts("index")
    assert not re.search(r"\son\w+=", (book / "search.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def documents(book: Path) -> list[dict[str, str]]:
    script = (book / "_static" / "search_documents.js").read_text(encoding="utf-8")
    found = json.loads(script.removeprefix("globalThis.search_documents=").removesuffix(";\n"))
    return found


def test_all_that_has_a_name_or_a_number_can_be_found(documents: list[dict[str, str]]) -> None:
    def all_of(kind: str, key: str) -> list[str]:
        return sorted(found[key] for found in documents if found["kind"] == kind)

    assert all_of("equation", "number") == sorted(f"9.{n}" for n in range(1, 18))
    assert all_of("figure", "number") == ["9.1", "9.2", "9.3", "9.4a", "9.4b", "9.4c"]
    assert all_of("claim", "number") == sorted(entry.claim.id for entry in ledger())
    assert {f"lossnb.{name}" for name in lossnb.__all__} <= set(all_of("name", "title"))


def test_every_place_is_there(book: Path, documents: list[dict[str, str]]) -> None:
    places = {path.name: Places(path).places for path in book.glob("*.html")}
    assert len(documents) > 300
    for found in documents:
        assert found.get("anchor", "") in places[found["page"]], found
    assert set(places) - {found["page"] for found in documents} == {
        "404.html",
        "genindex.html",
        "search.html",
    }


def test_a_formula_is_read_once_and_code_that_is_folded_is_not(
    documents: list[dict[str, str]], edition: str
) -> None:
    said = " ".join(found.get("text", "") + found.get("title", "") for found in documents)
    assert {"en": "what comes after π/m", "zh": "延拓到π/m之后"}[edition] in said
    for never in (r"\frac", "import matplotlib", "Show the code", "显示代码", "\u2061", "¶"):
        assert never not in said, never


def test_it_is_light(book: Path) -> None:
    sizes = {
        name: len(gzip.compress((book / "_static" / name).read_bytes(), 9))
        for name in ("search_documents.js", "explorables/search.js")
    }
    assert sizes["search_documents.js"] <= 130_000
    assert sizes["explorables/search.js"] <= 10_000


def test_its_words_are_all_used() -> None:
    words = json.loads((SOURCES / "words" / "en" / "search" / "page.json").read_text())
    code = "".join(path.read_text() for path in (SOURCES / "search").glob("*.mjs"))
    for key in words.keys() - {"equation", "figure", "claim"}:
        assert re.search(rf"words\.{key}\b", code), key
    assert words["called"].keys() == {"equation", "figure", "claim"}
