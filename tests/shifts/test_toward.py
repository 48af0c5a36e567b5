from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import linalg
from sklearn.datasets import load_sample_images

from shiftprobe.core.errors import DataError, SpecError, UnknownNameError
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Image
from shiftprobe.data.digits import read_mnist
from shiftprobe.shifts import SHIFTS
from shiftprobe.shifts.toward import TOWARD, remaining
from shiftprobe.shifts.toward_fourier import low_frequencies
from shiftprobe.testing import check_shift

CHINA, FLOWER = load_sample_images().images
PHOTOS = [np.ascontiguousarray(CHINA[60 * i : 60 * i + 96, 80 * i : 80 * i + 70]) for i in range(4)]
TARGET = [np.ascontiguousarray(FLOWER[50 * i : 50 * i + 80, 90 * i : 90 * i + 100]) for i in range(5)]
DIGITS = [one[..., None] for one in read_mnist()[0][::1000]]
POOLED = ("toward_fourier", "toward_histogram", "toward_pixels")
RNG = np.random.default_rng(0)


def gentle(seed: int, shape: tuple[int, int], channels: int, mean: float, std: float) -> Image:
    """Coarse and fine detail far from black and white, so that nothing is clipped."""
    rng = np.random.default_rng(seed)
    fine, coarse = rng.normal(size=(*shape, channels)), rng.normal(size=(4, 4, channels))
    values = fine + 2 * cv2.resize(coarse, shape[::-1]).reshape(*shape, channels)
    return np.asarray(np.rint(mean + std * values / values.std()).clip(0, 255), np.uint8)


def moved(name: str, images: Sequence[Image], references: Sequence[Image], severity: float = 1.0) -> list[Image]:
    change = TOWARD[name](references).at(severity)
    return [change(image, image_generator(0, i)) for i, image in enumerate(images)]


@pytest.mark.parametrize("name", TOWARD)
def test_the_contract_of_a_shift_holds_whatever_the_references_are(name: str) -> None:
    check_shift(TOWARD[name]([*TARGET, *DIGITS]))


def test_they_are_not_among_the_shifts_that_need_no_target() -> None:
    assert not set(TOWARD) & set(SHIFTS)
    assert {TOWARD[name](TARGET).kind for name in TOWARD} == {"toward"}


# histogram


@pytest.mark.parametrize("source", [gentle(1, (40, 50), 1, 90, 20), DIGITS[3]])
@pytest.mark.parametrize("target", [gentle(2, (40, 50), 1, 160, 30), DIGITS[4], 255 - DIGITS[0]])
def test_a_level_goes_to_the_middle_of_what_sorted_pixels_would_get(source: Image, target: Image) -> None:
    target = np.resize(target, source.shape)  # repeated or cut, so that both have as many pixels
    result = moved("toward_histogram", [source], [target])[0]
    partners = np.sort(target.ravel())
    levels = np.sort(source.ravel())
    for level in np.unique(source):
        middle = np.percentile(partners[levels == level], 50, method="lower")
        assert (result[source == level] == middle).all()


def by_scikit_image(source: Image, target: Image) -> NDArray[np.float64]:
    """`skimage.exposure.match_histograms` of one channel, after its source (0.26), before decimals are cut off."""
    _, places, counts = np.unique(source.ravel(), return_inverse=True, return_counts=True)
    levels, wanted = np.unique(target.ravel(), return_counts=True)
    found = np.interp(np.cumsum(counts) / source.size, np.cumsum(wanted) / target.size, levels)
    return np.asarray(found[places].reshape(source.shape))


def test_where_levels_are_fine_it_agrees_with_scikit_image() -> None:
    source, target = gentle(1, (90, 90), 3, 90, 20), gentle(2, (70, 110), 3, 160, 30)
    result = moved("toward_histogram", [source], [target])[0]
    for channel in range(3):
        gap = result[..., channel] - by_scikit_image(source[..., channel], target[..., channel])
        assert np.abs(gap).mean() < 1  # it takes the last rank of a level, we the middle one
        assert np.abs(gap.mean()) < 1


