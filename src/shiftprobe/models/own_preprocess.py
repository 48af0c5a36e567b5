"""How the images of a checkpoint are prepared where nobody says: as published, as its run did, or as is usual."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from shiftprobe.core.checksums import check_file
from shiftprobe.core.errors import RunError, SpecError
from shiftprobe.core.reading import is_there, read_json
from shiftprobe.core.rows import Subset
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.alternatives import IMAGENET_MEAN, IMAGENET_STD
from shiftprobe.models.preprocess import Preprocess, spread
from shiftprobe.models.published import preprocess_of
from shiftprobe.models.sizes import Sizes
from shiftprobe.spec.loading import there

PreprocessOrigin: TypeAlias = Literal[
    "given", "published with the weights", "published for the architecture", "of the run", "usual", "usual, own size",
    "fitted",
]  # fmt: skip
"""Where a preprocessing comes from; the last three are guesses."""

GUESSED: frozenset[PreprocessOrigin] = frozenset({"usual", "usual, own size", "fitted"})
"""What nobody said."""

ENLARGED_FROM = 96  # px; images below it are looked at as they are, not enlarged to what was published
SIDE, SHORTER = 224, 256  # px of torchvision's classifiers: the crop, and the shorter side before it


def own_preprocess(
    path: Path,
    travelling: Preprocess | None,
    arch: str,
    *,
    sizes: Sizes,
    images: Bundle,
    index: Sequence[int],
    side: int | None = None,
) -> tuple[Preprocess, PreprocessOrigin]:
    """The preprocessing that belongs to weights, and where it comes from.

    What was not published with the weights themselves is brought to the side that they tell.

    Args:
        path: their file, which may lie in a run folder of ours.
        travelling: what was published with them.
        arch: the architecture.
        sizes: what the weights say.
        images: that the network will meet.
        index: which of them tell what nobody says; they are read only then.
        side: px that the weights were trained on, where they tell.
    """
    if travelling is not None:
        return travelling, "published with the weights"
    of_run = _of_run(path)
    if of_run is not None:
        return of_run, "of the run"
    found, origin = _found(arch, sizes, images, index)
    if side is None or side == found.size:
        return found, origin
    resize = None if found.resize is None else round(found.resize * side / found.size)  # the same share of the image
    return replace(found, size=side, resize=resize), origin


def _found(arch: str, sizes: Sizes, images: Bundle, index: Sequence[int]) -> tuple[Preprocess, PreprocessOrigin]:
    """What an architecture was published with, what is usual, or what the images say."""
    if (of_arch := preprocess_of(arch)) is not None and sizes.channels == of_arch.channels:
        return of_arch, "published for the architecture"
    if arch.startswith(("torchvision:", "timm:")) and sizes.channels == len(IMAGENET_MEAN):
        return _usual(int(np.median(images.shorter_sides[list(index)])))
    fitted = Preprocess.fit(Subset(images.images, index), shapes=[images.shapes[i] for i in index])
    channels = sizes.channels or fitted.channels
    mean, std = (spread(values, channels) for values in (fitted.mean, fitted.std))
    return Preprocess(size=fitted.size, channels=channels, mean=mean, std=std), "fitted"


def told_origin(origin: PreprocessOrigin, arch: str, found: Preprocess, says: str) -> str:
    """Where a preprocessing comes from, in words.

    Args:
        origin: where.
        arch: the architecture.
        found: the preprocessing.
        says: what goes before a guess, with its verb: "--mean and --std say".
    """
    words: dict[PreprocessOrigin, str] = {
        "published with the weights": "what was published with the weights",
        "of the run": "that of the run the checkpoint lies in",
        "published for the architecture": f"what {arch} was published with, at {found.size} px",
        "usual": f"ImageNet's usual one ({found.resize} px, centre crop of {found.size}); {says} another",
        "usual, own size": f"ImageNet's mean and std, no crop, at {found.size} px; {says} another",
        "fitted": f"fitted to the data (mean and std of its images, {found.size} px); {says} another",
        "given": "given",
    }
    return words[origin]


def _usual(side: int) -> tuple[Preprocess, PreprocessOrigin]:
    """ImageNet's numbers; small images keep their size."""
    if side < ENLARGED_FROM:
        return Preprocess(size=side, channels=3, mean=IMAGENET_MEAN, std=IMAGENET_STD), "usual, own size"
    return Preprocess(size=SIDE, channels=3, mean=IMAGENET_MEAN, std=IMAGENET_STD, resize=SHORTER), "usual"


def _of_run(path: Path) -> Preprocess | None:
    """What a run of ours prepared images with, where the file lies in its folder."""
    for folder in path.resolve().parents[:4] if there(path) else ():
        about: Any = folder / "about.json"
        if is_there(about) and is_there(folder / "spec.json"):
            check_file(about)
            try:
                return Preprocess.from_dict(read_json(about)["preprocess"])
            except (OSError, ValueError, KeyError, TypeError, SpecError, RunError):
                return None
    return None
