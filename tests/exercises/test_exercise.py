"""What holds for the checks of all pages."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from lossnb.exercises import cross_entropy, hinge
from lossnb.exercises._exercise import Hint, close, close_in_each, same

from .common import shown


def mistaken(m: float) -> float:
    return {}["of my own"]


def test_an_error_of_the_answer_is_shown_where_it_happened_and_not_where_it_was_called() -> None:
    text = shown(hinge.margin_scale, mistaken)
    assert "KeyError" in text
    assert 'return {}["of my own"]' in text
    assert "exercises/" not in text.replace("tests/exercises/", "")
    with pytest.raises(KeyError):
        hinge.margin_scale(mistaken)


@pytest.mark.parametrize("number", [Fraction(1, 2), np.float16(0.5), torch.tensor(0.5).bfloat16()])
def test_numbers_of_any_kind_count(number: object, capsys: pytest.CaptureFixture[str]) -> None:
    hinge.margin_scale(lambda m: (m, 1 / m) if m != 0.5 else (number, 2))
    assert capsys.readouterr().out == "Right.\n"


def test_a_number_typed_with_four_digits_is_right_and_with_two_is_not() -> None:
    def lead(digits: int) -> object:
        return lambda eps, classes: round(np.log(1 + classes * (1 - eps) / eps), digits)

    cross_entropy.smoothed_lead(lead(3))
    with pytest.raises(Hint):
        cross_entropy.smoothed_lead(lead(1))


def test_what_counts_as_the_same() -> None:
    assert close([1.0, 1e-4], [1.0, 0.0])  # to three digits of the largest
    assert not close([1.0, 2e-3], [1.0, 0.0])
    assert same([1.0, 2e-3], [1.0, 0.0]).tolist() == [True, False]
    assert close_in_each([1.0, 1.0005e-9], [1.0, 1e-9]).all()
    assert not close_in_each([1.0, 2e-9], [1.0, 1e-9]).all()
    assert close([0.0], [0.0])
    assert not close([np.nan], [1.0])


def test_the_caller_keeps_what_it_handed_out() -> None:
    """A check asks more than once, and what an answer does to its arguments is lost."""
    seen = []

    def answer(h: np.ndarray, y: np.ndarray) -> np.ndarray:
        seen.append(h.copy())
        h[:] = 0
        return h

    for _ in range(2):
        with pytest.raises(Hint):
            hinge.gradient(answer)
    np.testing.assert_array_equal(*seen)
    assert seen[0].any()
