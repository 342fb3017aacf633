"""A number in the prose is held by something near it: an output, the code, a formula or a record.

Near is the same section, down to the third level of headings. A number stands for what it is
rounded from: 91 for all from 90 to 92, 0.27 for all from 0.265 to 0.275; 91 % also for 0.91.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import nbformat
import pytest

from lossnb.experiments import VERDICTS
from lossnb.experiments.claims import CLAIMS
from tools.compare import NUMBER, unit, value

ROOT = Path(__file__).parents[1]
CHAPTERS = ROOT / "chapters"
NOTEBOOKS = sorted(CHAPTERS.glob("*.ipynb"))

# What the literature says, and no cell of ours can: by the page, as written there.
FROM_ELSEWHERE: dict[str, set[str]] = {
    "9_1_4_large_margin_softmax": {"18,000", "0.31", "0.40", "10,000", "77"},
    "9_1_5_center": {"97.37", "99.28"},
    # How large the collections are.
    "claims": {"10,000", "60,000", "400", "40"},
}

# What an interval covers, on every page: lossnb/experiments/_judge.py.
INTERVALS = {"95"}

TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
TEENS = [
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
WORDS = {
    **{word: 11 + i for i, word in enumerate(TEENS)},
    **{word: 20 + 10 * i for i, word in enumerate(TENS)},
    **{f"{t}-{o}": 20 + 10 * i + j for i, t in enumerate(TENS) for j, o in enumerate(ONES, 1)},
}
WORD = re.compile(rf"\b({'|'.join(sorted(WORDS, key=len, reverse=True))})\b", re.IGNORECASE)

# What is no statement of the prose: formulas, code, addresses, and the names of places.
NO_PROSE = re.compile(
    r"""
    \$\$.*?\$\$ | \$[^$]*\$ | ```.*?``` | `[^`]*`           # formulas and code
    | !?\[[^\]]*\]\(bibliography\.md[^)]*\)                 # citations
    | \]\([^)]*\) | https?://\S+ | <[^>]+>                  # addresses and tags
    | ^\#[^\n]*$ | ^\d+\.\s                                     # headings, numbers of a list
    | \(\d\.\d+\)                                           # equations
    | \b(?:[Ss]ections?|[Ff]igures?|[Ee]xercises?|[Ee]quations?|[Cc]hapters?|[Pp]ages?|eqs?\.)
      \s+(?:\d[\d.]*(?:\s*(?:,|and|to|or)\s+)?)+[a-d]?
    | \[\d+\](?!\()                                          # the chapter's own references
    | \b9\.\d(?:\.\d+)*                                     # sections by their number
    | \b[0-9]+-(?:D|digit|bit|dimensional)\b
    | \b(?:1[89]|20)\d\d\b                                  # years
    | Reading\ time:\ about\ \d+\ minutes                    # tested by itself, below
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
MATHEMATICS = re.compile(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`", re.DOTALL)
DIGITS = re.compile(
    r"(?<![\d.])[-−]?(?:\d{1,3}(?:(?:,|\{,\}|_)\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?"
)


@dataclass
class Section:
    """What a reader sees between two headings."""

    heading: str
    level: int
    prose: str = ""
    held: set[float] = field(default_factory=set)


def sections(notebook: nbformat.NotebookNode) -> list[Section]:
    found = [Section("", 1)]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for part in re.split(r"^(?=#{1,3} )", cell.source, flags=re.MULTILINE):
                if match := re.match(r"(#{1,3}) (.*)", part):
                    found.append(Section(match[2], len(match[1])))
                found[-1].prose += part + "\n"
                found[-1].held |= numbers(" ".join(MATHEMATICS.findall(part)))
        else:
            found[-1].held |= numbers(cell.source)
            for output in cell.outputs:
                found[-1].held |= numbers(printed(output))
    return found


def printed(output: nbformat.NotebookNode) -> str:
    if output.output_type == "stream":
        return str(output.text)
    data = output.get("data", {})
    labels = re.findall(r"<!--(.*?)-->", data.get("image/svg+xml", ""))
    return " ".join([*labels, *(text for kind, text in data.items() if kind.startswith("text/"))])


def numbers(text: str) -> set[float]:
    """All numbers in code, output or a formula."""
    text = re.sub(r"(?<=\d)(?:\{,\}|_)(?=\d{3})", ",", text)
    return {abs(value(number)) for number in DIGITS.findall(text)}


def statements(prose: str) -> Iterator[tuple[str, float, float, bool]]:
    """Each number that the prose states: as written, its size, its unit, whether it is per cent."""
    text = NO_PROSE.sub(lambda match: " · " if "$" in match[0] else " ", prose)
    for match in NUMBER.finditer(text):
        per_cent = text[match.end() :].lstrip().startswith(("%", "per cent"))
        yield match[0], abs(value(match[0])), unit(match[0]), per_cent
    for match in WORD.finditer(text):
        yield match[0], float(WORDS[match[0].lower()]), 1.0, False


def is_held(size: float, unit: float, per_cent: bool, held: set[float]) -> bool:
    slack = 0.999 if unit >= 1 else 0.5 * unit * (1 + 1e-6)
    scales = (1.0, 100.0) if per_cent else (1.0,)
    return any(abs(scale * number - size) <= slack for number in held for scale in scales)


