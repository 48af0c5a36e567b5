"""What is known of an audit before it begins: where its shifts fall, and which of them its images cannot meet."""

from pathlib import Path

import numpy as np
import pytest
from tests.auditing.made_up import CLASSES, policy, ready, side, subject

from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.pixel_notes import working
from shiftprobe.auditing.ready import _check_colour, _check_possible
from shiftprobe.core.errors import SpecError
from shiftprobe.core.types import Condition
from shiftprobe.data.bundle import Bundle


def test_of_the_policys_shifts_one_that_needs_colour_is_named() -> None:
    grey = side(3)
    _check_colour(policy(), grey)
    with pytest.raises(SpecError, match="policy: shift hue needs colour, but folder:photos is grey; leave it out"):
        _check_colour(policy(shifts=["fog", "hue"]), grey)


def test_a_score_that_this_head_cannot_have_is_refused_before_minutes_are_spent() -> None:
    _check_possible(policy(shifts=["fog"]), side(8), subject())
    with pytest.raises(SpecError, match="auroc ranks the images of two classes, and there are 4; choose macro_f1"):
        _check_possible(policy(shifts=["fog"], auroc={"at_least": 0.8}), side(8), subject())


def photographs(*sides: int) -> Side:
    """Grey images of these sides in px, in two classes."""
    images = tuple(np.zeros((side, side + 5, 1), np.uint8) for side in sides)
    labels = np.arange(len(sides)) % 2
    bundle = Bundle(name="folder:photos", images=images, labels=labels, classes=CLASSES)
    return Side(name="folder:photos", bundle=bundle, index=np.arange(len(sides)), labels=labels)


def test_shifts_fall_on_twice_what_the_network_sees(tmp_path: Path) -> None:
    one = ready(photographs(16, 17, 40), tmp_path)  # the network sees 8 px
    assert (one.working, one.dose(Condition("fog", 0.5)).side) == (16, 16)
    (note,) = working(one)
    assert note.text.startswith(
        "Shifts fall on images brought to 16 px (shorter side), twice what the network sees: 2 of 3"
    )


def test_they_fall_on_all_pixels_where_that_is_asked_or_no_image_is_larger(tmp_path: Path) -> None:
    for one in (ready(photographs(16, 12), tmp_path), ready(photographs(400, 12), tmp_path, native=True)):
        assert one.working is None
        assert one.dose(Condition("fog", 0.5)).side is None
        assert working(one) == ()
    assert working(ready(photographs(400, 12), tmp_path, rules=policy(shifts=[]))) == ()
