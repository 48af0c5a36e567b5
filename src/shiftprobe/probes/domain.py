"""Whether the checkpoint's features can tell shifted images from clean ones, and from those of its source."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import PENULTIMATE, Evidence, Features, Finding, Row, Scope
from shiftprobe.metrics import InputError, domain_classifier, mmd
from shiftprobe.probes.base import PROBES

MAX_IMAGES_PER_SIDE = 1000  # images per side
PERMUTATIONS = 1000

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DomainProbe:
    """Two-sample tests on spatially averaged features: independent sets of images, at most 1,000 on a side.

    `versus` "clean": one half of the test images before the shift against the other half after it, as an image
    before and after is not two independent ones; the halves are drawn once by a fixed seed. At severity 0 it
    compares two halves of one set: what these numbers are when there is nothing to find. `versus` "source": shifted
    images against images of the source that did not train the checkpoint, where there are any.

    `mmd_p`: permutation test of the maximum mean discrepancy, never below 1 / 1001. `mmd_effect`: share of the
    kernel's variance between the sides, in [0, 1] but for chance. `domain_auc`: of a linear classifier, 0.5 when it
    can not tell, with its 95 % interval. `proxy_a_distance`: 2 (1 - 2 error) of the same, 0 to 2 but for chance.

    Reference: Gretton et al., 2012, JMLR 13; Ben-David et al., 2010, Machine Learning 79.
    """

    name: str = "domain"
    about: str = "whether features tell shifted images from clean ones, and from the source's (MMD, classifier)"
    scope: Scope = "checkpoint"

    def __call__(self, evidence: Evidence) -> Finding:
        """Four rows per comparison, at the penultimate tap or at every tap."""
        target = evidence.view("source", "target").features
        taps = tuple(target) if evidence.taps == "all" else (PENULTIMATE,)
        clean = evidence.view("source", "clean").features
        before, after = _halves(len(target[taps[0]]))
        rows = [
            row for tap in taps for row in self._rows(evidence, (tap, "clean"), clean[tap][before], target[tap][after])
        ]
        try:
            source = evidence.view("source", "source").features
        except NotAvailableError:
            return Finding(tuple(rows))
        counts = len(target[taps[0]]), len(source[taps[0]])
        most = min(*counts, MAX_IMAGES_PER_SIDE)
        ours, theirs = (_drawn(side, n, most) for side, n in zip(("target", "source"), counts, strict=True))
        for tap in taps:
            rows += self._rows(evidence, (tap, "source"), source[tap][theirs], target[tap][ours])
        return Finding(tuple(rows))

    def _rows(self, evidence: Evidence, address: tuple[str, str], x: Features, y: Features) -> Iterator[Row]:
        tap, versus = address
        n = len(x) + len(y)
        row = partial(Row, cell=evidence.cell, probe=self.name, arm="source", tap=tap, versus=versus, n=n)
        try:
            found = mmd(x, y, permutations=PERMUTATIONS, rng=seeding.generator("domain", "sides"))
            yield row(metric="mmd_effect", value=found.effect)
            yield row(metric="mmd_p", value=found.p, unit="p")
        except InputError as error:
            for metric, unit in (("mmd_effect", "fraction"), ("mmd_p", "p")):
                yield row(metric=metric, value=None, reason=f"{tap}: {error}", unit=unit)
        try:
            score = domain_classifier(x, y, rng=seeding.generator("domain", "folds"))
            yield row(metric="domain_auc", value=score.auc, low=score.low, high=score.high)
            yield row(metric="proxy_a_distance", value=score.proxy_a_distance, unit="distance")
        except InputError as error:
            for metric, unit in (("domain_auc", "fraction"), ("proxy_a_distance", "distance")):
                yield row(metric=metric, value=None, reason=f"{tap}: {error}", unit=unit)


def _halves(n: int) -> tuple[Index, Index]:
    """Two sets of the same size with no image in common, in rising order, as they may lie on disk."""
    order, size = seeding.generator("domain", "halves", n).permutation(n), min(n // 2, MAX_IMAGES_PER_SIDE)
    return np.sort(order[:size]), np.sort(order[n - size :])


def _drawn(side: str, n: int, size: int) -> Index:
    """So many of n images; both sides of a comparison are of one size, or effects could not be compared."""
    return np.sort(seeding.generator("domain", side, n).permutation(n)[:size])


PROBES.add(DomainProbe())
