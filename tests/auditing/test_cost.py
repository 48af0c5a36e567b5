"""How long an audit takes, as it is said before it begins."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.auditing.made_up import policy, side, subject

from shiftprobe.auditing import cost
from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.ready import Ready
from shiftprobe.auditing.request import CheckpointRequest, Request
from shiftprobe.engine.shifted_sets import Dose, shifted


@pytest.mark.parametrize("whole", [0.1, 0.4])
def test_a_look_is_timed_on_the_policys_first_shift_and_decoding_on_unshifted_images(
    whole: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, passes = [0.0], []

    def predict(_: Any, side: Side, index: Sequence[int], dose: Dose) -> None:
        shifted(side.bundle.images, index, dose)
        passes.append((dose.shift.name, len(index)))
        clock[0] += (whole if dose.severity == 0 else 0.1) * len(index)

    monkeypatch.setattr(cost, "predict", predict)
    monkeypatch.setattr(cost, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    request = Request(wanted=CheckpointRequest(checkpoint="m.pt"), data="photos", policy=policy())
    ready = Ready(
        request=request, subject=subject(), data=side(40), target=side(50), other=None, name="m", folder=tmp_path,
        notes=(),
    )  # fmt: skip
    # 0.1 s an image: clean and 3 shifts at 3 doses of 40 images, shared by the workers; ten passes of the larger side;
    # what all pixels cost more is paid twice for each of its images
    beside = 0.1 * 10 * 50 + (whole - 0.1) * 2 * 50 + 5
    assert cost.seconds(ready, 1) == pytest.approx(0.1 * 10 * 40 + beside)
    assert cost.seconds(ready, 2) == pytest.approx(0.1 * 10 * 40 / 2 + beside)
    assert passes == [("fog", 2), ("identity", 32), ("fog", 32)] * 2
