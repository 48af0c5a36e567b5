"""Three numbers that are read first, whatever the verdict: on the target, on the data, under the worst shift."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from shiftprobe.auditing.measurements import TargetAccuracy
from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import wording
from shiftprobe.auditing.types import Check
from shiftprobe.core.escape import escape
from shiftprobe.report.audit import marks
from shiftprobe.report.audit.dials import first
from shiftprobe.report.audit.marks import Ends, Span, track
from shiftprobe.report.audit.rows import worth

WHOLE: Ends = (0.0, 1.0)
MAX_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTile:
    """A number large enough to be read first, its interval against what was wanted, and what it rests on."""

    label: str
    number: str
    unit: str
    basis: str
    icon: Markup | None = None  # of the check that holds it
    kind: str = ""
    track: Markup | None = None


def tiles(audit: Verdicts) -> tuple[AuditTile, ...]:
    """What was not looked at says so."""
    named = {one.name: one for one in audit.checks}
    there, here = wording.sides(audit.data.name, audit.target.name if audit.target else "", MAX_NAME)
    return (_target(audit, there, named.get("target")), _clean(here, named.get("accuracy")), _shift(audit))


def _tile(label: str, span: Span, n: int | None, check: Check | None, rest: Sequence[str] = ()) -> AuditTile:
    """An accuracy with its interval, against what its check wants."""
    ends = "" if span.low is None or span.high is None else f"{_bare(span.low)} to {_bare(span.high)}"
    bar = wording.wanted(check) if check is not None else ""
    counted = f"n = {n:,} images" if n is not None else ""
    behind = ", ".join(filter(None, (ends, counted, *rest, f"wanted {bar}" if bar else "")))
    limit = (check.relation, check.threshold) if check is not None and check.threshold is not None and bar else None
    kind = "k-measured" if check is None else marks.kind(check.status)
    return AuditTile(
        label=label,
        number=_bare(span.value or 0.0),
        unit="%",
        basis=behind,
        icon=None if check is None else marks.icon(check.status),
        kind=kind,
        track=track(replace(span, kind=kind), WHOLE, f"{_bare(span.value or 0.0)} %, {behind}", limit),
    )


def _bare(value: float) -> str:
    return wording.bare(value, "fraction")


def _missing(label: str, why: str, number: str = "n/a") -> AuditTile:
    return AuditTile(label=label, number=number, unit="", basis=why or wording.NO_REASON)


def _clean(name: str, one: Check | None) -> AuditTile:
    label = f"Accuracy on {name} (labelled data)"
    if one is None or one.value is None:
        return _missing(label, "the policy does not ask for it" if one is None else one.reason)
    return _tile(label, Span(value=one.value, low=one.low, high=one.high), one.n, one)


def _target(audit: Verdicts, name: str, check: Check | None) -> AuditTile:
    if audit.target is None:
        return _missing("Accuracy on a target", "no target was given: --target FOLDER names the place it will meet")
    label, measured, guessed = f"Accuracy on {name} (target)", audit.shown.target, audit.shown.estimates
    if measured is not None and measured.accuracy is not None:
        known = Span(value=measured.accuracy, low=measured.low, high=measured.high)
        return _tile(label, known, measured.n, check, (_labels(measured),))
    if guessed is None:
        return _missing(label, "the policy does not ask for it")
    if guessed.value is None or not guessed.answered:
        return _missing(label, f"not estimated: {guessed.reason or wording.NO_REASON}", "cannot tell")
    level = f"estimated without labels, {100 * guessed.confidence:.3g} % interval"
    known = Span(value=guessed.value, low=guessed.low, high=guessed.high)
    return _tile(label, known, guessed.n, check, (level,))


def _labels(one: TargetAccuracy) -> str:
    return "measured with labels" if one.asked is None else f"measured with a few labels: {worth(one)}"


def _shift(audit: Verdicts) -> AuditTile:
    """The lowest of the gates under shifts; where none was asked, the first break-point."""
    gates = [one for one in audit.checks if one.kind == "severity" and one.value is not None]
    if not gates:
        return _break(audit)
    one = min(gates, key=lambda gate: gate.value or 0.0)
    known = Span(value=one.value, low=one.low, high=one.high)
    return _tile(wording.upper(one.title), known, one.n, one, (f"the lowest of {len(gates)} shifts",))


def _break(audit: Verdicts) -> AuditTile:
    """The shift that is shown to hold its floor least far."""
    label = "First break-point under shifts"
    known = {shift: dial for shift, dial in audit.shown.dials.items() if dial.accuracy and dial.floor is not None}
    if not known:
        return _missing(label, "no shift was looked at")
    names, one = first(known)
    names, floor = escape(names, 2 * MAX_NAME), f"{100 * (one.floor or 0.0):.3g} %"
    if one.passes_to is None:
        return _missing(label, f"{names}: at no severity shown to hold {floor}", "none held")
    if one.passes_to >= max(one.severities):
        return _missing(label, f"every shift is shown to hold {floor} to the end, severity {one.passes_to:.3g}", "none")
    sure = f"with {100 * audit.confidence:.3g} % confidence"
    basis = f"{names}: shown to hold {floor} up to there ({sure}, n = {one.n or 0:,} images)"
    return AuditTile(label=label, number=f"{one.passes_to:.3g}", unit="severity", basis=basis)
