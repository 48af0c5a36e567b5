"""Which preprocessing a run uses: the spec's own, or one fitted to its images and suited to its checkpoint."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import SpecError
from shiftprobe.core.readers import OwnReader
from shiftprobe.core.rows import Subset
from shiftprobe.data.bundle import Bundle
from shiftprobe.engine.brought import Brought
from shiftprobe.models.alternatives import CROP
from shiftprobe.models.guess import side_for, trained_side
from shiftprobe.models.own_preprocess import GUESSED, own_preprocess, own_reader, told_origin
from shiftprobe.models.preprocess import Preprocess, spread
from shiftprobe.models.sizes import Sizes
from shiftprobe.spec.model import TRAIN
from shiftprobe.spec.schema import Spec

LARGE_STEM = 7  # px; a network whose first kernel is this large was trained on images of 64 px and more
SMALL_IMAGE, LARGE_IMAGE = 32, 64  # px, for networks with a small first kernel and with a large one
FITTED_IMAGES = 2000  # tell size, mean and std


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPreprocess:
    """A preprocessing, and where it comes from in words."""

    preprocess: Preprocess
    told: str
    guessed: bool = False


def reader_of(spec: Spec, *, in_memory: bool) -> OwnReader:
    """Who reads the files of both sides; where a run trains its source itself nobody else has read any of them.

    Args:
        spec: what was asked for.
        in_memory: whether a network in memory stands in for weights.
    """
    brought = spec.model.weights != TRAIN and not in_memory
    found = own_reader(spec.model.reader, Path(spec.base, spec.model.weights) if brought else Path())
    return found if brought or in_memory else replace(found, said=True)


def preprocess_for(spec: Spec, images: Bundle, index: NDArray[np.int64]) -> Preprocess:
    """The spec's own preprocessing, or one fitted to the images that train the source (the target without them)."""
    said = spec.model.preprocess
    if said == "auto":
        chosen = _sample(index)
        return Preprocess.fit(Subset(images.images, chosen), shapes=[images.shapes[i] for i in chosen])
    if not len(said.mean) == len(said.std) == said.channels:
        raise SpecError(f"model.preprocess: wanted {said.channels} values in mean and in std, one per channel")
    return Preprocess(**said.model_dump())


def preprocess_of_brought(
    spec: Spec, found: Brought, sizes: Sizes, images: Bundle, index: NDArray[np.int64]
) -> RunPreprocess:
    """The spec's own preprocessing, or the checkpoint's, as an audit finds it, brought to a side that suits it.

    Args:
        spec: what was asked for.
        found: the checkpoint.
        sizes: what its weights say.
        images: of the source, or of the target where nobody has them.
        index: which of them train.
    """
    if spec.model.preprocess != "auto":
        return RunPreprocess(preprocess=preprocess_for(spec, images, index), told="given in the spec")
    own, origin = own_preprocess(
        found.weights.place,
        found.weights.preprocess,
        found.arch,
        sizes=sizes,
        images=images,
        index=_sample(index),
        normal=found.weights.normal,
        side=trained_side(found.arch, found.weights.state),
    )
    if origin in GUESSED:
        own = _to_side(found, suited(spec, own, sizes))
    told = told_origin(origin, found.arch, own, "model.preprocess says")
    return RunPreprocess(preprocess=own, told=told, guessed=origin in GUESSED)


def _sample(index: NDArray[np.int64]) -> list[int]:
    """Images that tell a preprocessing, evenly spread: the index is ordered by class."""
    step = -(-len(index) // FITTED_IMAGES)
    found: list[int] = index[::step].tolist()
    return found


def _to_side(found: Brought, own: Preprocess) -> Preprocess:
    """A guessed preprocessing at the side that a network was made for, where its weights tell one."""
    if found.module is not None or side_for(found.arch, found.state, own.size) == own.size:
        return own
    side = side_for(found.arch, found.state, SMALL_IMAGE)
    return replace(own, size=side, resize=None if side < LARGE_IMAGE or own.resize is None else round(side / CROP))


def suited(spec: Spec, fitted: Preprocess, checkpoint: Sizes) -> Preprocess:
    """A fitted preprocessing brought to the channels and the least size that a checkpoint was made for."""
    if spec.model.preprocess != "auto":
        return fitted
    size = max(fitted.size, LARGE_IMAGE) if checkpoint.kernel >= LARGE_STEM else fitted.size
    channels = checkpoint.channels if checkpoint.channels in {1, 3} else fitted.channels
    mean, std = (spread(values, channels) for values in (fitted.mean, fitted.std))
    return replace(fitted, size=size, channels=channels, mean=mean, std=std)
