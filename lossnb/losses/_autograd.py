"""The losses as nodes of torch's graph, differentiated by their closed forms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import array_api_compat.torch as xp
import torch

from ._engine import Problem, backward, both, forward


class ClosedForm(torch.autograd.Function):
    """The value forward, the closed-form gradient backward.

    The backward pass reads nothing but the inputs (and the kernel's memory), so it can be run
    again. When a graph of the backward pass itself is wanted, the same formula is evaluated in
    one piece from the inputs, and torch differentiates that: this is double backward.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(problem: Problem, total: bool, whole: bool, *arrays: torch.Tensor) -> Any:
        result, memory = forward(xp, replace(problem, arrays=arrays), total, whole)
        return (result, *memory) if memory else result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.problem, _, ctx.whole, *arrays = inputs
        memory = output[1:] if ctx.problem.kernel.remembers else ()
        if memory:
            ctx.mark_non_differentiable(*memory)
        ctx.save_for_backward(*arrays, *memory)
        ctx.inputs = len(arrays)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor, *_: Any) -> tuple[Any, ...]:
        saved = ctx.saved_tensors
        problem = replace(ctx.problem, arrays=saved[: ctx.inputs])
        memory, whole = saved[ctx.inputs :], ctx.whole
        with torch.autocast(g.device.type, enabled=False):
            if torch.is_grad_enabled():
                whole = True
                if memory:
                    _, memory = forward(xp, problem, False, whole)
            gradients = backward(xp, problem, g, memory, whole)
        return (None, None, None, *gradients, *[None] * (ctx.inputs - len(gradients)))


def evaluate_torch(problem: Problem) -> torch.Tensor:
    arrays = problem.arrays
    # Compilers and function transforms want one expression, devices one launch: blocks serve
    # the caches of a processor.
    whole = (
        torch.compiler.is_compiling()
        or torch._C._are_functorch_transforms_active()
        or arrays[0].device.type != "cpu"
    )
    total = problem.reduction != "none"
    with torch.autocast(arrays[0].device.type, enabled=False):
        described = replace(problem, arrays=())
        result: Any = ClosedForm.apply(described, total and not whole, whole, *arrays)  # type: ignore[no-untyped-call]
    result = result[0] if problem.kernel.remembers else result
    if total and whole:
        result = result.sum()
    return problem.finish(result)


@torch.no_grad()
def value_and_grad_torch(problem: Problem) -> tuple[torch.Tensor, Any]:
    return both(xp, replace(problem, arrays=tuple(a.detach() for a in problem.arrays)))
