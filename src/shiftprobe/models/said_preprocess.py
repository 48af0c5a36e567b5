"""How images are prepared as a file beside the weights says it: the processor's of transformers, or timm's.

Pixels are those that Pillow makes, as the processors of transformers did that came first. Today's ("fast") resize
tensors: on photographs they differ by at most 2 of 255 grey levels, in under 1 % of the values (the test of this file).
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast

from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.models.alternatives import CROP, IMAGENET_MEAN, IMAGENET_STD
from shiftprobe.models.folder import CONFIG, PROCESSOR, read_object
from shiftprobe.models.preprocess import Crop, Interpolation, Preprocess, spread

SAY = "say it with --mean, --std and --size, and --resize for a crop (model.preprocess in a spec)"
_FULL = 255.0
_WARPED_FROM = 384  # px from which ConvNeXt's processor stretches and crops nothing
_LEVITS = 256 / 224  # of the side that LeViT's processor is told
_SUFFIX = re.compile(r"(ImageProcessor(Fast|Pil)?|FeatureExtractor)$")
_RESAMPLE: Mapping[object, Interpolation] = {0: "nearest", 2: "bilinear", 3: "bicubic", 4: "area"}
FILTERS: Mapping[object, Interpolation] = {
    "bilinear": "bilinear", "bicubic": "bicubic", "nearest": "nearest", "box": "area",
}  # fmt: skip


_KEYS: Mapping[str, object] = {  # of timm's, as it takes them where they are missing
    "input_size": (3, 224, 224), "crop_pct": CROP, "crop_mode": "center", "mean": IMAGENET_MEAN, "std": IMAGENET_STD,
    "interpolation": "bicubic",
}  # fmt: skip


class _Kind(NamedTuple):
    """What a processor does where its file is silent."""

    square: bool = False  # whether one number is the side of a square, not the shorter side
    crops: bool = False


_KINDS = {
    "ViT": _Kind(square=True),
    "Beit": _Kind(square=True),
    "Pvt": _Kind(square=True),
    "Siglip": _Kind(square=True),
    "DeiT": _Kind(square=True, crops=True),
    "Bit": _Kind(crops=True),
    "CLIP": _Kind(crops=True),
    "Levit": _Kind(crops=True),
    "MobileNetV1": _Kind(crops=True),
    "MobileNetV2": _Kind(crops=True),
    "MobileViT": _Kind(crops=True),
    "ConvNext": _Kind(),
}  # those of image classifiers whose steps are ours: resize, cut out, scale


class SaidPreprocess(NamedTuple):
    """A preprocessing, and the file that says it."""

    preprocess: Preprocess
    by: str


def beside(folder: Path, channels: int) -> SaidPreprocess | None:
    """What the files in a folder of weights say; None where none of them says it.

    Args:
        folder: where the weights lie.
        channels: of the images that the network takes; 0 where nobody knows.

    Raises:
        SpecError: when they ask for what we do not do, saying how else it can be said.
        CheckpointError: when the processor's file cannot be read.
    """
    if (folder / PROCESSOR).is_file():
        said, _ = read_object(folder / PROCESSOR)
        return SaidPreprocess(of_processor(folder / PROCESSOR, said, channels), PROCESSOR)
    try:
        said, _ = read_object(folder / CONFIG)
    except CheckpointError:  # none, or one of another program
        return None
    config = said.get("pretrained_cfg", said if {"architecture", "input_size"} <= said.keys() else None)
    return SaidPreprocess(of_timm(escape(folder / CONFIG), config), CONFIG) if isinstance(config, dict) else None


def of_processor(path: Path, said: Mapping[str, object], channels: int) -> Preprocess:
    """What `preprocessor_config.json` says.

    Args:
        path: of the file, for messages.
        said: its content.
        channels: of the images that the network takes; 0 where nobody knows.

    Raises:
        SpecError: as `beside` does.
    """
    with _told(escape(path)):
        return _of_processor(said, channels)


def of_timm(name: str, said: Mapping[str, object], *, test: bool = True) -> Preprocess:
    """What a `pretrained_cfg` of timm says.

    Args:
        name: of the network or the file, for messages.
        said: its keys; what is missing is as timm takes it.
        test: whether side and crop are those that it was published to be judged with, where they are others.

    Raises:
        SpecError: as `beside` does.
    """
    with _told(name):
        return _of_timm({key: _asked(said, key, test=test) for key in _KEYS})


class _OtherError(Exception):
    """What we do not do, in words."""


@contextmanager
def _told(name: str) -> Iterator[None]:
    """What a file asks for and we do not do, with what to say in its place."""
    try:
        yield
    except _OtherError as error:
        raise SpecError(f"{name}: asks for {error}; {SAY}") from None
    except SpecError as error:
        raise SpecError(f"{name}: {error}; {SAY}") from None


def _of_processor(said: Mapping[str, object], channels: int) -> Preprocess:
    name = said.get("image_processor_type", said.get("feature_extractor_type", "ViTImageProcessor"))
    kind = _SUFFIX.sub("", str(name))
    if kind not in _KINDS:
        raise _OtherError(f"a processor that we do not know, {escape(name)}")
    if said.get("do_pad") or not _on(said, "do_resize"):
        raise _OtherError("images of their own size, or with a frame")
    mean, std = _levels(said, channels)
    size, resize, crop = _sides(kind, said)
    filter_ = _known(_RESAMPLE, said.get("resample", 2), "resample")
    turned = bool(said.get("do_flip_channel_order", kind == "MobileViT")) and len(mean) > 1
    return Preprocess(size, len(mean), mean, std, resize, filter_, "BGR" if turned else "RGB", crop)


def _of_timm(said: Mapping[str, object]) -> Preprocess:
    channels, height, width = _numbers(said["input_size"], "input_size", 3)
    share, square = _number(said["crop_pct"], "crop_pct"), said["crop_mode"] == "squash"
    if height != width:
        raise _OtherError(f"{height} x {width} px, not square images")
    if share > 1 or said["crop_mode"] not in {"center", "squash"}:
        raise _OtherError("a frame around its images, which we do not have")
    mean, std = (_numbers(said[key], key, int(channels)) for key in ("mean", "std"))
    size, resize = int(height), math.floor(height / share)
    whole = None if square and resize == size else resize
    filter_ = _known(FILTERS, said["interpolation"], "interpolation")
    return Preprocess(size, int(channels), mean, std, whole, filter_, crop="square" if square and whole else "round")


def _asked(said: Mapping[str, object], key: str, *, test: bool) -> object:
    """A key of timm's, as it is for judging where that is another."""
    own = said.get(f"test_{key}") if test else None
    value = said.get(key) if own is None else own
    return _KEYS[key] if value is None else value


