"""The same data as another reader gives it: what hangs on that moves, nothing else, and nothing is decoded in vain."""

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from tests.data.noise_pictures import draw

from shiftprobe.core.readers import Reader
from shiftprobe.core.rows import Joined
from shiftprobe.data import Bundle, decode, load, load_given, load_unlabelled, picture_cache
from shiftprobe.data.files import Files
from shiftprobe.data.reading import reading_choices
from shiftprobe.data.reread import read_by, reread
from shiftprobe.engine.shifted_sets import Dose, prepared
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.shifts import find


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two classes of three pictures, the first of each to be turned."""
    monkeypatch.setenv(picture_cache.VARIABLE, str(tmp_path / "cache"))
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    for number, name in enumerate(("ant", "bee")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for place in range(3):
            more: dict[str, Any] = {} if place else {"exif": exif}
            PIL.Image.fromarray(draw(10 * number + place)).save(tmp_path / "photos" / name / f"{place}.png", **more)
    return tmp_path / "photos"


def _load(photos: Path, reader: Reader = "viewer") -> Bundle:
    return load(f"folder:{photos}", Path(), reader=reader)


def test_only_what_hangs_on_the_reader_moves(photos: Path) -> None:
    ours, theirs = _load(photos), _load(photos, "torchvision")
    differ = [place for place in range(6) if ours.hashes[place] != theirs.hashes[place]]
    assert differ == [0, 3]
    for place in differ:
        np.testing.assert_array_equal(np.rot90(theirs.images[place], -1), ours.images[place])
        np.testing.assert_array_equal(theirs.images[place], draw(10 * (place // 3)))
    assert theirs.shapes[0] == draw(0).shape
    assert ours.digest != theirs.digest
    assert _load(photos, "opencv").digest == ours.digest
    assert reread(theirs, "viewer").digest == ours.digest


def test_pictures_that_do_not_hang_on_it_are_not_decoded_again(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, asked, really = _load(photos), list[str](), decode.decoded

    def counted(file: Any, reader: Reader) -> decode.Decoded:
        asked.append(reader)
        return really(file, reader)

    monkeypatch.setattr(decode, "decoded", counted)
    theirs = reread(ours, "torchvision")
    assert asked == ["torchvision"] * 2
    reread(_load(photos), "torchvision")  # now the cache knows both, each by its reader
    assert asked == ["torchvision"] * 2
    assert len(list(theirs.images)) == 6


def test_one_at_a_time_gives_the_same_pixels(photos: Path) -> None:
    ours, theirs = _load(photos), _load(photos, "torchvision")
    for one, other in zip(read_by(ours.images, "torchvision"), theirs.images, strict=True):
        np.testing.assert_array_equal(one, other)
    joined = read_by(Joined([ours.images, ours.images]), "torchvision")
    np.testing.assert_array_equal(joined[9], theirs.images[3])
    assert read_by(ours.images, "opencv") is ours.images


def test_joined_parts_are_read_anew_each(photos: Path) -> None:
    ours = _load(photos)
    assert isinstance(ours.images, Files)
    twice = Bundle(
        name="twice",
        images=Joined([ours.images, ours.images]),
        prints=ours.prints * 2,
        labels=np.tile(ours.labels, 2),
        classes=ours.classes,
    )
    assert reread(twice, "torchvision").hashes == _load(photos, "torchvision").hashes * 2
    assert reread(twice, "opencv").hashes == twice.hashes


def test_a_preprocessing_prepares_what_its_reader_reads(photos: Path) -> None:
    ours, dose = _load(photos), Dose(find("identity"), 0.0, 0)
    how = Preprocess(size=10, channels=3, mean=(0.5,) * 3, std=(0.5,) * 3, reader="torchvision")
    np.testing.assert_array_equal(prepared(ours.images, [0], dose, how)[0], how.images([draw(0)])[0])


def test_a_picture_in_memory_is_taken_as_its_reader_would(photos: Path) -> None:
    picture = PIL.Image.open(photos / "ant" / "0.png")
    ours, theirs = (load_given("mine", [(picture, 0)], Path(), reader=one) for one in ("viewer", "torchvision"))
    np.testing.assert_array_equal(theirs.images[0], draw(0))
    np.testing.assert_array_equal(ours.images[0], np.rot90(draw(0), -1))
    assert theirs.traits[0].turned


def test_images_without_labels_are_read_by_it_too(photos: Path) -> None:
    hashes = load_unlabelled(f"folder:{photos}", Path(), reader="torchvision").hashes
    assert hashes == _load(photos, "torchvision").hashes


def test_counts_say_what_hangs_on_it(photos: Path) -> None:
    from shiftprobe.core.readers import OwnReader

    found = reading_choices(_load(photos), range(6), OwnReader())
    assert found is not None
    assert (found.images, found.turned, found.otherwise, found.is_guess) == (6, 2, 2, True)
    assert found.told("mine", "--reader") == (
        "mine: of 6 pictures 2 are turned as their EXIF says; --reader torchvision reads as ImageFolder and timm do"
    )
    said = reading_choices(_load(photos, "torchvision"), range(6), OwnReader(name="torchvision", said=True))
    assert said is not None
    assert not said.is_guess
    assert said.told("mine", "--reader") == (
        "mine: of 6 pictures (read as torchvision does) 2 are not turned as their EXIF says"
    )
    assert reading_choices(_load(photos), [1, 2], OwnReader()) is None


@pytest.mark.parametrize(("most", "bits"), [(900, "10-bit"), (4095, "12-bit"), (9000, "14-bit"), (40_000, None)])
def test_16_bit_pictures_that_use_fewer_bits_are_told(tmp_path: Path, most: int, bits: str | None) -> None:
    from shiftprobe.core.readers import OwnReader

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        PIL.Image.fromarray(np.linspace(0, most, 64).reshape(8, 8).astype(np.uint16)).save(tmp_path / name / "0.png")
    found = reading_choices(load(f"folder:{tmp_path}", Path()), range(2), OwnReader())
    assert found is not None
    assert (found.deep, found.deepest, found.bits) == (2, most, bits)
    assert (f"--reader {bits} takes" in found.told("mine", "--reader")) == (bits is not None)
