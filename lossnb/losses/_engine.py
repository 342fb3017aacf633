"""From the mathematics of one row to a loss over a batch, for NumPy and torch alike.

A loss module supplies two pure functions, written once against the array API,

    value(xp, *arrays, **constants)        the loss of each row (or element)
    gradient(xp, g, *arrays, **constants)  g times its gradient, one array for each of ``wrt``

and everything else happens here: row blocks that stay in the processor's cache, half precision
accumulated in float32, the reductions and, through `_autograd`, torch's graph.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ParamSpec

import numpy as np

from ._arrays import Array, astype, quiet
from ._checks import REDUCTIONS, check_option, is_floating, is_torch

P = ParamSpec("P")

# Elements in a row block: half a MiB of float32, so that a block and its temporaries stay in cache
# while the cost of calling a dozen array functions on it stays small.
BLOCK = 1 << 17


@dataclass(frozen=True)
class Kernel:
    """The mathematics of a loss, and how it may be cut.

    The first ``wrt`` arrays have a gradient. The first ``rows`` arrays have an entry per sample
    and are cut into row blocks; with ``rows=0`` the batch stays in one piece. ``elementwise``
    losses have a term per element, the others one per row. If it ``remembers``, ``value`` returns
    ``(terms, memory)`` and ``gradient`` is given the memory as its last array.
    """

    value: Callable[..., Any]
    gradient: Callable[..., tuple[Array, ...]]
    wrt: int = 1
    rows: int = 2
    elementwise: bool = False
    remembers: bool = False


@dataclass(frozen=True)
class Problem:
    """A kernel with checked arguments; ``mean`` is the sum of its terms over ``divisor``."""

    kernel: Kernel
    arrays: tuple[Array, ...]
    reduction: str
    divisor: Any = None
    constants: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_option("reduction", self.reduction, REDUCTIONS)

    def finish(self, total: Array) -> Array:
        if self.reduction != "mean":
            return total
        # An empty batch has nothing to pay: 0, not 0/0.
        return total / (max(self.arrays[0].shape[0], 1) if self.divisor is None else self.divisor)


def loss(describe: Callable[P, Problem]) -> Callable[P, Array]:
    """The public loss of a function that checks its arguments and describes the problem."""

    @functools.wraps(describe)
    def evaluate(*args: P.args, **kwargs: P.kwargs) -> Array:
        problem = describe(*args, **kwargs)
        if is_torch(problem.arrays[0]):
            from ._autograd import evaluate_torch

            return evaluate_torch(problem)
        return problem.finish(forward(np, problem, problem.reduction != "none")[0])

    evaluate.describe = describe  # type: ignore[attr-defined]
    return evaluate


def value_and_grad(loss: Callable[P, Array]) -> Callable[P, tuple[Array, Any]]:
    """The function that returns a loss together with its closed-form gradient.

    It takes the arguments of ``loss`` and works on both backends. The gradient is that for the
    first argument; `large_margin_softmax` gives the pair for ``features`` and ``weight``. With
    ``reduction="none"`` it is the gradient of the sum. Tensors are read outside torch's graph:
    to train, call the loss itself and then ``backward()``.

    Raises ``TypeError`` if ``loss`` is not one of this package's.

    >>> import numpy as np
    >>> from lossnb import l2, value_and_grad
    >>> value, gradient = value_and_grad(l2)(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    >>> float(value), gradient.tolist()
    (2.0, [2.0, 0.0])
    """
    describe = getattr(loss, "describe", None)
    if describe is None:
        raise TypeError(f"loss must be one of lossnb's losses; got {loss!r}")

    @functools.wraps(loss)
    def evaluate(*args: P.args, **kwargs: P.kwargs) -> tuple[Array, Any]:
        problem = describe(*args, **kwargs)
        if is_torch(problem.arrays[0]):
            from ._autograd import value_and_grad_torch

            return value_and_grad_torch(problem)
        return both(np, problem)

    return evaluate


def both(xp: Any, problem: Problem) -> tuple[Array, Any]:
    total, memory = forward(xp, problem, problem.reduction != "none")
    upstream = problem.finish(xp.ones_like(total))
    gradients = backward(xp, problem, upstream, memory)
    return problem.finish(total), gradients if problem.kernel.wrt > 1 else gradients[0]


def forward(xp: Any, problem: Problem, total: bool, whole: bool = False) -> tuple[Array, Any]:
    """The terms or their total, and what the kernel remembers of them."""
    kernel, parts, memory = problem.kernel, [], ()
    for block in blocks(problem, whole):
        with quiet(xp):
            terms = kernel.value(xp, *cut(xp, problem, block), **problem.constants)
        if kernel.remembers:
            terms, *memory = terms
        parts.append(xp.sum(terms) if total else terms)
    if len(parts) == 1:
        return parts[0], tuple(memory)
    return (xp.sum(xp.stack(parts)) if total else xp.concat(parts)), ()


def backward(
    xp: Any, problem: Problem, g: Array, memory: tuple[Array, ...], whole: bool = False
) -> tuple[Array, ...]:
    """The gradients, weighted by ``g``: a number for each term, or one for all of them."""
    kernel, arrays = problem.kernel, problem.arrays
    first = arrays[0]
    g = xp.broadcast_to(g, first.shape if kernel.elementwise else first.shape[:1])
    pieces = list(blocks(problem, whole))
    out = [] if len(pieces) == 1 else [xp.empty_like(array) for array in arrays[: kernel.wrt]]
    for block in pieces:
        with quiet(xp):
            parts = kernel.gradient(
                xp, g[block], *cut(xp, problem, block), *memory, **problem.constants
            )
        if not out:
            return tuple(astype(xp, p, a.dtype) for p, a in zip(parts, arrays, strict=False))
        for target, part in zip(out, parts, strict=True):
            target[block] = part
    return tuple(out)


def blocks(problem: Problem, whole: bool) -> Iterator[slice]:
    shape = problem.arrays[0].shape
    if whole or problem.kernel.rows == 0 or 0 in shape:
        yield slice(None)
        return
    width = functools.reduce(lambda a, b: a * b, shape[1:], 1)
    step = max(1, BLOCK // width)
    for start in range(0, shape[0], step):
        yield slice(start, start + step)


def cut(xp: Any, problem: Problem, block: slice) -> tuple[Array, ...]:
    """One block of the arrays, the floating ones in the dtype to compute in."""
    floating = [array.dtype for array in problem.arrays if is_floating(array)]
    wide = functools.reduce(xp.result_type, floating, xp.float32)
    rows = problem.kernel.rows
    pieces = (array[block] if i < rows else array for i, array in enumerate(problem.arrays))
    return tuple(astype(xp, piece, wide) if is_floating(piece) else piece for piece in pieces)
