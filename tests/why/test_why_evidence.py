"""Explanations from the run itself."""

from tests.why.made_up import BUDGET, EQUAL, HELPS, arm, curve, readout, seen

from shiftprobe.results.model import Explanation
from shiftprobe.why.evidence import not_converged, too_little

FALLING, RESTING = [2.0, 1.6, 1.2, 0.8, 0.4], [2.0, 0.5, 0.05, 0.05, 0.05]
RISING, FLAT = [0.1, 0.2, 0.3, 0.4, 0.5], [0.5, 0.9, 0.8, 0.9, 0.9]


def test_a_loss_that_was_still_falling_voids_the_comparison() -> None:
    curves = [curve("transfer", RESTING, FLAT), curve("scratch", FALLING, FLAT)]
    found = not_converged(seen(*HELPS, curves=curves))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"  # a curve alone: nothing was trained longer
    assert "scratch in 1 of 1 trainings with 100 labels" in found.evidence[0].text
    assert found.against[0].text == "the loss of transfer was not falling any more"
    assert "train.epochs=60" in found.experiment


def test_trainings_at_rest_are_no_cause() -> None:
    assert (
        not_converged(seen(*HELPS, curves=[curve("transfer", RESTING, FLAT), curve("scratch", RESTING, FLAT)])) is None
    )
    assert not_converged(seen(*HELPS)) is None


def test_other_arms_and_smaller_budgets_do_not_matter() -> None:
    other = [curve("linear_probe", FALLING, RISING), curve("scratch", FALLING, RISING, budget=10)]
    rows = (*HELPS, arm("linear_probe", 0.8, 0.8, 0.81))
    budgets = {"target": {"data": "digits:uci", "budgets": [10, BUDGET]}}
    assert not_converged(seen(*rows, curves=other, **budgets)) is None


def test_a_rising_validation_part_suggests_it_and_random_features_prove_it() -> None:
    curves = [curve("scratch", [2.3, 2.2, 2.1, 2.05, 2.0], RISING, seed=seed) for seed in range(3)]
    found = not_converged(seen(*HELPS, curves=curves))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    said = "scratch was at its best on the validation part only at epoch 5 of 20 (median of 1 training)"
    assert said in found.evidence[0].text
    found = not_converged(seen(*HELPS, readout("random", 0.9), curves=curves))
    assert isinstance(found, Explanation)
    assert found.grade == "strong"
    assert "right on 90.0 %, scratch on 79.7 % only" in found.evidence[1].text


def test_random_features_alone_prove_nothing_about_a_schedule() -> None:
    assert not_converged(seen(*HELPS, readout("random", 0.9))) is None


def test_an_open_verdict_says_how_many_seeds_would_settle_it() -> None:
    found = too_little(seen(arm("transfer", 0.95, 0.93, 0.96), arm("scratch", 0.94, 0.945, 0.945)))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert found.experiment.startswith(
        "seeds alone would take about 212 to show in 9 runs of 10 that the arms are equal"
    )
    assert "seed to seed (sample std, n = 3 seeds)" in found.evidence[0].text


def test_a_spread_that_no_number_of_seeds_beats_soon_asks_for_a_smaller_one() -> None:
    found = too_little(seen(arm("transfer", 0.95, 0.5, 0.9), arm("scratch", 0.6, 0.8, 0.9)))
    assert isinstance(found, Explanation)
    assert "lower the spread first" in found.experiment


def test_one_seed_asks_for_five() -> None:
    found = too_little(seen(arm("transfer", 0.95), arm("scratch", 0.6), seeds=1))
    assert isinstance(found, Explanation)
    assert found.experiment.startswith("--seeds 5")
    assert len(found.evidence) == 1


def test_equal_differences_have_no_spread_to_tell_of() -> None:
    found = too_little(seen(arm("transfer", 0.95, 0.9), arm("scratch", 0.95, 0.9), seeds=2))
    assert isinstance(found, Explanation)
    assert len(found.evidence) == 1


def test_a_settled_verdict_has_evidence_enough() -> None:
    assert too_little(seen(*HELPS)) is None
    assert too_little(seen(*EQUAL)) is None
