"""Who trains on what: source and target apart by content, classes in proportion, budgets nested."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.near_duplicates import has_near

Indices = NDArray[np.int64]
SOURCE_TEST = 0.2  # of the source, to know how good the checkpoint is at home


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Indices into two bundles. No content trains the source and appears in the target.

    Each part is ordered by class and content hash, never by file name, so a draw from it does not
    move when a file is renamed.
    """

    source_train: Indices
    source_test: Indices
    target_train: Indices
    target_test: Indices
    refused: int  # target images left out because the source holds their content
    duplicates: int  # target images left out of training because the target's test set holds their content
    near_duplicates: int  # target test images with a near-duplicate in target_train or source_train


def split(
    source: Bundle | None,
    target: Bundle,
    *,
    test: float,
    seed: int,
    pretrained: bool = False,
    trained: frozenset[str] = frozenset(),
) -> Split:
    """Divide source and target into training and test images.

    Content that both hold (all of it, when both name the same data) is halved class by class: one half
    stays with the source, the other goes to the target. An official division into train and test is
    kept; otherwise a fraction of every class is held out: `test` of the target, a fifth of the source.

    Args:
        source: what trains, or trained, the checkpoint; None when nobody has it any more.
        target: what the checkpoint will meet.
        test: fraction of each of the target's classes held out for testing, between 0 and 1.
        seed: of every draw here (the spec's `data_seed`).
        pretrained: the weights come from elsewhere and may have seen the whole source, so nothing is
            halved: the target loses every image that the source holds.
        trained: content hashes of images that are known to have trained the checkpoint: the target loses them too.

    Raises:
        SpecError: when `test` is not between 0 and 1.
        DataError: when the source holds every target image, or a class has too few images.
    """
    if not 0 < test < 1:
        raise SpecError(f"the test fraction lies between 0 and 1, got {test}; write 0.2 for 20 %")
    source_train, source_test, held = _source_parts(source, target, seed, pretrained=pretrained)
    seen_before = held | trained
    target_part = _where(target, (one not in seen_before for one in target.hashes))
    if seen_before and not len(target_part):
        holder = "what source.trained names" if source is None else escape(source.name)
        raise DataError(
            f"wanted images in {escape(target.name)} that the source never saw, got none: {holder} "
            f"holds all {len(target)}; name a target, or a source, with other images"
        )
    target_train, target_test = _divide(target, target_part, test, seed, "target")
    seen = target.thumbs[target_train]
    if source is not None:
        seen = np.concatenate([seen, source.thumbs[source_train]])
    return Split(
        source_train=source_train,
        source_test=source_test,
        target_train=target_train,
        target_test=target_test,
        refused=len(target) - len(target_part),
        duplicates=len(target_part) - len(target_train) - len(target_test),
        near_duplicates=int(has_near(target.thumbs[target_test], seen).sum()),
    )


def _source_parts(
    source: Bundle | None, target: Bundle, seed: int, *, pretrained: bool
) -> tuple[Indices, Indices, set[str]]:
    """The source's training and test images, and all content that stays with it."""
    if source is None:
        return np.empty(0, np.int64), np.empty(0, np.int64), set()
    given = set() if pretrained else _given_to_target(source, target, seed)
    part = _where(source, (one not in given for one in source.hashes))
    return *_divide(source, part, SOURCE_TEST, seed, "source"), {source.hashes[i] for i in part}


def stratified_order(labels: NDArray[np.int64], rng: np.random.Generator) -> Indices:
    """A permutation whose every prefix holds the classes as equally as their sizes allow.

    The classes take turns, so the first n are a balanced training set of n, and a larger n only adds
    to a smaller one.

    Args:
        labels: (N,) class numbers.
        rng: the generator of this one draw.

    Returns:
        (N,) positions into `labels`.
    """
    shuffled = rng.permutation(len(labels))
    turn = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        mine = labels[shuffled] == label
        turn[mine] = np.arange(mine.sum())
    return shuffled[np.argsort(turn, kind="stable")]


def order_by_shares(labels: NDArray[np.int64], rng: np.random.Generator) -> Indices:
    """A permutation whose every prefix holds the classes in the shares of all labels, after an image of each.

    Of n images of a class the k-th stands k - 1/2 n-ths through the order (Webster's rule of shares); a class comes
    first with one image, the commonest class before the others, so that no network lacks it.

    Args:
        labels: (N,) class numbers.
        rng: the generator of this one draw.

    Returns:
        (N,) positions into `labels`.
    """
    shuffled = rng.permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        mine = labels[shuffled] == label
        place[mine] = (np.arange(mine.sum()) + 0.5) / mine.sum()
        place[np.flatnonzero(mine)[0]] -= 1.0
    return shuffled[np.argsort(place, kind="stable")]


