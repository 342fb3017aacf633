"""Make what can be kept: the book as a PDF in each language, the site as an archive to open.

The PDF is the built site on paper. Its pages are put into one document, in the order of
`_toc.yml`, whose links lead from page to page; the site's own style for print and a browser do
the rest. It is printed twice: only then is it known on which page each begins.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import matplotlib
from babel.dates import format_date
from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString
from pikepdf import ObjectStreamMode, OutlineItem, Pdf
from playwright.sync_api import Page, sync_playwright

import lossnb
from lossnb._files import write_whole
from tools.browser import launch
from tools.notebooks import ROOT
from tools.site import TOOLS, build, install_node_packages
from tools.translation import catalogue, domains, sources
from tools.translation.markdown import Say

RELEASE = ROOT / "_build" / "release"
# What holds the name of a place in the same page.
NAMES = ("id", "name", "for", "aria-labelledby", "aria-describedby", "aria-controls")
FORMULA = re.compile(
    r'<span class="katex"><span class="katex-mathml"><math(?:(?!</math>).)*?'
    r"<annotation[^>]*>(.*?)</annotation></semantics></math></span>",
    re.DOTALL,
)
# The paper's width less its margins, as the browser counts.
WIDTH = round((210 - 2 * 18) / 25.4 * 96)
# In a tree of its own a drawing keeps its ids and its style to itself, and has the page's fonts.
DRAWING = """<template shadowrootmode="open"><style>
svg {{ height: auto; max-height: 105mm; max-width: 100%; }}
text {{ font-family: "Noto Sans SC Variable", "Signs", sans-serif; }}
</style>{svg}</template>"""
# Where the paper's height leaves room beside it, as a picture that is fetched.
TO_THE_LEFT = 'preserveAspectRatio="xMinYMin"'
FONTS = """
@font-face {{ font-family: "Code"; src: url("{mono}"); }}
@font-face {{ font-family: "Code"; src: url("{bold}"); font-weight: 700; }}
@font-face {{ font-family: "Signs"; src: url("{sans}"); }}
@font-face {{ font-family: "Apostrophe"; src: url("{sans}"); unicode-range: U+2018-2019; }}
"""
# A formula or a table that is wider than the paper is set smaller, as far as it takes.
FIT = """
() => {
  for (const box of document.querySelectorAll("div.math > .formula, table")) {
    const room = box.matches("table") ? box.parentElement : box;
    for (let size = 0.97; room.scrollWidth > room.clientWidth + 1 && size > 0.5; size -= 0.03)
      box.style.fontSize = `${size}em`;
  }
}
"""


@dataclass(frozen=True)
class Language:
    """One that the book is in: what it is called, where its site lies, how a message is said."""

    tag: str
    locale: str
    folder: str
    say: Say


LANGUAGES = {
    "lossnb-book": Language("en", "en_GB", "", domains.unheard),
    "lossnb-book-zh": Language("zh-CN", catalogue.LANGUAGE, "zh", catalogue.sayer("site")),
}


@dataclass(frozen=True)
class Edition:
    """Which state of the project this is. Nothing of today: the same state gives the same bytes."""

    commit: str
    date: datetime

    @classmethod
    def of_the_working_tree(cls) -> Edition:
        def git(*words: str) -> str:
            run = ["git", *words]
            return subprocess.run(
                run, cwd=ROOT, check=True, capture_output=True, text=True
            ).stdout.strip()

        changed = "+" if git("status", "--porcelain", "--untracked-files=no") else ""
        date = datetime.fromtimestamp(int(git("show", "-s", "--format=%ct")), UTC)
        return cls(git("rev-parse", "--short=10", "HEAD") + changed, date)

    def called(self, say: Say) -> str:
        text = say("lossnb {version}, commit {commit}")
        return text.format(version=lossnb.__version__, commit=self.commit)


def contents(say: Say = domains.unheard) -> list[tuple[str, list[str]]]:
    """The parts of the book, each with its pages; the first page is in none."""
    toc = sources.contents(say)
    parts = {part["caption"]: [page["file"] for page in part["chapters"]] for part in toc["parts"]}
    return [("", [toc["root"]]), *parts.items()]


def pages() -> list[str]:
    return [page for _, of_part in contents() for page in of_part]


def read_out_as_tex(formula: re.Match[str]) -> str:
    """A formula is one thing in the PDF, not a hundred; its MathML would be text twice."""
    tex = formula[1].replace('"', "&quot;")
    return f'<span class="katex" role="img" aria-label="{tex}">'


def show(picture: Tag, file: Path) -> None:
    """A picture is fetched; a drawing with words is drawn in the page, whose fonts they need."""
    drawing = file.read_text(encoding="utf-8") if file.suffix == ".svg" else ""
    if "<text" not in drawing:
        picture["src"] = file.as_uri()
        return
    said = f'role="img" aria-label="{escape(str(picture["alt"]))}"'
    svg = drawing[drawing.index("<svg") :].replace("<svg ", f"<svg {said} {TO_THE_LEFT} ", 1)
    picture.replace_with(PreformattedString(DRAWING.format(svg=svg)))


def read(site: Path, page: str, others: list[str]) -> Tag:
    """The text of a page, its places and links named as they are in the one document."""
    html = (site / f"{page}.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(FORMULA.sub(read_out_as_tex, html), "html.parser")
    article = soup.select_one("article.bd-article")
    assert article is not None, page
    for dropped in article.select(".headerlink, .viewcode-link, .only-dark, script"):
        dropped.decompose()
    for number in article.select(".section-number"):
        number.unwrap()  # a browser would write a heading's parts twice into the outline
    for tag in article.find_all(True):
        for name in NAMES:
            if tag.get(name):
                tag[name] = " ".join(f"{page}--{one}" for one in str(tag[name]).split())
    for picture in article.select("[src]"):
        show(picture, site / str(picture["src"]))
    for link in article.select("a[href]"):
        parts = urlsplit(str(link["href"]))
        other = parts.path.removesuffix(".html") or page
        if parts.scheme:
            continue
        if other in others:
            link["href"] = f"#{other}--{parts.fragment}" if parts.fragment else f"#{other}"
        else:
            link.unwrap()
    return article


def title_of(article: Tag) -> str:
    heading = article.select_one("h1")
    assert heading is not None
    return " ".join(heading.get_text().split())


def running_heads(titles: dict[str, str], edition: str) -> str:
    """A kind of paper for each page of the site: only so can its title stand at the top."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'

    rules = [
        f"@page {{ @top-right {{ content: {quoted(edition)}; }}"
        " @bottom-center { content: counter(page) ' / ' counter(pages); } }"
        "@page cover { @top-right { content: none; } @bottom-center { content: none; } }"
    ]
    for page, title in titles.items():
        rules.append(f"@page p{page} {{ @top-left {{ content: {quoted(title)}; }} }}")
        rules.append(f"#{css_name(page)} {{ page: p{page}; }}")
    return "\n".join(rules)


