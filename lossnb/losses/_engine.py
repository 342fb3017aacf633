"""From the mathematics of one row to a loss over a batch.

A loss module supplies two pure functions, written once for both backends,

    value(xp, *arrays, **options)               the loss of each row (or element)
    gradient(xp, upstream, *arrays, **options)  its gradient times what comes from above, one
                                                array for each of ``wrt``

where ``xp`` holds the array functions of the backend. Everything else happens here: row blocks
that stay in the processor's cache, half precision accumulated in float32, and the reductions.
torch could differentiate ``value`` by itself. It is given the gradient that the page derives
instead, which needs no memory between the two passes and loses no digits.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec, TypeVar

from lossnb._checks import check_reduction, is_floating

from ._backends import backend

P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., Any])
Reduction = Literal["mean", "sum", "none"]

# Elements in a row block: half a MiB of float32, so that a block and its temporaries stay in cache
# while the cost of calling a dozen array functions on it stays small.
BLOCK = 1 << 17


@dataclass(frozen=True)
class Formula:
    """The mathematics of a loss, and how a batch of it may be divided.

    The first ``wrt`` arrays have a gradient. The first ``per_sample`` arrays have an entry per
    sample and are divided into row blocks; with 0 the batch stays in one block. ``elementwise``
    losses have a term per element, the others one per row. If it ``saves``, ``value`` returns
    ``(terms, saved)`` and ``gradient`` is given what was saved as its last array.
    """

    value: Callable[..., Any]
    gradient: Callable[..., tuple[Any, ...]]
    wrt: int = 1
    per_sample: int = 2
    elementwise: bool = False
    saves: bool = False

    def terms(
        self,
        xp: Any,
        arrays: tuple[Any, ...],
        options: dict[str, Any],
        *,
        summed: bool,
    ) -> tuple[Any, tuple[Any, ...]]:
        """The terms or their sum, and what is saved of them for the gradient."""
        parts: list[Any] = []
        saved: tuple[Any, ...] = ()
        for rows in self.row_blocks(xp, arrays):
            terms = self.value(xp, *self.block_of(xp, arrays, rows), **options)
            if self.saves:
                terms, *saved = terms
            parts.append(xp.sum(terms) if summed else terms)
        if len(parts) == 1:
            return parts[0], tuple(saved)
        return (xp.sum(xp.stack(parts)) if summed else xp.concat(parts)), ()

    def gradients(
        self,
        xp: Any,
        upstream: Any,
        arrays: tuple[Any, ...],
        saved: tuple[Any, ...],
        options: dict[str, Any],
    ) -> tuple[Any, ...]:
        """The gradients times ``upstream``: a number for each term, or one for all of them."""
        first = arrays[0]
        upstream = xp.broadcast_to(upstream, first.shape if self.elementwise else first.shape[:1])
        blocks = list(self.row_blocks(xp, arrays))
        gradients = (
            [] if len(blocks) == 1 else [xp.empty_like(array) for array in arrays[: self.wrt]]
        )
        for rows in blocks:
            block = self.block_of(xp, arrays, rows)
            parts = self.gradient(xp, upstream[rows], *block, *saved, **options)
            if not gradients:
                return tuple(xp.cast(p, a.dtype) for p, a in zip(parts, arrays, strict=False))
            for array, part in zip(gradients, parts, strict=True):
                array[rows] = part
        return tuple(gradients)

    def row_blocks(self, xp: Any, arrays: tuple[Any, ...]) -> Iterator[slice]:
        shape = arrays[0].shape
        if self.per_sample == 0 or 0 in shape or xp.in_one_block(*arrays):
            yield slice(None)
            return
        step = max(1, BLOCK // math.prod(shape[1:]))
        for start in range(0, shape[0], step):
            yield slice(start, start + step)

    def block_of(self, xp: Any, arrays: tuple[Any, ...], rows: slice) -> tuple[Any, ...]:
        """These rows of the arrays, the floating ones in the dtype to compute in."""
        dtype = xp.compute_dtype(*(array for array in arrays if is_floating(array)))
        parts = (array[rows] if i < self.per_sample else array for i, array in enumerate(arrays))
        return tuple(xp.cast(part, dtype) if is_floating(part) else part for part in parts)


@dataclass(frozen=True)
class BoundLoss:
    """A formula with checked arguments; ``mean`` is the sum of its terms over ``divisor``."""

    formula: Formula
    arrays: tuple[Any, ...]
    reduction: Reduction
    divisor: Any
    options: dict[str, Any]

    def terms(self, xp: Any, arrays: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """The terms, summed if the reduction wants that, and what is saved of them."""
        return self.formula.terms(xp, arrays, self.options, summed=self.reduction != "none")

    def reduce(self, terms: Any) -> Any:
        if self.reduction != "mean":
            return terms
        # An empty batch costs nothing: 0, not 0/0.
        return terms / (max(self.arrays[0].shape[0], 1) if self.divisor is None else self.divisor)

    def value_and_gradients(self, xp: Any, arrays: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        terms, saved = self.terms(xp, arrays)
        upstream = self.reduce(xp.ones_like(terms))
        gradients = self.formula.gradients(xp, upstream, arrays, saved, self.options)
        return self.reduce(terms), gradients


def bound(
    formula: Formula,
    arrays: tuple[Any, ...],
    reduction: Reduction,
    divisor: Any = None,
    **options: Any,
) -> Any:
    """What a function with the decorator `loss` returns, which calls its evaluation an array."""
    check_reduction(reduction)
    return BoundLoss(formula, arrays, reduction, divisor, options)


def loss(function: F) -> F:
    """A public loss, of a function that checks its arguments and binds a formula to them."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        bound = function(*args, **kwargs)
        return backend(bound.arrays[0]).evaluate(bound)

    call.bind = function  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def value_and_grad(loss: Callable[P, Any]) -> Callable[P, tuple[Any, Any]]:
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
    bind = getattr(loss, "bind", None)
    if bind is None:
        raise TypeError(f"loss must be one of lossnb's losses; got {loss!r}")

    @functools.wraps(loss)
    def call(*args: P.args, **kwargs: P.kwargs) -> Any:
        bound = bind(*args, **kwargs)
        value, gradients = backend(bound.arrays[0]).value_and_gradients(bound)
        return value, gradients if len(gradients) > 1 else gradients[0]

    pair = "tuple[Array, Array | tuple[Array, ...]]"
    call.__doc__ = f"The pair (value, gradient) of `lossnb.{loss.__name__}`, for its arguments."
    call.__signature__ = inspect.signature(loss).replace(return_annotation=pair)  # type: ignore[attr-defined]
    call.__annotations__ = {**loss.__annotations__, "return": pair}
    return call
