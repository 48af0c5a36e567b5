"""A site's images on the bench: a stratified draw of them, two halves, and every look that was taken, once."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.types import PENULTIMATE
from shiftprobe.repairs.attempt import Site
from shiftprobe.repairs.halving import Index, halves, stratified_order
from shiftprobe.repairs.treated import Pixels, Scores, Treated

MOST = 1000  # images of a site that are looked at
MEMORY = 2**28  # bytes of prepared images that are held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a network gave for some images."""

    logits: NDArray[np.float32]  # (N, C)
    features: NDArray[np.float32]  # (N, D), what the head is given


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cached:
    treated: Treated  # held, so that its network's identity is not given to another
    known: NDArray[np.bool_]  # (N,)
    look: Look


class Bench:
    """Images of one site, at most `most` of them in a stratified draw, and what networks gave for them.

    Args:
        site: whose images.
        seed: of the draw and of the halves.
        most: images that are looked at.
    """

    def __init__(self, site: Site, *, seed: int, most: int = MOST) -> None:
        self.site, self.seed = site, seed
        chosen = stratified_order(site.labels, seeding.generator(seed, "repairs", site.at, "images"))[:most]
        self.index: Index = np.sort(chosen)
        self.labels: NDArray[np.int64] = site.labels[self.index]
        self.halves = self._halves()
        self._pixels: dict[Hashable, Pixels] = {}
        self._looks: dict[Hashable, _Cached] = {}

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.index)

    @property
    def everything(self) -> Index:
        """Both halves, in an order whose every beginning is stratified."""
        first, second = self.halves
        order = np.empty(len(self), np.int64)
        order[0::2], order[1::2] = first, second
        return order

    def prepared(self, treated: Treated, places: Index) -> Pixels:
        """Some images as a network under its repairs is given them, (n, S, S, C)."""
        how = treated.patient.preprocess
        key = (how.size, how.channels, how.resize, how.interpolation, how.crop, how.reader)
        if key not in self._pixels:
            found = np.ascontiguousarray(self.site.pixels(how)[self.index])
            while self._pixels and found.nbytes + sum(one.nbytes for one in self._pixels.values()) > MEMORY:
                self._pixels.pop(next(iter(self._pixels)))
            self._pixels[key] = found
        return treated.prepared(self._pixels[key][places])

    def look(self, treated: Treated, places: Index) -> Look:
        """What a network gives for some images, looked at once.

        Raises:
            NotAvailableError: when it gives NaN or infinity.
        """
        cached = self._looks.get(treated.seen)
        missing = np.sort(places if cached is None else places[~cached.known[places]])
        if len(missing):
            found = _forward(treated, self.prepared(treated, missing))
            cached = cached or self._looks.setdefault(treated.seen, _room(treated, len(self), found))
            cached.known[missing] = True
            cached.look.logits[missing], cached.look.features[missing] = found.logits, found.features
        if cached is None:  # no image is asked for
            raise ValueError("a look needs at least one image")
        return Look(logits=cached.look.logits[places], features=cached.look.features[places])

    def scores(self, treated: Treated, places: Index) -> Scores:
        """(n, K) one number per class of the site, of which the largest is the answer.

        Raises:
            NotAvailableError: as `look`.
            ValueError: when the head does not know the site's classes.
        """
        if self.site.columns is None:
            raise ValueError("the head does not know these classes")
        look = self.look(treated, places)
        return treated.scores(look.logits, look.features)[:, list(self.site.columns)]

    def features(self, treated: Treated, taps: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Features of all images at some taps; not kept."""
        from shiftprobe.models.extract import extract

        patient, images = treated.patient, self.prepared(treated, np.arange(len(self)))
        view = extract(patient.model, images, self.labels, patient.preprocess, taps=tuple(taps), head=patient.head)
        return dict(view.features)

    def _halves(self) -> tuple[Index, Index]:
        rng = seeding.generator(self.seed, "repairs", self.site.at, "halves")
        first, second = (half[stratified_order(self.labels[half], rng)] for half in halves(self.labels, rng))
        return first, second


def _forward(treated: Treated, images: Pixels) -> Look:
    from shiftprobe.models.extract import extract

    patient, unlabelled = treated.patient, np.zeros(len(images), np.int64)
    view = extract(
        patient.model, images, unlabelled, patient.preprocess, taps=(PENULTIMATE,), head=patient.head
    )  # fmt: skip
    return Look(logits=view.logits, features=view.features[PENULTIMATE])


def _room(treated: Treated, n: int, like: Look) -> _Cached:
    empty = (np.zeros((n, table.shape[1]), np.float32) for table in (like.logits, like.features))
    logits, features = empty
    return _Cached(treated=treated, known=np.zeros(n, bool), look=Look(logits=logits, features=features))
