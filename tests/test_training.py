import io
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient
from torch import Tensor, nn

import lossnb
from lossnb import training
from lossnb._checkpoint import read
from lossnb.datasets import Data, digits
from lossnb.networks import digits_network, mlp
from lossnb.nn import CenterLoss
from lossnb.schedules import annealing, warm_up
from lossnb.training import Result, accuracy, fit, predict

DIGITS = digits()
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")  # torch reads both
FEW = Data(DIGITS.x_train[:200], DIGITS.y_train[:200], DIGITS.x_test[:50], DIGITS.y_test[:50])


def plain(logits: Tensor, target: Tensor, step: int) -> Tensor:
    return lossnb.cross_entropy(logits, target)


def sgd(model: nn.Module, lr: float = 0.1, **kwargs: Any) -> torch.optim.SGD:
    return torch.optim.SGD(model.parameters(), lr=lr, **kwargs)


def run(seed: int = 0, loss: Callable[..., Tensor] = plain, **kwargs: Any):
    model = mlp(64, [16], 10, seed=0)
    result = fit(model, FEW, loss, sgd(model), seed=seed, **{"epochs": 2, **kwargs})
    return model, result


def same(one: nn.Module, other: nn.Module) -> bool:
    a, b = one.state_dict(), other.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def everything_at_once(
    checkpoint: Path | None = None,
    epochs: int = 4,
    each_step: Callable[[int], None] = lambda s: None,
) -> tuple[nn.Module, Result]:
    """A run with all that must survive a kill: momentum, schedule, dropout, batch normalisation,
    centres."""
    network = digits_network(hidden=16, seed=0)
    network.body.insert(2, nn.BatchNorm1d(16))
    network.body.insert(3, nn.Dropout(0.2))
    centers = CenterLoss(10, 2)

    def loss(output: tuple[Tensor, Tensor], target: Tensor, step: int) -> Tensor:
        features, logits = output
        return lossnb.cross_entropy(logits, target) + 0.1 * centers(features, target)

    def after_step(output: tuple[Tensor, Tensor], target: Tensor, step: int) -> None:
        centers.update(output[0], target)
        each_step(step)

    optimizer = sgd(network, momentum=0.9, nesterov=True)
    result = fit(
        network,
        FEW,
        loss,
        optimizer,
        epochs=epochs,
        batch_size=32,
        seed=5,
        scheduler=torch.optim.lr_scheduler.MultiStepLR(optimizer, [6, 22], gamma=0.5),
        clip_norm=1.0,
        after_step=after_step,
        modules=[centers],
        validate=accuracy,
        checkpoint=checkpoint,
    )
    return nn.ModuleList([network, centers]), result


# Learning


def test_it_learns_and_reports() -> None:
    model = mlp(64, [32], 10, seed=0)
    result = fit(model, DIGITS, plain, sgd(model, 0.5), epochs=20, batch_size=32, validate=accuracy)
    assert [row["epoch"] for row in result.history] == list(range(1, 21))
    assert result.history[-1].keys() == {"epoch", "loss", "test_accuracy"}
    assert result.history[-1]["loss"] < 0.1 < 1 < result.history[0]["loss"]
    assert result.metrics["test_accuracy"] == result.history[-1]["test_accuracy"] > 0.95
    assert result.metrics["train_accuracy"] > 0.98
    assert result.diverged_at is None
    assert result.seconds > 0
    assert not model.training
    by_hand = (model(torch.from_numpy(DIGITS.x_test)).argmax(1).numpy() == DIGITS.y_test).mean()
    assert result.metrics["test_accuracy"] == pytest.approx(by_hand)


