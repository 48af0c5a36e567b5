"""The headline by seeds and by images, averaged over conditions; trainings that went astray stand beside it."""

import numpy as np
import pytest
from scipy import stats as scipy_stats
from tests.results.test_summary import ABOUT, DOSES, row, rows, spec

from shiftprobe.core.types import Cell, Row
from shiftprobe.results.findings import Answers
from shiftprobe.results.model import Summary
from shiftprobe.results.summary import RunContents, summarize_run
from shiftprobe.spec.schema import Spec
from shiftprobe.stats import compare_arms, holm

IMAGES, SEEDS = 400, 4
LABELS = np.zeros(IMAGES, dtype=np.int64)


def answered(right: np.ndarray) -> np.ndarray:
    return np.where(right, 0, 1)


def tables(gap: float) -> np.ndarray:
    """(arms, seeds, conditions, images), who is right; transfer on `gap` more."""
    rng = np.random.default_rng(0)
    hard = rng.random((len(DOSES), IMAGES))
    reach = np.array([0.7 + gap, 0.7, 0.6])[:, None, None, None] + rng.normal(0, 0.01, (3, SEEDS, 1, 1))
    found = hard[None, None] < reach + rng.normal(0, 0.05, (3, SEEDS, len(DOSES), IMAGES))
    found[2] = found[2, :1]  # no seed moves the checkpoint
    return found


def run(gap: float, wanted: Spec, *, groups: np.ndarray | None = None) -> Summary:
    right = tables(gap)
    found: list[Row] = []
    answers = {}
    for place, dose in enumerate(DOSES):
        found.append(row("zero_shot", place, None, float(right[2, 0, place].mean()), None))
        answers[Cell(*dose)] = Answers(LABELS, {"zero_shot": answered(right[2, 0, place])})
        for seed in range(SEEDS):
            pair = {arm: right[side, seed, place] for side, arm in enumerate(("transfer", "scratch"))}
            found += [row(arm, place, seed, float(one.mean())) for arm, one in pair.items()]
            answers[Cell(*dose, 40, seed)] = Answers(LABELS, {arm: answered(one) for arm, one in pair.items()})
    return summarize_run(RunContents(rows=found, about=ABOUT, answers=answers, groups=groups), wanted)


WANTED = spec(arms=["scratch", "transfer", "zero_shot"], seeds=SEEDS)


@pytest.mark.parametrize("pair", [("transfer", "zero_shot"), ("transfer", "scratch"), ("scratch", "zero_shot")])
def test_the_headline_judges_seeds_and_images_over_all_conditions(pair: tuple[str, str]) -> None:
    right, sides = tables(0.05), {"transfer": 0, "scratch": 1, "zero_shot": 2}
    verdict = next(one for one in run(0.05, WANTED).verdicts if one.pair == pair)
    a, b = (right[sides[arm]] for arm in pair)
    peer, found = compare_arms(a, b), verdict.contrast
    assert found is not None
    assert verdict.word == found.verdict == peer.verdict
    assert (found.both_low, found.both_high) == pytest.approx(peer.both)
    per_image = np.concatenate([(a.mean(axis=(0, 1)) - b.mean(axis=(0, 1))), [1, -1]])
    low, high = scipy_stats.t.interval(0.95, IMAGES + 1, per_image.mean(), scipy_stats.sem(per_image))
    assert (found.image_low, found.image_high, found.images) == pytest.approx((low, high, IMAGES))
    assert found.p == pytest.approx(peer.p)
    assert f"n = {SEEDS} seeds, {IMAGES} test images" in verdict.sentence


