"""What would refute a claim, said before the runs; and what the runs say to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ._record import Record

SUPPORTED = "supported"
NOT_SUPPORTED = "not supported here"
CONDITIONAL = "true only with a condition"
VERDICTS = (SUPPORTED, CONDITIONAL, NOT_SUPPORTED)

# The effect of each seed, from an experiment's records.
Measure = Callable[[Mapping[str, Record]], NDArray[np.floating[Any]]]


def less(a: Measure, b: Measure) -> Measure:
    """The paired difference a − b."""
    return lambda records: a(records) - b(records)


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

    Raises ValueError if an effect is not finite, or if chance is to be judged by a single seed.
    """
    effects = np.asarray(rule.measure(records), dtype=np.float64)
    if not np.isfinite(effects).all():
        raise ValueError(f"every effect must be finite; got {effects.tolist()} for {rule}")
    if rule.exact != (len(effects) == 1):
        wanted = "exactly one effect" if rule.exact else "two seeds or more"
        raise ValueError(f"{rule} needs {wanted}; got {len(effects)}")
    mean = effects.mean().item()
    half = 0.0
    if not rule.exact:
        half = float(stats.t.ppf(0.975, len(effects) - 1) * stats.sem(effects))
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