def test_one_epoch_is_plain_gradient_descent() -> None:
    """The same steps, written out: order, gradient, momentum, schedule, clipping."""
    model, reference = mlp(64, [], 10, seed=0), mlp(64, [], 10, seed=0)
    batches: list[Tensor] = []
    optimizer = sgd(model, 0.5)
    data = Data(FEW.x_train, np.arange(200), FEW.x_test, FEW.y_test)
    target = torch.from_numpy(FEW.y_train)

    def loss(logits: Tensor, index: Tensor, step: int) -> Tensor:
        batches.append(index)
        return plain(logits, target[index], step)

    result = fit(
        model,
        data,
        loss,
        optimizer,
        epochs=1,
        batch_size=64,
        scheduler=torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.1),
        clip_norm=0.5,
    )
    assert [len(batch) for batch in batches] == [64, 64, 64, 8]
    total = 0.0
    for batch, lr in zip(batches, [0.5, 0.5, 0.05, 0.05], strict=True):
        reference.zero_grad()
        value = plain(reference(torch.from_numpy(FEW.x_train)[batch]), target[batch], 0)
        value.backward()
        total += value.item() * len(batch)
        gradients = [p.grad for p in reference.parameters()]
        norm = torch.cat([g.flatten() for g in gradients]).norm()
        with torch.no_grad():
            for p, g in zip(reference.parameters(), gradients, strict=True):
                p -= lr * g * min(1, 0.5 / norm)
    for p, q in zip(model.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(p, q)
    assert result.history[0]["loss"] == pytest.approx(total / 200)


def test_every_epoch_sees_each_sample_once_in_a_new_order() -> None:
    data = FEW._replace(y_train=np.arange(200))
    seen: list[int] = []
    steps: list[int] = []

    def after_step(output: Tensor, target: Tensor, step: int) -> None:
        seen.extend(target.tolist())
        steps.append(step)

    model = mlp(64, [], 10, seed=0)
    fit(
        model,
        data,
        lambda out, y, step: out.square().mean(),
        sgd(model),
        epochs=2,
        batch_size=64,
        after_step=after_step,
    )
    first, second = seen[:200], seen[200:]
    assert sorted(first) == sorted(second) == list(range(200))
    assert first != second
    assert first != list(range(200))
    assert steps == list(range(8))


@pytest.mark.parametrize("x_dtype", [np.float32, np.float64])
def test_dtypes_are_left_alone(x_dtype: type) -> None:
    seen = []
    model = mlp(64, [], 10, seed=0).to(torch.float64 if x_dtype is np.float64 else torch.float32)

    def loss(output: Tensor, target: Tensor, step: int) -> Tensor:
        seen.append((output.dtype, target.dtype))
        return plain(output, target, step)

    fit(model, FEW._replace(x_train=FEW.x_train.astype(x_dtype)), loss, sgd(model), epochs=1)
    assert set(seen) == {(torch.from_numpy(np.zeros(1, x_dtype)).dtype, torch.int64)}


# All losses of the chapter


def test_losses_on_logits() -> None:
    for loss in (lossnb.cross_entropy, lossnb.hinge, lossnb.ramp):
        _, result = run(loss=lambda out, y, step, loss=loss: loss(out, y), epochs=3)
        assert result.history[-1]["loss"] < result.history[0]["loss"]


def test_centres_move_by_their_own_rule_outside_autograd() -> None:
    both, result = everything_at_once()
    network, centers = both
    assert result.history[-1]["loss"] < result.history[0]["loss"]
    assert (centers.centers != 0).all()
    assert not centers.centers.requires_grad
    assert len(list(both.parameters())) == len(list(network.parameters()))


def test_large_margin_softmax_with_annealing() -> None:
    model = digits_network(8, seed=0)
    seen: list[float] = []

    def loss(output: tuple[Tensor, Tensor], target: Tensor, step: int) -> Tensor:
        seen.append(annealing(step, base=100, gamma=0.01, power=5))
        return lossnb.large_margin_softmax(
            output[0], model.classifier.weight, target, margin=2, annealing=seen[-1]
        )

    before = model.classifier.weight.clone()
    result = fit(
        model,
        DIGITS,
        loss,
        sgd(model, 0.02, momentum=0.9),
        epochs=10,
        batch_size=32,
        clip_norm=5.0,
        validate=accuracy,
    )
    assert result.metrics["test_accuracy"] > 0.9
    assert not torch.equal(before, model.classifier.weight)
    assert seen == [annealing(step, base=100, gamma=0.01, power=5) for step in range(10 * 43)]


def test_tukey_with_mad_and_warm_up() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((300, 3)).astype(np.float32)
    weights = np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 0.0]], dtype=np.float32)
    y = (x @ weights + 0.1 * rng.standard_normal((300, 2))).astype(np.float32)
    y[:30] += 100
    factors: list[float] = []

    def loss(prediction: Tensor, target: Tensor, step: int) -> Tensor:
        factors.append(warm_up(step, steps=20))
        scale = factors[-1] * lossnb.mad(prediction.detach(), target)
        return lossnb.tukey_biweight(prediction, target, scale=scale)

    model = mlp(3, [], 2, seed=0)
    data = Data(x, y, x[:1], y[:1])
    fit(model, data, loss, sgd(model, 0.03), epochs=300, batch_size=100)
    np.testing.assert_allclose(model[1].weight.detach().numpy().T, weights, atol=0.1)
    assert factors == [7.0] * 20 + [1.0] * 880


