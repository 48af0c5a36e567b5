"""Slices of images in which accuracy is low: searched for on one half, confirmed on the other."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.metrics.binomial import check_fraction, clopper_pearson
from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.gate import tied
from shiftprobe.stats.multiplicity import holm

Column: TypeAlias = NDArray[np.float64] | NDArray[np.str_]  # (N,) a property of every image: numbers, or names
Marks: TypeAlias = NDArray[np.bool_]
Relation: TypeAlias = Literal["below", "at least", "is"]

MOST = 10  # candidates that are taken to confirmation
FEWEST, LEAST = 15, 0.03  # images of a candidate on the half that is searched, and their share of it
LARGEST = 0.5  # of that half; beyond it the rest would be the slice
STRIKING = 1.645  # standard errors by which accuracy must be lower there
CUTS = (*range(4, 20), *range(20, 51, 5))  # percent of the images below a threshold that is tried, and above one
PARTS = 20  # a property's middle nine tenths hold about so many readable thresholds or more


class Cut(NamedTuple):
    """Which images a slice holds: those whose property lies on one side of a bound, or has a name."""

    by: str
    relation: Relation
    bound: float | str

    def holds(self, column: Column) -> Marks:
        """(N,) the images within."""
        if self.relation == "is":
            return np.asarray(column == self.bound)
        low = np.asarray(column, np.float64) < float(self.bound)
        return low if self.relation == "below" else ~low


class Candidate(NamedTuple):
    """A slice that struck on the half that was searched."""

    cut: Cut
    images: Marks  # (N,) of both halves
    errors: float  # by how many standard errors accuracy was lower there


class SliceTest(NamedTuple):
    """A candidate on the half that did not choose it; fractions."""

    cut: Cut
    images: Marks  # (N,) of both halves
    n: int
    right: int
    low: float  # exact interval of its accuracy
    high: float
    rest_n: int
    rest_right: int
    p: float  # exact, one-sided, against "as accurate as the rest"
    p_holm: float  # over all candidates
    found: bool

    @property
    def gap(self) -> float:
        """By how much its accuracy lies below that of the rest."""
        return self.rest_right / self.rest_n - self.right / self.n if self.n and self.rest_n else 0.0


def halves(n: int, rng: np.random.Generator) -> Marks:
    """(N,) which images are searched; the others confirm."""
    first = np.zeros(n, bool)
    first[rng.permutation(n)[: n // 2]] = True
    return first


def candidates(
    columns: Mapping[str, Column], right: Marks, first: Marks, below: float, *, last: Collection[str] = ()
) -> tuple[Candidate, ...]:
    """The slices that strike on one half, the most striking first: at most ten.

    Each must strike among the images that the ones before it leave, so that one cause is no ten slices. Thresholds are
    rounded before they are tried, so that words and numbers are the same set.

    Args:
        columns: (N,) per property; an empty name is none.
        right: (N,) whether each answer is right.
        first: (N,) the half that is searched.
        below: by how much accuracy must be lower there, a fraction.
        last: properties that are hard to put in words: tried on what the others leave.

    Raises:
        InputError: when lengths differ or a half has no image.
    """
    check_fraction("below", below)
    if any(len(part) != len(right) for part in (first, *columns.values())) or first.all() or not first.any():
        raise InputError(f"wanted two halves of {len(right)} images and a value of each property for every image")
    found = []
    for cut in (cut for by, column in columns.items() for cut in _cuts(by, column[first])):
        images = cut.holds(columns[cut.by])
        errors = _errors(images[first], right[first], below)
        if errors >= STRIKING:
            found.append(Candidate(cut, images, errors))
    kept: list[Candidate] = []
    left = first.copy()
    for one in sorted(found, key=lambda one: (one.cut.by in last, -one.errors)):
        if len(kept) < MOST and _errors(one.images[left], right[left], below) >= STRIKING:
            kept.append(one)
            left &= ~one.images
    return tuple(kept)


def confirmed(
    found: Sequence[Candidate], right: Marks, first: Marks, below: float, confidence: float = 0.95
) -> tuple[SliceTest, ...]:
    """Every candidate on the other half: its exact interval, and Fisher's exact test against the rest.

    A slice is found where Holm over the candidates rejects that it is as accurate as the rest, and its accuracy there
    lies lower by `below` or more. Where no slice is less accurate than its rest, any is found with a chance of at most
    1 - confidence, whatever searched.

    Args:
        found: by `candidates`, or by anybody who did not look at the other half.
        right: (N,) whether each answer is right.
        first: (N,) the half that was searched.
        below: as for `candidates`.
        confidence: of the intervals and of the family, a fraction below 1.

    Reference: Fisher, 1935, The Design of Experiments; Holm, 1979, Scandinavian Journal of Statistics 6(2).
    """
    other = right[~first]
    counts = [(int(other[inside].sum()), int(inside.sum())) for inside in (one.images[~first] for one in found)]
    ps = [fewer_right(k, n, int(other.sum()), len(other)) for k, n in counts]
    tests = []
    for one, (k, n), p, adjusted in zip(found, counts, ps, holm(ps).tolist(), strict=True):
        low, high = clopper_pearson(k, n, confidence) if n else (0.0, 1.0)
        rest = (len(other) - n, int(other.sum()) - k)
        test = SliceTest(one.cut, one.images, n, k, low, high, *rest, p, adjusted, found=False)
        tests.append(test._replace(found=adjusted <= tied(1 - confidence) and test.gap >= below))
    return tuple(tests)


def fewer_right(right: int, n: int, all_right: int, total: int) -> float:
    """Chance that so few of n images are right where they are drawn from all of them; one-sided Fisher.

    Args:
        right: of the n images.
        n: how many are drawn.
        all_right: of all images.
        total: how many there are.
    """
    from scipy.stats import hypergeom

    return min(1.0, float(hypergeom.cdf(right, total, all_right, n)))


def _errors(images: Marks, right: Marks, below: float) -> float:
    """By how many standard errors accuracy is lower within; 0 for too few or too many images, or too small a gap."""
    n, total = int(images.sum()), len(right)
    if n < max(FEWEST, LEAST * total) or n > LARGEST * total:
        return 0.0
    inside, rest = float(right[images].mean()), float(right[~images].mean())
    share = float(right.mean())
    if rest - inside < below or not 0 < share < 1:
        return 0.0
    return (rest - inside) / math.sqrt(share * (1 - share) * (1 / n + 1 / (total - n)))


def _cuts(by: str, column: Column) -> Iterator[Cut]:
    if column.dtype.kind in "US":
        yield from (Cut(by, "is", str(name)) for name in np.unique(column) if name)
        return
    numbers, shares = np.asarray(column, np.float64), np.array(CUTS) / 100
    low, high = np.quantile(numbers, (0.05, 0.95))
    step = _step(float(high - low))
    if step:
        few = dict.fromkeys(_rounded(float(one), step) for one in np.quantile(numbers, shares))
        many = dict.fromkeys(_rounded(float(one), step) for one in np.quantile(numbers, 1 - shares))
        yield from (Cut(by, "below", bound) for bound in few)
        yield from (Cut(by, "at least", bound) for bound in many)


def _step(reach: float) -> float:
    """A power of ten of which the reach holds twenty or more; 0 for a property that is the same everywhere."""
    return 10.0 ** math.floor(math.log10(reach / PARTS)) if reach > 0 else 0.0


def _rounded(value: float, step: float) -> float:
    return round(round(value / step) * step, 12)


def confirmable_gap(right: int, n: int, share: float = 0.1, confidence: float = 0.95) -> float | None:
    """From which gap on a slice of so many images would be confirmed among ten candidates; None where no gap would.

    Args:
        right: of the half that confirms.
        n: its images.
        share: of them that the slice holds.
        confidence: of the family.
    """
    inside = round(share * n)
    for k in range(inside, -1, -1):
        rest = right - k
        if 0 <= rest <= n - inside and fewer_right(k, inside, right, n) <= (1 - confidence) / MOST:
            return rest / (n - inside) - k / inside
    return None
