"""Readers against the libraries that they are called after, on files that these libraries take in different ways."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import PIL.ImageCms
import pytest
from numpy.typing import NDArray
from torchvision.datasets.folder import pil_loader

from shiftprobe.core.errors import SpecError
from shiftprobe.core.readers import FileTraits, Reader, hangs_on, other_readers, reader_named
from shiftprobe.data.decode import decoded, opened

RNG = np.random.default_rng(5)
SMOOTH = PIL.Image.fromarray(RNG.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize((40, 30))
DEEP = RNG.integers(0, 2**16, (30, 40)).astype(np.uint16)


def _clear(mode: str) -> PIL.Image.Image:
    picture = SMOOTH.convert("RGBA")
    picture.putalpha(PIL.Image.fromarray(RNG.integers(0, 256, (30, 40), dtype=np.uint8)))
    return picture.convert(mode)


def _turned(turn: int) -> dict[str, Any]:
    exif = PIL.Image.Exif()
    exif[0x0112] = turn
    return {"exif": exif}


FILES: dict[str, Callable[[Path], None]] = {
    "plain.jpg": lambda path: SMOOTH.save(path, quality=80),
    "grey.jpg": lambda path: SMOOTH.convert("L").save(path),
    "deep.png": lambda path: PIL.Image.fromarray(DEEP).save(path),
    "deep.pgm": lambda path: PIL.Image.fromarray(DEEP).save(path),
    "rgba.png": lambda path: _clear("RGBA").save(path),
    "la.png": lambda path: _clear("LA").save(path),
    "rgba.webp": lambda path: _clear("RGBA").save(path, lossless=True, exact=True),
    "palette.png": lambda path: SMOOTH.quantize(16).save(path, transparency=3),
    "turned.webp": lambda path: SMOOTH.save(path, lossless=True, **_turned(8)),
    "turned.png": lambda path: SMOOTH.save(path, **_turned(5)),
    **{f"turned{turn}.jpg": partial(SMOOTH.save, **_turned(turn)) for turn in range(1, 9)},
}


def _ours(path: Path, reader: Reader) -> NDArray[np.uint8]:
    with opened(path) as file:
        image = decoded(file, reader).image
    return np.broadcast_to(image, (*image.shape[:2], 3))


@pytest.mark.parametrize("name", [*FILES, "cmyk.jpg"])
def test_torchvision_is_what_image_folder_reads(tmp_path: Path, name: str) -> None:
    {**FILES, "cmyk.jpg": _cmyk}[name](tmp_path / name)
    np.testing.assert_array_equal(_ours(tmp_path / name, "torchvision"), np.array(pil_loader(str(tmp_path / name))))


@pytest.mark.parametrize("name", FILES)
def test_opencv_is_what_imread_reads(tmp_path: Path, name: str) -> None:
    FILES[name](tmp_path / name)
    theirs = cv2.imread(str(tmp_path / name), cv2.IMREAD_COLOR)
    assert theirs is not None
    np.testing.assert_array_equal(_ours(tmp_path / name, "opencv"), theirs[..., ::-1])


def test_opencv_differs_by_two_levels_in_cmyk(tmp_path: Path) -> None:
    _cmyk(tmp_path / "a.jpg")
    theirs = cv2.imread(str(tmp_path / "a.jpg"), cv2.IMREAD_COLOR)
    assert theirs is not None
    np.testing.assert_allclose(_ours(tmp_path / "a.jpg", "opencv").astype(int), theirs[..., ::-1], rtol=0, atol=2)


@pytest.mark.parametrize("name", FILES)
def test_transformers_is_what_its_load_image_reads(tmp_path: Path, name: str) -> None:
    utils = pytest.importorskip("transformers.image_utils", reason="needs transformers")
    FILES[name](tmp_path / name)
    theirs = np.array(utils.load_image(str(tmp_path / name)))
    np.testing.assert_array_equal(_ours(tmp_path / name, "transformers"), theirs)


@pytest.mark.parametrize(("reader", "white"), [("10-bit", 1023), ("12-bit", 4095), ("14-bit", 16383)])
def test_fewer_bits_in_16_fill_the_whole_range(tmp_path: Path, reader: Reader, white: int) -> None:
    levels = np.array([[0, white // 2, white, white + 1, 65535]], np.uint16)
    PIL.Image.fromarray(levels).save(tmp_path / "a.png")
    assert _ours(tmp_path / "a.png", reader)[0, :, 0].tolist() == [0, 127, 255, 255, 255]


def test_what_a_file_says_beyond_its_pixels_is_found_whoever_reads_it(tmp_path: Path) -> None:
    adobe = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("XYZ")).tobytes()
    srgb = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
    SMOOTH.save(tmp_path / "profiled.jpg", icc_profile=adobe)
    SMOOTH.save(tmp_path / "srgb.jpg", icc_profile=srgb)
    _cmyk(tmp_path / "cmyk.jpg")
    SMOOTH.convert("RGBA").save(tmp_path / "opaque.png")
    for name in ("deep.png", "rgba.png", "turned6.jpg", "turned1.jpg"):
        FILES[name](tmp_path / name)
    expected = {
        "profiled.jpg": FileTraits(profiled=True),
        "cmyk.jpg": FileTraits(cmyk=True),
        "deep.png": FileTraits(deep=int(DEEP.max())),
        "rgba.png": FileTraits(translucent=True),
        "turned6.jpg": FileTraits(turned=True),
    } | dict.fromkeys(("srgb.jpg", "opaque.png", "turned1.jpg"), FileTraits())
    for reader in ("viewer", "torchvision", "opencv"):
        for name, traits in expected.items():
            with opened(tmp_path / name) as file:
                assert decoded(file, reader_named(reader)).traits == traits, (name, reader)


def test_only_what_differs_hangs_on_the_reader() -> None:
    assert hangs_on(FileTraits(turned=True), "viewer", "torchvision")
    assert not hangs_on(FileTraits(turned=True), "viewer", "opencv")
    assert not hangs_on(FileTraits(cmyk=True, profiled=True), "viewer", "torchvision")
    assert other_readers([FileTraits(turned=True), FileTraits()], "viewer") == ("torchvision",)
    assert other_readers([FileTraits(translucent=True)], "opencv") == ("viewer",)
    assert other_readers([FileTraits()], "viewer") == ()
    assert len(other_readers([FileTraits(deep=4095)], "viewer")) == 5


def test_an_unknown_reader_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(SpecError, match="got torchvison; did you mean 'torchvision'"):
        reader_named("torchvison")


def _cmyk(path: Path) -> None:
    SMOOTH.convert("CMYK").save(path)
