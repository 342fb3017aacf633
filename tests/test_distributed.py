"""The losses under DistributedDataParallel, in a plain loop: two processes are as one.

DDP averages the gradients of the processes. So the loss of each process must be its part of the
loss of the whole batch, times the number of processes: its sum over the divisor of the whole
batch, where a mean over its own share has another divisor.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

import lossnb
from lossnb.nn import CenterLoss

PROCESSES = 2
CLASSES, TARGETS, FEATURES = 5, 2, 3
WEIGHT = torch.tensor([0.05, 1.0, 5.0, 2.0, 0.5], dtype=torch.float64)


def whole(value: Tensor) -> Tensor:
    """The sum over all processes, of something that is not differentiated; alone, itself."""
    if dist.is_initialized():
        value = value.clone()
        dist.all_reduce(value)
    return value


def processes() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def mean_of_all(terms: Tensor, divisor: float) -> Tensor:
    """This process's part of the mean over the whole batch, for DDP to average."""
    return processes() * terms.sum() / whole(torch.tensor(float(divisor), dtype=terms.dtype))


def weighted(h: Tensor, y: Tensor) -> Tensor:
    terms = lossnb.cross_entropy(h, y, weight=WEIGHT, reduction="none")
    return mean_of_all(terms, WEIGHT[y].sum().item())


def with_ignored_rows(h: Tensor, y: Tensor) -> Tensor:
    y = torch.where(y == 0, -100, y)
    terms = lossnb.cross_entropy(h, y, reduction="none")
    return mean_of_all(terms, (y != -100).sum().item())


def gathered(value: Tensor) -> Tensor:
    """The rows of all processes, of something that is not differentiated."""
    if not dist.is_initialized():
        return value
    parts: list[Any] = [None] * processes()
    dist.all_gather_object(parts, value)
    return torch.cat(parts)


def with_mad(prediction: Tensor, target: Tensor) -> Tensor:
    residuals = gathered((prediction - target).detach())
    scale = lossnb.mad(residuals, torch.zeros_like(residuals))
    terms = lossnb.tukey_biweight(prediction, target, scale=scale, reduction="none")
    return mean_of_all(terms, len(target))


# How each loss is written for shares of any size.
LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cross-entropy": lambda h, y: mean_of_all(lossnb.cross_entropy(h, y, reduction="none"), len(y)),
    "hinge": lambda h, y: mean_of_all(lossnb.hinge(h, y, reduction="none"), len(y)),
    "ramp": lambda h, y: mean_of_all(lossnb.ramp(h, y, reduction="none"), len(y)),
    "class weights": weighted,
    "ignored rows": with_ignored_rows,
    "l1": lambda p, t: mean_of_all(lossnb.l1(p, t, reduction="none"), len(t)),
    "l2": lambda p, t: mean_of_all(lossnb.l2(p, t, reduction="none"), len(t)),
    "Tukey with MAD": with_mad,
}


class Network(nn.Module):
    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(4, FEATURES), nn.Linear(FEATURES, outputs)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = torch.tanh(self.body(x))
        return features, self.head(features)


def train(loss: str, batches: list[tuple[Tensor, Tensor]], *, centres: bool) -> dict[str, Any]:
    """The plain loop that everyone writes, the model inside of DDP if there are processes."""
    torch.manual_seed(0)
    regression = batches[0][1].is_floating_point()
    network = Network(TARGETS if regression else CLASSES).double()
    model = DistributedDataParallel(network) if dist.is_initialized() else network
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    centre = CenterLoss(CLASSES, FEATURES, reduction="none").double()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        features, output = model(x)
        value = LOSSES[loss](output, y)
        if centres:
            value = value + 0.5 * mean_of_all(centre(features, y), len(y))
        value.backward()
        optimizer.step()
        if centres:
            centre.update(features.detach(), y)
        losses.append(whole(value.detach()) / processes())
    return {**network.state_dict(), **centre.state_dict(), "losses": torch.stack(losses)}


def all_batches(regression: bool) -> list[tuple[Tensor, Tensor]]:
    """Of even and odd sizes, and one that leaves a process a single sample."""
    generator = torch.Generator().manual_seed(0)
    batches = []
    for size in (16, 13, 3):
        x = torch.randn(size, 4, generator=generator, dtype=torch.float64)
        if regression:
            y = 3 * torch.randn(size, TARGETS, generator=generator, dtype=torch.float64)
        else:
            y = torch.randint(CLASSES, (size,), generator=generator)
        batches.append((x, y))
    return batches


CASES = [(name, False) for name in LOSSES] + [("cross-entropy", True), ("class weights", True)]


def regression(loss: str) -> bool:
    return loss in ("l1", "l2", "Tukey with MAD")


def one_of_two(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    rendezvous = f"file://{folder}/rendezvous"
    dist.init_process_group("gloo", rendezvous, rank=rank, world_size=PROCESSES)
    found = {}
    for loss, centres in CASES:
        batches = [(x[rank::2], y[rank::2]) for x, y in all_batches(regression(loss))]
        found[loss, centres] = train(loss, batches, centres=centres)
    torch.save(list(found.values()), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[list[dict[str, Tensor]]]:
    """What each of two processes ends with, in every case."""
    folder: Path = tmp_path_factory.mktemp("two")
    torch.multiprocessing.spawn(one_of_two, (str(folder),), nprocs=PROCESSES)
    return [torch.load(folder / f"{rank}.pt") for rank in range(PROCESSES)]


@pytest.mark.parametrize("case", range(len(CASES)), ids=[f"{n}, {c}" for n, c in CASES])
def test_two_processes_are_as_one(case: int, two: list[list[dict[str, Tensor]]]) -> None:
    loss, centres = CASES[case]
    alone = train(loss, all_batches(regression(loss)), centres=centres)
    assert bool(alone["centers"].any()) == centres
    assert len(set(alone["losses"].tolist())) == 3
    for rank in range(PROCESSES):
        found = two[rank][case]
        assert found.keys() == alone.keys()
        for name, value in alone.items():
            torch.testing.assert_close(found[name], value, rtol=0, atol=1e-12)


def test_the_mean_over_a_share_is_another_loss() -> None:
    """Why the divisor has to be that of the whole batch."""
    x, y = all_batches(regression=False)[1]
    h = torch.randn(len(x), CLASSES, generator=torch.Generator().manual_seed(1)).double()
    shares = [lossnb.cross_entropy(h[r::2], y[r::2], weight=WEIGHT) for r in range(2)]
    assert abs(sum(shares) / 2 - lossnb.cross_entropy(h, y, weight=WEIGHT)) > 1e-3
