"""Sentences claim what the numbers allow and no more."""

from dataclasses import replace

import pytest

from shiftprobe.report.kit import wording
from shiftprobe.report.kit.measures import Measure
from shiftprobe.report.run import depth_findings
from shiftprobe.results.model import ArmPoint, Contrast
from shiftprobe.stats import Verdict

CONTRAST = Contrast(
    shift="rotation", severity=0.5, budget=300, a="transfer", b="scratch", difference=0.042, low=0.017, high=0.067, n=3,
    p=0.02, p_holm=0.13, p_equivalence=0.98, margin_certified=0.0591, verdict="better", seeds_needed=(6, 86),
)  # fmt: skip
POINT = ArmPoint(
    shift="rotation", severity=0.5, budget=300, arm="transfer", mean=0.6861, std=0.0104, n=3, values=(0.68, 0.69, 0.7),
    low=0.67, high=0.701, images=1000,
)  # fmt: skip


def reading(value: float, half: float | None, tap: str = "blocks.1") -> Measure:
    low, high = (None, None) if half is None else (value - half, value + half)
    return Measure(
        shift="rotation", severity=0.5, probe="linear", metric="probe_accuracy", arm="source", tap=tap, value=value,
        reason="", low=low, high=high, n=1000,
    )  # fmt: skip


def test_a_mean_carries_its_spread_and_a_single_run_a_dash() -> None:
    assert wording.mean_std(POINT) == "68.6 (1.0)"
    assert wording.mean_std(replace(POINT, std=None, n=1)) == "68.6 (\N{EN DASH})"


@pytest.mark.parametrize(
    ("verdict", "p_holm", "shown"),
    [
        ("better", 0.049, "better"),
        ("better", 0.05, "better-alone"),
        ("worse", None, "worse-alone"),
        ("equivalent", 0.001, "equivalent"),
        ("inconclusive", 0.001, "inconclusive"),
    ],
)
def test_a_difference_must_survive_its_family(verdict: Verdict, p_holm: float | None, shown: str) -> None:
    assert wording.verdict(replace(CONTRAST, verdict=verdict, p_holm=p_holm)) == shown


def test_a_difference_names_its_interval_n_and_verdict() -> None:
    said = wording.difference(CONTRAST).replace("\N{MINUS SIGN}", "-")
    assert said == ("transfer - scratch +4.2 points (95 % interval +1.7 to +6.7, n = 3 seeds): better (uncorrected)")


def test_a_missing_difference_says_why() -> None:
    assert wording.difference(replace(CONTRAST, difference=None, reason="no pair")).endswith("n/a, no pair")


def test_small_numbers_keep_their_sign_and_never_read_minus_zero() -> None:
    assert wording.points(-0.0042) == "\N{MINUS SIGN}0.4"
    assert wording.points(-0.0001) == "+0.0"
    assert wording.points(0.0004, 0.0001, 0.0007) == "+0.04"


def test_two_readouts_side_by_side_get_no_word() -> None:
    pairs = [(reading(0.9, 0.02, "deep"), reading(0.5, 0.02, "deep")), (reading(0.5, 0.02), reading(0.6, 0.02))]
    said = depth_findings.linear_finding(pairs)
    assert said == (
        "Of 2 taps the checkpoint's deep reads best, 90.0 % (88.0 to 92.0, n = 1,000 images); the never-trained "
        "control reads 50.0 % (48.0 to 52.0, n = 1,000 images) there. Checkpoint and control were not compared image "
        "by image, so nothing is claimed."
    )
    assert depth_findings.linear_finding([(None, reading(0.1, None))]) == ""


def test_the_cka_sentence_ranks_nothing() -> None:
    said = depth_findings.cka_finding([reading(0.4, None, "deep"), reading(0.9, None, "shallow")], 0.5)
    assert "between 0.40 (deep) and 0.90 (shallow)" in said
    assert "may not be ranked" in said
    assert depth_findings.cka_finding([], 0.5) == "No similarity could be computed."


def test_a_finding_counts_every_verdict_along_the_dial() -> None:
    said = wording.gain_finding([CONTRAST, replace(CONTRAST, severity=1.0, verdict="inconclusive")])
    assert said.startswith("Over 2 conditions: 1 better (uncorrected), 1 inconclusive.")
    assert "At severity 0.5" in said
    assert "At severity 1" in said


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("try --set train.lr=0.0002; more", "try <code>--set train.lr=0.0002</code>; more"),
        ("--budget 75,300, added to", "<code>--budget 75,300</code>, added to"),
        ("(--seeds 6)", "(<code>--seeds 6</code>)"),
        ("--tune lr=1e-3,3e-3,1e-2 gives", "<code>--tune lr=1e-3,3e-3,1e-2</code> gives"),
        ("--arms with bn_adapt: re-estimates", "<code>--arms</code> with bn_adapt: re-estimates"),
        ("--arms zero_shot,bn_adapt: the", "<code>--arms zero_shot,bn_adapt</code>: the"),
        ("<b>--seeds 3</b> and -2.0", "&lt;b&gt;<code>--seeds 3</code>&lt;/b&gt; and \N{MINUS SIGN}2.0"),
        ("two dashes -- are prose", "two dashes -- are prose"),
    ],
)
def test_flags_and_their_values_stand_in_the_type_of_commands(said: str, shown: str) -> None:
    assert str(wording.with_commands(said)) == shown


def test_a_difference_is_told_with_the_interval_that_carries_its_word() -> None:
    both = replace(CONTRAST, both_low=0.001, both_high=0.083)
    assert "95 % interval +0.1 to +8.3, n = 3 seeds" in wording.difference(both)
    assert "95 % interval +1.7 to +6.7, n = 3 seeds" in wording.difference(CONTRAST)
