"""Top-1 accuracy of every arm on the shifted test images."""

from dataclasses import dataclass

from shiftprobe.errors import NotAvailableError
from shiftprobe.metrics import accuracy
from shiftprobe.probes.base import PROBES
from shiftprobe.types import Evidence, Finding, Row, Scope


@dataclass(frozen=True, slots=True)
class AccuracyProbe:
    """Share of test images classified right, with the 95 % Wilson interval that the number of images leaves.

    The interval is the test images' error alone; what another seed would give is seen across cells.
    """

    name: str = "accuracy"
    about: str = "top-1 accuracy of each arm, with the test images' error"
    scope: Scope = "arms"

    def __call__(self, evidence: Evidence) -> Finding:
        """One row per arm; an arm that failed has the reason instead of a value."""
        return Finding(tuple(self._row(evidence, arm) for arm in (*evidence.arms, *evidence.failed)))

    def _row(self, evidence: Evidence, arm: str) -> Row:
        try:
            view = evidence.view(arm, "target")
        except NotAvailableError as error:
            return Row(cell=evidence.cell, probe=self.name, metric="top1", value=None, reason=str(error), arm=arm)
        value, low, high, n = accuracy(view.labels, view.logits.argmax(axis=1))
        return Row(cell=evidence.cell, probe=self.name, metric="top1", value=value, low=low, high=high, n=n, arm=arm)


PROBES.add(AccuracyProbe())
