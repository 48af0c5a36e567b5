"""Which kind of change hurts: claimed where intervals part, silent elsewhere, every mark also a number."""

import re
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import pytest
from tests.report.fake_run import Fake, Make
from tests.report.run.test_page import Reader, page_of

from shiftprobe.core.types import Condition
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run import scatter, shift_distance, shift_kinds
from shiftprobe.report.run.ranking import DoseCost, Kind, ranking
from shiftprobe.results.model import ArmPoint

START = 0.97
HALF = 0.012  # of a test-image interval
MINUS = "\N{MINUS SIGN}"


def dose(distance: float, lost: float, *, seeds: int = 3, half: float = HALF, budget: int | None = 300) -> DoseCost:
    mean = START - lost
    values = tuple(mean + 0.002 * (i - (seeds - 1) / 2) for i in range(seeds))
    point = ArmPoint(
        shift="any", severity=1.0, budget=budget, arm="transfer", mean=mean, std=0.002, n=seeds, values=values,
        low=mean - half, high=mean + half, images=1000,
    )  # fmt: skip
    return DoseCost(severity=1.0, distance=distance, lost=lost, point=point)


def kind(shift: str, *doses: DoseCost) -> Kind:
    return Kind(number=1, shift=shift, doses=doses)


def test_the_shift_that_costs_more_without_moving_farther_is_named() -> None:
    said = ranking("transfer", [kind("blur", dose(0.2, 0.02)), kind("noise", dose(0.2, 0.2))])
    assert said == (
        "noise hurts transfer more than blur at no greater image distance: 20.0 points lost at image distance 0.200 "
        "against 2.0 at 0.200 (n = 3 seeds, 1,000 test images). That is more than test images leave open of "
        "both together, widened for all 2 comparisons."
    )


def test_a_shift_that_moves_farther_is_not_blamed_for_costing_more() -> None:
    assert ranking("transfer", [kind("blur", dose(0.2, 0.02)), kind("noise", dose(0.21, 0.2))]) == ""


def test_it_is_held_against_the_nearest_dose_that_moves_no_less() -> None:
    blur = kind("blur", dose(0.1, 0.0), dose(0.3, 0.19), dose(0.9, 0.02))
    assert ranking("transfer", [blur, kind("noise", dose(0.2, 0.2))]) == ""


def widened(count: int) -> float:
    """An independent reference: Bonferroni's factor for a 95 % interval."""
    normal = NormalDist()
    return normal.inv_cdf(1 - 0.05 / (2 * count)) / normal.inv_cdf(0.975)


@pytest.mark.parametrize(("factor", "claimed"), [(1.02, True), (0.98, False)])
def test_intervals_must_part_after_allowing_for_every_comparison(factor: float, claimed: bool) -> None:
    gap = factor * 2 * HALF * widened(2)
    assert bool(ranking("transfer", [kind("a", dose(0.2, 0.02)), kind("b", dose(0.2, 0.02 + gap))])) is claimed
    others = [kind(f"far{i}", dose(0.001 * i, 0.0)) for i in range(1, 9)]
    both = [*others, kind("a", dose(0.2, 0.02)), kind("b", dose(0.2, 0.02 + gap))]
    assert ranking("transfer", both) == ""


def test_seeds_must_lie_apart_and_be_three() -> None:
    weak = kind("blur", dose(0.2, 0.02))
    assert ranking("transfer", [weak, kind("noise", dose(0.2, 0.2))])
    assert ranking("transfer", [weak, kind("noise", dose(0.2, 0.2, seeds=2))]) == ""
    lucky = dose(0.2, 0.2)
    lucky = replace(lucky, point=replace(lucky.point, values=(0.6, 0.7, 0.96)))
    assert ranking("transfer", [weak, kind("noise", lucky)]) == ""


def test_an_untrained_arm_has_one_look_and_no_seeds() -> None:
    both = [kind("blur", dose(0.2, 0.02, seeds=1, budget=None)), kind("noise", dose(0.2, 0.2, seeds=1, budget=None))]
    assert "(n = 1,000 test images)" in ranking("zero_shot", both)


