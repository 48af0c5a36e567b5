"""Which architecture a checkpoint is for that no weight tells apart, by the labelled images that train."""

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.rows import Subset
from shiftprobe.core.types import PENULTIMATE, Image
from shiftprobe.data.bundle import Bundle
from shiftprobe.engine.applicable_arms import columns_of
from shiftprobe.engine.brought import Brought
from shiftprobe.engine.known import KnownCheckpoint, known_of
from shiftprobe.models.doubles import doubles
from shiftprobe.models.extract import extract
from shiftprobe.models.fitting import fitted
from shiftprobe.models.guess import KEYS
from shiftprobe.models.head import head_name
from shiftprobe.models.telling import SAMPLE, tell_apart, untold
from shiftprobe.spec.schema import Spec

Images = tuple[Bundle, NDArray[np.int64]]  # labelled, and which of them train


def told_apart(spec: Spec, found: Brought, source: Images | None, target: Images, *, allow_code: bool) -> Brought:
    """The checkpoint as the double that is proven better, where its architecture was guessed; else as it is.

    Either way what was tried is said. At most 128 images that train are looked at: of the source where its outputs
    have the names of all its classes, else of the target.

    Args:
        spec: what was asked for.
        found: the checkpoint, as its architecture was given or guessed.
        source: what trained it, where it is at hand.
        target: what it will meet.
        allow_code: whether an architecture may be code of the user's own.
    """
    others = () if found.weights.arch is not None else doubles(found.arch, found.state)
    if not others:
        return found
    bundle = None if source is None else source[0]

    @cache
    def known(arch: str) -> KnownCheckpoint:
        return known_of(spec, replace(found, arch=arch), bundle, source or target, allow_code=allow_code)

    names, given = known(found.arch).names, found.arch_from == "given"
    places = ((one, columns_of(names, one[0].classes)) for one in (source, target) if one is not None)
    by, columns = next(((one, columns) for one, columns in places if columns is not None), (target, None))
    if columns is None:
        return _noted(found, untold(found.arch, others).told(given=given, cures=KEYS))
    index = np.sort(seeding.generator(spec.data_seed, "doubles", len(by[1])).permutation(by[1])[:SAMPLE])
    truth = np.array(columns)[by[0].labels[index]]

    def right(arch: str) -> NDArray[np.bool_]:
        some = Subset(by[0].images, index.tolist())
        answers = _answers(replace(found, arch=arch), known(arch), some, allow_code=allow_code)
        return np.asarray(answers == truth)

    trial = tell_apart(found.arch, others, right)
    told = trial.told(given=given, cures=KEYS)
    if given or trial.better is None:
        return _noted(found, told)
    return replace(found, arch=trial.better, arch_from=f"{found.arch_from}; {told}")


def _answers(found: Brought, known: KnownCheckpoint, images: Subset[Image], *, allow_code: bool) -> NDArray[np.int64]:
    """(N,) which of its outputs the checkpoint gives as an answer to some images."""
    how, weights = known.preprocess, found.weights
    model, _ = fitted(
        weights.path, weights, found.arch, classes=known.outputs, preprocess=how, allow_code=allow_code, cures=KEYS
    )
    unlabelled, head = np.zeros(len(images), np.int64), head_name(model, known.outputs)
    view = extract(model.eval(), how.images(images), unlabelled, how, taps=(PENULTIMATE,), head=head)
    return np.asarray(view.logits.argmax(axis=1), np.int64)


def _noted(found: Brought, told: str) -> Brought:
    return replace(found, weights=replace(found.weights, notes=(*found.weights.notes, told)))
