from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from shiftprobe.shifts import SHIFTS, check_severity
from shiftprobe.testing import ContractError, check_shift
from shiftprobe.types import IDENTITY, Image, Transform


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
    checked: bool = True
    name: str = "handmade"

    def at(self, severity: float) -> Transform:
        if self.checked:
            check_severity(severity)
        return lambda image, rng: self.change(image, rng, severity)


def darken(image: Image, _rng: np.random.Generator, severity: float) -> Image:
    return np.asarray(np.rint(image * (1 - severity)), np.uint8)


def hide(image: Image, rng: np.random.Generator, severity: float) -> Image:
    shown = np.asarray(rng.random(image.shape) >= severity)
    return np.where(shown, image, 0).astype(np.uint8)


def test_a_sound_shift_of_a_third_party_passes() -> None:
    check_shift(Handmade(darken))
    check_shift(Handmade(hide, random=True))


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
    return darken(image, rng, severity)[: 96 if severity < 1 else 32].copy()


def backwards(image: Image, rng: np.random.Generator, severity: float) -> Image:
    return np.ascontiguousarray(darken(image, rng, severity)[..., ::-1])[..., ::-1]


def own_stream() -> Callable[[Image, np.random.Generator, float], Image]:
    stream = np.random.default_rng(0)
    return lambda image, _rng, severity: hide(image, stream, severity)


BROKEN = {
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
    "severity -0.1 must be refused": Handmade(darken, checked=False),
}


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_promise_is_named(promise: str) -> None:
    with pytest.raises(ContractError) as caught:
        check_shift(BROKEN[promise])
    assert promise in str(caught.value)
    assert "shift 'handmade'" in str(caught.value)