# Random numbers


def test_the_seed_alone_decides() -> None:
    torch.manual_seed(1)
    one, first = everything_at_once()
    torch.manual_seed(2)
    other, second = everything_at_once()
    assert same(one, other)
    assert first.history == second.history
    assert not same(run(seed=0)[0], run(seed=1)[0])


def test_other_losses_see_the_same_batches() -> None:
    def batches(loss: Callable[..., Tensor]) -> list[list[int]]:
        seen: list[list[int]] = []
        run(loss=loss, after_step=lambda out, y, step: seen.append(y.tolist()))
        return seen

    def noisy(out: Tensor, y: Tensor, step: int) -> Tensor:
        return lossnb.hinge(out + torch.rand(()), y)

    assert batches(plain) == batches(noisy)


def test_dropout_differs_from_epoch_to_epoch() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(64, 10))
    masks: list[bytes] = []
    model[1].register_forward_hook(lambda m, i, out: masks.append((out == 0).numpy().tobytes()))
    ones = FEW._replace(x_train=np.ones_like(FEW.x_train))
    fit(model, ones, plain, sgd(model), epochs=4, batch_size=200)
    assert len(set(masks)) == 4


def test_the_global_generators_are_left_alone() -> None:
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    everything_at_once()
    after = torch.get_rng_state(), np.random.get_state()[1]  # noqa: NPY002
    assert torch.equal(before[0], after[0])
    np.testing.assert_array_equal(before[1], after[1])


# Checkpoints


