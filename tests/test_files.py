"""A file is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossnb import _files
from lossnb._files import write_whole


@pytest.mark.parametrize("content", ["größer\n", b"\x00\xff", "", b""])
def test_what_is_written_is_there(content: str | bytes, tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.txt"
    for _ in range(2):
        write_whole(path, content)
        raw = content.encode() if isinstance(content, str) else content
        assert path.read_bytes() == raw
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("there_before", [True, False])
@pytest.mark.parametrize("what", ["fsync", "fdopen"])
def test_a_failure_changes_nothing(
    what: str, there_before: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    if there_before:
        path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if what == "fsync":
        monkeypatch.setattr(_files.os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == (["file"] if there_before else [])
    assert not there_before or path.read_bytes() == b"old"


def test_what_a_killed_writer_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".file.part").write_bytes(b"half")
    write_whole(tmp_path / "file", b"whole")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_others_may_read_what_they_could_read_of_any_new_file(tmp_path: Path) -> None:
    write_whole(tmp_path / "ours", b"")
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode
