"""Targets whose truth is known, kind by kind, made from looks without another forward pass."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.estimate.accuracy import Predictions
from unlabelled_looks import Look, Seen

Index = NDArray[np.int64]
Features = NDArray[np.float32]

KINDS: Mapping[str, str] = {
    "shift": "shifts not in the grid",
    "c-bar": "kinds of ImageNet-C-bar",
    "natural": "the other data",
    "features": "features changed",
    "half": "half untouched, half shifted",
    "several": "several shifts mixed",
    "proportions": "classes in other proportions, shifted or not",
}
SHARES = (0.1, 0.25, 0.5)  # of the features that are changed
DRAWS = 3  # of which features
MIXED = 4  # looks in one mixture


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A set of images without labels, and the share that is right."""

    kind: str
    name: str
    predictions: Predictions
    other: NDArray[np.float32]  # the second network's logits; of changed features the same images unchanged
    truth: float


def targets(one: Seen, half: str, seed: int) -> list[Target]:
    """All targets of a checkpoint.

    Args:
        one: its looks.
        half: which set; the kinds made by hand differ between them.
        seed: of what is drawn.
    """
    rng = np.random.default_rng([seed, 11])
    planted = [look for look in one.looks if look.kind in {"clean", "shift", "c-bar"}]
    found = [_target(look.kind, _name(look), [look], None) for look in one.looks if look.kind != "grid"]
    found += _features(one, planted, FEATURES[half], rng)
    found += _mixtures(planted, rng)
    found += _proportions(planted, PROPORTIONS[half], rng)
    return found


def _name(look: Look) -> str:
    return f"{look.shift} {look.severity:g}"


def _target(kind: str, name: str, looks: Sequence[Look], index: Sequence[Index] | None) -> Target:
    """Some images of some looks, put together."""
    some = [np.arange(len(look.labels)) for look in looks] if index is None else index
    parts = list(zip(looks, some, strict=True))
    logits = np.concatenate([look.predictions.logits[places] for look, places in parts])
    features = np.concatenate([look.predictions.penultimate[places] for look, places in parts])
    other = np.concatenate([look.other[places] for look, places in parts])
    labels = np.concatenate([look.labels[places] for look, places in parts])
    right = float((logits.argmax(axis=1) == labels).mean())
    kind = "shift" if kind == "clean" else kind
    return Target(
        kind=kind, name=name, predictions=Predictions(logits=logits, features=features), other=other, truth=right
    )


def dead(features: Features, units: Index, _: np.random.Generator) -> Features:
    """Features that say nothing."""
    return _set(features, units, 0.0 * features[:, units])


def permuted(features: Features, units: Index, rng: np.random.Generator) -> Features:
    """Features of other images."""
    return _set(features, units, rng.permuted(features[:, units], axis=0))


def flipped(features: Features, units: Index, _: np.random.Generator) -> Features:
    """Features with the other sign."""
    return _set(features, units, -features[:, units])


def exchanged(features: Features, units: Index, _: np.random.Generator) -> Features:
    """Features in each other's place."""
    return _set(features, units, features[:, np.roll(units, 1)])


def _set(features: Features, units: Index, values: Features) -> Features:
    changed = features.copy()
    changed[:, units] = values
    return changed


FEATURES: Mapping[str, tuple[Callable[[Features, Index, np.random.Generator], Features], ...]] = {
    "development": (dead, permuted),
    "held out": (flipped, exchanged),
}


def _features(
    one: Seen,
    planted: Sequence[Look],
    changes: Sequence[Callable[[Features, Index, np.random.Generator], Features]],
    rng: np.random.Generator,
) -> Iterator[Target]:
    """Some units of the last features changed, on untouched images and on shifted ones."""
    shifted = [look for look in planted if look.severity == 0.5]  # noqa: PLR2004 - the middle dose
    for change in changes:
        for share in SHARES:
            for draw in range(DRAWS):
                look = planted[0] if draw < 2 else shifted[rng.integers(len(shifted))]  # noqa: PLR2004
                seen = look.predictions.penultimate
                units = rng.permutation(seen.shape[1])[: max(1, round(share * seen.shape[1]))]
                features = change(seen, units, rng)
                logits = (features @ one.weight.T + one.bias).astype(np.float32)
                yield Target(
                    kind="features",
                    name=f"{change.__name__} {share:g} of {_name(look)}, draw {draw}",
                    predictions=Predictions(logits=logits, features=features),
                    other=look.other,
                    truth=float((logits.argmax(axis=1) == look.labels).mean()),
                )


def _mixtures(planted: Sequence[Look], rng: np.random.Generator) -> Iterator[Target]:
    """Half of the images untouched and half shifted; and several shifts in equal parts."""
    clean, shifted = planted[0], [look for look in planted if look.severity > 0.2]  # noqa: PLR2004 - the first dose
    n = len(clean.labels)
    for look in shifted:
        order = rng.permutation(n)
        yield _target("half", f"half {_name(look)}", [clean, look], [order[: n // 2], order[n // 2 :]])
    for draw in range(len(shifted) // 2):
        some = [shifted[i] for i in rng.permutation(len(shifted))[:MIXED]]
        parts = np.array_split(rng.permutation(n), MIXED)
        yield _target("several", f"{draw}: " + " and ".join(map(_name, some)), some, parts)


def halves_rare(labels: Index, _: np.random.Generator) -> NDArray[np.float64]:
    """The chance of each image to stay: the upper half of the classes comes six times rarer."""
    return np.where(labels >= (labels.max() + 1) // 2, 0.15, 1.0)


def long_tail(labels: Index, rng: np.random.Generator) -> NDArray[np.float64]:
    """The chance of each image to stay: falling from class to class, in an order that is drawn, to a tenth."""
    classes = int(labels.max()) + 1
    chance = 0.1 ** (np.arange(classes) / max(1, classes - 1))
    return np.asarray(chance[rng.permutation(classes)][labels])


PROPORTIONS: Mapping[str, Callable[[Index, np.random.Generator], NDArray[np.float64]]] = {
    "development": halves_rare,
    "held out": long_tail,
}


def _proportions(
    planted: Sequence[Look], rule: Callable[[Index, np.random.Generator], NDArray[np.float64]], rng: np.random.Generator
) -> Iterator[Target]:
    for look in planted:
        if look.severity <= 0.5:  # noqa: PLR2004 - untouched, first and middle dose
            stays = np.flatnonzero(rng.random(len(look.labels)) < rule(look.labels, rng))
            yield _target("proportions", f"{rule.__name__} {_name(look)}", [look], [stays])
