"""How far the checkpoint's features move under the shift, tap by tap."""

from dataclasses import dataclass

from shiftprobe.metrics import linear_cka
from shiftprobe.probes.base import PROBES
from shiftprobe.types import Evidence, Features, Finding, Row, Scope

ENOUGH = 4  # the debiased estimator divides by n - 3


@dataclass(frozen=True, slots=True)
class CkaProbe:
    """Debiased linear CKA between the same test images before and after the shift, on spatially averaged features.

    1 when the features are the same up to rotation and scale, about 0 when unrelated; slightly negative by chance.

    Reference: Kornblith et al., 2019, arXiv:1905.00414; debiased: Song et al., 2012, JMLR 13.
    """

    name: str = "cka"
    about: str = "similarity of the checkpoint's features, clean against shifted, at every tap"
    scope: Scope = "checkpoint"

    def __call__(self, evidence: Evidence) -> Finding:
        """One row per tap."""
        clean, target = evidence.view("source", "clean"), evidence.view("source", "target")
        return Finding(tuple(self._row(evidence, tap, x, target.features[tap]) for tap, x in clean.features.items()))

    def _row(self, evidence: Evidence, tap: str, x: Features, y: Features) -> Row:
        try:
            value, reason = float(linear_cka(x, y, debiased=True)), ""
        except ValueError as error:
            value, reason = None, f"{tap}: {error}"
        return Row(
            cell=evidence.cell, probe=self.name, metric="cka_debiased", value=value, reason=reason,
            n=len(x), unit="similarity", arm="source", tap=tap, versus="clean",
        )  # fmt: skip


PROBES.add(CkaProbe())
