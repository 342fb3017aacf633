"""What the pages share."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from scipy import stats

from lossnb import cross_entropy, hinge, page, value_and_grad
from lossnb.experiments.claims import CLAIMS
from lossnb.nn import CenterLoss


@pytest.fixture
def own_settings() -> Iterator[None]:
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    with mpl.rc_context():
        yield
    torch.set_num_threads(threads)
    torch.set_default_dtype(dtype)


@pytest.mark.parametrize(("double", "dtype"), [(False, torch.float32), (True, torch.float64)])
def test_a_page_is_set_up_with_one_thread_and_its_precision(
    own_settings: None, double: bool, dtype: torch.dtype
) -> None:
    torch.set_num_threads(2)
    mpl.rcParams["svg.hashsalt"] = None
    page.setup(double=double)
    assert torch.get_num_threads() == 1
    assert torch.ones(1).dtype == dtype
    assert mpl.rcParams["svg.hashsalt"] == "lossnb"


def test_set_up_twice_double_stays(own_settings: None) -> None:
    page.setup(double=True)
    page.setup()
    assert torch.get_default_dtype() == torch.float64


def test_a_source_is_shown_as_coloured_python() -> None:
    shown = page.show_source(page.setup, page.table).data
    first, second = shown.split("\n\n\n")
    assert first.startswith("```python\ndef setup(")
    assert second.startswith("def table(")
    assert second.endswith("\n```")
    assert shown.count("```") == 2


def test_a_loss_is_shown_as_written_not_as_decorated_without_its_long_docstring() -> None:
    shown = page.show_source(hinge).data
    assert shown.startswith("```python\n@loss\ndef hinge(\n")
    assert "Parameters" not in shown
    assert "return bound(" in shown


def test_a_class_is_shown_without_the_long_docstrings_of_its_methods() -> None:
    shown = page.show_source(CenterLoss).data
    assert "Parameters" not in shown
    assert all(line in shown for line in ("class CenterLoss(", "def forward(", "def update("))


def test_a_docstring_of_three_lines_stays() -> None:
    shown = page.show_source(page.show_source).data
    assert "reference has those." in shown


def test_the_verdicts_of_a_page_are_those_of_its_claims() -> None:
    shown = page.show_verdicts("9_1_2_hinge").data
    claims = [c for c in CLAIMS if any(p.startswith("9_1_2_hinge") for p in c.explained)]
    assert claims
    assert all(f">{claim.id}</a>" in shown for claim in claims)


def test_a_table_has_a_line_for_each_row_and_the_digits_that_were_asked_for() -> None:
    rows = [["l1", 0.256, 12], ["l2", math.nan, 3]]
    lines = page.table(["loss", "error", "runs"], rows, digits=".2f").data.splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["loss", "error", "runs"]
    assert cells[2:] == [["l1", "0.26", "12"], ["l2", "nan", "3"]]


def test_a_negative_number_has_a_minus_sign() -> None:
    rows = [["-weight", -0.25, -3, "-0.7 ± 0.3"]]
    line = page.table(["name", "slope", "n", "lead"], rows).data.splitlines()[-1]
    assert [cell.strip() for cell in line.strip("|").split("|")] == [
        *("-weight", "−0.2", "−3", "−0.7 ± 0.3")
    ]


def test_text_that_looks_like_a_number_stays_as_it_is() -> None:
    line = page.table(["rate", "n", "error"], [["0.030", 3, np.float32(0.25)]]).data.splitlines()[
        -1
    ]
    assert [cell.strip() for cell in line.strip("|").split("|")] == ["0.030", "3", "0.2"]


@pytest.mark.parametrize(
    ("cells", "side"),
    [
        (["96.2", "", "10,000"], "right"),
        (["+0.4 ± 0.2", "−1.3 ± 0.1"], "right"),
        (["12.5°", "44 %", "-3"], "right"),
        ([1e-5, math.nan, "–"], "right"),
        (["21", "never"], "left"),
        (["45°, a shelf", "60°"], "left"),
        ([np.dtype(np.float64)], "left"),
    ],
)
def test_a_column_stands_on_the_right_if_all_of_it_is_numbers(cells: list[Any], side: str) -> None:
    shown = page.table(["found"], [[cell] for cell in cells], digits=".1e").data
    rule = shown.splitlines()[1].strip("|")
    assert (rule.endswith(":"), rule.startswith(":")) == (side == "right", side == "left")


def test_central_differences_find_a_gradient_and_leave_their_point_alone() -> None:
    rng = np.random.default_rng(0)
    h, y = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1])
    before = h.copy()
    estimate = page.central_differences(lambda h: cross_entropy(h, y), h)
    _, gradient = value_and_grad(cross_entropy)(h, y)
    np.testing.assert_allclose(estimate, gradient, atol=1e-9)
    np.testing.assert_array_equal(h, before)


@pytest.mark.parametrize("count", [2, 5, 10])
def test_the_interval_is_students(count: int) -> None:
    differences = np.random.default_rng(0).normal(size=count)
    mean, half = page.mean_and_interval(differences)
    wanted = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    np.testing.assert_allclose([mean - half, mean + half], [wanted.low, wanted.high])


def test_importing_it_changes_no_settings() -> None:
    code = (
        "import torch, matplotlib as m; before = dict(m.rcParams); import lossnb.page;"
        "assert dict(m.rcParams) == before and torch.get_default_dtype() == torch.float32"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
