"""The contract of an origin of data: ours keep it, and each way of breaking it is found and named."""

import itertools
import socket
import tarfile
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray
from tests.data.tiny_torchvision import like_mnist

from shiftprobe.core.errors import DataError, UnknownNameError
from shiftprobe.data import ORIGINS, Bundle, Origin, cache
from shiftprobe.data.bundle import frozen
from shiftprobe.testing import ContractError, check_origin


def a_folder(base: Path) -> str:
    for number, label in enumerate(("cat", "dog")):
        (base / "photos" / label).mkdir(parents=True)
        for i in range(2):
            pixels = np.random.default_rng(10 * number + i).integers(0, 256, (9, 8, 3), np.uint8)
            PIL.Image.fromarray(pixels).save(base / "photos" / label / f"{i}.png")
    return "folder:photos"


def a_manifest(base: Path) -> str:
    a_folder(base)
    rows = [f"photos/{label}/{i}.png,{label}" for label in ("cat", "dog") for i in range(2)]
    (base / "list.csv").write_text("\n".join(["path,label", *rows]) + "\n")
    return "csv:list.csv"


def idx_files(base: Path) -> str:
    like_mnist(base, "it")
    return "idx:it/raw"


def from_torchvision(base: Path) -> str:
    like_mnist(base / "data" / "torchvision" / "MNIST", "MNIST")
    return "torchvision:MNIST"


def from_a_saved_table(base: Path) -> str:
    datasets = pytest.importorskip("datasets", reason="hf: is not tested, for its library is missing")
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["cat", "dog"])})
    pictures = [PIL.Image.fromarray(np.full((6, 5, 3), 40 * i, np.uint8)) for i in range(4)]
    datasets.disable_progress_bars()
    try:
        table = datasets.Dataset.from_dict({"image": pictures, "label": [0, 1, 0, 1]}, features=features)
        table.save_to_disk(str(base / "saved"))
    finally:
        datasets.enable_progress_bars()
    return "hf:saved"


def a_folder_of_links(base: Path) -> str:
    a_folder(base)
    (base / "linked").mkdir()
    for label in ("cat", "dog"):
        (base / "linked" / label).symlink_to(base / "photos" / label)
    return "links:linked"


def a_parquet_table(base: Path) -> str:
    pa = pytest.importorskip("pyarrow", reason="parquet: is not tested, for its library is missing")
    import pyarrow.parquet as pq

    a_folder(base)
    files = [base / "photos" / label / f"{i}.png" for label in ("cat", "dog") for i in range(2)]
    columns = {"image": [one.read_bytes() for one in files], "label": [one.parent.name for one in files]}
    pq.write_table(pa.table(columns), base / "a.parquet")
    return "parquet:a.parquet"


def a_tar_archive(base: Path) -> str:
    a_folder(base)
    with tarfile.open(base / "a.tar", "w") as archive:
        for place, (label, i) in enumerate(itertools.product(("cat", "dog"), range(2))):
            archive.add(base / "photos" / label / f"{i}.png", f"{place}.png")
            (base / "cls").write_text(label)
            archive.add(base / "cls", f"{place}.cls")
    return "wds:a.tar"


def a_wilds_table(base: Path) -> str:
    a_folder(base)
    rows = [f"photos/{label}/{i}.png,{number},{i},0" for number, label in enumerate(("cat", "dog")) for i in range(2)]
    (base / "metadata.csv").write_text("\n".join(["img_filename,y,split,place", *rows]) + "\n")
    return f"wilds:{base}"


DATA: dict[str, Callable[[Path], str]] = {
    "csv": a_manifest,
    "digits": lambda _: "digits:uci",
    "folder": a_folder,
    "hf": from_a_saved_table,
    "idx": idx_files,
    "links": a_folder_of_links,
    "parquet": a_parquet_table,
    "shapes": lambda _: "shapes:orientation",
    "torchvision": from_torchvision,
    "wds": a_tar_archive,
    "wilds": a_wilds_table,
}


@pytest.mark.parametrize("name", ORIGINS)
def test_every_registered_origin_keeps_its_promises(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "data"))
    check_origin(ORIGINS[name], DATA[name](tmp_path), tmp_path)


