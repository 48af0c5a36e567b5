"""The schema that ships: valid itself, agreed with by audits, refusing what is none, documented whole."""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.report.fake_audit import Plain, hostile, verdicts

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
    assert set(found["required"]) == set(found["properties"])


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
