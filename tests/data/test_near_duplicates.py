import io
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_sample_image

from shiftprobe.data import load
from shiftprobe.data.bundle import fingerprint
from shiftprobe.data.near_duplicates import has_near

Pixels = NDArray[np.uint8]


def thumbs(images: list[Pixels]) -> Pixels:
    joined = b"".join(fingerprint(image).thumb for image in images)
    return np.frombuffer(joined, np.uint8).reshape(-1, 16, 16)


def jpeg(image: Pixels) -> Pixels:
    buffer = io.BytesIO()
    PIL.Image.fromarray(image.squeeze()).save(buffer, "JPEG", quality=75)
    return np.asarray(PIL.Image.open(buffer)).reshape(image.shape)


def one_pixel(image: Pixels) -> Pixels:
    touched = image.copy()
    touched[0, 0] ^= 8
    return touched


def noisy(image: Pixels) -> Pixels:
    noise = np.random.default_rng(0).integers(-4, 5, image.shape)
    return np.clip(image.astype(int) + noise, 0, 255).astype(np.uint8)


def darker(image: Pixels) -> Pixels:
    return (image * 0.7).astype(np.uint8)


def halved(image: Pixels) -> Pixels:
    return np.asarray(PIL.Image.fromarray(image).resize((image.shape[1] // 2, image.shape[0] // 2)))


@pytest.mark.parametrize("copy", [jpeg, one_pixel, noisy, darker])
@pytest.mark.parametrize("name", ["digits:mnist", "digits:uci"])
def test_finds_changed_copies_of_digits(name: str, copy: object) -> None:
    images = list(load(name, Path()).images[:200])
    copies = [copy(image) for image in images]  # type: ignore[operator]
    assert has_near(thumbs(copies), thumbs(images)).mean() > 0.99


@pytest.mark.parametrize("copy", [jpeg, one_pixel, noisy, darker, halved])
def test_finds_changed_copies_of_photographs(copy: object) -> None:
    china, flower = load_sample_image("china.jpg"), load_sample_image("flower.jpg")
    assert has_near(thumbs([copy(china)]), thumbs([flower, china])).all()  # type: ignore[operator]
    assert not has_near(thumbs([copy(china)]), thumbs([flower])).any()  # type: ignore[operator]


@pytest.mark.parametrize(("name", "most"), [("digits:mnist", 0), ("digits:uci", 1)])
def test_does_not_cry_wolf_on_distinct_digits(name: str, most: int) -> None:
    all_of_them = load(name, Path()).thumbs
    assert has_near(all_of_them[::2], all_of_them[1::2]).sum() <= most


def test_agrees_with_a_plain_correlation() -> None:
    rng = np.random.default_rng(1)
    one = rng.integers(0, 256, (7, 16, 16), dtype=np.uint8)
    levels = np.array([1, 3, 10, 30, 60, 100, 200])[:, None, None]
    other = np.clip(one + rng.normal(0, 1, one.shape) * levels, 0, 255).astype(np.uint8)
    expected = [np.corrcoef(a.ravel(), b.ravel())[0, 1] >= 0.992 for a, b in zip(one, other, strict=True)]
    assert 0 < sum(expected) < 7
    assert [bool(has_near(a[None], b[None])[0]) for a, b in zip(one, other, strict=True)] == expected


def test_blocks_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    thumb = load("digits:uci", Path()).thumbs
    whole = has_near(thumb[:100], thumb[50:150])
    monkeypatch.setattr("shiftprobe.data.near_duplicates._ROWS", 7)
    np.testing.assert_array_equal(has_near(thumb[:100], thumb[50:150]), whole)
    assert whole[50:].all()


def test_flat_images_and_an_empty_pool_are_near_nothing() -> None:
    flat = np.full((2, 16, 16), 7, np.uint8)
    assert not has_near(flat, flat).any()
    assert has_near(flat, flat[:0]).tolist() == [False, False]
    assert has_near(flat[:0], flat).shape == (0,)
