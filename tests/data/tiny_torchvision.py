"""Every set of torchvision in its own format, ten images each; where torchvision checks an md5, ours is put in."""

import bz2
import hashlib
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray
from torchvision import datasets

Maker = Callable[[Path, pytest.MonkeyPatch], None]
COUNTS = {"train": 6, "test": 4}
rng = np.random.default_rng(0)


def noise(*shape: int) -> NDArray[np.uint8]:
    return rng.integers(0, 256, shape, np.uint8)


def numbers(part: str, start: int = 0) -> NDArray[np.uint8]:
    return np.arange(COUNTS[part], dtype=np.uint8) % 3 + start


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def idx(path: Path, array: NDArray[Any], kind: int = 8) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape)
    path.write_bytes(head + array.tobytes())


def like_mnist(folder: Path, kind: str) -> None:
    for part, word in (("train", "train"), ("test", "t10k")):
        idx(folder / kind / "raw" / f"{word}-images-idx3-ubyte", noise(COUNTS[part], 28, 28))
        idx(folder / kind / "raw" / f"{word}-labels-idx1-ubyte", numbers(part))


def mnist(kind: str) -> Maker:
    return lambda folder, _: like_mnist(folder, kind)


def emnist(split: str, start: int = 0) -> Maker:
    def make(folder: Path, _: pytest.MonkeyPatch) -> None:
        for part, count in COUNTS.items():
            stem = folder / "EMNIST" / "raw" / f"emnist-{split}-{part}"
            idx(stem.with_name(stem.name + "-images-idx3-ubyte"), noise(count, 28, 28))
            idx(stem.with_name(stem.name + "-labels-idx1-ubyte"), numbers(part, start))

    return make


def qmnist(folder: Path, _: pytest.MonkeyPatch) -> None:
    for part, count in COUNTS.items():
        idx(folder / "QMNIST" / "raw" / f"qmnist-{part}-images-idx3-ubyte", noise(count, 28, 28))
        labels = np.zeros((count, 8), ">i4")
        labels[:, 0] = numbers(part)
        idx(folder / "QMNIST" / "raw" / f"qmnist-{part}-labels-idx2-int", labels, kind=12)


def cifar(kind: str, key: str, names: list[str]) -> Maker:
    def make(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        cls = getattr(datasets, kind)
        place = folder / cls.base_folder
        place.mkdir(parents=True)
        for part, count in COUNTS.items():
            content = {"data": noise(count, 3072), key: numbers(part).tolist()}
            (place / part).write_bytes(pickle.dumps(content))
            monkeypatch.setattr(cls, f"{part}_list", [[part, md5(place / part)]])
        (place / "names").write_bytes(pickle.dumps({cls.meta["key"]: names}))
        meta = {"filename": "names", "key": cls.meta["key"], "md5": md5(place / "names")}
        monkeypatch.setattr(cls, "meta", meta)

    return make


def svhn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.io import savemat

    folder.mkdir(parents=True)
    sums = {}
    for part, count in COUNTS.items():
        path = folder / f"{part}_32x32.mat"
        labels = np.where(numbers(part) == 0, 10, numbers(part))[:, None]  # in SVHN a zero is called 10
        savemat(path, {"X": noise(32, 32, 3, count), "y": labels})
        sums[part] = ["", path.name, md5(path)]
    monkeypatch.setattr(datasets.SVHN, "split_list", sums)


def stl10(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder / "stl10_binary"
    place.mkdir(parents=True)
    for part, count in COUNTS.items():
        (place / f"{part}_X.bin").write_bytes(noise(count, 3, 96, 96).tobytes())
        (place / f"{part}_y.bin").write_bytes(numbers(part, 1).tobytes())
        sums = [[f"{part}_{what}.bin", md5(place / f"{part}_{what}.bin")] for what in "Xy"]
        monkeypatch.setattr(datasets.STL10, f"{part}_list", sums)
    (place / "class_names.txt").write_text("airplane\nbird\ncar\n")


def usps(folder: Path, _: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    for part, name in (("train", "usps.bz2"), ("test", "usps.t.bz2")):
        rows = rng.uniform(-1, 1, (COUNTS[part], 256))
        lines = [
            f"{label} " + " ".join(f"{i + 1}:{value:.3f}" for i, value in enumerate(row))
            for label, row in zip(numbers(part, 1), rows, strict=True)
        ]
        (folder / name).write_bytes(bz2.compress("\n".join(lines).encode()))


def semeion(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    labels = [*numbers("train"), *numbers("test")]
    rows = np.hstack([rng.integers(0, 2, (10, 256)), np.eye(10, dtype=int)[labels]])
    np.savetxt(folder / "semeion.data", rows, fmt="%d")
    monkeypatch.setattr(datasets.SEMEION, "md5_checksum", md5(folder / "semeion.data"))


def eurosat(folder: Path, _: pytest.MonkeyPatch) -> None:
    for i, label in enumerate([*numbers("train"), *numbers("test")]):
        place = folder / "eurosat" / "2750" / ("Forest", "River", "Sea")[label]
        place.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(noise(64, 64, 3)).save(place / f"{i}.jpg")


def gtsrb(folder: Path, _: pytest.MonkeyPatch) -> None:
    root = folder / "gtsrb" / "GTSRB"
    for i, label in enumerate(numbers("train")):
        (root / "Training" / f"{label:05}").mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(noise(20 + i, 15, 3)).save(root / "Training" / f"{label:05}" / f"{i}.ppm")
    (root / "Final_Test" / "Images").mkdir(parents=True)
    lines = ["Filename;ClassId"]
    for i, label in enumerate(numbers("test")):
        PIL.Image.fromarray(noise(15, 20 + i, 3)).save(root / "Final_Test" / "Images" / f"{i}.ppm")
        lines.append(f"{i}.ppm;{label}")
    (folder / "gtsrb" / "GT-final_test.csv").write_text("\n".join(lines))


MAKERS: dict[str, Maker] = {
    "CIFAR10": cifar("CIFAR10", "labels", ["airplane", "automobile", "bird"]),
    "CIFAR100": cifar("CIFAR100", "fine_labels", ["apple", "aquarium_fish", "baby"]),
    **{f"EMNIST/{split}": emnist(split) for split in ("balanced", "byclass", "bymerge", "digits", "mnist")},
    "EMNIST/letters": emnist("letters", 1),
    "EuroSAT": eurosat,
    "FashionMNIST": mnist("FashionMNIST"),
    "GTSRB": gtsrb,
    "KMNIST": mnist("KMNIST"),
    "MNIST": mnist("MNIST"),
    "QMNIST": qmnist,
    "SEMEION": semeion,
    "STL10": stl10,
    "SVHN": svhn,
    "USPS": usps,
}
