"""What is known of an audit before it begins: how long it takes, and which shifts its images cannot meet."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.auditing.made_up import policy, side, subject

from shiftprobe.auditing import ready as module
from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.ready import Ready, _check_colour, _check_possible, seconds
from shiftprobe.auditing.request import CheckpointRequest, Request
from shiftprobe.core.errors import SpecError
from shiftprobe.engine.shifted_sets import Dose, shifted


def test_the_time_that_is_told_is_that_of_a_pass_on_the_policys_first_shift(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, passes = [0.0], []

    def predict(_: Any, side: Side, index: Sequence[int], dose: Dose) -> None:
        shifted(side.bundle.images, index, dose)
        passes.append((dose.shift.name, len(index)))
        clock[0] += 0.1 * len(index)

    monkeypatch.setattr(module, "predict", predict)
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    request = Request(wanted=CheckpointRequest(checkpoint="m.pt"), data="photos", policy=policy())
    ready = Ready(
        request=request, subject=subject(), data=side(40), target=side(50), other=None, name="m", folder=tmp_path,
        notes=(),
    )  # fmt: skip
    # 0.1 s an image: clean and 3 shifts at 3 doses of 40 images, shared by the workers; ten passes of the larger side
    assert seconds(ready, 1) == pytest.approx(0.1 * (10 * 40 + 10 * 50) + 5)
    assert seconds(ready, 2) == pytest.approx(0.1 * (10 * 40 / 2 + 10 * 50) + 5)
    assert passes == [("fog", 2), ("fog", 32)] * 2


def test_of_the_policys_shifts_one_that_needs_colour_is_named() -> None:
    grey = side(3)
    _check_colour(policy(), grey)
    with pytest.raises(SpecError, match="policy: shift hue needs colour, but folder:photos is grey; leave it out"):
        _check_colour(policy(shifts=["fog", "hue"]), grey)


def test_a_score_that_this_head_cannot_have_is_refused_before_minutes_are_spent() -> None:
    _check_possible(policy(shifts=["fog"]), side(8), subject())
    with pytest.raises(SpecError, match="auroc ranks the images of two classes, and there are 4; choose macro_f1"):
        _check_possible(policy(shifts=["fog"], auroc={"at_least": 0.8}), side(8), subject())
