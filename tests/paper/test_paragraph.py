from dataclasses import replace

import pytest
from tests.paper.made import ENVIRONMENT, RUN, SPEC, SUMMARY, VERDICTS, files, headline, without
from tests.paper.told_numbers import unexplained

from shiftprobe.paper.finished import FinishedRun
from shiftprobe.paper.references import cited
from shiftprobe.paper.write import paragraph
from shiftprobe.results.about import Datasets
from shiftprobe.results.model import TrainingFacts, Verdict
from shiftprobe.results.trial_scores import TriedTrial
from shiftprobe.results.tuning import TunedArm, Tuning

PLAIN = replace(
    RUN,
    spec=SPEC.model_copy(update={"train": SPEC.train.model_copy(update={"tune": None})}),
    summary=replace(SUMMARY, scale=None, source_accuracy=None, failed=(), skipped_arms={}, seeds=(0, 1, 2)),
    source_epochs=0,
)
STILL = replace(VERDICTS[0], contrast=replace(headline(0.0321, both_low=0.011, both_high=0.052, images=607), n=0))
CASES = {
    "everything": RUN,
    "untuned": PLAIN,
    "still": without(shifts=(), severities=(0.0,), contrasts=SUMMARY.contrasts[:1]),
    "one budget": without(budgets=(310,)),
    "one seed": without(seeds=(4,)),
    "no seed moves them": without(verdicts=(STILL,), verdict=STILL),
    "no source": without(data=Datasets(target=SUMMARY.data.target)),
}


@pytest.mark.parametrize("name", CASES)
def test_every_number_is_that_of_the_run(name: str) -> None:
    assert unexplained(paragraph(CASES[name]), files(CASES[name])) == []


@pytest.mark.parametrize(("right", "wrong"), [("+12.3 points", "+12.4 points"), ("23 epochs", "24 epochs")])
def test_a_number_that_is_another_is_found(right: str, wrong: str) -> None:
    text = paragraph(RUN)
    assert right in text
    with pytest.raises(AssertionError):
        unexplained(text.replace(right, wrong), files(RUN))


def test_a_number_without_a_place_is_found() -> None:
    assert unexplained(f"{paragraph(RUN)} With 7 more.", files(RUN)) == ["7"]


def test_the_pairs_stand_with_the_interval_of_both_sources_where_there_is_one() -> None:
    text = paragraph(RUN)
    assert (
        "transfer minus zero_shot is +12.3 points (95 % interval over seeds and test images +9.9 to +14.6, "
        "n = 4 seeds, 607 test images): better." in text
    )
    assert "transfer minus scratch is -7.7 points (95 % interval over seeds -9.8 to -5.4, n = 4 seeds): worse." in text
    assert "What limits it: 1 seed astray." in text
    still = paragraph(CASES["no seed moves them"])
    assert "(95 % interval over test images +1.1 to +5.2, no seed moves either arm, 607 test images): better" in still


def test_what_was_left_out_is_said() -> None:
    text = paragraph(RUN)
    for words in (
        "9 target files could not be read", "2 source files could not be read", "28 target images whose content",
        "14 training images whose content", "1 cell failed and is left out",
        "The arm bn_adapt was left out: there is no batch norm",
        "Left out as astray: 1 of 44 trainings of transfer (exact 95 % interval 0.1 to 12.0 %)",
    ):  # fmt: skip
        assert words in text


def test_no_place_on_a_disk_is_told() -> None:
    assert "/home" not in paragraph(RUN)
    assert "folder:new_camera" in paragraph(RUN)


@pytest.mark.parametrize(
    ("run", "key", "there"),
    [
        (RUN, "kingma2015", True),
        (RUN, "holm1979", True),
        (without(shifts=(), severities=(0.0,)), "holm1979", False),
        (without(shifts=(), severities=(0.0,)), "buslaev2020", False),
        (RUN, "buslaev2020", True),
        (RUN, "kornblith2019", True),
        (replace(RUN, spec=SPEC.model_copy(update={"probes": ("accuracy",)})), "kornblith2019", False),
        (replace(RUN, spec=SPEC.model_copy(update={"probes": ("accuracy",)})), "kokhlikyan2020", False),
        (RUN, "kokhlikyan2020", True),
        (RUN, "krizhevsky2009", True),
        (RUN, "lecun1998", False),
        (RUN, "schuirmann1987", True),
        (without(contrasts=()), "schuirmann1987", False),
        (RUN, "torchvision2016", True),
        (without(data=Datasets(target=SUMMARY.data.target)), "torchvision2016", False),
        (RUN, "kumar2022", False),
        (without(arms=("lp_ft", "scratch")), "kumar2022", True),
    ],
)
def test_only_what_was_used_is_cited(run: FinishedRun, key: str, there: bool) -> None:
    assert (key in cited(paragraph(run))) is there


def test_foreign_text_is_no_citation_and_moves_no_line() -> None:
    arms = ("zero_shot", "mine[@holm1979]\n\x1b[2J")
    text = paragraph(without(arms=arms, contrasts=(), verdicts=(), verdict=Verdict(word="none", sentence="None.")))
    assert "holm1979" not in cited(text)
    assert "\n" not in text
    assert "\x1b" not in text


def test_an_older_environment_has_packages_without_a_version() -> None:
    text = paragraph(replace(RUN, environment=replace(ENVIRONMENT, versions={"torch": "2.15.0"})))
    assert "PyTorch 2.15.0 [@paszke2019]" in text
    assert "Captum [@kokhlikyan2020]" in text


def test_trials_are_told_as_the_run_tells_them() -> None:
    said = "Every arm tried the same 2 trials (lr 0.1, 0.2) and kept one; no test image chose anything"
    arm = TunedArm(arm="scratch", trials=(TriedTrial(values={"lr": 0.1}),), chosen=0)
    training = replace(SUMMARY.training or TrainingFacts(), sentence=f"{said}.", tuning=Tuning(arms=(arm,)))
    text = paragraph(without(training=training))
    assert said in " ".join(text.split())
    assert "In every cell an arm tried" not in text
