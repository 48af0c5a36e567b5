import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError, NoTestImagesError
from shiftprobe.data import Bundle, judged
from shiftprobe.data.bundle import fingerprint


def images(count: int = 4, channels: int = 3) -> tuple[NDArray[np.uint8], ...]:
    rng = np.random.default_rng(0)
    return tuple(rng.integers(0, 256, (6 + i, 5, channels), dtype=np.uint8) for i in range(count))


def bundle(**changes: object) -> Bundle:
    parts = {"name": "t", "images": images(), "labels": np.array([0, 1, 0, 1]), "classes": ("a", "b")}
    return Bundle(**(parts | changes))  # type: ignore[arg-type]


def test_a_print_is_of_pixels_and_shape() -> None:
    first, second, *_ = images()
    assert fingerprint(first) == fingerprint(np.asfortranarray(first))
    assert fingerprint(first).sha256 != fingerprint(second).sha256
    flat = first.reshape(5, 6, 3)
    assert fingerprint(first).sha256 != fingerprint(flat).sha256
    touched = first.copy()
    touched[0, 0, 0] ^= 1
    assert fingerprint(first).sha256 != fingerprint(touched).sha256


def test_grey_and_its_rgb_copy_share_a_print() -> None:
    grey = images(1, channels=1)[0]
    assert fingerprint(grey) == fingerprint(np.repeat(grey, 3, axis=2))


def test_thumbs_stand_in_order() -> None:
    thumbs = bundle().thumbs
    assert thumbs.shape == (4, 16, 16)
    assert thumbs[2].tobytes() == fingerprint(images()[2]).thumb


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": np.array([0, 1, 1, 1])},
        {"classes": ("a", "c")},
        {"official": np.array(["train", "train", "test", "test"])},
        {"images": images()[::-1]},
        {"images": tuple(np.repeat(i, 3, axis=2) for i in images(channels=1))},
        {"groups": np.array(["day", "day", "night", "night"])},
    ],
    ids=["label", "class", "official", "order", "pixels", "groups"],
)
def test_the_digest_moves_with_all_that_a_run_depends_on(changes: dict[str, object]) -> None:
    assert bundle(**changes).digest != bundle().digest


def test_the_digest_tells_channels_apart_that_hashes_do_not() -> None:
    grey = images(channels=1)
    one, three = bundle(images=grey), bundle(images=tuple(np.repeat(i, 3, axis=2) for i in grey))
    assert one.hashes == three.hashes
    assert one.digest != three.digest


def test_the_digest_does_not_hold_the_name_nor_what_was_skipped() -> None:
    assert bundle(name="other").digest == bundle().digest


def test_the_digest_of_data_without_domains_is_the_one_it_always_was() -> None:
    assert bundle(paths=["1", "2", "3", "4"]).digest == bundle().digest
    assert bundle().digest == "49e1bf8c370c99ef302645e8622dfa4c548d478e5eeae3d88725a6fcc74ef3a6"


def test_the_test_part_is_judged_where_there_is_one() -> None:
    assert judged(bundle()).tolist() == [0, 1, 2, 3]
    assert judged(bundle(official=np.array(["test", "train", "test", "train"]))).tolist() == [0, 2]
    with pytest.raises(NoTestImagesError, match="the training images are not judged instead"):
        judged(bundle(official=np.array(["train"] * 4)))


def test_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        bundle().name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": np.array([0, 1])}, "labels per image, got 2 for 4"),
        ({"official": np.array(["train"])}, "official per image, got 1 for 4"),
        ({"groups": np.array(["day"])}, "groups per image, got 1 for 4"),
        ({"paths": ("a.png",)}, "paths per image, got 1 for 4"),
        ({"labels": np.array([0, 1, 2, 1])}, "labels from 0 to 1, got 0 to 2"),
        ({"labels": np.array([0, 1, -1, 1])}, "got -1 to 1"),
        ({"classes": ("a", "a")}, "share a name"),
        ({"images": (), "labels": np.array([], np.int64)}, "wanted images, got none"),
    ],
)
def test_refuses_parts_that_do_not_belong_together(changes: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        bundle(**changes)