def test_two_shifts_that_each_cost_more_somewhere_are_not_ranked() -> None:
    crossing = [kind("a", dose(0.1, 0.2), dose(0.3, 0.25)), kind("b", dose(0.1, 0.02), dose(0.2, 0.6))]
    assert ranking("transfer", crossing) == ""


def test_without_an_interval_nothing_is_claimed() -> None:
    strong, weak = dose(0.2, 0.2), dose(0.2, 0.02)
    strong = replace(strong, point=replace(strong.point, high=None))
    assert ranking("transfer", [kind("a", strong), kind("b", weak)]) == ""
    assert ranking("transfer", []) == ""


def test_more_shifts_are_counted_and_the_clearest_is_named() -> None:
    found = [kind("a", dose(0.2, 0.02)), kind("b", dose(0.2, 0.05)), kind("c", dose(0.2, 0.3))]
    said = ranking("transfer", found)
    assert said.startswith("c hurts transfer more than each of the 2 other shifts at no greater image distance; clear")
    assert "clearest against a: 30.0 points" in said


def costly(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
    """The second shift, which moves the images less, costs every arm 12 points more."""
    for one in summary["points"]:
        if one["shift"] == "gaussian_blur":
            one.update({key: one[key] - 0.12 for key in ("mean", "low", "high")})
            one["values"] = [value - 0.12 for value in one["values"]]


def test_every_arm_has_a_picture_with_a_mark_per_shift_and_severity(make_run: Make) -> None:
    found = shift_kinds.section(read(make_run(changes=costly)))
    assert found
    assert [panel.arm for panel in found.panels] == ["zero_shot", "scratch", "transfer"]
    for panel in found.panels:
        assert len(re.findall('class="mark arm', panel.figure)) == 2 * 4
        assert re.findall('class="number"[^>]*>(\\d)<', panel.figure) == ["1", "2"]
        assert panel.said.startswith(f"gaussian_blur hurts {panel.arm} more than gaussian_noise at no greater image")
        assert panel.said.split(".")[0] in panel.figure


def test_marks_stand_where_distance_and_loss_say(make_run: Make) -> None:
    found = shift_kinds.section(read(make_run()))
    assert found
    farthest = re.findall(r'<path d="[^"]*L([\d.]+) [\d.]+" class="thin arm0"', found.panels[2].figure)[0]
    assert float(farthest) == pytest.approx(48 + (372 - 48) / 1.06, abs=0.1)  # the farthest mark of all
    tips = re.findall(r"<title>(gaussian_noise 1: [^<]*)</title>", found.panels[2].figure)
    assert tips == ["gaussian_noise 1: 8.0 points lost at image distance 0.400; transfer 89.0 (1.0) %, n = 3 seeds"]


def test_every_mark_is_a_row_of_the_table(make_run: Make) -> None:
    found = shift_kinds.section(read(make_run(Fake(scaled=True))))
    assert found
    table = found.table
    assert [head for head, _ in table.heads][:6] == [
        "shift",
        "no.",
        "severity",
        "dose",
        "images moved",
        "features moved",
    ]
    assert len(table.rows) == 2 * 4
    assert {len(row) for row in table.rows} == {len(table.heads)}
    assert [entry.main for entry in table.rows[0]] == [
        "gaussian_noise", "1", "0.25", "0.225", "0.077", "0.054", "21.3", "5.0", "2.0",
    ]  # fmt: skip
    assert table.rows[0][4].small == ("0.068 to 0.089",)
    counts = [unit.split("; ")[-1] for _, unit in table.heads]
    assert counts[4] == "n = 256 images"
    assert counts[6:] == ["n = 1,000 images", "n = 3 seeds", "n = 3 seeds"]


@pytest.mark.parametrize("fake", [Fake(shifts=("fog",)), Fake(moved=False), Fake(shifts=(), severities=(0.0,))])
def test_one_kind_or_no_distance_has_no_section(make_run: Make, fake: Fake) -> None:
    path = make_run(fake)
    assert shift_kinds.section(read(path)) is None
    page = page_of(path)
    assert 'id="kinds"' not in page
    assert 'href="#kinds"' not in page


def test_a_probe_that_could_not_look_says_why(make_run: Make) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        lost = {"metric": "all", "arm": "", "tap": "", "value": None, "low": None, "high": None}
        for row in [row for row in rows if row["probe"] == "distance" and row["shift"] == "gaussian_noise"]:
            row.update(lost, reason="the images are gone")
        for row in [row for row in rows if row["probe"] == "cka"]:
            row.update(lost, reason="no clean view")

    run = read(make_run(changes=changes))
    assert shift_distance.lines(run, "gaussian_noise", 1.0) == (
        "images moved by n/a (the images are gone)",
        "features moved by n/a (the images are gone)",
    )
    assert shift_kinds.section(run) is None
    assert run.taps("cka") == ()
    assert (lost := run.measure("cka", "source", "blocks.0", Condition("gaussian_blur", 1.0)))
    assert lost.reason == "no clean view"


def test_each_step_tells_how_far_it_moves(make_run: Make) -> None:
    path = make_run()
    run = read(path)
    assert shift_distance.step(run, "gaussian_noise", 0.5) == "Severity 0.5"
    assert shift_distance.lines(run, "gaussian_noise", 0.0) == ()
    assert shift_distance.lines(run, "gaussian_noise", 0.5) == (
        f"images moved by 0.200 (1 {MINUS} SSIM, 95 % 0.190 to 0.212, n = 256 images)",
        f"features moved by 0.140 (1 {MINUS} cosine, 95 % 0.130 to 0.152, n = 1,000 images)",
    )
    assert "images moved by 0.200" in Reader(page_of(path)).text


def test_a_scale_of_distances_is_said_with_its_doses_and_who_falls_short(make_run: Make) -> None:
    path = make_run(Fake(scaled=True))
    run = read(path)
    assert shift_distance.step(run, "gaussian_noise", 0.25) == "Severity 0.25, dose 0.225"
    assert shift_distance.step(run, "gaussian_blur", 0.5) == "Severity 0.5, dose 0.726"
    assert shift_distance.step(run, "gaussian_blur", 0.75) == "Severity 0.75, dose 1: all that this shift can do"
    assert shift_distance.step(run, "gaussian_blur", 0.0) == "Severity 0"
    assert shift_distance.short(run) == (("gaussian_blur", "62 %"),)
    text = Reader(page_of(path)).text
    assert text.count("at severity 1 by 0.310") == 2  # with the dials and with the kinds
    assert "1 of 2 shifts cannot move the images that far" in text
    assert ">severity 1</text>" in page_of(path)


def test_a_dose_is_never_called_a_distance(make_run: Make) -> None:
    run = read(make_run())
    assert shift_distance.scale(run) == ""
    assert shift_distance.short(run) == ()


def test_labels_that_would_meet_are_left_out() -> None:
    spots = [scatter.ScatterSpot(0.3, 0.1 + 0.0001 * i, None, "") for i in range(20)]
    lines = [scatter.ScatterLine(i, (spot,)) for i, spot in enumerate(spots, start=1)]
    drawn = scatter.scatter("k", "transfer", lines, scatter.frame(lines, 0.3, None), "said")
    assert 1 <= len(re.findall('class="number"', drawn)) <= 4
    assert len(re.findall('class="mark', drawn)) == 20


def test_a_gain_in_accuracy_reads_as_a_minus_and_stays_in_the_picture() -> None:
    line = scatter.ScatterLine(1, (scatter.ScatterSpot(0.2, -0.03, (-0.05, -0.01), ""),))
    ends = scatter.frame([line], 0.2, None)
    assert ends.low < -5
    assert ends.high > 0
