"""Transfer and scratch at a tap: paired by seed, never by whether their ranges meet."""

from functools import partial
from statistics import mean, stdev
from typing import Any

import pytest
from scipy.stats import t
from tests.report.fake_inside import add_inside
from tests.report.fake_run import Make

from shiftprobe.core.types import Condition
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run import layers
from shiftprobe.report.run.paired_taps import paired_taps

PLACE = Condition("gaussian_blur", 1.0)


def alike(summary: dict[str, Any], rows: list[Any], *, transfer: tuple[float, ...], scratch: tuple[float, ...]) -> None:
    """CKA with the checkpoint at every tap, a value per seed."""
    add_inside(summary, rows)
    values = {"transfer": transfer, "scratch": scratch}
    for row in rows:
        if (row["probe"], row["versus"]) == ("cka", "source") and row["arm"] in values:
            row["value"] = values[row["arm"]][row["seed"]]


def test_ranges_that_meet_hide_no_difference_that_every_seed_shows(make_run: Make) -> None:
    transfer, scratch = (0.60, 0.70, 0.80), (0.50, 0.60, 0.71)
    assert min(transfer) < max(scratch)
    run = read(make_run(changes=partial(alike, transfer=transfer, scratch=scratch)))
    strip = layers.similarity(run, "i", PLACE)
    assert strip is not None
    assert "transfer is nearer to the checkpoint than scratch comes by itself at 5 of 5 taps" in strip.said
    gaps = [a - b for a, b in zip(transfer, scratch, strict=True)]
    half = t.ppf(1 - 0.025 / 5, 2) * stdev(gaps) / 3**0.5
    for one in paired_taps(run, run.taps("cka"), PLACE).values():
        assert (one.n, one.taps) == (3, 5)
        assert (one.mean, one.low, one.high) == pytest.approx((mean(gaps), mean(gaps) - half, mean(gaps) + half))


def test_a_mean_above_every_seed_of_scratch_is_no_difference_where_seeds_disagree(make_run: Make) -> None:
    transfer, scratch = (0.52, 0.95, 0.75), (0.48, 0.50, 0.51)
    assert mean(transfer) > max(scratch)
    assert min(transfer) > max(scratch)
    strip = layers.similarity(read(make_run(changes=partial(alike, transfer=transfer, scratch=scratch))), "i", PLACE)
    assert strip is not None
    assert "is not shown to be nearer to the checkpoint than scratch comes by itself at any tap" in strip.said


def test_equal_differences_have_no_interval_and_no_word(make_run: Make) -> None:
    strip = layers.similarity(
        read(make_run(changes=partial(alike, transfer=(0.9, 0.9, 0.9), scratch=(0.5, 0.5, 0.5)))), "i", PLACE
    )
    assert strip is not None
    assert "is not shown to be nearer" in strip.said
    assert "a difference of +0.40 (no interval, n = 3 seeds)" in strip.said


def test_a_word_about_one_tap_of_many_is_corrected_for_all(make_run: Make) -> None:
    run = read(make_run(changes=partial(alike, transfer=(0.60, 0.70, 0.80), scratch=(0.55, 0.62, 0.76))))
    taps = run.taps("cka")
    (alone,), together = paired_taps(run, taps[:1], PLACE).values(), paired_taps(run, taps, PLACE)
    assert alone.low is not None
    assert alone.low > 0
    assert all(one.low is not None and one.low < 0 for one in together.values())
