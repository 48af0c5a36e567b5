import itertools

import numpy as np
import pytest

from shiftprobe.models.alternatives import alternatives
from shiftprobe.models.preprocess import Preprocess

HALF = Preprocess(224, 3, (0.5,) * 3, (0.5,) * 3, resize=256, interpolation="bicubic")
USUAL = Preprocess(32, 3, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # as torchvision publishes them
GREY = Preprocess(28, 1, (0.13,), (0.31,))
LEVELS = Preprocess(32, 3, (0.0,) * 3, (1 / 255,) * 3, order="BGR")
ALL = [HALF, USUAL, GREY, LEVELS]


def test_the_plausible_others_have_names_for_a_sentence() -> None:
    assert list(alternatives(HALF)) == [
        "ImageNet's mean and std",
        "no normalisation (0 to 1)",
        "levels 0 to 255",
        "BGR",
        "centre crop of the whole shorter side",
        "stretched, not cropped",
        "bilinear",
    ]
    assert "mean=std=0.5" in alternatives(USUAL)
    assert "centre crop of 0.875" in alternatives(USUAL)
    assert alternatives(USUAL)["centre crop of 0.875"].resize == 37


@pytest.mark.parametrize("now", ALL)
def test_none_is_what_is_used_now_and_none_stands_there_twice(now: Preprocess) -> None:
    found = [now, *alternatives(now).values()]
    assert all(one != two for one, two in itertools.combinations(found, 2))
    assert all((other.size, other.channels) == (now.size, now.channels) for other in found)


@pytest.mark.parametrize("now", ALL)
def test_each_is_one_step_away(now: Preprocess) -> None:
    for other in alternatives(now).values():
        before, after = (p.to_dict() | {"std": 0, "mean": (p.mean, p.std)} for p in (now, other))
        assert sum(before.get(key) != after.get(key) for key in before.keys() | after.keys()) == 1


def test_rounding_makes_no_other_one() -> None:
    rounded = Preprocess(32, 3, (0.4851, 0.4558, 0.4062), (0.2291, 0.2239, 0.2251))
    assert "ImageNet's mean and std" not in alternatives(rounded)
    assert "ImageNet's mean and std" in alternatives(LEVELS)


def test_grey_images_have_no_colour_order() -> None:
    assert not {"BGR", "RGB", "ImageNet's mean and std"} & set(alternatives(GREY))
    assert "RGB" in alternatives(LEVELS)


@pytest.mark.parametrize("now", ALL)
def test_each_gives_images_that_differ_from_todays(now: Preprocess) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (300, 400, now.channels), dtype=np.uint8)

    def seen(how: Preprocess) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        import torch

        return how.normalise(torch.from_numpy(how.images([image]))).numpy()

    assert not [name for name, other in alternatives(now).items() if np.allclose(seen(now), seen(other), atol=1e-3)]
