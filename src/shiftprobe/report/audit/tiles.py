"""Three numbers that are read first."""

from collections.abc import Iterable

from shiftprobe.auditing.measurements import TargetAccuracy
from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import wording
from shiftprobe.core.escape import escape
from shiftprobe.report.audit.dials import first
from shiftprobe.report.audit.rows import worth
from shiftprobe.report.kit.table import Tile

MAX_NAME = 40


def tiles(audit: Verdicts) -> tuple[Tile, ...]:
    """Clean accuracy, accuracy on the target, the first break-point; what was not looked at says so."""
    return (_clean(audit), _target(audit), _break(audit))


def _tile(label: str, value: float | None, ends: Iterable[float | None], n: int | None, rest: str) -> Tile:
    if value is None:
        return Tile(label=label, number="n/a", unit="", basis=rest or wording.NO_REASON)
    low, high = ends
    between = (
        "" if low is None or high is None else f"{wording.bare(low, 'fraction')} to {wording.bare(high, 'fraction')}"
    )
    behind = ", ".join(filter(None, (between, f"n = {n:,} images" if n is not None else "", rest)))
    return Tile(label=label, number=wording.bare(value, "fraction"), unit="%", basis=behind)


def _clean(audit: Verdicts) -> Tile:
    one = next((check for check in audit.checks if check.kind == "accuracy"), None)
    label = f"Accuracy on {escape(audit.data.name, MAX_NAME)}"
    if one is None:
        return _tile(label, None, (None, None), None, "the policy does not ask for it")
    return _tile(label, one.value, (one.low, one.high), one.n, "" if one.value is not None else one.reason)


def _target(audit: Verdicts) -> Tile:
    if audit.target is None:
        return Tile(label="Accuracy on a target", number="n/a", unit="", basis="no target was given")
    label, measured, guessed = (
        f"Accuracy on {escape(audit.target.name, MAX_NAME)}",
        audit.shown.target,
        audit.shown.estimates,
    )
    if measured is not None:
        return _tile(label, measured.accuracy, (measured.low, measured.high), measured.n, _labels(measured))
    if guessed is None:
        return _tile(label, None, (None, None), None, "the policy does not ask for it")
    if not guessed.answered:
        return Tile(
            label=label, number="cannot tell", unit="", basis=f"not estimated: {guessed.reason or wording.NO_REASON}"
        )
    level = f"estimated without labels, {100 * guessed.confidence:.3g} % interval"
    return _tile(label, guessed.value, (guessed.low, guessed.high), guessed.n, level)


def _labels(one: TargetAccuracy) -> str:
    return "measured with labels" if one.asked is None else f"measured with a few labels: {worth(one)}"


def _break(audit: Verdicts) -> Tile:
    """The shift that is shown to hold its floor least far."""
    label = "First break-point"
    known = {shift: dial for shift, dial in audit.shown.dials.items() if dial.accuracy and dial.floor is not None}
    if not known:
        return Tile(label=label, number="n/a", unit="", basis="no shift was looked at")
    names, one = first(known)
    floor = f"{100 * (one.floor or 0.0):.3g} %"
    if one.passes_to is None:
        basis = f"{names}: at no severity shown to hold {floor}"
        return Tile(label=label, number="none held", unit="", basis=basis)
    if one.passes_to >= max(one.severities):
        basis = f"every shift is shown to hold {floor} to the end, severity {one.passes_to:.3g}"
        return Tile(label=label, number="none", unit="", basis=basis)
    sure = f"with {100 * audit.confidence:.3g} % confidence"
    basis = f"{names}: shown to hold {floor} up to there ({sure}, n = {one.n or 0:,} images)"
    return Tile(label=label, number=f"{one.passes_to:.3g}", unit="severity", basis=basis)
