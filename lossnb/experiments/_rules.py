"""What would refute a claim, said before the runs: effects, bounds, and the settings to try."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._record import TUNING, Record, unpacked

Floats = NDArray[np.floating[Any]]
Records = Mapping[str, Record]


@dataclass(frozen=True)
class Measure:
    """An effect, seed by seed; and, where all seeds have the same test images, also image by image,
    since it then depends on these images too."""

    by_seed: Callable[[Records], Floats]
    by_image: Callable[[Records], Floats] | None = None


def metric(where: Mapping[str, Any], method: str, what: str = "error", images: int = 0) -> Measure:
    """What a method found in the runs with these settings; of an error, the number of `images` that
    all runs are tested on, if they are the same."""

    def by_image(records: Records) -> Floats:
        key = "wrong" if what == "error" else f"wrong {what}"
        found = [one.found[method][key] for one in chosen(records, where).values()]
        return 100 * np.mean([unpacked(flags, images) for flags in found], axis=0)

    def by_seed(records: Records) -> Floats:
        found = [one.found[method][what] for one in chosen(records, where).values()]
        return np.array(found, dtype=np.float64)

    return Measure(by_seed, by_image if images else None)


def number(where: Mapping[str, Any], key: str, minus: float = 0.0) -> Measure:
    """A single number that the runs found."""
    return Measure(
        lambda records: np.array(
            [one.found[key] - minus for one in chosen(records, where).values()], dtype=np.float64
        )
    )


def chosen(records: Records, where: Mapping[str, Any]) -> dict[str, Record]:
    """The runs with these settings, in the order of their seeds; those that choose rates are none.

    Raises ValueError if there are none, or if a seed is there twice.
    """
    found = {
        name: one
        for name, one in records.items()
        if not name.startswith(TUNING)
        and all(one.settings.get(key) == value for key, value in where.items())
    }
    seeds = [one.settings["seed"] for one in found.values()]
    if not found or len(set(seeds)) < len(seeds):
        raise ValueError(f"where must choose one run a seed; got {len(found)} runs for {where}")
    return dict(sorted(found.items(), key=lambda item: item[1].settings["seed"]))


def best_of(
    cell: str, methods: Sequence[str], measure_of: Callable[[str], Measure]
) -> Callable[[Records], Measure]:
    """The measure of that method which was best on the seeds that the rates were chosen on."""

    def choose(records: Records) -> Measure:
        tried = records[TUNING + cell].found
        return measure_of(min(methods, key=lambda name: min(tried[name]["tried"].values())))

    return choose


def later(choose: Callable[[Records], Measure]) -> Measure:
    """The measure that the records choose; it must be known image by image."""

    def by_image(records: Records) -> Floats:
        own = choose(records).by_image
        return np.zeros(1) if own is None else own(records)

    return Measure(lambda records: choose(records).by_seed(records), by_image)


def combined(formula: Callable[..., Floats], *measures: Measure, linear: bool = False) -> Measure:
    """A formula of measures, seed by seed; a linear one also image by image."""
    by_image = [m.by_image for m in measures if m.by_image is not None]

    def of_images(records: Records) -> Floats:
        return formula(*(own(records) for own in by_image))

    return Measure(
        lambda records: formula(*(m.by_seed(records) for m in measures)),
        of_images if linear and len(by_image) == len(measures) else None,
    )


def difference(a: Measure, b: Measure) -> Measure:
    """The paired difference a − b."""
    return combined(lambda x, y: x - y, a, b, linear=True)


def relative(a: Measure, b: Measure) -> Measure:
    """By how many per cent a is above b, seed by seed."""
    return combined(lambda x, y: 100 * (x / y - 1), a, b)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a claim holds in one setting.

    The effect must lie above `above`; or, where `within` is given, no farther from 0 than that. The
    measures in `also` must lie above their own bounds as well. An effect no farther from `above`
    than `negligible` is no difference.

    An `exact` effect is a single number without chance in it. Where seeds split the same samples,
    `overlap` is the number of tested samples over that of trained ones. `acts` is what must be at
    least `ACTS` for the setting to be a test of the claim at all. A remark is no part of the
    verdict: it answers a stronger question than the chapter's.
    """

    setting: str
    effect: str
    measure: Measure
    above: float = 0.0
    within: float | None = None
    negligible: float = 0.0
    also: Sequence[tuple[Measure, float]] = ()
    exact: bool = False
    overlap: float = 0.0
    acts: Measure | None = None
    remark: bool = False
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wanted(self) -> str:
        if self.within is None:
            return f"above {self.above:g}"
        return f"within ±{self.within:g}" if self.within else "0"


# The share of the margins that a cut must have cut off: with fewer, the ramp is the hinge.
ACTS = 0.01


@dataclass(frozen=True)
class Grid:
    """A rule for every combination of the values of its variables."""

    rule: Callable[..., Rule]
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def rules(self) -> list[Rule]:
        every = (dict(zip(self.values, one, strict=True)) for one in product(*self.values.values()))
        made = ((self.rule(**variables), variables) for variables in every)
        return [replace(r, variables={**r.variables, **variables}) for r, variables in made]


Tests = Mapping[str, Sequence[Grid]]


def rules(grids: Sequence[Grid]) -> list[Rule]:
    return [rule for grid in grids for rule in grid.rules()]
