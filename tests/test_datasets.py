import gzip
import hashlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from lossnb import datasets
from lossnb.datasets import add_outliers, digits, flip_labels, mnist, read_idx, split


def idx(array: np.ndarray) -> bytes:
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


IMAGES = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3) * 15
FILES = {
    "train-images-idx3-ubyte.gz": idx(IMAGES),
    "train-labels-idx1-ubyte.gz": idx(np.array([3, 1], dtype=np.uint8)),
    "t10k-images-idx3-ubyte.gz": idx(IMAGES[:1]),
    "t10k-labels-idx1-ubyte.gz": idx(np.array([4], dtype=np.uint8)),
}
FIRST = next(iter(FILES))


class Mirror:
    """A web server on this machine with the small files above, which can be told to misbehave."""

    def __init__(self) -> None:
        self.files = dict(FILES)
        self.cut = 0
        self.served: list[str] = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                mirror.served.append(name)
                if name not in mirror.files:
                    self.send_error(404)
                    return
                body = mirror.files[name]
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) - mirror.cut])

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/mnist/"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    mirror = Mirror()
    sums = {name: hashlib.sha256(body).hexdigest() for name, body in FILES.items()}
    monkeypatch.setattr(datasets, "MNIST", sums)
    monkeypatch.setattr(datasets, "MIRRORS", (mirror.url,))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("LOSSNB_DATA", raising=False)
    yield mirror
    mirror.close()


def closed_url() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def test_digits_are_scaled_and_stratified() -> None:
    data = digits(seed=3)
    assert data.x_train.dtype == np.float32
    assert data.y_train.dtype == np.int64
    x = np.concatenate([data.x_train, data.x_test])
    assert x.shape == (1797, 64)
    assert set(np.unique(x * 16)) == set(range(17))
    shares = [np.bincount(y, minlength=10) / len(y) for y in (data.y_train, data.y_test)]
    np.testing.assert_allclose(*shares, atol=0.002)


def test_digits_split_follows_the_seed() -> None:
    one, same, other = digits(seed=1), digits(seed=1), digits(seed=2)
    for a, b in zip(one, same, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one.y_train, other.y_train)


def test_split_keeps_pairs_together_and_loses_nothing() -> None:
    y = np.repeat([0, 1, 2], 20)
    x = np.arange(60) * 10 + y
    data = split(x, y, test_size=12, seed=0)
    assert len(data.y_test) == 12
    np.testing.assert_array_equal(
        np.concatenate([data.x_train, data.x_test]) % 10,
        np.concatenate([data.y_train, data.y_test]),
    )
    assert sorted([*data.x_train, *data.x_test]) == sorted(x)


def test_mnist_is_fetched_once_and_read(mirror: Mirror, tmp_path: Path) -> None:
    data = mnist(tmp_path / "new" / "folder")
    assert [a.shape for a in data] == [(2, 3, 3), (2,), (1, 3, 3), (1,)]
    np.testing.assert_array_equal(data.x_train, (IMAGES / 255).astype(np.float32))
    assert data.x_train.dtype == np.float32
    assert (data.y_train.tolist(), data.y_test.tolist()) == ([3, 1], [4])
    assert data.y_train.dtype == np.int64
    assert mirror.served == list(FILES)
    mnist(tmp_path / "new" / "folder", download=False)
    assert mirror.served == list(FILES)


@pytest.mark.parametrize("named", [True, False])
def test_a_tilde_is_the_home_folder(
    named: bool, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    if named:
        monkeypatch.setenv("LOSSNB_DATA", "~/some/mnist")
    mnist(*([] if named else ["~/some/mnist"]))
    assert sorted(p.name for p in (tmp_path / "some" / "mnist").iterdir()) == sorted(FILES)
    assert [p.name for p in tmp_path.iterdir()] == ["some"]


def a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write_bytes(b"")


def below_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.parent.rmdir()
    folder.parent.write_bytes(b"")


def a_folder_in_a_files_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / next(iter(FILES))).mkdir(parents=True)


def may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    folder.mkdir()
    for name in FILES:
        (folder / name).write_bytes(b"")
    monkeypatch.setattr(Path, "read_bytes", refuse)


