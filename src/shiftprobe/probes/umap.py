"""Where the images of all domains lie in the checkpoint's features."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import IDENTITY, PENULTIMATE, Cell, Evidence, Features, Finding, Row, Scope, View
from shiftprobe.metrics import InputError, faithfulness, principal_components, umap_layout
from shiftprobe.probes.base import PROBES, Amount, Price
from shiftprobe.probes.pictures import webp

MAX_POINTS = 5000  # points in all
MAX_JUDGED = 2000  # points by which a picture is judged; ranks cost the square of their number
MAX_PICTURES = 3000  # in all, evenly over the domains; the page takes as many of them as it has room for
UNKNOWN = -1
LAYOUT = 20.0  # s, mostly for compiling UMAP in a fresh process

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Domain:
    """One set of images in the checkpoint's features."""

    name: str
    features: Features
    labels: Index
    image: Index  # places in the set
    right: Mapping[str, Index]  # by arm
    pictures: Mapping[int, bytes]  # WebP of some of its points, by the point's place in this domain


@dataclass(frozen=True, slots=True)
class UmapProbe:
    """The features that the checkpoint's head reads, of all domains together, in the plane.

    At most 5,000 images, evenly over the source (images that did not train it), the target and every dose; the same
    test images at every dose. PCA and UMAP are fitted once on all of them, so places can be compared. Rows: how
    faithful each picture is, over at most 2,000 points (`pca_trustworthiness`, `pca_continuity`, `umap_...`).

    Arrays, a row per point: `pca` and `umap` (n, 2), `label` (class number; the source's own for its images),
    `domain` (place in `domains`), `image` (place in its set), and for every arm `right_<arm>`: 1 right, 0 wrong,
    -1 not known, judged at the largest budget by the first seed. Small WebP pictures of some points, the same images at
    every dose: `pictures` holds their bytes one behind the other, `picture_ends` where each ends, `pictured` its point.

    Reference: McInnes et al., 2018, arXiv:1802.03426; Venna and Kaski, 2001, ICANN.
    """

    name: str = "umap"
    about: str = "source, target and every dose in one picture of the checkpoint's features (PCA and UMAP)"
    scope: Scope = "run"

    def cost(self, amount: Amount) -> Price:
        """The checkpoint and two arms look once more at every dose; the layout."""
        return Price(passes=3 * amount.test * amount.looks, seconds=LAYOUT)

    def __call__(self, evidence: Mapping[Cell, Evidence]) -> Finding:
        """Four rows, and the points."""
        looks = [cell for cell in evidence if cell.seed is None]
        share = len(looks) + 1
        domains = list(_domains(evidence, looks, _Most(MAX_POINTS // share, MAX_PICTURES // share)))
        if not domains:
            return Finding((self._row("pca_trustworthiness", None, 0, "no cell holds the checkpoint alone"),))
        features = np.concatenate([one.features for one in domains])
        rows: list[Row] = []
        arrays: dict[str, NDArray[Any]] = {}
        for name, lay_out in (("pca", principal_components), ("umap", umap_layout)):
            try:
                places = lay_out(features)
                arrays[name] = _plane(places)
                rows += self._kept(name, features, places)
            except InputError as error:
                lost = (f"{name}_trustworthiness", f"{name}_continuity")
                rows += [self._row(metric, None, 0, f"{PENULTIMATE}: {error}") for metric in lost]
        return Finding(tuple(rows), arrays | _told(domains) | _pictures(domains) if arrays else {})

    def _kept(self, name: str, features: Features, places: NDArray[np.float64]) -> Iterator[Row]:
        some = np.sort(seeding.generator("umap", "judged", len(features)).permutation(len(features))[:MAX_JUDGED])
        found = faithfulness(features[some], places[some])
        yield self._row(f"{name}_trustworthiness", found.trustworthiness, len(some))
        yield self._row(f"{name}_continuity", found.continuity, len(some))

    def _row(self, metric: str, value: float | None, n: int, reason: str = "") -> Row:
        cell = Cell(IDENTITY, 0.0)
        return Row(cell=cell, probe=self.name, metric=metric, value=value, reason=reason, n=n or None, arm="source")


class _Most(NamedTuple):
    """Of one domain."""

    points: int
    pictures: int


def _domains(evidence: Mapping[Cell, Evidence], looks: Sequence[Cell], most: _Most) -> Iterator[_Domain]:
    """The source first, where there is one, then the target and every dose; the same images at every dose."""
    for i, cell in enumerate(looks):
        opened = evidence[cell]
        if i == 0:
            yield from _source(opened, most)
        view = opened.view("source", "target")
        n = len(view.labels)
        chosen = np.sort(seeding.generator("umap", "target", n).permutation(n)[: most.points])
        right = _right(opened, chosen, view.labels)
        trained = next(
            iter(sorted(_trained(evidence, cell), key=lambda one: (-(one.budget or 0), one.seed or 0))), None
        )
        if trained is not None:
            right |= _right(evidence[trained], chosen, view.labels)
        name = "clean" if cell.severity == 0 else f"{cell.shift} {cell.severity:g}"
        yield _Domain(
            name, view.features[PENULTIMATE][chosen], view.labels[chosen], chosen, right, _pictured(view, chosen, most)
        )


def _source(opened: Evidence, most: _Most) -> Iterator[_Domain]:
    try:
        view = opened.view("source", "source")
    except NotAvailableError:
        return
    n = len(view.labels)
    chosen = np.sort(seeding.generator("umap", "source", n).permutation(n)[: most.points])
    features = view.features[PENULTIMATE][chosen]
    yield _Domain("source", features, view.labels[chosen], chosen, {}, _pictured(view, chosen, most))


def _pictured(view: View, chosen: Index, most: _Most) -> dict[int, bytes]:
    """Pictures of some of the chosen images, drawn without regard to what they show."""
    if view.images is None:
        return {}
    places = seeding.generator("umap", "pictured", len(chosen)).permutation(len(chosen))[: most.pictures]
    return {int(place): webp(view.images[chosen[place]]) for place in places}


def _trained(evidence: Mapping[Cell, Evidence], look: Cell) -> Iterator[Cell]:
    """The cells that trained at one dose."""
    here = (look.shift, look.severity)
    return (cell for cell in evidence if cell.seed is not None and (cell.shift, cell.severity) == here)


def _right(opened: Evidence, chosen: Index, labels: Index) -> dict[str, Index]:
    """Per arm, which of the chosen images it has right; an arm that failed is left out."""
    right = {}
    for arm in opened.arms:
        try:
            said = opened.view(arm, "target").logits[chosen].argmax(axis=1)
        except NotAvailableError:
            continue
        right[arm] = (said == labels[chosen]).astype(np.int64)
    return right


def _told(domains: Sequence[_Domain]) -> dict[str, NDArray[Any]]:
    arms = dict.fromkeys(arm for one in domains for arm in one.right)
    arrays: dict[str, NDArray[Any]] = {
        "label": np.concatenate([one.labels for one in domains]),
        "image": np.concatenate([one.image for one in domains]),
        "domain": np.repeat(np.arange(len(domains)), [len(one.image) for one in domains]),
        "domains": np.array([one.name for one in domains]),
    }
    for arm in arms:
        parts = [one.right.get(arm, np.full(len(one.image), UNKNOWN)) for one in domains]
        arrays[f"right_{arm}"] = np.concatenate(parts).astype(np.int8)
    return arrays


def _pictures(domains: Sequence[_Domain]) -> dict[str, NDArray[Any]]:
    """Domains take turns, so that the first pictures show the same images at every dose; nothing without pictures."""
    starts = np.cumsum([0, *(len(one.image) for one in domains)]).tolist()
    queues = [
        [(start + place, picture) for place, picture in one.pictures.items()]
        for start, one in zip(starts, domains, strict=False)
    ]
    turns = [entry for turn in zip_longest(*queues) for entry in turn if entry is not None]
    if not turns:
        return {}
    return {
        "pictures": np.frombuffer(b"".join(picture for _, picture in turns), np.uint8),
        "picture_ends": np.cumsum([len(picture) for _, picture in turns], dtype=np.int64),
        "pictured": np.array([point for point, _ in turns], np.int64),
    }


def _plane(places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Two columns, also where the features have one direction only."""
    two = places if places.shape[1] > 1 else np.column_stack([places, np.zeros(len(places))])
    return two.astype(np.float32)


PROBES.add(UmapProbe())
