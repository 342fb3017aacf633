"""What a docstring promises to refuse is refused in every mode; it never becomes another value."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import lossnb

H = [[2.0, 1.0, 0.0], [0.5, 1.5, -1.0]]
Y = [0, 1]
X = [[1.0, -2.0], [0.5, 3.0]]
W = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
F = [0.5, -0.25]

# What is wrong, the loss, its arguments, and its options; lists become arrays.
BAD: dict[str, tuple[Callable[..., Any], list[Any], dict[str, Any]]] = {
    "label C": (lossnb.cross_entropy, [H, [0, 3]], {}),
    "label -1": (lossnb.cross_entropy, [H, [0, -1]], {}),
    "label C, smoothed": (lossnb.cross_entropy, [H, [0, 3]], {"label_smoothing": 0.1}),
    "label ignored by default": (lossnb.cross_entropy, [H, [0, -100]], {"ignore_index": -1}),
    "negative probability": (lossnb.cross_entropy, [H, [[1.5, -0.5, 0.0], [1.0, 0.0, 0.0]]], {}),
    "probabilities that are counts": (
        lossnb.cross_entropy,
        [H, [[5.0, 5.0, 3.0], [1.0, 0.0, 0.0]]],
        {},
    ),
    "a row of no probability": (
        lossnb.cross_entropy,
        [H, [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]],
        {},
    ),
    "probability nan": (lossnb.cross_entropy, [H, [[math.nan, 1.0, 0.0], [1.0, 0.0, 0.0]]], {}),
    "weight < 0": (lossnb.cross_entropy, [H, Y], {"weight": [1.0, -1.0, 1.0]}),
    "weight nan": (lossnb.cross_entropy, [H, Y], {"weight": [1.0, math.nan, 1.0]}),
    "hinge, label C": (lossnb.hinge, [H, [0, 3]], {}),
    "hinge, label -1": (lossnb.hinge, [H, [-1, 0]], {}),
    "Weston-Watkins, label C": (lossnb.hinge, [H, [0, 3]], {"form": "weston_watkins"}),
    "target score, label -3": (lossnb.hinge, [H, [0, -3]], {"form": "target_score"}),
    "binary, labels 0 and 1": (lossnb.hinge, [F, [0, 1]], {"form": "binary"}),
    "binary, floating": (lossnb.hinge, [F, [0.0, 1.0]], {"form": "binary"}),
    "binary, nan": (lossnb.hinge, [F, [math.nan, 1.0]], {"form": "binary"}),
    "ramp, label C": (lossnb.ramp, [H, [0, 3]], {}),
    "ramp, binary, labels 0 and 1": (lossnb.ramp, [F, [0, 1]], {"form": "binary"}),
    "margin, label C": (lossnb.margin, [H, [0, 3]], {}),
    "large margin, label C": (lossnb.large_margin_softmax, [X, W, [0, 3]], {}),
    "large margin, label -1": (lossnb.large_margin_softmax, [X, W, [0, -1]], {}),
    "centre, label C": (lossnb.center, [X, W, [0, 3]], {}),
    "centre, label -1": (lossnb.center, [X, W, [0, -1]], {}),
    "scale 0": (lossnb.tukey_biweight, [X, X], {"scale": [1.0, 0.0]}),
    "scale < 0": (lossnb.tukey_biweight, [X, X], {"scale": [-1.0, 1.0]}),
    "scale inf": (lossnb.tukey_biweight, [X, X], {"scale": [math.inf, 1.0]}),
    "scale nan": (lossnb.tukey_biweight, [X, X], {"scale": [math.nan, 1.0]}),
}


@pytest.fixture(autouse=True)
def nothing_compiled_before() -> None:
    """Else the compiler sees one function that is recompiled too often."""
    torch._dynamo.reset()


every_mistake = pytest.mark.parametrize("mistake", BAD)


def bad_call(mistake: str) -> tuple[Callable[..., torch.Tensor], list[torch.Tensor]]:
    """The loss as a function of tensors, and the tensors; the first one is floating."""
    loss, arguments, options = BAD[mistake]
    names = [name for name, value in options.items() if isinstance(value, list)]
    fixed = {name: value for name, value in options.items() if name not in names}

    def call(*tensors: torch.Tensor) -> torch.Tensor:
        n = len(arguments)
        return loss(*tensors[:n], **dict(zip(names, tensors[n:], strict=True)), **fixed).sum()

    return call, [torch.tensor(a) for a in [*arguments, *(options[name] for name in names)]]


@every_mistake
def test_numpy(mistake: str) -> None:
    loss, arguments, options = BAD[mistake]
    given = {k: np.array(v) if isinstance(v, list) else v for k, v in options.items()}
    with pytest.raises(ValueError, match=r"; got "):
        loss(*map(np.array, arguments), **given)


@every_mistake
def test_eager(mistake: str) -> None:
    call, tensors = bad_call(mistake)
    with pytest.raises(ValueError, match=r"; got "):
        call(*tensors)


TRANSFORMS: dict[str, Callable[[Callable[..., Any], list[torch.Tensor]], Any]] = {
    "grad": lambda call, tensors: torch.func.grad(call)(*tensors),
    "vmap": lambda call, tensors: torch.func.vmap(call)(*(t[None] for t in tensors)),
    "vmap over one": lambda call, tensors: torch.func.vmap(
        call, in_dims=(0, *[None] * (len(tensors) - 1))
    )(tensors[0][None], *tensors[1:]),
    "vmap of grad": lambda call, tensors: torch.func.vmap(torch.func.grad(call))(
        *(t[None] for t in tensors)
    ),
    "jacrev": lambda call, tensors: torch.func.jacrev(call)(*tensors),
}


@every_mistake
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_transformed(mistake: str, transform: str) -> None:
    call, tensors = bad_call(mistake)
    with pytest.raises(ValueError, match=r"; got "):
        TRANSFORMS[transform](call, tensors)


@every_mistake
@pytest.mark.parametrize("gradients", [True, False])
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiled(mistake: str, backend: str, gradients: bool) -> None:
    call, tensors = bad_call(mistake)
    tensors[0].requires_grad_(gradients)
    compiled = torch.compile(call, fullgraph=True, backend=backend)
    with pytest.raises(RuntimeError):
        compiled(*tensors)


@every_mistake
def test_exported(mistake: str) -> None:
    call, tensors = bad_call(mistake)

    class Module(torch.nn.Module):
        def forward(self, *given: torch.Tensor) -> torch.Tensor:
            return call(*given)

    exported = torch.export.export(Module(), tuple(tensors)).module()
    with pytest.raises(RuntimeError):
        exported(*tensors)


@every_mistake
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_transformed_and_compiled(mistake: str, transform: str) -> None:
    """It fails, or what comes out is not a number: never another class."""
    call, tensors = bad_call(mistake)
    compiled = torch.compile(
        lambda *given: TRANSFORMS[transform](call, list(given)), backend="aot_eager"
    )
    try:
        result = compiled(*tensors)
    except (RuntimeError, ValueError, IndexError):
        return
    assert torch.isnan(result).any()
