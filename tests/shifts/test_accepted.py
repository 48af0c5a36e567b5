"""What a shift takes and what it refuses; every refusal's advice makes the image that was meant."""

import re
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch

from shiftprobe.core.errors import DataError
from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts import SHIFTS, DosedShift, check_image, find, identity
from shiftprobe.shifts.toward import TOWARD

PHOTO = np.random.default_rng(1).integers(0, 256, (24, 40, 3), dtype=np.uint8)
GREY = PHOTO[..., :1].copy()
ADVISED = {
    "floats in [0, 1]": ((PHOTO / 255).astype(np.float32), PHOTO),
    "floats in [0, 255]": (PHOTO.astype(np.float64), PHOTO),
    "integers": (PHOTO.astype(np.int32), PHOTO),
    "16 bits that fit": (PHOTO.astype(np.uint16), PHOTO),
    "a mask": (GREY > 127, 255 * (GREY > 127).astype(np.uint8)),
    "channels first": (np.moveaxis(PHOTO, -1, 0), PHOTO),
    "no channels": (GREY[..., 0], GREY),
    "transparency": (np.concatenate([PHOTO, GREY], axis=2), PHOTO),
    "a Pillow image": (PIL.Image.fromarray(PHOTO), PHOTO),
    "a grey Pillow image": (PIL.Image.fromarray(GREY[..., 0]), np.repeat(GREY, 3, axis=2)),
    "a list": (PHOTO.tolist(), PHOTO),
    "bytes of torch": (torch.from_numpy(PHOTO).permute(2, 0, 1), PHOTO),
}


@pytest.mark.parametrize("what", ADVISED)
def test_the_advice_of_a_refusal_makes_the_image_that_was_meant(what: str) -> None:
    image, meant = ADVISED[what]
    with pytest.raises(DataError, match="a shift takes a uint8 array") as refused:
        check_image(image)
    advice = re.search(r"(?:write|out:) (.+?)(?:, and .*)?$", str(refused.value))
    assert advice, refused.value
    made = eval(advice[1], {"np": np, "image": image})  # noqa: S307 - our own words
    check_image(made)
    np.testing.assert_array_equal(made, meant)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (PHOTO / 127.5 - 1, "got float64 from -1 to 1; bring it to 0..255 and leave normalisation"),
        (PHOTO.astype(np.uint16) * 257, r"got uint16 from \d+ to 65535|got uint16 from \d+ to 6.55"),
        (np.full((8, 8, 3), np.nan), "got float64 from nan to nan; bring it to 0..255"),
        (PHOTO.astype(np.complex64), "got complex64; keep the grey levels alone"),
        (PHOTO[None], r"got shape \(1, 24, 40, 3\); hand over one image at a time"),
        (PHOTO[:0], r"got shape \(0, 40, 3\); check that the image was read"),
        (np.empty((0, 4, 3)), r"got float64 of shape \(0, 4, 3\); check that the image was read"),
        (np.ma.masked_array(PHOTO), "got a MaskedArray; write np.asarray"),
        (PHOTO.astype(object), "got object; keep the grey levels alone"),
        (None, "got NoneType"),
        ("photo.png", "got str"),
    ],
)
def test_what_nothing_can_be_made_of_is_refused_in_one_line(image: Any, words: str) -> None:
    with pytest.raises(DataError, match=words) as refused:
        check_image(image)
    assert "\n" not in str(refused.value)


def changes() -> dict[str, Transform]:
    toward = {name: TOWARD[name]([PHOTO[::-1].copy()]) for name in TOWARD}
    composed = {name: find(name) for name in ("gaussian_blur+gaussian_noise", "fog*0.5+gamma", "identity")}
    every = {**{name: SHIFTS[name] for name in SHIFTS}, **toward, **composed}
    found = {f"{name} {severity}": shift.at(severity) for name, shift in every.items() for severity in (0.0, 0.5)}
    return {**found, "identity itself": identity}


def test_every_shift_refuses_floats_and_pillow_images_and_leaves_them_alone() -> None:
    light = (PHOTO / 255).astype(np.float32)
    kept = light.copy()
    for name, change in changes().items():
        for foreign in (light, PIL.Image.fromarray(PHOTO)):
            with pytest.raises(DataError, match="a shift takes a uint8 array"):
                change(foreign, np.random.default_rng(0))  # type: ignore[arg-type] # the fault under test
            assert change(PHOTO, np.random.default_rng(0)).dtype == np.uint8, name
    np.testing.assert_array_equal(light, kept)


@pytest.mark.parametrize("name", SHIFTS)
def test_images_of_ours_meet_the_same_change_bit_for_bit(name: str) -> None:
    shift = SHIFTS[name]
    assert isinstance(shift, DosedShift)
    for severity in (0.3, 1.0):
        bare = shift.build(shift.start + (shift.end - shift.start) * severity)
        np.testing.assert_array_equal(
            shift.at(severity)(PHOTO, np.random.default_rng(5)), bare(PHOTO, np.random.default_rng(5))
        )


@pytest.mark.parametrize("rng", [None, 0, np.random.RandomState(0)])
def test_a_seed_in_place_of_a_generator_is_refused(rng: Any) -> None:
    with pytest.raises(DataError, match=r"pass np\.random\.default_rng\(seed\)"):
        SHIFTS["rotation"].at(0.5)(PHOTO, rng)


def test_a_closed_or_turned_image_is_taken() -> None:
    closed: Image = PHOTO.copy()
    closed.flags.writeable = False
    for image in (closed, PHOTO[:, ::-1], np.asfortranarray(PHOTO)):
        same = SHIFTS["gamma"].at(0.5)(np.ascontiguousarray(image), np.random.default_rng(0))
        np.testing.assert_array_equal(SHIFTS["gamma"].at(0.5)(image, np.random.default_rng(0)), same)
