"""The matrix of shifts and severities: numbers of the gates, signs of the intervals, doses in their own unit."""

from dataclasses import replace
from typing import Any

import pytest
from tests.auditing.made_up import evidence, labels_of, seen, side
from tests.report.fake_audit import typed, verdicts
from tests.report.fake_checks import check

from shiftprobe.auditing.checks.classes import balanced
from shiftprobe.auditing.measurements import Dial
from shiftprobe.auditing.outputs.doses import dose
from shiftprobe.auditing.outputs.matrix import DialMatrix, matrix
from shiftprobe.auditing.strength import parameters

LOOKED = Dial(
    severities=(0.0, 0.25, 0.5, 1.0), accuracy=(0.9, 0.8, 0.72, 0.5), low=(0.88, 0.78, 0.69, 0.47),
    high=(0.92, 0.82, 0.75, 0.53), n=800, floor=0.7, passes_to=0.25,
)  # fmt: skip


def made(dials: dict[str, Dial], *checks: Any, at: float = 0.25) -> DialMatrix:
    base = typed({**verdicts(), "checks": list(checks), "policy": {"severity": {"at": at}}})
    found = matrix(replace(base, shown=replace(base.shown, dials=dials)))
    assert found is not None
    return found


def test_a_gates_cell_has_its_numbers_and_the_others_hold_their_interval_against_the_floor() -> None:
    gate = check("severity:fog", "fail", 0.61, n=200, threshold=0.65)
    found = made({"fog": LOOKED}, gate, check("break_point:fog", "warn", 0.25, unit="dose"))
    (row,) = found.rows
    assert [cell.status for cell in row.cells] == ["fail", "cannot tell", "warn"]
    assert [cell.value for cell in row.cells] == [0.61, 0.72, 0.5]
    assert [cell.gates for cell in row.cells] == [True, False, False]
    assert (found.severities, found.gate_at, found.gate_least, found.floor) == ((0.25, 0.5, 1.0), 0.25, 0.65, 0.7)
    assert (row.reach, row.reach_status) == (0.25, "warn")


def test_what_keeps_the_audit_from_passing_stands_first() -> None:
    gates = [
        check("severity:a", "pass", 0.8), check("severity:b", "cannot tell", 0.7, gates=True),
        check("severity:c", "fail", 0.6), check("severity:d", "fail", 0.5),
    ]  # fmt: skip
    assert [row.shift for row in made(dict.fromkeys("abcd", LOOKED), *gates).rows] == ["d", "c", "b", "a"]


def test_without_gates_every_cell_is_held_against_the_floor_and_without_a_floor_none() -> None:
    (row,) = made({"fog": LOOKED}).rows
    assert [cell.status for cell in row.cells] == ["pass", "cannot tell", "warn"]
    (bare,) = made({"fog": replace(LOOKED, floor=None)}).rows
    assert [cell.status for cell in bare.cells] == [None] * 3


def test_an_audit_without_shifts_has_no_matrix() -> None:
    base = typed(verdicts())
    assert matrix(replace(base, shown=replace(base.shown, dials={}))) is None


def test_a_severity_has_the_unit_of_its_shift() -> None:
    (turn,) = parameters("rotation", (0.0, 0.5, 1.0))
    assert (turn.shift, turn.name, turn.unit, turn.values) == ("rotation", "angle", "degrees", (None, 22.5, 45.0))
    (zoom,) = parameters("scale", (0.0, 1.0))
    assert zoom.values == (None, 1.75)


def test_jpeg_is_told_as_the_quality_that_is_stored() -> None:
    """Libjpeg multiplies its tables by 50 over a quality below 50: 2.875 times at 17, 11.5 times at 4."""
    (found,) = parameters("jpeg", (0.0, 0.25, 1.0))
    assert (found.name, found.values) == ("quality", (None, 17.0, 4.0))


def test_a_composition_has_a_dose_for_each_member() -> None:
    blur, noise = parameters("motion_blur*0.5+gaussian_noise=0.25", (0.0, 0.5, 1.0))
    assert blur.values[0] is noise.values[0] is None
    assert blur.values[1:] == pytest.approx((0.075, 0.15))
    assert noise.values[1:] == pytest.approx((0.1, 0.1))


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.075, "of the shorter side", "2.1 px"),
        (0.1, "of 255", "26 of 255"), (22.5, "degrees", "22.5\N{DEGREE SIGN}"),
        (17.0, "of 100", "17"), (0.2125, "of all", "21.2 %"), (1.75, "times", "\N{MULTIPLICATION SIGN}1.75"),
        (2.5, "bits", "2.5 bits"), (1.5, "", "1.5"), (None, "bits", ""),
    ],
)  # fmt: skip
def test_doses_are_told_as_on_a_data_sheet(value: float | None, unit: str, said: str) -> None:
    assert dose(value, unit, 28) == said


def test_a_length_stays_a_share_where_the_side_is_not_known() -> None:
    assert dose(0.075, "of the shorter side", None) == "7.5 %"


def test_classes_are_measured_on_a_labelled_target_too() -> None:
    camera = side(200, name="folder:camera")
    there = evidence(target=camera, on_target=seen(labels_of(200), [True] * 100 + [False] * 100))
    shown = balanced(there).shown
    assert {one.name: (one.n, one.right) for one in shown.target_classes} == dict.fromkeys(
        ("ant", "bee", "cat", "dog"), (50, 25)
    )
    assert balanced(replace(there, target=replace(camera, labels=None))).shown.target_classes == ()
    assert shown.classes == balanced(evidence()).shown.classes
