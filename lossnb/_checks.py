"""What is refused, and the words it is refused with.

Every message names the argument, what came and what is wanted. Shapes, kinds, dtypes and options
are checked always. What is in an array is read at once for NumPy and for tensors on the CPU,
under the transforms of `torch.func` too. Under `torch.compile` and `torch.export`, and on a GPU,
where every step would have to wait for the device, the check becomes a part of the computation
and a bad value a ``RuntimeError``.
"""

from __future__ import annotations

import math
import numbers
import sys
from typing import Any

import numpy as np

REDUCTIONS = ("mean", "sum", "none")
FLOATING = ("float16", "bfloat16", "float32", "float64")
INTEGER = tuple(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64))
INT64 = np.iinfo(np.int64)


def is_torch(array: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def check_option(name: str, got: Any, wanted: tuple[str, ...]) -> None:
    if not isinstance(got, str) or got not in wanted:
        choices = ", ".join(map(repr, wanted))
        raise ValueError(f"{name} must be one of {choices}; got {got!r}")


def check_reduction(got: Any) -> None:
    check_option("reduction", got, REDUCTIONS)


def check_number(
    name: str,
    got: Any,
    *,
    above: float = -math.inf,
    at_least: float = -math.inf,
    below: float = math.inf,
    at_most: float = math.inf,
    precision: Any = None,
) -> None:
    """Within its limits, and with a ``precision``, a ``finfo``, still so when cast to it."""
    if not isinstance(got, numbers.Real) or isinstance(got, bool):
        raise TypeError(f"{name} must be a real number; got {type(got).__name__}")
    value = as_float(got)
    within = above < value < below and at_least <= value <= at_most and fits(value)
    if not (within and fits(value, precision, above, below)):
        limits = {">": above, ">=": at_least, "<": below, "<=": at_most}
        words = [f" and {sign} {bound}" for sign, bound in limits.items() if abs(bound) < math.inf]
        kind = f" in {str(precision.dtype).removeprefix('torch.')}" if within else ""
        raise ValueError(f"{name} must be finite{''.join(words)}{kind}; got {got}")


def as_float(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:  # a Python integer may be larger than every float
        return math.inf


def fits(
    value: float, precision: Any = None, above: float = -math.inf, below: float = math.inf
) -> bool:
    """Neither inf nor rounded onto the limit 0 or 1 that it must stay away from."""
    largest = sys.float_info.max if precision is None else float(precision.max)
    if not -largest <= value <= largest:
        return False
    if precision is None:
        return True
    smallest = float(precision.smallest_normal) * float(precision.eps)
    return (above != 0 or value >= smallest) and (below != 1 or value <= 1 - precision.eps / 2)


def check_integer(name: str, got: Any, *, at_least: float = -math.inf) -> None:
    if not isinstance(got, numbers.Integral) or isinstance(got, bool):
        raise TypeError(f"{name} must be an integer; got {got!r} of type {type(got).__name__}")
    if got < at_least:
        raise ValueError(f"{name} must be an integer >= {at_least}; got {got}")


def check_arrays(**arrays: Any) -> None:
    """All of them NumPy arrays, or all of them torch tensors on one device; and plain ones."""
    for name, array in arrays.items():
        if not (isinstance(array, np.ndarray) or is_torch(array)):
            raise TypeError(
                f"{name} must be a NumPy array or a torch tensor; got {type(array).__name__}"
            )
        check_plain(name, array)
    (first, reference), *others = arrays.items()
    for name, array in others:
        if is_torch(array) != is_torch(reference):
            raise TypeError(
                f"{name} must be of the same kind as {first}, "
                f"{type(reference).__name__}; got {type(array).__name__}"
            )
        if is_torch(array) and array.device != reference.device:
            raise ValueError(
                f"{name} must be on the device of {first}, {reference.device}; got {array.device}"
            )


def check_plain(name: str, array: Any) -> None:
    """Refuse the kinds of arrays whose entries do not all count, or that mean another product."""
    if is_torch(array):
        if array.is_nested or str(array.layout) != "torch.strided":
            kind = "nested" if array.is_nested else array.layout
            raise TypeError(f"{name} must be a dense tensor, as by .to_dense(); got {kind}")
    elif isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{name} must be a plain NumPy array, as by .compressed(); got MaskedArray")
    elif isinstance(array, np.matrix):
        raise TypeError(f"{name} must be a plain NumPy array, as by np.asarray(); got matrix")


def dtype_name(array: Any) -> str:
    return str(array.dtype).removeprefix("torch.")


def is_floating(array: Any) -> bool:
    if is_torch(array):
        return dtype_name(array) in FLOATING
    return bool(array.dtype.kind == "f")


def is_integer(array: Any) -> bool:
    """Integers proper: neither bool, nor floating, nor quantised, nor of less than a byte."""
    if is_torch(array):
        return dtype_name(array) in INTEGER
    return bool(array.dtype.kind in "iu")


def check_floating(**arrays: Any) -> None:
    for name, array in arrays.items():
        if not is_floating(array):
            raise TypeError(f"{name} must have a real floating dtype; got {array.dtype}")


def check_axes(name: str, array: Any, axes: str) -> None:
    """``axes`` names them, as in ``"(N, C)"``."""
    if array.ndim != axes.count(",") + (not axes.endswith(",)")):
        raise ValueError(f"{name} must have shape {axes}; got {tuple(array.shape)}")


def check_classes(logits: Any, *, at_least: int) -> None:
    if logits.shape[1] < at_least:
        raise ValueError(
            f"logits must have at least {at_least} class{'es'[: 2 * (at_least > 1)]}; "
            f"got shape {tuple(logits.shape)}"
        )


def check_shape(name: str, array: Any, wanted: tuple[int, ...], because: str) -> None:
    if tuple(array.shape) != tuple(wanted):
        raise ValueError(
            f"{name} must have shape {tuple(wanted)} {because}; got {tuple(array.shape)}"
        )


def check_constant(**arrays: Any) -> None:
    """Refuse a tensor that waits for a gradient it will not get."""
    for name, array in arrays.items():
        if is_torch(array) and array.requires_grad:
            raise ValueError(
                f"{name} must not require a gradient: this loss has none for it; "
                f"pass {name}.detach()"
            )


def check_values(
    wanted: str, values: Any, holds: Any, *, hint: str = "", called: str = "", **numbers: int
) -> bool:
    """Raise unless ``holds``, as long as ``values``, is true of every one of them.

    False where that can neither be seen nor asserted: a transform inside of compiled code. The
    numbers stand in ``wanted`` in braces, where compiled code leaves them: there they have no
    value yet.
    """
    if values_are_readable(holds):
        values, holds = unwrapped(values), unwrapped(holds)
        if not holds.all():
            wanted = wanted.format(**numbers)
            bad = f"{called}{values[~holds][0].item()}" if values.shape == holds.shape else "others"
            raise ValueError(f"{wanted}; got {bad}{hint}")
        return True
    import torch

    if torch._C._are_functorch_transforms_active():
        return False
    torch._assert_async(holds.all(), wanted)
    return True


def checked(array: Any, wanted: str, values: Any, holds: Any, **words: Any) -> Any:
    """The floating array after `check_values`, or nan where that could not look."""
    if check_values(wanted, values, holds, **words):
        return array
    return array.where(holds.reshape(holds.shape + (1,) * (array.ndim - holds.ndim)), math.nan)


def values_are_readable(array: Any) -> bool:
    """Whether the values can be looked at here without waiting for a device or breaking a trace."""
    if not is_torch(array):
        return True
    import torch

    if torch.compiler.is_compiling():
        return False
    from torch._subclasses.fake_tensor import is_fake

    return array.device.type not in ("cuda", "meta") and not is_fake(array)


def unwrapped(array: Any) -> Any:
    """The values of all the samples that a transform of `torch.func` works on at once."""
    if is_torch(array):
        from torch._C import _functorch

        while _functorch.is_functorch_wrapped_tensor(array):
            array = _functorch.get_unwrapped(array)
    return array


def as_labels(target: Any, rows: int, classes: int, *, ignore: int | None = None) -> Any:
    """The target as int64: class indices 0..C-1, or the ignored label, one for each row.

    An unsigned label beyond int64 becomes negative. It stays what it is: no class, and equal to
    ``ignore`` only if that is the same number.
    """
    check_labels(target, rows)
    labels = int64(target)
    valid = (labels >= 0) & (labels < classes)
    wanted = "target must hold class indices 0..{last}"
    if ignore is None:
        check_values(wanted, target, valid, last=classes - 1)
    else:
        valid = valid | is_label(labels, target, ignore)
        wanted += " or ignore_index={ignore}"
        check_values(wanted, target, valid, last=classes - 1, ignore=ignore)
    return labels


def check_labels(target: Any, rows: int) -> None:
    if not is_integer(target):
        raise TypeError(f"target must hold class indices of an integer dtype; got {target.dtype}")
    check_shape("target", target, (rows,), "to give each row one class")


def int64(array: Any) -> Any:
    if not is_torch(array):
        return array.astype(np.int64)
    import torch

    return array.to(torch.int64)


def is_label(labels: Any, target: Any, label: int) -> Any:
    """Where ``target``, given as ``labels`` in int64, is this number, which its dtype may lack."""
    limits = sys.modules["torch"].iinfo if is_torch(target) else np.iinfo
    limits = limits(target.dtype)
    if not limits.min <= label <= limits.max:
        return labels != labels
    return labels == (label if label <= INT64.max else label - 2**64)


def as_signs(target: Any, rows: int, dtype: Any) -> Any:
    """Binary labels, -1 or +1, in the given dtype."""
    if not (is_integer(target) or is_floating(target)):
        raise TypeError(f"target must hold -1 and +1 in a real dtype; got {target.dtype}")
    check_shape("target", target, (rows,), "to give each score one label")
    signs = int64(target) if is_integer(target) else target
    negative = (signs == -1) & (not dtype_name(target).startswith("uint"))
    return checked(
        signs.to(dtype) if is_torch(signs) else signs.astype(dtype),
        "target must hold only -1 and +1",
        target,
        (signs == 1) | negative,
        hint=" (labels 0 and 1 become these by 2 * target - 1)",
    )


def check_regression(prediction: Any, target: Any) -> None:
    check_arrays(prediction=prediction, target=target)
    check_floating(prediction=prediction, target=target)
    if prediction.ndim == 0:
        raise ValueError("prediction must have an axis of samples, shape (N, ...); got shape ()")
    check_shape("target", target, prediction.shape, "as prediction, with no broadcasting")
    check_constant(target=target)
