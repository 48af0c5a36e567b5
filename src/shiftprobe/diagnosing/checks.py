"""What is asked of file and data beside repairs: untrained layers, dead units, leaks, twin classes, wrong labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import PENULTIMATE
from shiftprobe.diagnosing.worth import random_networks
from shiftprobe.metrics import InputError
from shiftprobe.repairs.attempt import Attempt, Patient, Site
from shiftprobe.repairs.dead_units import dead_attempts, dead_taps
from shiftprobe.repairs.fresh_layers import LoadedLayers, loaded_layers
from shiftprobe.repairs.leak import above_home, easier_by, leak_experiment, trained_on
from shiftprobe.repairs.noise import noise_attempt
from shiftprobe.repairs.readouts import answers_right, cross_fitted, features_at, taps_of
from shiftprobe.repairs.redraw import loaded_attempts, redraw, untrained_experiment
from shiftprobe.repairs.tap_readouts import TapReadouts, tap_readouts
from shiftprobe.repairs.twins import twin_attempt
from shiftprobe.results.diagnosis import Experiment

if TYPE_CHECKING:
    from torch import Tensor

    from shiftprobe.engine.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of it."""

    attempts: Mapping[str, Sequence[Attempt]]  # by place, to be judged with its first round
    experiments: tuple[Experiment, ...]  # judged already
    random_at_home: float  # what a linear head reads there from untrained networks, cross-fitted; 0 where nobody knows


def check(ready: "Plan", patient: Patient, home: Site | None, target: Site) -> Checked:
    """Look at weights, units, labels and leaks; nothing is repaired here.

    Args:
        ready: the run, planned again.
        patient: the checkpoint.
        home: held-out images of the source; None where there are none.
        target: labelled images of the target.
    """
    setup = ready.setup
    seed = setup.spec.data_seed
    draws = [network.state_dict() for network in random_networks(setup)]
    loaded = loaded_layers(patient.model.state_dict(), draws, patient.head)
    near = home or target
    readouts = _readouts(patient, near, draws, seed)
    attempts: dict[str, list[Attempt]] = {near.at: [], target.at: []}
    if readouts is not None:
        attempts[near.at] += _of_weights(loaded, readouts, patient, near, draws)
        attempts[near.at] += dead_attempts(patient, near, readouts, seed=seed)
    there = None if home is None else _readouts(patient, target, draws, seed)
    if readouts is not None and there is not None:
        attempts[target.at] += dead_attempts(patient, target, there, home=dead_taps(readouts), seed=seed)
    untrained = () if readouts is None else (untrained_experiment(loaded, readouts),)
    attempts[target.at] += _of_labels(patient, home, target, seed)
    easier = 0.0 if home is None else easier_by(patient, target, home, draws, seed=seed)
    leaks = _leaks(ready, patient, home, target, easier)
    return Checked(
        attempts=attempts,
        experiments=(*untrained, *leaks),
        random_at_home=0.0 if home is None or readouts is None else readouts.random,
    )


def _readouts(patient: Patient, site: Site, draws: "Sequence[Mapping[str, Tensor]]", seed: int) -> TapReadouts | None:
    try:
        return tap_readouts(patient, site, draws, seed=seed)
    except (NotAvailableError, InputError):
        return None


def _of_weights(
    loaded: LoadedLayers,
    readouts: TapReadouts,
    patient: Patient,
    site: Site,
    draws: "Sequence[Mapping[str, Tensor]]",
) -> tuple[Attempt, ...]:
    if loaded.loaded != "half_loaded":
        return ()
    return loaded_attempts(loaded, readouts, patient, redraw(patient, site, draws, loaded.suspects))


def _of_labels(patient: Patient, home: Site | None, target: Site, seed: int) -> list[Attempt]:
    """Twin classes and wrong labels, by frozen features and by the images themselves."""
    try:
        tables = features_at(patient, target, taps_of(patient))
        there = None if home is None else (features_at(patient, home, taps_of(patient)), home.labels)
        answers = cross_fitted(tables[PENULTIMATE], target.labels, folds=5, seed=seed).argmax(axis=1)
        twins, _ = twin_attempt(np.asarray(answers, np.int64), tables, target.labels, target.classes, seed=seed)
        noise, _ = noise_attempt(tables, target.labels, home=there, seed=seed)
    except (NotAvailableError, InputError):
        return []
    return [twins, noise]


def _leaks(ready: "Plan", patient: Patient, home: Site | None, target: Site, easier: float) -> tuple[Experiment, ...]:
    """Target images that trained the checkpoint, and a target that is easier than home."""
    right = answers_right(patient, target)
    if right is None:
        return ()
    found: list[Experiment] = []
    trained = _trained_by(ready)
    if trained is not None and ready.source is not None:
        places = ready.split.target_test.tolist()
        exact, near = trained_on(
            [ready.target.hashes[i] for i in places],
            [ready.source.hashes[i] for i in trained.tolist()],
            thumbs=_thumbs(ready.target.thumbs, ready.split.target_test),
            trained_thumbs=_thumbs(ready.source.thumbs, trained),
        )
        if len(exact) == len(right) and (exact | near).any():
            found.append(leak_experiment(right, exact | near, near=int(near.sum())))
    at_home = None if home is None else answers_right(patient, home)
    return (*found, *([above_home(right, at_home, easier=easier)] if at_home is not None else []))


def _trained_by(ready: "Plan") -> NDArray[np.int64] | None:
    """The source's images that are known to have trained the checkpoint; None where nobody knows."""
    parts, setup = ready.split, ready.setup
    if setup.home is None:
        return parts.source_train
    whole = np.concatenate([parts.source_train, parts.source_test])
    return np.delete(whole, setup.home) if len(setup.home) else None


def _thumbs(thumbs: NDArray[np.uint8] | None, index: NDArray[np.int64]) -> NDArray[np.uint8] | None:
    return None if thumbs is None else thumbs[index]
