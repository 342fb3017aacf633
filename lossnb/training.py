"""The one training loop, for every loss of the chapter.

Its random numbers depend on the seed and the epoch alone: runs with different losses see the same
batches, and a run that was killed goes on as if nothing had happened.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossnb._checks import check_integer, check_number
from lossnb._extras import extra
from lossnb.datasets import Data

with extra("torch"):
    import torch
    import torch.distributed
    from torch import Tensor, nn
    from tqdm import tqdm

# What the model returns: logits, a prediction, or the pair (features, logits).
Output = Any


@dataclass
class Result:
    """What a run did.

    `history` has one row an epoch: "epoch" (from 1), "loss" (its mean over the training samples)
    and what `validate` found on the test part, as "test_...". `metrics` is what it found on both
    parts in the end. `diverged_at` is the step (from 0) at which the loss, or at the end of an
    epoch a weight, was no longer finite; there the run stopped.
    """

    history: list[dict[str, float]] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    diverged_at: int | None = None
    seconds: float = 0.0


def fit(
    model: nn.Module,
    data: Data,
    loss: Callable[[Output, Tensor, int], Tensor],
    optimizer: torch.optim.Optimizer,
    *,
    epochs: int,
    batch_size: int = 128,
    seed: int = 0,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    clip_norm: float | None = None,
    after_step: Callable[[Output, Tensor, int], object] | None = None,
    modules: Sequence[nn.Module] = (),
    validate: Callable[[Output, Tensor], Mapping[str, float]] | None = None,
    device: str | torch.device = "auto",
    checkpoint: str | Path | None = None,
    progress: bool = True,
) -> Result:
    """Train `model` in place on the training part of `data`.

    A step minimises `loss(output, target, step)`, the mean over a batch; `step` counts from 0
    through all epochs, for a loss that follows a schedule. `clip_norm` bounds the norm of the
    gradient, `scheduler` moves after every step, and last comes `after_step(output, target,
    step)`, outside autograd, for centres and their like. Whatever the two remember from step to
    step must live in `modules`.

    `validate(output, target)` turns all of a part's outputs into named numbers, after each epoch.

    After each epoch `checkpoint` is written, whole or not at all. If it is there already, the run
    goes on from it: on a CPU with as many threads, bit for bit. It may go on for more `epochs`;
    a checkpoint of other data, first weights or settings raises ValueError. Only the three
    callables cannot be compared.

    A loss that is not finite is recorded, and the run stops before it reaches the weights.
    `device="auto"` takes an accelerator if there is one; the model stays there, in eval mode.

    Where `torch.distributed` has been initialised, as under torchrun, each process takes its share
    of every batch, and gradients are summed: the run is that of one process, but for rounding,
    if the network treats samples one by one (batch normalisation does not).
    The progress bar is shown on a terminal only. The global generators are left as they were.

    >>> from lossnb import cross_entropy
    >>> from lossnb.datasets import digits
    >>> from lossnb.networks import mlp
    >>> model = mlp(64, [32], 10, seed=0)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.5)
    >>> def loss(logits, target, step):
    ...     return cross_entropy(logits, target)
    >>> result = fit(model, digits(), loss, optimizer, epochs=5, validate=accuracy)
    >>> len(result.history), result.metrics["test_accuracy"] > 0.9
    (5, True)
    """
    check_integer("epochs", epochs, at_least=1)
    check_integer("batch_size", batch_size, at_least=1)
    check_integer("seed", seed, at_least=0)
    if clip_norm is not None:
        check_number("clip_norm", clip_norm, above=0)
    _check_lengths(data)
    where = _device(device)
    everything = nn.ModuleList([model, *modules]).to(where)
    _check_owned(optimizer, everything)

    x, y = torch.as_tensor(data.x_train), torch.as_tensor(data.y_train)
    run = {
        "data": _digest(map(torch.as_tensor, data)),
        "batch_size": batch_size,
        "seed": seed,
        "clip_norm": clip_norm,
        "device": where.type,
        "model": repr(everything),
        "first weights": _digest([*everything.parameters(), *everything.buffers()]),
        "optimizer": repr(optimizer),
        "scheduler": repr(scheduler and scheduler.state_dict()),
    }
    keeps: dict[str, Any] = {"modules": everything, "optimizer": optimizer}
    if scheduler is not None:
        keeps["scheduler"] = scheduler
    path = None if checkpoint is None else Path(checkpoint)
    result = _resume(path, run, keeps, where) if path and path.exists() else Result()
    if len(result.history) > epochs:
        raise ValueError(
            f"epochs must be >= {len(result.history)}, as {path} has done; got {epochs}"
        )

    x, y = x.to(where), y.to(where)
    steps = math.ceil(len(x) / batch_size)

    rank, processes = _place()

    def train_step(batch: Tensor, step: int) -> float:
        part = batch[rank::processes]
        output, target = model(x[part]), y[part]
        share = loss(output, target, step) * (len(part) / len(batch))
        value = _summed(share.detach().clone())
        if value.isfinite():
            everything.zero_grad()
            share.backward()
            for parameter in everything.parameters():
                if parameter.grad is not None:
                    _summed(parameter.grad)
            if clip_norm is not None:
                nn.utils.clip_grad_norm_(everything.parameters(), clip_norm)
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
            if after_step is not None:
                with torch.no_grad():
                    after_step(output, target, step)
        return value.item()

    # disable=None shows the bar on a terminal only, so never in a notebook.
    bar = tqdm(
        total=epochs * steps,
        initial=len(result.history) * steps,
        leave=False,
        disable=None if progress else True,
    )
    on_cpu = where.type == "cpu"
    # torch.manual_seed would reseed accelerators, too.
    seed_torch = torch.default_generator.manual_seed if on_cpu else torch.manual_seed
    everything.train()
    with bar, torch.random.fork_rng([] if on_cpu else None):
        while len(result.history) < epochs and result.diverged_at is None:
            began = time.perf_counter()
            epoch = len(result.history)
            for_order, for_torch = np.random.SeedSequence([seed, epoch]).generate_state(2).tolist()
            own = torch.Generator().manual_seed(for_order)
            order = torch.randperm(len(x), generator=own).to(where)
            seed_torch(for_torch)  # for dropout and the like
            total = 0.0
            for step, batch in enumerate(order.split(batch_size), epoch * steps):
                value = train_step(batch, step)
                total += value * len(batch)
                bar.update()
                if not math.isfinite(value):
                    break
            row = {"epoch": epoch + 1, "loss": total / len(x)}
            if not (math.isfinite(total) and _finite(everything)):
                result.diverged_at = step
            if validate is not None:
                row |= _validated(validate, "test", model, data.x_test, data.y_test)
            result.history.append(row)
            result.seconds += time.perf_counter() - began
            bar.set_postfix(row)
            if path is not None and rank == 0:
                state = {name: keep.state_dict() for name, keep in keeps.items()}
                _save(path, {"run": run, "result": asdict(result), **state})
        if validate is not None:
            result.metrics = {
                **_validated(validate, "train", model, x, y),
                **_validated(validate, "test", model, data.x_test, data.y_test),
            }
    everything.eval()
    return result


def predict(model: nn.Module, x: NDArray[Any] | Tensor, *, batch_size: int = 1000) -> Output:
    """What `model` returns for all of `x`, in eval mode, without gradients, on the CPU.

    >>> predict(nn.Identity(), np.arange(3.0), batch_size=2)
    tensor([0., 1., 2.], dtype=torch.float64)
    """
    parameter = next(model.parameters(), None)
    device = "cpu" if parameter is None else parameter.device
    was_training = model.training
    model.eval()
    with torch.no_grad():
        outputs = [model(part.to(device)) for part in torch.as_tensor(x).split(batch_size)]
    model.train(was_training)
    if isinstance(outputs[0], tuple):
        return tuple(torch.cat(parts).cpu() for parts in zip(*outputs, strict=True))
    return torch.cat(outputs).cpu()


def accuracy(output: Output, target: Tensor) -> dict[str, float]:
    """The share of samples whose largest logit is the target's; a `validate` for `fit`.

    Of a pair (features, logits) the logits count.

    >>> accuracy(torch.tensor([[2.0, 1.0], [0.0, 3.0]]), torch.tensor([0, 0]))
    {'accuracy': 0.5}
    """
    logits = output[-1] if isinstance(output, tuple) else output
    return {"accuracy": (logits.argmax(dim=1) == target).double().mean().item()}


def _place() -> tuple[int, int]:
    """Which of how many processes this is."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1


