"""What holds for every figure that moves."""

from __future__ import annotations

import gzip
import os
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tools.audit.visit import AXE, RULES

from .browser import LANGUAGES, NARROW, PHONE, SOURCES, WIDE, Figure, edition, names, played, words
from .conftest import Open

every = pytest.mark.parametrize("name", names())
in_both = pytest.mark.parametrize("language", LANGUAGES)
# Without the style sheets, which a page opened from a file may not read.
OBJECTIONS = """async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules, preload: false });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => [id, html]));
}"""
# Text that leaves the picture or runs into other text.
CROWDED = """() => {
  const picture = document.querySelector("section.explorable svg");
  const frame = picture.getBoundingClientRect();
  const texts = [...picture.querySelectorAll("text")].filter((text) => text.textContent.trim()
    && text.checkVisibility({ opacityProperty: true })).map((text) =>
      ({ said: text.textContent, box: text.getBoundingClientRect() }));
  const found = [];
  texts.forEach(({ said, box }, i) => {
    if (box.left < frame.left - 1 || box.right > frame.right + 1
      || box.top < frame.top - 2 || box.bottom > frame.bottom + 2) found.push([said]);
    for (const other of texts.slice(0, i)) {
      const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const tall = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
      if (wide > 5 && tall > 5) found.push([said, other.said]);
    }
  });
  // A bar is a little wider than its label.
  for (const box of document.querySelectorAll(
      "section.explorable :is(button, fieldset, fieldset label, legend, footer a, p)"))
    if (box.matches(":not(.explorable-heard)") && box.scrollWidth > box.clientWidth + 1)
      found.push([box.textContent]);
  return found;
}"""


