"""How an arm begins and learns in a cell, whether it is a trial or the training that is judged."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.errors import SpecError
from shiftprobe.core.rows import Rows
from shiftprobe.engine import networks
from shiftprobe.engine.shifted_sets import open_set
from shiftprobe.models.head import head_name
from shiftprobe.models.placing import placed
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.arms import Arm, Context, Layers, Learns, Start
from shiftprobe.train.loop import WHOLE, fit
from shiftprobe.train.optimizer import Phase
from shiftprobe.train.pixels import Labelled
from shiftprobe.train.watching import Training

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.core.types import Cell
    from shiftprobe.engine.setup import Setup

Build: TypeAlias = "Callable[[Setup, int, int], nn.Module]"
"""A network of so many classes, its weights drawn from a seed."""


def begun(
    setup: "Setup", cell: "Cell", arm: Arm, source: "nn.Module", build: Build = networks.fresh
) -> "tuple[nn.Module, Start]":
    """The network of an arm before it learns, and what it could begin from.

    Args:
        setup: the resolved spec.
        cell: whose seed.
        arm: how its weights begin.
        source: the source model.
        build: a network of so many classes, its weights drawn from a seed.
    """
    model = build(setup, len(setup.classes), seeding.integer(cell.seed or 0, "init"))
    start = networks.start(setup, model, source, cell.seed or 0)
    model.load_state_dict(arm.begin(start))
    return model, start


def learn(
    setup: "Setup",
    cell: "Cell",
    arm: Arm,
    model: "nn.Module",
    recipe: Recipe,
    *,
    parts: Sequence[NDArray[np.int64]],
) -> Training:
    """Train an arm's network in place.

    Args:
        setup: the resolved spec.
        cell: whose images, and whose seed.
        arm: which parts learn, phase by phase.
        model: at its start; left on the device after the last epoch.
        recipe: how it is trained.
        parts: rows of the shifted set that train, and those that judge.

    Raises:
        DivergedError: when the loss is not finite.
        RunError: when the device has no memory left.
        SpecError: when the arm says of a parameter that is not there how fast it learns, or lets none learn.
    """
    images = open_set(setup.run.images(cell.condition))
    train, validation = (Labelled(Rows(images, part), setup.labels[part]) for part in parts)
    names = tuple(name for name, _ in model.named_parameters())
    layers = Layers(parameters=names, head=head_name(model, len(setup.classes)))
    phases = [phase_of(arm.name, learns, layers) for learns in arm.learns]
    return fit(
        placed(model, setup.device),
        train,
        setup.preprocess,
        recipe,
        seed=cell.seed or 0,
        device=setup.device,
        phases=phases,
        validation=validation,
        head=layers.head,
    )


def finish(setup: "Setup", cell: "Cell", model: "nn.Module", arm: Arm, start: Start) -> None:
    """What an arm does after training, the same to its last and to its best epoch; then back to the processor."""
    if arm.after is not None:
        pool = open_set(setup.run.images(cell.condition))[: setup.pool]
        context = Context(start=start, images=pool, preprocess=setup.preprocess, device=setup.device)
        arm.after(placed(model, setup.device).eval(), context)
    model.cpu().eval()


def phase_of(arm: str, learns: Learns, layers: Layers) -> Phase:
    """One entry of an arm's `learns` for a network.

    Raises:
        SpecError: when it is no part we know, or names a parameter that is not there or a factor that is no number from
            0 up, or lets nothing learn.
    """
    if not callable(learns):
        phases = {"all": WHOLE, "head": Phase(layers.head)}
        if learns not in phases:
            raise SpecError(f"arm {arm}: wanted 'all', 'head' or a function of the layers to learn, got {learns!r}")
        return phases[learns]
    factors = learns(layers)
    wrong = [name for name, factor in factors.items() if name not in layers.parameters or not 0 <= factor < math.inf]
    if wrong:
        raise SpecError(
            f"arm {arm}: wanted parameters of the network, each with a factor of the rate from 0 up, "
            f"got {wrong[0]}: {factors[wrong[0]]}"
        )
    if not any(factors.get(name, 1.0) for name in layers.parameters):
        raise SpecError(f"arm {arm}: wanted a phase in which something learns, got none; leave the phase out")
    return Phase("", factors)
