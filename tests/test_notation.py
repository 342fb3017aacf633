"""Every letter in a displayed formula is in one of the tables of symbols."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

CHAPTERS = Path(__file__).parents[1] / "chapters"
FORMULA = re.compile(r"\$\$.*?\$\$", re.DOTALL)
INLINE = re.compile(r"\$[^$]+\$")
# Words, operators and the letters of a differential are no symbols.
WORDS = re.compile(
    r"\\(?:text|operatorname\*?|mathrm|mathcal|mathbb|tag|begin|end|bigl|bigr)\{[^}]*\}"
)
LETTER = re.compile(r"\\[a-zA-Z]+|[A-Za-z]")
GREEK = {
    "alpha", "beta", "gamma", "delta", "varepsilon", "eta", "theta", "lambda", "Lambda", "xi",
    "rho", "sigma", "phi", "varphi", "Phi", "psi", "ell", "mu", "tau", "omega",
}  # fmt: skip
# Not a symbol of its own: the differential.
NO_SYMBOLS = {"d"}


def letters(text: str) -> set[str]:
    found = LETTER.findall(WORDS.sub(" ", text))
    return {one for one in found if len(one) == 1 or one[1:] in GREEK} - NO_SYMBOLS


def tables(*names: str) -> set[str]:
    rows = [
        line.split("|")[1]
        for name in names
        for line in (CHAPTERS / name).read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]
    return letters(" ".join(part for row in rows for part in INLINE.findall(row)))


KNOWN = tables("notation.md", "9_1.md", "9_2.md")


@pytest.mark.parametrize("path", sorted(CHAPTERS.glob("9_*_*_*.ipynb")), ids=lambda p: p.stem)
def test_the_letters_of_a_page_are_in_the_tables(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    shown = " ".join(
        formula
        for cell in cells
        if cell.cell_type == "markdown"
        for formula in FORMULA.findall(cell.source)
    )
    assert letters(shown)
    assert letters(shown) - KNOWN == set()


def test_a_letter_that_is_in_no_table_is_noticed() -> None:
    assert letters(r"$$\text{loss}=\Omega+Q_\mu\,\mathrm dt$$") - KNOWN == {"Q", r"\mu"}
