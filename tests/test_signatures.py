"""What an editor and `help` say of the losses is what they do: arrays in, arrays out."""

from __future__ import annotations

import inspect
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import pytest

import lossnb
from lossnb import nn

LOSSES = [name for name in lossnb.__all__ if hasattr(getattr(lossnb, name), "bind")]


def test_every_loss_is_here() -> None:
    assert len(LOSSES) == 9  # the eight sections' and the margin


@pytest.mark.parametrize("name", LOSSES)
def test_an_array_comes_out(name: str) -> None:
    loss = getattr(lossnb, name)
    assert str(inspect.signature(loss)).endswith("-> 'Array'")
    pair = lossnb.value_and_grad(loss)
    assert str(inspect.signature(pair)).endswith("-> 'tuple[Array, Array | tuple[Array, ...]]'")
    assert "pair (value, gradient)" in (pair.__doc__ or "")
    assert f"lossnb.{name}" in (pair.__doc__ or "")


@pytest.mark.parametrize("name", LOSSES)
def test_hints_can_be_read(name: str) -> None:
    loss = getattr(lossnb, name)
    hints = typing.get_type_hints(loss, vars(sys.modules[loss.__module__]))
    assert hints["return"].__name__ == "Array"
    if "reduction" in hints:
        assert typing.get_args(hints["reduction"]) == ("mean", "sum", "none")


CHECKED = """
import numpy as np
import torch
from numpy.typing import NDArray
import lossnb
from lossnb import nn

a: NDArray[np.float64] = np.zeros((2, 3))
y: NDArray[np.int64] = np.zeros(2, np.int64)
t, labels = torch.zeros(2, 3), torch.tensor([0, 1])
reveal_type(lossnb.cross_entropy(a, y))
reveal_type(lossnb.cross_entropy(t, labels))
reveal_type(lossnb.l1(t, t))
reveal_type(nn.HingeLoss()(t, labels))
lossnb.cross_entropy(t, labels, reduction="avg")
lossnb.hinge(t, labels, form="foo")
lossnb.hinge("a", None)
lossnb.ramp(t, labels, margin=2.0)
nn.HingeLoss(reduction="avg")
"""


def test_a_type_checker_is_told(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(CHECKED)
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\nstrict = True\n[mypy-scipy.*]\nignore_missing_imports = True\n")
    cache = Path(__file__).parents[1] / ".mypy_cache" / "strict"
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", config, "--cache-dir", cache, script],
        capture_output=True,
        text=True,
    )
    said: dict[int, str] = {}
    for line in run.stdout.splitlines():
        place, _, words = line.partition(": ")
        if "script.py:" in place:
            said.setdefault(int(place.rpartition(":")[2]), words)
    lines = CHECKED.splitlines()
    for number, line in enumerate(lines, 1):
        if "reveal_type" in line:
            wanted = "numpy.ndarray" if "(a, y)" in line else "torch._tensor.Tensor"
            assert "Revealed type" in said[number], (line, run.stdout)
            assert wanted in said[number], (line, said[number])
        elif "lossnb." in line or "nn.Hinge" in line:
            assert said[number].startswith("error"), (line, run.stdout)
        else:
            assert not said.get(number, "").startswith("error"), (line, said[number])


# A module, and options that it must refuse when it is built, not at its first batch.
REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    *(
        (cls, {**sizes, "reduction": "avg"}, "reduction must be one of")
        for cls, sizes in [
            (nn.CrossEntropyLoss, {}),
            (nn.HingeLoss, {}),
            (nn.RampLoss, {}),
            (nn.LargeMarginSoftmaxLoss, {"in_features": 2, "num_classes": 3}),
            (nn.CenterLoss, {"num_classes": 2, "num_features": 3}),
            (nn.L1Loss, {}),
            (nn.L2Loss, {}),
            (nn.TukeyBiweightLoss, {}),
        ]
    ),
    (nn.CrossEntropyLoss, {"label_smoothing": 2.0}, "label_smoothing must be"),
    (nn.CrossEntropyLoss, {"ignore_index": 0.5}, "ignore_index must be an integer"),
    (nn.CrossEntropyLoss, {"weight": "balanced"}, "weight must be a NumPy array or a torch"),
    (nn.HingeLoss, {"form": "foo"}, "form must be one of"),
    (nn.HingeLoss, {"p": 3}, "p must be 1 or 2"),
    (nn.HingeLoss, {"margin": 0.0}, "margin must be"),
    (nn.RampLoss, {"form": "weston_watkins"}, "form must be one of"),
    (nn.RampLoss, {"s": 1.0}, "s must be"),
    (nn.LargeMarginSoftmaxLoss, {"in_features": 2, "num_classes": 3, "margin": 0}, "margin must"),
    (nn.LargeMarginSoftmaxLoss, {"in_features": 0, "num_classes": 3}, "in_features must"),
    (nn.CenterLoss, {"num_classes": 0, "num_features": 3}, "num_classes must"),
    (nn.CenterLoss, {"num_classes": 2, "num_features": 3, "alpha": 2.0}, "alpha must be"),
    (nn.TukeyBiweightLoss, {"c": -1.0}, "c must be"),
]


@pytest.mark.parametrize(("module", "options", "message"), REFUSED)
def test_options_are_checked_when_a_module_is_built(
    module: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        module(**options)


MODULES = [
    nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=3, reduction="sum"),
    nn.HingeLoss(form="binary", margin=2.0, p=2),
    nn.RampLoss(s=-0.5, form="binary"),
    nn.LargeMarginSoftmaxLoss(2, 3, margin=4),
    nn.CenterLoss(2, 3, alpha=0.25),
    nn.L1Loss(reduction="none"),
    nn.L2Loss(),
    nn.TukeyBiweightLoss(c=3.0),
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: type(module).__name__)
def test_a_repr_builds_the_module_again(module: Any) -> None:
    again = eval(f"nn.{module!r}", {"nn": nn})
    assert repr(again) == repr(module)
    assert again.options == module.options


def test_the_version_is_that_of_the_project() -> None:
    from importlib.metadata import version

    assert lossnb.__version__ == version("lossnb")
