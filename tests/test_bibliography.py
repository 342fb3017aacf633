"""Citations are links that say who and when; behind each is one entry of the bibliography."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from tools.bibliography import PAGE, anchor, cite, entries, heading, page
from tools.notebooks import CHAPTERS

PAGES = sorted([*CHAPTERS.glob("*.md"), *CHAPTERS.glob("*.ipynb")])
LINK = re.compile(r"\[[^\]]*\]\(bibliography\.md#[^)]*\)")


def prose(path: Path) -> str:
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_the_page_is_made_from_the_references() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tools.bibliography"


def test_no_two_entries_have_one_heading() -> None:
    anchors = [anchor(heading(entry)) for entry in entries().values()]
    assert len(set(anchors)) == len(anchors)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_citation_is_a_link_to_its_entry(path: Path) -> None:
    known = {cite(key, bracketed) for key in entries() for bracketed in (False, True)}
    assert set(LINK.findall(prose(path))) <= known
    assert "{cite" not in prose(path)


def test_every_entry_is_cited() -> None:
    cited = {link for path in PAGES for link in LINK.findall(prose(path))}
    assert not [key for key in entries() if not cited & {cite(key), cite(key, bracketed=True)}]


CASES = {
    "liu2016": (
        "[Liu et al. (2016)](bibliography.md#liu-et-al-2016)",
        "[Liu et al., 2016](bibliography.md#liu-et-al-2016)",
    ),
    "huber1964": (
        "[Huber (1964)](bibliography.md#huber-1964)",
        "[Huber, 1964](bibliography.md#huber-1964)",
    ),
    "wu2007": (
        "[Wu and Liu (2007)](bibliography.md#wu-and-liu-2007)",
        "[Wu and Liu, 2007](bibliography.md#wu-and-liu-2007)",
    ),
    "muller2019": (
        "[Müller et al. (2019)](bibliography.md#müller-et-al-2019)",
        "[Müller et al., 2019](bibliography.md#müller-et-al-2019)",
    ),
}


@pytest.mark.parametrize("key", CASES)
def test_one_to_three_authors(key: str) -> None:
    assert (cite(key), cite(key, bracketed=True)) == CASES[key]


@pytest.mark.parametrize(
    "words",
    [
        "Architectures and Applications*, 227–236. Springer, 1990.",
        "Víctor J. Yohai. High Breakdown-Point and High Efficiency",
        "*Neural Computation*, 15(4):915–936, 2003.",
        "[doi:10.1093/imanum/draa038](https://doi.org/10.1093/imanum/draa038)",
        "[arXiv:1612.02295](https://arxiv.org/abs/1612.02295)",
        "Numerical Influence of ReLU'(0) on Backpropagation",
        "解析卷积神经网络",
    ],
)
def test_an_entry_reads_as_in_print(words: str) -> None:
    assert words in page()
