import importlib

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.datasets import load_sample_image

from shiftprobe.core.types import Image
from shiftprobe.metrics import InputError, perceptual_distance, structural_similarity


@pytest.fixture(scope="module")
def photo() -> Image:
    return np.ascontiguousarray(load_sample_image("flower.jpg")[100:164, 200:280])


@pytest.fixture(scope="module")
def noisy(photo: Image) -> Image:
    return with_noise(photo, 25)


def with_noise(image: Image, std: float) -> Image:
    noise = np.random.default_rng(0).normal(0, std, image.shape)
    return np.asarray(np.clip(np.rint(image + noise), 0, 255), np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_agrees_with_scikit_image_set_as_the_paper_asks(photo: Image, noisy: Image, channels: int) -> None:
    theirs = importlib.import_module("skimage.metrics").structural_similarity
    per_channel = [
        theirs(
            photo[..., c].astype(float),
            noisy[..., c].astype(float),
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        for c in range(channels)
    ]
    found = structural_similarity(photo[..., :channels], noisy[..., :channels])
    assert found == pytest.approx(np.mean(per_channel), abs=1e-12)
    assert 0.2 < found < 0.9


def by_hand(a: Image, b: Image, weights: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    """The formula of Wang et al., window by window."""
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    x, y = (sliding_window_view(image[..., 0].astype(float), weights.shape) for image in (a, b))
    mean_x, mean_y = ((weights * window).sum((2, 3)) for window in (x, y))
    from_x, from_y = x - mean_x[..., None, None], y - mean_y[..., None, None]
    var_x, var_y, both = ((weights * product).sum((2, 3)) for product in (from_x**2, from_y**2, from_x * from_y))
    top = (2 * mean_x * mean_y + c1) * (2 * both + c2)
    return float((top / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))).mean())


def test_agrees_with_the_formula_in_gaussian_windows(photo: Image, noisy: Image) -> None:
    bell = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    weights = np.outer(bell, bell) / bell.sum() ** 2
    for side in (11, 12, 64):
        a, b = photo[:side, :side, :1], noisy[:side, :side, :1]
        assert structural_similarity(a, b) == pytest.approx(by_hand(a, b, weights), abs=1e-9)


@pytest.mark.parametrize("shape", [(7, 7), (8, 8), (10, 64)])
def test_agrees_with_the_formula_in_even_windows_where_the_image_is_small(
    photo: Image, noisy: Image, shape: tuple[int, int]
) -> None:
    a, b = (image[: shape[0], : shape[1], :1] for image in (photo, noisy))
    assert structural_similarity(a, b) == pytest.approx(by_hand(a, b, np.full((7, 7), 1 / 49)), abs=1e-9)


@pytest.mark.parametrize("side", [8, 28, 64])
def test_is_symmetric_and_1_for_equal_images(photo: Image, noisy: Image, side: int) -> None:
    a, b = photo[:side, :side], noisy[:side, :side]
    assert structural_similarity(a, a.copy()) == 1.0
    assert structural_similarity(np.zeros_like(a), np.zeros_like(a)) == 1.0
    assert structural_similarity(a, b) == pytest.approx(structural_similarity(b, a), abs=1e-12)
    turned = structural_similarity(a.transpose(1, 0, 2), b.transpose(1, 0, 2))
    assert turned == pytest.approx(structural_similarity(a, b), abs=1e-12)


def test_is_below_0_for_a_negative_and_about_0_for_the_unrelated() -> None:
    a, b = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 1), dtype=np.uint8)
    assert -1 <= structural_similarity(a, 255 - a) < -0.5
    assert abs(structural_similarity(a, b)) < 0.1


def test_the_distance_is_the_mean_of_what_is_missing_to_1(photo: Image, noisy: Image) -> None:
    small, smaller = photo[:20, :30], noisy[:20, :30]
    expected = (1 - structural_similarity(photo, noisy) + 1 - structural_similarity(small, smaller) + 0) / 3
    assert perceptual_distance([photo, small, photo], [noisy, smaller, photo]) == pytest.approx(expected)


def test_the_distance_grows_with_the_noise(photo: Image) -> None:
    doses = [perceptual_distance([photo], [with_noise(photo, std)]) for std in (5, 25, 75)]
    assert 0 < doses[0] < doses[1] < doses[2] < 1


def test_images_that_cannot_be_compared_are_refused(photo: Image) -> None:
    with pytest.raises(InputError, match=r"one shape, got \(64, 80, 3\) and \(64, 80, 1\)"):
        structural_similarity(photo, photo[..., :1])
    with pytest.raises(InputError, match=r"at least 7 px on both sides, got \(64, 6, 3\)"):
        structural_similarity(photo[:, :6], photo[:, :6])
    with pytest.raises(InputError, match=r"got uint8 \(64, 80\)"):
        structural_similarity(photo[..., 0], photo[..., 0])
    with pytest.raises(InputError, match=r"got uint8 \(64, 80, 2\)"):
        structural_similarity(photo[..., :2], photo[..., :2])
    with pytest.raises(InputError, match=r"got float64 \(64, 80, 3\)"):
        structural_similarity(photo, photo / 255)  # type: ignore[arg-type]  # the fault under test


def test_lists_that_do_not_pair_are_refused(photo: Image) -> None:
    with pytest.raises(InputError, match="got 2 and 1"):
        perceptual_distance([photo, photo], [photo])
    with pytest.raises(InputError, match="got 0 and 0"):
        perceptual_distance([], [])