def _levels(said: Mapping[str, object], channels: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and std as fractions of full scale, whatever the processor multiplies levels with."""
    scale = (
        _FULL * _number(said.get("rescale_factor", 1 / _FULL), "rescale_factor") if _on(said, "do_rescale") else _FULL
    )
    if math.isclose(scale, 1.0, rel_tol=1e-6):
        scale = 1.0
    if not _on(said, "do_normalize"):
        return (0.0,) * (channels or 3), (1 / scale,) * (channels or 3)
    mean, std = (_each(said.get(key), key, channels or 3) for key in ("image_mean", "image_std"))
    return tuple(value / scale for value in mean), tuple(value / scale for value in std)


def _on(said: Mapping[str, object], key: str) -> bool:
    """Whether a step is taken; one that is silent is, and one that is null is not."""
    return bool(said.get(key, True))


def _sides(kind: str, said: Mapping[str, object]) -> tuple[int, int | None, Crop]:
    """Side, side before the crop, and how it is cut out."""
    side, square = _side(said.get("size"), "size", square=_KINDS[kind].square)
    if kind == "ConvNext":
        share = _number(said.get("crop_pct", CROP), "crop_pct")
        if square or not 0 < share <= 1:
            raise _OtherError("another size than a shorter side, or a crop_pct above 1")
        return (side, int(side / share), "floor") if side < _WARPED_FROM else (side, None, "floor")
    if not bool(said.get("do_center_crop", _KINDS[kind].crops)):
        if not square:
            raise _OtherError("images that keep their shape, not square ones")
        return side, None, "round"
    crop, _ = _side(said.get("crop_size", side), "crop_size", square=True)
    whole = int(_LEVITS * side) if kind == "Levit" and not square else side
    if square:
        return (crop, None, "round") if crop == whole else (crop, whole, "square_floor")
    return crop, whole, "floor"


def _side(value: object, key: str, *, square: bool) -> tuple[int, bool]:
    """A side in px, and whether it is that of a square."""
    if isinstance(value, dict):
        if set(value) == {"shortest_edge"}:
            return int(_number(value["shortest_edge"], key)), False
        if set(value) == {"height", "width"} and value["height"] == value["width"]:
            return int(_number(value["height"], key)), True
        raise _OtherError(f"{key} {escape(value)}, not square images")
    return int(_number(value, key)), square


def _number(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**16:
        raise _OtherError(f"{key} {escape(value)}, not a number above 0")
    return float(value)


def _numbers(value: object, key: str, count: int) -> tuple[float, ...]:
    values = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()
    plain = all(isinstance(one, int | float) and math.isfinite(one) for one in values)
    if len(values) != count or not plain:
        raise _OtherError(f"{key} {escape(value)}, not {count} numbers")
    return cast("tuple[float, ...]", values)


def _each(value: object, key: str, channels: int) -> tuple[float, ...]:
    """A number per channel of the network; one stands for all, and three of grey images for their mean."""
    values = [value] if isinstance(value, int | float) else value
    count = len(values) if isinstance(values, list) else 0
    return spread(_numbers(values, key, count or 3), channels)


def _known(names: Mapping[object, Interpolation], value: object, key: str) -> Interpolation:
    if isinstance(value, int | str) and not isinstance(value, bool) and value in names:
        return names[value]
    raise _OtherError(f"{key} {escape(value)}, which we do not have")