def draw_budget(labels: NDArray[np.int64], budget: int, rng: np.random.Generator, *, shares: bool = False) -> Indices:
    """Positions of a training set; with an equal `rng`, budgets are nested.

    Args:
        labels: (N,) class numbers of the pool.
        budget: how many are wanted.
        rng: the generator of this one draw.
        shares: whether classes have their shares of the pool; else they are balanced as far as the pool allows.

    Raises:
        DataError: when the pool is smaller than the budget, or the budget smaller than the classes.
    """
    if budget > len(labels):
        raise DataError(f"wanted a budget of {budget} training images, the pool holds {len(labels)}; lower it")
    classes = len(np.unique(labels))
    if budget < classes:
        raise DataError(f"wanted at least one image of each of {classes} classes, got budget {budget}; raise it")
    return (order_by_shares if shares else stratified_order)(labels, rng)[:budget]


def held_back(budget: int, share: float, classes: int) -> int:
    """How many images of a budget are its validation part: a share of it, but an image per class keeps training."""
    return max(0, min(round(share * budget), budget - max(classes, 2)))


def _given_to_target(source: Bundle, target: Bundle, seed: int) -> set[str]:
    """The target's half of the content that both hold, drawn in each class (and official part) alone."""
    shared = set(source.hashes) & set(target.hashes)
    groups: dict[tuple[str, str], set[str]] = {}
    official = target.official if target.official is not None else np.full(len(target), "")
    for one, label, part in zip(target.hashes, target.labels, official, strict=True):
        if one in shared:
            groups.setdefault((target.classes[label], str(part)), set()).add(one)
    given: set[str] = set()
    for (name, part), contents in groups.items():
        order = seeding.generator(seed, "halves", name, part).permutation(len(contents))
        ranked = sorted(contents)
        given |= {ranked[i] for i in order[len(order) // 2 :]}
    return given


def _divide(bundle: Bundle, part: Indices, test: float, seed: int, side: str) -> tuple[Indices, Indices]:
    """Training and test images of a part; content of the test set never trains."""
    hashes = np.array(bundle.hashes)[part]
    part = part[np.lexsort((hashes, bundle.labels[part]))]
    held_out = _drawn(bundle, part, test, seed, side) if bundle.official is None else bundle.official[part] == "test"
    testing = part[held_out]
    known = {bundle.hashes[i] for i in testing}
    others = part[~held_out] if bundle.clusters is None else _apart(bundle, part[~held_out], testing)
    training = np.array([i for i in others if bundle.hashes[i] not in known], np.int64)
    for label, name in enumerate(bundle.classes):
        counts = [int((bundle.labels[some] == label).sum()) for some in (training, testing)]
        if 0 in counts:
            raise DataError(
                f"class '{escape(name)}' of {escape(bundle.name)}: wanted a training and a test image at least, got "
                f"{counts[0]} and {counts[1]} different ones; add images or leave the class out"
            )
    return training, testing


def _apart(bundle: Bundle, training: Indices, testing: Indices) -> Indices:
    """Training images without those that belong to a group of the test set."""
    names = np.asarray(bundle.clusters)
    return training[~np.isin(names[training], names[testing])]


def _drawn(bundle: Bundle, part: Indices, test: float, seed: int, side: str) -> NDArray[np.bool_]:
    held_out = np.zeros(len(part), bool)
    for label, name in enumerate(bundle.classes):
        mine = np.flatnonzero(bundle.labels[part] == label)
        count = min(max(round(test * len(mine)), 1), len(mine) - 1)
        rng = seeding.generator(seed, "test images", side, name)
        if bundle.clusters is None:
            held_out[mine[rng.permutation(len(mine))[: max(count, 0)]]] = True
        else:
            held_out[mine[_whole_groups(bundle.clusters[part[mine]], count, rng)]] = True
    return held_out


def _whole_groups(names: NDArray[np.str_], count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which images to hold out: whole groups in a drawn order, until there are so many; one group at least stays."""
    groups, place = np.unique(names, return_inverse=True)
    order = rng.permutation(len(groups))
    before = np.cumsum(np.bincount(place)[order]) - np.bincount(place)[order]
    taken = order[:-1][before[:-1] < count]
    return np.isin(place, taken)


def _where(bundle: Bundle, flags: Iterable[bool]) -> Indices:
    return np.flatnonzero(np.fromiter(flags, bool, len(bundle)))


def fewer(source: Bundle | None, index: NDArray[np.int64], most: int | None, seed: int) -> NDArray[np.int64]:
    """The images that train the source: at most `most` of them, balanced over its classes.

    Raises:
        SpecError: when not every class can have one.
    """
    if source is None or most is None or most >= len(index):
        return index
    if most < len(source.classes):
        raise SpecError(f"source.images: wanted at least {len(source.classes)}, one of each class, got {most}")
    order = stratified_order(source.labels[index], seeding.generator(seed, "source images"))
    return np.sort(index[order[:most]])
