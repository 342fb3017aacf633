"""Four states of a setting: which effects are held for which, with which chance to be wrong."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
from scipy import stats

from lossnb.experiments._judge import ERROR, estimate, has_failures, outcomes, states
from lossnb.experiments._rules import Measure, Rule
from lossnb.experiments.verdicts import (
    CONTRADICTED,
    HELD,
    IDLE,
    NO_DIFFERENCE,
    SUPPORTED,
    UNDECIDED,
    verdict,
)


def measure(*effects: float, images: Any = None) -> Measure:
    by_image = None if images is None else (lambda records: np.asarray(images, dtype=float))
    return Measure(lambda records: np.array(effects, dtype=float), by_image)


def rule(*effects: float, **options: Any) -> Rule:
    return Rule(**{"setting": "digits", "effect": "lead", "measure": measure(*effects), **options})


def state(*effects: float, **options: Any) -> str:
    (found,) = states([rule(*effects, **options)], [{}])
    return found


UP = (2.0, 3.0, 2.5, 2.2, 2.8)
DOWN = tuple(-effect for effect in UP)
FLAT = (0.1, -0.1, 0.0, 0.05, -0.05)
WIDE = (-9.0, 11.0, 0.0, 5.0, -6.0)


@pytest.mark.parametrize(
    ("effects", "options", "wanted"),
    [
        (UP, {}, HELD),
        (DOWN, {}, CONTRADICTED),
        (WIDE, {}, UNDECIDED),
        (FLAT, {}, UNDECIDED),
        (UP, {"above": 2.4}, UNDECIDED),
        (UP, {"above": 4.0}, CONTRADICTED),
        (DOWN, {"above": -4.0}, HELD),
        # Small, whatever its sign, is no difference.
        (FLAT, {"negligible": 0.5}, NO_DIFFERENCE),
        (FLAT, {"negligible": 0.05}, UNDECIDED),
        (UP, {"negligible": 5.0}, NO_DIFFERENCE),
        (UP, {"negligible": 0.5}, HELD),
        (WIDE, {"negligible": 0.5}, UNDECIDED),
        # Within a distance of 0.
        (FLAT, {"within": 0.5}, HELD),
        (FLAT, {"within": 0.05}, UNDECIDED),
        (UP, {"within": 0.5}, CONTRADICTED),
        (DOWN, {"within": 0.5}, CONTRADICTED),
        (UP, {"within": 5.0}, HELD),
        (WIDE, {"within": 0.5}, UNDECIDED),
        # Clear of one end only.
        ((0.2, 0.6, 0.4, 0.9, 0.1), {"within": 0.5}, UNDECIDED),
        ((-0.2, -0.6, -0.4, -0.9, -0.1), {"within": 0.5}, UNDECIDED),
        # A second measure must hold as well.
        (UP, {"also": [(measure(*UP), 0.0)]}, HELD),
        (UP, {"also": [(measure(*WIDE), 0.0)]}, UNDECIDED),
        (UP, {"also": [(measure(*DOWN), 0.0)]}, CONTRADICTED),
        (DOWN, {"also": [(measure(*UP), 0.0)]}, CONTRADICTED),
        (WIDE, {"also": [(measure(*UP), 5.0)]}, CONTRADICTED),
        # What cannot act tests nothing.
        (UP, {"acts": measure(0.009, 0.01)}, IDLE),
        (UP, {"acts": measure(0.01, 0.02)}, HELD),
        # Without chance there are two states.
        ((1e-9,), {"exact": True}, HELD),
        ((0.0,), {"exact": True}, CONTRADICTED),
        ((0.0,), {"exact": True, "within": 0.0}, HELD),
        ((-1.0,), {"exact": True, "within": 0.0}, CONTRADICTED),
        ((1.0,), {"exact": True, "within": 1.0}, HELD),
        # Every seed the same.
        ((1.0, 1.0), {}, HELD),
        ((0.0, 0.0), {}, UNDECIDED),
        ((0.0, 0.0), {"negligible": 0.1}, NO_DIFFERENCE),
    ],
)
def test_the_state_of_a_setting(
    effects: tuple[float, ...], options: dict[str, Any], wanted: str
) -> None:
    assert state(*effects, **options) == wanted


@pytest.mark.parametrize("seeds", [2, 5, 20])
def test_chance_and_interval_are_students(seeds: int) -> None:
    effects = np.random.default_rng(seeds).normal(1.0, 2.0, size=seeds)
    own, wanted = estimate(measure(*effects), {}, 0.0), stats.ttest_1samp(effects, 0.5)
    assert own.interval == pytest.approx(wanted.confidence_interval(0.95), rel=1e-9)
    for side, told in (("greater", own.above(0.5)), ("less", own.below(0.5))):
        assert told == pytest.approx(stats.ttest_1samp(effects, 0.5, alternative=side).pvalue)


def test_overlapping_splits_widen_the_interval() -> None:
    """Nadeau and Bengio (2003): s²(1/n + tested/trained)."""
    plain, wide = (estimate(measure(*UP), {}, overlap) for overlap in (0.0, 1 / 3))
    assert wide.error / plain.error == pytest.approx(np.sqrt(1 + len(UP) / 3))
    assert state(*UP, overlap=30.0) == UNDECIDED


def test_shared_images_widen_the_interval() -> None:
    images = np.tile([100.0, -50.0], 50)
    own = estimate(measure(*UP, images=images), {}, 0.0)
    assert own.error**2 == pytest.approx(np.var(UP, ddof=1) / len(UP) + images.var() / 100)
    assert state(*UP, measure=measure(*UP, images=images)) == UNDECIDED
    # What is the same for every image adds nothing.
    assert state(*UP, measure=measure(*UP, images=np.full(100, 2.5))) == HELD


def test_a_training_that_failed_neither_carries_nor_hides_an_effect() -> None:
    clear = [1.0, 1.1, 0.9, 1.2, 0.8, 1.05, 0.95, 1.0, 1.1, 0.9]
    assert state(*clear) == HELD
    mixed = [0.1, -0.1, 0.2, -0.2, 0.1, -0.1, 0.15, -0.15]
    assert has_failures([*mixed, 80.0])
    assert state(*mixed, 80.0, above=-0.15) == UNDECIDED
    assert not has_failures(clear)
    # Six that are far off carry Student's test, but not the signs of the others.
    carried = [*np.linspace(-0.012, -0.008, 7), *np.linspace(0.008, 0.012, 7), *[0.5] * 6]
    assert has_failures(carried)
    assert stats.ttest_1samp(carried, 0.0, alternative="greater").pvalue < ERROR
    assert state(*carried) == UNDECIDED
    # With the signs of all seeds alike, one that is far off changes nothing about its side ...
    far = estimate(measure(*clear, 1.5e3), {}, 0.0)
    assert far.above(0.0) > 0.1  # ... but Student's interval has lost its meaning
    assert state(*clear, 1.5e3) == UNDECIDED


def at_two_per_cent() -> tuple[float, ...]:
    """Effects that are above 0 with a chance of 2 % to be so by chance."""
    effects = np.array([1.0, -1.0, 0.5, -0.5, 0.2])
    effects = effects - effects.mean()
    spread = effects.std(ddof=1) / np.sqrt(5)
    return tuple(effects + spread * stats.t.isf(0.02, 4))


def test_holm_keeps_the_error_of_a_claim() -> None:
    """One setting at 2 % is held alone, but neither of two, of which one may be false: methods that
    keep the share of false ones let both pass."""
    lucky = at_two_per_cent()
    assert state(*lucky) == HELD
    assert states([rule(*lucky)] * 2, [{}] * 2) == [UNDECIDED] * 2
    many = states([rule(*lucky), *[rule(*WIDE)] * 9], [{}] * 10)
    assert many == [UNDECIDED] * 10
    assert states([rule(*UP), *[rule(*WIDE)] * 9], [{}] * 10)[0] == HELD


def test_of_claims_without_anything_in_them_few_are_supported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Eight empty settings each; by the bound 2.5 % of the claims, and chance on top."""
    monkeypatch.setattr(gc, "collect", lambda: 0)  # which statsmodels calls each time
    rng = np.random.default_rng(0)
    supported = 0
    for _ in range(400):
        effects = rng.normal(size=(8, 10))
        found = states([rule(*own) for own in effects], [{}] * 8)
        supported += verdict(found) == SUPPORTED
    assert supported <= stats.binom.isf(1e-4, 400, ERROR)


def test_remarks_share_no_error_with_the_claim() -> None:
    lucky = at_two_per_cent()
    told = outcomes([("x", rule(*lucky)), ("x", rule(*WIDE, remark=True))], {"x": {}})
    assert [one["state"] for one in told] == [HELD, UNDECIDED]
    own = [("x", rule(*UP)), ("x", rule(*WIDE, remark=True))]
    told = outcomes(own, {"x": {}})
    assert [one["state"] for one in told] == [HELD, UNDECIDED]
    assert [one["remark"] for one in told] == [False, True]
    assert told[0]["effects"] == list(UP)
    assert told[0]["mean"] == 2.5


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_no_seed_can_be_dropped(bad: float) -> None:
    with pytest.raises(ValueError, match="every effect must be finite"):
        state(1.0, bad, 1.0)


def test_one_seed_is_no_chance_and_two_numbers_are_not_exact() -> None:
    with pytest.raises(ValueError, match="chance needs two seeds, an exact effect one; got 1"):
        state(1.0)
    with pytest.raises(ValueError, match="chance needs two seeds, an exact effect one; got 2"):
        state(1.0, 2.0, exact=True)
