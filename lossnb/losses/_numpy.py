"""The array functions of the losses, on NumPy."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy import (  # noqa: F401  for the formulas
    abs,
    argmax,
    asarray,
    broadcast_to,
    clip,
    concat,
    empty_like,
    finfo,
    float64,
    frexp,
    inf,
    isinf,
    isnan,
    log,
    log1p,
    max,
    mean,
    nan,
    ones,
    ones_like,
    sign,
    sort,
    sqrt,
    stack,
    sum,
    take,
    unique_inverse,
    where,
    zeros,
    zeros_like,
)

Array = np.ndarray[Any, Any]


def cast(array: Array, dtype: Any) -> Array:
    return array if array.dtype == dtype else array.astype(dtype)


def compute_dtype(*arrays: Array) -> Any:
    """The dtype a loss of these arrays is computed in: theirs, but at least float32."""
    return np.result_type(np.float32, *(array.dtype for array in arrays))


def constant(array: Array) -> Array:
    """The array without its history: nothing is differentiated through it."""
    return array


def in_one_block(*arrays: Array) -> bool:
    """Whether a batch is better not divided into row blocks."""
    return False


def take_class(array: Array, index: Array) -> Array:
    """``array[i, index[i]]`` of each row, shape (N,)."""
    return np.take_along_axis(array, index[:, None], axis=1)[:, 0]


def set_class(array: Array, index: Array, values: Any) -> Array:
    """A copy with ``values``, one for all rows or one for each, at ``[i, index[i]]``."""
    return set_class_(array.copy(), index, values)


def set_class_(array: Array, index: Array, values: Any) -> Array:
    """`set_class` of an array that nobody else needs: it may be written over."""
    np.put_along_axis(array, index[:, None], np.asarray(values)[..., None], axis=1)
    return array


def scale_rows_(array: Array, factors: Array) -> Array:
    """Each row times its factor, of an array that nobody else needs."""
    array *= factors[:, None]
    return array


def softmax(array: Array) -> Array:
    """The softmax of each row."""
    array = array - array.max(axis=1, keepdims=True)
    np.exp(array, out=array)
    array /= array.sum(axis=1, keepdims=True)
    return array


def add_rows(array: Array, index: Array, rows: Array) -> Array:
    """A copy with ``rows[i]`` added at ``index[i]``, repeated indices adding up."""
    array = array.copy()
    np.add.at(array, index, rows)
    return array


@np.errstate(all="ignore")  # inf and nan are returned, as torch returns them, and not announced
def evaluate(bound: Any) -> Array:
    """The loss of a batch."""
    terms, _ = bound.terms(xp, bound.arrays)
    return bound.reduce(terms)


@np.errstate(all="ignore")
def value_and_gradients(bound: Any) -> tuple[Array, tuple[Array, ...]]:
    """The loss of a batch and its gradients."""
    return bound.value_and_gradients(xp, bound.arrays)


xp: Any = sys.modules[__name__]  # this module, as the formulas know it