def css_name(page: str) -> str:
    """Of an id that may begin with a digit."""
    return re.sub(r"^\d", lambda digit: rf"\3{digit[0]} ", page)


def front_matter(
    titles: dict[str, str], at: dict[str, int], edition: Edition, language: Language
) -> str:
    say, lines = language.say, []
    for caption, of_part in contents(say):
        if caption:
            lines.append(f'<p class="part">{escape(caption)}</p>')
        lines += [
            f'<p class="entry"><a href="#{page}">{escape(titles[page])}</a>'
            f'<span class="at">{at.get(page, 0)}</span></p>'
            for page in of_part
        ]
    book = '<span lang="zh-CN">魏秀参《解析卷积神经网络——深度学习实践手册》</span>'
    below = [
        escape(edition.called(say)),
        format_date(edition.date, "long", locale=language.locale),
        say("Text and figures: CC BY 4.0. Code: MIT."),
    ]
    companion = say("An executable companion to chapter 9 of {book}").format(book=book)
    author, heading = say("the lossnb authors"), say("Contents")
    return f"""
<section class="cover">
<p class="title">{escape(titles["index"])}</p>
<p class="author">{escape(author)}</p>
<p>{companion}</p>
<p class="edition">{"<br>".join(below)}</p>
</section>
<section class="contents"><h1>{heading}</h1>
{"".join(lines)}
</section>"""


def head(site: Path, titles: dict[str, str], edition: str, say: Say) -> str:
    """The site's styles and what paper needs besides: fonts that are the same on every machine."""
    index = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    sheets = [str(link["href"]).partition("?")[0] for link in index.select('[rel="stylesheet"]')]
    packages = TOOLS / "node_modules"
    serif = packages / "@fontsource" / "source-serif-4"
    files = [
        *(site / sheet for sheet in sheets),
        *(serif / f"{kind}.css" for kind in ("400", "400-italic", "600", "600-italic")),
        packages / "@fontsource-variable" / "noto-sans-sc" / "index.css",
        TOOLS / "release.css",
    ]
    ttf = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    faces = {"mono": "DejaVuSansMono", "bold": "DejaVuSansMono-Bold", "sans": "DejaVuSans"}
    fonts = FONTS.format(**{key: (ttf / f"{name}.ttf").as_uri() for key, name in faces.items()})
    links = "\n".join(f'<link rel="stylesheet" href="{file.as_uri()}">' for file in files)
    return f"""<meta charset="utf-8"><title>{escape(titles["index"])}</title>
<meta name="author" content="{escape(say("the lossnb authors"))}">
{links}
<style>{fonts}{running_heads(titles, edition)}</style>"""


