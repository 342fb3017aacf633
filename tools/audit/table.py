"""One row a page, one column a measure, and the bounds within which each must lie."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from tabulate import tabulate

from tools.audit.lighthouse import Scores
from tools.audit.visit import THEMES, WIDTHS, Visit

SHOWN = 3


@dataclass
class Row:
    page: str
    visit: Visit
    scores: Scores | None = None

    @property
    def shift(self) -> float:
        """On a wide screen, on a slow phone or on Lighthouse's, whichever shifts more."""
        return max(self.visit.shift, self.scores.cls if self.scores else 0)


@dataclass(frozen=True)
class Column:
    head: str
    value: Callable[[Row], float]
    low: float = -inf
    high: float = inf
    digits: int = 0

    def holds(self, row: Row) -> bool:
        return self.low <= self.value(row) <= self.high

    def cell(self, row: Row) -> str:
        return f"{self.value(row):.{self.digits}f}" + ("" if self.holds(row) else " ✗")


def score(head: str, name: str, low: float = -inf, digits: int = 0) -> Column:
    return Column(head, lambda row: getattr(row.scores, name), low=low, digits=digits)


def axe(theme: str, width: int) -> Column:
    head = f"axe {theme} {width}"
    return Column(head, lambda row: len(row.visit.axe[f"{theme} {width}"]), high=0)


LIGHTHOUSE = [
    score("perf", "performance", low=98),
    score("a11y", "accessibility", low=100),
    score("best", "best_practices", low=100),
    score("SEO", "seo", low=100),
    score("LCP s", "lcp", digits=1),
]
VISIT = [
    Column("CLS", lambda row: row.shift, high=0.01, digits=3),
    Column("KB", lambda row: row.visit.size / 1000, high=250),
    Column("requests", lambda row: len(row.visit.requests), high=20),
    *(axe(theme, width) for theme in THEMES for width in WIDTHS),
    Column("foreign", lambda row: len(set(row.visit.foreign)), high=0),
    Column("failed", lambda row: len(set(row.visit.failed)), high=0),
    Column("console", lambda row: len(row.visit.console), high=0),
]


def columns(rows: list[Row]) -> list[Column]:
    return [*LIGHTHOUSE, *VISIT] if all(row.scores for row in rows) else VISIT


def table(rows: list[Row]) -> str:
    heads = ["page", *(column.head for column in columns(rows))]
    cells = [[row.page, *(column.cell(row) for column in columns(rows))] for row in rows]
    align = ["left", *["right"] * (len(heads) - 1)]
    return tabulate(cells, heads, tablefmt="pipe", disable_numparse=True, colalign=align)


def outside(rows: list[Row]) -> str:
    """How many pages are out of which bounds; nothing if none is."""
    counts = {column.head: sum(not column.holds(row) for row in rows) for column in columns(rows)}
    return ", ".join(f"{head} on {count}" for head, count in counts.items() if count)


def particulars(rows: list[Row]) -> str:
    """What was found, each once: with how often, on how many pages, and some of it in full."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    pages: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for what, said in complaints(row.visit):
            found[what][said] += 1
            pages[what].add(row.page)
    lines = []
    for what, times in found.items():
        lines.append(f"{what}: {times.total()} on {len(pages[what])} pages")
        lines += [f"  {count} × {said}" for said, count in times.most_common(SHOWN)]
        if len(times) > SHOWN:
            lines.append(f"  and {len(times) - SHOWN} more")
    return "\n".join(lines)


def complaints(visit: Visit) -> list[tuple[str, str]]:
    return [
        *(
            (f"axe {rule}", " ".join(html.split()))
            for violations in visit.axe.values()
            for rule, places in violations.items()
            for html in places
        ),
        *(("foreign", url) for url in visit.foreign),
        *(("failed", url) for url in visit.failed),
        *(("console", said) for said in visit.console),
    ]
