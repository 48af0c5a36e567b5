"""Which preprocessing a checkpoint is looked at with, and who says so."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shiftprobe.core.errors import SpecError
from shiftprobe.core.files import read_json
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.preprocess import Preprocess, spread
from shiftprobe.models.published import preprocess_of
from shiftprobe.models.sizes import Sizes
from shiftprobe.spec.loading import there

if TYPE_CHECKING:
    from shiftprobe.auditing.subject import Wanted

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
SMALL = 96  # px; images below it are looked at as they are, not enlarged to what was published
SIDE, SHORTER = 224, 256  # px of torchvision's classifiers: the crop, and the shorter side before it
SAMPLE = 500  # images that tell the size


def chosen_preprocess(
    wanted: "Wanted", travelling: Preprocess | None, arch: str, shape: "tuple[Sizes, Bundle]"
) -> tuple[Preprocess, str]:
    """The preprocessing, and where it comes from in words: what is given by flags goes before what is found.

    Args:
        wanted: what the user says; some keys of a Preprocess.
        travelling: what was published with the weights.
        arch: the architecture.
        shape: what the weights say, and the labelled data.

    Raises:
        SpecError: when the keys that were given do not fit together.
    """
    found, source = _found(wanted, travelling, arch, shape)
    if not wanted.preprocess:
        return found, source
    given = {key: value for key, value in wanted.preprocess.items() if value is not None}
    keys = {**found.to_dict(), **given}
    if "size" in given and "resize" not in given:
        keys.pop("resize", None)
    keys |= {key: _each(keys[key], keys["channels"]) for key in ("mean", "std")}
    said = ", ".join(sorted(given))
    rest = "" if {"mean", "std", "size"} <= given.keys() else f", the rest {source}"
    return Preprocess.from_dict(keys), f"{said} as given{rest}"


def _each(values: Any, channels: Any) -> Any:
    """One number stands for every channel; what is no number is refused later, with its key."""
    one = [values] if isinstance(values, int | float) else values
    return [*one] * channels if isinstance(one, list | tuple) and len(one) == 1 and isinstance(channels, int) else one


def _found(
    wanted: "Wanted", travelling: Preprocess | None, arch: str, shape: "tuple[Sizes, Bundle]"
) -> tuple[Preprocess, str]:
    checkpoint, images = shape
    if travelling is not None:
        return travelling, "what was published with the weights"
    of_run = _of_run(Path(wanted.checkpoint))
    if of_run is not None:
        return of_run, "that of the run the checkpoint lies in"
    if (of_arch := preprocess_of(arch)) is not None and checkpoint.channels == of_arch.channels:
        return of_arch, f"what {arch} was published with"
    if arch.startswith(("torchvision:", "timm:")) and checkpoint.channels == len(IMAGENET[0]):
        return _usual(images)
    fitted = Preprocess.fit([images.images[i] for i in _sample(images)])
    channels = checkpoint.channels or fitted.channels
    mean, std = (spread(values, channels) for values in (fitted.mean, fitted.std))
    said = "fitted to the data (mean and std of its images, their own size); --mean, --std and --size say another"
    return Preprocess(size=fitted.size, channels=channels, mean=mean, std=std), said


def _usual(images: Bundle) -> tuple[Preprocess, str]:
    """ImageNet's numbers; small images keep their size."""
    side = int(np.median([min(images.images[i].shape[:2]) for i in _sample(images)]))
    mean, std = IMAGENET
    if side < SMALL:
        own = Preprocess(size=side, channels=len(mean), mean=mean, std=std)
        return own, f"ImageNet's mean and std at the images' own {side} px; --mean, --std and --size say another"
    said = f"ImageNet's usual one ({SHORTER} px, centre crop of {SIDE}); --mean, --std, --resize and --size say another"
    return Preprocess(size=SIDE, channels=len(mean), mean=mean, std=std, resize=SHORTER), said


def _sample(images: Bundle) -> list[int]:
    return list(range(0, len(images), -(-len(images) // SAMPLE)))


def _of_run(path: Path) -> Preprocess | None:
    """What a run of ours prepared images with, where the file lies in its folder."""
    for folder in path.resolve().parents[:4] if there(path) else ():
        about: Any = folder / "about.json"
        if about.is_file() and (folder / "spec.json").is_file():
            try:
                return Preprocess.from_dict(read_json(about)["preprocess"])
            except (OSError, ValueError, KeyError, TypeError, SpecError):
                return None
    return None
