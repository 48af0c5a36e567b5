"""The schema that ships: valid itself, agreed with by audits, refusing what is none, documented whole."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from importlib import resources
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from jsonschema import Draft202012Validator
from tests.report.fake_audit import verdicts
from tests.report.fake_checks import Plain
from tests.report.hostile_audit import hostile

from shiftprobe.auditing.estimate.types import AccuracyEstimate
from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.types import Check, Power

SCHEMA: dict[str, Any] = json.loads((resources.files("shiftprobe") / "auditing" / "schema.json").read_text("utf-8"))
READER = Draft202012Validator(SCHEMA)


def test_it_is_a_schema_of_its_draft() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("make", [verdicts, hostile])
def test_an_audit_agrees_with_it(make: Any) -> None:
    assert [error.message for error in READER.iter_errors(make())] == []


def test_it_names_every_field_of_a_check_and_no_other() -> None:
    found = SCHEMA["$defs"]["check"]
    assert set(found["properties"]) == set(Check.__dataclass_fields__)
    assert set(found["properties"]["power"]["properties"]) == set(Power.__dataclass_fields__)
    assert set(found["required"]) == set(found["properties"]) - {
        "explained_by",
        "with_all",
    }  # files made before lack it


def inside(kind: Any) -> Any:
    """The noun in an optional one, in a tuple of them, or in a mapping to them."""
    if get_origin(kind) in {UnionType, Union}:
        return inside(next(one for one in get_args(kind) if one is not type(None)))
    if get_origin(kind) is tuple:
        return inside(get_args(kind)[0])
    return inside(get_args(kind)[1]) if get_origin(kind) is Mapping else kind


def named(schema: Any, noun: Any, place: str = "") -> Iterator[tuple[str, set[str], set[str]]]:
    """Of every noun below one: where it stands, the fields that the schema names, those that it has."""
    while "properties" not in schema:
        schema = schema.get("items") or schema.get("additionalProperties")
    hints = get_type_hints(noun)
    extra = {"answered"} if noun is AccuracyEstimate else set()  # told, because no value may also be read as 0
    extra |= {"verdict"} if noun is Repair else set()  # told, because an interval may be read as a gain
    yield place, set(schema["properties"]), set(hints) | extra
    for name, hint in hints.items():
        if is_dataclass(inside(hint)) and "$ref" not in schema["properties"][name].get("items", {}):
            yield from named(schema["properties"][name], inside(hint), f"{place}.{name}")


def test_it_names_every_field_of_what_is_measured_and_no_other() -> None:
    found = list(named({"properties": SCHEMA["properties"]}, Verdicts))
    assert len(found) > 25
    for place, told, typed in found:
        left_out = {"code"} if place == ".environment" else set()
        assert told - left_out == typed, place


def test_an_audit_without_target_pictures_or_power_agrees_too() -> None:
    found = {**verdicts(), "target": None, "shown": {}, "notes": []}
    found["checks"] = [{**one, "power": None} for one in found["checks"]]
    assert READER.is_valid(found)


def changed(**changes: Any) -> Plain:
    return {**verdicts(), **changes}


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 2}, {"schema": "other"}, {"status": "maybe"}, {"exit_code": 0}, {"status": "cannot tell"},
        {"more": 1},
        {"sentence": None}, {"images": {"used": -1, "available": 0, "skipped": []}}, {"checks": [{"name": "accuracy"}]},
        {"shown": {"classes": [{"name": "a"}]}},
    ],
)  # fmt: skip
def test_it_refuses_what_is_no_verdict(wrong: Plain) -> None:
    assert not READER.is_valid(changed(**wrong))


def test_a_number_that_is_no_number_is_refused() -> None:
    found = verdicts()
    found["checks"][0]["value"] = "NaN"
    assert not READER.is_valid(found)


def keys(schema: Any) -> set[str]:
    """Every name that a document may hold by this schema."""
    if isinstance(schema, list):
        return {key for one in schema for key in keys(one)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
    return own | {key for name, one in schema.items() if name != "allOf" for key in keys(one)}


def test_every_field_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "audit-outputs.md").read_text("utf-8")
    told = set(re.findall(r"`(\w+)`", text))
    assert keys(SCHEMA) - told == set()
