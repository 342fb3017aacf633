"""What holds for every loss, form and reduction."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

import lossnb
from lossnb.losses import _engine

from .common import BACKENDS, CASES, Case, assert_close, send, value_and_gradient

REDUCTIONS = ("mean", "sum", "none")
every_case = pytest.mark.parametrize("case", CASES, ids=repr)


def batch(case: Case, backend: str, n: int = 7, dtype: Any = None) -> list[Any]:
    arrays = case.arrays(np.random.default_rng(0), n)
    return [send(backend, a, dtype if a.dtype.kind == "f" else None) for a in arrays]


def closed(case: Case, arrays: list[Any], **options: Any) -> tuple[Any, list[Any]]:
    """A function of the differentiable arguments alone, and those arguments."""

    def loss(*leaves: Any) -> Any:
        filled = list(arrays)
        for position, leaf in zip(case.wrt, leaves, strict=True):
            filled[position] = leaf
        return case.loss(*filled, **case.options, **options)

    return loss, [arrays[i] for i in case.wrt]


@every_case
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_gradients_are_those_of_finite_differences(case: Case, reduction: str) -> None:
    loss, leaves = closed(case, batch(case, "torch"), reduction=reduction)
    leaves = [leaf.requires_grad_() for leaf in leaves]
    assert gradcheck(loss, leaves)
    assert gradgradcheck(loss, leaves)


@every_case
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_numpy_and_torch_agree(case: Case, reduction: str) -> None:
    value, gradients = value_and_gradient(
        case.loss, *batch(case, "numpy"), wrt=case.wrt, reduction=reduction, **case.options
    )
    other, others = value_and_gradient(
        case.loss, *batch(case, "torch"), wrt=case.wrt, reduction=reduction, **case.options
    )
    assert_close(value, other)
    for a, b in zip(gradients, others, strict=True):
        assert_close(a, b)


@every_case
def test_value_and_grad_of_tensors_is_that_of_the_graph(case: Case) -> None:
    arrays = batch(case, "torch")
    value, gradients = lossnb.value_and_grad(case.loss)(*arrays, **case.options)
    assert not value.requires_grad
    wanted, others = value_and_gradient(case.loss, *arrays, wrt=case.wrt, **case.options)
    assert_close(value, wanted, 1e-15)
    gradients = gradients if len(case.wrt) > 1 else (gradients,)
    for a, b in zip(gradients, others, strict=True):
        assert_close(a, b, 1e-15)


@every_case
@pytest.mark.parametrize("backend", BACKENDS)
def test_same_kind_comes_out(case: Case, backend: str) -> None:
    for reduction in REDUCTIONS:
        value = case.loss(*batch(case, backend), reduction=reduction, **case.options)
        wanted = torch.Tensor if backend == "torch" else (np.ndarray, np.floating)
        assert isinstance(value, wanted)
        if reduction != "none":
            assert value.shape == ()


@every_case
@pytest.mark.parametrize("backend", BACKENDS)
def test_reductions_agree(case: Case, backend: str) -> None:
    arrays = batch(case, backend)
    terms = np.asarray(case.loss(*arrays, reduction="none", **case.options))
    assert terms.shape[0] == 7
    assert_close(case.loss(*arrays, reduction="sum", **case.options), terms.sum())
    n = 7
    if "ignore_index" in case.options:
        n = int((np.asarray(arrays[1]) != case.options["ignore_index"]).sum())
        assert 0 < n < 7
    assert_close(case.loss(*arrays, reduction="mean", **case.options), terms.sum() / n)


@every_case
@pytest.mark.parametrize("backend", BACKENDS)
def test_samples_do_not_see_each_other(case: Case, backend: str) -> None:
    arrays = batch(case, backend)
    order = np.random.default_rng(1).permutation(7)
    shuffled = [a[order] if i in case.per_sample else a for i, a in enumerate(arrays)]
    terms = np.asarray(case.loss(*arrays, reduction="none", **case.options))
    assert_close(case.loss(*shuffled, reduction="none", **case.options), terms[order])
    value, (gradient, *_) = value_and_gradient(case.loss, *arrays, wrt=case.wrt, **case.options)
    other, (shuffled_gradient, *_) = value_and_gradient(
        case.loss, *shuffled, wrt=case.wrt, **case.options
    )
    assert_close(value, other)
    assert_close(shuffled_gradient, gradient[order])


@every_case
@pytest.mark.parametrize("backend", BACKENDS)
def test_blocks_leave_no_trace(case: Case, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = batch(case, backend, n=23)
    options = {"wrt": case.wrt, **case.options}
    results = []
    for elements in (1 << 18, 10):
        monkeypatch.setattr(_engine, "BLOCK", elements)
        results.append(
            [value_and_gradient(case.loss, *arrays, reduction=r, **options) for r in REDUCTIONS]
        )
    for (value, gradients), (other, others) in zip(*results, strict=True):
        assert_close(other, value)
        for a, b in zip(gradients, others, strict=True):
            assert_close(b, a)


@every_case
@pytest.mark.parametrize("backend", BACKENDS)
def test_an_empty_batch_costs_nothing(case: Case, backend: str) -> None:
    arrays = [a[:0] if i in case.per_sample else a for i, a in enumerate(batch(case, backend))]
    for reduction in ("mean", "sum"):
        value, gradients = value_and_gradient(
            case.loss, *arrays, wrt=case.wrt, reduction=reduction, **case.options
        )
        assert value == 0
        for i, gradient in zip(case.wrt, gradients, strict=True):
            assert gradient.shape == tuple(arrays[i].shape)
            assert (gradient == 0).all()
    assert case.loss(*arrays, reduction="none", **case.options).shape[0] == 0


@every_case
@pytest.mark.parametrize("backend", BACKENDS)
def test_inputs_are_not_touched(case: Case, backend: str) -> None:
    arrays = batch(case, backend)
    before = [np.asarray(a).copy() for a in arrays]
    value_and_gradient(case.loss, *arrays, wrt=case.wrt, **case.options)
    for a, b in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(np.asarray(a), b)


@every_case
@pytest.mark.parametrize("backend", BACKENDS)
def test_views_with_any_strides_do(case: Case, backend: str) -> None:
    arrays = batch(case, backend)
    options = {"wrt": case.wrt, **case.options}
    wanted, gradients = value_and_gradient(case.loss, *arrays, **options)
    strided = [
        a.T.copy().T if backend == "numpy" else a.mT.contiguous().mT if a.ndim == 2 else a
        for a in arrays
    ]
    got, others = value_and_gradient(case.loss, *strided, **options)
    assert_close(got, wanted)
    for a, b in zip(others, gradients, strict=True):
        assert_close(a, b)


@every_case
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_computed_in_float32(case: Case, dtype: str) -> None:
    half = batch(case, "torch", dtype=dtype)
    single = [a.float() if a.is_floating_point() else a for a in half]
    loss, leaves = closed(case, half)
    for leaf in leaves:
        leaf.requires_grad_()
    value = loss(*leaves)
    value.backward()
    wanted, gradients = value_and_gradient(case.loss, *single, wrt=case.wrt, **case.options)
    assert value.dtype == torch.float32
    assert_close(value.detach(), wanted, 1e-6)
    for leaf, gradient in zip(leaves, gradients, strict=True):
        assert leaf.grad.dtype == leaf.dtype
        assert_close(leaf.grad.float(), gradient, torch.finfo(leaf.dtype).eps)


@every_case
def test_numpy_float16_is_computed_in_float32(case: Case) -> None:
    half = batch(case, "numpy", dtype="float16")
    single = [a.astype(np.float32) if a.dtype.kind == "f" else a for a in half]
    value, gradients = value_and_gradient(case.loss, *half, wrt=case.wrt, **case.options)
    wanted, others = value_and_gradient(case.loss, *single, wrt=case.wrt, **case.options)
    assert value.dtype == np.float32
    assert_close(value, wanted, 1e-6)
    for a, b in zip(gradients, others, strict=True):
        assert a.dtype == np.float16
        assert_close(a, b, 1e-3)


@every_case
def test_autocast_changes_nothing(case: Case) -> None:
    arrays = batch(case, "torch", dtype="float32")
    wanted, gradients = value_and_gradient(case.loss, *arrays, wrt=case.wrt, **case.options)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        got, others = value_and_gradient(case.loss, *arrays, wrt=case.wrt, **case.options)
    np.testing.assert_array_equal(got, wanted)
    for a, b in zip(others, gradients, strict=True):
        assert a.dtype == np.float32
        np.testing.assert_array_equal(a, b)


@every_case
def test_backward_may_run_twice(case: Case) -> None:
    loss, leaves = closed(case, batch(case, "torch"))
    value = loss(*[leaf.requires_grad_() for leaf in leaves])
    first = torch.autograd.grad(value, leaves, retain_graph=True)
    second = torch.autograd.grad(3 * value, leaves)
    for a, b in zip(first, second, strict=True):
        assert_close(b, 3 * a)


@every_case
def test_function_transforms(case: Case) -> None:
    """`torch.func.grad` and `vmap` work."""
    arrays = batch(case, "torch")
    argnums = case.wrt if len(case.wrt) > 1 else case.wrt[0]
    loss = functools.partial(case.loss, **case.options)
    _, wanted = value_and_gradient(case.loss, *arrays, wrt=case.wrt, **case.options)
    gradients = torch.func.grad(loss, argnums)(*arrays)
    for a, b in zip(gradients if len(case.wrt) > 1 else [gradients], wanted, strict=True):
        assert_close(a, b)

    stacked = [torch.stack([a, a.flip(0)]) for a in arrays]
    values = torch.func.vmap(loss)(*stacked)
    gradients = torch.func.vmap(torch.func.grad(loss, argnums))(*stacked)
    for i in range(2):
        row = [a[i] for a in stacked]
        value, wanted = value_and_gradient(case.loss, *row, wrt=case.wrt, **case.options)
        assert_close(values[i], value)
        for a, b in zip(gradients if len(case.wrt) > 1 else [gradients], wanted, strict=True):
            assert_close(a[i], b)

    *fixed, _ = arrays
    values = torch.func.vmap(lambda target: loss(*fixed, target))(stacked[-1])
    assert_close(values[0], case.loss(*arrays, **case.options))


@every_case
def test_forward_mode_is_refused_and_reverse_mode_taken_twice_is_the_way_out(case: Case) -> None:
    """A closed-form gradient has no forward mode, and none is promised: see `lossnb`'s docstring.

    The refusal is torch's. Should torch learn to do without, or the losses, this test says so.
    """
    arrays = batch(case, "torch")
    argnum = case.wrt[0]
    loss = functools.partial(case.loss, **case.options)
    alone = arrays[argnum]

    def of_one(x: torch.Tensor) -> torch.Tensor:
        return loss(*[x if i == argnum else array for i, array in enumerate(arrays)])

    for transform in (torch.func.jacfwd, torch.func.hessian):
        with pytest.raises(NotImplementedError, match="forward mode"):
            transform(of_one)(alone)
    with pytest.raises(NotImplementedError, match="forward mode"):
        torch.func.jvp(of_one, (alone,), (torch.ones_like(alone),))
    twice = torch.func.jacrev(torch.func.jacrev(of_one))(alone)
    assert_close(twice, torch.autograd.functional.hessian(of_one, alone))


@every_case
def test_module_is_the_function(case: Case) -> None:
    from lossnb import nn

    options = dict(case.options)
    arrays = batch(case, "torch", dtype="float32")
    wanted = case.loss(*arrays, **case.options)
    name = case.loss.__name__
    if name == "large_margin_softmax":
        features, weight, target = arrays
        annealing = options.pop("annealing", 0.0)
        module = nn.LargeMarginSoftmaxLoss(weight.shape[1], weight.shape[0], **options)
        module.load_state_dict({"weight": weight})
        got = module(features, target, annealing=annealing)
    elif name == "center":
        features, centers, target = arrays
        module = nn.CenterLoss(*centers.shape)
        module.load_state_dict({"centers": centers})
        got = module(features, target)
    else:
        scale = {"scale": options.pop("scale")} if "scale" in options else {}
        kind = "".join(part.capitalize() for part in name.split("_")) + "Loss"
        module = getattr(nn, kind)(**options)
        got = module(*arrays, **scale)
    assert torch.equal(got, wanted)
    for option, value in options.items():
        assert f"{option}={value!r}" in repr(module)
