"""TrivialAugment against torchvision and Pillow, image by image."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest
import torch
from tests.train.test_augment_pixels import images
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import InterpolationMode

from shiftprobe.train.augment import Augment, Draws, augmented, draw

pytestmark = pytest.mark.usefixtures("one_thread")

SPACE = v2.TrivialAugmentWide._AUGMENTATION_SPACE
NAMES = list(SPACE)
LEVELS = (0, 1, 2, 3, 5, 8, 10, 15, 16, 20, 24, 25, 29, 30)
STRENGTHS = [(level, negative) for level in LEVELS for negative in (False, True)]
SIDES = (36, 40)  # px; both above the furthest move of 32


def all_strengths(operation: str) -> Draws:
    """One row for each strength of an operation, with either sign."""
    rows = draw(Augment(kind="trivial"), len(STRENGTHS), seed=0, epoch=0)
    level, negative = (np.array(part) for part in zip(*STRENGTHS, strict=True))
    return replace(rows, operation=np.full(len(rows), NAMES.index(operation)), level=level, negative=negative)


def reference(image: Tensor, operation: str, level: int, negative: bool) -> Tensor:
    """What torchvision makes of one image."""
    table, signed = SPACE[operation]
    steps = table(31, *image.shape[1:])
    strength = 0.0 if steps is None else float(steps[level]) * (-1 if signed and negative else 1)
    found: Tensor = v2.TrivialAugmentWide()._apply_image_or_video_transform(
        image, operation, strength, interpolation=InterpolationMode.NEAREST, fill={Tensor: None}
    )
    return found


def apart(operation: str, *, channels: int, floats: bool) -> np.ndarray:
    """Differences from torchvision at every strength, in grey levels."""
    given = images(len(STRENGTHS), channels, *SIDES, floats=floats)
    found = augmented(given, all_strengths(operation))
    wanted = torch.stack([reference(given[i], operation, *one) for i, one in enumerate(STRENGTHS)])
    assert found.dtype == given.dtype
    return ((found.double() - wanted.double()) * (255 if floats else 1)).abs().numpy()


def test_names_are_in_the_order_of_the_draws() -> None:
    assert [NAMES.index(name) for name in ("Identity", "Rotate", "Brightness", "Equalize")] == [0, 5, 6, 13]
    assert len(NAMES) == 14


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("operation", NAMES)
def test_bytes_are_torchvisions_at_every_strength(operation: str, channels: int) -> None:
    """Blends may fall on two sides of a whole level (torchvision adds two products); moves, on two sides of a tie."""
    found = apart(operation, channels=channels, floats=False)
    if operation in {"Color", "Contrast", "Sharpness"}:
        assert found.max() <= 1
        assert (found > 0).mean() < 1e-2
    elif operation in {"ShearX", "ShearY", "Rotate"}:
        assert (found > 0).mean() < 1e-3
    else:
        assert found.max() == 0


@pytest.mark.parametrize("operation", NAMES)
def test_floats_are_torchvisions_at_every_strength(operation: str) -> None:
    found = apart(operation, channels=3, floats=True)
    share = 1e-3 if operation in {"ShearX", "ShearY", "Rotate"} else 0
    assert (found > 1e-3).mean() <= share


@pytest.mark.parametrize(
    ("operation", "change"), [("Equalize", PIL.ImageOps.equalize), ("AutoContrast", PIL.ImageOps.autocontrast)]
)
def test_histograms_are_pillows(operation: str, change: Callable[[PIL.Image.Image], PIL.Image.Image]) -> None:
    given = images(6, 3, *SIDES)
    rows = all_strengths(operation).rows(np.arange(6))
    ours = augmented(given, rows).permute(0, 2, 3, 1).numpy()
    for i, image in enumerate(given.permute(0, 2, 3, 1).numpy()):
        wanted = np.asarray(change(PIL.Image.fromarray(image)))
        assert np.abs(ours[i].astype(int) - wanted).max() <= (operation == "AutoContrast")  # whose rounding differs


def test_colour_changes_nothing_on_grey_images() -> None:
    given = images(len(STRENGTHS), 1, *SIDES)
    assert torch.equal(augmented(given, all_strengths("Color")), given)


@pytest.mark.parametrize("operation", ["Brightness", "Color", "Contrast", "Sharpness"])
def test_a_strength_of_zero_changes_nothing(operation: str) -> None:
    given = images(len(STRENGTHS), 3, *SIDES)
    zero = [i for i, (level, _) in enumerate(STRENGTHS) if level == 0]
    assert torch.equal(augmented(given, all_strengths(operation))[zero], given[zero])


@pytest.mark.parametrize("side", [8, 28, 32, 64])
def test_an_image_is_moved_by_at_most_its_side_and_by_32_px(side: int) -> None:
    given = torch.arange(1, side + 1, dtype=torch.uint8).expand(len(STRENGTHS), 1, side, side)
    found = augmented(given, all_strengths("TranslateX"))
    black = [int((one[0, 0] == 0).sum()) for one in found]
    assert max(black) == min(side, 32)
    assert black == pytest.approx([min(side, 32) * level / 30 for level, _ in STRENGTHS], abs=1.001)


def test_an_image_that_is_all_frame_is_not_sharpened() -> None:
    given = images(len(STRENGTHS), 3, 2, 9)
    assert torch.equal(augmented(given, all_strengths("Sharpness")), given)
