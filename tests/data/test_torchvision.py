import pickle
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.data.tiny_torchvision import MAKERS, like_mnist, noise
from torchvision import datasets

from shiftprobe.core.errors import DataError, ResourceError, UnknownNameError
from shiftprobe.data import cache, download, load, torchvision_

HERE = Path()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no way to the network."""

    def refuse(*_: object, **__: object) -> object:
        raise AssertionError("a test reached for the network")

    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "data"))
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return tmp_path / "data" / "torchvision"


FIRST = {  # the first two class names, where they are not digits
    "CIFAR10": ("airplane", "automobile"), "CIFAR100": ("apple", "aquarium_fish"), "EMNIST/letters": ("a", "b"),
    "EuroSAT": ("Forest", "River"), "FashionMNIST": ("T-shirt/top", "Trouser"), "KMNIST": ("o", "ki"),
    "STL10": ("airplane", "bird"),
}  # fmt: skip


@pytest.mark.parametrize("name", torchvision_.SETS)
def test_every_set_is_read_from_the_cache(home: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MAKERS[name](home / name.partition("/")[0], monkeypatch)
    bundle = load(f"torchvision:{name}", HERE)
    assert bundle.name == f"torchvision:{name}"
    assert bundle.classes[:2] == FIRST.get(name, ("0", "1"))
    assert np.bincount(bundle.labels).tolist() == [4, 3, 3]
    assert bundle.images[0].dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        bundle.images[0][0, 0, 0] = 1
    about = torchvision_.SETS[name].about
    assert ("RGB" if bundle.channels == 3 else "grey") in about
    assert name == "GTSRB" or "{} x {}".format(*bundle.images[0].shape[:2]) in about
    official = None if bundle.official is None else bundle.official.tolist()
    assert official == (None if "undivided" in about else ["train"] * 6 + ["test"] * 4)


@pytest.mark.parametrize("name", torchvision_.SETS)
def test_loading_never_asks_for_a_download(home: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def spy(root: str, **options: Any) -> list[tuple[NDArray[np.uint8], int]]:
        asked.append((root, options["download"]))
        return [(noise(8, 8), 0), (noise(8, 8), 1)]

    kind = name.partition("/")[0]
    (home / kind).mkdir(parents=True)
    monkeypatch.setattr(datasets, kind, spy)
    load(f"torchvision:{name}", HERE)
    assert set(asked) == {(str(home / kind), False)}


def test_the_same_files_mean_the_same_to_both_origins(home: Path) -> None:
    like_mnist(home / "FashionMNIST", "FashionMNIST")
    ours = load(f"idx:{home}/FashionMNIST/FashionMNIST/raw", HERE)
    theirs = load("torchvision:FashionMNIST", HERE)
    assert ours.classes == theirs.classes
    assert ours.digest == theirs.digest


def test_emnist_stands_upright(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    MAKERS["EMNIST/letters"](home / "EMNIST", monkeypatch)
    raw = datasets.EMNIST(home / "EMNIST", split="letters", train=True).data.numpy()
    bundle = load("torchvision:EMNIST/letters", HERE)
    np.testing.assert_array_equal(bundle.images[2][..., 0], raw[2].T)
    assert len(bundle.classes) == 26


def test_a_set_that_is_not_there_names_the_command() -> None:
    with pytest.raises(
        DataError,
        match=r"torchvision/CIFAR10, got nothing that can be read; run `shiftprobe download torchvision:CIFAR10`",
    ):
        load("torchvision:CIFAR10", HERE)


@pytest.mark.parametrize("do", [lambda name: load(name, HERE), download])
@pytest.mark.parametrize(("name", "meant"), [("cifar10", "CIFAR10"), ("EMNIST", "EMNIST/balanced"), ("SVNH", "SVHN")])
def test_an_unknown_name_is_refused_with_what_was_meant(do: Callable[[str], object], name: str, meant: str) -> None:
    with pytest.raises(UnknownNameError, match=f"did you mean 'torchvision:{meant}'"):
        do(f"torchvision:{name}")


@pytest.mark.parametrize("name", ["EMNIST", "../MNIST", "ImageNet", "datasets", "\x1b[2J"])
def test_only_names_of_the_table_are_known(name: str) -> None:
    with pytest.raises(UnknownNameError, match=r"known: CIFAR10, .*USPS") as caught:
        load(f"torchvision:{name}", HERE)
    assert str(caught.value).isprintable()


def test_a_pickle_with_another_md5_is_never_opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    MAKERS["CIFAR10"](home / "CIFAR10", monkeypatch)
    (home / "CIFAR10" / "cifar-10-batches-py" / "test").write_bytes(b"cos\nabort\n.")
    monkeypatch.setattr(pickle, "load", lambda *_, **__: pytest.fail("unpickled"))
    with pytest.raises(DataError, match=r"corrupted.*run `shiftprobe download torchvision:CIFAR10`, which replaces it"):
        load("torchvision:CIFAR10", HERE)


def test_damaged_files_are_one_line(home: Path) -> None:
    like_mnist(home / "MNIST", "MNIST")
    raw = home / "MNIST" / "MNIST" / "raw"
    for path in sorted(raw.iterdir()):
        whole = path.read_bytes()
        for content in (b"", b"x" * 30, whole[:-1]):
            path.write_bytes(content)
            with pytest.raises(DataError, match=r"wanted torchvision:MNIST whole in .*, got: .*replaces it") as caught:
                load("torchvision:MNIST", HERE)
            assert "\n" not in str(caught.value)
        path.write_bytes(whole)
    load("torchvision:MNIST", HERE)


class Source:
    """A class of torchvision that counts its downloads, and can fail half-way."""

    def __init__(self, error: Exception | None = None) -> None:
        self.fetched, self.error = 0, error

    def __call__(self, root: str, *, train: bool, download: bool) -> list[tuple[NDArray[np.uint8], int]]:
        file = Path(root) / str(train)
        if download:
            self.fetched += 1
            file.write_text("half")
            if self.error and not train:
                raise self.error
            file.write_text("whole")
        if file.read_text() != "whole":
            raise RuntimeError("Dataset not found or corrupted.")
        return [(noise(8, 8), 0), (noise(8, 8), 1)]


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Source:
    made = Source()
    monkeypatch.setattr(datasets, "MNIST", made)
    return made


def test_a_download_is_found_by_load_and_is_not_repeated(home: Path, source: Source) -> None:
    assert download("torchvision:MNIST") == home / "MNIST"
    assert source.fetched == 2
    assert len(load("torchvision:MNIST", HERE)) == 4
    assert download("torchvision:MNIST") == home / "MNIST"
    assert source.fetched == 2
    assert sorted(path.name for path in home.iterdir()) == [".lock", "MNIST"]


def test_a_damaged_set_is_replaced_by_a_whole_one_only(home: Path, source: Source) -> None:
    (home / "MNIST").mkdir(parents=True)
    (home / "MNIST" / "True").write_text("half")
    source.error = urllib.error.URLError("no route")
    with pytest.raises(ResourceError):
        download("torchvision:MNIST")
    assert [path.name for path in (home / "MNIST").iterdir()] == ["True"]
    source.error = None
    download("torchvision:MNIST")
    load("torchvision:MNIST", HERE)


@pytest.mark.parametrize("name", sorted({name for name in torchvision_.SETS if not name.startswith("EMNIST/b")}))
def test_without_a_network_torchvision_s_own_answer_is_one_line(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*_: object, **__: object) -> object:
        raise urllib.error.URLError("no network here")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    with pytest.raises(
        ResourceError, match=r"wanted to download torchvision:.*no network here.*nothing was kept"
    ) as caught:
        download(f"torchvision:{name}")
    assert "\n" not in str(caught.value)
    assert [path.name for path in home.iterdir()] == [".lock"]


@pytest.mark.parametrize("name", ["digits:mnist", "folder:photos", "idx:/usr/share"])
def test_what_is_never_downloaded_is_refused(name: str) -> None:
    with pytest.raises(DataError, match=f"got {name}, which is never downloaded; use it as it is"):
        download(name)


@pytest.mark.parametrize("name", ["torchvision:", "web:photos", "MNIST"])
def test_what_has_no_origin_cannot_be_downloaded(name: str) -> None:
    with pytest.raises(UnknownNameError, match="ORIGIN:NAME"):
        download(name)
