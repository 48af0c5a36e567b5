"""SARIF: held against its schema, one result per alarm, the same alert for the same check of the next checkpoint."""

import json
from typing import Any

import pytest
from tests.published import broken
from tests.report.fake_audit import typed, verdicts
from tests.report.fake_checks import Plain, check
from tests.report.hostile_audit import HOSTILE, hostile

from shiftprobe.auditing.outputs import sarif

SCHEMA = "sarif-2.1.0-rtm.5.json"


def run(whole: Plain) -> Any:
    document = json.loads(sarif(typed(whole)))
    assert broken(SCHEMA, document) == []
    (one,) = document["runs"]
    return one


def audited(*checks: Plain, **more: Any) -> Plain:
    return {**verdicts(), "checks": list(checks), **more}


def test_the_schema_refuses_what_is_none() -> None:
    document = json.loads(sarif(typed(verdicts())))
    document["runs"][0]["results"][0]["level"] = "grave"
    assert broken(SCHEMA, document)
    assert broken(SCHEMA, {"version": "2.1.0"})


@pytest.mark.parametrize("make", [verdicts, hostile])
def test_an_audit_keeps_to_the_schema_and_its_rules_to_their_places(make: Any) -> None:
    found = run(make())
    rules = found["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for one in found["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


@pytest.mark.parametrize(
    ("status", "gates", "level"),
    [
        ("fail", True, "error"),
        ("cannot tell", True, "error"),
        ("warn", False, "warning"),
        ("cannot tell", False, "note"),
    ],
)
def test_every_open_status_has_its_level(status: str, gates: bool, level: str) -> None:
    found = run(audited(check("accuracy", status, 0.5, gates=gates), check("severity", "pass", 0.9)))
    assert [one["level"] for one in found["results"]] == [level]
    assert [rule["id"] for rule in found["tool"]["driver"]["rules"]] == ["accuracy", "severity"]


def test_one_cause_is_one_alert_that_counts_the_others() -> None:
    cause = {**check("preprocessing", "warn", 0.3), "gates": False}
    shared = {**check("accuracy", "fail", 0.5, gates=True), "explained_by": "preprocessing"}
    (one,) = run(audited(cause, shared))["results"]
    assert (one["level"], one["ruleId"]) == ("error", "preprocessing")
    assert "1 further gate fails for the same reason" in one["message"]["text"]


def test_an_alert_is_the_same_for_the_next_checkpoint_and_another_for_another_check() -> None:
    def prints(name: str, reason: str, sha256: str) -> set[str]:
        checkpoint = {**verdicts()["checkpoint"], "sha256": sha256}
        one = {**check("severity", "fail", 0.5, gates=True), "name": name, "reason": reason}
        (result,) = run(audited(one, checkpoint=checkpoint))["results"]
        return set(result["partialFingerprints"].values())

    first = prints("severity:fog", "Now 31 %.", "a" * 64)
    assert first == prints("severity:fog", "Now 35 %.", "b" * 64)
    assert first.isdisjoint(prints("severity:jpeg", "Now 31 %.", "a" * 64))


@pytest.mark.parametrize(
    ("path", "uri"),
    [("models/new model.pt", "models/new%20model.pt"), ("./model.pt", "model.pt"), ("/srv/m.pt", "file:///srv/m.pt"),
     ("torchvision:resnet18@DEFAULT", "torchvision%3Aresnet18%40DEFAULT")],
)  # fmt: skip
def test_a_result_lies_at_the_checkpoint_and_at_the_policy_where_that_is_a_file(path: str, uri: str) -> None:
    checkpoint = {**verdicts()["checkpoint"], "path": path}
    for policy, beside in (("ci/policy.yaml", ["ci/policy.yaml"]), ("strict", [])):
        for one in run({**verdicts(), "checkpoint": checkpoint, "policy_from": policy})["results"]:
            places = [
                [place["physicalLocation"]["artifactLocation"]["uri"] for place in one[key]]
                for key in ("locations", "relatedLocations")
            ]
            assert places == [[uri], beside]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_makes_no_link_and_hides_nothing(text: str) -> None:
    one = {**check("accuracy", "fail", 0.1, gates=True), "title": text, "reason": text, "fix": text, "name": text}
    (result,) = run({**hostile(), "checks": [one]})["results"]
    said = result["message"]["text"]
    assert said.isprintable()
    assert "](" not in said


def test_an_audit_that_passed_holds_no_result_so_that_its_alerts_close() -> None:
    found = run(audited(check("accuracy", "pass", 0.9), status="pass", exit_code=0))
    assert found["results"] == []
    assert found["invocations"][0]["exitCode"] == 0
