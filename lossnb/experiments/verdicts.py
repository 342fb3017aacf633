"""The verdict on each claim, from the outcomes in `results/ledger.json`.

>>> [entry.verdict for entry in ledger() if entry.claim.id == "C11"]
['supported']
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._code import code_hash
from ._record import RESULTS, experiment, names
from .claims import CLAIMS, Claim

LEDGER = "ledger.json"

# The states of a setting. Idle is one without a test: a cut that cut nothing.
HELD, CONTRADICTED, UNDECIDED = "held", "contradicted", "undecided"
NO_DIFFERENCE, IDLE = "no difference", "no test"
STATES = (HELD, CONTRADICTED, UNDECIDED, NO_DIFFERENCE, IDLE)

SUPPORTED, CONDITIONAL, MIXED = "supported", "only under a condition", "mixed"
REFUTED, NOTHING, OPEN = "contradicted", "no difference found", "undecided"
VERDICTS = (SUPPORTED, CONDITIONAL, MIXED, REFUTED, NOTHING, OPEN)


def verdict(states: Sequence[str], *, condition: bool = False) -> str:
    """From the states of the settings in which a claim was tried.

    >>> verdict([HELD, UNDECIDED]), verdict([HELD, CONTRADICTED], condition=True)
    ('supported', 'only under a condition')
    """
    if not states:
        raise ValueError("states must not be empty: a claim without a test has no verdict")
    if HELD in states and CONTRADICTED in states:
        return CONDITIONAL if condition else MIXED
    if HELD in states:
        return SUPPORTED
    if CONTRADICTED in states:
        return REFUTED
    return NOTHING if set(states) <= {NO_DIFFERENCE, IDLE} and NO_DIFFERENCE in states else OPEN


@dataclass(frozen=True)
class Outcome:
    """What the runs say to one rule: its state, the mean effect with its 95 % interval, and the
    effect of every seed."""

    experiment: str
    setting: str
    variables: dict[str, Any]
    effect: str
    wanted: str
    bound: float
    two_sided: bool
    negligible: float
    exact: bool
    remark: bool
    state: str
    mean: float
    low: float
    high: float
    effects: Sequence[float]
    overlap: float

    @property
    def clearance(self) -> float:
        """How far the effect lies on the claim's side of its bound, in halves of its interval.

        No more than CLEAR is told; what has no chance in it is told as that.
        """
        if self.exact or self.high <= self.low:
            return CLEAR if self.state == HELD else -CLEAR
        away = self.bound - abs(self.mean) if self.two_sided else self.mean - self.bound
        return max(-CLEAR, min(CLEAR, 2 * away / (self.high - self.low)))


CLEAR = 4.0


@dataclass(frozen=True)
class Entry:
    """A claim and the outcomes of all its rules."""

    claim: Claim
    outcomes: tuple[Outcome, ...]

    @property
    def counted(self) -> tuple[Outcome, ...]:
        """Without the remarks."""
        return tuple(outcome for outcome in self.outcomes if not outcome.remark)

    @property
    def verdict(self) -> str:
        states = [outcome.state for outcome in self.counted]
        return verdict(states, condition=bool(self.claim.condition))

    @property
    def proved(self) -> bool:
        """Whether mathematics decides it, which the runs only check."""
        return all(outcome.exact for outcome in self.counted)

    @property
    def experiments(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(outcome.experiment for outcome in self.outcomes))


def ledger(page: str | None = None, results: Path = RESULTS) -> list[Entry]:
    """An entry for each claim, or for those that a page, such as "9_1_2_hinge", explains.

    Raises FileNotFoundError without the file, ValueError if records or rules have changed since it
    was written.
    """
    own = [
        claim
        for claim in CLAIMS
        if page is None or any(place.partition("#")[0] == page for place in claim.explained)
    ]
    if not own:
        raise ValueError(f"page must be one that explains a claim; got {page!r}")
    outcomes = read(results)["outcomes"]
    return [Entry(claim, tuple(Outcome(**one) for one in outcomes[claim.id])) for claim in own]


def summary(results: Path = RESULTS) -> dict[str, int]:
    """How many of the claims got which verdict."""
    counts = Counter(entry.verdict for entry in ledger(results=results))
    return {name: counts[name] for name in VERDICTS}


def read(results: Path = RESULTS) -> dict[str, Any]:
    path = results / LEDGER
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; run `python -m lossnb.experiments judge`")
    content = json.loads(path.read_bytes())
    if content.get("sha256") != vouched(content):
        raise ValueError(f"{path} has been changed: it is not as it was written")
    if other := stale(content["sources"], results):
        raise ValueError(
            f"{path} is of other {', '.join(other)}; run `python -m lossnb.experiments judge`"
        )
    return content


def vouched(content: dict[str, Any]) -> str:
    text = json.dumps([content["sources"], content["outcomes"]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def sources(results: Path = RESULTS) -> dict[str, str]:
    """Digests of all that the outcomes depend on: records, what rules measure, how it is judged."""
    found = {"judge": code_hash(f"{__package__}._judge", ["judged"])}
    for name in names():
        if hasattr(experiment(name), "TESTS"):
            found[f"rules of {name}"] = code_hash(f"{__package__}.{name}", ["TESTS"])
            found[f"records of {name}"] = records_digest(name, results)
    return found


def records_digest(name: str, results: Path) -> str:
    """From the digests in the records, each of which vouches for its own file."""
    digest = hashlib.sha256()
    for run in experiment(name).RUNS:
        path = results / name / f"{run}.json"
        digest.update(run.encode())
        digest.update(json.loads(path.read_bytes())["sha256"].encode() if path.exists() else b"-")
    return digest.hexdigest()


def changed(results: Path = RESULTS) -> list[str]:
    """What has changed since the outcomes were written; everything, if they never were."""
    path = results / LEDGER
    recorded = json.loads(path.read_bytes())["sources"] if path.exists() else {}
    return stale(recorded, results)


def stale(recorded: dict[str, str], results: Path = RESULTS) -> list[str]:
    now = sources(results)
    return [name for name in {**now, **recorded} if now.get(name) != recorded.get(name)]
