"""What only further trainings tell apart: schedule, rate, source, labels, width; and runs in which nothing is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from plants import images
from plants.checkpoints import Ground, checkpoint, untrained
from plants.domains import Domain, Items, of_classes
from plants.networks import arch
from plants.planting import Planted

Plant = Callable[[Ground, bool], Planted]
GENTLE = {"small_cnn": 1e-3, "grouped": 1e-3, "plain": 1e-3, "vit": 3e-4}


def _recipe(planted: Mapping[str, Any], undone: Mapping[str, Any]) -> Plant:
    """A good checkpoint, and a recipe that decides."""

    def plant(where: Ground, undo: bool) -> Planted:
        return Planted(ground=where, state=checkpoint(where), spec=undone if undo else planted)

    return plant


def _source(change: Callable[[Ground, Items], Items], keys: Mapping[str, Any]) -> Plant:
    """A checkpoint whose training was worth nothing, or little."""

    def plant(where: Ground, undo: bool) -> Planted:
        origin = where.domain.origin
        return Planted(ground=where, state=checkpoint(where, origin if undo else change(where, origin)), spec=keys)

    return plant


def _healthy(labels: int, **keys: Any) -> Plant:
    """Nothing is wrong; what undoes it is a checkpoint that was never trained."""

    def plant(where: Ground, undo: bool) -> Planted:
        spec = {"target.budgets": [labels], "train.epochs": 60, "train.batch": 16, **keys}
        return Planted(ground=where, state=untrained(where) if undo else checkpoint(where), spec=spec)

    return plant


def fast(where: Ground, undone: bool) -> Planted:
    """Transfer has a rate that erases what it began with."""
    gentle = GENTLE[where.network]
    rates = {"transfer": gentle if undone else 40 * gentle, "scratch": gentle}
    spec = {"train.lr": rates, "train.batch": 16, "train.epochs": 40, "compare.crossed": False}
    return Planted(ground=where, state=checkpoint(where), spec=spec)


def badly_scaled(where: Ground, undone: bool) -> Planted:
    """A network whose own draw is far too small: from random weights it learns nothing."""
    there = replace(where, network="plain" if undone else "badly_scaled")
    spec = {"target.budgets": [200], "train.epochs": 40, "train.lr": 3e-3, "arms": ["scratch", "transfer", "mean_var"]}
    good = checkpoint(replace(where, network="plain"))
    return Planted(ground=there, state=good, spec=spec)


def narrow(where: Ground, undone: bool) -> Planted:
    """Two channels where twice as many do better."""
    there = replace(where, network="wider" if undone else "narrow")
    name = arch(there.network, where.domain.channels)
    spec = {"target.budgets": [400], "train.epochs": 40, "train.batch": 16, "train.lr": 3e-3}
    return Planted(ground=there, arch=name, state=checkpoint(there), spec=spec)


def easy(where: Ground, undone: bool) -> Planted:
    """Two classes that any network tells apart."""
    pair = {"digits": ("0", "1"), "fashion": ("Trouser", "Ankle boot")}
    names = pair.get(where.domain.name, where.domain.classes[1:3])
    domain = where.domain if undone else of_classes(where.domain, _known(where.domain, names))
    there = replace(where, domain=domain)
    spec = {"target.budgets": [100], "train.epochs": 40, "train.batch": 16}
    return Planted(ground=there, state=checkpoint(there), spec=spec)


def _known(domain: Domain, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names themselves, or two in their place where the data calls its classes otherwise."""
    return names if set(names) <= set(domain.classes) else (domain.classes[1], domain.classes[9])


def noise_for_source(_: Ground, origin: Items) -> Items:
    """Images in which there is nothing to be learnt."""
    rng = np.random.default_rng(0)
    return images.shuffled_labels(origin.with_images(rng.integers(0, 256, origin.images.shape, np.uint8)))


def few_for_source(_: Ground, origin: Items) -> Items:
    """Ten images."""
    return origin.at(np.arange(10))


def shuffled_source(_: Ground, origin: Items) -> Items:
    """Labels that belong to other images."""
    return images.shuffled_labels(origin)


HEADS = ["zero_shot", "scratch", "transfer", "linear_probe"]
LONG = {"train.epochs": 60, "train.batch": 16}
PLANTS: Mapping[str, Plant] = {
    "short": _recipe({"train.epochs": 4}, {"train.epochs": 40}),
    "slow": _recipe({"train.lr": 6e-5, "train.epochs": 40}, {"train.lr": 2e-3, "train.epochs": 40}),
    "overfit": _recipe(
        {"target.budgets": [30], "train.epochs": 120, "train.batch": 8, "arms": HEADS},
        {"target.budgets": [400], "train.epochs": 20, "train.batch": 16, "arms": HEADS},
    ),
    "plentiful": _recipe({"target.budgets": [60, 1200]}, {"target.budgets": [60]}),
    "shuffled_source": _source(shuffled_source, LONG),
    "noise_source": _source(noise_for_source, LONG),
    "tiny_source": _source(few_for_source, LONG),
    "reused_50": _healthy(50),
    "reused_100": _healthy(100),
    "reused_200": _healthy(200),
    "fast": fast,
    "badly_scaled": badly_scaled,
    "narrow": narrow,
    "easy": easy,
}  # fmt: skip
"""By name."""
