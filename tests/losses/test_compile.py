"""Every loss and module under `torch.compile`, `torch.export`, autocast, and without data."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch._dynamo.testing import CompileCounter
from torch._subclasses.fake_tensor import FakeTensorMode

import lossnb
from lossnb import nn

from .common import CASES, Case

every_case = pytest.mark.parametrize("case", CASES, ids=repr)
DTYPES = ("float64", "float32", "bfloat16", "float16")
N, C, D = 7, 5, 3


@pytest.fixture(autouse=True)
def _fresh_compiler() -> None:
    torch.compiler.reset()


def tensors(case: Case, dtype: str, *, gradients: bool, n: int = N) -> list[torch.Tensor]:
    arrays = [torch.tensor(a) for a in case.arrays(np.random.default_rng(0), n)]
    floating = getattr(torch, dtype)
    arrays = [a.to(floating) if a.is_floating_point() else a for a in arrays]
    return [a.requires_grad_(gradients and i in case.wrt) for i, a in enumerate(arrays)]


def compiled(loss: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    return torch.compile(loss, fullgraph=True, **{"backend": "eager", **options})


def gradients_of(value: torch.Tensor, arrays: list[torch.Tensor]) -> tuple[torch.Tensor, ...]:
    return torch.autograd.grad(value.sum(), [a for a in arrays if a.requires_grad])


@every_case
@pytest.mark.parametrize("dtype", DTYPES)
def test_with_gradients(case: Case, dtype: str) -> None:
    arrays = tensors(case, dtype, gradients=True)
    value = compiled(functools.partial(case.loss, **case.options))(*arrays)
    wanted = case.loss(*arrays, **case.options)
    torch.testing.assert_close(value, wanted)
    torch.testing.assert_close(gradients_of(value, arrays), gradients_of(wanted, arrays))


def autocast() -> contextlib.AbstractContextManager[Any]:
    return torch.autocast("cpu", dtype=torch.bfloat16)


WITHOUT = {
    "no gradients wanted": contextlib.nullcontext,
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
}


@every_case
@pytest.mark.parametrize("mode", WITHOUT)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_without_gradients(case: Case, dtype: str, mode: str) -> None:
    arrays = tensors(case, dtype, gradients=mode != "no gradients wanted")
    with WITHOUT[mode]():
        value = compiled(functools.partial(case.loss, **case.options))(*arrays)
        torch.testing.assert_close(value, case.loss(*arrays, **case.options))
    assert not value.requires_grad


@every_case
@pytest.mark.parametrize("reduction", ["sum", "none"])
def test_other_reductions(case: Case, reduction: Any) -> None:
    arrays = tensors(case, "float32", gradients=True)
    options = {"reduction": reduction, **case.options}
    value = compiled(functools.partial(case.loss, **options), backend="aot_eager")(*arrays)
    wanted = case.loss(*arrays, **options)
    torch.testing.assert_close(value, wanted)
    torch.testing.assert_close(gradients_of(value, arrays), gradients_of(wanted, arrays))


@every_case
def test_a_step_under_autocast(case: Case) -> None:
    """The loss of half-precision outputs of a layer, inside of what is compiled."""

    def step(factor: torch.Tensor, *arrays: torch.Tensor) -> torch.Tensor:
        with autocast():
            first = arrays[0].mul(factor).to(torch.bfloat16)
            return case.loss(first, *arrays[1:], **case.options)

    arrays = tensors(case, "float32", gradients=False)
    if "target" in case.loss.__annotations__ and arrays[1].shape == arrays[0].shape:
        arrays[1] = arrays[1].to(torch.bfloat16) if arrays[1].is_floating_point() else arrays[1]
    factor = torch.ones((), requires_grad=True)
    value, wanted = compiled(step)(factor, *arrays), step(factor, *arrays)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, wanted)
    torch.testing.assert_close(gradients_of(value, [factor]), gradients_of(wanted, [factor]))


@every_case
def test_other_batch_sizes_compile_once_more(case: Case) -> None:
    counter = CompileCounter()
    loss = compiled(functools.partial(case.loss, **case.options), backend=counter)
    for n in (4, 6, 9, 12):
        arrays = tensors(case, "float32", gradients=True, n=n)
        torch.testing.assert_close(loss(*arrays), case.loss(*arrays, **case.options))
    assert counter.frame_count <= 2


CHANGING: list[tuple[str, str, dict[str, Any], list[Any]]] = [
    ("cross_entropy", "label_smoothing", {}, [0.1, 0.2, 0.3, 0.05]),
    ("cross_entropy", "ignore_index", {}, [-100, -7, 3, 2, 255]),
    ("hinge-crammer_singer-p1", "margin", {}, [1.0, 1.5, 2.5, 0.25]),
    ("hinge-weston_watkins-p2", "margin", {"p": 2}, [1.0, 1.5, 2.5, 0.25]),
    ("ramp-crammer_singer", "s", {}, [-0.5, -1.0, 0.25, 0.5]),
    ("large_margin_softmax-m3", "annealing", {"margin": 3}, [1000.0, 900.0, 3.5, 0.5]),
    ("tukey_biweight", "c", {}, [4.6851, 3.0, 2.0, 9.5]),
    ("tukey_biweight", "scale", {}, [1.5, 7.0, 0.5, 2.0]),
]


@pytest.mark.parametrize(("name", "option", "fixed", "values"), CHANGING)
@pytest.mark.parametrize("gradients", [True, False])
def test_numbers_may_change_from_step_to_step(
    name: str, option: str, fixed: dict[str, Any], values: list[Any], gradients: bool
) -> None:
    case = {case.name: case for case in CASES}[name]
    counter = CompileCounter()
    loss = compiled(case.loss, backend=counter)
    arrays = tensors(case, "float32", gradients=gradients)
    for value in values:
        options = {option: value, **fixed}
        got, wanted = loss(*arrays, **options), case.loss(*arrays, **options)
        torch.testing.assert_close(got, wanted)
        if gradients:
            torch.testing.assert_close(gradients_of(got, arrays), gradients_of(wanted, arrays))
    assert counter.frame_count <= 2  # once with a constant, once with a variable in its place


def modules() -> dict[str, tuple[torch.nn.Module, Callable[[], list[torch.Tensor]], Any]]:
    """A module, what it is called with, and its options at three steps."""

    def labelled() -> list[torch.Tensor]:
        return [torch.randn(N, C, requires_grad=True), torch.randint(C, (N,))]

    def features() -> list[torch.Tensor]:
        return [torch.randn(N, D, requires_grad=True), torch.randint(C, (N,))]

    def regression() -> list[torch.Tensor]:
        return [torch.randn(N, D, requires_grad=True), torch.randn(N, D)]

    none: list[dict[str, Any]] = [{}]
    annealed = [{"annealing": a} for a in (1000.0, 10.0, 0.5, 0.25)]
    scaled = [{"scale": s} for s in (7.0, 1.5, 0.5, 0.25)]
    return {
        "cross_entropy": (nn.CrossEntropyLoss(weight=torch.rand(C)), labelled, none),
        "hinge": (nn.HingeLoss(form="weston_watkins"), labelled, none),
        "ramp": (nn.RampLoss(), labelled, none),
        "large_margin_softmax": (nn.LargeMarginSoftmaxLoss(D, C, margin=3), features, annealed),
        "center": (nn.CenterLoss(C, D), features, none),
        "l1": (nn.L1Loss(), regression, none),
        "l2": (nn.L2Loss(), regression, none),
        "tukey_biweight": (nn.TukeyBiweightLoss(), regression, scaled),
        "tukey_biweight-mad": (nn.TukeyBiweightLoss(), regression, [{"scale": "mad"}]),
    }


every_module = pytest.mark.parametrize("name", modules())


@every_module
@pytest.mark.parametrize("mode", [contextlib.nullcontext, torch.no_grad, torch.inference_mode])
def test_modules(name: str, mode: Any) -> None:
    torch.manual_seed(0)
    module, arguments, steps = modules()[name]
    arrays, counter = arguments(), CompileCounter()
    call = compiled(module, backend=counter)
    for options in steps:
        with mode():
            value, wanted = call(*arrays, **options), module(*arrays, **options)
        torch.testing.assert_close(value, wanted)
        if value.requires_grad:
            leaves = [*arrays, *module.parameters()]
            torch.testing.assert_close(gradients_of(value, leaves), gradients_of(wanted, leaves))
    assert counter.frame_count <= 2


def test_the_centres_are_updated_in_one_graph() -> None:
    torch.manual_seed(0)
    loss, other = nn.CenterLoss(C, D), nn.CenterLoss(C, D)
    update = compiled(loss.update)
    for _ in range(3):
        features, target = torch.randn(N, D), torch.randint(C, (N,))
        update(features, target)
        other.update(features, target)
    torch.testing.assert_close(loss.centers, other.centers)


@every_module
@pytest.mark.parametrize("strict", [True, False])
def test_export(name: str, strict: bool) -> None:
    torch.manual_seed(0)
    module, arguments, (options, *_) = modules()[name]
    arrays = [array.detach() for array in arguments()]
    exported = torch.export.export(module, tuple(arrays), options, strict=strict).module()
    torch.testing.assert_close(exported(*arrays, **options), module(*arrays, **options))


@every_case
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_tensors_without_data_have_a_loss_without_data(case: Case, reduction: Any) -> None:
    arrays = tensors(case, "float32", gradients=False)
    wanted = case.loss(*arrays, reduction=reduction, **case.options)
    nowhere = [a.to("meta").requires_grad_(i in case.wrt) for i, a in enumerate(arrays)]
    value = case.loss(*nowhere, reduction=reduction, **case.options)
    assert (value.device.type, value.shape, value.dtype) == ("meta", wanted.shape, wanted.dtype)
    for gradient, i in zip(gradients_of(value, nowhere), case.wrt, strict=True):
        assert gradient.shape == arrays[i].shape


@every_case
def test_fake_tensors(case: Case) -> None:
    with FakeTensorMode() as mode:
        arrays = [mode.from_tensor(a) for a in tensors(case, "float32", gradients=False)]
        arrays = [a.requires_grad_(i in case.wrt) for i, a in enumerate(arrays)]
        value = case.loss(*arrays, **case.options)
        assert value.shape == ()
        for gradient, i in zip(gradients_of(value, arrays), case.wrt, strict=True):
            assert gradient.shape == arrays[i].shape


def test_mad_of_tensors_without_data() -> None:
    residuals = torch.empty(N, D, device="meta")
    assert lossnb.mad(residuals, residuals).shape == (D,)
    assert lossnb.tukey_biweight(residuals, residuals, scale="mad").device.type == "meta"


@pytest.mark.parametrize("case", [c for c in CASES if c.name.endswith(("y", "p1", "m2", "l2"))])
def test_compiled_code_has_the_same_bits_or_almost(case: Case) -> None:
    """With the compiler that users get, on a few losses."""
    arrays = tensors(case, "float32", gradients=True)
    value = compiled(functools.partial(case.loss, **case.options), backend="inductor")(*arrays)
    wanted = case.loss(*arrays, **case.options)
    torch.testing.assert_close(value, wanted)
    torch.testing.assert_close(gradients_of(value, arrays), gradients_of(wanted, arrays))
