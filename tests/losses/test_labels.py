"""Labels of every integer dtype mean what int64 means; nothing wraps and nothing is ignored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import lossnb

from .common import BACKENDS, CASES, Case, send, value_and_gradient

SIGNED = ("int8", "int16", "int32", "int64")
DTYPES = (*SIGNED, "uint8", "uint16", "uint32", "uint64")
LABELLED = [
    case for case in CASES if case.arrays(np.random.default_rng(0), 4)[-1].dtype.kind == "i"
]
BOTH_SIGNS = [case for case in LABELLED if "binary" in case.name]

both = pytest.mark.parametrize("backend", BACKENDS)


def labels(backend: str, values: Any, dtype: str) -> Any:
    # torch converts a list to uint16, uint32 and uint64, but not a tensor of int64.
    return (
        np.array(values, dtype)
        if backend == "numpy"
        else torch.tensor(values).to(getattr(torch, dtype))
    )


@both
@pytest.mark.parametrize("case", LABELLED, ids=repr)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_integer_dtype_is_int64(case: Case, dtype: str, backend: str) -> None:
    *floating, target = case.arrays(np.random.default_rng(0), 7)
    if case in BOTH_SIGNS and dtype not in SIGNED:
        target = np.abs(target)
    given = [send(backend, a) for a in floating]
    options = {"wrt": case.wrt, **case.options}
    wanted, gradients = value_and_gradient(case.loss, *given, send(backend, target), **options)
    got, others = value_and_gradient(
        case.loss, *given, labels(backend, target.tolist(), dtype), **options
    )
    np.testing.assert_array_equal(got, wanted)
    for a, b in zip(others, gradients, strict=True):
        np.testing.assert_array_equal(a, b)


# The number of classes, and labels near the ends of the dtype.
MANY = [
    ("uint8", 200, [155, 156, 157]),
    ("uint8", 256, [0, 128, 255]),
    ("uint8", 300, [43, 44, 255]),
    ("int8", 128, [0, 127]),
    ("int8", 200, [5, 100]),
    ("int16", 40_000, [7, 32_767]),
    ("uint16", 65_536, [0, 65_436, 65_535]),
    ("uint16", 70_000, [65_436, 65_535]),
    ("uint32", 70_000, [0, 69_999]),
    ("uint64", 300, [0, 299]),
]


@both
@pytest.mark.parametrize(("dtype", "classes", "values"), MANY)
@pytest.mark.parametrize("loss", [lossnb.cross_entropy, lossnb.hinge, lossnb.margin])
def test_no_class_is_beyond_reach(
    loss: Any, dtype: str, classes: int, values: list[int], backend: str
) -> None:
    logits = send(backend, np.random.default_rng(0).normal(size=(len(values), classes)))
    every = {} if loss is lossnb.margin else {"reduction": "none"}
    wanted = loss(logits, send(backend, values), **every)
    got = loss(logits, labels(backend, values, dtype), **every)
    np.testing.assert_array_equal(np.asarray(got), np.asarray(wanted))
    assert (np.asarray(got) != 0).all()


# The dtype, its labels, ignore_index, and which rows that ignores.
IGNORED = [
    ("uint8", [155, 156, 157], -100, []),
    ("uint8", [155, 156, 255], 255, [2]),
    ("uint8", [0, 1, 2], 256, []),
    ("uint8", [0, 1, 2], -1, []),
    ("int8", [-100, 0, 127], -100, [0]),
    ("int8", [0, 1, 2], 156, []),
    ("int16", [-1, 0, 199], -1, [0]),
    ("uint16", [0, 199, 65_535], 65_535, [2]),
    ("uint32", [0, 2**32 - 1, 1], 2**32 - 1, [1]),
    ("uint64", [0, 2**63 + 5, 1], 2**63 + 5, [1]),
    ("uint64", [0, 1, 2], -(2**63) + 1, []),
    ("int64", [0, 1, 2], 2**64, []),
]


@both
@pytest.mark.parametrize(("dtype", "values", "ignore", "rows"), IGNORED)
def test_what_is_ignored_is_a_number_not_a_bit_pattern(
    dtype: str, values: list[int], ignore: int, rows: list[int], backend: str
) -> None:
    logits = send(backend, np.random.default_rng(0).normal(size=(3, 200)))
    target = (
        np.array(values, dtype) if backend == "numpy" else torch.from_numpy(np.array(values, dtype))
    )
    got = lossnb.cross_entropy(logits, target, ignore_index=ignore, reduction="none")
    assert np.flatnonzero(np.asarray(got) == 0).tolist() == rows


REFUSED = [
    ("uint8", [0, 255], r"0\.\.4.*; got 255"),
    ("int8", [0, -1], r"0\.\.4.*; got -1"),
    ("uint16", [0, 65_535], r"0\.\.4.*; got 65535"),
    ("uint32", [0, 2**32 - 1], r"0\.\.4.*; got 4294967295"),
    ("uint64", [0, 2**64 - 1], r"0\.\.4.*; got 18446744073709551615"),
    ("uint64", [0, 2**64 - 100], r"0\.\.4.*; got 18446744073709551516"),
]


@both
@pytest.mark.parametrize(("dtype", "values", "message"), REFUSED)
@pytest.mark.parametrize("loss", [lossnb.cross_entropy, lossnb.hinge, lossnb.ramp])
def test_a_label_that_is_no_class_is_named(
    loss: Any, dtype: str, values: list[int], message: str, backend: str
) -> None:
    array = np.array(values, dtype)
    target = array if backend == "numpy" else torch.from_numpy(array)
    with pytest.raises(ValueError, match=message):
        loss(send(backend, np.zeros((2, 5))), target)


@both
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64"])
def test_the_largest_unsigned_is_not_minus_one(dtype: str, backend: str) -> None:
    array = np.array([1, np.iinfo(dtype).max], dtype)
    target = array if backend == "numpy" else torch.from_numpy(array)
    with pytest.raises(ValueError, match=r"only -1 and \+1; got \d+"):
        lossnb.hinge(send(backend, [0.5, 0.5]), target, form="binary")


@both
@pytest.mark.parametrize("dtype", ["bool", "float32", "float64", "complex64"])
def test_other_dtypes_are_no_class_indices(dtype: str, backend: str) -> None:
    for case in LABELLED:
        if case in BOTH_SIGNS:
            continue
        *floating, target = case.arrays(np.random.default_rng(0), 4)
        array = target.astype(dtype)
        other = array if backend == "numpy" else torch.from_numpy(array)
        with pytest.raises(TypeError, match=r"target must .* dtype; got"):
            case.loss(*[send(backend, a) for a in floating], other, **case.options)
