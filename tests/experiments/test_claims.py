"""The claims: what is said of each, and that every recorded arm speaks to one or is named."""

from __future__ import annotations

import pytest

from lossnb.experiments import experiment, names
from lossnb.experiments._record import TUNING, load
from lossnb.experiments._rules import rules
from lossnb.experiments.claims import CLAIMS, Claim

each_claim = pytest.mark.parametrize("claim", CLAIMS, ids=[claim.id for claim in CLAIMS])


def test_there_are_25_claims_in_order_and_four_are_split() -> None:
    numbers = [int(claim.id[1:].rstrip("ab")) for claim in CLAIMS]
    assert sorted(set(numbers)) == list(range(1, 26))
    assert numbers == sorted(numbers)
    assert [claim.id for claim in CLAIMS if claim.id[-1] in "ab"] == [
        "C5a", "C5b", "C9a", "C9b", "C21a", "C21b", "C25a", "C25b",
    ]  # fmt: skip
    assert [claim.section for claim in CLAIMS] == sorted(claim.section for claim in CLAIMS)


@each_claim
def test_what_is_said_is_short(claim: Claim) -> None:
    assert len(claim.says.split()) <= 10
    assert len(claim.sentence.split()) <= 30
    assert len(claim.condition.split()) <= 15
    for text in (claim.says, claim.sentence, claim.bound, claim.literature):
        assert text[0].isupper() or text[0].isdigit() or text[:2] in ("l1", "l2", "c ")
        assert text.endswith(".")
        assert "@" not in text


@pytest.mark.parametrize("name", names())
def test_rules_are_about_claims_and_each_is_there_once(name: str) -> None:
    known = {claim.id for claim in CLAIMS}
    for claim, grids in getattr(experiment(name), "TESTS", {}).items():
        assert claim in known
        made = [(one.setting, one.effect) for one in rules(grids)]
        assert len(set(made)) == len(made) > 0


def test_a_smallest_effect_of_interest_is_set_for_every_chance() -> None:
    for name in names():
        for claim, grids in getattr(experiment(name), "TESTS", {}).items():
            for one in rules(grids):
                stated = one.negligible or one.within is not None or one.above
                assert one.exact or stated, (claim, one.setting)


class Seen(dict[str, object]):
    """Findings that note which of them were asked for."""

    def __init__(self, content: dict[str, object], path: str, asked: set[str]) -> None:
        super().__init__(content)
        self.path, self.asked = path, asked

    def __getitem__(self, key: str) -> object:
        value = super().__getitem__(key)
        place = f"{self.path}/{key}"
        if isinstance(value, dict):
            return Seen(value, place, self.asked)
        self.asked.add(place)
        return value

    def values(self) -> list[object]:  # type: ignore[override]
        return [self[key] for key in self]


NOT_FINDINGS = {"rate", "diverged_at"}


@pytest.mark.parametrize("name", [n for n in names() if hasattr(experiment(n), "TESTS")])
def test_every_recorded_arm_is_in_a_rule_or_named(name: str) -> None:
    """An arm is a method and what was measured of it, in the runs of one kind."""
    module = experiment(name)
    asked: set[str] = set()
    records = {}
    every: set[str] = set()
    for run, record in load(name).items():
        kind = run.rpartition("-seed-")[0] or run
        found = Seen(record.found, kind, asked)
        records[run] = type(record)(record.settings, found, record.provenance)
        if not run.startswith(TUNING):
            every |= set(leaves(record.found, kind))
    for grids in module.TESTS.values():
        for one in rules(grids):
            for measure in (one.measure, *(m for m, _ in one.also), one.acts):
                if measure is not None:
                    measure.by_seed(records)
                    if measure.by_image is not None:
                        measure.by_image(records)
    named = set(module.EXPLORATORY)
    loose = {
        arm
        for arm in every - asked
        if arm.rpartition("/")[2] not in named | NOT_FINDINGS
        and not any(arm.endswith(f"/{exempt}") or f"/{exempt}/" in arm for exempt in named)
    }
    assert not loose
    assert all(any(f"/{exempt}" in arm for arm in every - asked) for exempt in named)


def leaves(content: object, path: str) -> list[str]:
    if isinstance(content, dict):
        return [leaf for key, part in content.items() for leaf in leaves(part, f"{path}/{key}")]
    return [path]
