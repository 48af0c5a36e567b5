import numpy as np
import pytest
from numpy.typing import NDArray
from tests.locate.planting import digits, photos

from shiftprobe.locate.image_statistics import describe, named

SHAPES = [(8, 1), (28, 1), (33, 3), (64, 3), (96, 3), (224, 1)]


def pieces(side: int, channels: int, count: int = 3) -> NDArray[np.uint8]:
    """Photo tiles beside each other, cut to size."""
    row = np.concatenate(list(photos()[:16]), axis=1)
    block = np.concatenate([row] * 4, axis=0)
    return np.stack([block[i : i + side, 7 * i : 7 * i + side, :channels] for i in range(count)])


@pytest.mark.parametrize(("side", "channels"), SHAPES)
def test_every_size_has_finite_statistics(side: int, channels: int) -> None:
    rows = describe(pieces(side, channels))
    assert rows.dtype == np.float32
    assert np.isfinite(rows).all()


@pytest.mark.parametrize("value", [0, 127, 255])
def test_an_empty_image_has_finite_statistics(value: int) -> None:
    assert np.isfinite(describe(np.full((2, 28, 28, 3), value, np.uint8))).all()


def test_an_image_is_described_alone() -> None:
    images = digits()[:70]
    together = describe(images)  # more than one chunk
    assert np.allclose(describe(images[66:]), together[66:], atol=1e-5)


def test_moments_are_numpys() -> None:
    images = photos()[:4]
    grey = images @ np.array([0.299, 0.587, 0.114]) / 255
    found = named(images)
    assert np.allclose(found["light: mean"], grey.mean((1, 2)), atol=1e-5)
    assert np.allclose(found["light: contrast"], grey.std((1, 2)), atol=1e-5)
    assert np.allclose(found["light: red mean"], images[..., 0].mean((1, 2)) / 255, atol=1e-5)


def test_the_noise_of_a_grey_card_is_read_off() -> None:
    rng = np.random.default_rng(0)
    card = 127 + rng.normal(0, 20, (4, 64, 64, 1))
    found = named(np.rint(card).astype(np.uint8))["texture: noise"]
    assert np.exp(found) == pytest.approx(0.6745 * 20 / 255, rel=0.1)  # the median of a normal's absolute value


def test_blocks_are_seen_where_jpeg_puts_them() -> None:
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 30, (3, 8, 8, 1), dtype=np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    assert (named(blocks)["texture: row blocks"] > 2).all()
    assert (np.abs(named(np.roll(blocks, 2, axis=2))["texture: row blocks"]) < 0.1).all()


def test_a_mirror_turns_the_signs_of_what_has_a_side() -> None:
    images = digits()[:6]
    plain, mirrored = named(images), named(images[:, :, ::-1])
    for name in ("layout: light x", "layout: light tilt", "layout: slanted 1"):
        assert np.allclose(plain[name], -mirrored[name], atol=1e-5)
    for name in ("light: mean", "texture: ring 4", "layout: light y", "texture: row 2"):
        assert np.allclose(plain[name], mirrored[name], atol=1e-4)
