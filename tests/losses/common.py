"""What the tests of the losses share: both backends, the reference values, one call per loss."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import lossnb

BACKENDS = ("numpy", "torch")
VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text())["cases"]


def send(backend: str, array: Any, dtype: Any = None) -> Any:
    """An array for the backend; float64 and int64 unless told otherwise."""
    array = np.asarray(array)
    array = array.astype(np.float64 if array.dtype.kind == "f" else np.int64)
    if backend == "numpy":
        return array if dtype is None else array.astype(dtype)
    return torch.tensor(array, dtype=getattr(torch, dtype) if isinstance(dtype, str) else dtype)


def assert_refused(
    loss: Callable[..., Any],
    backend: str,
    usual: dict[str, Any],
    change: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    """With one of its usual arguments changed; lists are sent to the backend as arrays."""
    given = {k: send(backend, v) if isinstance(v, list) else v for k, v in (usual | change).items()}
    with pytest.raises(error, match=message):
        loss(**given)


def value_and_gradient(
    loss: Callable[..., Any], *arrays: Any, wrt: tuple[int, ...] = (0,), **options: Any
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The value and the gradient of its sum, each backend in the way its users get them."""
    if isinstance(arrays[0], np.ndarray):
        value, gradient = lossnb.value_and_grad(loss)(*arrays, **options)
        return np.asarray(value), list(gradient) if len(wrt) > 1 else [gradient]
    leaves = [a.clone().requires_grad_() if i in wrt else a for i, a in enumerate(arrays)]
    value = loss(*leaves, **options)
    value.sum().backward()
    return value.detach().numpy(), [leaves[i].grad.numpy() for i in wrt]


def numbers(values: Any) -> np.ndarray:
    """Reference values as float64; 50 digits and non-finite numbers are written as strings."""
    return np.vectorize(float, otypes=[np.float64])(np.asarray(values, dtype=object))


def assert_close(got: Any, wanted: Any, rtol: float = 1e-12) -> None:
    """Relative to the largest entry: an entry that cancels to 0 has no digits of its own."""
    wanted = numbers(wanted)
    finite = np.abs(wanted[np.isfinite(wanted)])
    np.testing.assert_allclose(got, wanted, rtol=rtol, atol=rtol * finite.max(initial=0.0))


@dataclass(frozen=True)
class Case:
    """One way to call one loss: arrays for a batch of N, and what may be done with them."""

    name: str
    loss: Callable[..., Any]
    arrays: Callable[[np.random.Generator, int], tuple[np.ndarray, ...]]
    options: dict[str, Any] = field(default_factory=dict)
    wrt: tuple[int, ...] = (0,)
    per_sample: tuple[int, ...] = (0, 1)  # the arguments with one entry per sample

    def __repr__(self) -> str:
        return self.name


C, D = 5, 3


def labelled(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    return 2 * rng.normal(size=(n, C)), rng.integers(C, size=n)


def mixed(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    return 2 * rng.normal(size=(n, C)), rng.dirichlet(np.ones(C), size=n)


def binary(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    return 2 * rng.normal(size=n), 2 * rng.integers(2, size=n) - 1


def angular(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    return rng.normal(size=(n, D)), rng.normal(size=(C, D)), rng.integers(C, size=n)


def regression(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    return 4 * rng.normal(size=(n, D)), 4 * rng.normal(size=(n, D))


def case(name: str, loss: Any, arrays: Any, **rest: Any) -> Case:
    fields = {k: rest.pop(k) for k in ("wrt", "per_sample") if k in rest}
    return Case(name, loss, arrays, rest, **fields)


ANGULAR: dict[str, Any] = {"wrt": (0, 1), "per_sample": (0, 2)}
CASES = [
    case("cross_entropy", lossnb.cross_entropy, labelled),
    case("cross_entropy-smoothed", lossnb.cross_entropy, labelled, label_smoothing=0.1),
    case("cross_entropy-ignoring", lossnb.cross_entropy, labelled, ignore_index=2),
    case("cross_entropy-mixed", lossnb.cross_entropy, mixed),
    case("cross_entropy-mixed-smoothed", lossnb.cross_entropy, mixed, label_smoothing=0.1),
    *(
        case(f"hinge-{form}-p{p}", lossnb.hinge, data, form=form, p=p, margin=1.5)
        for form, data in (
            ("crammer_singer", labelled),
            ("weston_watkins", labelled),
            ("target_score", labelled),
            ("binary", binary),
        )
        for p in (1, 2)
    ),
    case("ramp-crammer_singer", lossnb.ramp, labelled),
    case("ramp-target_score", lossnb.ramp, labelled, form="target_score", s=-2.0),
    case("ramp-binary", lossnb.ramp, binary, form="binary"),
    *(
        case(
            f"large_margin_softmax-m{m}", lossnb.large_margin_softmax, angular, margin=m, **ANGULAR
        )
        for m in (1, 2, 3, 4)
    ),
    case(
        "large_margin_softmax-annealed",
        lossnb.large_margin_softmax,
        angular,
        margin=4,
        annealing=3.0,
        **ANGULAR,
    ),
    case("center", lossnb.center, angular, per_sample=(0, 2)),
    case("l1", lossnb.l1, regression),
    case("l2", lossnb.l2, regression),
    case("tukey_biweight", lossnb.tukey_biweight, regression),
    case("tukey_biweight-scaled", lossnb.tukey_biweight, regression, scale=2.5, c=3.0),
]
