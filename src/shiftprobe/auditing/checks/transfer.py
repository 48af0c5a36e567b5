"""Does transfer pay? The gain over training from scratch, from the folder of a comparison run; imports no torch."""

from dataclasses import replace

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import TransferGain
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.read_run import read_headline
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.core.words import in_points
from shiftprobe.metrics import InputError

TITLE = "gain of transfer over training from scratch"
HOW_TO_FIX = (
    "training from scratch does as well on this data: look at the run's report for where transfer helps, and why"
)


def transfer(evidence: AuditEvidence) -> Part:
    """The headline of a comparison run: transfer less scratch, averaged over its conditions, seed by seed.

    The interval is the run's own, a 95 % t interval over seeds.

    Raises:
        NotAvailableError: when no run was given.
        InputError: when it compares nothing.
        RunError: when the folder is no run folder, or its summary cannot be read.
    """
    if evidence.run is None:
        raise NotAvailableError("no comparison run was given (--run)")
    found = read_headline(evidence.run)
    if found.gain is None:
        raise InputError(f"{escape(evidence.run)}: {escape(found.sentence or 'no comparison', 300)}")
    value, low, high, seeds = found.gain
    differs = _differs(evidence, found.target)
    shown = TransferGain(
        run=evidence.run.name,
        difference=value,
        low=low,
        high=high,
        n=seeds,
        verdict=found.verdict,
        sentence=found.sentence,
        differs=differs,
    )
    check = replace(begun("transfer", TITLE, fix=HOW_TO_FIX), unit="points")
    run = escape(evidence.run.name, 60) + (f" ({differs})" if differs else "")
    said = f"transfer less scratch is {in_points(value)} points ({_held(low, high, seeds)}) in {run}"
    rule = evidence.policy.transfer
    ends = (-1.0 if low is None else low, 1.0 if high is None else high)
    check = decided(check, rule, (value, *ends, seeds), ("at least", rule.at_least), said)
    return Part(checks=(replace(check, low=low, high=high),), shown=Measurements(transfer=shown))


def _held(low: float | None, high: float | None, seeds: int) -> str:
    n = f"n = {seeds} seed{'s' if seeds > 1 else ''}"
    if low is None or high is None:
        return f"{n}, too few or too equal for an interval"
    return f"95 % interval {in_points(low)} to {in_points(high)}, {n}"


def _differs(evidence: AuditEvidence, name: str | None) -> str:
    """Where the run was made on other data than the audit, by name; empty where it is the same."""
    audited = [escape(side.name) for side in (evidence.target, evidence.data) if side is not None]
    if name is None or name in audited:
        return ""
    return (
        f"its target is {escape(name, 60)}, this audit's images are {' and '.join(escape(one, 60) for one in audited)}"
    )


QUESTIONS.add(Question(name="transfer", title=TITLE, section="made", ask=transfer, counts_groups=True))
