"""What the records say to every rule, written once to `results/ledger.json`.

Only this needs SciPy and statsmodels; what is shown is read from that file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lossnb._extras import extra
from lossnb._files import write_whole

from ._record import RESULTS, experiment, load, names
from ._rules import ACTS, Measure, Records, Rule, rules
from .verdicts import CONTRADICTED, HELD, IDLE, LEDGER, NO_DIFFERENCE, UNDECIDED, sources, vouched

with extra("notebooks"):
    from scipy import stats
    from statsmodels.stats.multitest import multipletests

# The chance to call a setting wrongly, on either side, over all settings of a claim together.
ERROR = 0.025
# An effect so many times the scale of the others from their median is a training that failed.
FAR = 10.0


@dataclass(frozen=True)
class Estimate:
    """A mean effect and how sure it is."""

    effects: Sequence[float]
    mean: float
    error: float

    def above(self, bound: float) -> float:
        """The chance of such effects if their mean were not above the bound."""
        return self._chance(1.0, bound)

    def below(self, bound: float) -> float:
        return self._chance(-1.0, bound)

    def _chance(self, sign: float, bound: float) -> float:
        away = sign * (np.asarray(self.effects) - bound)
        if self.error == 0:
            return float(away.mean() <= 0)
        student = stats.t.sf(sign * (self.mean - bound) / self.error, len(away) - 1)
        if not has_failures(self.effects):
            return float(student)
        # One that failed may carry the mean, or widen the interval beyond all meaning.
        signs = stats.binomtest(int((away > 0).sum()), int((away != 0).sum()) or 1)
        agree = stats.binomtest(signs.k, signs.n, alternative="greater").pvalue
        return float(max(student, agree))

    @property
    def interval(self) -> tuple[float, float]:
        """Student's, at 95 %."""
        half = self.error * stats.t.ppf(0.975, len(self.effects) - 1) if self.error else 0.0
        return self.mean - half, self.mean + half


def has_failures(effects: Sequence[float]) -> bool:
    away = np.abs(np.asarray(effects) - np.median(effects))
    return bool(away.max() > FAR * 1.4826 * np.median(away) > 0)


def estimate(measure: Measure, records: Records, overlap: float, exact: bool = False) -> Estimate:
    """The variance of the mean is that over the seeds. Where they split the same samples it is
    larger (Nadeau and Bengio, 2003), and where they share the test images that over the images
    is added."""
    effects = np.asarray(measure.by_seed(records), dtype=np.float64)
    if not np.isfinite(effects).all():
        raise ValueError(f"every effect must be finite; got {effects.tolist()}")
    if (len(effects) == 1) != exact:
        raise ValueError(f"chance needs two seeds, an exact effect one; got {len(effects)}")
    mean = float(effects.mean())
    if exact:
        return Estimate([mean], mean, 0.0)
    variance = effects.var(ddof=1) * (1 / len(effects) + overlap)
    if measure.by_image is not None:
        images = measure.by_image(records)
        variance += images.var() / len(images)
    return Estimate(effects.tolist(), mean, float(np.sqrt(variance)))


def chances(rule: Rule, records: Records) -> dict[str, float]:
    """Of each state, how likely effects such as these are where the claim is not in it."""
    own = estimate(rule.measure, records, rule.overlap)
    if rule.within is not None:
        inside = max(own.above(-rule.within), own.below(rule.within))
        outside = 2 * min(own.above(rule.within), own.below(-rule.within))
        return {HELD: inside, CONTRADICTED: min(1.0, outside)}
    parts = [(own, rule.above)]
    parts += [(estimate(m, records, rule.overlap), bound) for m, bound in rule.also]
    near, far = rule.above - rule.negligible, rule.above + rule.negligible
    found = {
        HELD: max(one.above(bound) for one, bound in parts),
        CONTRADICTED: min(1.0, len(parts) * min(one.below(bound) for one, bound in parts)),
    }
    if rule.negligible:
        found[NO_DIFFERENCE] = max(own.above(near), own.below(far))
    return found


def states(own: Sequence[Rule], records: Sequence[Records]) -> list[str]:
    """The state of each setting of a claim; `records` are those of each rule's experiment."""
    found = [""] * len(own)
    open_: dict[int, dict[str, float]] = {}
    for place, (rule, its) in enumerate(zip(own, records, strict=True)):
        if rule.exact:
            value = estimate(rule.measure, its, 0.0, exact=True).mean
            low = rule.above if rule.within is None else -rule.within
            holds = value > low if rule.within is None else low <= value <= -low
            found[place] = HELD if holds else CONTRADICTED
        elif rule.acts is not None and rule.acts.by_seed(its).mean() < ACTS:
            found[place] = IDLE
        else:
            found[place] = UNDECIDED
            open_[place] = chances(rule, its)
    # A difference that is none comes first: it is small, whatever its sign.
    for state in (HELD, CONTRADICTED, NO_DIFFERENCE):
        places = [place for place in open_ if state in open_[place]]
        if places:
            p = [open_[place][state] for place in places]
            sure, *_ = multipletests(p, alpha=ERROR, method="holm")
            for place, is_sure in zip(places, sure, strict=True):
                found[place] = state if is_sure else found[place]
    return found


def judged(results: Path = RESULTS) -> dict[str, list[dict[str, Any]]]:
    """Of each claim the outcome of all its rules."""
    records = {name: load(name, results) for name in names()}
    tried: dict[str, list[tuple[str, Rule]]] = {}
    for name in names():
        for claim, grids in getattr(experiment(name), "TESTS", {}).items():
            tried.setdefault(claim, []).extend((name, rule) for rule in rules(grids))
    return {claim: outcomes(tried[claim], records) for claim in sorted(tried)}


def outcomes(
    tried: Sequence[tuple[str, Rule]], records: Mapping[str, Records]
) -> list[dict[str, Any]]:
    own = [rule for _, rule in tried]
    # Remarks are no tests of the claim, and share no error with them.
    counted = [place for place, rule in enumerate(own) if not rule.remark]
    found = [""] * len(own)
    for group in (counted, [p for p in range(len(own)) if p not in counted]):
        its = states([own[p] for p in group], [records[tried[p][0]] for p in group])
        for place, state in zip(group, its, strict=True):
            found[place] = state
    return [
        written(name, rule, state, records[name])
        for (name, rule), state in zip(tried, found, strict=True)
    ]


def written(name: str, rule: Rule, state: str, records: Records) -> dict[str, Any]:
    own = estimate(rule.measure, records, rule.overlap, rule.exact)
    low, high = own.interval
    return {
        "experiment": name,
        "setting": rule.setting,
        "variables": dict(rule.variables),
        "effect": rule.effect,
        "wanted": rule.wanted,
        "bound": rule.above if rule.within is None else rule.within,
        "two_sided": rule.within is not None,
        "negligible": rule.negligible,
        "exact": rule.exact,
        "remark": rule.remark,
        "state": state,
        "mean": rounded(own.mean),
        "low": rounded(low),
        "high": rounded(high),
        "effects": [rounded(effect) for effect in own.effects],
        "overlap": rounded(rule.overlap),
    }


def rounded(value: float) -> float:
    return float(f"{value:.5g}")


def write_ledger(results: Path = RESULTS) -> None:
    content: dict[str, Any] = {"sources": sources(results), "outcomes": judged(results)}
    content["sha256"] = vouched(content)
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(results / LEDGER, text.encode())
