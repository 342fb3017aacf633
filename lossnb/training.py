"""The one training loop, for every loss of the chapter.

Its random numbers depend on the seed and the epoch alone: runs with different losses see the same
batches, and a run that was killed goes on as if nothing had happened.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossnb import _checkpoint
from lossnb._checks import check_integer, check_number
from lossnb._extras import extra
from lossnb.datasets import Data

with extra("torch"):
    import torch
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

    A step minimises `loss(output, target, step)`, the mean over a batch, so that a smaller last
    batch does not make a smaller step. `step` counts from 0 through all epochs, for a loss that
    follows a schedule. `clip_norm` bounds the norm of the gradient, `scheduler` moves after every
    step, and last comes `after_step(output, target, step)`, outside autograd, for centres and
    their like. Whatever the two remember from step to step must live in `modules`.

    `validate(output, target)` turns all of a part's outputs into named numbers, after each epoch.

    After each epoch `checkpoint` is written, whole or not at all. If it is there already, the run
    goes on from it: on a CPU with as many threads, bit for bit. It may go on for more `epochs`;
    a checkpoint of other data, first weights or settings raises ValueError. Only the three
    callables cannot be compared.

    A loss that is not finite is recorded, and the run stops before it reaches the weights.
    `device="auto"` takes an accelerator if there is one; the model stays there, in eval mode.

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
    device = _device(device)
    trained = nn.ModuleList([model, *modules]).to(device)
    _check_data(data, model)
    _check_steps(optimizer, scheduler, trained)

    path, result = checkpoint and Path(checkpoint), Result()
    stateful = {"modules": trained, "optimizer": optimizer}
    stateful |= {} if scheduler is None else {"scheduler": scheduler}
    settings = {"batch_size": batch_size, "seed": seed, "clip_norm": clip_norm}
    identity = _checkpoint.identity_of(stateful, map(_tensor, data), device=device.type, **settings)
    if path and path.exists():
        result = Result(**_checkpoint.resume(path, identity, stateful, device))
    if len(result.history) > epochs:
        raise ValueError(
            f"epochs must be >= {len(result.history)}, as {path} has done; got {epochs}"
        )

    x, y = _tensor(data.x_train).to(device), _tensor(data.y_train).to(device)
    steps = math.ceil(len(x) / batch_size)
    done = len(result.history) * steps
    trained.train()
    with _bar(progress, epochs * steps, done) as bar, _generators_kept(device):
        while len(result.history) < epochs and result.diverged_at is None:
            began, epoch, total = time.perf_counter(), len(result.history), 0.0
            order = _shuffled(len(x), seed, epoch, device)
            for step, batch in enumerate(order.split(batch_size), epoch * steps):
                output, target = model(x[batch]), y[batch]
                value = loss(output, target, step)
                _check_scalar(value)
                total += value.item() * len(batch)
                if not value.isfinite():
                    break
                trained.zero_grad()
                value.backward()
                if clip_norm is not None:
                    nn.utils.clip_grad_norm_(trained.parameters(), clip_norm)
                optimizer.step()
                if scheduler is not None:
                    scheduler.step()
                if after_step is not None:
                    with torch.no_grad():
                        after_step(output, target, step)
                bar.update()
            row = {"epoch": epoch + 1, "loss": total / len(x)}
            if not (math.isfinite(total) and _finite(trained)):
                result.diverged_at = step
            if validate is not None:
                row |= _validated(validate, "test", model, data.x_test, data.y_test)
            result.history.append(row)
            result.seconds += time.perf_counter() - began
            bar.set_postfix(row)
            if path:
                _checkpoint.save(path, identity, stateful, asdict(result))
        if validate is not None:
            result.metrics = {
                **_validated(validate, "train", model, x, y),
                **_validated(validate, "test", model, data.x_test, data.y_test),
            }
    trained.eval()
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
        outputs = [model(part.to(device)) for part in _tensor(x).split(batch_size)]
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
    found = validate(predict(model, x), _tensor(y).cpu())
    return {f"{part}_{name}": float(value) for name, value in found.items()}


def _finite(module: nn.Module) -> bool:
    return all(bool(t.isfinite().all()) for t in [*module.parameters(), *module.buffers()])


def _tensor(array: NDArray[Any] | Tensor) -> Tensor:
    if isinstance(array, np.ndarray) and any(stride < 0 for stride in array.strides):
        array = array.copy()  # torch knows no negative strides
    return torch.as_tensor(array)


def _shuffled(count: int, seed: int, epoch: int, device: torch.device) -> Tensor:
    """The order of the samples; torch's own generator is set, too, for dropout and the like."""
    for_order, for_torch = np.random.SeedSequence([seed, epoch]).generate_state(2).tolist()
    order = torch.randperm(count, generator=torch.Generator().manual_seed(for_order))
    # torch.manual_seed would reseed accelerators, too.
    on_cpu = device.type == "cpu"
    (torch.default_generator.manual_seed if on_cpu else torch.manual_seed)(for_torch)
    return order.to(device)


@contextmanager
def _generators_kept(device: torch.device) -> Iterator[None]:
    with torch.random.fork_rng([] if device.type == "cpu" else None):
        yield


def _bar(progress: bool, total: int, done: int) -> Any:
    # disable=None shows the bar on a terminal only, so never in a notebook.
    return tqdm(total=total, initial=done, leave=False, disable=None if progress else True)


def _check_data(data: Data, model: nn.Module) -> None:
    for part, x, y in [("train", data.x_train, data.y_train), ("test", data.x_test, data.y_test)]:
        if len(x) != len(y):
            raise ValueError(
                f"data.y_{part} must have one target for each of the {len(x)} samples; got {len(y)}"
            )
    if len(data.x_train) == 0:
        raise ValueError("data.x_train must hold at least one sample; got 0")
    inputs = _tensor(data.x_train[:1])
    dtypes = [p.dtype for p in model.parameters() if p.is_floating_point()]
    if inputs.is_floating_point() and dtypes and inputs.dtype not in dtypes:
        raise TypeError(
            f"data.x_train must have the dtype of model, {dtypes[0]}; got {inputs.dtype}"
        )


def _check_steps(
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None,
    trained: nn.Module,
) -> None:
    if isinstance(optimizer, torch.optim.LBFGS):
        raise TypeError("optimizer must step without a closure; got LBFGS")
    if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
        raise TypeError("scheduler must step without a metric; got ReduceLROnPlateau")
    # A parameter that is moved but not owned would be neither cleared nor kept.
    owned = set(trained.parameters())
    moved = [p for group in optimizer.param_groups for p in group["params"]]
    if foreign := [tuple(p.shape) for p in moved if p not in owned]:
        raise ValueError(
            "optimizer must move parameters of model and modules only; "
            f"got others, of shapes {foreign}"
        )


def _check_scalar(value: Tensor) -> None:
    if value.ndim:
        raise ValueError(
            f"loss must return one number, the mean over the batch; got shape {tuple(value.shape)}"
        )
