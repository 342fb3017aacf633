"""What the pages share: set-up, a function's own lines, the ledger's verdicts, numbers and tables.

Text is shown as Markdown, which every reader of notebooks colours and lays out in its own way.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lossnb._extras import extra

with extra("notebooks"):
    import torch
    from IPython.display import HTML, Markdown
    from scipy import stats
    from tabulate import tabulate

from lossnb.experiments.ledger import verdicts
from lossnb.experiments.verdicts import ledger
from lossnb.figures import use_style

Array = NDArray[np.float64]

# What is read as a number: with its unit or its interval, or a dash where there is none.
NUMERIC = re.compile(r"([+−-]?[\d.,]+(e[+-]\d+)?( ?%|°| ± .*)?|nan|inf|–)?")


def setup(*, double: bool = False) -> None:
    """One style for the figures, and the same digits on every machine.

    One thread adds in one order. ``double`` makes double precision torch's default, in which the
    last bits of two processors do not grow into printed digits during a training.
    """
    use_style()
    torch.set_num_threads(1)
    if double:
        torch.set_default_dtype(torch.float64)


def show_source(*functions: Callable[..., Any]) -> Markdown:
    """The functions, or classes, as they stand in their file, but for docstrings of many lines: the
    reference has those."""
    sources = (without_long_docstrings(inspect.getsource(one)) for one in functions)
    return Markdown("```python\n{}\n```".format("\n\n\n".join(sources)))


def without_long_docstrings(source: str) -> str:
    """The lines of a definition without those of docstrings that have more than three."""
    lines = dict(enumerate(source.rstrip().splitlines(), 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            first, last = node.body[0].lineno, node.body[0].end_lineno or 0
            if last - first >= 3:
                for number in range(first, last + 1):
                    del lines[number]
    return "\n".join(lines.values())


def show_verdicts(page: str) -> HTML:
    """What the recorded runs say on each claim of a page."""
    return verdicts(ledger(page))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], digits: Any = ".1f") -> Markdown:
    """Rows under their columns; ``digits`` is the format of the floats, or one for each column.

    A column of numbers stands on the right, whether they came as numbers or as text, and each has
    the sign that is printed in a formula, −, and not a hyphen.

    >>> print(table(["loss", "error"], [["l1", 0.25], ["l2", 3.0]], digits=".2f").data)
    | loss   |   error |
    |:-------|--------:|
    | l1     |    0.25 |
    | l2     |    3.00 |
    """
    rows = [list(row) for row in rows]
    formats = [digits] * len(columns) if isinstance(digits, str) else digits
    # What is text already stays as it is, though it may look like a number.
    text = [
        [
            signed(format(value, form) if isinstance(value, float | np.floating) else str(value))
            for value, form in zip(row, formats, strict=True)
        ]
        for row in rows
    ]
    sides = [
        "right" if all(map(NUMERIC.fullmatch, column)) else "left"
        for column in zip(*text, strict=True)
    ]
    return Markdown(tabulate(text, columns, tablefmt="pipe", disable_numparse=True, colalign=sides))


def signed(text: str) -> str:
    """A number with a minus sign where it has a hyphen; any other text as it is.

    >>> [signed(text) for text in ("-0.7 ± 0.3", "1e-05", "-weight")]
    ['−0.7 ± 0.3', '1e-05', '-weight']
    """
    return f"−{text[1:]}" if text.startswith("-") and NUMERIC.fullmatch(text) else text


def central_differences(loss: Callable[[Array], float], x: Array, step: float = 1e-6) -> Array:
    """The gradient of ``loss`` at x, estimated for one entry of x after the other."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[index] = step
        gradient[index] = (loss(x + shift) - loss(x - shift)) / (2 * step)
    return gradient


def mean_and_interval(differences: ArrayLike) -> tuple[float, float]:
    """The mean of independent differences and half the length of its 95 % interval, Student's.

    >>> mean, half = mean_and_interval([0.0, 1.0, 2.0])
    >>> print(f"{mean:.1f} ± {half:.2f}")
    1.0 ± 2.48
    """
    differences = np.asarray(differences, dtype=float)
    t = stats.t.ppf(0.975, len(differences) - 1)
    return float(differences.mean()), float(t * stats.sem(differences))
