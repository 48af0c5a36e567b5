"""Every repair, one after the other, on one thread; the checkpoint itself stays as it is."""

from dataclasses import dataclass, replace

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import PreprocessingTrials, Repair
from shiftprobe.auditing.repairs import REPAIRS, RepairMethod, RepairSite
from shiftprobe.auditing.repairs.base import KeepableRepair, Tried, site_of, told
from shiftprobe.auditing.repairs.towards import try_towards
from shiftprobe.auditing.repairs.unlabelled_steps import try_steps
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.engine.executors.threads import limited
from shiftprobe.metrics import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairsTried:
    """Every repair that was tried, and where."""

    site: RepairSite
    tried: tuple[Tried, ...]

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What came of each."""
        return tuple(map(told, self.tried))

    @property
    def keepable(self) -> tuple[KeepableRepair, ...]:
        """Those that are weights."""
        return tuple(one for one in self.tried if isinstance(one, KeepableRepair))


def run_repairs(evidence: AuditEvidence, *, preprocessing: PreprocessingTrials | None = None) -> RepairsTried:
    """Try what could be repaired, where the checkpoint is to work, and say what each would recover.

    On the target where there is one; else on the shift at the policy's `severity.at` that costs most accuracy. How many
    forward passes that is, `auditing.cost` counts.

    Args:
        evidence: of the audit; its network is copied, never changed.
        preprocessing: what the preprocessing check has tried, to save trying again.

    Returns:
        One per repair, with a reason where it could not be tried; then the lines to other weights, and gradient steps
        where they are asked for.
    """
    site = replace(site_of(evidence), preprocessing=preprocessing)
    methods = sorted((REPAIRS[name] for name in REPAIRS), key=lambda method: (method.rank, method.name))
    with limited(1):
        found = [_attempted(method, evidence, site) for method in methods]
        return RepairsTried(site=site, tried=(*found, *try_towards(evidence, site), *try_steps(evidence, site)))


def _attempted(method: RepairMethod, evidence: AuditEvidence, site: RepairSite) -> Tried:
    try:
        return method.attempt(evidence, site)
    except NotAvailableError as error:
        return replace(method.begun(site), reason=str(error))
    except InputError as error:
        said = f"tried, and it has no answer: {error}"
        return replace(method.begun(site), what=said, reason=str(error), n=len(site.side))