def stripes(rest: str, _: Path) -> Bundle:
    """Six images of two classes, drawn from the name."""
    if rest not in {"wide", "narrow"}:
        raise UnknownNameError(f"no stripes named {rest!r} (known: wide, narrow)")
    width = 4 if rest == "wide" else 1
    rows = [np.arange(8 * 8).reshape(8, 8, 1) // (width if label else 8 * width) % 2 for label in (0, 1)]
    images = tuple(frozen((rows[i % 2] * (200 + i)).astype(np.uint8), 1) for i in range(6))
    return Bundle(name=f"mine:{rest}", images=images, labels=np.arange(6) % 2, classes=("across", "along"))


MINE = Origin(name="mine", names=("mine:NAME",), about="stripes, wide or narrow", load=stripes)


def test_a_sound_origin_of_a_third_party_passes() -> None:
    check_origin(MINE, "mine:wide")
    check_origin(replace(MINE, sets={"mine:wide": "wide stripes", "mine:narrow": "narrow ones"}), "mine:narrow")


def changed(**changes: Any) -> Callable[[str, Path], Bundle]:
    return lambda rest, base: replace(stripes(rest, base), **changes)


def open_to_writing(rest: str, base: Path) -> Bundle:
    some = stripes(rest, base)
    return replace(some, images=tuple(np.array(image) for image in some.images))


def of_dtype(kind: str) -> Callable[[str, Path], Bundle]:
    def load(rest: str, base: Path) -> Bundle:
        images: list[NDArray[Any]] = [image.astype(kind) for image in stripes(rest, base).images]
        return replace(stripes(rest, base), images=images)

    return load


def with_alpha(rest: str, base: Path) -> Bundle:
    return replace(stripes(rest, base), images=[np.repeat(one, 4, axis=2) for one in stripes(rest, base).images])


def flat(rest: str, base: Path) -> Bundle:
    return replace(stripes(rest, base), images=[one[..., 0] for one in stripes(rest, base).images])


def mixed(rest: str, base: Path) -> Bundle:
    one, *others = stripes(rest, base).images
    return replace(stripes(rest, base), images=(one, *(frozen(other, 3) for other in others)))


def beyond(rest: str, base: Path) -> Bundle:
    some = stripes(rest, base)
    some.labels[0] = 2  # after the bundle has looked at them
    return some


def anew(rest: str, base: Path, turn: "itertools.count[int]" = itertools.count()) -> Bundle:  # noqa: B008 - on purpose
    some = stripes(rest, base)
    return replace(some, labels=(some.labels + next(turn)) % 2)


def online(rest: str, base: Path) -> Bundle:
    with urllib.request.urlopen("http://example.org", timeout=1):
        return stripes(rest, base)


def online_in_secret(rest: str, base: Path) -> Bundle:
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    except OSError:
        return stripes(rest, base)
    return stripes(rest, base)


def takes_anything(_: str, base: Path) -> Bundle:
    return stripes("wide", base)


def refusing(error: Exception) -> Callable[[str, Path], Bundle]:
    def load(rest: str, base: Path) -> Bundle:
        if rest != "wide":
            raise error
        return stripes(rest, base)

    return load


def failing(rest: str, _: Path) -> Bundle:
    raise KeyError(rest)


def refusing_all(rest: str, _: Path) -> None:
    raise DataError(f"no {rest}")


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a name with blanks": ({"name": "My Data"}, "the name must be lower case letters, digits and _"),
    "another prefix": ({"name": "other"}, "its data is written other:NAME, got 'mine:wide'"),
    "no example": ({"names": ()}, "it must name an example that begins with mine:"),
    "an example of another origin": ({"names": ("folder:PATH",)}, r"begins with mine:, got \['folder:PATH'\]"),
    "nothing about it": ({"about": ""}, "is one line"),
    "two lines about a set": ({"sets": {"mine:wide": "a\nb"}}, "is one line"),
    "a load that fails": ({"load": failing}, "it must load 'wide', got KeyError: 'wide'"),
    "open images": ({"load": open_to_writing}, "images must be closed to writing"),
    "floats": ({"load": of_dtype("float32")}, r"images must be uint8 \(H, W, C\), got float32 \(8, 8, 1\)"),
    "no channel": ({"load": flat}, r"images must be uint8 \(H, W, C\), got uint8 \(8, 8\)"),
    "transparency": ({"load": with_alpha}, "images must have 1 or 3 channels, got 4"),
    "grey beside colour": ({"load": mixed}, "all images must have the same channels"),
    "a label beyond the classes": ({"load": beyond}, "labels must lie between 0 and 1"),
    "labels of another type": ({"load": changed(labels=np.arange(6, dtype=np.int32) % 2)}, "must be int64, got int32"),
    "other labels each time": ({"load": anew}, "the same name must give the same images, labels and classes"),
    "the network": ({"load": online}, "it must load 'wide', got URLError"),
    "the network in secret": ({"load": online_in_secret}, "must not touch the network, and asks for .*192.0.2.1"),
    "whatever the name": ({"load": takes_anything}, "an unknown name must be refused"),
    "a KeyError": ({"load": refusing(KeyError("x"))}, "must be a DataError or an UnknownNameError, got KeyError: 'x'"),
    "a find that takes anything": ({"find": lambda _rest, _base: None}, "find must refuse an unknown name"),
    "a find that takes nothing": ({"find": refusing_all}, "find must take what it loads, 'wide', got DataError: no"),
    "a refusal of two lines": ({"load": refusing(DataError("no\nsuch"))}, "must be refused in one line"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_promise_is_found_and_named(fault: str) -> None:
    keys, words = BROKEN[fault]
    connect, resolve = socket.socket.connect, socket.getaddrinfo
    with pytest.raises(ContractError, match=words) as told:
        check_origin(replace(MINE, **keys), "mine:wide")
    assert str(told.value).startswith(f"data origin {keys.get('name', 'mine')!r}: ")
    assert (socket.socket.connect, socket.getaddrinfo) == (connect, resolve)