def keep(figure: Figure, how: str) -> None:
    """A picture of it, where the environment names a folder for them: CI keeps it."""
    if folder := os.environ.get("LOSSNB_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        figure.box.screenshot(path=Path(folder) / f"{figure.name}-{how}.png")


@every
@in_both
def test_it_starts_as_the_books_figure_and_comes_back_to_it(
    opened: Open, name: str, language: str
) -> None:
    with opened(name, language=language) as figure:
        before = figure.told()
        assert before
        assert figure.revealed() == ""
        keep(figure, f"wide-{language}")
        picture = figure.box.locator("svg").inner_html()
        for bar in figure.box.locator('input[type="range"]').all():
            bar.focus()
            figure.page.keyboard.press("End")
        for choice in figure.box.locator("fieldset").all():
            choice.locator("input").last.check()
        assert figure.told() != before
        figure.control("reset").click()
        assert figure.told() == before
        clip = re.compile(r"clip-\w+")
        assert clip.sub("", figure.box.locator("svg").inner_html()) == clip.sub("", picture)
        assert figure.address() in ("", f"#{name}")


@every
@in_both
def test_a_link_opens_it_in_the_same_state(opened: Open, name: str, language: str) -> None:
    with opened(name, language=language) as figure:
        for bar in figure.box.locator('input[type="range"]').all():
            bar.focus()
            for _ in range(3):
                figure.page.keyboard.press("ArrowRight")
        if figure.box.locator(".handle").count():
            figure.press(0, "ArrowRight", "ArrowUp")
        state, told = figure.address(), figure.told()
    with opened(name, state, language=language) as again:
        assert again.told() == told
    nonsense = f"#{name}?nonsense=1&points.99=1,2&points.0=a&last=x"
    with opened(name, nonsense, language=language) as figure:
        assert figure.told()


@every
@in_both
def test_every_answer_is_heard(opened: Open, name: str, language: str) -> None:
    with opened(name, language=language) as figure:
        answers = words(name, language)["answers"]
        assert 2 <= len(answers) <= 3
        for i, _ in enumerate(answers):
            answer = figure.control(f"answer-{i}")
            assert answer.inner_text() == answers[i]
            answer.click()
            assert answer.get_attribute("aria-pressed") == "true"
            assert figure.box.locator('[aria-pressed="true"]').count() == 1
        assert figure.revealed() == words("frame", language)["try"]


@every
@in_both
@pytest.mark.parametrize("width", [NARROW, PHONE])
def test_a_thumb_is_enough(opened: Open, name: str, language: str, width: int) -> None:
    view = {"viewport": {"width": width, "height": 700}, "has_touch": True}
    with opened(name, theme="dark", language=language, **view) as figure:
        keep(figure, f"{width}-dark-{language}")
        assert figure.page.evaluate("document.documentElement.scrollWidth") <= width
        for target in figure.box.locator("button, fieldset label, footer a").all():
            place = target.bounding_box()
            assert place
            assert place["height"] >= 44
        for bar in figure.box.locator("label:has(input[type=range])").all():
            assert (bar.bounding_box() or {})["height"] >= 44
        for reach in figure.box.locator(".handle-reach").all():
            assert float(reach.get_attribute("r") or 0) >= 22
        small = """[...document.querySelectorAll("svg text")].filter(text =>
            text.textContent && parseFloat(getComputedStyle(text).fontSize) < 11).length"""
        assert figure.page.evaluate(small) == 0


@every
@in_both
@pytest.mark.parametrize("width", [360, WIDE])
def test_no_text_is_cut_off_or_lies_on_other_text(
    opened: Open, name: str, language: str, width: int
) -> None:
    """As it starts, and as its controls and its points are moved."""
    view = {"viewport": {"width": width, "height": 900}, "reduced_motion": "reduce"}
    with opened(name, language=language, **view) as figure:
        crowded = {state: found for state in played(figure) if (found := crowding(figure))}
    assert crowded == {}


def crowding(figure: Figure) -> list[list[str]]:
    found: list[list[str]] = figure.page.evaluate(CROWDED)
    return found


@every
@in_both
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_objects_to_nothing(opened: Open, name: str, language: str, theme: str) -> None:
    with opened(name, theme=theme, language=language) as figure:
        figure.control("answer-0").click()
        figure.page.evaluate(AXE.read_text(encoding="utf-8"))
        assert figure.page.evaluate(OBJECTIONS, RULES) == []


@every
def test_print_and_readers_without_scripts_have_the_still_picture(opened: Open, name: str) -> None:
    with opened(name) as figure:
        still = figure.page.locator(".cell_output img")
        beside = "beside: true" in (SOURCES / f"{name}.mjs").read_text(encoding="utf-8")
        assert still.is_visible() == beside
        figure.page.emulate_media(media="print")
        assert still.is_visible()
        assert not figure.box.is_visible()


@every
def test_its_words_are_all_used(name: str) -> None:
    code = (SOURCES / f"{name}.mjs").read_text(encoding="utf-8")
    frame = {"title", "picture", "equation", "question", "answers", "reveal", "controls", "options"}
    for key in words(name).keys() - frame:
        assert re.search(rf"words\.{key}\b|\b{key}\b.*= words", code), key


@every
def test_its_words_take_the_place_of_none_of_the_frames(name: str) -> None:
    assert not words(name).keys() & words("frame").keys()


@every
@in_both
def test_it_is_light(folder: Path, name: str, language: str) -> None:
    scripts = edition(folder, language) / "explorables"
    sizes = {
        file: len(gzip.compress((scripts / file).read_bytes(), 9))
        for file in (f"{name}.js", "shared.js", "explorables.css", "load.js")
    }
    # A Chinese letter takes three bytes.
    assert sizes[f"{name}.js"] <= (10_000 if language == "en" else 10_500)
    assert sizes["shared.js"] <= 25_000
    assert sizes["explorables.css"] <= 3_000
    assert sizes["load.js"] <= 700


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where the same pages are served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("localhost", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


@every
def test_over_http_nothing_comes_from_elsewhere(
    browser: Browser, address: str, opened: Open, name: str
) -> None:
    with opened(name) as figure:
        told = figure.told()
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{name}-light.html")
    page.locator("section.explorable svg").wait_for()
    assert page.locator(".explorable-told").inner_text() == told
    assert len(asked) >= 4
    assert all(url.startswith((address, "data:")) for url in asked)
    page.close()
