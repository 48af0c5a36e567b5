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


HOME = "folder:photos"
UNTOLD = "whether outputs are misnamed cannot be told."
WRONG = check("preprocessing", "warn", 0.54, gates=False, unit="points")
BELOW = [check("accuracy", "fail", 0.29, "preprocessing"), check("target", "fail", 0.1, "preprocessing")]


def test_a_wrong_preprocessing_is_the_headline() -> None:
    said = sentence([WRONG, *BELOW, check("skipped", "pass", 0.0)], TRIED, TARGET)
    assert said == (
        "Fail: images are prepared wrongly: accuracy is 54.0 points higher with ImageNet's mean and std; "
        "on digits:uci: 10.0 %; 2 of 3 gates fail."
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
    assert sentence([*checks, check("target", "pass", 0.75)], None, TARGET, "folder:photos") == (
        "Fail: on photos: 60.0 %, wanted 70 %; on digits:uci: 75.0 %, wanted 70 %; 2 of 3 gates fail."
    )


def test_it_names_target_and_data_in_the_words_of_the_user_target_first_with_interval_and_threshold() -> None:
    seen: dict[str, Any] = {"low": 0.62, "high": 0.79, "n": 104}
    checks = [check("target", "fail", 0.71, threshold=0.8, **seen), check("accuracy", "pass", 0.88)]
    said = sentence([*checks, check("severity:fog", "pass", 0.9)], None, replace(TARGET, name="folder:camera-7"), HOME)
    assert said == (
        "Fail: on camera-7: 71.0 % (62.0 to 79.0, n = 104), wanted 80 %; on photos: 88.0 %; 1 of 3 gates fails."
    )


def test_what_decided_is_named_beside_a_target_that_holds() -> None:
    checks = [check("target", "pass", 0.75), check("accuracy", "pass", 0.9), check("severity:fog", "fail", 0.5)]
    assert sentence(checks, None, TARGET, HOME) == (
        "Fail: on digits:uci: 75.0 %; on photos: 90.0 %; 1 of 3 gates fails: accuracy under severity:fog is 50.0 %, "
        "wanted at least 70 %."
    )


def test_a_target_without_an_estimate_is_said_so_beside_the_accuracy_at_home() -> None:
    checks = [check("target", "cannot tell", None, reason="too far"), check("accuracy", "pass", 0.9)]
    said = sentence(checks, None, replace(TARGET, labelled=False), HOME)
    assert said == "Cannot tell: on digits:uci: not estimated; on photos: 90.0 %; 1 of 2 gates open."


def test_without_a_target_the_data_carry_their_interval() -> None:
    checks = [check("accuracy", "pass", 0.9, low=0.87, high=0.93, n=400)]
    assert sentence(checks, None, None, HOME) == (
        "Pass: on photos: 90.0 % (87.0 to 93.0, n = 400), wanted 70 %; the one gate holds."
    )


def test_two_sides_of_one_name_are_told_apart() -> None:
    checks = [check("target", "pass", 0.75), check("accuracy", "pass", 0.9)]
    said = sentence(checks, None, replace(TARGET, name=HOME), HOME)
    assert "on photos-(target): 75.0 %" in said
    assert "on photos-(data): 90.0 %" in said


def test_names_of_outputs_that_cannot_be_told_are_no_gain() -> None:
    checks = [check("class_order", "cannot tell", 0.0, unit="points"), check("accuracy", "pass", 0.9)]
    assert sentence(checks, None, None, HOME).endswith("1 of 2 gates open: " + UNTOLD)


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
    assert "pictures-of-many-words-in-a-name" in said
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
    assert [one.name for one in listed] == ["preprocessing", "severity:fog", "target", "accuracy", "skipped"]
