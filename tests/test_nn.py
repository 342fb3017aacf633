"""The modules: what they own, what survives a checkpoint, and many processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn as torch_nn

import lossnb
from lossnb import nn, schedules


def centre_run(loss_weight: float, scale: float) -> torch.Tensor:
    torch.manual_seed(0)
    network, loss = torch_nn.Linear(4, 3), nn.CenterLoss(5, 3)
    x, y = torch.randn(16, 4), torch.randint(5, (16,))
    features = network(x)
    (scale * loss_weight * loss(features, y)).backward()
    loss.update(features, y)
    return loss.centers


def test_centres_follow_neither_the_loss_weight_nor_a_gradient_scale() -> None:
    reference = centre_run(1.0, 1.0)
    assert reference.abs().max() > 0
    for loss_weight, scale in ((0.01, 1.0), (1.0, 65536.0), (0.0, 1.0)):
        assert torch.equal(centre_run(loss_weight, scale), reference)


def test_centres_may_move_before_the_backward_pass() -> None:
    loss = nn.CenterLoss(5, 3)
    features, y = torch.randn(16, 3, requires_grad=True), torch.randint(5, (16,))
    value = loss(features, y)
    loss.update(features, y)
    value.backward()
    assert features.grad is not None
    assert torch.allclose(features.grad, features.detach() / 16)  # towards the centres before


def test_centres_are_state_but_not_parameters() -> None:
    loss = nn.CenterLoss(5, 3, alpha=0.25)
    assert not list(loss.parameters())
    features, y = torch.randn(16, 3), torch.randint(5, (16,))
    loss.update(features, y)
    assert torch.equal(
        loss.centers, lossnb.update_centers(features, torch.zeros(5, 3), y, alpha=0.25)
    )
    copy = nn.CenterLoss(5, 3)
    copy.load_state_dict(loss.state_dict())
    assert torch.equal(copy.centers, loss.centers)


def test_update_does_not_grow_with_the_classes_that_are_absent() -> None:
    loss = nn.CenterLoss(1000, 2)
    before = loss.centers
    loss.update(torch.ones(2, 2), torch.tensor([3, 999]))
    assert loss.centers is before  # in place: no new table of centres
    assert loss.centers.nonzero()[:, 0].unique().tolist() == [3, 999]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_parameters_keep_their_dtype_under_autocast(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    network = torch_nn.Linear(6, 4)
    margin, centre = nn.LargeMarginSoftmaxLoss(4, 3, margin=3), nn.CenterLoss(3, 4)
    optimizer = torch.optim.SGD([*network.parameters(), *margin.parameters()], lr=0.1)
    y = torch.randint(3, (8,))
    with torch.autocast("cpu", dtype=dtype):
        features = network(torch.randn(8, 6))
        assert features.dtype == dtype
        loss = margin(features, y, annealing=2.0) + centre(features, y)
        assert loss.dtype == torch.float32
    loss.backward()
    optimizer.step()
    centre.update(features, y)
    tensors = [*network.parameters(), *margin.parameters(), centre.centers]
    assert all(tensor.dtype == torch.float32 for tensor in tensors)
    assert margin.weight.grad is not None
    assert margin.weight.grad.dtype == torch.float32


def test_prediction_is_the_plain_product() -> None:
    loss = nn.LargeMarginSoftmaxLoss(4, 3, margin=4)
    x = torch.randn(5, 4)
    assert torch.equal(loss.logits(x), x @ loss.weight.T)
    fresh = torch_nn.Linear(4, 3, bias=False)
    torch.manual_seed(0)
    loss.reset_parameters()
    torch.manual_seed(0)
    fresh.reset_parameters()
    assert torch.equal(loss.weight, fresh.weight)


def test_class_weights_move_with_the_module() -> None:
    loss = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0]))
    assert loss.double().weight.dtype == torch.float64
    assert "weight" in loss.state_dict()
    assert not list(loss.parameters())


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (lambda: nn.LargeMarginSoftmaxLoss(0, 3), "in_features must be an integer >= 1; got 0"),
        (lambda: nn.LargeMarginSoftmaxLoss(4, 3, margin=0), "margin must be an integer >= 1"),
        (lambda: nn.CenterLoss(0, 3), "num_classes must be an integer >= 1; got 0"),
        (lambda: nn.CenterLoss(3, 3, alpha=2.0), "alpha must be .* <= 1; got 2.0"),
    ],
)
def test_wrong_options(build: object, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        build()  # type: ignore[operator]


def test_schedules_depend_on_the_step_alone() -> None:
    assert schedules.annealing(0) == 1000
    assert schedules.annealing(10**6) == 0.0 + schedules.annealing(10**6, minimum=0.0)
    assert schedules.annealing(10**6, minimum=5.0) == 5
    steps = [schedules.annealing(t) for t in range(0, 20_000, 1000)]
    assert steps == sorted(steps, reverse=True)
    assert [schedules.warm_up(t) for t in (0, 49, 50, 51)] == [7, 7, 1, 1]
    assert schedules.warm_up(3, steps=3, factor=2.0) == 1


RANK = """
import sys, torch, torch.distributed as dist
from lossnb import nn
rank, rendezvous = int(sys.argv[1]), sys.argv[2]
dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=2)
torch.manual_seed(0)
x, y = torch.randn(30, 4, dtype=torch.double), torch.randint(6, (30,))
y[y == 5] = 0  # class 5 stays absent
mine = slice(0, 11) if rank == 0 else slice(11, 30)  # uneven parts
loss = nn.CenterLoss(6, 4).double()
loss.update(x[mine], y[mine])
loss.update(x[mine], y[mine])
dist.destroy_process_group()
whole = nn.CenterLoss(6, 4).double()
whole.update(x, y)
whole.update(x, y)
assert (whole.centers[5] == 0).all() and whole.centers.abs().max() > 0
error = (loss.centers - whole.centers).abs().max()
assert error < 1e-12, error
"""


def test_two_processes_move_the_centres_as_one(tmp_path: Path) -> None:
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANK, str(rank), str(tmp_path / "rendezvous")],
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    for rank in ranks:
        _, errors = rank.communicate(timeout=120)
        assert rank.returncode == 0, errors
