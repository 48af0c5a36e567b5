"""How long an audit takes, as it is said before it begins."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.auditing.made_up import policy, ready, side, subject

from shiftprobe.auditing import cost
from shiftprobe.auditing.evidence import Side
from shiftprobe.core.types import LookPrecision
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
    one = ready(side(40), tmp_path, target=side(50))
    # 0.1 s an image: clean and 3 shifts at 3 doses of 40 images and the target's 50, shared by the workers; 9 ways
    # to prepare all 50, 3 passes for each map of 32 images in 5 conditions, repairs; decoding twice, once shared
    looks, beside = 10 * 40 + 50, 9 * 50 + 3 * 32 * 5 + 1.5 * 50
    for workers in (1, 2):
        wanted = 0.1 * (looks / workers + beside) + (whole - 0.1) * 50 * (1 + 1 / workers) + 5
        assert cost.seconds(one, workers) == pytest.approx((wanted, wanted))
    assert passes == [("fog", 2), ("identity", 32), ("fog", 32)] * 2


def test_where_an_audit_may_stop_early_both_ends_are_told_and_what_is_done_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "_timed", lambda *_: 0.1)
    one = ready(side(800), tmp_path)
    beside = 9 * 256 + 3 * 32 * 5
    least, most = cost.seconds(one, 1)
    assert least == pytest.approx(0.1 * (800 + 9 * 200 + beside + 1.5 * 200) + 5)
    assert most == pytest.approx(0.1 * (800 + 9 * 800 + beside + 1.5 * 800) + 5)
    monkeypatch.setattr(cost, "missing", lambda *_: 0)
    least, most = cost.seconds(one, 1)
    assert least == pytest.approx(0.1 * (beside + 1.5 * 200) + 5)


def test_bf16_may_cost_float32_too_and_what_draws_no_maps_pays_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "_timed", lambda one, *_: 0.1 if one.subject.precision == "bf16" else 0.2)

    def of(precision: LookPrecision, **rules: Any) -> cost.AuditTime:
        one = ready(side(40), tmp_path, who=replace(subject(), precision=precision), rules=policy(**rules))
        return cost.seconds(one, 1)

    passes = 10 * 40 + 9 * 40 + 3 * 32 * 5 + 1.5 * 40
    assert of("bf16") == pytest.approx((0.1 * passes + 5, 0.3 * passes + 5))
    assert of("float32") == pytest.approx((0.2 * passes + 5,) * 2)
    assert of("float32", attribution={"level": "off"}) == pytest.approx((0.2 * (passes - 3 * 32 * 5) + 5,) * 2)


def test_lines_statistics_and_steps_are_paid_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch import nn

    from shiftprobe.auditing.other_weights import OtherWeights

    monkeypatch.setattr(cost, "_timed", lambda *_: 0.1)
    other = OtherWeights(name="o", sha256="0", state={})
    normed = replace(subject(), model=nn.BatchNorm2d(1))
    plain = cost.seconds(ready(side(100), tmp_path), 1).most
    each = [
        cost.seconds(one, 1).most - plain
        for one in (
            replace(ready(side(100), tmp_path), towards=(other,)),
            ready(side(100), tmp_path, who=normed),
            replace(ready(side(100), tmp_path, adapt=True)),
        )
    ]
    # four networks look at both sides; both sides at home and three shares, each with its statistics; six streams of
    # three passes a step, twice for sharpness, and one look at home each
    assert each == pytest.approx([0.1 * 4 * 200, 0.1 * (200 + 3 * 200), 0.1 * (6 * 100 * 9 + 200)])
