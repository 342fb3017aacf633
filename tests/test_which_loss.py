"""The page that helps to choose: its lines run, and its best constants are the best."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

import lossnb

PAGE = Path(__file__).parents[1] / "chapters" / "which_loss.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and "`" in line
]
LINES = {row[0]: re.sub(r"^`|` ?\|?$", "", row[-1]) for row in ROWS}


def arrays() -> dict[str, Any]:
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    # Small, so that margins lie between the kinks.
    x, W, c = 0.3 * drawn(8, 3), drawn(4, 3), drawn(4, 3)
    y = torch.tensor([0, 1, 2, 3, 0, 1, 2, 3])
    return {"x": x, "W": W, "c": c, "h": x @ W.T, "y": y, "yhat": drawn(8, 2), "t": drawn(8, 2)}


def run(line: str, **other: Any) -> torch.Tensor:
    return eval(line, {"F": F, "torch": torch, "lossnb": lossnb, **arrays(), **other})


def test_all_losses_are_there() -> None:
    assert len(LINES) == 16
    text = " ".join(LINES)
    for page in sorted(PAGE.parent.glob("9_[12]_*.ipynb")):
        assert page.name in text


@pytest.mark.parametrize("name", LINES)
def test_a_line_computes_a_loss_that_trains(name: str) -> None:
    given = arrays()
    leaves = {key: given[key].detach().requires_grad_() for key in ("h", "x", "W", "yhat")}
    value = run(LINES[name], **leaves)
    assert value.ndim == 0
    assert value.isfinite()
    assert value > 0
    value.backward()
    assert any(leaf.grad is not None and leaf.grad.any() for leaf in leaves.values())


SAMPLE = torch.tensor([-2.0, -1.0, 0.0, 1.0, 8.0], dtype=torch.float64)[:, None]
BEST = {
    "the mean": (1.2, 1.2),
    "the median": (0.0, 0.0),
    "between the two": (0.0, 1.2),
    "near the mean of the bulk": (-0.6, 0.0),
}


@pytest.mark.parametrize("row", [row for row in ROWS if row[3] in BEST], ids=lambda row: row[0])
def test_the_best_constant_is_the_one_named(row: list[str]) -> None:
    """By trying many, on five numbers of which one is an outlier."""
    constants = torch.linspace(-3, 8, 1101, dtype=torch.float64)
    line = LINES[row[0]].replace("lossnb.mad(yhat, t)", "lossnb.mad(0 * t, t)")
    losses = [run(line, yhat=constant.expand(5, 1), t=SAMPLE) for constant in constants]
    best = constants[torch.stack(losses).argmin()].item()
    low, high = BEST[row[3]]
    assert low - 0.006 <= best <= high + 0.006
