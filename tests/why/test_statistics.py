"""Explanations from low-level statistics and from the scales of weights."""

from dataclasses import replace

import numpy as np
import pytest
from tests.why.made_up import ABOUT, GOOD, HELPS, IMAGES, TAPS, arm, seen, still

from shiftprobe.core.types import UNSHIFTED, Cell, Condition, Row
from shiftprobe.metrics import wilson
from shiftprobe.results.model import Explanation, Unknown
from shiftprobe.why.statistics import low_level_statistics, weight_scales

DARK, BLUR = Condition("darken", 1.0), Condition("gaussian_blur", 1.0)
ONE = {"shifts": ["darken"], "severities": [1.0]}
TWO = {"shifts": ["darken", "gaussian_blur"], "severities": [1.0]}
CLEAN = (still("zero_shot", 0.95), still("bn_adapt", 0.95))


def drift(value: float) -> list[Row]:
    """CKA of clean with shifted features, the same at every tap."""
    one = Row(
        cell=Cell("darken", 1.0),
        probe="cka",
        metric="cka_debiased",
        value=value,
        n=IMAGES,
        unit="similarity",
        arm="source",
        versus="clean",
    )
    return [replace(one, tap=tap) for tap in TAPS]


def test_a_loss_that_batch_statistics_repair_is_low_level() -> None:
    rows = (*HELPS, *CLEAN, still("zero_shot", 0.2, DARK), still("bn_adapt", 0.9, DARK), drift(0.4))
    found = low_level_statistics(seen(*rows, **ONE))
    assert isinstance(found, Explanation)
    assert found.grade == "strong"
    assert "falls by 75.0 points to 20.0 %" in found.evidence[0].text
    assert "93 % of the loss is back (n = 1,000 images)" in found.evidence[0].text
    assert "CKA of clean with shifted features is 0.40 already at the first tap, first" in found.evidence[1].text
    assert found.evidence[1].rows == ("darken~1.0 cka/cka_debiased source at first against clean",)


def test_a_loss_that_stays_is_not_low_level() -> None:
    assert (
        low_level_statistics(seen(*CLEAN, still("zero_shot", 0.2, DARK), still("bn_adapt", 0.5, DARK), **ONE)) is None
    )


def of(images: int) -> list[Row]:
    rows = (still("zero_shot", 0.5, DARK), still("bn_adapt", 0.75, DARK), *CLEAN)
    return [replace(row, n=images) for one in rows for row in one]


def test_a_repair_is_judged_image_by_image() -> None:
    """Of 40 images 20 and 30 are right, 35 to 65 % and 60 to 86 %; ten are won and none is lost (p = .002)."""
    assert wilson(20, 40)[1] > wilson(30, 40)[0]
    assert isinstance(low_level_statistics(seen(of(40), **ONE)), Explanation)
    assert low_level_statistics(seen(of(8), **ONE)) is None


