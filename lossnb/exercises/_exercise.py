"""How an answer is asked for and judged.

An answer may come as NumPy, torch or Python numbers, in any precision; what it does to its
arguments is its own affair. It is right if it agrees to three digits, more than a wrong formula
reaches and less than half precision or a number typed out needs.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Answer = Callable[..., Any]

TOLERANCE = 1e-3


class Hint(AssertionError):
    """What is wrong with an answer. A notebook shows this line alone, not the code around it,
    which may hold the solution."""

    def _render_traceback_(self) -> list[str]:  # IPython asks for this
        return [f"Not yet: {self}"]


def expect(condition: Any, hint: str) -> None:
    if not condition:
        raise Hint(hint)


def exercise(check: Callable[[Answer], None]) -> Callable[[Answer], None]:
    """A check that says "Right." where it raises no `Hint`."""

    @functools.wraps(check)
    def judge(answer: Answer) -> None:
        __tracebackhide__ = True  # IPython leaves this frame out
        expect(callable(answer), f"hand over the function itself; got {answer!r}")
        try:
            check(answer)
        except Hint as hint:
            raise hint.with_traceback(None) from None
        except Exception as error:
            raise error.with_traceback(_outside(error)) from None
        print("Right.")

    return judge


def _outside(error: Exception) -> Any:
    """The part of the traceback that lies in the answer: its author's own code."""
    traceback = error.__traceback__
    while traceback and Path(traceback.tb_frame.f_code.co_filename).parent == Path(__file__).parent:
        traceback = traceback.tb_next
    return traceback


def ask(answer: Answer, *arguments: Any, shape: tuple[int, ...], finite: bool = True) -> Array:
    """The answer to these arguments, as float64 of this shape."""
    _expect_parameters(answer, len(arguments))
    try:
        found = answer(*(np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments))
    except ValueError as error:
        if "truth value of an array" in str(error):
            raise Hint(
                "it is called with arrays, of which `if`, `min`, `max` and `and` cannot decide all "
                "entries at once; use np.where, np.minimum, np.maximum"
            ) from None
        raise
    except TypeError as error:
        if "must be Tensor, not numpy" in str(error):
            hint = "it is called with NumPy arrays; write it with np instead of torch"
            raise Hint(hint) from None
        raise
    expect(
        found is not None and found is not ..., "nothing came back yet: let it return its answer"
    )
    array = _numbers(found)
    if shape == () and array.size == 1:
        array = array.reshape(())
    expect(array.shape == shape, f"the answer must have shape {shape}; got {array.shape}")
    if finite:
        expect(not np.isnan(array).any(), "your answer is not a number (nan)")
        expect(not np.isinf(array).any(), "your answer is infinite")
    return array


def _expect_parameters(answer: Answer, count: int) -> None:
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # of a ufunc, say
        return
    try:
        signature.bind(*range(count))
    except TypeError:
        hint = f"it is called with {count} argument{'s'[: count > 1]}; yours takes {signature}"
        raise Hint(hint) from None


def _numbers(found: Any) -> Array:
    if hasattr(found, "detach"):  # a tensor, whose dtype NumPy may lack
        found = found.detach().cpu()
        expect(not found.is_complex(), "the answer must be real; got complex numbers")
        found = found.double().numpy()
    if isinstance(found, tuple | list):
        parts = [_numbers(part) for part in found]
        shapes = {part.shape for part in parts}
        expect(
            len(shapes) <= 1,
            f"the answer must be one array; got a {type(found).__name__} of the shapes "
            f"{', '.join(str(part.shape) for part in parts)}",
        )
        return np.stack(parts) if parts else np.zeros(0)
    array = np.asarray(found)
    expect(array.dtype.kind != "c", "the answer must be real; got complex numbers")
    expect(array.dtype.kind in "iufO", f"the answer must be numbers; got {array.dtype}")
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        raise Hint(f"the answer must be numbers; got {type(found).__name__}") from None


def same(found: ArrayLike, wanted: ArrayLike) -> Any:
    """Entry by entry, whether they agree to three digits of the largest one wanted."""
    found, wanted = np.asarray(found), np.asarray(wanted, dtype=np.float64)
    size = float(np.abs(wanted).max(initial=0.0)) or 1.0
    return np.abs(found - wanted) <= TOLERANCE * size


def close(found: ArrayLike, wanted: ArrayLike) -> bool:
    return bool(np.all(same(found, wanted)))


def close_in_each(found: ArrayLike, wanted: ArrayLike) -> Any:
    """Entry by entry, whether three digits of the entry itself agree, however small it is."""
    found, wanted = np.asarray(found), np.asarray(wanted, dtype=np.float64)
    return np.abs(found - wanted) <= TOLERANCE * np.abs(wanted)


def expect_gradient(
    found: Array,
    wanted: Array,
    sign: str,
    *,
    columns: str = "elements",
    others: Mapping[str, Array] | None = None,
) -> None:
    """Refuse a gradient (N, M) of a mean, naming the fault if it is a known one.

    ``sign`` says which way a step should go; ``others`` are the hints for wrong gradients of this
    exercise.
    """
    if close(found, wanted):
        return
    n, m = wanted.shape
    opposite = f"the sign is wrong: {sign}"
    summed = "that is the gradient of the sum; the mean has a 1/N"
    averaged = f"the mean is over the N samples, not over all {columns}"
    for factors, hint in {
        (-1.0,): opposite,
        (n,): summed,
        (-n,): f"{opposite}; and {summed}",
        (1 / m,): averaged,
        (-1 / m,): f"{opposite}; and {averaged}",
    }.items():
        expect(not close(found, factors[0] * wanted), hint)
    for hint, other in (others or {}).items():
        expect(not close(found, other), hint)
        expect(not close(found, n * other), f"{hint}; and {summed}")
        expect(not close(found, -other), f"{hint}; and {opposite}")
    wrong = np.flatnonzero(~same(found, wanted).all(axis=1))
    first = wrong[0]
    raise Hint(
        f"{len(wrong)} of {n} rows are wrong; the first of them, {first}, is "
        f"{np.round(found[first], 4).tolist()}, where central differences give "
        f"{(np.round(wanted[first], 4) + 0.0).tolist()}"
    )


def samples(classes: int = 4) -> tuple[Array, NDArray[np.int64]]:
    """Logits (N, C) and labels (N,)."""
    rng = np.random.default_rng(0)
    return rng.normal(scale=2.0, size=(50, classes)), rng.integers(classes, size=50)


def residuals() -> tuple[Array, Array]:
    """Predictions and targets (N, M), one of which is exact."""
    prediction, target = np.random.default_rng(0).normal(scale=3.0, size=(2, 30, 3))
    prediction[0, 0] = target[0, 0]
    return prediction, target
