"""Linear CKA of every tap of one side with every tap of the other, each tap's own part computed once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_numbers
from shiftprobe.metrics.cka import DEGENERATE, check_count, unbiased

Matrix = NDArray[np.float64]
Precision = type[np.float32] | type[np.float64]
Table = tuple[Matrix, Matrix]  # of every pair, (T1, T2), and of every tap with itself, (T1 + T2,)

BATCH = 1024  # images that are read at a time
BLOCK = 2**22  # numbers of all Gram matrices at a time: at most 32 MiB
HELD = 2**26  # numbers of cross products at a time: 512 MiB
COPIES = 2**27  # numbers of all features in the Gram form: at most 1 GiB
LEFT = 0.1  # share of a tap's biased alignment that must be left for float32 to hold its digits
FEW = 128  # images that carry a tap below which float32's rounding does not average out


@dataclass(frozen=True, slots=True, kw_only=True)
class CkaPairs:
    """Linear CKA of all pairs of taps; a tap that holds no structure has a reason and no number."""

    rows: tuple[str, ...]  # taps of the first side that could be compared, in their order
    columns: tuple[str, ...]  # taps of the second
    values: Matrix  # (rows, columns)
    reasons: Mapping[str, str]  # tap -> why it is missing on one side or both


@dataclass(frozen=True, slots=True)
class _Tap:
    """Features that stay where they are, and what gives them mean 0 and a largest value of 1: x / unit - mean."""

    name: str
    values: NDArray[Any]  # (N, D), perhaps memory-mapped
    unit: float
    mean: Matrix  # (D,)
    lengths: Matrix  # (N,) squared, of the centred features

    @property
    def carriers(self) -> float:
        """As how many images of one length the tap's images weigh: 1 where one outweighs all others, at most N."""
        return float(self.lengths.sum() ** 2 / np.square(self.lengths).sum())

    def centred(self, start: int, stop: int, precision: Precision = np.float64) -> NDArray[Any]:
        """Some images' features; the mean is taken out in float64, whatever they are rounded to after."""
        return np.asarray(self.values[start:stop] / np.float64(self.unit) - self.mean, dtype=precision)


def cka_pairs(
    xs: Mapping[str, ArrayLike], ys: Mapping[str, ArrayLike], *, debiased: bool = True, exact: bool = False
) -> CkaPairs:
    """Linear CKA of every tap in xs with every tap in ys, on the same N images.

    With few images all pairs are one product of Gram matrices, half of each and a block of rows at a time; with
    many, one of feature with feature, summed over batches: the cheaper by its multiplications. Memory-mapped arrays
    stay where they are: beside those, under 2 GiB for 20 taps of 512 features on both sides, at 50,000 images.

    Products are float32, of features whose mean was taken out in float64; sums over blocks are float64. Against
    `linear_cka` the values are off by under 2e-6 (without taking out the mean first: by up to 0.07). Where
    under 128 images carry a tap (fewer there are, or some outweigh the rest), where chance leaves fewer digits, and
    with `exact`, all is float64: off by under 1e-12, debiased by under 1e-7 where it leaves next to nothing.

    Args:
        xs: features per tap, (N, D), D its own at each tap; N at least 4. Or per network, at one tap.
        ys: the same of the other side.
        debiased: leave out what chance alone adds.
        exact: float64 throughout, at twice the cost.

    Returns:
        Values as of `linear_cka`, (rows, columns), and the taps they belong to. A tap whose features are
        degenerate (all images alike, or all but one) is left out, its reason under its name.

    Raises:
        InputError: when a tap is no table, holds another number of images, or NaN or infinity; or N is below 4.

    Reference: Kornblith et al., 2019, arXiv:1905.00414; debiased after Song et al., 2012, JMLR 13.
    """
    ours, theirs = _views(xs, "x"), _views(ys, "y")
    _check_images(ours, theirs)
    reasons: dict[str, str] = {}
    left, right = _read(ours, "x", reasons), _read(theirs, "y", reasons)
    cross, own = _aligned(left, right, debiased=debiased, exact=exact)
    sound = own > 1e-12 * np.square([tap.lengths.sum() for tap in (*left, *right)])
    for tap, kept, side in zip((*left, *right), sound, "x" * len(left) + "y" * len(right), strict=True):
        if not kept:
            _note(reasons, tap.name, side)
    here, there = sound[: len(left)], sound[len(left) :]
    scale = np.sqrt(np.outer(own[: len(left)][here], own[len(left) :][there]))
    return CkaPairs(
        rows=tuple(tap.name for tap, kept in zip(left, here, strict=True) if kept),
        columns=tuple(tap.name for tap, kept in zip(right, there, strict=True) if kept),
        values=cross[np.ix_(here, there)] / scale,
        reasons=reasons,
    )


def _aligned(left: Sequence[_Tap], right: Sequence[_Tap], *, debiased: bool, exact: bool) -> Table:
    """HSIC of every pair and of every tap with itself, up to a factor that CKA cancels."""
    if not left or not right:
        return np.zeros((len(left), len(right))), np.ones(len(left) + len(right)) * np.inf
    exact = exact or min(tap.carriers for tap in (*left, *right)) < FEW
    precision: Precision = np.float64 if exact else np.float32
    biased = (_by_grams if _few(left, right) else _by_features)(left, right, precision)
    if not debiased:
        return biased
    cross, own = _debiased(biased, left, right)
    if not exact and (own < LEFT * biased[1]).any():
        return _aligned(left, right, debiased=True, exact=True)
    return cross, own


def _views(taps: Mapping[str, ArrayLike], side: str) -> dict[str, NDArray[Any]]:
    return {name: as_numbers(values, f"{name} of {side}") for name, values in taps.items()}


