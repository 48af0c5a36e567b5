import gzip
import os
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError
from shiftprobe.data import idx, load

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
STEMS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def packed(array: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def arrays(train: int = 7, test: int = 4) -> dict[str, NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    sizes = {"train": train, "t10k": test}
    images = {f"{part}-images-idx3-ubyte": rng.integers(0, 256, (n, 5, 6), np.uint8) for part, n in sizes.items()}
    labels = {f"{part}-labels-idx1-ubyte": rng.integers(0, 10, n, np.uint8) for part, n in sizes.items()}
    return images | labels


def write(folder: Path, *, gz: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for stem, array in arrays().items():
        content = packed(array)
        (folder / (stem + ".gz" * gz)).write_bytes(gzip.compress(content) if gz else content)
    return folder


@pytest.mark.parametrize("gz", [True, False], ids=["gz", "plain"])
def test_reads_what_torchvision_reads(tmp_path: Path, *, gz: bool) -> None:
    from torchvision.datasets import mnist

    write(tmp_path / "plain")
    bundle = load("idx:it", write(tmp_path / "it", gz=gz).parent)
    pixels = [mnist.read_image_file(tmp_path / "plain" / STEMS[i]).numpy() for i in (0, 2)]
    labels = [mnist.read_label_file(tmp_path / "plain" / STEMS[i]).numpy() for i in (1, 3)]
    np.testing.assert_array_equal(np.stack(bundle.images)[..., 0], np.concatenate(pixels))
    np.testing.assert_array_equal(bundle.labels, np.concatenate(labels))
    assert bundle.name == "idx:it"
    assert bundle.labels.dtype == np.int64
    assert bundle.images[0].shape == (5, 6, 1)
    assert bundle.official is not None
    assert bundle.official.tolist() == ["train"] * 7 + ["test"] * 4
    assert bundle.classes == tuple("0123456789")


def test_place_and_packing_do_not_move_the_digest(tmp_path: Path) -> None:
    assert (
        load(f"idx:{write(tmp_path / 'a')}", Path()).digest
        == load("idx:b", write(tmp_path / "b", gz=True).parent).digest
    )


def test_a_plain_file_goes_before_its_packed_one(tmp_path: Path) -> None:
    for stem in STEMS:
        (write(tmp_path) / f"{stem}.gz").write_bytes(b"broken")
    assert len(load(f"idx:{tmp_path}", Path())) == 11


def test_images_are_closed_to_writing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        load(f"idx:{write(tmp_path / 'a')}", Path()).images[0][0, 0, 0] = 1


@pytest.mark.parametrize(
    "place", ["fashion-mnist", "Fashion_MNIST", "my FashionMNIST copy", "FashionMNIST/raw", "fashion-mnist/."]
)
def test_a_folder_called_fashion_mnist_has_the_published_names(tmp_path: Path, place: str) -> None:
    from torchvision.datasets import FashionMNIST

    write(tmp_path / place)
    assert list(load(f"idx:{place}", tmp_path).classes) == FashionMNIST.classes


def test_a_link_to_a_folder_called_fashion_mnist_has_them_too(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(write(tmp_path / "fashion-mnist"))
    assert load("idx:link", tmp_path).classes == idx.FASHION


@pytest.mark.parametrize("place", ["MNIST/raw", "fashion-mnist/other", "fashion"])
def test_any_other_folder_has_digits(tmp_path: Path, place: str) -> None:
    write(tmp_path / place)
    assert load(f"idx:{place}", tmp_path).classes == tuple("0123456789")


def test_classes_txt_goes_before_the_name_of_the_folder(tmp_path: Path) -> None:
    folder = write(tmp_path / "fashion-mnist")
    (folder / "classes.txt").write_bytes(
        b"\xef\xbb\xbfant\r\n bee\r\n" + "".join(f"käfer {i}\n" for i in range(8)).encode()
    )
    assert load("idx:fashion-mnist", tmp_path).classes == ("ant", "bee", *(f"käfer {i}" for i in range(8)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\nb\n", r"labels from 0 to 1, got \d; name every class in classes.txt"),
        (b"a\n\nb\n", r"classes\.txt: wanted one class name a line"),
        (b"", r"classes\.txt: wanted one class name a line"),
        (b"\xff\n", r"classes\.txt: wanted a readable file"),
        (b"x" * (2**20 + 1), r"over 1 MiB"),
        (b"a\n" * 10, "two classes share a name"),
    ],
)
def test_refuses_class_names_that_do_not_fit(tmp_path: Path, content: bytes, message: str) -> None:
    (write(tmp_path / "it") / "classes.txt").write_bytes(content)
    with pytest.raises(DataError, match=message):
        load("idx:it", tmp_path)


IMAGES, LABELS, TEST_IMAGES, TEST_LABELS = STEMS


def header(*sizes: int, kind: int = 8) -> bytes:
    return struct.pack(f">BBBB{len(sizes)}I", 0, 0, kind, len(sizes), *sizes)


@pytest.mark.parametrize(
    ("stem", "content", "message"),
    [
        (IMAGES, b"", r"train-images.*magic number 0x00000803.*got 0 bytes; copy"),
        (IMAGES, b"\x00\x00\x08\x03\x00", "got 5 bytes"),
        (IMAGES, b"\x89PNG\r\n\x1a\n" + b"x" * 99, "got 0x89504e47"),
        (IMAGES, header(7, kind=8) + b"1234567" + b"x" * 99, "0x00000803.*got 0x00000801"),
        (IMAGES, header(7, 5, 6, kind=13) + b"x" * 840, "unsigned bytes.*got 0x00000d03"),
        (LABELS, packed(arrays()[IMAGES]), "0x00000801.*got 0x00000803"),
        (IMAGES, packed(arrays()[IMAGES])[:-1], r"7 x 5 x 6 bytes after the header, got 225 bytes in all"),
        (IMAGES, packed(arrays()[IMAGES]) + b"x", r"7 x 5 x 6 bytes after the header, got 227 bytes in all"),
        (IMAGES, header(2**32 - 1, 2**32 - 1, 2**32 - 1), "got 4294967295 x 4294967295 x 4294967295"),
        (IMAGES, header(1, 2**15, 2**15 + 1), "bytes in all at most, got 1 x 32768 x 32769"),
        (IMAGES, header(1, 2**15, 2**15), "1 x 32768 x 32768 bytes after the header, got 16 bytes in all"),
        (LABELS, header(2_000_001), "1 to 2,000,000 items"),
        (IMAGES, header(0, 5, 6), "1 to 2,000,000 items.*got 0 x 5 x 6"),
        (IMAGES, header(7, 0, 6), "got 7 x 0 x 6"),
        (LABELS, packed(np.zeros(6, np.uint8)), r"6 labels for 7 images in train-labels"),
        (TEST_LABELS, packed(np.zeros(7, np.uint8)), r"t10k-images.*7 labels for 4 images in t10k-labels"),
        (TEST_LABELS, packed(np.full(4, 10, np.uint8)), "labels from 0 to 9, got 10; name every class"),
    ],
)
@pytest.mark.parametrize("gz", [True, False], ids=["gz", "plain"])
def test_refuses_hostile_files(tmp_path: Path, stem: str, content: bytes, message: str, *, gz: bool) -> None:
    folder = write(tmp_path, gz=gz)
    path = folder / (stem + ".gz" * gz)
    path.write_bytes(gzip.compress(content) if gz else content)
    if gz:  # a packed file's length is known only after unpacking
        message = message.replace("225 bytes in all", "209").replace("227 bytes in all", "more")
        message = message.replace("got 16 bytes in all", r"got \d+ bytes in all")
    with pytest.raises(DataError, match=message) as caught:
        load(f"idx:{folder}", Path())
    assert "\n" not in str(caught.value)


def test_refuses_broken_gzip(tmp_path: Path) -> None:
    path = write(tmp_path, gz=True) / f"{IMAGES}.gz"
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[-6] ^= 1  # the checksum
    torn = bytearray(whole)
    torn[12] = 0xFF  # the stream
    for content in (whole[:-20], whole[:-4], whole[:5], bytes(flipped), bytes(torn), packed(arrays()[IMAGES])):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz: wanted"):
            load(f"idx:{tmp_path}", Path())


def peak_of_refusal(folder: Path, message: str) -> int:
    tracemalloc.start()
    with pytest.raises(DataError, match=message):
        load(f"idx:{folder}", Path())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_follows_what_arrives_and_not_what_was_promised(tmp_path: Path) -> None:
    path = write(tmp_path, gz=True) / f"{IMAGES}.gz"
    bomb = gzip.compress(header(7, 5, 6) + bytes(64 * 2**20))
    path.write_bytes(bomb)
    assert peak_of_refusal(tmp_path, "got more") < 4 * 2**20
    rng = np.random.default_rng(0)
    path.write_bytes(gzip.compress(header(1, 2**15, 2**15 - 1) + rng.bytes(2**20 + 2**18)))
    assert peak_of_refusal(tmp_path, r"1 x 32768 x 32767 bytes after the header, got 1,310,720") < 8 * 2**20
    path.write_bytes(gzip.compress(header(1, 2**15, 2**15 - 1)))
    assert peak_of_refusal(tmp_path, r"got \d+ bytes in all") < 4 * 2**20


def test_names_every_missing_file(tmp_path: Path) -> None:
    folder = write(tmp_path / "it", gz=True)
    (folder / f"{LABELS}.gz").unlink()
    (folder / f"{TEST_IMAGES}.gz").unlink()
    os.mkfifo(folder / TEST_IMAGES)  # opening it would wait for ever
    with pytest.raises(DataError, match=r"got no train-labels-idx1-ubyte\[.gz\], no t10k-images-idx3-ubyte\[.gz\]; "):
        load("idx:it", tmp_path)
    for name in ("missing", f"it/{IMAGES}.gz", "nul\0"):
        with pytest.raises(DataError, match="got no such folder; check the path"):
            load(f"idx:{name}", tmp_path)


def test_refuses_a_file_that_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(self: Path, *_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied", str(self))

    write(tmp_path)
    monkeypatch.setattr(Path, "open", closed)  # root may read everything, so a mode would not do
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte: wanted a readable file, got: Permission denied"):
        load(f"idx:{tmp_path}", Path())


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_fashion_mnist_is_70000_balanced_pieces_of_clothing() -> None:
    bundle = load(f"idx:{DEBIAN}", Path())
    assert bundle.official is not None
    for part, count in (("train", 6000), ("test", 1000)):
        assert np.bincount(bundle.labels[bundle.official == part]).tolist() == [count] * 10
    assert bundle.images[-1].shape == (28, 28, 1)
    assert [bundle.classes[i] for i in bundle.labels[:3]] == ["Ankle boot", "T-shirt/top", "T-shirt/top"]
