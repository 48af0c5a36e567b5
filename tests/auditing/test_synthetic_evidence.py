"""Evidence of made-up shifts alone says so, everywhere; a labelled target takes the mark away."""

from dataclasses import replace
from typing import Any

import pytest
from tests.auditing.made_up import side, subject
from tests.report.fake_audit import typed, verdicts

from shiftprobe.auditing.advice import Looked
from shiftprobe.auditing.estimate.types import AccuracyEstimate
from shiftprobe.auditing.limits import limits
from shiftprobe.auditing.measurements import Dial, OtherPreprocessing, PreprocessingTrials
from shiftprobe.auditing.model import Measurements
from shiftprobe.auditing.outputs import card, pretty, step_summary
from shiftprobe.auditing.request import request
from shiftprobe.results.marks import Mark
from shiftprobe.results.reading_choices import ReadingChoices

DIALS = {name: Dial(severities=(0.0, 1.0)) for name in ("fog", "jpeg")}
ESTIMATE = AccuracyEstimate(value=0.8, low=0.7, high=0.9, n=40, confidence=0.9, methods=())


def found(target: Any = None, **shown: Any) -> tuple[Mark, ...]:
    looked = Looked(data=side(60), target=target, request=request("model.pt", "folder:photos", policy={}))
    return limits([], "pass", looked, subject(), Measurements(**shown))


def test_dials_without_a_target_are_synthetic_evidence_and_the_next_step_is_a_labelled_sample() -> None:
    (mark,) = found(dials=DIALS)
    assert mark.kind == "synthetic_evidence"
    for said in ("2 made-up changes of folder:photos", "arXiv:2007.00644", "204 models", "213 conditions", "--ask 60"):
        assert said in mark.text


def test_an_estimate_for_a_target_without_labels_rests_on_dials_too() -> None:
    (mark,) = found(side(40, name="folder:camera", labelled=False), dials=DIALS, estimates=ESTIMATE)
    assert mark.text.startswith("this rests on an estimate for folder:camera that was calibrated on 2 made-up changes")
    assert "label a sample of folder:camera" in mark.text


def test_labels_of_the_target_and_an_audit_without_dials_are_no_synthetic_evidence() -> None:
    assert found(side(40, name="folder:camera"), dials=DIALS) == ()
    assert found() == ()


@pytest.mark.parametrize("make", [card, pretty, step_summary])
def test_every_output_carries_it_and_what_it_means(make: Any) -> None:
    said = " ".join(make(replace(typed(verdicts()), marks=found(dials=DIALS))).split())
    assert "synthetic evidence" in said
    assert "204 models under 213 conditions" in said


def test_a_guessed_reader_is_told_with_the_accuracy_that_another_one_gives() -> None:
    reading = ReadingChoices(reader="viewer", said=False, images=60, otherwise=20, turned=20)
    asked = request("model.pt", "folder:photos", policy={})
    looked = Looked(data=side(60), target=None, request=asked, reading={"data": reading})
    tried = (
        OtherPreprocessing(name="reader torchvision", accuracy=0.962, gain=0.037),
        OtherPreprocessing(name="bicubic", accuracy=0.9, gain=0.0),
    )
    (mark,) = limits([], "pass", looked, subject(), Measurements(preprocessing=PreprocessingTrials(tried=tried, n=240)))
    assert mark.kind == "reader_guessed"
    assert mark.text.endswith("read as torchvision does accuracy is 96.2 % in place of 92.5 % (n = 240)")
    assert "bicubic" not in mark.text