def test_a_repair_over_few_groups_of_images_is_not_shown() -> None:
    assert wilson(500, 1000)[1] < wilson(750, 1000)[0]
    assert isinstance(low_level_statistics(seen(of(1000), **ONE)), Explanation)
    assert low_level_statistics(seen(of(1000), groups=np.arange(1000) // 125, **ONE)) is None


def test_a_shift_that_is_not_repaired_speaks_against() -> None:
    repaired = (still("zero_shot", 0.2, DARK), still("bn_adapt", 0.9, DARK))
    found = low_level_statistics(
        seen(*CLEAN, *repaired, still("zero_shot", 0.3, BLUR), still("bn_adapt", 0.35, BLUR), **TWO)
    )
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "under darken" in found.claim
    assert found.against[0].text == "at gaussian_blur 1 it does not: 30.0 % before, 35.0 % after"


def test_the_target_itself_is_held_against_the_source_at_home() -> None:
    found = low_level_statistics(seen(still("zero_shot", 0.3), still("bn_adapt", 0.9)))
    assert isinstance(found, Explanation)
    assert "on the target the checkpoint falls by 65.0 points" in found.evidence[0].text
    assert low_level_statistics(seen(still("zero_shot", 0.3), still("bn_adapt", 0.9), source=None)) is None


def test_the_target_against_itself_is_no_drift() -> None:
    still_there = [replace(row, cell=Cell("identity", 0.0)) for row in drift(1.0)]
    found = low_level_statistics(seen(still("zero_shot", 0.3), still("bn_adapt", 0.9), still_there))
    assert isinstance(found, Explanation)
    assert not [one for one in found.evidence if "CKA" in one.text]


def test_what_is_at_chance_has_lost_nothing_and_repairs_nothing() -> None:
    """Ten classes: 12 % of 1,000 images are not shown to beat them where 110 are right, nor is a home of 11 %."""
    rows = (still("zero_shot", 0.02), still("bn_adapt", 0.11))
    assert low_level_statistics(seen(*rows, source=0.95)) is None
    assert low_level_statistics(seen(*rows, source=0.11)) is None


def test_where_nothing_is_lost_there_is_nothing_to_repair() -> None:
    assert (
        low_level_statistics(seen(*CLEAN, still("zero_shot", 0.93, DARK), still("bn_adapt", 0.95, DARK), **ONE)) is None
    )


def test_a_loss_without_batch_statistics_tried_is_open_unless_the_network_has_none() -> None:
    lost = (still("zero_shot", 0.95), still("zero_shot", 0.2, DARK))
    found = low_level_statistics(seen(*lost, **ONE))
    assert isinstance(found, Unknown)
    assert "bn_adapt" in found.needs
    without = replace(ABOUT, skipped_arms={"bn_adapt": "the network has no batch norm"})
    assert low_level_statistics(seen(*lost, about=without, **ONE)) is None


def test_scales_alone_help_where_their_gain_is_transfer_s() -> None:
    found = weight_scales(seen(*HELPS, arm("mean_var", 0.94, 0.95, 0.955)))
    assert isinstance(found, Explanation)
    assert found.grade == "strong"
    assert "transfer gains +15.3 points over scratch, random weights of the same scales +15.2" in found.evidence[0].text


@pytest.mark.parametrize("values", [(0.80, 0.79, 0.81), (0.90, 0.90, 0.91)])
def test_scales_that_help_less_are_not_the_cause(values: tuple[float, ...]) -> None:
    assert weight_scales(seen(*HELPS, arm("mean_var", *values))) is None


def test_transfer_that_is_clearly_better_than_its_scales_forbids_it() -> None:
    rows = (arm("transfer", 0.9, 0.901, 0.902), arm("scratch", 0.3, 0.31, 0.32), arm("mean_var", 0.85, 0.851, 0.853))
    assert weight_scales(seen(*rows)) is None


def test_scales_are_open_only_where_transfer_helps() -> None:
    found = weight_scales(seen(*HELPS))
    assert isinstance(found, Unknown)
    assert "mean_var" in found.needs
    assert weight_scales(seen(arm("transfer", *GOOD), arm("scratch", *GOOD))) is None


def test_doses_where_scales_do_not_help_speak_against() -> None:
    far = Condition("gaussian_blur", 1.0)
    rows = [arm(name, *values, place=far) for name, values in (("transfer", GOOD), ("scratch", (0.8, 0.78, 0.81)))]
    rows += [arm(name, *values, place=DARK) for name, values in (("transfer", GOOD), ("scratch", (0.8, 0.78, 0.81)))]
    scales = [arm("mean_var", 0.94, 0.95, 0.955, place=place) for place in (UNSHIFTED, DARK)]
    found = weight_scales(seen(*HELPS, *rows, *scales, arm("mean_var", 0.8, 0.8, 0.81, place=far), **TWO))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "at gaussian_blur 1" in found.against[0].text


def test_a_dose_where_transfer_gains_nothing_says_nothing_of_scales() -> None:
    level = [arm(name, *GOOD, place=DARK) for name in ("transfer", "scratch", "mean_var")]
    found = weight_scales(seen(*HELPS, arm("mean_var", 0.94, 0.95, 0.955), *level, **ONE))
    assert isinstance(found, Explanation)
    assert (found.grade, len(found.evidence), found.against) == ("strong", 1, ())