def _summed(tensor: Tensor) -> Tensor:
    """In place, the sum over all processes."""
    if _place()[1] > 1:
        torch.distributed.all_reduce(tensor)
    return tensor


def _device(wanted: str | torch.device) -> torch.device:
    if wanted != "auto":
        return torch.device(wanted)
    found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return found or torch.device("cpu")


def _validated(
    validate: Callable[[Output, Tensor], Mapping[str, float]],
    part: str,
    model: nn.Module,
    x: NDArray[Any] | Tensor,
    y: NDArray[Any] | Tensor,
) -> dict[str, float]:
    found = validate(predict(model, x), torch.as_tensor(y).cpu())
    return {f"{part}_{name}": float(value) for name, value in found.items()}


def _finite(module: nn.Module) -> bool:
    return all(bool(t.isfinite().all()) for t in [*module.parameters(), *module.buffers()])


def _digest(tensors: Iterable[Tensor]) -> str:
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _check_lengths(data: Data) -> None:
    for part, x, y in [
        ("train", data.x_train, data.y_train),
        ("test", data.x_test, data.y_test),
    ]:
        if len(x) != len(y):
            raise ValueError(
                f"data.y_{part} must have one target for each of the {len(x)} samples; got {len(y)}"
            )


def _check_owned(optimizer: torch.optim.Optimizer, everything: nn.Module) -> None:
    """A parameter that is moved but not owned would be neither cleared nor kept."""
    owned = set(everything.parameters())
    moved = [p for group in optimizer.param_groups for p in group["params"]]
    if strangers := [tuple(p.shape) for p in moved if p not in owned]:
        raise ValueError(
            "optimizer must move parameters of model and modules only; "
            f"got others, of shapes {strangers}"
        )


def _save(path: Path, state: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _resume(path: Path, run: dict[str, Any], keeps: dict[str, Any], device: torch.device) -> Result:
    try:
        saved = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:
        error.add_note(f"while reading the checkpoint {path}")
        raise
    theirs = saved.get("run", {}) if isinstance(saved, dict) else {}
    if other := [name for name in run if theirs.get(name, "") != run[name]]:
        raise ValueError(f"checkpoint must be of this run; {path} has other {', '.join(other)}")
    for name, keep in keeps.items():
        keep.load_state_dict(saved[name])
    return Result(**saved["result"])
