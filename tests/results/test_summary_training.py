"""What a summary says of how arms were trained: best epochs, schedules, tuning, the worth of labels."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.results.test_summary import ABOUT, declared, row, rows, spec, summary

from shiftprobe.core.types import Cell, Row
from shiftprobe.results.findings import Answers
from shiftprobe.results.model import (
    Best,
    Chosen,
    Converged,
    Curve,
    EarlyStop,
    TrainingFacts,
)
from shiftprobe.results.summary import RunContents, summarize_run
from shiftprobe.results.summary.training import unfinished
from shiftprobe.spec.schema import Spec
from shiftprobe.stats import compare_summaries, image_interval, mcnemar, summarize


def trained(curves: list[Curve], wanted: Spec | None = None) -> TrainingFacts:
    found = summarize_run(RunContents(rows=rows(), about=ABOUT, curves=curves), wanted or spec()).training
    assert found is not None
    return found


def answered(seed: int, wrong: dict[str, set[int]], n: int = 20) -> tuple[Cell, Answers]:
    """Answers of one seed on the unshifted target; arms are right but for the images named."""
    labels = np.arange(n) % 4
    told = {arm: np.where(np.isin(np.arange(n), list(bad)), (labels + 1) % 4, labels) for arm, bad in wrong.items()}
    return Cell("identity", 0.0, 40, seed), Answers(labels, told)


WRONG = {0: ({1, 2}, {2, 3, 4}), 1: ({1}, {5, 6}), 2: (set(), {3})}


STILL: dict[str, Any] = {"shifts": [], "severities": []}


def still() -> RunContents:
    """A comparison without a dial whose rows and answers agree."""
    told = dict(answered(seed, {"transfer": a, "scratch": b}) for seed, (a, b) in WRONG.items())
    both = [
        Row(cell=cell, probe="accuracy", metric="top1", value=float(answers.right(arm).mean()), n=20, arm=arm)  # type: ignore[union-attr]
        for cell, answers in told.items()
        for arm in ("scratch", "transfer")
    ]
    return RunContents(rows=both, about=ABOUT, answers=told)


def test_a_contrast_carries_both_sources_of_error_and_every_seed() -> None:
    (one,) = summarize_run(still(), spec(**STILL)).contrasts
    ours, theirs = ([[image not in WRONG[seed][side] for image in range(20)] for seed in range(3)] for side in (0, 1))
    by_images = image_interval(np.array(ours), np.array(theirs))
    assert (one.image_low, one.image_high) == (by_images.low, by_images.high)
    a, b = summarize(np.mean(ours, axis=1).tolist()), summarize(np.mean(theirs, axis=1).tolist())
    welch = compare_summaries(a.mean, a.std, a.n, b.mean, b.std, b.n, 0.01).interval
    assert (one.unpaired_low, one.unpaired_high) == pytest.approx(welch, abs=1e-12)
    first = one.per_seed[0]
    assert (first.both, first.a_only, first.b_only, first.neither) == (16, 2, 1, 1)
    assert first.p == mcnemar(2, 1)
    assert first.difference == pytest.approx(0.05)


def test_without_answers_the_seeds_still_speak() -> None:
    (one,) = summarize_run(RunContents(rows=still().rows, about=ABOUT), spec(**STILL)).contrasts
    assert (one.image_low, one.per_seed[0].both) == (None, None)
    assert one.difference is not None


def test_the_best_epoch_is_judged_by_the_same_rules_beside_the_last() -> None:
    whole = summary(rows())
    assert whole.best is None
    twice = [*rows(), *(replace(one, metric="top1_best") for one in rows())]
    both = summary(twice)
    assert both.verdict == whole.verdict
    assert both.best == Best(
        points=whole.points,
        contrasts=whole.contrasts,
        verdict=whole.verdict,
        verdicts=whole.verdicts,
        decision=whole.decision,
    )
    lower = [replace(one, metric="top1_best", value=1 - (one.value or 0)) for one in rows()]
    turned = summary([*rows(), *lower]).best
    assert turned is not None
    assert declared(turned.verdict).difference == pytest.approx(-declared(whole.verdict).difference)


def test_labels_are_worth_something_only_along_budgets() -> None:
    assert summarize_run(still(), spec(**STILL)).labels is None
    target = {"data": "digits:uci", "budgets": [40, 90]}
    early = [row(arm, 0, seed, value) for arm, value in (("transfer", 0.9), ("scratch", 0.7)) for seed in range(3)]
    late = [row(arm, 0, s, v, 90) for arm, v in (("transfer", 0.95), ("scratch", 0.95)) for s in range(3)]
    moved = [replace(one, value=(one.value or 0) + 0.001 * (one.cell.seed or 0) * (one.arm == "transfer"))
             for one in [*early, *late]]  # fmt: skip
    found = summary(moved, spec(target=target, **STILL)).labels
    assert found is not None
    assert found.worth[0].equal_to == pytest.approx(40 * (90 / 40) ** ((0.901 - 0.7) / (0.95 - 0.7)))
    assert found.equivalent_from == 90
    assert "labelled images here" in found.sentence


def curve(arm: str, seed: int, best: int | None, lr: float = 2e-3) -> Curve:
    return Curve(
        shift="identity",
        severity=0.0,
        budget=40,
        seed=seed,
        arm=arm,
        loss=tuple(2.0 * 0.5**epoch for epoch in range(20)),
        validation=tuple(0.5 + 0.4 * (epoch + 1 == best) for epoch in range(20)),
        best_epoch=best,
        lr=lr,
    )


@pytest.mark.parametrize(
    ("loss", "early"),
    [
        ([2.3 * 0.95**epoch for epoch in range(20)], False),  # falls too slowly to be called falling: 18.5 %
        ([2.3 * 0.9**epoch for epoch in range(20)], True),
        ([2.3 * 0.5**epoch for epoch in range(20)], False),  # learnt long ago
        ([2.3, 2.3, 2.3], False),  # stuck, not on its way
        ([2.3, 1.2], True),
        ([2.3], True),
    ],
)
def test_a_training_that_stopped_on_its_way_down_is_known_by_its_loss(loss: list[float], early: bool) -> None:
    assert unfinished(replace(curve("scratch", 0, None), loss=tuple(loss))) is early


def test_a_schedule_too_short_for_most_trainings_of_an_arm_is_said() -> None:
    falling = tuple(2.3 * 0.9**epoch for epoch in range(20))
    curves = [curve("transfer", 0, 3), *(replace(curve("scratch", seed, 20), loss=falling) for seed in range(3))]
    told = trained(curves).schedule
    assert told.startswith("Not converged: the training loss was still falling at the last epoch of scratch in 3 of 3")
    assert "transfer in" not in told
    assert trained(curves).early == (EarlyStop(arm="scratch", budget=40, count=3, n=3),)
    calm = trained(curves[:1]).schedule
    assert calm == ""


def test_training_says_what_was_tuned_and_who_was_still_improving() -> None:
    curves = [curve("scratch", 0, 20), curve("scratch", 1, 20), curve("scratch", 2, 9), curve("transfer", 0, 3)]
    told = trained(curves)
    assert told.sentence.startswith("Nothing was tuned: all arms train at one learning rate, 0.002")
    assert (told.tune, told.chosen) == (None, ())
    assert told.converged == (
        Converged(
            arm="scratch",
            budget=40,
            median_best_epoch=20,
            last=2,
            n=3,
            epochs=20,
            late_best_epoch=20,
            late_of=1,
            fewest=80,
            seeds=3,
        ),
        Converged(arm="transfer", budget=40, median_best_epoch=3, last=0, n=1, epochs=20, fewest=80, seeds=1),
    )
    even = [replace(curve("scratch", 0, 20), validation=(1.0,) * 20)]  # only the loss still fell
    told = trained(even)
    assert told.converged[0].last == 0
    tuned = spec(train={"tune": {"lr": [1e-3, 1e-2]}})
    many = [curve("scratch", s, 5, lr) for s, lr in enumerate((1e-3, 1e-2, 1e-2))]
    told = trained(many, tuned)
    assert told.sentence.startswith("Every arm tried the learning rates 0.001, 0.01 in every cell")
    assert told.chosen == (Chosen(arm="scratch", budget=40, values={"lr": 1e-2}, count=2, n=3),)
