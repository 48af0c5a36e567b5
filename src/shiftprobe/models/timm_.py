"""timm's classifiers by name, never with weights; timm is an extra."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from torch import nn

from shiftprobe.core.errors import CheckpointError, SpecError, UnknownNameError, out_of_memory
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.models.names import TIMM, no_classifier_of_timm, no_timm
from shiftprobe.spec.arch_options import parted, spelled

if TYPE_CHECKING:
    from timm.models import PretrainedCfg

PREFIX = TIMM
_RESOLVED = {"num_classes", "in_chans"}  # the weights tell them
_OPTIONS = {
    "class_token", "depth", "depths", "dynamic_img_size", "embed_dim", "fc_norm", "global_pool", "img_size",
    "init_values", "mlp_ratio", "no_embed_class", "num_heads", "patch_size", "pos_embed", "pre_norm", "qkv_bias",
    "qk_norm", "reg_tokens", "window_size",
}  # fmt: skip
"""Options of timm's networks that say shapes."""


def check_name(name: str) -> None:
    """Refuse a name that timm does not know; hubs and folders, which timm would open, have no name here.

    Args:
        name: without `timm:`; `resnet18` or, with the weights that are meant, `resnet18.a1_in1k`.

    Raises:
        SpecError: when timm is not installed.
        UnknownNameError: with the name that was probably meant.
    """
    known = _timm().list_models()
    name, _ = parted(name)
    arch, _, tag = name.partition(".")
    if arch not in known:
        raise no_classifier_of_timm(arch, known)
    if tag and name not in (full := _timm().list_pretrained(f"{arch}.*")):
        raise UnknownNameError(
            f"{PREFIX}{arch} has no weights {escape(repr(tag))}{suggest(name, full)} (known: {escape(', '.join(full))})"
        )


def classifier(name: str, *, classes: int, channels: int, size: int) -> nn.Module:
    """A timm classifier with random weights for square images; nothing is downloaded.

    Args:
        name: as timm spells it, with the tag of its weights or without; a tag changes no architecture.
        classes: how many logits it gives.
        channels: 1 or 3.
        size: side of the images in px; networks that are made for one side are made for this one.

    Raises:
        SpecError: when timm is not installed, or the network cannot be built for such images.
        UnknownNameError: when timm has no such classifier.
    """
    check_name(name)
    name, own = parted(name)
    _check_options(name, own)
    published = config(name)
    options = own | ({"img_size": size} if published is not None and published.fixed_input_size else {})
    try:
        made = _timm().create_model(name, pretrained=False, num_classes=classes, in_chans=channels, **options)
    except Exception as error:  # timm's builders assert and raise as they like
        if out_of_memory(error):
            raise
        raise SpecError(f"{PREFIX}{name}: cannot be built for images of {size} px: {escape(error)}") from None
    return cast("nn.Module", made)


def config(name: str) -> "PretrainedCfg | None":
    """What timm says about published weights: their place, input size, mean, std, crop and interpolation."""
    return cast("PretrainedCfg | None", _timm().get_pretrained_cfg(parted(name)[0]))


def arch_of(said: Mapping[str, object]) -> str:
    """The name of the network that a `config.json` of timm describes, with its `model_args` as options.

    Raises:
        CheckpointError: when it names none that may be built.
        ShiftprobeError: when timm is not installed, or knows no such network.
    """
    name, options = said.get("architecture"), said.get("model_args") or {}
    if not isinstance(name, str) or not isinstance(options, dict):
        raise CheckpointError("wanted the name of an architecture and a mapping of model_args, got other things")
    check_name(name)
    own = {key: value for key, value in options.items() if key not in _RESOLVED}
    _check_options(name, own)
    return spelled(PREFIX + name, own)


def _check_options(name: str, options: Mapping[str, object]) -> None:
    """Refuse options that would make timm open files or the network; only shapes are handed on."""
    for key, value in options.items():
        if key not in _OPTIONS or not isinstance(value, str | bool | int | float | list | None):
            raise SpecError(f"{PREFIX}{escape(name)}: the option {escape(key)} is not handed on to timm; leave it out")


def installed() -> bool:
    """Whether timm is there; nothing is imported."""
    return find_spec("timm") is not None


def _timm() -> Any:
    if not installed():
        raise no_timm()
    import timm.models

    return timm.models
