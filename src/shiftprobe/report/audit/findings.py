"""What every closed section says of itself in one line."""

from collections.abc import Mapping

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import wording
from shiftprobe.core.words import counted
from shiftprobe.report.audit import checks, repairs


def findings(audit: Verdicts, terms: int) -> Mapping[str, str]:
    """By section: what it came to; a section without an entry is told by its gravest check.

    Args:
        audit: what was found.
        terms: how many words the page explains.
    """
    tried, slices = audit.shown.repairs, sum(len(search.slices) for search in audit.shown.slices)
    return {
        "slices": checks.summary(audit.checks, "slices") or f"{counted(slices, 'slice')} shown to be answered worse",
        "repairs": repairs.finding(tried) or f"{counted(len(tried), 'repair')} looked at",
        "worst": f"{counted(len(audit.shown.worst), 'picture')} answered wrongly although the checkpoint is sure",
        "data": _data(audit),
        "checkpoint": f"{audit.checkpoint.arch}, {audit.checkpoint.parameters:,} parameters; its preprocessing",
        "policy": f"{audit.policy_from}: every threshold",
        "made": "The command that makes it again, versions, files to download",
        "words": f"{counted(terms, 'word')} of this page",
    }


def finding(audit: Verdicts, section: str, terms: int) -> str:
    """The line of one section; empty where no check is about it."""
    return findings(audit, terms).get(section) or checks.summary(audit.checks, section)


def beside(found: "checks.CheckSection") -> str:
    """'2 warn and 1 cannot tell, without deciding: Harm done by drift, ...'."""
    warned = sum(one.check.status == "warn" for one in found.beside)
    unsure = len(found.beside) - warned
    said = [f"{warned} {'warns' if warned == 1 else 'warn'}"] if warned else []
    said += [f"{unsure} cannot tell"] if unsure else []
    return f"{' and '.join(said)}, without deciding"


def _data(audit: Verdicts) -> str:
    there, here = wording.sides(audit.data.name, audit.target.name if audit.target else "")
    skipped = len(audit.images.skipped) + (len(audit.target.skipped) if audit.target else 0)
    said = [f"{audit.images.used:,} of {here}", *([f"{audit.target.used:,} of {there}"] if audit.target else [])]
    return f"{' and '.join(said)}; {counted(skipped, 'file')} skipped"
