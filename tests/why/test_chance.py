"""The guard against chance: of arms that are not shown to beat the commonest class no cause is told."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.why.conditions import CLEAR, NONE
from tests.why.made_up import ABOUT, BUDGET, SIDE, arm, gaps, likeness, readout, seen, still, summed, told

from shiftprobe.core.types import Row
from shiftprobe.results.about import About, Datasets
from shiftprobe.results.model import Converged, Explanation, TrainingFacts
from shiftprobe.why import RULES
from shiftprobe.why.chance import learnt, majority, nothing_learnt
from shiftprobe.why.run_facts import RunFacts

LOW = (0.11, 0.10, 0.12)  # of ten classes
STUCK = (arm("transfer", *LOW), arm("scratch", *LOW[::-1]))
FREE = {"nothing_learnt", "not_converged", "too_little"}


def commonest(share: float) -> About:
    return replace(ABOUT, data=Datasets(source=SIDE, target=replace(SIDE, majority=share)))


def test_an_arm_is_held_against_the_commonest_class_and_its_own_images() -> None:
    rows = arm("transfer", 0.5, 0.5, 0.5)
    assert majority(seen(rows)) == 0.1
    assert learnt(seen(rows), "transfer")
    assert not learnt(seen(rows), "scratch")
    for share, said in ((0.45, True), (0.48, False), (0.6, False)):  # 1,000 images leave 3 points open
        run = seen(rows, about=commonest(share))
        assert (majority(run), learnt(run, "transfer")) == (share, said)


def test_most_seeds_at_the_commonest_class_are_not_hidden_by_one_that_is_good() -> None:
    rows, summary = summed(arm("transfer", 0.1, 0.1, 0.99))
    here = Converged(arm="transfer", budget=BUDGET, at_majority=(0, 1), seeds=3)
    assert learnt(RunFacts.of(rows, summary), "transfer")
    stuck = replace(summary, training=TrainingFacts(converged=(here,)))
    assert not learnt(RunFacts.of(rows, stuck), "transfer")


def test_where_no_arm_beats_the_commonest_class_that_is_what_is_said() -> None:
    found = nothing_learnt(seen(*STUCK))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "transfer and scratch are not shown to beat always naming the commonest class (10.0 %)" in found.claim
    assert "right on 11.0 % (95 % interval 9.2 to 13.1, n = 1,000 images)" in found.evidence[0].text
    assert "diagnose" in found.experiment
    assert nothing_learnt(seen(arm("transfer", *LOW), arm("scratch", 0.5, 0.5, 0.5))) is None


def test_what_others_read_from_the_same_labels_speaks_against() -> None:
    found = nothing_learnt(seen(*STUCK, arm("linear_probe", 0.8, 0.8, 0.8), readout("random", 0.6)))
    assert isinstance(found, Explanation)
    assert ["linear_probe" in one.text for one in found.against] == [True, False]
    assert "--tune lr=" in found.experiment


ALL: tuple[list[Row], ...] = (
    still("zero_shot", 0.02), still("bn_adapt", 0.11), readout("source", 0.11), readout("random", 0.11),
    likeness("transfer", 0.5, 0.5, 0.5), likeness("scratch", 0.5, 0.4, 0.6),
)  # fmt: skip
AT_CHANCE: dict[str, tuple[list[Row], ...]] = {
    "equal": (*STUCK, gaps(*NONE)),
    "a gain of points at chance": (
        arm("transfer", 0.115, 0.116, 0.117), arm("scratch", 0.05, 0.051, 0.053), gaps(*CLEAR),
    ),
    "a head at chance beside worse fine-tuning": (
        *(arm(name, 0.05, 0.051, 0.053) for name in ("transfer", "scratch")), arm("lp_ft", 0.115, 0.116, 0.117),
        gaps(*CLEAR),
    ),
    "a gain at a small budget": (
        *STUCK, arm("transfer", 0.115, 0.116, 0.117, budget=20), arm("scratch", 0.02, 0.021, 0.023, budget=20),
        gaps(*NONE),
    ),
    "scales at chance": (
        arm("transfer", 0.115, 0.116, 0.117), arm("scratch", 0.05, 0.051, 0.053), arm("mean_var", 0.115, 0.116, 0.117),
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", AT_CHANCE)
def test_no_rule_names_a_cause_from_arms_at_chance(which: str) -> None:
    spec = {"target": {"data": "digits:uci", "budgets": [20, BUDGET]}}
    found = told(*AT_CHANCE[which], *ALL, source=0.1, **spec)
    assert {one.name for one in found.explanations} <= FREE


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.__name__ not in FREE])
def test_nor_does_any_rule_alone(rule: Callable[[RunFacts], object]) -> None:
    for rows in AT_CHANCE.values():
        assert not isinstance(rule(seen(*rows, *ALL, source=0.1)), Explanation)