def test_black_paper_stays_black_where_the_last_rank_would_be_ink() -> None:
    ink = [(image == 0).mean() for image in DIGITS]
    most, least = DIGITS[int(np.argmax(ink))], DIGITS[int(np.argmin(ink))]
    assert (by_scikit_image(most, least)[most == 0] > 100).all()
    assert (moved("toward_histogram", [most], [least])[0][most == 0] == 0).all()


def test_all_references_count_the_same_whatever_their_size() -> None:
    small, large = np.full((4, 4, 1), 10, np.uint8), np.full((90, 90, 1), 200, np.uint8)
    source = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    result = moved("toward_histogram", [source], [small, large])[0]
    assert (result == 10).sum() == (result == 200).sum() == 128


# means and spreads


@pytest.mark.parametrize("channels", [1, 3])
def test_colour_takes_mean_and_spread_of_the_reference_it_drew(channels: int) -> None:
    def spreads(image: Image) -> NDArray[np.float64]:
        light = image.astype(np.float32)
        lab = cv2.cvtColor(light / 255, cv2.COLOR_RGB2LAB) if channels == 3 else light
        return np.array([lab.mean((0, 1)), lab.std((0, 1))])

    references = [gentle(i, (50, 30), channels, 110 + 8 * i, 8 + i) for i in range(3)]
    drawn = set()
    for i in range(12):
        result = TOWARD["toward_colour"](references).at(1.0)(
            gentle(9, (30, 40), channels, 130, 12), image_generator(0, i)
        )
        gaps = [np.abs(spreads(result) - spreads(one)).max() for one in references]
        assert min(gaps) < 0.2  # rounding to 8 bits
        drawn.add(int(np.argmin(gaps)))
    assert drawn == {0, 1, 2}


def test_half_the_way_is_half_of_both() -> None:
    source, target = gentle(1, (60, 60), 1, 100, 10), gentle(2, (60, 60), 1, 140, 20)
    for name in ("toward_colour", "toward_pixels"):
        half = moved(name, [source], [target], 0.5)[0]
        assert half.mean() == pytest.approx((source.mean() + target.mean()) / 2, abs=0.5)
        assert half.std() == pytest.approx((source.std() + target.std()) / 2, abs=0.1)


def test_pixels_takes_the_optimal_transport_between_the_two_covariances() -> None:
    source = gentle(1, (60, 60), 3, 120, 15)
    source[..., 1] = source[..., 0] // 2 + source[..., 1] // 2
    references = [gentle(2, (50, 70), 3, 110, 20), gentle(3, (35, 100), 3, 130, 12)]
    references[0][..., 2] = 255 - references[0][..., 0]
    pooled = np.concatenate([one.reshape(-1, 3) for one in references]).astype(float)  # of equal size
    own = source.reshape(-1, 3).astype(float)
    before, after = np.cov(own.T, ddof=0), np.cov(pooled.T, ddof=0)
    root = linalg.sqrtm(before)
    transport = np.linalg.inv(root) @ linalg.sqrtm(root @ after @ root) @ np.linalg.inv(root)
    expected = (own - own.mean(0)) @ transport.T + pooled.mean(0)
    result = moved("toward_pixels", [source], references)[0].reshape(-1, 3).astype(float)
    assert np.abs(result - expected).max() < 0.501
    assert np.abs(np.cov(result.T) - after).max() < 0.02 * after.max()


def test_a_flat_image_takes_the_mean_and_grows_no_pattern() -> None:
    flat = np.full((20, 24, 3), (40, 90, 200), np.uint8)
    target = gentle(2, (50, 70), 3, 110, 20)
    for name in ("toward_colour", "toward_pixels", "toward_fourier"):
        result = moved(name, [flat], [target])[0]
        assert (result == result[0, 0]).all()
        assert np.abs(result[0, 0] - target.mean((0, 1))).max() < 4  # CIELAB's mean is not the RGB values'


# Fourier


