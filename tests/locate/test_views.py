import numpy as np
import pytest

from shiftprobe.core.errors import DataError
from shiftprobe.core.types import Image
from shiftprobe.locate.views import matched


def plain(count: int, height: int, width: int, channels: int = 3) -> list[Image]:
    rng = np.random.default_rng(count)
    return [rng.integers(0, 256, (height, width, channels), dtype=np.uint8) for _ in range(count)]


def test_both_sets_come_out_at_the_smaller_side_and_it_is_said() -> None:
    views = matched(plain(20, 40, 50), plain(21, 32, 32), seed=0)
    assert views.source.shape == (20, 32, 32, 3)
    assert views.target.shape == (21, 32, 32, 3)
    assert "differ in size (40 and 32 px)" in views.notes[0]


def test_images_of_one_size_keep_their_pixels() -> None:
    images = plain(20, 28, 28, 1)
    views = matched(images, images, seed=0)
    assert {image.tobytes() for image in views.source} == {image.tobytes() for image in images}
    assert views.notes == ()


def test_one_grey_image_makes_all_grey() -> None:
    views = matched([*plain(19, 28, 28), *plain(1, 28, 28, 1)], plain(20, 28, 28), seed=0)
    assert views.source.shape[3] == views.target.shape[3] == 1


def test_grey_saved_as_colour_is_grey() -> None:
    images = [image.repeat(3, axis=2) for image in plain(20, 28, 28, 1)]
    assert matched(images, images, seed=0).source.shape[3] == 1


def test_a_large_set_is_sampled_over_all_of_it() -> None:
    images = [np.full((16, 16, 1), i // 2, np.uint8) for i in range(500)]
    views = matched(images, images[:20], seed=0)
    assert len(views.source) == 200
    assert views.source.max() > 240
    assert views.notes == ("200 of 500 source images were looked at",)
    assert len(matched(plain(120, 80, 80, 1), plain(20, 80, 80, 1), seed=0).source) == 100


@pytest.mark.parametrize(
    ("count", "side", "message"), [(19, 28, "at least 20 source images"), (20, 7, "at least 8 px")]
)
def test_too_little_is_refused(count: int, side: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        matched(plain(count, side, side), plain(20, 28, 28), seed=0)
