"""Everything a worker must know to do any cell, small enough to be handed over; pixels stay in files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.digest import index_digest
from shiftprobe.core.types import Cell, Scope
from shiftprobe.data.split import draw_budget, held_back
from shiftprobe.engine.recipes import SOURCE, recipe_of
from shiftprobe.engine.versions import DIGEST_CHARACTERS, Versions
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.results.run_folder import RunDir
from shiftprobe.spec.placement import HERE, Placement
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.recipes import Family
from shiftprobe.spec.schema import Spec
from shiftprobe.spec.tuning import Trial

if TYPE_CHECKING:
    from torch import nn


HELD_OUT = 2000  # images of the source that probes may look at, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A resolved spec: names checked, data split, classes matched."""

    spec: Spec
    run: RunDir
    preprocess: Preprocess
    classes: tuple[str, ...]  # the target's, in label order
    source_classes: int  # how many classes the checkpoint's head has
    columns: tuple[int, ...] | None  # per target class, its place in the checkpoint's head
    arms: Mapping[str, Scope]  # without those that cannot apply
    probes: Mapping[str, Scope]
    labels: NDArray[np.int64]  # of every shifted set: the training pool first, then the test images
    pool: int  # how many of them are the pool
    source_labels: NDArray[np.int64]  # of sets/source.npy: training images first, then held-out ones
    source_train: int  # how many of them train the source
    device: str
    identity: Mapping[str, str]  # digests of all that this run's cells share, by part
    versions: Versions  # of the code that makes what this run holds
    source_columns: tuple[int, ...] | None = None  # per class of the source's data, its place in the head of a
    # checkpoint that is brought; None where nobody knows
    side: int | None = None  # px that networks are built for, where weights say so; else the images' side
    family: Family = "convolutional"
    allow_code: bool = False
    module: "nn.Module | None" = None  # a model in memory that stands in for a name
    placement: Placement = HERE  # where cells are done: it moves no number
    home: NDArray[np.int64] | None = None  # positions in `source_labels` of what may judge a checkpoint that is brought

    def train_index(self, cell: Cell) -> NDArray[np.int64]:
        """Rows of a shifted set that a cell may train on: nested over budgets, stratified, moved by the seed.

        The untouched checkpoint's probes train on the largest budget, drawn with the data seed.
        """
        seed = self.spec.data_seed if cell.seed is None else cell.seed
        pool: NDArray[np.int64] = self.labels[: self.pool]
        shares = self.spec.target.draw == "shares"
        return draw_budget(pool, self.budget_of(cell), seeding.generator(seed, "budget"), shares=shares)

    def parts(self, cell: Cell) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What trains in a cell, and the validation part that only judges; together the cell's budget.

        The budget is ordered so that classes take turns, or have their shares (`target.draw`): its end is as mixed as
        its beginning, and what trains holds every class.
        """
        index = self.train_index(cell)
        kept = len(index) - held_back(len(index), self.spec.train.validation, len(self.classes))
        return index[:kept], index[kept:]

    def recipe(self, arm: str, images: int, trial: Trial | None = None) -> Recipe:
        """How an arm, or the source, is trained on so many images, by the spec or by a trial of it."""
        spec = self.spec if trial is None else self.spec.with_trial(trial)
        return recipe_of(spec, arm, images, family=self.family, preprocess=self.preprocess)

    @property
    def source_recipe(self) -> Recipe:
        """How the checkpoint is trained, where this run trains it."""
        recipe, epochs = self.recipe(SOURCE, self.source_train), self.spec.source.epochs
        return recipe if epochs is None else replace(recipe, epochs=epochs, steps=None, min_steps=0)

    def budget_of(self, cell: Cell) -> int:
        """How many labelled images may be trained on in a cell."""
        return cell.budget or max(self.spec.target.budgets)

    def arms_of(self, cell: Cell) -> tuple[str, ...]:
        """The arms that belong into a cell: untrained ones where no seed moves anything, trained ones elsewhere."""
        scope = "checkpoint" if cell.seed is None else "arms"
        return tuple(arm for arm, where in self.arms.items() if where == scope)

    def probes_of(self, cell: Cell) -> tuple[str, ...]:
        """The probes that look into a cell."""
        checkpoint, arms = cell.seed is None, bool(self.arms_of(cell))
        looks = {"checkpoint": checkpoint, "arms": arms, "cells": checkpoint or arms, "run": False}
        return tuple(name for name, scope in self.probes.items() if looks[scope])

    @property
    def run_probes(self) -> tuple[str, ...]:
        """The probes that look at the whole run, once."""
        return tuple(name for name, scope in self.probes.items() if scope == "run")

    @property
    def held_out(self) -> NDArray[np.int64]:
        """Source images that did not train the checkpoint, as positions in `source_labels`; evenly spread, few."""
        there = self.at_home
        return there[:: -(-len(there) // HELD_OUT) or 1]

    @property
    def at_home(self) -> NDArray[np.int64]:
        """All source images that did not train the checkpoint, as positions in `source_labels`."""
        return np.arange(self.source_train, len(self.source_labels)) if self.home is None else self.home

    @property
    def judged_by(self) -> dict[str, str]:
        """What looks at the source depend on beside the code: nothing where this run trains the source itself."""
        return {} if self.home is None else {"home": index_digest([self.home])[:DIGEST_CHARACTERS]}