@cache
def parsed(path: Path) -> list[Section]:
    return sections(nbformat.read(path, as_version=4))


def free_numbers(found: list[Section], allowed: set[str]) -> list[str]:
    """The numbers of the prose that nothing near them holds."""
    free = []
    for index, section in enumerate(found):
        held = around(found, index)
        for written, size, one, per_cent in statements(section.prose):
            small = float(size).is_integer() and size <= 10 and not per_cent
            if not small and written not in allowed and not is_held(size, one, per_cent, held):
                free.append(f"{section.heading}: {written}{' %' if per_cent else ''}")
    return free


def around(found: list[Section], index: int) -> set[float]:
    """What stands just before and after a section, and at the head of its part of the page; the
    first section sums the page up, all of which holds it."""
    if found[index].heading == "In one sentence":
        return set().union(*(section.held for section in found))
    head = index
    while found[head].level > 2:
        head -= 1
    near = {head, index - 1, index, index + 1} & set(range(len(found)))
    return set().union(*(found[i].held for i in near))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_number_in_the_prose_is_held_by_something_near(path: Path) -> None:
    assert free_numbers(parsed(path), FROM_ELSEWHERE.get(path.stem, set()) | INTERVALS) == []


READING = re.compile(r"Reading time: about (\d+) minutes\.")


def minutes(notebook: nbformat.NotebookNode) -> float:
    """200 words a minute, and half a minute for each displayed formula; without what is folded."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    text = re.sub(r"<details>.*?</details>", "", "\n".join(cells), flags=re.DOTALL)
    formulas = re.findall(r"\$\$.*?\$\$", text, flags=re.DOTALL)
    words = re.findall(r"[A-Za-z][\w’'-]*", NO_PROSE.sub(" ", text))
    return len(words) / 200 + len(formulas) / 2


@pytest.mark.parametrize("path", sorted(CHAPTERS.glob("9_*.ipynb")), ids=lambda path: path.stem)
def test_a_page_takes_as_long_as_it_says(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    (said,) = READING.findall(notebook.cells[0].source)
    assert 15 <= int(said) <= 25
    assert abs(int(said) - minutes(notebook)) <= 2.5


CLAIMED = re.compile(r"\b(\w+(?:-\w+)?)\s+claims\b")


@pytest.mark.parametrize("name", ["README.md", "chapters/index.md", "chapters/claims.ipynb"])
def test_the_number_of_claims_is_right_wherever_it_is_said(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    if name.endswith(".ipynb"):
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    said = [WORDS.get(word.lower(), word) for word in CLAIMED.findall(text)]
    counts = [int(word) for word in said if str(word).isdigit()]
    assert counts
    assert set(counts) == {len({claim.id.rstrip("ab") for claim in CLAIMS})}


# A verdict on a claim, in bold or not, that somebody wrote by hand.
BY_HAND = re.compile(
    r"finds on C\d|\bC\d+[ab]?\b[^.]{0,40}(?:"
    + "|".join(map(re.escape, VERDICTS))
    + r"|not supported|true only with a condition)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_page_has_a_verdict_of_its_own(path: Path) -> None:
    """The ledger's are computed; a page prints them, and says in prose what its own trial found."""
    cells = nbformat.read(path, as_version=4).cells
    for cell in cells:
        if cell.cell_type == "markdown":
            assert not BY_HAND.findall(cell.source), cell.source


@pytest.mark.parametrize(
    "text",
    [
        "**What this page finds on C2: nothing.**",
        "**C15: supported.**",
        "On C15 the verdict is: supported",
        "C8 is *contradicted* here",
        "C21a was undecided",
    ],
)
def test_a_verdict_by_hand_is_noticed(text: str) -> None:
    assert BY_HAND.search(text)


def spoiled(found: list[Section], old: str, new: str) -> list[Section]:
    assert any(old in section.prose for section in found)
    return [replace(section, prose=section.prose.replace(old, new)) for section in found]


def test_a_changed_number_in_the_prose_is_found() -> None:
    text = "## Live\n\nA little over 91 %, in nineteen of 20 runs, at $s=-0.5$."
    cell = nbformat.v4.new_code_cell("runs = 20")
    cell.outputs = [nbformat.v4.new_output("stream", text="91.5 % in 19 runs")]
    page = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), cell])
    found = sections(page)
    assert free_numbers(found, set()) == []
    for old, new in {"91": "81", "nineteen": "eighteen", "20": "25", "91 %": "91.9 %"}.items():
        assert len(free_numbers(spoiled(found, old, new), set())) == 1, new


def test_most_changed_numbers_are_found_on_the_pages() -> None:
    """Another leading digit, in each number of two digits or more: nine in ten are noticed."""
    noticed = tried = 0
    for path in NOTEBOOKS:
        found = parsed(path)
        for index, section in enumerate(found):
            held = around(found, index)
            for _, size, one, per_cent in statements(section.prose):
                if size >= 11:
                    power = 10.0 ** math.floor(math.log10(size))
                    tried += 1
                    noticed += not is_held(size + power, one, per_cent, held)
    assert tried > 100
    assert noticed > 0.7 * tried, f"{noticed} of {tried}"
