"""JUnit XML: every check a test case, for the test reports of CI systems."""

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import wording
from shiftprobe.auditing.types import Check
from shiftprobe.core.escape import escape

LINE = 600  # characters of any one text
MAX_NAME = 200  # of a name


def junit(verdicts: Verdicts) -> str:
    """An audit as JUnit XML; the same verdicts give the same text, so it holds no clock.

    A gate that fails is a failure of type `threshold`. A gate that cannot tell is one of type `inconclusive`: CI
    systems count a skipped test as harmless, and an audit that could not decide (exit code 3) is not. What does not
    gate never fails: a warning passes and says so in `system-out`, an open question and a check that was not done
    are skipped. A check that shares another's reason is skipped with type `explained`, and that other one fails for all
    of them, with type `cause` where it does not gate itself. So the report holds failures exactly when the exit code is
    not 0, and one cause is one failure.

    Args:
        verdicts: what an audit found.

    Returns:
        A document that XML 1.0 readers accept; control characters of foreign text are made visible.
    """
    checks = verdicts.checks
    cases = [_case(one, checks) for one in checks]
    tally = {"tests": len(cases), **{f"{kind}s": _counted(cases, kind) for kind in ("failure", "error")}}
    whole = ET.Element("testsuites", _attributes(name="shiftprobe audit", **tally))
    skipped = _counted(cases, "skipped")
    suite = ET.SubElement(whole, "testsuite", _attributes(name=verdicts.name, **tally, skipped=skipped))
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(verdicts):
        ET.SubElement(properties, "property", _attributes(name=name, value=value))
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = escape(verdicts.sentence, LINE)
    ET.indent(whole, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(whole, encoding="unicode")}\n'


def _attributes(**values: object) -> dict[str, str]:
    return {name: escape(value, LINE) for name, value in values.items()}


def _counted(cases: Sequence[ET.Element], kind: str) -> int:
    return sum(one.find(kind) is not None for one in cases)


def _properties(verdicts: Verdicts) -> Iterator[tuple[str, object]]:
    checkpoint, target = verdicts.checkpoint, verdicts.target
    yield "status", verdicts.status
    yield "exit_code", verdicts.exit_code
    yield "sentence", verdicts.sentence
    yield "command", verdicts.command
    yield "checkpoint", checkpoint.path
    yield "sha256", checkpoint.sha256
    yield "policy", verdicts.policy_from
    yield "images_used", verdicts.images.used
    yield "images_skipped", len(verdicts.images.skipped)
    yield "files_set_aside", verdicts.images.set_aside
    if target:
        yield "target", target.name
    yield from (("limit", f"{one.badge}: {one.text}") for one in verdicts.marks)


def _case(check: Check, checks: Sequence[Check]) -> ET.Element:
    """One check; its name is unique, because CI systems tell cases apart by it."""
    name = f"{escape(wording.upper(check.title), MAX_NAME)} [{escape(check.name, MAX_NAME)}]"
    case = ET.Element("testcase", {"classname": f"shiftprobe.audit.{escape(check.kind, MAX_NAME)}", "name": name})
    if check.explained_by:
        _said(case, "skipped", check, type="explained", message=f"the reason of {check.explained_by}: {check.reason}")
    elif wording.alarms(check, checks) and not wording.decides(check):
        _said(case, "failure", check, type="cause", message=f"{check.reason}; {_same(check, checks)}")
    elif wording.decides(check):
        kind = "threshold" if check.status == "fail" else "inconclusive"
        _said(case, "failure", check, type=kind, message="; ".join(filter(None, (check.reason, _same(check, checks)))))
    elif check.status in {"cannot tell", "not done"}:
        _said(case, "skipped", check, type=check.status, message=check.reason or wording.NO_REASON)
    else:
        _said(case, "system-out", check)
    return case


def _same(check: Check, checks: Sequence[Check]) -> str:
    return wording.folded(wording.further(check, checks))


def _said(case: ET.Element, kind: str, check: Check, **attributes: str) -> None:
    lines = [f"{wording.SIGNS[check.status].word}: {check.reason}", f"value: {wording.amount(check)}"]
    lines += [f"wanted: {wording.wanted(check)}"] if wording.wanted(check) else []
    lines += [f"how to fix: {check.fix}"] if check.fix else []
    lines += [check.power.sentence] if check.power else []
    ET.SubElement(case, kind, _attributes(**attributes)).text = "\n".join(escape(line, LINE) for line in lines)
