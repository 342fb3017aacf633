"""What needs no training (C1, C3, C6, C7, C10 to C14, C19, C25): formulas, grids, integrals."""

from __future__ import annotations

from typing import Any

from ._compare import Bound
from ._rules import Grid, Rule, number
from ._settings import Settings

SETTINGS = (Settings,)
RUNS = {"all": Settings(seed=0)}

# On another processor, or with other versions: see `_compare`.
BOUNDS = {"*": Bound(1e-9, "rounding: nothing is trained")}


# What would refute the claims


def known(setting: str, effect: str, key: str, minus: float = 0.0, **bounds: Any) -> Grid:
    """A number that is 0, or within or above its bound, and has no chance in it."""
    return Grid(
        lambda: Rule(
            setting=setting,
            effect=effect,
            measure=number({}, key, minus),
            exact=True,
            **bounds,
        )
    )


def zero(setting: str, effect: str, key: str, within: float = 0.0, **other: Any) -> Grid:
    return known(setting, effect, key, within=within, **other)


def positive(setting: str, effect: str, key: str, **other: Any) -> Grid:
    return known(setting, effect, key, **other)


TESTS = {
    "C1": [
        zero(
            "logits up to ±10,000, as numbers",
            "largest departure from non-negative numbers with the sum 1",
            "softmax departs",
            within=1e-12,
        )
    ],
    "C3": [
        positive("what an error costs", "least rise of the hinge", "hinge value rises"),
        positive(
            "how hard an error pulls", "least rise of |slope|", "hinge pull rises", remark=True,
        ),
    ],
    "C6": [
        zero("the ramp, below s", "largest |slope|", "ramp slope beyond s"),
        zero("Tukey's biweight, beyond c", "largest |slope|", "tukey slope beyond c"),
    ],
    "C7": [
        zero(
            "the ramp as a truncated hinge",
            "largest difference from hinge − max{0, s − u}",
            "ramp departs",
            within=1e-12,
        ),
        positive("the ramp as non-convex", "how far it rises over a chord", "ramp above its chord"),
    ],
    "C10": [
        zero(
            "unlimited data, s = −1/(C−1)",
            "class probabilities for which the best logits are wrong",
            "inconsistent at -1/(C-1)", remark=True,
        ),
        positive(
            "unlimited data, a smaller s is worse",
            "class probabilities for which the best logits are wrong",
            "inconsistent below -1/(C-1)", remark=True,
        ),
        positive(
            "unlimited data, a larger s is worse",
            "class probabilities for which the best logits are wrong",
            "inconsistent above -1/(C-1)", remark=True,
        ),
    ],
    "C11": [
        zero(
            "m = 1, value and gradients",
            "largest difference from cross-entropy",
            "m = 1 departs",
            within=1e-12,
        )
    ],
    "C12": [
        positive(
            "the boundaries, weights of equal length",
            "least growth of the gap with m, in degrees",
            "gap grows, equal",
        ),
        positive(
            "the boundaries, weights of unequal length",
            "least growth of the gap with m, in degrees",
            "gap grows, unequal",
        ),
    ],
    "C13": [
        zero(
            "angles up to π/m",
            "features that meet 9.7 and are misclassified",
            "misclassified up to pi/m",
        ),
        zero(
            "angles beyond π/m",
            "features that meet 9.7 and are misclassified",
            "misclassified beyond pi/m", remark=True,
        ),
    ],
    "C14": [
        zero(
            "a D that begins at −1", "jump of φ at π/m", "phi jumps, D at -1", within=1e-6,
            remark=True,
        ),
        zero(
            "the printed D(π/m) = cos(π/m)", "jump of φ at π/m", "phi jumps, D as printed",
            within=1e-6,
        ),
        zero("a D that begins at −2", "jump of φ at π/m", "phi jumps, D at -2", within=1e-6),
    ],
    "C19": [
        zero(
            "the formula: one feature for all images", "the centre loss alone", "least centre loss"
        )
    ],
    "C25a": [
        zero(
            "the formula, normal residuals of scale 1", "asymptotic efficiency − 0.95",
            "efficiency, sigma 1", within=1e-4, minus=0.95,
        ),
    ],
    "C25b": [
        zero(
            "the formula, normal residuals of scale 2, as they are", "asymptotic efficiency − 0.95",
            "efficiency, sigma 2", within=1e-2, minus=0.95,
            variables={"kind": "location", "scaled": False},
        ),
    ],
}  # fmt: skip
# On record, and in no rule.
EXPLORATORY = {
    "efficiency, sigma 0.5": "the curve of 9.2.3",
    "efficiency, sigma 4": "the curve of 9.2.3",
}
