"""How a checkpoint's images are prepared where nobody says, and what of it one flag moves."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.auditing.made_up import side

from shiftprobe.auditing.preprocessing import ChosenPreprocess, chosen_preprocess
from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.sizes import Sizes

PUBLISHED = Preprocess(224, 3, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6), resize=256)


def colour(px: int) -> Bundle:
    return replace(side(2).bundle, images=(np.full((px, px + 9, 3), 50, np.uint8),) * 2)


def chosen(arch: str, images: Bundle, travelling: Preprocess | None = None, **given: Any) -> ChosenPreprocess:
    wanted = CheckpointRequest(checkpoint="gone.pt", preprocess=given)
    return chosen_preprocess(wanted, travelling, arch, sizes=Sizes(classes=4, channels=3, kernel=3), images=images)


@pytest.mark.parametrize(("px", "size", "resize"), [(95, 95, None), (96, 224, 256)])
def test_weights_of_torchvision_get_the_mean_and_std_it_documents_and_small_images_keep_their_size(
    px: int, size: int, resize: int | None
) -> None:
    """The numbers of torchvision's documentation of its classifiers, in RGB."""
    found = chosen("torchvision:resnet18", colour(px))
    assert found.preprocess == Preprocess(size, 3, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), resize=resize)
    assert found.origin == ("usual" if resize else "usual, own size")


def test_weights_of_unknown_origin_get_the_statistics_of_the_data() -> None:
    found = chosen("small_cnn", colour(20))
    assert (found.preprocess.size, found.origin) == (20, "fitted")
    assert found.preprocess.mean == pytest.approx([50 / 255] * 3)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"mean": [0.5]}, replace(PUBLISHED, mean=(0.5,) * 3)),  # the crop stays
        ({"size": 32}, replace(PUBLISHED, size=32, resize=None)),  # a size alone: no crop
        ({"size": 32, "resize": 40}, replace(PUBLISHED, size=32, resize=40)),
        ({"resize": 300}, replace(PUBLISHED, resize=300)),
        ({"interpolation": "bicubic", "std": None}, replace(PUBLISHED, interpolation="bicubic")),
    ],
)
def test_a_flag_moves_what_it_names_and_a_new_side_the_crop(given: dict[str, Any], expected: Preprocess) -> None:
    found = chosen("small_cnn", colour(20), PUBLISHED, **given)
    assert found.preprocess == expected
    assert found.origin == "published with the weights"
    assert found.told.endswith(" as given, the rest what was published with the weights")


def test_only_mean_std_and_size_together_are_a_whole_preprocessing() -> None:
    found = chosen("small_cnn", colour(20), PUBLISHED, mean=0.5, std=0.25, size=16)
    assert found.preprocess == Preprocess(16, 3, (0.5,) * 3, (0.25,) * 3)
    assert (found.origin, found.told) == ("given", "mean, size, std as given")
