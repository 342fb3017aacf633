"""The ledger of claims as text, for the section pages, and as a table, for a page of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from lossnb._extras import extra

from ._record import experiment, provenance
from ._rules import VERDICTS, Outcome
from .claims import Entry

with extra("notebooks"):
    from IPython.display import HTML, Markdown

SIGNS = {True: "✓", False: "✗"}


def number(value: float) -> str:
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return text.replace("-", "−")


def found(outcome: Outcome) -> str:
    """The mean effect, its interval and the number of seeds; of an exact effect, the number."""
    if outcome.rule.exact:
        return f"{number(outcome.mean)}, exact"
    interval = f"{number(outcome.low)} to {number(outcome.high)}"
    return f"{number(outcome.mean)} [{interval}], {outcome.seeds} seeds"


def wanted(outcome: Outcome) -> str:
    rule = outcome.rule
    if rule.within is None:
        return f"above {number(rule.above)}"
    return f"within ±{number(rule.within)}" if rule.within else "0"


def verdicts(entries: Sequence[Entry]) -> Markdown:
    """Each claim with its verdict and every setting in which it was tried."""
    lines = []
    for entry in entries:
        lines += [f"**{entry.claim.id}: {entry.verdict}.** {entry.claim.says}", ""]
        lines += [
            f"* {SIGNS[o.holds]} {o.rule.setting}: {o.rule.effect}: {found(o)} "
            f"(wanted: {wanted(o)})"
            for o in entry.outcomes
        ]
        lines.append("")
    return Markdown("\n".join(lines))


def picture(outcome: Outcome) -> str:
    """The interval as a bar with its mean, and the bounds as dashed lines, to a scale of its own.

    Drawn in the colour of the text, so that it can be seen on light and dark.
    """
    rule = outcome.rule
    bounds = [rule.above] if rule.within is None else [-rule.within, rule.within]
    marks = [outcome.low, outcome.high, *bounds]
    low, high = min(marks), max(marks)
    width = (high - low) or 1.0

    def x(value: float) -> str:
        return f"{10 + 100 * (value - low) / width:.1f}" if high > low else "60"

    lines = "".join(f'<path d="M{x(b)} 1V15" stroke-dasharray="3 2"/>' for b in bounds)
    return (
        '<svg viewBox="0 0 120 16" width="120" height="16" role="img" stroke="currentColor" '
        f'aria-label="{escape(found(outcome))}; wanted: {escape(wanted(outcome))}">{lines}'
        f'<path d="M{x(outcome.low)} 8H{x(outcome.high)}" stroke-width="3"/>'
        f'<circle cx="{x(outcome.mean)}" cy="8" r="4" fill="currentColor" stroke="none"/></svg>'
    )


STYLE = """
.ledger table { width: 100%; border-collapse: collapse; }
.ledger th, .ledger td { text-align: left; }
.ledger td { vertical-align: top; padding: .6rem .5rem; border-top: 1px solid #8888; }
.ledger ul { margin: 0; padding: 0; list-style: none; }
.ledger li + li { margin-top: .5rem; }
.ledger svg { display: block; }
.ledger .effect { opacity: .8; }
.ledger label { margin-right: 1rem; white-space: nowrap; }
@media (max-width: 48rem) {
  .ledger thead { display: none; }
  .ledger tbody, .ledger td { display: block; }
  .ledger tr { display: flex; flex-direction: column; }
  .ledger td + td { border: 0; padding-top: 0; }
  .ledger td:nth-child(2) { order: 1; }
}
"""


def table(entries: Sequence[Entry]) -> HTML:
    """One row a claim; buttons, which need no script, leave only the rows of one verdict."""
    counts = [sum(entry.verdict == name for entry in entries) for name in VERDICTS]
    hide = "".join(
        f'.ledger:has(#only-{kind}:checked) tr:not([data-verdict="{kind}"], .head) '
        "{ display: none; }\n"
        for kind in range(len(VERDICTS))
    )
    buttons = '<label><input type="radio" name="verdict" checked> all</label>' + "".join(
        f'<label><input type="radio" name="verdict" id="only-{kind}"> {name} ({count})</label>'
        for kind, (name, count) in enumerate(zip(VERDICTS, counts, strict=True))
    )
    rows = "".join(map(row, entries))
    return HTML(
        f'<div class="ledger"><style>{STYLE}{hide}</style>\n'
        f"<fieldset><legend>Show</legend>{buttons}</fieldset>\n"
        '<table><thead><tr class="head"><th>The chapter</th><th>The test</th><th>The verdict</th>'
        f"</tr></thead>\n<tbody>{rows}</tbody></table></div>"
    )


def section(place: str) -> str:
    """The number of a page: 9.1.2 of "9_1_2_hinge#...".

    >>> section("9_1_2_hinge#its-gradient")
    '9.1.2'
    """
    return ".".join(part for part in place.partition("#")[0].split("_") if part.isdigit())


def runs(names: Iterable[str]) -> Markdown:
    """Each experiment with what it measures and where its records came from."""
    parts = []
    for name in names:
        doc = (experiment(name).__doc__ or "").splitlines()[0]
        parts.append(f'<span id="{name.replace("_", "-")}"></span>**{name}.** {doc}\n')
        parts.append(f"{provenance(name)}.\n")
    return Markdown("\n".join(parts))


def row(entry: Entry) -> str:
    claim = entry.claim
    fragment = f'<br><q lang="zh">{escape(claim.fragment)}</q>' if claim.fragment else ""
    pages = " ".join(
        f'<a class="page" href="{place.replace("#", ".ipynb#", 1)}">{section(place)}</a>'
        for place in claim.explained
    )
    runs = " ".join(f'<a href="#{name.replace("_", "-")}">{name}</a>' for name in entry.experiments)
    tests = "".join(
        f"<li>{SIGNS[o.holds]} {escape(o.rule.setting)}{picture(o)}"
        f'<span class="effect">{escape(o.rule.effect)}: {escape(found(o))}; '
        f"wanted: {escape(wanted(o))}</span></li>"
        for o in entry.outcomes
    )
    condition = ""
    if len({o.holds for o in entry.outcomes}) == 2:
        held = "; ".join(escape(o.rule.setting) for o in entry.outcomes if o.holds)
        condition = f"<br>It holds for: {held}."
    return (
        f'<tr id="{claim.id.lower()}" data-verdict="{VERDICTS.index(entry.verdict)}">'
        f"<td><b>{claim.id}</b> (section {claim.section}) {escape(claim.says)}{fragment}"
        f"<br>Explained in {pages}</td>"
        f"<td><ul>{tests}</ul>Runs: {runs}</td>"
        f"<td><b>{entry.verdict}</b>{condition}</td></tr>\n"
    )
