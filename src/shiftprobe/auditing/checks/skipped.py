"""How many of the files that were to be images could not be read as such."""

from dataclasses import replace

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, settled
from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.model import Part
from shiftprobe.auditing.types import Check, Outcome
from shiftprobe.core.escape import escape
from shiftprobe.core.words import percent

HOW_TO_FIX = "the page lists every skipped file with its reason: repair or remove them, or raise skipped.at_most"


def skipped(evidence: AuditEvidence) -> Part:
    """One check per side; a count of files, so there is nothing to estimate."""
    sides = {"skipped": evidence.data} | ({"skipped:target": evidence.target} if evidence.target is not None else {})
    return Part(checks=tuple(_check(evidence, name, side) for name, side in sides.items()))


def _check(evidence: AuditEvidence, name: str, side: Side) -> Check:
    rule, lost = evidence.policy.skipped, len(side.bundle.skipped)
    whole = lost + len(side.bundle)
    share = lost / whole
    word: Outcome = "pass" if share <= rule.at_most else "fail"
    first = side.bundle.skipped[0] if lost else None
    said = f", the first {escape(first.path, 60)}: {escape(first.reason, 80)}" if first else ""
    bound = "at most" if word == "pass" else "more than"
    reason = (
        f"{lost:,} of {whole:,} files of {escape(side.name)} were skipped ({percent(share)}), {bound} "
        f"{percent(rule.at_most)}{said}"
    )
    check = begun(name, f"files of {escape(side.name)} that could not be read", evidence="#data", fix=HOW_TO_FIX)
    check = replace(check, value=share, n=whole, threshold=rule.at_most, relation="at most")
    return settled(check, rule, word, reason)


QUESTIONS.add(
    Question(name="skipped", title="files that could not be read", section="data", ask=skipped, counts_groups=True)
)
