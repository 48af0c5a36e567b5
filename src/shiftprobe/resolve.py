"""The pieces of planning: each answers one question about a spec and its data."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe import data, seeding
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.memory import from_dataset
from shiftprobe.data.split import Split, stratified_order
from shiftprobe.errors import SpecError
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.wrapping import aligned
from shiftprobe.show import show
from shiftprobe.spec import Spec
from shiftprobe.train.arms import ARMS, Case
from shiftprobe.train.arms.base import NEEDS_CLASSES
from shiftprobe.types import Scope

if TYPE_CHECKING:
    from torch import Tensor, nn

LARGE_STEM = 7  # px; a network whose first kernel is this large was trained on images of 64 px and more
LARGE_IMAGE = 64
ENOUGH = 2000  # images that tell size, mean and std
FOUR = 4  # dimensions of a convolution's weight: out, in, height, width


def bundle(name: str, stand_in: Any, base: Path) -> Bundle:
    """Data by name, or a Dataset in memory that stands in for it."""
    if stand_in is None:
        return data.load(name, base)
    return stand_in if isinstance(stand_in, Bundle) else from_dataset(stand_in, name)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the weights of a checkpoint say about the network they belong to."""

    classes: int  # outputs of its head
    channels: int  # inputs of its first convolution; 0 when it has none
    kernel: int  # px of that convolution


def read_checkpoint(state: "Mapping[str, Tensor]", skeleton: "nn.Module") -> Checkpoint:
    """Sizes of a checkpoint's head and first convolution, found by their names in the architecture."""
    shapes = {name: value.shape for name, value in skeleton.state_dict().items()}
    state = aligned(state, shapes)
    there = [state[name].shape for name, shape in shapes.items() if name in state and state[name].ndim == len(shape)]
    stem = next((shape for shape in there if len(shape) == FOUR), None)
    heads = [shape[0] for shape in there if len(shape) in {2, FOUR}]
    return Checkpoint(
        classes=int(heads[-1]) if heads else 0,
        channels=int(stem[1]) if stem else 0,
        kernel=int(stem[3]) if stem else 0,
    )


def preprocess_for(spec: Spec, images: Bundle, index: NDArray[np.int64]) -> Preprocess:
    """The spec's own preprocessing, or one fitted to the images that train the source (the target without them)."""
    said = spec.model.preprocess
    if said == "auto":
        step = -(-len(index) // ENOUGH)  # evenly spread: the index is ordered by class
        return Preprocess.fit([images.images[i] for i in index[::step].tolist()])
    if not len(said.mean) == len(said.std) == said.channels:
        raise SpecError(f"model.preprocess: wanted {said.channels} values in mean and in std, one per channel")
    return Preprocess(**said.model_dump())


def suited(spec: Spec, fitted: Preprocess, checkpoint: Checkpoint) -> Preprocess:
    """A fitted preprocessing brought to the channels and the least size that a checkpoint was made for."""
    if spec.model.preprocess != "auto":
        return fitted
    size = max(fitted.size, LARGE_IMAGE) if checkpoint.kernel >= LARGE_STEM else fitted.size
    channels = checkpoint.channels if checkpoint.channels in {1, 3} else fitted.channels
    mean, std = (spread(values, channels) for values in (fitted.mean, fitted.std))
    return Preprocess(size=size, channels=channels, mean=mean, std=std)


def spread(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    """Per-channel numbers of grey images for three channels, and the mean of three for grey."""
    if len(values) == channels:
        return values
    return (sum(values) / len(values),) * channels


def columns_of(names: tuple[str, ...] | None, classes: tuple[str, ...]) -> tuple[int, ...] | None:
    """Per target class its place among the checkpoint's classes, by name; None unless all are there."""
    if names is None or not set(classes) <= set(names):
        return None
    return tuple(names.index(name) for name in classes)


def arms_for(spec: Spec, case: Case) -> tuple[dict[str, Scope], dict[str, str]]:
    """The arms that apply, with where they live, and the others with the reason."""
    reasons = {arm: ARMS[arm].unavailable(case) for arm in spec.arms}
    applies: dict[str, Scope] = {arm: ARMS[arm].scope for arm in spec.arms if not reasons[arm]}
    return applies, {arm: reason for arm, reason in reasons.items() if reason}


def with_unknown(skipped: Mapping[str, str], names: tuple[str, ...] | None, classes: tuple[str, ...]) -> dict[str, str]:
    """Reasons that also name the classes which the checkpoint does not know."""
    unknown = [name for name in classes if name not in (names or ())]
    what = ", ".join(repr(show(name)) for name in unknown[:3]) + (", ..." if len(unknown) > 3 else "")  # noqa: PLR2004
    known = f"not among its classes: {what}" if names else "nobody said its classes; set source.data or source.classes"
    return {arm: f"{reason} ({known})" if reason == NEEDS_CLASSES else reason for arm, reason in skipped.items()}


def fewer(source: Bundle | None, index: NDArray[np.int64], spec: Spec) -> NDArray[np.int64]:
    """The images that train the source: at most `source.images` of them, balanced over its classes."""
    most = spec.source.images
    if source is None or most is None or most >= len(index):
        return index
    if most < len(source.classes):
        raise SpecError(f"source.images: wanted at least {len(source.classes)}, one of each class, got {most}")
    order = stratified_order(source.labels[index], seeding.generator(spec.data_seed, "source images"))
    return np.sort(index[order[:most]])


def device_for(wanted: str) -> str:
    """The device asked for, or the best there is.

    Raises:
        SpecError: when the one asked for is not there.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name, found in there.items() if found)
    if not there[wanted]:
        found = ", ".join(name for name, is_there in there.items() if is_there)
        raise SpecError(f"train.device: wanted {wanted}, but torch finds only {found}; use --device auto")
    return wanted


def counts(source: Bundle | None, target: Bundle, parts: Split) -> dict[str, Any]:
    """What a reader should know about the data."""
    about: dict[str, Any] = {
        "target": {
            "name": show(target.name),
            "classes": list(target.classes),
            "pool": len(parts.target_train),
            "test": len(parts.target_test),
            "skipped": len(target.skipped),
            "skipped_examples": [f"{show(one.path)}: {show(one.reason)}" for one in target.skipped[:20]],
            "refused": parts.refused,
            "duplicates": parts.duplicates,
            "near_duplicates": parts.near_duplicates,
        },
        "source": None,
    }
    if source is not None:
        about["source"] = {
            "name": show(source.name),
            "classes": list(source.classes),
            "train": len(parts.source_train),
            "test": len(parts.source_test),
            "skipped": len(source.skipped),
        }
    return about


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
