"""What would refute a claim, said before the runs; and what the runs say to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._record import Record

SUPPORTED = "supported"
NOT_SUPPORTED = "not supported here"
CONDITIONAL = "true only with a condition"
VERDICTS = (SUPPORTED, CONDITIONAL, NOT_SUPPORTED)

# Student's t at 97.5 % for 0, 1, 2, ... degrees of freedom: with this table, verdicts can be read
# without SciPy.
STUDENT = (
    np.inf, 12.706204736174694, 4.302652729749462, 3.1824463052837078, 2.7764451051977934,
    2.5705818356363146, 2.4469118511449786, 2.364624251592784, 2.306004135204166,
    2.262157162798205, 2.228138851986274, 2.200985160091639, 2.1788128296672284,
    2.1603686564627913, 2.144786687917804, 2.131449545559776, 2.1199052992212546,
    2.1098155778333156, 2.1009220402410382, 2.0930240544083087, 2.085963447265864,
    2.0796138447276795, 2.0738730679040254, 2.0686576104190486, 2.0638985616280245,
    2.0595385527532972, 2.0555294386428735, 2.0518305164802846, 2.0484071417952454,
    2.045229642132703, 2.0422724563012378,
)  # fmt: skip

# The effect of each seed, from an experiment's records.
Measure = Callable[[Mapping[str, Record]], NDArray[np.floating[Any]]]


def metric(runs: Sequence[str], method: str, what: str = "error") -> Measure:
    """What a method found, for each of these runs."""
    return lambda records: np.array([records[run].found[method][what] for run in runs])


def difference(a: Measure, b: Measure) -> Measure:
    """The paired difference a − b."""
    return lambda records: a(records) - b(records)


def relative_change(a: Measure, b: Measure) -> Measure:
    """a / b − 1, seed by seed."""
    return lambda records: a(records) / b(records) - 1


@dataclass(frozen=True)
class Rule:
    """When a claim holds in one setting: the whole 95 % interval of the mean effect lies above
    `above`, or within ±`within` where that is given.

    `effect` says what is measured, and in which unit. An `exact` effect is a single number
    without chance in it, such as a count over a grid.
    """

    setting: str
    effect: str
    measure: Measure
    above: float = 0.0
    within: float | None = None
    exact: bool = False

    def __str__(self) -> str:
        """What the records keep of it."""
        bound = f"> {self.above:g}" if self.within is None else f"within ±{self.within:g}"
        return f"{self.setting}: {self.effect} {bound}"


@dataclass(frozen=True)
class Outcome:
    """What the runs say in the setting of one rule: the mean effect and its 95 % interval."""

    rule: Rule
    seeds: int
    mean: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        if self.rule.within is None:
            return self.low > self.rule.above
        return -self.rule.within <= self.low and self.high <= self.rule.within


def judge(rule: Rule, records: Mapping[str, Record]) -> Outcome:
    """Student's 95 % interval of the mean over the seeds; of an exact effect, the number itself.

    Raises ValueError if an effect is not finite, or if chance is to be judged by a single seed
    or by more than the table holds.
    """
    effects = np.asarray(rule.measure(records), dtype=np.float64)
    if not np.isfinite(effects).all():
        raise ValueError(f"every effect must be finite; got {effects.tolist()} for {rule}")
    if not (len(effects) == 1 if rule.exact else 2 <= len(effects) <= len(STUDENT)):
        wanted = "exactly one effect" if rule.exact else f"2 to {len(STUDENT)} seeds"
        raise ValueError(f"{rule} needs {wanted}; got {len(effects)}")
    mean = effects.mean().item()
    half = 0.0
    if not rule.exact:
        error = effects.std(ddof=1) / np.sqrt(len(effects))
        half = float(STUDENT[len(effects) - 1] * error)
    return Outcome(rule, len(effects), mean, mean - half, mean + half)


def verdict(outcomes: Sequence[Outcome]) -> str:
    """Supported if the claim holds in every setting, with a condition if only in some.

    >>> rule = Rule("digits", "lead in points", lambda records: np.zeros(10))
    >>> up, down = Outcome(rule, 10, 2.0, 1.0, 3.0), Outcome(rule, 10, 0.5, -0.5, 1.5)
    >>> verdict([up, up]), verdict([up, down]), verdict([down])
    ('supported', 'true only with a condition', 'not supported here')
    """
    if not outcomes:
        raise ValueError("outcomes must not be empty: a claim without a test has no verdict")
    held = [outcome.holds for outcome in outcomes]
    return SUPPORTED if all(held) else CONDITIONAL if any(held) else NOT_SUPPORTED
