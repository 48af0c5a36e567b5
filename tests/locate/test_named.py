"""What the statistics share, held against numpy's and OpenCV's own."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from shiftprobe.locate.named import half, means, median, quantiles, spreads

NOISE = np.random.default_rng(0)
LEVELS = NOISE.integers(0, 256, (5, 21, 21), dtype=np.uint8)
GREY = NOISE.random((5, 21, 21), dtype=np.float32)


@pytest.mark.parametrize(
    "values",
    [
        GREY,
        GREY.reshape(5, -1),
        GREY[:, 1:, :-2],
        GREY > 0.3,
        (GREY > 0.3)[:, ::2],
        LEVELS.astype(np.int16),
        GREY[..., :1],
    ],
)
def test_means_are_numpy_s(values: NDArray[np.generic]) -> None:
    wanted = values.reshape(5, -1).astype(np.float64).mean(1)
    np.testing.assert_allclose(means(values), wanted, rtol=2e-6)
    assert means(values).shape == (5,)


def test_spreads_are_numpy_s() -> None:
    flat = GREY.reshape(5, -1)
    np.testing.assert_allclose(spreads(flat), flat.astype(np.float64).std(1), rtol=1e-5)
    assert (spreads(np.full((3, 40), 0.7, np.float32)) < 1e-6).all()


@pytest.mark.parametrize("most", [2, 4, 256])
def test_the_median_is_opencv_s(most: int) -> None:
    levels = NOISE.integers(0, most, (6, 17, 17), dtype=np.uint8)
    np.testing.assert_array_equal(median(levels), np.stack([cv2.medianBlur(image, 3) for image in levels]))


@pytest.mark.parametrize("shares", [(50,), (1, 99), (0, 25, 50, 100)])
def test_quantiles_are_the_nearest_of_those_there_are(shares: tuple[int, ...]) -> None:
    found = quantiles(GREY, shares)
    wanted = np.quantile(GREY.reshape(5, -1), [share / 100 for share in shares], axis=1, method="nearest")
    np.testing.assert_array_equal(found, wanted)


def test_half_leaves_an_odd_row_out() -> None:
    assert half(GREY).shape == (5, 10, 10)
    np.testing.assert_allclose(half(GREY)[:, 0, 0], GREY[:, :2, :2].mean((1, 2)), rtol=1e-6)
