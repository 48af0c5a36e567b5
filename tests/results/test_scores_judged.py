"""A run whose arms are judged in another score than accuracy."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sklearn
from tests.results.test_summary import ABOUT, declared

from shiftprobe.core.types import Cell, Row
from shiftprobe.metrics.scores import NAMES, SCORES, ScoreName
from shiftprobe.results.findings import Answers
from shiftprobe.results.model import Curve, Summary
from shiftprobe.results.summary import RunContents, summarize_run
from shiftprobe.spec.schema import Spec

N = 400
LABELS = (np.arange(N) % 10 == 0).astype(np.int64)  # one in ten is of the second class
OF_TWO = tuple(name for name in NAMES if name != "top5")  # of two classes every one is among five
SKILL = {"transfer": 1.2, "scratch": 0.3}


def spec(metric: str = "top1", **keys: Any) -> Spec:
    axes = {"shifts": [], "severities": [], "seeds": 3, "arms": ["scratch", "transfer"]}
    target = {"data": "digits:uci", "budgets": [40]}
    return Spec.model_validate({"target": target, "compare": {"metric": metric, "margin": 0.02}, **axes, **keys})


def contents(labels: np.ndarray = LABELS, *, kept: bool = True) -> RunContents:
    """Two arms that rank images; scratch names the first class always, transfer by its ranking."""
    told, rows = {}, []
    for seed in range(3):
        rng, cell = np.random.default_rng(seed), Cell("identity", 0.0, 40, seed)
        predicted, likely = {}, {}
        for arm, skill in SKILL.items():
            odds = skill * labels * 2 - skill + rng.normal(size=len(labels))
            predicted[arm] = (odds > (0 if arm == "transfer" else 9)).astype(np.int64)
            likely[arm] = -np.logaddexp(0.0, np.where(labels == 1, -odds, odds)).astype(np.float32)
        told[cell] = Answers(labels, predicted, likely=likely if kept else {})
        for arm in SKILL:
            outputs = told[cell].outputs(arm, 2)
            assert outputs is not None
            for name in OF_TWO if kept else OF_TWO[:3]:
                one = SCORES[name].measure(outputs)
                address = Row(cell=cell, probe="accuracy", metric=name, value=one.value, arm=arm, n=len(labels))
                rows.append(replace(address, low=one.low, high=one.high))
    return RunContents(rows=rows, about=ABOUT, answers=told)


def summary(metric: str, **made: Any) -> Summary:
    return summarize_run(contents(**made), spec(metric))


def test_points_and_differences_are_in_the_score_seed_by_seed() -> None:
    found, told = summary("macro_f1"), contents().answers
    wanted = {
        arm: [sklearn.f1_score(LABELS, one.predicted[arm], average="macro") for one in told.values()] for arm in SKILL
    }
    points = {point.arm: point for point in found.points}
    assert points["transfer"].values == pytest.approx(wanted["transfer"])
    assert found.metric == points["transfer"].score == "macro_f1"
    gaps = np.subtract(wanted["transfer"], wanted["scratch"])
    assert found.contrasts[0].differences == pytest.approx(gaps)
    assert declared(found.verdict).difference == pytest.approx(gaps.mean())
    assert found.verdict.sentence.startswith("In macro F1, with 40 labelled images, transfer is better than scratch by")


@pytest.mark.parametrize("metric", ["balanced_accuracy", "macro_f1", "auroc", "nll"])
def test_the_interval_over_images_is_that_of_drawing_them_again(metric: ScoreName) -> None:
    (one,) = summary(metric).contrasts
    told, rng, score = contents().answers, np.random.default_rng(0), SCORES[metric]
    outputs = {(arm, cell): answers.outputs(arm, 2) for cell, answers in told.items() for arm in SKILL}
    drawn = []
    for _ in range(200):
        index = rng.integers(0, N, N)
        values: dict[str, list[float]] = {arm: [] for arm in SKILL}
        for (arm, _cell), whole in outputs.items():
            assert whole is not None
            again = type(whole).of(whole.labels[index], whole.answers[index], 2, whole.likely[index])
            values[arm].append(score.sign * score.value(again))
        drawn.append(np.mean(values["transfer"]) - np.mean(values["scratch"]))
    assert one.image_low is not None
    assert one.image_high is not None
    half = 1.96 * float(np.std(drawn))
    assert (one.image_high - one.image_low) / 2 == pytest.approx(half, rel=0.3)
    assert (one.image_high - one.image_low) / 2 > 0.9 * half


def test_mcnemar_speaks_of_accuracy_alone() -> None:
    assert summary("top1").contrasts[0].per_seed[0].p is not None
    assert summary("macro_f1").contrasts[0].per_seed[0].p is None


def test_less_is_better_of_the_likelihood_so_its_sign_is_turned() -> None:
    found = summary("nll")
    assert found.verdict.word == "better"
    assert all(point.mean is not None and point.mean < 0 for point in found.points)
    rows = [row.value for row in contents().rows if row.metric == "nll" and row.arm == "transfer"]
    assert next(p for p in found.points if p.arm == "transfer").values == pytest.approx([-(one or 0) for one in rows])


def test_the_other_scores_stand_beside_it() -> None:
    found = summary("macro_f1")
    assert {point.score for point in found.scores} == set(OF_TWO) - {"macro_f1"}
    top1 = next(point for point in found.scores if (point.score, point.arm) == ("top1", "scratch"))
    assert top1.values == (0.9, 0.9, 0.9)


def test_an_arm_that_names_the_commonest_class_is_found_out_in_every_score() -> None:
    curves = [
        Curve(shift="identity", severity=0.0, budget=40, seed=seed, arm=arm, loss=(0.5, 0.4), images=40)
        for arm in SKILL
        for seed in range(3)
    ]
    for metric, floor in (("balanced_accuracy", 0.5), ("macro_f1", (2 * 0.9 / 1.9) / 2)):
        found = summarize_run(replace(contents(), curves=curves), spec(metric)).training
        assert found is not None
        stuck = {one.arm: one for one in found.converged}
        assert stuck["scratch"].majority == pytest.approx(floor)
        assert (stuck["scratch"].at_majority, stuck["transfer"].at_majority) == ((0, 1, 2), ())


def test_a_class_of_few_images_allows_no_word() -> None:
    rare = (np.arange(N) < 4).astype(np.int64)
    found = summary("balanced_accuracy", labels=rare)
    assert found.verdict.word == "inconclusive"
    assert "a class has 4 test images, and fewer than 5 allow no claim" in found.contrasts[0].reason
    assert summary("top1", labels=rare).contrasts[0].image_low is not None


def test_folders_made_before_are_judged_by_what_they_kept() -> None:
    found = summary("macro_f1", kept=False)
    assert found.contrasts[0].image_low is not None
    (none,) = summary("auroc", kept=False).contrasts
    assert (none.difference, none.reason) == (None, "no seed has both arms")


def test_the_key_moves_neither_folder_nor_training() -> None:
    plain, other = spec(), spec("macro_f1")
    assert "metric" not in plain.resolved()["compare"]
    assert other.resolved()["compare"]["metric"] == "macro_f1"
    assert plain.identity() == other.identity()
