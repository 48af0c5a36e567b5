"""Where shifts fall on large images: each is brought there once, in one way, and small ones are left alone."""

import gc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from shiftprobe.core.rows import Joined, Subset
from shiftprobe.core.types import Image
from shiftprobe.data import load, reduced
from shiftprobe.data.files import Files

BIG = np.random.default_rng(0).integers(0, 256, (120, 90, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of two large pictures each, and a small one."""
    for label in ("a", "b"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for i in range(2):
            PIL.Image.fromarray(np.roll(BIG, 7 * i + ord(label), axis=0)).save(tmp_path / "photos" / label / f"{i}.png")
    PIL.Image.fromarray(BIG[:30, :20]).save(tmp_path / "photos" / "a" / "small.png")
    return tmp_path / "photos"


@pytest.mark.parametrize(
    ("shape", "wanted"), [((120, 90, 3), (43, 32)), ((90, 120, 1), (32, 43)), ((400, 33, 3), (388, 32))]
)
def test_the_shorter_side_becomes_what_was_asked_and_the_form_stays(
    shape: tuple[int, int, int], wanted: tuple[int, int]
) -> None:
    image = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    assert reduced.reduced(image, 32).shape == (*wanted, shape[2])


@pytest.mark.parametrize("side", [90, 91, 500])
def test_an_image_that_is_no_larger_is_left_as_it_is(side: int) -> None:
    assert reduced.reduced(BIG, side) is BIG


def test_it_is_near_to_lanczos_of_all_pixels() -> None:
    y, x = np.mgrid[:1200, :900]
    waves = 127 + 60 * np.sin(x / 25) + 60 * np.cos(y / 31)
    given = np.stack([waves, waves[::-1], waves[:, ::-1]], 2).astype(np.uint8)
    plain = PIL.Image.fromarray(given).resize((150, 200), PIL.Image.Resampling.LANCZOS)
    apart = np.abs(reduced.reduced(given, 150).astype(int) - np.asarray(plain).astype(int))
    assert apart.max() <= 3
    assert apart.mean() < 0.6


def test_a_flat_image_stays_flat() -> None:
    assert (reduced.reduced(np.full((3000, 400, 1), 77, np.uint8), 20) == 77).all()


def read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Files, list[int]]:
    """The folder's images, none of them kept in memory, and a count of those that are read."""
    monkeypatch.setattr("shiftprobe.data.files.KEEP_BYTES", 0)
    images, count = load(f"folder:{folder}", Path()).images, list[int]()
    assert isinstance(images, Files)
    really = Files._read

    def told(self: Files, place: int) -> Image:
        count.append(place)
        return really(self, place)

    monkeypatch.setattr(Files, "_read", told)
    return images, count


@pytest.mark.parametrize("wrapped", [list, lambda one: Joined([one]), lambda one: Subset(one, range(len(one)))])
def test_each_is_decoded_once_however_often_it_is_shifted(
    wrapped: object, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, count = read(folder, monkeypatch)
    images: Sequence[Image] = files if wrapped is list else wrapped(files)  # type: ignore[operator]
    first = [reduced.at_side(images, i, 32).copy() for i in range(4)]
    for _ in range(3):
        for i, one in enumerate(first):
            np.testing.assert_array_equal(reduced.at_side(images, i, 32), one)
            np.testing.assert_array_equal(one, reduced.reduced(files[i], 32))
    assert len(count) == 4 + 3 * 4  # the last are this test's own


def test_who_reads_all_pixels_first_saves_decoding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, count = read(folder, monkeypatch)
    assert reduced.whole(images, 1, 32).shape == (120, 90, 3)
    assert reduced.at_side(images, 1, 32).shape == (43, 32, 3)
    assert count == [1]


def test_two_sides_are_two_images(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, _ = read(folder, monkeypatch)
    shapes = [reduced.at_side(images, 0, side).shape[:2] for side in (32, 45, 32)]
    assert shapes == [(43, 32), (60, 45), (43, 32)]


def test_small_images_are_kept_and_not_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, count = read(folder, monkeypatch)
    small = next(i for i in range(len(images)) if images[i].shape[0] == 30)
    for side in (32, None):
        count.clear()
        for _ in range(2):
            np.testing.assert_array_equal(reduced.at_side(images, small, side), BIG[:30, :20])
        assert count == [small]


def test_what_is_in_memory_is_not_kept_again(folder: Path) -> None:
    gc.collect()
    before = len(reduced._KEPT)
    images = load(f"folder:{folder}", Path()).images
    for some in (images, tuple(images), Joined([images, tuple(images)]), reduced.AtSide(images, 32)):
        assert reduced.at_side(some, 0, 32).shape == (43, 32, 3)
    assert len(reduced._KEPT) == before


@pytest.mark.parametrize("room", [0, 43 * 32 * 3])
def test_what_finds_no_room_is_decoded_again(room: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reduced, "MAX_KEPT", room)
    images, count = read(folder, monkeypatch)
    for _ in range(2):
        for i in range(2):
            assert reduced.at_side(images, i, 32).shape == (43, 32, 3)
    assert len(count) == (4 if room == 0 else 3)


def test_what_is_kept_goes_with_its_images(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    before = len(reduced._KEPT)
    images, _ = read(folder, monkeypatch)
    reduced.at_side(images, 0, 32)
    assert len(reduced._KEPT) == before + 1
    del images
    gc.collect()
    assert len(reduced._KEPT) == before


def test_images_in_memory_are_reduced_each_time() -> None:
    images = (BIG, BIG[::-1])
    np.testing.assert_array_equal(reduced.at_side(images, 1, 32), reduced.reduced(BIG[::-1], 32))
    assert reduced.whole(images, 0, 32) is BIG


def test_a_set_at_a_side_is_a_sequence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, _ = read(folder, monkeypatch)
    there = reduced.AtSide(images, 32)
    assert len(there) == len(images)
    np.testing.assert_array_equal(there[-1], reduced.reduced(images[-1], 32))
    assert [one.shape[:2] for one in there[:2]] == [(43, 32), (43, 32)]
