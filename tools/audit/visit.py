"""Read a page as readers do, and take down what it fetches, what it says and where axe objects.

Over http first, until it has come to rest: its weight. Then it is scrolled through, so that the
figures that move are there; everything folded is opened, a question answered, an exercise tried;
and axe judges it in both themes, wide and narrow. Then once more as a file, on a slow phone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Request, Response

from tools.site import TOOLS

AXE = TOOLS / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES = ("light", "dark")
WIDTHS = (1280, 360)
PHONE = {"width": 412, "height": 823}
SLOWER = 4  # than this machine, as Lighthouse has it

WATCH = """
globalThis.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) globalThis.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
SCROLL = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    // What comes near the screen is noticed when the next frame is drawn.
    for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
  }
}"""
# Every figure of a page that fetches figures, and every page that asks for answers.
MOUNTED = """() => {
  const loader = document.querySelector('script[src*="explorables/load.js"]');
  if (!loader) return true;
  const places = document.querySelectorAll('[class*="tag_explorable-"]').length;
  const answers = document.querySelectorAll("form.answer").length;
  return document.querySelectorAll("section.explorable svg").length >= places
    && (answers > 0 || !loader.dataset.exercises);
}"""
PLAY = """() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const answers of document.querySelectorAll(".explorable-answers"))
    answers.querySelector("button").click();
  for (const form of document.querySelectorAll("form.answer")) {
    form.querySelector("input").value = "0";
    form.requestSubmit();
  }
}"""
DRESS = """async (theme) => {
  scrollTo(0, 0); // the bar at the top lies over what has been scrolled under it
  document.documentElement.dataset.theme = theme;
  // Sphinx's theme sees to what can be scrolled once a width has lasted.
  await new Promise((done) => setTimeout(done, 1000));
  // It shows this button to those who scroll up.
  document.getElementById("pst-back-to-top")?.style.setProperty("display", "block");
}"""
JUDGE = """async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}"""


@dataclass
class Visit:
    """What there was to see: requests, bytes and shifts of the layout before anyone scrolls.

    ``axe`` holds for each state the HTML that violates each rule.
    """

    requests: list[str] = field(default_factory=list)
    size: int = 0
    shift: float = 0.0
    axe: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)


def listen(page: Page, home: str, seen: Visit) -> list[Request]:
    """Take down what goes wrong with a page; return the list that its requests will be put on."""
    requests: list[Request] = []

    def asked(request: Request) -> None:
        requests.append(request)
        if not request.url.startswith((home, "data:", "blob:")):
            seen.foreign.append(request.url)

    def answered(response: Response) -> None:
        if response.status >= 400:
            seen.failed.append(response.url)

    page.on("request", asked)
    page.on("requestfailed", lambda request: seen.failed.append(request.url))
    page.on("response", answered)
    page.on("console", lambda message: seen.console.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen.console.append(f"error: {error}"))
    return requests


def transferred(request: Request) -> int:
    """Bytes over the wire, compressed, with their headers."""
    if request.response() is None:
        return 0
    sizes = request.sizes()
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])


def walk(page: Page) -> None:
    """To the end and back, until all that comes near the screen is there."""
    page.evaluate(SCROLL)
    page.wait_for_function(MOUNTED)
    page.wait_for_load_state("networkidle")


def judge(page: Page) -> dict[str, dict[str, list[str]]]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for theme in THEMES:
            page.evaluate(DRESS, theme)
            found[f"{theme} {width}"] = dict(page.evaluate(JUDGE, RULES))
    return found


def visit(browser: Browser, site: Path, address: str, name: str) -> Visit:
    """The page of that name, from the folder of the site and from where it is served."""
    seen = Visit()
    view: Any = {"viewport": {"width": WIDTHS[0], "height": 900}, "reduced_motion": "reduce"}
    with browser.new_context(**view) as context:
        context.add_init_script(WATCH)
        page = context.new_page()
        asked = listen(page, address, seen)
        page.goto(f"{address}/{name}.html", wait_until="networkidle")
        fetched = [request for request in asked if request.url.startswith("http")]
        seen.requests = [request.url.removeprefix(f"{address}/") for request in fetched]
        seen.size = sum(map(transferred, fetched))
        seen.shift = page.evaluate("shifted")
        walk(page)
        page.evaluate(PLAY)
        seen.axe = judge(page)
    with browser.new_context(**{**view, "viewport": PHONE}) as context:
        context.add_init_script(WATCH)
        page = context.new_page()
        listen(page, site.as_uri(), seen)
        speed = context.new_cdp_session(page)
        speed.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto((site / f"{name}.html").as_uri(), wait_until="networkidle")
        seen.shift = max(seen.shift, page.evaluate("shifted"))
        speed.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        walk(page)
    return seen
