"""The verdict's sentence: short, with its cause and the target."""

from dataclasses import replace
from typing import Any

import pytest

from shiftprobe.auditing.measurements import ClassOrder, OtherPreprocessing, PreprocessingTrials
from shiftprobe.auditing.model import Measurements, TargetData
from shiftprobe.auditing.types import Check
from shiftprobe.auditing.verdict import ordered, outcome, sentence

TARGET = TargetData(name="digits:uci", labelled=True, used=400, available=400)
BEST = OtherPreprocessing(name="ImageNet's mean and std", accuracy=0.83, gain=0.54, low=0.48, high=0.6)
TRIED = Measurements(preprocessing=PreprocessingTrials(tried=(BEST,), best=BEST.name, n=256))


def check(name: str, status: Any, value: float | None, why: str = "", **changes: Any) -> Check:
    titles = {"accuracy": "accuracy on folder:photos", "target": "accuracy on the target digits:uci"}
    made = Check(
        name=name, kind=name.partition(":")[0], title=titles.get(name, f"accuracy under {name}"), status=status,
        gates=True, reason="so it is", value=value, threshold=0.7, relation="at least", explained_by=why,
    )  # fmt: skip
    return replace(made, **changes)


WRONG = check("preprocessing", "warn", 0.54, gates=False, unit="points")
BELOW = [check("accuracy", "fail", 0.29, "preprocessing"), check("target", "fail", 0.1, "preprocessing")]


def test_a_wrong_preprocessing_is_the_headline() -> None:
    said = sentence([WRONG, *BELOW, check("skipped", "pass", 0.0)], TRIED, TARGET)
    assert said == (
        "Fail: images are prepared wrongly: accuracy is 54.0 points higher with ImageNet's mean and std; "
        "2 of 3 gates fail; target digits:uci 10.0 %."
    )


def test_gates_that_hold_are_counted() -> None:
    one, two = check("accuracy", "pass", 0.9), check("severity:fog", "pass", 0.8)
    assert "all 2 gates hold" in sentence([one, two])
    assert "the one gate holds" in sentence([one])


def test_renamed_outputs_are_the_headline() -> None:
    checks = [check("class_order", "fail", 0.93, unit="points"), check("accuracy", "fail", 0.02, "class_order")]
    shown = Measurements(class_order=ClassOrder(moved=(), before=0.02, after=0.95))
    assert sentence(checks, shown) == (
        "Fail: outputs are misnamed: in another order accuracy rises from 2.0 % to 95.0 %; 2 of 2 gates fail."
    )


def test_clean_accuracy_below_its_floor_is_the_headline_with_the_target_beside_it() -> None:
    checks = [check("accuracy", "fail", 0.6), check("severity:fog", "fail", 0.5, "accuracy")]
    assert sentence([*checks, check("target", "pass", 0.75)], None, TARGET) == (
        "Fail: accuracy on folder:photos is 60.0 %, wanted at least 70 %; 2 of 3 gates fail; target digits:uci 75.0 %."
    )


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("status", ["pass", "fail", "cannot tell", "not done"])
@pytest.mark.parametrize("cause", [[], [WRONG], [check("accuracy", "fail", 0.6)]])
def test_it_names_the_target_in_at_most_25_words(status: str, cause: list[Check], labelled: bool) -> None:
    target = replace(TARGET, name="folder:pictures of many words in a name", labelled=labelled)
    many = [check(f"severity:a shift with quite a long name {i}", "fail", 0.5) for i in range(5)]
    checks = [
        *cause,
        *(many if status == "fail" else []),
        check("target", status, None if status == "not done" else 0.6),
    ]
    said = sentence(checks, TRIED, target)
    assert len(said.split()) <= 25
    assert "target" in said
    assert said.lower().startswith(outcome(checks))


def test_a_pass_says_that_images_are_prepared_wrongly() -> None:
    said = sentence([WRONG, check("accuracy", "pass", 0.9)], TRIED)
    assert said == (
        "Pass: the one gate holds, but images are prepared wrongly: accuracy rises from 29.0 % to 83.0 % with "
        "ImageNet's mean and std."
    )


def test_causes_stand_first_and_what_they_explain_after_what_has_its_own_reason() -> None:
    own = check("severity:fog", "cannot tell", 0.5)
    listed = ordered([check("skipped", "pass", 0.0), *BELOW, own, WRONG])
    assert [one.name for one in listed] == ["preprocessing", "severity:fog", "accuracy", "target", "skipped"]