@dataclass
class Book:
    """All pages of the site as one page of HTML."""

    site: Path
    edition: Edition
    language: Language

    def __post_init__(self) -> None:
        names = pages()
        articles = {page: read(self.site, page, names) for page in names}
        self.titles = {page: title_of(article) for page, article in articles.items()}
        say = self.language.say
        self.head = head(self.site, self.titles, self.edition.called(say), say)
        self.text = "\n".join(
            f'<section class="sheet" id="{page}">{article.decode_contents()}</section>'
            for page, article in articles.items()
        )

    def html(self, at: dict[str, int]) -> str:
        """With the page ``at`` which each part begins in its list of contents."""
        return f"""<!doctype html>
<html lang="{self.language.tag}" data-theme="light"><head>{self.head}</head>
<body><main class="bd-main">
<div class="bd-content"><div class="bd-article-container"><article class="bd-article">
{front_matter(self.titles, at, self.edition, self.language)}
{self.text}
</article></div></div></main>
<script src="{(ROOT / "chapters" / "_static" / "print.js").as_uri()}"></script></body></html>"""


def print_once(page: Page, file: Path) -> bytes:
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.emulate_media(media="print")
    page.set_viewport_size({"width": WIDTH, "height": 1000})
    page.goto(file.as_uri())
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.evaluate("document.fonts.ready")
    page.evaluate(FIT)
    if failed:
        raise RuntimeError(f"the book lacks {', '.join(failed)}")
    return page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)


def starts(pdf: Pdf, count: int) -> list[int]:
    """The numbers of the pages that the last titles of the outline's first level are on."""
    numbers = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
    with pdf.open_outline() as outline:
        places: list[Any] = [entry.destination for entry in outline.root[-count:]]
    return [numbers[place[0].objgen] for place in places]


def finish(pdf: Pdf, edition: Edition, say: Say) -> bytes:
    """With the date of the commit, and each title once: a browser that moves a heading to the next
    page takes down its words twice."""

    def mend(entries: list[OutlineItem]) -> None:
        for entry in entries:
            entry.title = re.sub(r"^(.+?)\1+$", r"\1", entry.title, flags=re.DOTALL)
            mend(entry.children)

    with pdf.open_outline() as outline:
        mend(outline.root)
    date = f"D:{edition.date:%Y%m%d%H%M%S}Z"
    for name, said in {"Creation": date, "Mod": date}.items():
        pdf.docinfo[f"/{name}Date"] = said
    pdf.docinfo["/Subject"] = edition.called(say)
    output = BytesIO()
    pdf.save(output, object_stream_mode=ObjectStreamMode.generate, deterministic_id=True)
    return output.getvalue()


def make_book(site: Path, output: Path, edition: Edition, language: Language) -> None:
    """From the ``site`` of both languages."""
    book = Book(site / language.folder, edition, language)
    at: dict[str, int] = {}
    file = output.with_suffix(".html")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for _ in range(2):
            write_whole(file, book.html(at))
            pdf = Pdf.open(BytesIO(print_once(browser.new_page(), file)))
            at = dict(zip(book.titles, starts(pdf, len(book.titles)), strict=True))
        browser.close()
    write_whole(output, finish(pdf, edition, language.say))
    file.unlink()


def make_archive(site: Path, output: Path, edition: Edition) -> None:
    """Unpack it and open index.html: the site needs no server."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(site.rglob("*")):
            if path.is_file() and path.name != ".buildinfo":
                name = f"{output.stem}/{path.relative_to(site).as_posix()}"
                entry = zipfile.ZipInfo(name, edition.date.timetuple()[:6])
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    write_whole(output, packed.getvalue())


def main() -> None:
    argparse.ArgumentParser(prog="python -m tools.release", description=__doc__).parse_args()
    install_node_packages(develop=True)
    site, edition = build().parent, Edition.of_the_working_tree()
    make_archive(site, RELEASE / "lossnb-site.zip", edition)
    for name, language in LANGUAGES.items():
        make_book(site, RELEASE / f"{name}.pdf", edition, language)
    for path in sorted(RELEASE.iterdir()):
        print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
