"""What the losses refuse, and the words they refuse it with.

Every message names the argument, what came and what is wanted. Checks of shape, kind and dtype
always run. Checks that must read the data (are the labels in range?) run for NumPy and for
tensors on the CPU; on an accelerator they would make every step wait for the device, and under
`torch.compile` or a `torch.func` transform there is no data to read: there the indexing itself
fails on a label out of range.
"""

from __future__ import annotations

import math
import numbers
import sys
from typing import Any

import numpy as np

REDUCTIONS = ("mean", "sum", "none")


def is_torch(array: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def check_option(name: str, got: Any, wanted: tuple[str, ...]) -> None:
    if not isinstance(got, str) or got not in wanted:
        choices = ", ".join(map(repr, wanted))
        raise ValueError(f"{name} must be one of {choices}; got {got!r}")


def check_number(
    name: str,
    got: Any,
    *,
    above: float = -math.inf,
    at_least: float = -math.inf,
    below: float = math.inf,
    at_most: float = math.inf,
) -> None:
    if not isinstance(got, numbers.Real) or isinstance(got, bool):
        raise TypeError(f"{name} must be a real number; got {type(got).__name__}")
    value = float(got)
    if not (math.isfinite(value) and above < value < below and at_least <= value <= at_most):
        limits = {">": above, ">=": at_least, "<": below, "<=": at_most}
        words = [f" and {sign} {bound}" for sign, bound in limits.items() if math.isfinite(bound)]
        raise ValueError(f"{name} must be finite{''.join(words)}; got {got}")


def check_integer(name: str, got: Any, *, at_least: float = -math.inf) -> None:
    if not isinstance(got, numbers.Integral) or isinstance(got, bool):
        raise TypeError(f"{name} must be an integer; got {got!r} of type {type(got).__name__}")
    if got < at_least:
        raise ValueError(f"{name} must be an integer >= {at_least}; got {got}")


def check_arrays(**arrays: Any) -> None:
    """All of them NumPy arrays, or all of them torch tensors on one device."""
    for name, array in arrays.items():
        if not (isinstance(array, np.ndarray) or is_torch(array)):
            raise TypeError(
                f"{name} must be a NumPy array or a torch tensor; got {type(array).__name__}"
            )
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


def is_floating(array: Any) -> bool:
    return bool(array.is_floating_point() if is_torch(array) else array.dtype.kind == "f")


def is_integer(array: Any) -> bool:
    """Integers proper: neither bool, nor floating, nor complex."""
    if is_torch(array):
        import torch

        return array.dtype != torch.bool and not (
            array.dtype.is_floating_point or array.dtype.is_complex
        )
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


def readable(array: Any) -> bool:
    """Whether the values can be looked at here without waiting for a device or breaking a trace."""
    if not is_torch(array):
        return True
    import torch

    return (
        not torch.compiler.is_compiling()
        and not torch._C._are_functorch_transforms_active()
        and array.device.type == "cpu"
    )


def check_labels(target: Any, rows: int, classes: int, *, ignore: int | None = None) -> None:
    """Class indices 0..C-1 (or the ignored label), one for each row."""
    if not is_integer(target):
        raise TypeError(f"target must hold class indices of an integer dtype; got {target.dtype}")
    check_shape("target", target, (rows,), "to give each row one class")
    if not readable(target):
        return
    wrong = (target < 0) | (target >= classes)
    if ignore is not None:
        wrong = wrong & (target != ignore)
    if wrong.any():
        also = f" or ignore_index={ignore}" if ignore is not None else ""
        raise ValueError(
            f"target must hold class indices 0..{classes - 1}{also}; got {int(target[wrong][0])}"
        )


def check_signs(target: Any, rows: int) -> None:
    """Binary labels, -1 or +1."""
    if not (is_integer(target) or is_floating(target)):
        raise TypeError(f"target must hold -1 and +1 in a real dtype; got {target.dtype}")
    check_shape("target", target, (rows,), "to give each score one label")
    if not readable(target):
        return
    wrong = (target != 1) & (target != -1)
    if wrong.any():
        raise ValueError(
            f"target must hold only -1 and +1; got {target[wrong][0]} "
            "(labels 0 and 1 become these by 2 * target - 1)"
        )


def check_regression(prediction: Any, target: Any) -> None:
    check_arrays(prediction=prediction, target=target)
    check_floating(prediction=prediction, target=target)
    if prediction.ndim == 0:
        raise ValueError("prediction must have an axis of samples, shape (N, ...); got shape ()")
    check_shape("target", target, prediction.shape, "as prediction, with no broadcasting")
    check_constant(target=target)
