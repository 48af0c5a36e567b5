"""A confirmed slice with all that a reader wants to know of it: classes, confidence, what sets it apart, pictures."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.measurements import FailingSlice, SliceBin, SliceClass, SliceExample, SliceTrait
from shiftprobe.auditing.slicing.columns import IndependentImages
from shiftprobe.stats.shares import difference_of_shares
from shiftprobe.stats.slices import Column, Marks, SliceTest

CLASSES = 5
TRAITS = 3
DIFFERENT = 0.5  # standard deviations between two means that are told apart
BINS = 12
WRONG, RIGHT = 6, 2  # pictures of a slice


def described(
    test: SliceTest,
    drawn: IndependentImages,
    columns: Mapping[str, Column],
    *,
    names: tuple[str, ...],
    prefix: str,
    confidence: float = 0.95,
) -> FailingSlice:
    """A slice as the page shows it.

    Args:
        test: on the half that confirms.
        drawn: all images, of both halves.
        columns: (N,) per property, for what sets a cluster of features apart.
        names: of the head's outputs.
        prefix: of the files of its pictures.
        confidence: of the gap's interval.
    """
    cut, inside = test.cut, test.images
    gap = difference_of_shares(test.rest_right, test.rest_n, test.right, test.n, confidence)
    return FailingSlice(
        by=cut.by,
        relation=cut.relation,
        bound=cut.bound,
        n=test.n,
        accuracy=test.right / test.n,
        low=test.low,
        high=test.high,
        rest=test.rest_right / test.rest_n,
        rest_n=test.rest_n,
        gap=gap.value,
        gap_low=gap.low,
        gap_high=gap.high,
        p=test.p,
        p_holm=test.p_holm,
        images=int(inside.sum()),
        same_classes=_same_classes(drawn, inside),
        sure=float(drawn.sure[inside].mean()),
        classes=_classes(drawn, inside, names),
        traits=_traits({name: column for name, column in columns.items() if name != cut.by}, inside),
        bins=_bins(columns[cut.by], drawn.right, inside) if cut.relation != "is" else (),
        examples=_examples(drawn, inside, names, prefix),
    )


def _same_classes(drawn: IndependentImages, inside: Marks) -> float | None:
    """Accuracy of the other images, each class counted as often as in the slice; None where one has no other image."""
    present, counts = np.unique(drawn.labels[inside], return_counts=True)
    others = [drawn.right[~inside & (drawn.labels == label)] for label in present.tolist()]
    if any(not len(one) for one in others):
        return None
    return float(np.average([one.mean() for one in others], weights=counts))


def _classes(drawn: IndependentImages, inside: Marks, names: tuple[str, ...]) -> tuple[SliceClass, ...]:
    found = []
    for label in np.unique(drawn.labels[inside]).tolist():
        of = inside & (drawn.labels == label)
        wrong = drawn.answers[of & ~drawn.right]
        taken = names[int(np.bincount(wrong).argmax())] if len(wrong) else None
        found.append(SliceClass(name=names[label], n=int(of.sum()), right=int(drawn.right[of].sum()), taken_for=taken))
    return tuple(sorted(found, key=lambda one: (one.right - one.n, -one.n, one.name))[:CLASSES])


def _traits(columns: Mapping[str, Column], inside: Marks) -> tuple[SliceTrait, ...]:
    """The properties in numbers whose means differ most from those elsewhere, in standard deviations."""
    found = []
    for name, column in columns.items():
        if column.dtype.kind != "f":
            continue
        here, elsewhere = float(column[inside].mean()), float(column[~inside].mean())
        distance = abs(here - elsewhere) / max(float(column.std()), 1e-12)
        if distance >= DIFFERENT:
            found.append((distance, SliceTrait(name=name, here=here, elsewhere=elsewhere)))
    return tuple(one for _, one in sorted(found, key=lambda pair: -pair[0])[:TRAITS])


def _bins(column: Column, right: Marks, inside: Marks) -> tuple[SliceBin, ...]:
    """About a dozen ranges of equally many images; none holds images of the slice and others."""
    numbers = np.asarray(column, np.float64)
    found = [bin_ for part in (True, False) for bin_ in _equal(numbers, right, inside == part, within=part)]
    return tuple(sorted(found, key=lambda one: one.low))


def _equal(numbers: NDArray[np.float64], right: Marks, part: Marks, *, within: bool) -> list[SliceBin]:
    count = max(1, round(BINS * float(part.mean())))
    edges = np.unique(np.quantile(numbers[part], np.linspace(0, 1, count + 1)))
    place = np.clip(np.searchsorted(edges, numbers, "right") - 1, 0, max(0, len(edges) - 2))
    found = []
    for number in np.unique(place[part]).tolist():
        of = part & (place == number)
        low, high = float(numbers[of].min()), float(numbers[of].max())
        found.append(SliceBin(low=low, high=high, n=int(of.sum()), right=int(right[of].sum()), within=within))
    return found


def _examples(drawn: IndependentImages, inside: Marks, names: tuple[str, ...], prefix: str) -> tuple[SliceExample, ...]:
    """A few that are wrong and fewer that are right, evenly spread."""
    wrong, right = (np.flatnonzero(inside & marks) for marks in (~drawn.right, drawn.right))
    chosen = [*_spread(wrong, WRONG), *_spread(right, RIGHT)]
    paths = drawn.side.bundle.paths
    return tuple(
        SliceExample(
            file=f"{prefix}-{number}.webp",
            place=int(drawn.places[one]),
            label=names[int(drawn.labels[one])],
            answer=names[int(drawn.answers[one])],
            path=None if paths is None else paths[int(drawn.side.index[drawn.places[one]])],
        )
        for number, one in enumerate(chosen)
    )


def _spread(places: NDArray[np.int64], most: int) -> list[int]:
    few = np.linspace(0, len(places) - 1, min(most, len(places))).round().astype(int)
    return [int(one) for one in places[few]]