def _check_images(xs: Mapping[str, NDArray[Any]], ys: Mapping[str, NDArray[Any]]) -> None:
    counts = set()
    for side, taps in (("x", xs), ("y", ys)):
        for name, values in taps.items():
            if values.ndim != 2 or values.size == 0:  # noqa: PLR2004 -- a table has two axes
                raise InputError(f"{name} of {side} must be of shape (images, features), got shape {values.shape}")
            counts.add(len(values))
    if len(counts) > 1:
        raise InputError(f"every tap must be a view of the same images, got {', '.join(map(str, sorted(counts)))}")
    check_count(min(counts, default=0))


def _note(reasons: dict[str, str], tap: str, side: str) -> None:
    told = DEGENERATE.format("features", side)
    reasons[tap] = f"{reasons[tap]}; {told}" if tap in reasons else told


def _batches(n: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + BATCH, n)) for start in range(0, n, BATCH))


def _read(taps: Mapping[str, NDArray[Any]], side: str, reasons: dict[str, str]) -> list[_Tap]:
    """The taps whose images are not all alike; the others get their reason."""
    found = []
    for name, values in taps.items():
        peak = max(float(np.abs(values[start:stop]).max()) for start, stop in _batches(len(values)))
        total = sum(values[start:stop].sum(axis=0, dtype=np.float64) for start, stop in _batches(len(values)))
        if not np.isfinite(total).all():
            raise InputError(f"{name} of {side} holds NaN or infinity; did training diverge?")
        mean, lengths = np.asarray(total) / (peak or 1.0) / len(values), np.empty(len(values))
        tap, spread = _Tap(name, values, peak or 1.0, mean, lengths), 0.0
        for start, stop in _batches(len(values)):
            part = tap.centred(start, stop)
            spread = max(spread, float(np.abs(part).max()))
            lengths[start:stop] = np.einsum("nd,nd->n", part, part)
        if spread <= 1e-12:  # noqa: PLR2004 -- rounding of float64, far under the steps of float32
            _note(reasons, name, side)
        else:
            found.append(_Tap(name, values, tap.unit * spread, mean / spread, lengths / spread**2))
    return found


def _few(left: Sequence[_Tap], right: Sequence[_Tap]) -> bool:
    """Whether the Gram form is the cheaper one, and its copies of all features fit."""
    widths = [tap.values.shape[1] for tap in (*left, *right)]
    n, d, e = len(left[0].lengths), sum(widths[: len(left)]), sum(widths[len(left) :])
    grams = n * n // 2 * (d + e + len(widths) ** 2 // 2)
    features = n * (d * e + sum(width**2 for width in widths) // 2)
    return bool(grams < features and n * (d + e) <= COPIES)


def _by_grams(left: Sequence[_Tap], right: Sequence[_Tap], precision: Precision) -> Table:
    """Biased alignments, from Gram matrices."""
    n = len(left[0].lengths)
    whole = [tap.centred(0, n, precision) for tap in (*left, *right)]
    taps, step = len(whole), max(16, min(128, BLOCK // (len(whole) * n)))
    found, numbers = np.zeros((taps, taps)), np.empty(taps * step * n, dtype=precision)
    for start in range(0, n, step):
        height, width = min(step, n - start), n - start
        grams = numbers[: taps * height * width].reshape(taps, height, width)
        for gram, x in zip(grams, whole, strict=True):
            np.matmul(x[start : start + height], x[start:].T, out=gram)
        grams[:, :, height:] *= precision(np.sqrt(2))  # right of the block: for its mirror image too
        flat = grams.reshape(taps, -1)
        found += flat @ flat.T
    return found[: len(left), len(left) :], np.diag(found).copy()


def _by_features(left: Sequence[_Tap], right: Sequence[_Tap], precision: Precision) -> Table:
    """The same, from cross products of features."""
    own = np.array([np.square(_crossed([tap], [tap], precision)[0][0]).sum() for tap in (*left, *right)])
    lines = (line for group in _groups(left, right) for line in _crossed(group, right, precision))
    return np.array([[np.square(one).sum() for one in line] for line in lines]), own


def _groups(left: Sequence[_Tap], right: Sequence[_Tap]) -> Iterator[list[_Tap]]:
    """Taps of one side whose cross products with all of the other fit into memory together; at least one."""
    group: list[_Tap] = []
    width, size = sum(tap.values.shape[1] for tap in right), 0
    for tap in left:
        added = width * tap.values.shape[1]
        if group and size + added > HELD:
            yield group
            group, size = [], 0
        group, size = [*group, tap], size + added
    if group:
        yield group


def _crossed(left: Sequence[_Tap], right: Sequence[_Tap], precision: Precision) -> list[list[Matrix]]:
    """Sums over images of the products of features, (D, E) for every pair."""
    sums = [[np.zeros((len(x.mean), len(y.mean))) for y in right] for x in left]
    for start, stop in _batches(len(left[0].lengths)):
        others = [tap.centred(start, stop, precision) for tap in right]
        for line, tap in zip(sums, left, strict=True):
            mine = tap.centred(start, stop, precision)
            for place, other in enumerate(others):
                line[place] += mine.T @ other
    return sums


def _debiased(biased: Table, left: Sequence[_Tap], right: Sequence[_Tap]) -> Table:
    x, y = (np.array([tap.lengths for tap in side]) for side in (left, right))
    n, both = x.shape[1], np.vstack([x, y])
    return (
        unbiased(biased[0], x @ y.T, np.outer(x.sum(axis=1), y.sum(axis=1)), n),
        unbiased(biased[1], np.square(both).sum(axis=1), np.square(both.sum(axis=1)), n),
    )
