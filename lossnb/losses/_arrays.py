"""The few array functions that the array API lacks, for NumPy and torch."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from ._checks import is_torch

Array = Any  # a NumPy array or a torch tensor: what goes in comes out


def astype(xp: Any, array: Array, dtype: Any) -> Array:
    return array if array.dtype == dtype else xp.astype(array, dtype)


def put(xp: Any, array: Array, index: Array, values: Any) -> Array:
    """A copy of ``array`` (N, C) with ``values`` (a number or (N,)) at column ``index`` (N,)."""
    if is_torch(array):
        return array.scatter(1, index[:, None], values[:, None] if is_torch(values) else values)
    array = array.copy()
    xp.put_along_axis(array, index[:, None], xp.asarray(values)[..., None], axis=1)
    return array


def pick(xp: Any, array: Array, index: Array) -> Array:
    """``array[i, index[i]]`` for each row, shape (N,)."""
    if is_torch(array):
        return array.gather(1, index[:, None])[:, 0]
    return xp.take_along_axis(array, index[:, None], axis=1)[:, 0]


def quiet(xp: Any) -> Any:
    """NumPy warns where torch is silent about inf and nan; both return them."""
    return xp.errstate(all="ignore") if xp is np else contextlib.nullcontext()


def namespace(array: Array) -> Any:
    """The array API functions for the arrays of this kind."""
    if is_torch(array):
        import array_api_compat.torch as torch

        return torch
    return np


def wide(xp: Any, array: Array) -> Any:
    """The dtype its loss is computed in: that of ``array``, but at least float32."""
    return xp.result_type(array.dtype, xp.float32)


def sign(array: Array) -> Array:
    """-1, 0 or 1. The compatibility layer's own cannot be batched by `torch.func.vmap`."""
    return array.sign() if is_torch(array) else np.sign(array)


def softmax(array: Array) -> Array:
    """The softmax of each row."""
    if is_torch(array):
        return array.softmax(1)
    array = array - array.max(axis=1, keepdims=True)
    np.exp(array, out=array)
    array /= array.sum(axis=1, keepdims=True)
    return array


def add_rows(array: Array, index: Array, rows: Array) -> Array:
    """A copy of ``array`` with ``rows[i]`` added at ``index[i]``, repeated indices adding up."""
    if is_torch(array):
        return array.index_add(0, index, rows)
    array = array.copy()
    np.add.at(array, index, rows)
    return array
