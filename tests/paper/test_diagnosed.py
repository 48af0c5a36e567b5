"""The sentence about a diagnosis: only where one was made, with its numbers, sure only where it is."""

from dataclasses import replace

import pytest
from tests.paper.made import RUN
from tests.results.made_diagnoses import DIAGNOSES

from shiftprobe.paper.diagnosed import diagnosed
from shiftprobe.paper.write import paragraph


def said(name: str) -> str:
    (one,) = diagnosed(replace(RUN, diagnosis=DIAGNOSES[name]))
    return one


def test_without_a_diagnosis_nothing_is_said() -> None:
    assert list(diagnosed(RUN)) == []
    assert "To find the cause" not in paragraph(RUN)


@pytest.mark.parametrize("name", DIAGNOSES)
def test_it_is_one_sentence_of_the_paragraph(name: str) -> None:
    text = paragraph(replace(RUN, diagnosis=DIAGNOSES[name]))
    assert text.count(f"{said(name)}.") == 1
    assert "nan" not in text


def test_it_tells_the_numbers_of_the_first_cause() -> None:
    assert "10 interventions were tried; what trains nothing" in said("strong")
    assert "the effect shows: batch statistics re-estimated on the target (+37.4 points beyond its sham (95 %" in said(
        "strong"
    )
    assert "(19 units of training)" in said("no_fault")


def test_it_is_no_surer_than_the_diagnosis() -> None:
    assert "suggested, not shown, is: inverted back" in said("few")
    assert said("open").endswith("none was shown to be the cause")
