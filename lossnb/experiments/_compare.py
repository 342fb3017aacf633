"""Two findings of one run, held against each other: to the last bit, or within stated bounds."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase as fnmatch
from typing import Any

import numpy as np

from ._record import plain


@dataclass(frozen=True)
class Bound:
    """How far a measure may be from its record on another processor or with other versions.

    `relative` bounds are shares of the recorded value. With the bound `inf` the measure counts
    only where the bits must agree; a `timed` one never counts.
    """

    within: float
    why: str
    relative: bool = False
    timed: bool = False


EXACT = Bound(0.0, "exact")


@dataclass(frozen=True)
class Departure:
    """The largest departure of one measure from its record, as a share of its bound too."""

    measure: str
    values: int
    largest: float
    bound: Bound

    @property
    def holds(self) -> bool:
        return self.bound.timed or self.largest <= self.bound.within

    def __str__(self) -> str:
        size = f"{self.largest:.3g}{' of its value' if self.bound.relative else ''}"
        return (
            f"{'✓' if self.holds else '✗'} {self.measure} ({self.values}): departs by {size}; "
            f"allowed: {self.bound.within:g} ({self.bound.why})"
        )


def same_bits(recorded: Mapping[str, Any], found: Mapping[str, Any], bounds: Bounds) -> list[str]:
    """The measures that differ in any bit, but for those that depend on the clock."""
    pairs = paired(recorded, found)
    differ = (path for path, (a, b) in pairs.items() if bits(a) != bits(b))
    return sorted({measure(path) for path in differ if not bound_of(path, bounds).timed})


def departures(
    recorded: Mapping[str, Any], found: Mapping[str, Any], bounds: Bounds
) -> list[Departure]:
    """One for each measure and bound, in the order of the record."""
    sizes: dict[tuple[str, Bound], list[float]] = {}
    for path, (a, b) in paired(recorded, found).items():
        bound = bound_of(path, bounds)
        sizes.setdefault((measure(path), bound), []).append(distance(a, b, bound.relative))
    return [Departure(name, len(own), max(own), bound) for (name, bound), own in sizes.items()]


Bounds = Mapping[str, Bound]
ABSENT = object()


def bound_of(path: Sequence[str], bounds: Bounds) -> Bound:
    """The first whose pattern fits the measure, such as "sigma *", or the path, such as
    "history/*"; without one it is exact."""
    names = (measure(path), "/".join(path))
    fits = (b for pattern, b in bounds.items() if any(fnmatch(name, pattern) for name in names))
    return next(fits, EXACT)


def paired(
    recorded: Mapping[str, Any], found: Mapping[str, Any]
) -> dict[tuple[str, ...], tuple[Any, Any]]:
    a, b = (dict(leaves(json_like(side))) for side in (recorded, found))
    return {path: (a.get(path, ABSENT), b.get(path, ABSENT)) for path in {**a, **b}}


def leaves(content: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every single value or array, by the names that lead to it; places in a list are "#0", ..."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from leaves(value, (*path, name))
    elif isinstance(content, list):
        for place, value in enumerate(content):
            yield from leaves(value, (*path, f"#{place}"))
    else:
        yield path, content


def measure(path: Sequence[str]) -> str:
    return next((name for name in reversed(path) if name[0] != "#"), "")


def json_like(found: Mapping[str, Any]) -> dict[str, Any]:
    """As a record has it: arrays as they are, all else through JSON."""
    arrays = {name: value for name, value in found.items() if isinstance(value, np.ndarray)}
    rest = {name: value for name, value in found.items() if name not in arrays}
    return json.loads(json.dumps(plain(rest))) | arrays


def bits(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    return type(value), json.dumps(value) if value is not ABSENT else None


def distance(a: Any, b: Any, relative: bool) -> float:
    """Infinite between what is no number, has another shape or is not there, unless it is equal."""
    if bits(a) == bits(b):
        return 0.0
    numeric = (int, float, np.ndarray)
    if not isinstance(a, numeric) or not isinstance(b, numeric) or np.shape(a) != np.shape(b):
        return math.inf
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    scale = np.abs(x) if relative else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.nan_to_num(np.abs(x - y) / scale, nan=math.inf).max(initial=0.0))