@pytest.mark.parametrize(
    "spoil", [a_file, below_a_file, a_folder_in_a_files_place, may_not_be_read]
)
def test_a_folder_that_cannot_be_used_is_named(
    spoil: Callable[[Path, pytest.MonkeyPatch], None],
    mirror: Mirror,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "some" / "mnist"
    folder.parent.mkdir()
    spoil(folder, monkeypatch)
    with pytest.raises(OSError, match=r"mnist must be a folder .* LOSSNB_DATA$"):
        mnist(folder)


def test_mnist_finds_its_folder(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "cache" / name)
    monkeypatch.setenv("LOSSNB_DATA", str(tmp_path / "named"))
    mnist(tmp_path / "given")
    mnist()
    monkeypatch.delenv("LOSSNB_DATA")
    mnist()
    for folder in ("given", "named", "cache/lossnb/mnist"):
        assert sorted(p.name for p in (tmp_path / folder).iterdir()) == sorted(FILES)


def test_the_next_mirror_steps_in(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "MIRRORS", (closed_url(), mirror.url))
    assert len(mnist(tmp_path).x_train) == 2


def cut(mirror: Mirror) -> None:
    mirror.cut = 5


def wrong_checksum(mirror: Mirror) -> None:
    mirror.files[FIRST] = idx(255 - IMAGES)


def not_found(mirror: Mirror) -> None:
    del mirror.files[FIRST]


def no_server(mirror: Mirror) -> None:
    mirror.close()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (cut, "IncompleteRead"),
        (wrong_checksum, "SHA256 hash"),
        (not_found, "404"),
        (no_server, "refused"),
    ],
)
def test_a_failed_download_says_why_and_leaves_nothing(
    fault, reason: str, mirror: Mirror, tmp_path: Path
) -> None:
    fault(mirror)
    with pytest.raises(ConnectionError, match=reason) as caught:
        mnist(tmp_path)
    assert mirror.url + FIRST in str(caught.value)
    assert "LOSSNB_DATA" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_the_folder_is_not_blamed_on_the_mirror(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file") as caught:
        mnist(tmp_path / "file" / "folder")
    assert not isinstance(caught.value, ConnectionError)


def test_a_missing_file_without_download(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"train-images.* is missing.*LOSSNB_DATA"):
        mnist(tmp_path, download=False)
    assert mirror.served == []


@pytest.mark.parametrize("body", [FILES[FIRST][:-5], idx(255 - IMAGES), b"", b"<html>no</html>"])
@pytest.mark.parametrize("download", [True, False])
def test_a_truncated_or_foreign_file_is_refused_and_kept(
    body: bytes, download: bool, mirror: Mirror, tmp_path: Path
) -> None:
    (tmp_path / FIRST).write_bytes(body)
    with pytest.raises(ValueError, match=rf"{FIRST} must be MNIST's .*SHA-256 .*; got "):
        mnist(tmp_path, download=download)
    assert (tmp_path / FIRST).read_bytes() == body


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (idx(IMAGES)[:-9], "end-of-stream"),
        (b"<html>", "Not a gzipped file"),
        (gzip.compress(b"", mtime=0), "starts with"),
        (gzip.compress(b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", mtime=0), r"starts with \[0, 0, 13\]"),
        (gzip.compress(b"\0\0\x08", mtime=0), "out of range"),
        (gzip.compress(b"\0\0\x08\x03\0\0\0\x02", mtime=0), "buffer"),
        (gzip.compress(b"\0\0\x08\x01\0\0\0\x02abc", mtime=0), "cannot reshape"),
        (gzip.compress(b"\0\0\x08\x01\0\0\0\x02a", mtime=0), "cannot reshape"),
    ],
)
def test_idx_is_read_strictly(body: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "some.gz"
    path.write_bytes(body)
    with pytest.raises(ValueError, match=f"some.gz must be a gzipped idx file.*{reason}"):
        read_idx(path)


def test_idx_lengths_are_big_endian(tmp_path: Path) -> None:
    path = tmp_path / "some.gz"
    array = np.arange(300 * 2, dtype=np.uint16).astype(np.uint8).reshape(300, 2)
    path.write_bytes(idx(array))
    np.testing.assert_array_equal(read_idx(path), array)


@pytest.mark.skipif("LOSSNB_DATA" not in os.environ, reason="LOSSNB_DATA names no MNIST folder")
def test_the_real_mnist() -> None:
    data = mnist(download=False)
    assert [a.shape for a in data] == [(60000, 28, 28), (60000,), (10000, 28, 28), (10000,)]
    assert np.bincount(data.y_train).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert data.y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    # The mean and deviation that the literature gives for the training images.
    assert data.x_train.mean() == pytest.approx(0.1307, abs=1e-4)
    assert data.x_train.std() == pytest.approx(0.3081, abs=1e-4)
    assert data.x_train.max() == 1


LABELS = np.random.default_rng(0).integers(0, 5, size=1001)


@pytest.mark.parametrize(("rate", "count"), [(0, 0), (0.2, 200), (0.4, 400), (1, 1001)])
def test_flips_are_exact_and_always_to_another_class(rate: float, count: int) -> None:
    before = LABELS.copy()
    labels, mask = flip_labels(LABELS, rate, 5, seed=1)
    np.testing.assert_array_equal(LABELS, before)
    assert mask.sum() == count
    np.testing.assert_array_equal(labels != LABELS, mask)
    assert labels.dtype == LABELS.dtype
    assert set(labels) <= set(range(5))


def test_flips_reach_every_other_class_alike() -> None:
    labels, _ = flip_labels(np.full(40_000, 2, dtype=np.uint8), 1, 5, seed=0)
    counts = np.bincount(labels, minlength=5)
    assert counts[2] == 0
    # Four standard deviations of a binomial count.
    np.testing.assert_allclose(np.delete(counts, 2), 10_000, atol=4 * 87)


def test_flips_follow_the_seed_and_are_nested_over_rates() -> None:
    few, few_mask = flip_labels(LABELS, 0.2, 5, seed=1)
    again, _ = flip_labels(LABELS, 0.2, 5, seed=1)
    many, many_mask = flip_labels(LABELS, 0.4, 5, seed=1)
    _, other_mask = flip_labels(LABELS, 0.2, 5, seed=2)
    np.testing.assert_array_equal(few, again)
    assert not np.array_equal(few_mask, other_mask)
    assert many_mask[few_mask].all()
    np.testing.assert_array_equal(few[few_mask], many[few_mask])


@pytest.mark.parametrize("shape", [(1001,), (1001, 3)])
def test_outliers_hit_whole_samples_with_the_wanted_scale(shape: tuple[int, ...]) -> None:
    clean = np.random.default_rng(0).standard_normal(shape)
    before = clean.copy()
    targets, mask = add_outliers(clean, 0.3, 50.0, seed=1)
    np.testing.assert_array_equal(clean, before)
    assert mask.shape == (1001,)
    assert mask.sum() == 300
    np.testing.assert_array_equal(targets[~mask], clean[~mask])
    noise = (targets - clean)[mask]
    assert (noise != 0).all()
    # Four standard errors of a standard deviation and of a mean.
    assert noise.std() == pytest.approx(50, rel=4 / np.sqrt(2 * noise.size))
    assert abs(noise.mean()) < 4 * 50 / np.sqrt(noise.size)


def test_outliers_keep_the_dtype_and_are_nested_over_rates() -> None:
    clean = np.zeros(100, dtype=np.float32)
    few, few_mask = add_outliers(clean, 0.1, 5.0, seed=1)
    many, many_mask = add_outliers(clean, 0.3, 5.0, seed=1)
    assert few.dtype == np.float32
    assert many_mask[few_mask].all()
    np.testing.assert_array_equal(few[few_mask], many[few_mask])
    assert not np.array_equal(few_mask, add_outliers(clean, 0.1, 5.0, seed=2)[1])


@pytest.mark.parametrize(
    ("labels", "rate", "num_classes", "error", "message"),
    [
        (LABELS, 1.1, 5, ValueError, "rate"),
        (LABELS, -0.1, 5, ValueError, "rate"),
        (LABELS, float("nan"), 5, ValueError, "rate"),
        (LABELS, 0.1, 1, ValueError, "num_classes"),
        (LABELS, 0.1, 4, ValueError, "labels must lie in 0 to 3; got some from 0 to 4"),
        (LABELS - 1, 0.1, 5, ValueError, "labels must lie in 0 to 4; got some from -1 to 3"),
        (LABELS.astype(float), 0.1, 5, TypeError, "labels .*float64"),
        (LABELS[:, None], 0.1, 5, ValueError, r"labels .*\(1001, 1\)"),
    ],
)
def test_flip_labels_refuses(labels, rate, num_classes, error, message) -> None:
    with pytest.raises(error, match=message):
        flip_labels(labels, rate, num_classes, seed=0)


@pytest.mark.parametrize(
    ("targets", "rate", "scale", "error", "message"),
    [
        (np.zeros(3), 2, 1.0, ValueError, "rate"),
        (np.zeros(3), 0.5, 0.0, ValueError, "scale"),
        (np.zeros(3), 0.5, float("inf"), ValueError, "scale"),
        (np.zeros(3, dtype=int), 0.5, 1.0, TypeError, "targets .*int64"),
    ],
)
def test_add_outliers_refuses(targets, rate, scale, error, message) -> None:
    with pytest.raises(error, match=message):
        add_outliers(targets, rate, scale, seed=0)
