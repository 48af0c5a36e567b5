from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from shiftprobe.core.errors import DataError
from shiftprobe.core.types import IDENTITY, Image, Transform
from shiftprobe.shifts import SHIFTS, check_severity, guarded
from shiftprobe.testing import ContractError, check_shift


@pytest.mark.parametrize("name", SHIFTS)
def test_every_registered_shift_keeps_its_promises(name: str) -> None:
    check_shift(SHIFTS[name])


def test_the_name_of_severity_0_is_not_taken() -> None:
    assert IDENTITY not in SHIFTS


@dataclass(frozen=True)
class Handmade:
    """A shift as a third party would write it, from how one image changes at one severity."""

    change: Callable[[Image, np.random.Generator, float], Image]
    random: bool = False
    colour: bool = False
    checked: bool = True
    guards: bool = True
    name: str = "handmade"

    def at(self, severity: float) -> Transform:
        if self.checked:
            check_severity(severity)
        change: Transform = lambda image, rng: self.change(image, rng, severity)  # noqa: E731 - one of two
        return guarded(change) if self.guards else change


def darken(image: Image, _rng: np.random.Generator, severity: float) -> Image:
    return np.asarray(np.rint(image * (1 - severity)), np.uint8)


def hide(image: Image, rng: np.random.Generator, severity: float) -> Image:
    shown = np.asarray(rng.random(image.shape) >= severity)
    return np.where(shown, image, 0).astype(np.uint8)


def in_colour(image: Image, _rng: np.random.Generator, severity: float) -> Image:
    if image.shape[2] == 1:
        raise DataError("the shift 'handmade' needs colour, got a grey image; leave out the shift 'handmade'")
    return np.asarray(np.rint(image + severity * (image[..., ::-1].astype(float) - image)), np.uint8)


def in_four_steps(image: Image, rng: np.random.Generator, severity: float) -> Image:
    return darken(image, rng, round(4 * severity) / 4)


@dataclass(frozen=True)
class Stepped(Handmade):
    """A shift that says whether its parameter moves in whole steps."""

    stepped: bool = True


def test_a_sound_shift_of_a_third_party_passes() -> None:
    check_shift(Handmade(darken))
    check_shift(Handmade(hide, random=True))
    check_shift(Handmade(in_colour, colour=True))
    check_shift(Stepped(darken, stepped=False))
    check_shift(Stepped(in_four_steps))


def test_growth_is_asked_only_of_a_shift_that_says_it_has_no_steps() -> None:
    check_shift(Handmade(in_four_steps))


def in_place(image: Image, _rng: np.random.Generator, severity: float) -> Image:
    image[:] = np.rint(image * (1 - severity))
    return image.copy()


def same_object(image: Image, rng: np.random.Generator, severity: float) -> Image:
    return darken(image, rng, severity) if severity else image


def never_clean(image: Image, rng: np.random.Generator, severity: float) -> Image:
    return darken(image, rng, 0.1 + 0.9 * severity)


def back_and_forth(image: Image, rng: np.random.Generator, severity: float) -> Image:
    return darken(image, rng, min(severity, 1.2 - severity))


def dead(image: Image, _rng: np.random.Generator, _severity: float) -> Image:
    return image.copy()


def floats(image: Image, _rng: np.random.Generator, severity: float) -> Image:
    return image * (1 - severity)  # type: ignore[return-value]  # the fault under test


def flat(image: Image, rng: np.random.Generator, severity: float) -> Image:
    return darken(image, rng, severity).squeeze()


def cropped(image: Image, rng: np.random.Generator, severity: float) -> Image:
    return darken(image, rng, severity)[: 224 if severity < 1 else 32].copy()


def backwards(image: Image, rng: np.random.Generator, severity: float) -> Image:
    return np.ascontiguousarray(darken(image, rng, severity)[..., ::-1])[..., ::-1]


def own_stream() -> Callable[[Image, np.random.Generator, float], Image]:
    stream = np.random.default_rng(0)
    return lambda image, _rng, severity: hide(image, stream, severity)


def other_draws(image: Image, rng: np.random.Generator, severity: float) -> Image:
    return hide(image, np.random.default_rng([*rng.integers(2**32, size=4), int(1e6 * severity)]), severity)


def fails_on_grey(image: Image, rng: np.random.Generator, severity: float) -> Image:
    if image.shape[2] == 1 and severity:
        raise DataError("needs colour")
    return darken(image, rng, severity)


def dead_on_digits(image: Image, rng: np.random.Generator, severity: float) -> Image:
    empty = np.mean(image == 0) > 0.3 and severity < 0.3
    return image.copy() if empty else darken(image, rng, severity)


def small_only(image: Image, rng: np.random.Generator, severity: float) -> Image:
    return darken(image, rng, severity if len(image) < 224 else 0.0)


BROKEN = {
    "floats in [0, 1] at severity 0.0 must be refused with a DataError, and gives": Handmade(darken, guards=False),
    "input must not change": Handmade(in_place),
    "share memory": Handmade(same_object),
    "severity 0 must return the same bytes": Handmade(never_clean),
    "must not fall": Handmade(back_and_forth),
    "severity 1 must change the images": Handmade(dead),
    "must be uint8": Handmade(floats),
    "shape must stay, got (8, 8)": Handmade(flat),
    "shape must stay, got (32, 33, 1)": Handmade(cropped),
    "C-contiguous": Handmade(backwards),
    "depend on its generator alone": Handmade(own_stream(), random=True),
    "random is true": Handmade(darken, random=True),
    "random is false": Handmade(hide),
    "must not depend on the severity": Handmade(other_draws, random=True),
    "must grow with every dose unless stepped is true": Stepped(in_four_steps, stepped=False),
    "on digits": Stepped(dead_on_digits, stepped=False),
    "does not at 224x224 grey": Handmade(small_only),
    "a grey image must be refused with a DataError": Handmade(darken, colour=True),
    "its refusal must name it, got 'needs colour'": Handmade(fails_on_grey, colour=True),
    "a grey image must be taken unless colour is true": Handmade(fails_on_grey),
    "severity -0.1 must be refused": Handmade(darken, checked=False),
}


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_promise_is_named(promise: str) -> None:
    with pytest.raises(ContractError) as caught:
        check_shift(BROKEN[promise])
    assert promise in str(caught.value)
    assert "shift 'handmade'" in str(caught.value)