def kill_child(checkpoint: Path, where: str) -> None:
    """Run `everything_at_once` in another process and kill it once it says that it is there."""
    environment = os.environ | dict.fromkeys(THREADS, str(torch.get_num_threads()))
    child = subprocess.Popen(
        [sys.executable, __file__, str(checkpoint), where],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert child.stdout.readline() == "there\n"
    child.kill()
    assert child.wait() != 0
    child.stdout.close()


def wait_to_be_killed() -> None:
    print("there", flush=True)
    time.sleep(600)


@pytest.mark.parametrize("where", ["in a step", "in a write"])
def test_a_killed_run_goes_on_bit_for_bit(where: str, tmp_path: Path) -> None:
    whole, expected = everything_at_once()
    checkpoint = tmp_path / "run.pt"
    kill_child(checkpoint, where)
    held = read(checkpoint)
    assert len(held["result"]["history"]) == 2
    steps: list[int] = []
    resumed, result = everything_at_once(checkpoint, each_step=steps.append)
    assert steps == list(range(2 * 7, 4 * 7))
    assert same(resumed, whole)
    assert result.history == expected.history
    assert result.metrics == expected.metrics
    assert result.seconds > held["result"]["seconds"] > 0
    again, last = everything_at_once(checkpoint, each_step=lambda step: pytest.fail("it was done"))
    assert same(again, whole)
    assert last == result
    assert [p.name for p in tmp_path.iterdir()] == ["run.pt"]


def test_a_run_may_go_on_for_longer_but_not_shorter(tmp_path: Path) -> None:
    checkpoint = tmp_path / "new" / "run.pt"
    everything_at_once(checkpoint, epochs=2)
    longer, result = everything_at_once(checkpoint, epochs=4)
    whole, expected = everything_at_once()
    assert same(longer, whole)
    assert result.history == expected.history
    with pytest.raises(ValueError, match=r"epochs must be >= 4, as .*run.pt has done; got 3"):
        everything_at_once(checkpoint, epochs=3)


def test_a_checkpoint_without_scheduler_resumes(tmp_path: Path) -> None:
    run(epochs=1, checkpoint=tmp_path / "run.pt")
    assert same(run(epochs=2, checkpoint=tmp_path / "run.pt")[0], run(epochs=2)[0])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 1}, "seed"),
        ({"batch_size": 64}, "batch_size"),
        ({"clip_norm": 2.0}, "clip_norm"),
        ({"lr": 0.2}, "optimizer"),
        ({"gamma": 0.9}, "scheduler"),
        ({"noisy": True}, "data"),
        ({"hidden": 17}, "model"),
        ({"init": 1}, "first weights"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(
    change: dict[str, Any], named: str, tmp_path: Path
) -> None:
    def one(
        seed=0, batch_size=32, clip_norm=1.0, lr=0.1, gamma=0.5, noisy=False, hidden=16, init=0
    ):
        model = mlp(64, [hidden], 10, seed=init)
        optimizer = sgd(model, lr)
        labels = FEW.y_train.copy()
        labels[0] = (labels[0] + noisy) % 10
        fit(
            model,
            FEW._replace(y_train=labels),
            plain,
            optimizer,
            epochs=1,
            seed=seed,
            batch_size=batch_size,
            clip_norm=clip_norm,
            checkpoint=tmp_path / "run.pt",
            scheduler=torch.optim.lr_scheduler.StepLR(optimizer, 5, gamma),
        )

    one()
    one()
    with pytest.raises(ValueError, match=f"checkpoint must be of this run; .*run.pt .*{named}"):
        one(**change)


# Divergence


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_stops_the_run_and_is_told(bad: float, tmp_path: Path) -> None:
    def loss(logits: Tensor, target: Tensor, step: int) -> Tensor:
        return plain(logits, target, step) + (bad if step == 9 else 0)

    steps: list[int] = []
    model, result = run(
        loss=loss,
        epochs=5,
        batch_size=32,
        validate=accuracy,
        checkpoint=tmp_path / "run.pt",
        after_step=lambda out, y, step: steps.append(step),
    )
    assert result.diverged_at == 9
    assert steps == list(range(9))
    assert len(result.history) == 2
    assert math.isfinite(result.history[0]["loss"])
    assert result.history[1]["loss"] == pytest.approx(bad, nan_ok=True)
    assert result.metrics.keys() == {"train_accuracy", "test_accuracy"}
    assert all(p.isfinite().all() for p in model.parameters())
    _, again = run(
        loss=loss,
        epochs=5,
        batch_size=32,
        checkpoint=tmp_path / "run.pt",
        after_step=lambda out, y, step: pytest.fail("it went on"),
    )
    assert again.diverged_at == 9


def test_weights_that_are_not_finite_are_told_even_without_a_loss_to_show_it() -> None:
    model = mlp(64, [], 10, seed=0)

    def after_step(output: Tensor, target: Tensor, step: int) -> None:
        if step == 13:
            model[1].bias[0] = math.inf

    def blind(logits: Tensor, target: Tensor, step: int) -> Tensor:
        return plain(logits[:, 1:], target.clamp(0, 8), step)

    result = fit(model, FEW, blind, sgd(model), epochs=5, batch_size=32, after_step=after_step)
    assert result.diverged_at == 13
    assert len(result.history) == 2
    assert math.isfinite(result.history[1]["loss"])


def test_a_run_that_really_diverges() -> None:
    model = mlp(64, [16], 10, seed=0)

    def loss(out: Tensor, y: Tensor, step: int) -> Tensor:
        return lossnb.l2(out, nn.functional.one_hot(y, 10).float())

    result = fit(model, FEW, loss, sgd(model, 100.0), epochs=50, validate=accuracy)
    assert result.diverged_at is not None
    assert not math.isfinite(result.history[-1]["loss"])


@pytest.mark.parametrize("hook", ["loss", "after_step", "validate"])
def test_no_exception_is_swallowed(hook: str) -> None:
    def broken(*args: Any) -> Any:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        run(**{hook: broken})


# Arguments


@pytest.mark.parametrize(
    ("kwargs", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs"),
        ({"epochs": 1.5}, TypeError, "epochs"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"seed": -1}, ValueError, "seed"),
        ({"clip_norm": 0.0}, ValueError, "clip_norm"),
    ],
)
def test_numbers_are_checked(kwargs: dict[str, Any], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        run(**kwargs)


def closure_needed(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.LBFGS(model.parameters())


UNUSABLE: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no samples": (
        {"data": FEW._replace(x_train=FEW.x_train[:0], y_train=FEW.y_train[:0])},
        ValueError,
        "data.x_train must hold at least one sample; got 0",
    ),
    "float64 for float32": (
        {"data": FEW.in_double()},
        TypeError,
        r"data.x_train must have the dtype of model, torch.float32; got torch.float64",
    ),
    "a loss for each sample": (
        {"loss": lambda out, y, step: lossnb.cross_entropy(out, y, reduction="none")},
        ValueError,
        r"loss must return one number, the mean over the batch; got shape \(128,\)",
    ),
    "a closure needed": (
        {"optimizer": closure_needed},
        TypeError,
        "optimizer must step without a closure; got LBFGS",
    ),
    "a metric needed": (
        {"scheduler": torch.optim.lr_scheduler.ReduceLROnPlateau},
        TypeError,
        "scheduler must step without a metric; got ReduceLROnPlateau",
    ),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_the_loop_cannot_use_is_named(case: str) -> None:
    changes, error, message = UNUSABLE[case]
    model = mlp(64, [16], 10, seed=0)
    before = model[1].weight.clone()
    optimizer = changes.get("optimizer", sgd)(model)
    scheduler = changes["scheduler"](optimizer) if "scheduler" in changes else None
    with pytest.raises(error, match=message):
        fit(
            model,
            changes.get("data", FEW),
            changes.get("loss", plain),
            optimizer,
            epochs=1,
            scheduler=scheduler,
        )
    assert torch.equal(model[1].weight, before)


def test_arrays_that_run_backwards_are_fine() -> None:
    backwards = Data(*(np.ascontiguousarray(part[::-1])[::-1] for part in FEW))
    assert backwards.x_train.strides[0] < 0
    models = [mlp(64, [16], 10, seed=0) for _ in range(2)]
    results = [
        fit(model, data, plain, sgd(model), epochs=2, validate=accuracy)
        for model, data in zip(models, (FEW, backwards), strict=True)
    ]
    assert same(*models)
    assert results[0].history == results[1].history


@pytest.mark.parametrize("part", ["train", "test"])
def test_data_must_come_in_pairs(part: str) -> None:
    model = mlp(64, [], 10, seed=0)
    data = FEW._replace(**{f"y_{part}": getattr(FEW, f"y_{part}")[:-1]})
    with pytest.raises(ValueError, match=rf"y_{part} must have one .* \d+ samples; got \d+"):
        fit(model, data, plain, sgd(model), epochs=1)


def test_the_optimizer_must_not_move_what_would_not_be_kept() -> None:
    model, head = mlp(64, [16], 16, seed=0), nn.Linear(16, 10)
    optimizer = torch.optim.SGD([*model.parameters(), *head.parameters()], lr=0.1)

    def loss(out: Tensor, y: Tensor, step: int) -> Tensor:
        return plain(head(out), y, step)

    with pytest.raises(ValueError, match=r"optimizer must move .*\[\(10, 16\), \(10,\)\]"):
        fit(model, FEW, loss, optimizer, epochs=1)
    before = head.weight.clone()
    fit(model, FEW, loss, optimizer, epochs=1, modules=[head])
    assert not torch.equal(before, head.weight)


def test_auto_takes_the_accelerator_if_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    assert training._device("auto") == torch.device("cpu")
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    assert training._device("auto") == torch.device("cuda")
    assert training._device("cpu") == torch.device("cpu")


@pytest.mark.skipif(not torch.accelerator.is_available(), reason="this machine has no accelerator")
def test_a_run_on_the_accelerator(tmp_path: Path) -> None:
    device = torch.accelerator.current_accelerator()
    before = torch.get_device_module(device).get_rng_state()
    both, result = everything_at_once(tmp_path / "run.pt")
    assert {t.device.type for t in both.state_dict().values()} == {device.type}
    assert result.history[-1]["loss"] < result.history[0]["loss"]
    assert torch.equal(torch.get_device_module(device).get_rng_state(), before)
    assert everything_at_once(tmp_path / "run.pt")[1] == result


# Prediction


def test_predict_is_the_model_in_eval_mode() -> None:
    model = nn.Sequential(nn.Linear(64, 4), nn.BatchNorm1d(4), nn.Dropout())
    model(torch.rand(100, 64))
    state = {name: t.clone() for name, t in model.state_dict().items()}
    found = predict(model, FEW.x_train, batch_size=30)
    assert model.training
    assert not found.requires_grad
    assert all(torch.equal(t, state[name]) for name, t in model.state_dict().items())
    model.eval()
    torch.testing.assert_close(found, model(torch.from_numpy(FEW.x_train)).detach())
    predict(model, FEW.x_train)
    assert not model.training


def test_predict_keeps_pairs() -> None:
    network = digits_network(seed=0)
    features, logits = predict(network, FEW.x_train, batch_size=30)
    assert (features.shape, logits.shape) == ((200, 2), (200, 10))
    target = torch.from_numpy(FEW.y_train)
    assert accuracy((features, logits), target) == accuracy(logits, target)


# Progress


class Screen(io.StringIO):
    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("terminal", "progress", "shown"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_progress_is_shown_on_a_terminal_only(
    terminal: bool, progress: bool, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen(terminal)
    monkeypatch.setattr(sys, "stderr", screen)
    run(progress=progress)
    assert bool(screen.getvalue()) == shown
    assert ("4/4" in screen.getvalue()) == shown


def test_a_notebook_stays_silent() -> None:
    code = (
        "from lossnb.datasets import digits; from lossnb.networks import mlp\n"
        "from lossnb import cross_entropy; from lossnb.training import fit; import torch\n"
        "model = mlp(64, [], 10, seed=0)\n"
        "result = fit(model, digits(), lambda out, y, step: cross_entropy(out, y),\n"
        "             torch.optim.SGD(model.parameters()), epochs=2, progress=True)\n"
        "len(result.history)"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    (output,) = notebook.cells[0].outputs
    assert output.data["text/plain"] == "2"


if __name__ == "__main__":  # the child that is to be killed
    path, where = Path(sys.argv[1]), sys.argv[2]
    if where == "in a step":
        # The fourth step of the third epoch.
        everything_at_once(path, each_step=lambda step: step == 17 and wait_to_be_killed())
    else:
        written = []

        def stop_at_the_third(file: int) -> None:
            written.append(file)
            if len(written) == 3:
                wait_to_be_killed()

        os.fsync = stop_at_the_third
        everything_at_once(path)
