"""How the images of a checkpoint are prepared where nobody says: as published, as its run did, or as is usual."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from shiftprobe.core.checksums import check_file
from shiftprobe.core.errors import RunError, SpecError
from shiftprobe.core.readers import VIEWERS, OwnReader, reader_named
from shiftprobe.core.reading import is_there, read_json
from shiftprobe.core.rows import Subset
from shiftprobe.data.bundle import Bundle
from shiftprobe.models import transformers_
from shiftprobe.models.alternatives import CROP, IMAGENET_MEAN, IMAGENET_STD
from shiftprobe.models.folder import CONFIG, PROCESSOR, is_folder
from shiftprobe.models.names import LIBRARIES, ONNX
from shiftprobe.models.preprocess import Preprocess, spread
from shiftprobe.models.published import preprocess_of
from shiftprobe.models.said_preprocess import beside
from shiftprobe.models.sizes import Sizes
from shiftprobe.spec.loading import there
from shiftprobe.spec.model import AUTO

PreprocessOrigin: TypeAlias = Literal[
    "given", "published with the weights", "said by the processor", "said by timm", "published for the architecture",
    "of the run", "of its input", "usual", "usual, own size", "fitted", "in the file, size usual",
]  # fmt: skip
"""Where a preprocessing comes from; the last four are guesses."""

Normal: TypeAlias = tuple[tuple[float, ...], tuple[float, ...]]
"""Mean and std of images, per channel, as fractions of full scale."""

GUESSED: frozenset[PreprocessOrigin] = frozenset({"usual", "usual, own size", "fitted", "in the file, size usual"})
"""What nobody said."""

ENLARGED_FROM = 96  # px; images below it are looked at as they are, not enlarged to what was published
_USUAL = Preprocess(size=224, channels=3, mean=IMAGENET_MEAN, std=IMAGENET_STD, resize=256)  # of torchvision's


def own_preprocess(
    path: Path | None,
    travelling: Preprocess | None,
    arch: str,
    *,
    sizes: Sizes,
    images: Bundle,
    index: Sequence[int],
    ask_files: bool = True,
    normal: Normal | None = None,
    side: int | None = None,
) -> tuple[Preprocess, PreprocessOrigin]:
    """The preprocessing that belongs to weights, and where it comes from.

    What was not published with the weights themselves is brought to the side that they tell.

    Args:
        path: their file or folder, which may lie in a run folder of ours; None where they lie nowhere.
        travelling: what was published with them.
        arch: the architecture.
        sizes: what the weights say.
        images: that the network will meet.
        index: which of them tell what nobody says; they are read only then.
        ask_files: whether files of other libraries beside the weights are asked.
        normal: mean and std of images that stand among the weights.
        side: px that the weights were trained on, where they tell.

    Raises:
        SpecError: when a file beside the weights asks for what we do not do.
    """
    if (known := _known(path, travelling, sizes.channels, ask_files=ask_files)) is not None:
        return known
    found, origin = _found(arch, sizes, images, index)
    if normal is not None:
        mean, std = (spread(values, found.channels) for values in normal)
        found, origin = replace(found, mean=mean, std=std), "in the file, size usual"
    if side is None or side == found.size:
        return found, origin
    resize = None if found.resize is None else round(found.resize * side / found.size)  # the same share of the image
    return replace(found, size=side, resize=resize), origin


def _found(arch: str, sizes: Sizes, images: Bundle, index: Sequence[int]) -> tuple[Preprocess, PreprocessOrigin]:
    """What an architecture was published with, what is usual, what its input takes, or what the images say."""
    if (of_arch := preprocess_of(arch)) is not None and sizes.channels == of_arch.channels:
        return of_arch, "published for the architecture"
    found, origin = _unsaid(arch, sizes, images, index)
    if sizes.scale is None:
        return found, origin
    at, by = sizes.scale
    return replace(found, mean=(at,) * found.channels, std=(by,) * found.channels), "of its input"


def _unsaid(arch: str, sizes: Sizes, images: Bundle, index: Sequence[int]) -> tuple[Preprocess, PreprocessOrigin]:
    """What is usual, or fitted to the images."""
    if (side := transformers_.side_of(arch)) is not None and sizes.channels == len(IMAGENET_MEAN):
        return _usual_at(side), "usual"
    if arch.startswith((*LIBRARIES, ONNX)) and sizes.channels == len(IMAGENET_MEAN):
        if sizes.side is not None:
            return _usual(sizes.side, sizes.side)
        return _usual(int(np.median(images.shorter_sides[list(index)])))
    fitted = Preprocess.fit(Subset(images.images, index), sizes.side, shapes=[images.shapes[i] for i in index])
    channels = sizes.channels or fitted.channels
    mean, std = (spread(values, channels) for values in (fitted.mean, fitted.std))
    return Preprocess(size=fitted.size, channels=channels, mean=mean, std=std), "fitted"


def _geometry(found: Preprocess) -> str:
    return f"{found.size} px" if found.resize is None else f"{found.resize} px, centre crop of {found.size}"


def _scale(found: Preprocess) -> str:
    return "fractions 0 to 1" if found.std[0] == 1 else "grey levels 0 to 255"


def own_reader(said: str | None, path: Path) -> OwnReader:
    """Who reads the pictures that a checkpoint meets: as somebody says; as its run did; else as viewers do.

    Args:
        said: a reader's name; None or `auto` is found out.
        path: of the weights.

    Raises:
        SpecError: when no reader goes by that name.
    """
    if said is not None and said != AUTO:
        return OwnReader(name=reader_named(said), said=True)
    of_run = _of_run(path)
    return VIEWERS if of_run is None else OwnReader(name=of_run.reader, said=True)


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
        "said by the processor": f"what {PROCESSOR} beside the weights says, with the pixels that Pillow makes",
        "said by timm": f"what {CONFIG} beside the weights says",
        "of the run": "that of the run the checkpoint lies in",
        "published for the architecture": f"what {arch} was published with, at {found.size} px",
        "usual": f"ImageNet's usual one ({found.resize} px, centre crop of {found.size}); {says} another",
        "usual, own size": f"ImageNet's mean and std, no crop, at {found.size} px; {says} another",
        "fitted": f"fitted to the data (mean and std of its images, {found.size} px); {says} another",
        "in the file, size usual": f"the mean and std that stand in the file, at {found.size} px; {says} another",
        "of its input": f"what its input takes ({_geometry(found)}, {_scale(found)})",
        "given": "given",
    }
    return words[origin]


def _known(
    path: Path | None, travelling: Preprocess | None, channels: int, *, ask_files: bool
) -> tuple[Preprocess, PreprocessOrigin] | None:
    """What was published with the weights, or is said where they lie."""
    if travelling is not None:
        return travelling, "published with the weights"
    if path is None:
        return None
    if ask_files and (said := beside(path if path.is_dir() else path.parent, channels)) is not None:
        return said.preprocess, "said by the processor" if said.by == PROCESSOR else "said by timm"
    of_run = _of_run(path)
    return None if of_run is None else (of_run, "of the run")


def _usual(side: int, wanted: int | None = None) -> tuple[Preprocess, PreprocessOrigin]:
    """ImageNet's numbers; small images keep their size, and a network that says its side gets it."""
    if side < ENLARGED_FROM:
        return replace(_USUAL, size=side, resize=None), "usual, own size"
    return _USUAL if wanted is None else _usual_at(wanted), "usual"


def _usual_at(side: int) -> Preprocess:
    """ImageNet's numbers for a network of a side of its own, which sees the usual share of the image."""
    return replace(_USUAL, size=side, resize=round(side / CROP))


def _of_run(path: Path) -> Preprocess | None:
    """What a run of ours prepared images with, where the file lies in its folder."""
    place = path.resolve()
    for folder in (place, *place.parents[:4]) if there(path) or is_folder(path) else ():
        about: Any = folder / "about.json"
        if is_there(about) and is_there(folder / "spec.json"):
            check_file(about)
            try:
                return Preprocess.from_dict(read_json(about)["preprocess"])
            except (OSError, ValueError, KeyError, TypeError, SpecError, RunError):
                return None
    return None
