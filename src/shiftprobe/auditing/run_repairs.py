"""Every repair, one after the other, on one thread; the checkpoint itself stays as it is."""

from dataclasses import replace

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import PreprocessingTrials, Repair
from shiftprobe.auditing.repairs import REPAIRS, RepairMethod, RepairSite
from shiftprobe.auditing.repairs.base import site_of
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.engine.executors.threads import limited
from shiftprobe.metrics import InputError


def run_repairs(evidence: AuditEvidence, *, preprocessing: PreprocessingTrials | None = None) -> tuple[Repair, ...]:
    """Try what could be repaired, where the checkpoint is to work, and say what each would recover.

    On the target where there is one; else on the shift at the policy's `severity.at` that costs most accuracy. Three
    forward passes over those images at most, and the sample of the preprocessing check where its trials are not given.

    Args:
        evidence: of the audit; its network is copied, never changed.
        preprocessing: what the preprocessing check has tried, to save trying again.

    Returns:
        One per repair, with a reason where it could not be tried.
    """
    site = replace(site_of(evidence), preprocessing=preprocessing)
    methods = sorted((REPAIRS[name] for name in REPAIRS), key=lambda method: (method.rank, method.name))
    with limited(1):
        return tuple(_attempted(method, evidence, site) for method in methods)


def _attempted(method: RepairMethod, evidence: AuditEvidence, site: RepairSite) -> Repair:
    try:
        return method.attempt(evidence, site)
    except NotAvailableError as error:
        return replace(method.begun(site), reason=str(error))
    except InputError as error:
        return replace(method.begun(site), what=f"tried, and it has no answer: {error}", reason=str(error))
