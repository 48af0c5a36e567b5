"""Every repair, one after the other, on one thread; the checkpoint itself stays as it is."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from shiftprobe.auditing.evidence import Evidence
from shiftprobe.auditing.repairs.base import Place, Repair, place_of
from shiftprobe.auditing.repairs.batch_norm import TITLE as OF_STATISTICS
from shiftprobe.auditing.repairs.batch_norm import batch_norm
from shiftprobe.auditing.repairs.head import TITLE as OF_HEAD
from shiftprobe.auditing.repairs.head import head
from shiftprobe.auditing.repairs.preparation import TITLE as OF_PREPARATION
from shiftprobe.auditing.repairs.preparation import preparation
from shiftprobe.auditing.repairs.temperature import METRIC, temperature
from shiftprobe.auditing.repairs.temperature import TITLE as OF_TEMPERATURE
from shiftprobe.auditing.types import Part
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.engine.executors.threads import limited
from shiftprobe.metrics import InputError

Try = Callable[[Evidence, Place], Repair]

TRIES: tuple[tuple[str, str, str, Try], ...] = (
    ("bn_adapt", OF_STATISTICS, "accuracy", batch_norm),
    ("head", OF_HEAD, "accuracy", head),
    ("temperature", OF_TEMPERATURE, METRIC, temperature),
    ("preprocessing", OF_PREPARATION, "accuracy", preparation),
)


def repairs(evidence: Evidence, *, tried: Mapping[str, Any] | None = None) -> Part:
    """Try what could be repaired, where the checkpoint is to work, and say what each would recover.

    On the target where there is one; else on the shift at the policy's `severity.at` that costs most accuracy. Three
    forward passes over those images at most, and the sample of the preprocessing check where `tried` is not given.

    Args:
        evidence: of the audit; its network is copied, never changed.
        tried: what the preprocessing check has shown (`shown["preprocessing"]`), to save trying again.

    Returns:
        No check; `shown["repairs"]`, a mapping per repair, with a reason where it could not be tried.
    """
    place = place_of(evidence)
    with limited(1):
        found = [_tried(evidence, place, entry, tried) for entry in TRIES]
    return Part(shown={"repairs": [asdict(one) for one in found]})


def _tried(
    evidence: Evidence, place: Place, entry: tuple[str, str, str, Try], tried: Mapping[str, Any] | None
) -> Repair:
    name, title, metric, attempt = entry
    try:
        return preparation(evidence, place, tried) if attempt is preparation else attempt(evidence, place)
    except (NotAvailableError, InputError) as error:
        return Repair(name=name, title=title, metric=metric, reason=str(error), on=place.on)
