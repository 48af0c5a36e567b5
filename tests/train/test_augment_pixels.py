from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates
from torch import Tensor

from shiftprobe.train.augment import Augment, Draws, augmented, draw, mixed

pytestmark = pytest.mark.usefixtures("one_thread")

KINDS = [
    Augment(kind="crop_flip", flip=True),
    Augment(kind="crop_flip", scale=0.3, flip=True),
    Augment(kind="trivial", scale=0.3, flip=True, mixup=0.5, cutmix=0.5),
]


def images(n: int, channels: int = 3, height: int = 20, width: int = 24, *, floats: bool = False) -> Tensor:
    """Smooth waves with noise on them: bytes, or floats of the same levels."""
    rng = np.random.default_rng(n)
    y, x = np.mgrid[:height, :width]
    phase = rng.uniform(0, 6, (n, channels, 1, 1))
    levels = 127 + 90 * np.sin(phase + x / 5 + y / 4) + rng.normal(0, 9, (n, channels, height, width))
    found = torch.from_numpy(levels.clip(0, 255).round().astype(np.uint8))
    return found.float() / 255 if floats else found


def drawn(augment: Augment, n: int) -> Draws:
    return draw(augment, n, seed=0, epoch=0)


@pytest.mark.parametrize("floats", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_no_augmentation_gives_the_very_same_pixels(channels: int, floats: bool) -> None:
    given = images(5, channels, floats=floats)
    for augment in (Augment(), Augment(scale=0.2, flip=True), Augment(kind="crop_flip"), Augment(mixup=0.4)):
        found = augmented(given, drawn(augment, 5))
        assert found.dtype == given.dtype
        assert torch.equal(found, given)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_crop_is_what_scipy_reads_between_the_pixels(channels: int) -> None:
    given, how = images(12, channels, floats=True), drawn(Augment(kind="crop_flip", scale=0.1, flip=True), 12)
    found = augmented(given, how).numpy()
    for i, image in enumerate(given.numpy()):
        across = (how.left[i] + how.width[i] * (np.arange(24) + 0.5) / 24) * 24 - 0.5
        down = (how.top[i] + how.height[i] * (np.arange(20) + 0.5) / 20) * 20 - 0.5
        places = np.meshgrid(down, across[:: -1 if how.flip[i] else 1], indexing="ij")
        wanted = [map_coordinates(channel, places, order=1, mode="nearest") for channel in image]
        assert found[i] == pytest.approx(np.stack(wanted), abs=2e-6)


def test_bytes_are_cropped_as_their_levels_and_rounded() -> None:
    given, how = images(12), drawn(Augment(kind="crop_flip", scale=0.1), 12)
    levels = augmented(given.float(), how)
    assert torch.equal(augmented(given, how), levels.round().to(torch.uint8))


def test_flips_mirror_half_of_the_images_and_move_no_level() -> None:
    given = images(40)
    how = drawn(Augment(kind="crop_flip", flip=True), 40)
    found = augmented(given, how)
    for i in range(40):
        assert torch.equal(found[i], given[i].flip(2) if how.flip[i] else given[i])
    assert 10 < how.flip.sum() < 30


def test_a_flipped_crop_mirrors_the_crop_to_the_last_bit() -> None:
    given = images(40, floats=True)
    how = drawn(Augment(kind="crop_flip", scale=0.3, flip=True), 40)
    straight = augmented(given, replace(how, flip=np.zeros(40, dtype=bool)))
    assert torch.equal(augmented(given, replace(how, flip=np.ones(40, dtype=bool))), straight.flip(3))


def all_of_it(given: Tensor, how: Draws, part: np.ndarray) -> Tensor:
    """Augmented and mixed, as a training makes its batch."""
    rows = how.rows(part)
    own, partners = (augmented(given[torch.from_numpy(some)], how.rows(some)) for some in (part, rows.partner))
    return mixed(own.float(), partners.float(), rows) if how.augment.mixes else own


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("floats", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("augment", KINDS, ids=["flip", "crop", "all"])
def test_any_split_into_batches_gives_the_same_bits(
    augment: Augment, channels: int, floats: bool, layout: torch.memory_format
) -> None:
    given = images(37, channels, 19, 23, floats=floats).to(memory_format=layout)
    how = drawn(augment, 37)
    whole = all_of_it(given, how, np.arange(37))
    order = np.random.default_rng(1).permutation(37)
    for cuts in ([1, 2, 30], range(1, 9)):
        parts = [all_of_it(given, how, part) for part in np.split(order, cuts)]
        assert torch.equal(torch.cat(parts), whole[torch.from_numpy(order)])
    assert len({whole[i].numpy().tobytes() for i in range(37)}) == 37


def test_rows_that_do_not_match_the_images_are_refused() -> None:
    with pytest.raises(ValueError, match="got 4 rows for 5 images"):
        augmented(images(5), drawn(KINDS[1], 4))
