"""Which preprocessing a checkpoint is audited with, and who says so."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.own_preprocess import Normal, PreprocessOrigin, own_preprocess, told_origin
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.sizes import Sizes

SAMPLE = 500  # images that tell the size


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenPreprocess:
    """A preprocessing, where it comes from, and the same in words."""

    preprocess: Preprocess
    origin: PreprocessOrigin
    told: str
    given: tuple[str, ...] = ()  # keys that somebody named


def chosen_preprocess(
    wanted: CheckpointRequest,
    travelling: Preprocess | None,
    arch: str,
    *,
    sizes: Sizes,
    images: Bundle,
    place: Path | None = None,
    normal: Normal | None = None,
    side: int | None = None,
) -> ChosenPreprocess:
    """The preprocessing: what is given by flags goes before what is found.

    Args:
        wanted: what the user says; some keys of a Preprocess.
        travelling: what was published with the weights.
        arch: the architecture.
        sizes: what the weights say.
        images: the labelled data.
        place: the file or folder of the weights; None where they lie nowhere.
        normal: mean and std of images that stand among the weights.
        side: px that the weights were trained on, where they tell.

    Raises:
        SpecError: when the keys that were given do not fit together, or a file beside the weights asks for what we do
            not do.
    """
    given = {key: value for key, value in wanted.preprocess.items() if value is not None}
    whole = given.keys() >= {"mean", "std", "size"}
    found, origin = own_preprocess(
        place,
        travelling,
        arch,
        sizes=sizes,
        images=images,
        index=_sample(images),
        ask_files=not whole,
        normal=normal,
        side=side,
    )
    source = _told(origin, arch, found)
    if not wanted.preprocess:
        return ChosenPreprocess(preprocess=found, origin=origin, told=source)
    keys = {**found.to_dict(), **given}
    if "size" in given and "resize" not in given:
        keys.pop("resize", None)
    keys |= {key: _each(keys[key], keys["channels"]) for key in ("mean", "std")}
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


def _told(origin: PreprocessOrigin, arch: str, found: Preprocess) -> str:
    """Where a preprocessing comes from, and the flags that go before a guess."""
    crop = ", --resize" if origin == "usual" else ""
    return told_origin(origin, arch, found, f"--mean, --std{crop} and --size say")


def _sample(images: Bundle) -> range:
    return range(0, len(images), -(-len(images) // SAMPLE))
