"""SARIF 2.1.0: what keeps an audit open, as results that code scanning lists, follows and closes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from urllib.parse import quote

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import wording
from shiftprobe.auditing.types import OPEN, Check
from shiftprobe.core.digest import digest
from shiftprobe.core.escape import escape
from shiftprobe.core.files import json_bytes
from shiftprobe.version import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LINE = 400  # characters of a sentence
NUMBERS = ("value", "low", "high", "n", "unit", "threshold", "relation")  # of a check, as properties of its result


def sarif(verdicts: Verdicts) -> str:
    """An audit as SARIF 2.1.0: a rule per kind of check, a result per check that is open for a reason of its own.

    What keeps the audit from passing is an error, a warning a warning, an open question that does not gate a note. A
    check that shares another's reason is counted in that one's message. A result lies at the checkpoint, and at the
    policy where that is a file; its fingerprint is its check's name, so that the next checkpoint's audit at the same
    place goes on with the same alert, or closes it.

    Args:
        verdicts: what an audit found.

    Returns:
        One JSON document with one run; foreign text is printable, paths are relative where they were given so.
    """
    kinds = sorted({one.kind for one in verdicts.checks})
    own = [one for one in wording.own_reason(verdicts.checks) if one.status in OPEN]
    driver = {"name": "shiftprobe", "version": __version__, "rules": [_rule(kind, verdicts) for kind in kinds]}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"shiftprobe/{escape(_subject(verdicts), LINE)}/"},
        "invocations": [
            {"executionSuccessful": True, "exitCode": verdicts.exit_code, "commandLine": escape(verdicts.command, 2000)}
        ],
        "results": [_result(one, verdicts, kinds.index(one.kind)) for one in own],
        "properties": {"status": verdicts.status, "sentence": verdicts.sentence},
    }
    return json_bytes({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}).decode()


def _subject(verdicts: Verdicts) -> str:
    """What two audits must share to be about the same thing: the images, and the domain."""
    return verdicts.data.name + (f" for {verdicts.target.name}" if verdicts.target else "")


def _rule(kind: str, verdicts: Verdicts) -> Mapping[str, object]:
    rule = verdicts.policy.get(kind)
    asked = ", ".join(f"{key}: {value}" for key, value in rule.items()) if isinstance(rule, Mapping) else ""
    return {
        "id": escape(kind),
        "shortDescription": _text(f"Audit: {escape(kind).replace('_', ' ')}"),
        "fullDescription": _text(f"The rule {escape(kind)} of the policy{': ' if asked else ''}{escape(asked, LINE)}"),
        "help": _text("docs/audit.md says what each rule of a policy asks; report.html shows what was found."),
    }


def _result(check: Check, verdicts: Verdicts, rule: int) -> Mapping[str, object]:
    files = list(_files(verdicts))
    return {
        "ruleId": escape(check.kind),
        "ruleIndex": rule,
        "level": _level(check, verdicts.checks),
        "message": _text(_message(check, verdicts.checks)),
        "locations": [_place(one) for one in files[:1]],
        "relatedLocations": [_place(one) for one in files[1:]],
        "partialFingerprints": {"shiftprobeCheck/v1": digest(check.name)},
        "properties": {
            "check": escape(check.name),
            "status": check.status,
            **{key: value for key, value in asdict(check).items() if key in NUMBERS and value not in (None, "")},
        },
    }


def _level(check: Check, checks: Sequence[Check]) -> str:
    if wording.alarms(check, checks):
        return "error"
    return "warning" if check.status == "warn" else "note"


def _message(check: Check, checks: Sequence[Check]) -> str:
    said = [f"{wording.sign(check, checks).word}: {wording.upper(check.reason or wording.NO_REASON)}"]
    said += [wording.folded(wording.further(check, checks)), wording.upper(check.fix)]
    return ". ".join(escape(one, LINE).rstrip(".") for one in said if one) + "."


def _text(text: str) -> Mapping[str, str]:
    """A message; what readers of the format would take for a link is broken up."""
    return {"text": text.replace("](", "] (")}


def _files(verdicts: Verdicts) -> Iterator[str]:
    """The checkpoint, and the policy where it is a file."""
    yield verdicts.checkpoint.path
    if PurePosixPath(verdicts.policy_from).suffix in {".yaml", ".yml"}:
        yield verdicts.policy_from


def _place(path: str) -> Mapping[str, object]:
    """A place in a file, by a reference that cannot be read as another scheme."""
    path = path.removeprefix("./")
    uri = f"file://{quote(path)}" if path.startswith("/") else quote(path)
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}}}
