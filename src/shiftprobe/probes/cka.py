"""How alike features are, tap by tap: before and after the shift, and between the arms and the checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Evidence, Features, Finding, Row, Scope
from shiftprobe.metrics import CkaPairs, InputError, cka_pairs
from shiftprobe.probes.base import PROBES, Amount, Price, features_of_arms

Taps = Mapping[str, Features]

COLD = "scratch"  # the arm that the others are held against, as it knows nothing of the source


@dataclass(frozen=True, slots=True)
class CkaProbe:
    """Debiased linear CKA of spatially averaged features of the same test images.

    1 when the features are the same up to rotation and scale, about 0 when unrelated; slightly negative by chance.

    Where only the checkpoint looks: before against after the shift, a row per tap; the arrays hold every tap before
    (rows of `pairs`) against every tap after (columns), both named by `taps`, without those that hold no structure.
    Where arms were trained: each against the checkpoint on the shifted images (`versus` "source": what of the
    checkpoint is reused), and each against `scratch`.

    Reference: Kornblith et al., 2019, arXiv:1905.00414; debiased: Song et al., 2012, JMLR 13; reuse after Neyshabur
    et al., 2020, arXiv:2008.11687.
    """

    name: str = "cka"
    about: str = "similarity of features at every tap: clean against shifted, arms against the checkpoint"
    scope: Scope = "cells"

    def cost(self, amount: Amount) -> Price:
        """Features of the arms."""
        return Price(shared=features_of_arms(amount))

    def __call__(self, evidence: Evidence) -> Finding:
        """A row per tap, or per arm and tap; an arm that failed has the reason instead."""
        return self._drift(evidence) if evidence.cell.seed is None else self._reuse(evidence)

    def _drift(self, evidence: Evidence) -> Finding:
        clean, target = (evidence.view("source", images).features for images in ("clean", "target"))
        try:
            pairs = cka_pairs(clean, target, exact=True)
        except InputError as error:
            return Finding(tuple(self._row(evidence, ("source", tap, "clean"), str(error)) for tap in clean))
        n = len(next(iter(clean.values())))
        rows = tuple(self._row(evidence, ("source", tap, "clean"), _at(pairs, tap, tap), n) for tap in clean)
        kept = [tap for tap in pairs.rows if tap in pairs.columns]
        if not kept:
            return Finding(rows)
        place = np.ix_([pairs.rows.index(tap) for tap in kept], [pairs.columns.index(tap) for tap in kept])
        return Finding(rows, {"pairs": pairs.values[place], "taps": np.array(kept)})

    def _reuse(self, evidence: Evidence) -> Finding:
        """Arms against the checkpoint and against scratch; all networks meet at one tap after the other."""
        rows = [self._row(evidence, (arm, "", ""), why) for arm, why in evidence.failed.items()]
        seen: dict[str, Taps] = {}
        for model in ("source", *evidence.arms):
            try:
                seen[model] = evidence.view(model, "target").features
            except NotAvailableError as error:
                lost = evidence.arms if model == "source" else (model,)
                rows += [self._row(evidence, (arm, "", ""), str(error)) for arm in lost]
                if model == "source":
                    return Finding(tuple(rows))
        others = [name for name in ("source", COLD) if name in seen]
        found = {tap: self._at_tap(evidence, tap, seen, others) for tap in seen["source"]}
        places = [(arm, versus, tap) for arm in evidence.arms for versus in others for tap in found]
        rows += [found[tap][arm, versus] for arm, versus, tap in places if (arm, versus) in found[tap]]
        return Finding(tuple(rows))

    def _at_tap(
        self, evidence: Evidence, tap: str, seen: Mapping[str, Taps], others: list[str]
    ) -> dict[tuple[str, str], Row]:
        """The rows of one tap, for those networks that have it."""
        here = {name: taps[tap] for name, taps in seen.items() if tap in taps}
        base = {name: here[name] for name in others if name in here}
        mine = {name: x for name, x in here.items() if name != "source"}
        places = [(arm, versus) for arm in mine for versus in base if arm != versus]
        if not places:
            return {}
        n = len(here["source"])
        try:
            pairs = cka_pairs(mine, base, exact=True)
        except InputError as error:
            return {(arm, versus): self._row(evidence, (arm, tap, versus), str(error)) for arm, versus in places}
        found = ((arm, versus, _at(pairs, arm, versus)) for arm, versus in places)
        return {(arm, versus): self._row(evidence, (arm, tap, versus), value, n) for arm, versus, value in found}

    def _row(self, evidence: Evidence, address: tuple[str, str, str], found: float | str, n: int | None = None) -> Row:
        """With a number, or with the reason why there is none."""
        arm, tap, versus = address
        row = partial(Row, cell=evidence.cell, probe=self.name, metric="cka_debiased", n=n, unit="similarity")
        row = partial(row, arm=arm, tap=tap, versus=versus)
        if isinstance(found, str):
            return row(value=None, reason=f"{tap}: {found}" if tap else found)
        return row(value=found)


def _at(pairs: CkaPairs, row: str, column: str) -> float | str:
    """The number of a pair, or why it has none."""
    if row in pairs.rows and column in pairs.columns:
        return float(pairs.values[pairs.rows.index(row), pairs.columns.index(column)])
    return pairs.reasons[row] if row not in pairs.rows else pairs.reasons[column]


PROBES.add(CkaProbe())
