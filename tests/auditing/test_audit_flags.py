"""The command that an audit tells makes the same audit again, and what stands in a flag cannot move a cursor."""

import shlex

import pytest
import typer

from shiftprobe.auditing.command import command
from shiftprobe.auditing.request import request
from shiftprobe.cli.commands.audit import fractions


def test_numbers_of_the_preprocessing_are_told_to_the_last_digit() -> None:
    mean = fractions("mean", "123.675/255,1/3,0.1")
    words = shlex.split(command(request("a b.pt", "photos", preprocess={"mean": mean, "size": 64})))
    assert fractions("mean", words[words.index("--mean") + 1]) == mean
    assert words[:3] == ["shiftprobe", "audit", "a b.pt"]
    assert words[words.index("--size") + 1] == "64"


def test_what_is_no_number_is_refused_in_printable_text() -> None:
    with pytest.raises(typer.BadParameter) as refused:
        fractions("mean", "0.5,\x1b[2J")
    assert str(refused.value).isprintable()
    with pytest.raises(typer.BadParameter):
        fractions("std", "1/0")
