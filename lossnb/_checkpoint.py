"""What a run of `lossnb.training.fit` leaves behind after each epoch, and goes on from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from lossnb._extras import extra
from lossnb._files import write_whole

with extra("torch"):
    import torch
    from torch import Tensor

# The first line of a checkpoint, before the SHA-256 of all that follows.
HEADER = b"lossnb checkpoint "


def save(
    path: Path, identity: Mapping[str, Any], stateful: Mapping[str, Any], result: dict[str, Any]
) -> None:
    """Write the states whole or not at all, with what tells this run from others."""
    states = {name: part.state_dict() for name, part in stateful.items()}
    buffer = BytesIO()
    torch.save({"identity": dict(identity), "result": result, **states}, buffer)
    payload = buffer.getvalue()
    write_whole(path, HEADER + hashlib.sha256(payload).hexdigest().encode() + b"\n" + payload)


def resume(
    path: Path, identity: Mapping[str, Any], stateful: Mapping[str, Any], device: torch.device
) -> dict[str, Any]:
    """Put the states back in place, and return the result so far.

    Raises ``ValueError`` if the file is damaged, no checkpoint, or of another run.
    """
    saved = read(path, device)
    theirs = saved["identity"]
    if other := [name for name in identity if theirs.get(name, "") != identity[name]]:
        raise ValueError(f"checkpoint must be of this run; {path} has other {', '.join(other)}")
    if missing := stateful.keys() - saved.keys():
        raise ValueError(f"checkpoint must be of this run; {path} lacks {', '.join(missing)}")
    for name, part in stateful.items():
        part.load_state_dict(saved[name])
    return dict(saved["result"])


def read(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """All that a checkpoint holds, once its checksum has been found right."""
    if path.is_dir():
        raise refused(path, "it is a folder")
    line, _, payload = path.read_bytes().partition(b"\n")
    if not line:
        raise refused(path, "it is empty")
    if not line.startswith(HEADER):
        raise refused(path, "it is another kind of file")
    if line.removeprefix(HEADER) != hashlib.sha256(payload).hexdigest().encode():
        raise refused(path, "it is damaged, as its checksum tells")
    try:
        saved = torch.load(BytesIO(payload), map_location=device, weights_only=True)
    except (UnpicklingError, RuntimeError):
        raise refused(path, "it holds something else than numbers") from None
    if not isinstance(saved, dict) or not {"identity", "result"} <= saved.keys():
        raise refused(path, "it holds something else than a run")
    return saved


def refused(path: Path, why: str) -> ValueError:
    return ValueError(
        f"{path} is no checkpoint of lossnb.training.fit: {why}. Move it away, and the run begins "
        "anew"
    )


def identity_of(
    stateful: Mapping[str, Any], data: Iterable[Tensor], **settings: Any
) -> dict[str, Any]:
    """What tells a run from others, before its first step."""
    modules, scheduler = stateful["modules"], stateful.get("scheduler")
    return {
        "data": digest(data),
        **settings,
        "model": repr(modules),
        "first weights": digest([*modules.parameters(), *modules.buffers()]),
        "optimizer": repr(stateful["optimizer"]),
        "scheduler": repr(scheduler and scheduler.state_dict()),
    }


def digest(tensors: Iterable[Tensor]) -> str:
    found = hashlib.sha256()
    for tensor in tensors:
        found.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
        plain = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        found.update(plain.flatten().view(torch.uint8).numpy().data)
    return found.hexdigest()
