"""The contact sheet as one picture."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from tests.test_preview import DIGIT, HOSTILE, PHOTO, Strange, sheet

from shiftprobe.core.types import Image
from shiftprobe.preview import preview, write_png
from shiftprobe.preview.picture import _columns
from shiftprobe.shifts import SHIFTS


def test_the_picture_holds_every_tile_pixel_by_pixel(tmp_path: Path) -> None:
    shown = sheet("gaussian_noise", "hue", labels=[HOSTILE * 4])
    path = write_png(shown, tmp_path / "new" / "sheet.png")
    with PIL.Image.open(path) as picture:
        page = np.asarray(picture.convert("RGB"))
    tiles = [tile.image for tile in shown.groups[0].strips[0].tiles]
    large = [np.repeat(one.repeat(4, axis=0).repeat(4, axis=1), 3, axis=2) for one in tiles]
    places = [corner(page, one) for one in large]
    assert len({top for top, _ in places}) == 1
    assert np.unique(np.diff([left for _, left in places])).size == 1
    assert (page[:, -10:] == 255).all()  # nothing runs off
    assert path.read_bytes() == write_png(shown, tmp_path / "again.png").read_bytes()


def corner(page: Image, part: Image) -> tuple[int, int]:
    windows = np.lib.stride_tricks.sliding_window_view(page[..., 0], (1, part.shape[1]))[:, :, 0]
    for top, left in np.argwhere((windows == part[len(part) // 2, :, 0]).all(-1)):
        start = top - len(part) // 2
        if np.array_equal(page[start : start + len(part), left : left + part.shape[1]], part):
            return int(start), int(left)
    raise AssertionError("this tile is not on the page")


def test_photos_and_long_texts_stay_in_their_columns(tmp_path: Path) -> None:
    shown = preview([PHOTO], [Strange(name="n" * 200), *[SHIFTS["gamma"]] * 9], (0.0, 1.0), seed=0, labels=["w" * 300])
    with PIL.Image.open(write_png(shown, tmp_path / "sheet.png")) as picture:
        page = np.asarray(picture)
    assert (page[:, -20:] == 255).all()
    assert (page[:, :20] == 255).all()


@pytest.mark.parametrize(("shifts", "images"), [(1, 1), (4, 2), (9, 1), (40, 2), (12, 8)])
def test_a_picture_is_never_much_higher_than_wide(shifts: int, images: int, tmp_path: Path) -> None:
    shown = preview([DIGIT] * images, [SHIFTS["gamma"]] * shifts, (0.0, 0.25, 0.5, 0.75, 1.0), seed=0)
    with PIL.Image.open(write_png(shown, tmp_path / "sheet.png")) as picture:
        width, height = picture.size
    assert shifts == 1 or height < 1.3 * width
    assert width < 3 * height or shifts == 1


def test_columns_hold_every_shift_once_in_order_and_stand_level() -> None:
    heights = [120, 340, 340, 60, 340, 340, 340, 200, 90, 340, 340]
    columns = _columns(heights, 46, 400)
    assert [i for start, end in columns for i in range(start, end)] == list(range(11))
    tall = [sum(heights[start:end]) + 46 for start, end in columns]
    assert len(columns) > 1
    assert max(tall) <= sum(heights) / len(columns) + max(heights) + 46
    assert max(tall) <= 1.25 * 400 * len(columns)
