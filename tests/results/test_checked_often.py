"""Data that comes once per cell: held against its class as everywhere, by a validator that is built once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic
import pytest

from shiftprobe.core.errors import RunError
from shiftprobe.results.checked import checked
from shiftprobe.results.checked_often import checked_often

PATH = Path("cells") / "about.json"


@dataclass(frozen=True, slots=True)
class Odd:
    """Of this test alone: no other has a validator of it."""

    number: int


def test_data_that_fits_is_an_instance_and_what_does_not_is_refused_in_the_same_words() -> None:
    assert checked_often(list[Odd], [{"number": 3}], PATH) == [Odd(3)]
    said = []
    for check in (checked, checked_often):
        with pytest.raises(RunError, match=r"about\.json: 1\.number") as told:
            check(list[Odd], [{"number": 3}, {"number": "many"}], PATH)
        said.append(str(told.value))
    assert said[0] == said[1]


def test_a_validator_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built, adapter = [], pydantic.TypeAdapter

    def counted(kind: Any) -> object:
        built.append(kind)
        return adapter(kind)

    monkeypatch.setattr(pydantic, "TypeAdapter", counted)
    for number in range(5):
        assert checked_often(tuple[Odd, ...], [{"number": number}], PATH) == (Odd(number),)
    assert len(built) == 1
