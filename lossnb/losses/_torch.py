"""The array functions of the losses, on torch, and the losses as nodes of its graph."""

from __future__ import annotations

import builtins
import contextlib
import functools
import sys
from typing import Any

import torch
from array_api_compat.torch import (  # noqa: F401  for the formulas
    asarray,
    broadcast_to,
    concat,
    finfo,
    max,
    mean,
    ones,
    sort,
    sum,
    unique_inverse,
    where,
    zeros,
)
from torch import (  # noqa: F401
    Tensor,
    abs,
    argmax,
    empty_like,
    float64,
    frexp,
    inf,
    isinf,
    isnan,
    log,
    log1p,
    nan,
    ones_like,
    sqrt,
    stack,
    zeros_like,
)
from torch import clamp as clip  # noqa: F401


def cast(array: Tensor, dtype: Any) -> Tensor:
    return array.to(dtype)


def compute_dtype(*arrays: Tensor) -> Any:
    """The dtype a loss of these arrays is computed in: theirs, but at least float32."""
    return functools.reduce(torch.promote_types, [array.dtype for array in arrays], torch.float32)


def constant(array: Tensor) -> Tensor:
    """The array without its history: nothing is differentiated through it."""
    return array.detach()


def sign(array: Tensor) -> Tensor:
    """-1, 0 or 1, and nan for nan, for which torch's own has 0."""
    return torch.where(array.isnan(), array, array.sign())


def take(array: Tensor, index: Tensor, *, axis: int) -> Tensor:
    """Unlike the compatibility layer's, without a meaning for negative indices: they fail."""
    return array.index_select(axis, index)


def in_one_block(*arrays: Tensor) -> bool:
    """Whether a batch is better not divided into row blocks, which serve a processor's caches:
    graphs, compilers and function transforms want one expression, devices one launch."""
    return _traced(*arrays) or arrays[0].device.type != "cpu"


def take_class(array: Tensor, index: Tensor) -> Tensor:
    """``array[i, index[i]]`` of each row, shape (N,)."""
    return array.gather(1, index[:, None])[:, 0]


def set_class(array: Tensor, index: Tensor, values: Any) -> Tensor:
    """A copy with ``values``, one for all rows or one for each, at ``[i, index[i]]``."""
    return array.scatter(1, index[:, None], _as_column(values))


def set_class_(array: Tensor, index: Tensor, values: Any) -> Tensor:
    """`set_class` of an array that nobody else needs: it may be written over."""
    if _traced(array):
        return set_class(array, index, values)
    return array.scatter_(1, index[:, None], _as_column(values))


def scale_rows_(array: Tensor, factors: Tensor) -> Tensor:
    """Each row times its factor, of an array that nobody else needs."""
    return array * factors[:, None] if _traced(array) else array.mul_(factors[:, None])


def _as_column(values: Any) -> Any:
    return values[:, None] if isinstance(values, Tensor) else values


def _traced(*arrays: Tensor) -> bool:
    """Whether a graph, a compiler or a function transform wants expressions, not memory."""
    return (
        _in_graph(*arrays)
        or torch.compiler.is_compiling()
        or torch._C._are_functorch_transforms_active()
    )


def _in_graph(*arrays: Tensor) -> bool:
    return torch.is_grad_enabled() and builtins.any(array.requires_grad for array in arrays)


def softmax(array: Tensor) -> Tensor:
    """The softmax of each row."""
    return array.softmax(1)


def add_rows(array: Tensor, index: Tensor, rows: Tensor) -> Tensor:
    """A copy with ``rows[i]`` added at ``index[i]``, repeated indices adding up."""
    return array.index_add(0, index, rows)


class ClosedForm(torch.autograd.Function):
    """The value forward, the closed-form gradient backward.

    The backward pass reads nothing but the inputs and what the formula saved, so it can be run
    again. When a graph of the backward pass itself is wanted, the same formula is evaluated from
    the inputs, and torch differentiates that: this is double backward.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(formula: Any, options: dict[str, Any], summed: bool, *arrays: Tensor) -> Any:
        result, saved = formula.terms(xp, arrays, options, summed=summed)
        return (result, *saved) if saved else result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.formula, ctx.options, _, *arrays = inputs
        saved = output[1:] if ctx.formula.saves else ()
        if saved:
            ctx.mark_non_differentiable(*saved)
        ctx.save_for_backward(*arrays, *saved)
        ctx.inputs = len(arrays)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor, *_: Any) -> tuple[Any, ...]:
        arrays, saved = ctx.saved_tensors[: ctx.inputs], ctx.saved_tensors[ctx.inputs :]
        with without_autocast(upstream):
            if saved and torch.is_grad_enabled():
                _, saved = ctx.formula.terms(xp, arrays, ctx.options, summed=False)
            gradients = ctx.formula.gradients(xp, upstream, arrays, saved, ctx.options)
        return (None, None, None, *gradients, *[None] * (ctx.inputs - len(gradients)))


def without_autocast(array: Tensor) -> Any:
    """The losses choose their dtypes themselves."""
    device = array.device.type
    if not torch.amp.is_autocast_available(device):
        return contextlib.nullcontext()
    return torch.autocast(device, enabled=False)


def evaluate(bound: Any) -> Tensor:
    """The loss of a batch, as a node of torch's graph."""
    with without_autocast(bound.arrays[0]):
        # The compiler cannot trace a node that nobody differentiates.
        if torch.compiler.is_compiling() and not _in_graph(*bound.arrays):
            return bound.reduce(bound.terms(xp, bound.arrays)[0])
        result: Any = ClosedForm.apply(
            bound.formula, bound.options, bound.reduction != "none", *bound.arrays
        )
    return bound.reduce(result[0] if bound.formula.saves else result)


@torch.no_grad()
def value_and_gradients(bound: Any) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The loss of a batch and its gradients, outside torch's graph."""
    arrays = tuple(array.detach() for array in bound.arrays)
    with without_autocast(arrays[0]):
        return bound.value_and_gradients(xp, arrays)


xp: Any = sys.modules[__name__]  # this module, as the formulas know it
