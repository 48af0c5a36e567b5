import sys
from dataclasses import replace
from typing import Any

import pytest

from shiftprobe.cli.terminal.findings import findings
from shiftprobe.cli.terminal.progress import Lines, bars, duration, estimate
from shiftprobe.cli.terminal.speech import say, tell
from shiftprobe.cli.terminal.tables import percent
from shiftprobe.engine.cost import Cost
from shiftprobe.engine.disk import Disk
from shiftprobe.results.about import Dataset, Datasets
from shiftprobe.results.decision import Decision
from shiftprobe.results.marks import Mark
from shiftprobe.results.model import (
    ArmPoint,
    Best,
    Contrast,
    Labels,
    SourceAccuracy,
    Step,
    Summary,
    TrainingFacts,
    Verdict,
)
from shiftprobe.stats import Verdict as Judgement


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "1 s"),
        (40.4, "40 s"),
        (89.9, "90 s"),
        (90.0, "2 min"),
        (600.0, "10 min"),
        (5399.0, "90 min"),
        (9000.0, "2.5 h"),
    ],
)
def test_a_duration_is_said_as_a_person_would(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_findings_go_to_stdout_and_messages_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("found")
    tell("told")
    assert capsys.readouterr() == ("found\n", "told\n")


def test_the_estimate_says_what_remains_how_long_and_where() -> None:
    some = Cost(cells=9, todo=6, trainings=8, seconds=40.0, disk=Disk(weights=12_400_000, images=15_260_000_000))
    assert estimate(some, 2, "cpu") == (
        "6 of 9 cells to do, 3 done before: 8 trainings, about 40 s with 2 processes on cpu, 12 MB of weights kept, "
        "15.3 GB of images on disk while it runs"
    )
    nothing = Disk(weights=0, images=0)
    tried = Cost(cells=9, todo=6, trainings=8, seconds=40.0, disk=nothing, trials=32)
    assert "8 trainings and 32 trials, about 40 s" in estimate(tried, 2, "cpu")
    alone = Cost(cells=6, todo=6, trainings=0, seconds=1.0, disk=nothing)
    assert estimate(alone, 1, "cuda").startswith("6 of 6 cells to do: 0 trainings, about 1 s with 1 process on cuda")


def point(mean: float | None, std: float | None, n: int, **place: Any) -> ArmPoint:
    here = {"shift": "identity", "severity": 0.0, "budget": 40, "arm": "scratch", **place}
    return ArmPoint(**here, mean=mean, std=std, n=n, values=(), low=None, high=None, images=None)


def test_a_mean_never_travels_alone() -> None:
    assert percent(point(0.686, 0.0104, 3)) == "68.6 (1.0)"
    assert percent(point(0.686, None, 1)) == "68.6 (–)"  # noqa: RUF001 - a dash, as tables print it
    assert percent(point(None, None, 0)) == percent(None) == "n/a"


def contrast(
    severity: float, difference: float | None, low: float | None, high: float | None, verdict: Judgement
) -> Contrast:
    return Contrast(
        shift="rotation" if severity else "identity",
        severity=severity,
        budget=40,
        a="transfer",
        b="scratch",
        difference=difference,
        low=low,
        high=high,
        verdict=verdict,
        reason="" if difference is not None else "no seed has both arms",
    )


SUMMARY = Summary(
    command="shiftprobe sweep",
    name="made up",
    digest="0" * 8,
    verdict=Verdict(word="better", sentence="Transfer is better.", detail="Condition by condition."),
    margin=0.01,
    training=TrainingFacts(sentence="Nothing was tuned."),
    seeds=(0, 1, 2),
    budgets=(40,),
    arms=("zero_shot", "scratch", "transfer"),
    data=Datasets(),
    skipped_arms={"bn_adapt": "there is no batch norm"},
    shifts=("rotation",),
    severities=(0.0, 0.5, 1.0),
    points=(
        point(0.5, None, 1, arm="zero_shot", budget=None),
        point(0.6, 0.01, 3),
        point(0.7, 0.02, 3, arm="transfer"),
        point(0.4, 0.02, 3, shift="rotation", severity=0.5),
    ),
    contrasts=(
        contrast(0.0, 0.1, 0.05, 0.15, "better"),
        contrast(0.5, -0.0001, None, None, "inconclusive"),
        contrast(1.0, None, None, None, "inconclusive"),
    ),
    failed=(),
    pairing="",
)


def lines(capsys: pytest.CaptureFixture[str], summary: Summary) -> list[str]:
    findings(summary)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_the_verdict_comes_first_and_every_dose_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    told = lines(capsys, SUMMARY)
    assert told[1] == "Verdict: BETTER. Transfer is better."
    assert "unshifted 50.0 (–) 60.0 (1.0) 70.0 (2.0) +10.0 5.0 to 15.0 better" in told  # noqa: RUF001
    assert "rotation 0.5 n/a 40.0 (2.0) n/a +0.0 n/a inconclusive" in told
    assert "rotation 1 n/a n/a n/a n/a n/a no seed has both arms" in told
    assert told[-1] == "Skipped arm bn_adapt: there is no batch norm."


def test_a_comparison_prints_table_1_at_both_epochs_and_what_labels_are_worth(
    capsys: pytest.CaptureFixture[str],
) -> None:
    best = Best(
        points=(point(0.62, 0.01, 3), point(0.71, 0.02, 3, arm="transfer")),
        contrasts=(contrast(0.0, 0.09, 0.04, 0.14, "better"),),
        verdict=Verdict(word="better", sentence="Still better."),
    )
    labels = Labels(sentence="Worth 40 labelled images here.")
    told = lines(capsys, replace(SUMMARY, shifts=(), best=best, labels=labels))
    assert "Table 1. Top-1 accuracy in %, mean (std), 3 seeds per arm:" in told
    assert "40, last epoch 50.0 (–) 60.0 (1.0) 70.0 (2.0) +10.0 5.0 to 15.0 better" in told  # noqa: RUF001
    assert "40, best epoch n/a 62.0 (1.0) 71.0 (2.0) +9.0 4.0 to 14.0 better" in told
    assert "Judged at each arm's best epoch on the validation part instead: Still better." in told
    assert "Worth 40 labelled images here." in told


def test_without_a_pair_of_arms_there_is_no_column_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = Verdict(word="none", sentence="No comparison.")
    told = lines(capsys, replace(SUMMARY, verdict=verdict, contrasts=()))
    assert "condition zero_shot scratch transfer" in told


def test_where_nobody_watches_a_stage_is_told_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert not sys.stderr.isatty()
    with bars() as bar:
        bar.begin("cells", 3)
        for _ in range(3):
            bar.step()
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "cells: 3 of 3 done in 1 s\n"  # a stage that goes on is not told twice within seconds


def test_each_step_of_a_few_is_told_where_they_take_their_time(capsys: pytest.CaptureFixture[str]) -> None:
    now = iter([0.0, 30.0, 60.0, 90.0])
    bar = Lines(lambda: next(now))
    bar.begin("cells", 3)
    for _ in range(3):
        bar.step()
    assert [line.partition(" done")[0] for line in capsys.readouterr().err.splitlines()] == [
        "cells: 1 of 3", "cells: 2 of 3", "cells: 3 of 3",
    ]  # fmt: skip


def test_of_many_steps_every_tenth_is_told_with_the_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    now = iter([100.0, *(100.0 + 4.0 * step for step in range(13, 131, 13)), 0.0])  # s; asked where a line is due
    bar = Lines(lambda: next(now))
    bar.begin("cells", 130)
    for _ in range(130):
        bar.step()
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 10
    assert told[0] == "cells: 13 of 130 done in 52 s, about 8 min left"
    assert told[-1] == "cells: 130 of 130 done in 9 min"
    bar.begin("nothing", 0)
    bar.step()
    assert capsys.readouterr().err == ""


def test_a_checkpoint_at_chance_is_said_aloud(capsys: pytest.CaptureFixture[str]) -> None:
    data = Datasets(source=Dataset(name="letters", classes=("a", "b", "c"), test=300))
    for value, low, warned in ((0.34, 0.29, True), (0.9, 0.85, False)):
        home = SourceAccuracy(value=value, low=low, high=value + 0.05, n=300)
        findings(replace(SUMMARY, source_accuracy=home, data=data))
        assert ("at chance" in capsys.readouterr().out) == warned


def test_next_steps_have_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    steps = (Step("use_it", "Fine-tune it."), Step("adapt", "Try bn_adapt."))
    told = lines(capsys, replace(SUMMARY, next=steps))
    assert told[told.index("Next: Fine-tune it.") + 1] == "Try bn_adapt."
    assert not any(line.startswith("Next") for line in lines(capsys, SUMMARY))


def test_the_decision_comes_first_with_what_limits_it(capsys: pytest.CaptureFixture[str]) -> None:
    grave = Mark(kind="at_majority", text="scratch names one class.", arms=("scratch",))
    light = Mark(kind="untuned", text="One rate was tried.")
    other = Verdict(word="worse", sentence="Transfer is worse.", pair=("transfer", "zero_shot"), marks=(grave,))
    decision = Decision(choice="leave_it", sentence="Leave it as it is: 5 points above fine-tuning.", reason="So far.")
    findings(replace(SUMMARY, decision=decision, marks=(light,), verdicts=(SUMMARY.verdict, other)))
    said = capsys.readouterr().out.splitlines()
    assert said[1:5] == [
        "Decision: Leave it as it is: 5 points above fine-tuning. So far.",
        "  ! not trained out: scratch names one class.",
        "  - untuned: One rate was tried.",
        "Verdict: BETTER. Transfer is better.",
    ]
    assert "         WORSE. Transfer is worse." in said
