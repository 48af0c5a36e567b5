"""Sentences about two arms claim what the numbers allow, and nothing where they do not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.report.fake_run import Fake, Make

from shiftprobe.report.kit import claims
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.reading import read
from shiftprobe.results.model import Contrast, Converged, SeedPair

Changes = Callable[[dict[str, Any], list[Any]], None]
ONE = Contrast(
    shift="identity", severity=0.0, budget=300, a="transfer", b="scratch", difference=0.002, low=-0.009, high=0.013,
    n=3, p=0.5, p_holm=0.5, p_equivalence=0.1, margin_certified=0.012, verdict="inconclusive", seeds_needed=(2, 44),
    image_low=-0.004, image_high=0.008, unpaired_low=-0.017, unpaired_high=0.021,
)  # fmt: skip


def pairs(*gaps: float) -> tuple[SeedPair, ...]:
    return tuple(SeedPair(seed=i, a=0.9 + gap, b=0.9, difference=gap) for i, gap in enumerate(gaps))


def changed(make_run: Make, fake: Fake, changes: Changes) -> ReadRun:
    return read(make_run(fake, changes))


def test_pairing_is_said_to_narrow_only_where_it_did() -> None:
    assert claims.narrowed(ONE) == (
        "Pairing by seed narrowed the 95 % interval from ±1.9 to ±1.1 points (n = 3 seeds)."
    )
    wider = claims.narrowed(replace(ONE, unpaired_low=-0.004, unpaired_high=0.008))
    assert "did not narrow" in wider
    assert "±1.1 points paired, ±0.60 unpaired" in wider
    assert "left the 95 % interval at ±1.1" in claims.narrowed(replace(ONE, unpaired_low=-0.009, unpaired_high=0.013))
    assert claims.narrowed(replace(ONE, unpaired_low=None)) == ""


def test_both_sources_of_error_are_named_or_none() -> None:
    assert "other seeds leave ±1.1 points open, other test images ±0.60" in claims.sources(ONE)
    assert claims.sources(replace(ONE, image_low=None)) == ""


def test_seeds_are_counted_by_whom_they_favour() -> None:
    assert claims.ahead(replace(ONE, per_seed=pairs(0.1, 0.0, -0.1, 0.2))) == (
        "transfer is ahead in 2, level in 1 and behind in 1 of 4 seeds"
    )
    assert claims.ahead(ONE) == ""


def test_more_seeds_than_the_run_has_would_settle_it() -> None:
    assert "44 seeds in all would show equivalence within ±1 " in claims.settle(ONE, 0.01)
    assert claims.settle(replace(ONE, verdict="better"), 0.01) == ""


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(-0.004, 0.008, False), (-0.02, 0.008, True), (0.0, 0.02, True), (0.02, 0.03, False), (0.0, 0.01004, False)],
)
def test_test_images_are_blamed_where_they_alone_cross_the_margin(low: float, high: float, said: bool) -> None:
    one = replace(ONE, verdict="equivalent", image_low=low, image_high=high)
    assert ("only more test images narrow that" in claims.settle(one, 0.01)) is said


@pytest.mark.parametrize(("last", "said"), [(0, "none was still"), (1, "in 1 of 3."), (2, "may change the verdict")])
def test_a_schedule_is_doubted_when_half_of_the_trainings_still_improved(last: int, said: str) -> None:
    one = Converged(arm="scratch", budget=50, median_best_epoch=19.0, last=last, n=3, epochs=20)
    assert said in claims.converged(one)
    assert ("may change" in claims.converged(one)) == (last == 2)
    assert claims.converged(replace(one, median_best_epoch=None)) == ""


def test_how_far_it_carries_rests_on_corrected_verdicts(make_run: Make) -> None:
    said = claims.carries(read(make_run()))
    assert said.startswith("With 300 labelled images, transfer is ahead of scratch on the unshifted target, up to ")
    assert "gaussian_noise 0.25 and up to gaussian_blur 0.25" in said


def test_how_far_it_carries_is_silent_where_nothing_survives(make_run: Make) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        for one in summary["contrasts"]:
            one["p_holm"] = 0.2

    assert claims.carries(changed(make_run, Fake(), changes)) == ""


def test_a_gap_in_the_dial_is_not_bridged(make_run: Make) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        for one in summary["contrasts"]:
            one.update(verdict="better", p_holm=0.2 if one["severity"] == 0.5 else 0.01)

    said = claims.carries(changed(make_run, Fake(shifts=("fog",)), changes))
    assert "at fog 0.25, 0.75, 1" in said
    assert "up to" not in said


def test_without_shifts_the_budgets_carry_it(make_run: Make) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary["contrasts"][2].update(verdict="equivalent")

    fake = Fake(shifts=(), severities=(0.0,), budgets=(50, 100, 900))
    said = claims.carries(changed(make_run, fake, changes))
    assert said == "transfer is ahead of scratch with 50 and 100 and equivalent to scratch with 900 labelled images."


def test_arms_whose_intervals_part_are_not_compared_by_that(make_run: Make) -> None:
    def apart(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        for one in summary["points"]:
            if one["arm"] == "transfer":
                one.update(mean=0.9, low=0.88, high=0.92, values=[0.9, 0.9, 0.9])
        for one in summary["contrasts"]:
            one.update(difference=-0.08, low=-0.2, high=0.04, verdict="inconclusive", p_holm=0.3)

    run = changed(make_run, Fake(shifts=("fog",)), apart)
    assert claims.carries(run) == ""
    assert claims.nothing_shown(run).startswith("No finding: neither transfer nor scratch is shown to be ahead")


@pytest.mark.parametrize(("low", "warned"), [(0.09, True), (0.11, False)])
def test_a_checkpoint_at_chance_is_warned_of(make_run: Make, low: float, warned: bool) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary["source_accuracy"] = {"value": 0.12, "low": low, "high": 0.14, "n": 1000}

    said = claims.at_chance(changed(make_run, Fake(), changes))
    assert ("is at chance: 12.0 %" in said) is warned


def test_long_lists_are_cut() -> None:
    assert claims.listed(list("ab")) == "a and b"
    assert claims.listed(list("abcdefg")) == "a, b, c and 4 more"
