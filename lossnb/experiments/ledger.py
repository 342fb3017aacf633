"""The ledger of claims as a figure, as rows that open, and as a few lines for a section page."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from lossnb._extras import extra

from ._record import experiment, provenance
from .verdicts import (
    CLEAR,
    CONDITIONAL,
    CONTRADICTED,
    HELD,
    IDLE,
    MIXED,
    NO_DIFFERENCE,
    NOTHING,
    OPEN,
    REFUTED,
    SUPPORTED,
    UNDECIDED,
    VERDICTS,
    Entry,
    Outcome,
)

with extra("notebooks"):
    from IPython.display import HTML, Markdown

SIGNS = {HELD: "✓", CONTRADICTED: "✗", UNDECIDED: "○", NO_DIFFERENCE: "–", IDLE: "·"}
MARKS = {SUPPORTED: "✓", CONDITIONAL: "◐", MIXED: "±", REFUTED: "✗", NOTHING: "–", OPEN: "○"}
KINDS = {
    SUPPORTED: "held", CONDITIONAL: "part", MIXED: "part", REFUTED: "against", NOTHING: "open",
    OPEN: "open", HELD: "held", CONTRADICTED: "against", UNDECIDED: "open", NO_DIFFERENCE: "open",
    IDLE: "open",
}  # fmt: skip

STYLE = """
.ledger { --held: #00795a; --against: #b34300; --part: #0a5fa8; --open: currentColor; }
html[data-theme="dark"] .ledger, [data-jp-theme-light="false"] .ledger {
  --held: #2fbf93; --against: #f08a4b; --part: #7cc0f5; }
.ledger .held { color: var(--held); } .ledger .against { color: var(--against); }
.ledger .part { color: var(--part); } .ledger .open { color: var(--open); }
.ledger svg { display: block; max-width: 100%; overflow: visible; }
.ledger svg text { font-size: 11px; fill: currentColor; }
.ledger p { margin: .3rem 0; }
.ledger ul { margin: .3rem 0; padding: 0; list-style: none; }
.ledger table { border-collapse: collapse; width: 100%; }
.ledger td, .ledger th { text-align: left; vertical-align: top; padding: .3rem .5rem .3rem 0;
  border: 0; border-top: 1px solid #8886; }
/* Stronger than JupyterLab's own rules for tables. */
.ledger.ledger table { table-layout: auto; margin: 0; }
.ledger.ledger td, .ledger.ledger th { text-align: left; }
.ledger details { border-top: 1px solid #8886; padding: .5rem 0; }
.ledger summary { cursor: pointer; }
.ledger summary .more { display: block; padding-left: 1.2rem; }
.ledger li { margin: .4rem 0; }
.ledger li > svg { margin: .1rem 0 .1rem 1.2rem; }
.ledger .effect { display: block; padding-left: 1.2rem; opacity: .85; }
.ledger td svg { min-width: 12rem; }
.ledger .strip-row a { display: inline-block; padding: .15rem .3rem; white-space: nowrap; }
@media (max-width: 48rem) {
  .ledger thead { display: none; }
  .ledger tr { display: block; border-top: 1px solid #8886; padding: .4rem 0; }
  .ledger td { display: block; border: 0; padding: .1rem 0; }
  .ledger td:nth-child(1), .ledger td:nth-child(2) { display: inline; padding-right: .4rem; }
}
"""


def number(value: float) -> str:
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return text.replace("-", "−")


def found(outcome: Outcome) -> str:
    """The mean effect, its interval and the number of seeds; of an exact effect, the number."""
    if outcome.exact:
        return f"{number(outcome.mean)}, exact"
    interval = f"{number(outcome.low)} to {number(outcome.high)}"
    return f"{number(outcome.mean)} [{interval}], {len(outcome.effects)} seeds"


def wanted(outcome: Outcome) -> str:
    return outcome.wanted.replace("-", "−")


def marked(entry: Entry) -> str:
    """The verdict with its sign; ∎ where mathematics, or a single example against it, decides."""
    how = ", disproved ∎" if entry.verdict == REFUTED else ", proved ∎"
    text = f"{MARKS[entry.verdict]} {entry.verdict}{how if entry.proved else ''}"
    return hold_signs(text)


def hold_signs(text: str) -> str:
    """No sign stands on a line without its word.

    >>> hold_signs("✓ supported, proved ∎").split(" ")
    ['✓\\xa0supported,', 'proved\\xa0∎']
    """
    return re.sub(r"(?<=^[^\w\s]) | (?=∎)", "\N{NO-BREAK SPACE}", text)


def condition(entry: Entry) -> str:
    """Under which a claim holds, if it only holds under one; or why none tells, if it is mixed."""
    if entry.verdict == CONDITIONAL:
        return entry.claim.condition
    return entry.claim.mixed if entry.verdict == MIXED else ""


def counts(entry: Entry) -> str:
    """The settings in each state, most wanted first.

    >>> from lossnb.experiments.verdicts import ledger
    >>> counts(next(entry for entry in ledger() if entry.claim.id == "C11"))
    '1 setting held'
    """
    states = Counter(outcome.state for outcome in entry.counted)
    parts = [f"{states[state]} {state}" for state in SIGNS if states[state]]
    many = "setting" if parts[0].startswith("1 ") else "settings"
    return f"{parts[0].replace(' ', f' {many} ', 1)}{''.join(f', {part}' for part in parts[1:])}"


def verdicts(entries: Sequence[Entry]) -> HTML:
    """For a section page: each claim with its verdict, and what is true of it."""
    items = []
    for entry in entries:
        under = f" ({escape(condition(entry))})" if condition(entry) else ""
        items.append(
            f'<p><a class="page" href="claims.ipynb#{entry.claim.id.lower()}">{entry.claim.id}</a> '
            f'{escape(entry.claim.says)} <b class="{KINDS[entry.verdict]}">{marked(entry)}</b>'
            f"{under}; {counts(entry)}. <i>{escape(entry.claim.sentence)}</i></p>"
        )
    return HTML(f'<div class="ledger"><style>{STYLE}</style>\n' + "\n".join(items) + "\n</div>")


def strip_of(entry: Entry) -> str:
    """A mark for each setting, by how far its effect is on the claim's side of its bound."""

    def x(clearance: float) -> float:
        return 100 + 22 * clearance

    lines = '<path d="M100 1V17" stroke-dasharray="2 2"/>'
    lines += f'<path d="M{x(-CLEAR):g} 9H{x(CLEAR):g}" opacity=".3"/>'
    for place, outcome in enumerate(entry.counted):
        at, y = f"{x(outcome.clearance):.1f}", 9 + 4 * (place % 3 - 1)
        lines += {
            HELD: f'<circle class="held" cx="{at}" cy="{y}" r="3" fill="currentColor"/>',
            CONTRADICTED: f'<path class="against" d="M{at} {y}m-3-3l6 6m0-6l-6 6" '
            'stroke-width="1.6"/>',
            UNDECIDED: f'<circle cx="{at}" cy="{y}" r="2.6" fill="none"/>',
            NO_DIFFERENCE: f'<path d="M{at} {y}m-3 0h6" stroke-width="2"/>',
            IDLE: "",
        }[outcome.state]
    return drawn(200, 18, counts(entry), lines)


def drawn(width: int, height: int, label: str, lines: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'stroke="currentColor" aria-label="{escape(label)}">{lines}</svg>'
    )


def figure(entries: Sequence[Entry]) -> HTML:
    """All claims at a glance: a line each, with its verdict, its condition and its settings."""
    rows = "".join(
        f'<tr><td><a href="#{entry.claim.id.lower()}">{entry.claim.id}</a></td>'
        f"<td>{escape(entry.claim.says)}</td>"
        f'<td><b class="{KINDS[entry.verdict]}">{marked(entry)}</b>'
        f"{'<br>' + escape(condition(entry)) if condition(entry) else ''}</td>"
        f"<td>{strip_of(entry)}</td></tr>\n"
        for entry in entries
    )
    return HTML(
        f'<div class="ledger"><style>{STYLE}</style>\n<table><thead><tr><th>No.</th>'
        "<th>The chapter says</th><th>Verdict</th><th>Settings: against ← bound → for</th></tr>"
        f"</thead>\n<tbody>{rows}</tbody></table></div>"
    )


def strip(entries: Sequence[Entry]) -> str:
    """For the front page: a link for each claim, with the sign of its verdict."""
    links = " ".join(
        f'<a class="page {KINDS[entry.verdict]}" href="claims.ipynb#{entry.claim.id.lower()}" '
        f'title="{escape(entry.claim.says)} {entry.verdict}">{entry.claim.id} '
        f"{MARKS[entry.verdict]}</a>"
        for entry in entries
    )
    legend = ", ".join(hold_signs(f"{MARKS[name]} {name}") for name in VERDICTS)
    return (
        f'<div class="ledger"><style>{STYLE}</style><p class="strip-row">{links}</p>'
        f"<p>{legend}</p></div>"
    )


def picture(outcome: Outcome, low: float, high: float) -> str:
    """The effect of each seed as a tick, their interval as a bar, the bounds as dashed lines.

    What lies beyond an end of the axis stands at that end; if the mean does, an arrow points out.
    """
    width = (high - low) or 1.0

    def x(value: float) -> str:
        return f"{10 + 220 * (min(max(value, low), high) - low) / width:.1f}"

    ends = [-outcome.bound, outcome.bound] if outcome.two_sided else [outcome.bound]
    lines = "".join(f'<path d="M{x(b)} 0V16" stroke-dasharray="3 2"/>' for b in ends)
    if len(outcome.effects) > 1:
        ticks = "".join(f"M{x(effect)} 2v3" for effect in outcome.effects)
        lines += f'<path d="{ticks}" opacity=".6"/>'
    lines += (
        f'<path d="M{x(outcome.low)} 10H{x(outcome.high)}" stroke-width="3"/>'
        f'<circle cx="{x(outcome.mean)}" cy="10" r="3.5" fill="currentColor" stroke="none"/>'
    )
    if outcome.mean > high:
        lines += '<path d="M234 7l4 3-4 3" fill="none"/>'
    if outcome.mean < low:
        lines += '<path d="M6 7l-4 3 4 3" fill="none"/>'
    return drawn(240, 16, f"{found(outcome)}; wanted: {wanted(outcome)}", lines)


def seeds_needed(outcome: Outcome) -> int | None:
    """How many seeds would bring the interval clear of the bound, if the mean stays; None if no
    number would, since they split the same samples."""
    count, half = len(outcome.effects), (outcome.high - outcome.low) / 2
    away = outcome.bound - abs(outcome.mean) if outcome.two_sided else outcome.mean - outcome.bound
    # The half-length goes with √(1/n + overlap).
    share = (away / half) ** 2 * (1 / count + outcome.overlap) - outcome.overlap
    return math.ceil(1 / share) if share > 0 else None


def change_of_mind(entry: Entry) -> str:
    """The smallest effect of interest, and how many seeds would decide what is undecided."""
    needed = [seeds_needed(o) for o in entry.counted if o.state == UNDECIDED and not o.exact]
    finite = sorted(n for n in needed if n is not None)
    parts = [entry.claim.bound]
    if finite:
        most = f" to {number(finite[-1])}" if finite[-1] > finite[0] else ""
        parts.append(
            f"What is undecided would take {number(finite[0])}{most} seeds, if the means stay "
            "where they are."
        )
    if len(finite) < len(needed):
        hopeless = len(needed) - len(finite)
        parts.append(
            f"In {hopeless} {'setting' if hopeless == 1 else 'settings'} no number of seeds would "
            "do, since all split the same samples: only new data would."
        )
    return " ".join(parts)


def arrives(name: str) -> str:
    """Where links arrive: JupyterLab looks for an attribute of its own, browsers for the id."""
    return f'id="{name}" data-jupyter-id="{name}"'


def row(entry: Entry) -> str:
    claim = entry.claim
    fragment = f' <q lang="zh-CN">{escape(claim.fragment)}</q>' if claim.fragment else ""
    pages = ", ".join(
        f'<a class="page" href="{place.replace("#", ".ipynb#", 1)}">{section(place)}</a>'
        for place in claim.explained
    )
    runs_of = ", ".join(
        f'<a href="#{name.replace("_", "-")}">{name}</a>' for name in entry.experiments
    )
    under = f" {escape(condition(entry))}." if condition(entry) else ""
    return (
        f"<details {arrives(claim.id.lower())}><summary><b>{claim.id}</b> {escape(claim.says)}"
        f'<span class="more"><b class="{KINDS[entry.verdict]}">{marked(entry)}</b>{under}'
        "</span></summary>\n"
        f"<p><b>What is true:</b> {escape(claim.sentence)}</p>"
        f"<p>Section {claim.section}{fragment}; explained in {pages}.</p>"
        f"{settings(entry)}"
        f"<p><b>The literature:</b> {escape(claim.literature)}</p>"
        f"<p><b>What would change our mind:</b> {escape(change_of_mind(entry))}</p>"
        f"<p>Runs: {runs_of}.</p></details>\n"
    )


def settings(entry: Entry) -> str:
    """Grouped by what is measured; a group has one axis, as long as what was tested needs."""
    parts = []
    ordered = sorted(entry.outcomes, key=lambda o: (o.remark, o.effect))
    for (remark, effect), group in groupby(ordered, key=lambda o: (o.remark, o.effect)):
        own = list(group)
        tested = [o for o in own if o.state != IDLE] or own
        marks = [end for o in tested for end in (o.low, o.high, o.bound, -o.bound * o.two_sided)]
        low, high = min(marks), max(marks)
        items = "".join(
            f'<li><b class="{KINDS[o.state]}">{SIGNS[o.state]} {o.state}</b>: {escape(o.setting)}'
            f"{'' if o.exact else picture(o, low, high)}"
            f'<span class="effect">{escape(found(o))}; wanted: {escape(wanted(o))}</span></li>'
            for o in own
        )
        label = "Beside the claim, and not counted" if remark else "Measured"
        parts.append(f"<p>{label}: {escape(effect)}</p><ul>{items}</ul>")
    return "".join(parts)


def table(entries: Sequence[Entry]) -> HTML:
    """A row a claim that opens to its settings, the literature and what would decide it."""
    return HTML(f'<div class="ledger">{"".join(map(row, entries))}</div>')


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
        parts.append(f"<span {arrives(name.replace('_', '-'))}></span>**{name}.** {doc}\n")
        origin = provenance(name).removeprefix(f"{name}: ")
        parts.append(f"{origin[:1].upper()}{origin[1:]}.\n")
    return Markdown("\n".join(parts))