@pytest.mark.parametrize(("shape", "channels"), [((64, 64), 3), ((33, 50), 3), ((50, 33), 1), ((8, 8), 1)])
def test_low_frequencies_have_the_reference_s_amplitude_and_the_image_s_phase(
    shape: tuple[int, int], channels: int
) -> None:
    source, target = gentle(1, shape, channels, 120, 12), gentle(2, shape, channels, 135, 15)
    before, wanted, after = (
        np.fft.fft2(one.astype(float), axes=(0, 1)) / np.prod(shape)
        for one in (source, target, moved("toward_fourier", [source], [target])[0])
    )
    highest = low_frequencies(*shape)
    u, v = (np.abs(np.fft.fftfreq(side, 1 / side)) for side in shape)
    low = (u[:, None] <= highest) & (v <= highest)
    assert low.sum() == (2 * highest + 1) ** 2
    phase = np.exp(1j * np.angle(before))
    rounding = 1.5 / np.sqrt(np.prod(shape))
    assert np.abs(after - np.abs(wanted) * phase)[low].max() < rounding
    assert np.abs(after - before)[~low].max(initial=0) < rounding
    assert np.abs(np.abs(before) - np.abs(wanted))[low].max() > 2 * rounding


def test_several_references_give_their_mean_amplitude_at_the_image_s_size() -> None:
    source, target = gentle(1, (40, 40), 1, 120, 10), gentle(2, (40, 40), 1, 130, 15)
    larger = np.repeat(np.repeat(target, 3, axis=0), 3, axis=1)
    assert np.array_equal(moved("toward_fourier", [source], [larger]), moved("toward_fourier", [source], [target]))
    other = (target - 20).astype(np.uint8)  # the same amplitudes but for the mean
    both = moved("toward_fourier", [source], [target, other])[0]
    assert np.abs(both - (moved("toward_fourier", [source], [target])[0] - 10.0)).max() <= 1


def test_beyond_its_largest_window_a_picture_of_many_pixels_keeps_its_detail() -> None:
    source = gentle(1, (700, 600), 1, 120, 10)
    assert low_frequencies(700, 600) == 54
    assert low_frequencies(9000, 8000) == 255
    assert np.abs(moved("toward_fourier", [source], [source])[0].astype(int) - source).max() <= 1


# all of them


@pytest.mark.parametrize("name", TOWARD)
def test_an_image_is_where_it_should_be_when_it_is_the_only_reference(name: str) -> None:
    for image in (PHOTOS[0], DIGITS[0]):
        gap = np.abs(moved(name, [image], [image])[0].astype(int) - image)
        assert gap.max() <= 1


@pytest.mark.parametrize("name", TOWARD)
def test_the_order_and_repetition_of_the_references_count_only_where_one_is_drawn(name: str) -> None:
    some, others = (moved(name, PHOTOS, refs) for refs in (TARGET, [*TARGET[::-1], *TARGET]))
    same = all(np.abs(a.astype(int) - b).max() <= 1 for a, b in zip(some, others, strict=True))
    assert same == (name in POOLED) == (not TOWARD[name].random)


@pytest.mark.parametrize("name", TOWARD)
def test_the_further_the_dial_the_nearer_the_target(name: str) -> None:
    left = [remaining(moved(name, PHOTOS, TARGET, severity), TARGET) for severity in (0.0, 0.5, 1.0)]
    assert left[0].levels > left[1].levels > left[2].levels
    assert left[0] == remaining(PHOTOS, TARGET)
    if name == "toward_fourier":
        assert left[0].spectrum > left[1].spectrum > left[2].spectrum
    if name == "toward_histogram":
        assert left[2].levels < 2


@pytest.mark.parametrize("name", TOWARD)
def test_no_references_is_one_clear_refusal(name: str) -> None:
    with pytest.raises(DataError, match=f"{name} needs images of the target to move towards, got none; name them"):
        TOWARD[name]([])


@pytest.mark.parametrize(
    "broken",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 1), np.uint8)],
)
def test_what_is_no_image_is_refused_with_its_number(broken: Image) -> None:
    with pytest.raises(DataError, match=r"needs references of uint8 and shape \(H, W, 1 or 3\), got .* as number 1"):
        TOWARD["toward_pixels"]([DIGITS[0], broken])
    with pytest.raises(DataError, match="the distance that remains needs"):
        remaining([DIGITS[0], broken], DIGITS)


def test_names_and_doses_are_checked_like_any_other_shift_s() -> None:
    with pytest.raises(UnknownNameError, match="no shift towards a target named 'toward_color'; did you mean"):
        TOWARD["toward_color"]
    with pytest.raises(SpecError, match="severity is a fraction"):
        TOWARD["toward_colour"](DIGITS).at(1.5)
