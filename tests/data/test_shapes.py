"""Drawn shapes: what an image shows is measured again from its pixels and agrees with its label."""

import math
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
from numpy.typing import NDArray
from scipy import ndimage, stats

from shiftprobe.core.errors import UnknownNameError
from shiftprobe.core.types import Image
from shiftprobe.data import load
from shiftprobe.data.shapes import TASKS, coverage, picture
from shiftprobe.data.split import split

SOME = 180  # images per task that are measured: whole rounds of 5, 6 and 9 classes


def figure(image: Image) -> NDArray[np.bool_]:
    """The pixels of shapes: those whose grey level stands off from the image's median."""
    grey = np.asarray(PIL.Image.fromarray(image).convert("L"), np.float64)
    off: NDArray[np.bool_] = np.abs(ndimage.median_filter(grey, 3) - np.median(grey)) > 35
    return off


def pictures(task: str) -> list[Image]:
    return [picture(task, i) for i in range(SOME)]


def test_the_label_of_count_is_the_number_of_connected_parts() -> None:
    found = [int(ndimage.label(figure(image))[1]) for image in pictures("count")]
    assert found == [1 + i % 5 for i in range(SOME)]
    assert TASKS["count"].classes == ("1 shape", "2 shapes", "3 shapes", "4 shapes", "5 shapes")


def test_the_label_of_orientation_is_the_axis_of_the_second_moments() -> None:
    for i, image in enumerate(pictures("orientation")):
        y, x = np.nonzero(figure(image))
        xx, xy, yy = np.var(x), np.cov(x, y)[0, 1], np.var(y)
        angle = math.degrees(0.5 * math.atan2(-2 * xy, xx - yy))  # rows run downwards
        off = (angle - int(TASKS["orientation"].classes[i % 6].split()[0]) + 90) % 180 - 90
        assert abs(off) < 10 + 4, f"image {i} lies {off:.1f} degrees off"  # 10 by design, 4 for pixels


def test_the_label_of_position_is_where_the_middle_of_the_shape_lies() -> None:
    for i, image in enumerate(pictures("position")):
        row, column = ndimage.center_of_mass(figure(image))
        named = (
            f"{('top', 'middle', 'bottom')[int(row / (64 / 3))]} {('left', 'centre', 'right')[int(column / (64 / 3))]}"
        )
        assert named == TASKS["position"].classes[i % 9]


def test_the_area_covered_does_not_tell_how_many_shapes_there_are() -> None:
    area = [figure(image).mean() for image in pictures("count")]
    assert 0.04 < min(area) < max(area) < 0.17
    assert abs(stats.spearmanr(area, np.arange(SOME) % 5).statistic) < 0.15


def test_classes_are_balanced_and_no_image_is_near_one_of_the_test_set() -> None:
    bundle = load("shapes:orientation", Path())
    assert len(set(bundle.hashes)) == len(bundle) == 2700
    assert np.bincount(bundle.labels).tolist() == [450] * 6
    parts = split(None, bundle, test=0.4, seed=0)
    assert (parts.near_duplicates, parts.duplicates, len(parts.target_test)) == (0, 0, 1080)
    assert np.array_equal(bundle.images[77], picture("orientation", 77))  # an address, whatever was drawn before


@pytest.mark.parametrize("corners", [3, 4, 24])
def test_coverage_is_that_of_a_polygon_drawn_many_times_larger(corners: int) -> None:
    angles = 2 * np.pi * np.arange(corners) / corners + 0.3
    points = np.stack([30.2 + 14 * np.cos(angles), 33.7 + 14 * np.sin(angles)], axis=1)
    large = PIL.Image.new("L", (64 * 16, 64 * 16))
    PIL.ImageDraw.Draw(large).polygon([(x * 16, y * 16) for x, y in points], fill=255)
    expected = np.asarray(large.resize((64, 64), PIL.Image.Resampling.BOX), np.float64) / 255
    found = coverage(points)
    area = corners / 2 * 14**2 * math.sin(2 * math.pi / corners)
    assert found.sum() == pytest.approx(area, rel=0.01)
    assert np.abs(found - expected).mean() < 0.003
    assert np.abs(found - expected).max() < 0.3  # at a sharp corner


def test_coverage_moves_with_its_shape() -> None:
    points = np.array([[10.3, 12.1], [25.8, 14.0], [18.2, 30.9]])
    assert np.allclose(coverage(points + np.array([7, 5]))[5:, 7:], coverage(points)[:-5, :-7], atol=1e-6)


def test_a_task_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(UnknownNameError, match="no data named 'shapes:cuont'; did you mean 'shapes:count'"):
        load("shapes:cuont", Path())
