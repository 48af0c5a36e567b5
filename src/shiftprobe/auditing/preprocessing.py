"""Which preprocessing a checkpoint is audited with, and who says so."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.types import Origin
from shiftprobe.core.checksums import check_file
from shiftprobe.core.errors import RunError, SpecError
from shiftprobe.core.reading import is_there, read_json
from shiftprobe.core.rows import Subset
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.preprocess import Preprocess, spread
from shiftprobe.models.published import preprocess_of
from shiftprobe.models.sizes import Sizes
from shiftprobe.spec.loading import there

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
ENLARGED_FROM = 96  # px; images below it are looked at as they are, not enlarged to what was published
SIDE, SHORTER = 224, 256  # px of torchvision's classifiers: the crop, and the shorter side before it
SAMPLE = 500  # images that tell the size


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenPreprocess:
    """A preprocessing, where it comes from, and the same in words."""

    preprocess: Preprocess
    origin: Origin
    told: str
    given: tuple[str, ...] = ()  # keys that somebody named


def chosen_preprocess(
    wanted: CheckpointRequest, travelling: Preprocess | None, arch: str, *, sizes: Sizes, images: Bundle
) -> ChosenPreprocess:
    """The preprocessing: what is given by flags goes before what is found.

    Args:
        wanted: what the user says; some keys of a Preprocess.
        travelling: what was published with the weights.
        arch: the architecture.
        sizes: what the weights say.
        images: the labelled data.

    Raises:
        SpecError: when the keys that were given do not fit together.
    """
    found, origin = _found(wanted, travelling, arch, sizes=sizes, images=images)
    source = _told(origin, arch, found)
    given = {key: value for key, value in wanted.preprocess.items() if value is not None}
    if not wanted.preprocess:
        return ChosenPreprocess(preprocess=found, origin=origin, told=source)
    keys = {**found.to_dict(), **given}
    if "size" in given and "resize" not in given:
        keys.pop("resize", None)
    keys |= {key: _each(keys[key], keys["channels"]) for key in ("mean", "std")}
    whole = given.keys() >= {"mean", "std", "size"}
    told = f"{', '.join(sorted(given))} as given{'' if whole else f', the rest {source}'}"
    return ChosenPreprocess(
        preprocess=Preprocess.from_dict(keys),
        origin="given" if whole else origin,
        told=told,
        given=tuple(sorted(given)),
    )


def _each(values: Any, channels: Any) -> Any:
    """One number stands for every channel; what is no number is refused later, with its key."""
    one = [values] if isinstance(values, int | float) else values
    return [*one] * channels if isinstance(one, list | tuple) and len(one) == 1 and isinstance(channels, int) else one


def _found(
    wanted: CheckpointRequest, travelling: Preprocess | None, arch: str, *, sizes: Sizes, images: Bundle
) -> tuple[Preprocess, Origin]:
    if travelling is not None:
        return travelling, "published with the weights"
    of_run = _of_run(Path(wanted.checkpoint))
    if of_run is not None:
        return of_run, "of the run"
    if (of_arch := preprocess_of(arch)) is not None and sizes.channels == of_arch.channels:
        return of_arch, "published for the architecture"
    if arch.startswith(("torchvision:", "timm:")) and sizes.channels == len(IMAGENET[0]):
        return _usual(images)
    fitted = Preprocess.fit(Subset(images.images, _sample(images)))
    channels = sizes.channels or fitted.channels
    mean, std = (spread(values, channels) for values in (fitted.mean, fitted.std))
    return Preprocess(size=fitted.size, channels=channels, mean=mean, std=std), "fitted"


def _usual(images: Bundle) -> tuple[Preprocess, Origin]:
    """ImageNet's numbers; small images keep their size."""
    side = int(np.median([min(images.images[i].shape[:2]) for i in _sample(images)]))
    mean, std = IMAGENET
    if side < ENLARGED_FROM:
        return Preprocess(size=side, channels=len(mean), mean=mean, std=std), "usual, own size"
    return Preprocess(size=SIDE, channels=len(mean), mean=mean, std=std, resize=SHORTER), "usual"


def _told(origin: Origin, arch: str, found: Preprocess) -> str:
    """Where a preprocessing comes from, and the flags that go before a guess."""
    words: dict[Origin, str] = {
        "published with the weights": "what was published with the weights",
        "of the run": "that of the run the checkpoint lies in",
        "published for the architecture": f"what {arch} was published with",
        "usual": f"ImageNet's usual one ({SHORTER} px, centre crop of {SIDE}); --mean, --std, --resize and --size say "
        "another",
        "usual, own size": f"ImageNet's mean and std at the images' own {found.size} px; --mean, --std and --size say "
        "another",
        "fitted": "fitted to the data (mean and std of its images, their own size); --mean, --std and --size say "
        "another",
        "given": "given",
    }
    return words[origin]


def _sample(images: Bundle) -> list[int]:
    return list(range(0, len(images), -(-len(images) // SAMPLE)))


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