def test_conditions_are_corrected_on_the_p_of_both_sources() -> None:
    whole, right = run(0.03, WANTED), tables(0.03)
    here = [one for one in whole.contrasts if (one.a, one.b) == ("transfer", "scratch")]
    peers = [compare_arms(right[0, :, place], right[1, :, place]) for place in range(len(DOSES))]
    assert [one.p for one in here] == pytest.approx([one.p for one in peers])
    assert [one.p_holm for one in here] == pytest.approx(holm([one.p or 0 for one in peers]))
    for one, peer in zip(here, peers, strict=True):
        assert (one.both_low, one.both_high) == pytest.approx(peer.both)
    assert [one.verdict for one in here] == [one.verdict for one in peers]


def test_few_groups_of_images_allow_no_word() -> None:
    word = {count: run(0.15, WANTED, groups=np.arange(IMAGES) % count).verdict.word for count in (9, 200)}
    assert word == {9: "inconclusive", 200: "better"}


def test_an_older_folder_is_judged_over_seeds_alone_and_says_so() -> None:
    whole = summarize_run(RunContents(rows=rows(), about=ABOUT), spec())
    assert whole.verdict.contrast is not None
    assert whole.verdict.contrast.both_low is None
    assert any("judged over seeds alone" in one.reason for one in whole.contrasts if one.verdict != "inconclusive")


def collapsed(low: float, others: float = 0.9) -> Summary:
    reached = {"transfer": [others + 0.001 * i for i in range(5)], "scratch": [0.8, 0.81, 0.79, 0.8, 0.805]}
    reached["transfer"][3] = low
    found = [
        row(arm, place, seed, one)
        for place in range(3)
        for arm, some in reached.items()
        for seed, one in enumerate(some)
    ]
    return summarize_run(RunContents(rows=found, about=ABOUT), spec(seeds=5))


def test_a_collapsed_seed_is_left_out_counted_and_marked() -> None:
    verdict = collapsed(0.4).verdict
    contrast = verdict.contrast
    assert contrast is not None
    ours, theirs = contrast.astray
    assert (ours.arm, ours.count, ours.n, ours.seeds) == ("transfer", 1, 5, (3,))
    exact = scipy_stats.binomtest(1, 5).proportion_ci(method="exact")
    assert (ours.low, ours.high) == pytest.approx((exact.low, exact.high))
    assert (theirs.count, theirs.n) == (0, 5)
    assert contrast.n == 4
    assert contrast.difference == pytest.approx(np.mean([0.9, 0.901, 0.902, 0.904]) - np.mean([0.8, 0.81, 0.79, 0.805]))
    assert (verdict.word, verdict.with_all, verdict.without_astray) == ("inconclusive", "inconclusive", "better")
    mark = next(one for one in verdict.marks if one.kind == "seeds_astray")
    assert (mark.badge, mark.arms) == ("1 seed astray", ("transfer",))
    assert "1 of 5 seeds (3; exact 95 % interval 1 to 72 %)" in mark.text


def test_a_healthy_run_names_the_share_that_may_go_astray() -> None:
    verdict = collapsed(0.9).verdict
    assert verdict.contrast is not None
    assert [one.count for one in verdict.contrast.astray] == [0, 0]
    assert (verdict.word, verdict.with_all) == ("better", None)
    assert not [one for one in verdict.marks if one.kind == "seeds_astray"]


def test_a_seed_astray_in_one_of_several_conditions_is_left_out_there_alone() -> None:
    reached = {"transfer": [[0.9, 0.91, 0.92, 0.93]] * 3, "scratch": [[0.8, 0.82, 0.81, 0.8]] * 3}
    reached["transfer"] = [[0.9, 0.91, 0.5, 0.93], *reached["transfer"][1:]]
    found = [
        row(arm, place, seed, one)
        for arm, by_place in reached.items()
        for place, some in enumerate(by_place)
        for seed, one in enumerate(some)
    ]
    whole = summarize_run(RunContents(rows=found, about=ABOUT), spec(seeds=4))
    contrast = whole.verdict.contrast
    assert contrast is not None
    assert contrast.n == 4
    assert [one.n for one in whole.contrasts] == [3, 4, 4]
    assert contrast.difference == pytest.approx(0.1076, abs=0.002)
