"""A checkpoint is read if every bit of it is right, and refused by name if not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lossnb import _checkpoint
from lossnb._checkpoint import HEADER, identity_of, read, resume, save


def run(weight: float = 1.0, lr: float = 0.1) -> tuple[dict[str, Any], dict[str, Any]]:
    model = nn.Linear(2, 1)
    nn.init.constant_(model.weight, weight)
    nn.init.zeros_(model.bias)
    stateful = {"modules": model, "optimizer": torch.optim.SGD(model.parameters(), lr, 0.9)}
    return stateful, identity_of(stateful, [torch.arange(3)], seed=1)


def saved(path: Path) -> bytes:
    stateful, identity = run()
    save(path, identity, stateful, {"history": [{"loss": 0.5}]})
    return path.read_bytes()


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    stateful, identity = run()
    save(tmp_path / "new" / "run.pt", identity, stateful, {"history": [{"loss": 0.5}]})
    before = stateful["modules"].weight.clone()
    with torch.no_grad():
        stateful["modules"].weight += 1
    result = resume(tmp_path / "new" / "run.pt", identity, stateful, torch.device("cpu"))
    assert result == {"history": [{"loss": 0.5}]}
    assert torch.equal(stateful["modules"].weight, before)


def wrapped(content: Any) -> bytes:
    buffer = BytesIO()
    torch.save(content, buffer)
    payload = buffer.getvalue()
    return HEADER + hashlib.sha256(payload).hexdigest().encode() + b"\n" + payload


def flipped(whole: bytes, place: int) -> bytes:
    return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


DAMAGED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda whole: b"", "it is empty"),
    "cut in the header": (lambda whole: whole[:30], "it is damaged"),
    "cut by a byte": (lambda whole: whole[:-1], "it is damaged"),
    "cut in half": (lambda whole: whole[: len(whole) // 2], "it is damaged"),
    "a byte too many": (lambda whole: whole + b"\n", "it is damaged"),
    "text": (lambda whole: b"a note", "it is another kind of file"),
    "torch's own file": (lambda whole: whole.partition(b"\n")[2], "it is another kind of file"),
    "a list": (lambda whole: wrapped([1.0]), "it holds something else than a run"),
    "weights alone": (
        lambda whole: wrapped(nn.Linear(2, 1).state_dict()),
        "it holds something else than a run",
    ),
    "code": (
        lambda whole: wrapped({"identity": Path("x")}),
        "it holds something else than numbers",
    ),
    "no zip": (
        lambda whole: HEADER + hashlib.sha256(b"x").hexdigest().encode() + b"\nx",
        "it holds something else than numbers",
    ),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_what_is_no_checkpoint_is_named_and_kept(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    change, why = DAMAGED[damage]
    content = change(saved(path))
    path.write_bytes(content)
    stateful, identity = run()
    with pytest.raises(ValueError, match=f"run.pt is no checkpoint of .*: {why}.*Move it away"):
        resume(path, identity, stateful, torch.device("cpu"))
    assert path.read_bytes() == content


def test_a_folder_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"is no checkpoint of .*: it is a folder"):
        read(tmp_path)


def test_every_flipped_bit_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    whole = saved(path)
    for place in [*range(90), *range(90, len(whole), 37), len(whole) - 1]:
        path.write_bytes(flipped(whole, place))
        with pytest.raises(ValueError, match="is no checkpoint of"):
            read(path)
    path.write_bytes(whole)
    read(path)


@pytest.mark.parametrize(
    ("change", "named"), [({"weight": 2.0}, "first weights"), ({"lr": 0.2}, "optimizer")]
)
def test_another_run_is_told_by_what_differs(
    change: dict[str, float], named: str, tmp_path: Path
) -> None:
    saved(tmp_path / "run.pt")
    stateful, identity = run(**change)
    with pytest.raises(ValueError, match=f"must be of this run; .*run.pt has other {named}$"):
        resume(tmp_path / "run.pt", identity, stateful, torch.device("cpu"))


def test_a_state_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    stateful, identity = run()
    model = {"modules": stateful["modules"]}
    save(path, identity, model, {"history": []})
    with pytest.raises(ValueError, match=r"must be of this run; .*run\.pt lacks optimizer"):
        resume(path, identity, stateful, torch.device("cpu"))


def test_nothing_is_put_in_place_before_all_is_found_right(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    stateful, identity = run()
    save(path, identity, {"modules": stateful["modules"]}, {"history": []})
    with torch.no_grad():
        stateful["modules"].weight += 1
    before = stateful["modules"].weight.clone()
    with pytest.raises(ValueError, match="lacks"):
        resume(path, identity, stateful, torch.device("cpu"))
    assert torch.equal(stateful["modules"].weight, before)


def test_a_digest_tells_dtype_shape_and_order_apart() -> None:
    a, b = torch.tensor([1.0, 2.0]), torch.tensor([3.0])
    tensors = [[a, b], [b, a], [a], [a.double(), b], [a[:, None], b]]
    assert len({_checkpoint.digest(t) for t in tensors}) == len(tensors)
    assert _checkpoint.digest([a[::2]]) == _checkpoint.digest([torch.tensor([1.0])])
