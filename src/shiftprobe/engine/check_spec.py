"""What a spec asks for and nobody can give: misspelt names and missing files, met before torch is imported."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe import data
from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.out_folder import check_no_link
from shiftprobe.core.types import Taps
from shiftprobe.data.places import check_apart, check_place
from shiftprobe.engine import plugins
from shiftprobe.engine.applicable_arms import check_pairs
from shiftprobe.engine.recipes import check_by_arm
from shiftprobe.metrics.scores import check_classes
from shiftprobe.models.names import check_given_arch, check_weights
from shiftprobe.probes import PROBES
from shiftprobe.results.reading import read_base, read_spec
from shiftprobe.results.run_folder import check_run
from shiftprobe.shifts import find
from shiftprobe.shifts.toward import TOWARD
from shiftprobe.spec.checkpoints import check_one
from shiftprobe.spec.extent import check_extent
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.model import AUTO, TRAIN
from shiftprobe.spec.schema import Spec
from shiftprobe.spec.trained import named
from shiftprobe.train.arms import find as find_arm


def check_spec(
    spec: Spec, *, allow_code: bool, source: bool = False, target: bool = False, model: bool = False
) -> None:
    """Refuse names that nothing goes by and places at which nothing lies; no image is read and no library imported.

    Args:
        spec: what is asked for.
        allow_code: whether code that it names may run; its plugins are imported here.
        source: whether something in memory stands in for `source.data`.
        target: whether something in memory stands in for `target.data`.
        model: whether a network in memory stands in for `model.arch` and `model.weights`.

    Raises:
        ShiftprobeError: for the first thing in it that is not there, in one line.
    """
    check_one(spec)
    check_extent(spec)
    plugins.load(spec, allow_code=allow_code)
    check_names(spec)
    for name in spec.probes:
        PROBES[name]  # an unknown name is refused, and says which was meant
    for name in spec.arms:
        find_arm(name)
    check_pairs(spec)
    check_by_arm(spec)
    if not model and spec.model.arch != AUTO:
        check_given_arch(spec.model.arch, allow_code=allow_code)
    _check_places(spec, source=source, target=target, model=model)


def check_out_place(spec: Spec, out: Path, *, source: bool, target: bool) -> None:
    """Refuse a place for run folders that is a link, or lies in the data.

    Args:
        spec: names the data.
        out: the folder that run folders go into.
        source: whether something in memory stands in for `source.data`.
        target: whether something in memory stands in for `target.data`.

    Raises:
        SpecError: naming the link or the data's folder.
    """
    check_no_link(out)
    toward = spec.toward.data if spec.toward is not None else None
    named_data = (None if source else spec.source.data, None if target else spec.target.data, toward)
    check_apart(out, (*named_data, *named(spec.source.trained)), spec.base)


def check_minutes(minutes: float | None) -> None:
    """Refuse a time in which nothing can be done.

    Raises:
        SpecError: when it is not above 0, or not finite.
    """
    if minutes is not None and not 0 < minutes < math.inf:
        raise SpecError(f"--minutes: wanted a number above 0, got {minutes:g}; leave it out to do every cell")


def check_names(spec: Spec) -> None:
    """Refuse a shift that does not exist, or that needs images nobody named.

    Raises:
        ShiftprobeError: for the first such name.
    """
    for name in spec.shifts:
        if name not in TOWARD:
            find(name)
        elif spec.toward is None:
            raise SpecError(f"shift {escape(name)} moves images to those of another domain; name them in toward.data")


def _check_places(spec: Spec, *, source: bool, target: bool, model: bool) -> None:
    toward = spec.toward.data if spec.toward is not None else None
    asked = {
        "target.data": None if target else spec.target.data,
        "source.data": None if source else spec.source.data,
        "toward.data": toward,
    }
    for key, name in asked.items():
        if name is not None:
            check_place(name, key, spec.base)
            data.find(name, spec.base)
    for name in named(spec.source.trained):
        check_place(name, "source.trained", spec.base)
        data.find(name, spec.base)
    brought = spec.model.weights != TRAIN or model
    if spec.source.data is None and not source and not brought:
        raise SpecError(
            "source.data: this key is needed to train the source model; name the data, or give "
            "model.weights a file or a name of published weights"
        )
    if spec.model.weights != TRAIN and not model:
        check_weights(Path(spec.base, spec.model.weights), spec.model.weights)


def spec_again(path: Path, probes: Sequence[str], taps: Taps | None = None) -> Spec:
    """The spec of a run folder, with further probes.

    Args:
        path: the run folder.
        probes: names of probes, beside those that the run has.
        taps: where the tests of two domains look; as the run has it when None.

    Raises:
        RunError: when it is no run folder, or what it was asked is not as it was written.
        SpecError: when its spec cannot be read.
    """
    check_run(path)
    written = read_spec(path).resolved()
    asked = {"probes": list(dict.fromkeys([*written["probes"], *probes])), "taps": taps or written["taps"]}
    return load_spec(written | asked).model_copy(update={"base": read_base(path)})


def check_target(spec: Spec, classes: Sequence[str], *, pool: int, tested: NDArray[np.int64]) -> None:
    """Refuse budgets and a score that the target's images cannot give.

    Args:
        spec: what is asked for.
        classes: of the target.
        pool: how many of its images may train.
        tested: (N,) class numbers of those that judge.

    Raises:
        DataError: for a budget below the number of classes or above the pool.
        SpecError: for a score of other classes, or of more than the test images hold.
    """
    if min(spec.target.budgets) < len(classes):
        raise DataError(
            f"target.budgets: wanted at least {len(classes)} images, one of each class, got "
            f"{min(spec.target.budgets)}; raise the budget"
        )
    if max(spec.target.budgets) > pool:
        raise DataError(
            f"target.budgets: wanted at most {pool:,} images, the target's training pool, "
            f"got {max(spec.target.budgets):,}; lower the budget or target.test"
        )
    check_classes(spec.compare.metric, classes, tested)


def with_origins(spec: Spec) -> Spec:
    """A spec in which no data is a bare path: its name says which code reads it, which is part of a run's identity."""
    parts = {"target": spec.target, "source": spec.source, "toward": spec.toward}
    known = {key: part for key, part in parts.items() if part is not None and part.data is not None}
    told = {key: part.model_copy(update={"data": data.named(str(part.data), spec.base)}) for key, part in known.items()}
    return spec.model_copy(update=told)
