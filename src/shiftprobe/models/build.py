"""A network by name, with weights drawn from a seed and from nothing else."""

import importlib
import inspect
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from shiftprobe.core.errors import ShiftprobeError, SpecError, out_of_memory
from shiftprobe.core.escape import escape
from shiftprobe.core.search_path import come_back
from shiftprobe.models import timm_, torchvision_, transformers_
from shiftprobe.models.lite0 import Lite0
from shiftprobe.models.logits import are_probabilities, give_logits, take_logarithm
from shiftprobe.models.names import DEFAULT, LITE0, check_leave, check_name, runs_code
from shiftprobe.models.small_cnn import SmallCNN
from shiftprobe.models.wider import no_wider
from shiftprobe.spec.arch_options import bare

_OWN: Mapping[str, Callable[..., nn.Module]] = {DEFAULT: SmallCNN, LITE0: Lite0}


def check_arch(arch: str) -> None:
    """Refuse an unknown name without building anything or importing the user's code.

    Raises:
        UnknownNameError: when no architecture goes by that name.
        SpecError: when it is one of timm's, and timm is not installed.
    """
    check_name(arch)
    if arch.startswith(torchvision_.PREFIX):
        torchvision_.parsed(arch.removeprefix(torchvision_.PREFIX))
    elif arch.startswith(timm_.PREFIX):
        timm_.check_name(arch.removeprefix(timm_.PREFIX))
    elif arch.startswith(transformers_.PREFIX):
        transformers_.check_name(arch.removeprefix(transformers_.PREFIX))


def build(
    arch: str, *, classes: int, channels: int, size: int, seed: int, allow_code: bool = False, width: int = 1
) -> nn.Module:
    """A network on the CPU, in training mode, float32; the process-wide random streams stay as they were.

    Args:
        arch: `small_cnn`, `lite0`, `torchvision:NAME`, `torchvision:NAME@WEIGHTS` (the network that those weights
            were published for), `timm:NAME` and `transformers:TYPE`, both with options as JSON behind them, or
            `module.path:factory`, a function of your own that is called with `num_classes` and gives a network; the
            seed reaches those of its draws that torch makes.
        classes: how many logits it must give.
        channels: 1 (grey) or 3 (RGB).
        size: side of the square images in px.
        seed: of the weights.
        allow_code: whether `module.path:factory` may run.
        width: how many times the width of what goes by that name; see `models.wider`.

    Raises:
        UnknownNameError: when no architecture goes by that name.
        SpecError: when no wider network of that name is known, when timm is wanted and not installed, when code would
            run without leave, or what was built does not turn (1, channels, size, size) into (1, classes).
    """
    check_arch(arch)
    if channels not in (1, 3):
        raise SpecError(f"{escape(arch)}: wanted 1 or 3 channels, got {channels}")
    if classes < 1:
        raise SpecError(f"{escape(arch)}: wanted at least one class, got {classes}")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        if width > 1:
            model = _make_wider(arch, classes, (channels, size), width=width, allow_code=allow_code).float()
        else:
            model = _make(arch, classes, channels, size, allow_code=allow_code).float()
        _try_out(arch, model, (1, channels, size, size), classes)
    return model.train()


def _make(arch: str, classes: int, channels: int, size: int, *, allow_code: bool) -> nn.Module:
    if arch in _OWN:
        return _OWN[arch](classes=classes, channels=channels)
    if runs_code(arch):
        return _from_code(arch, classes, allow_code=allow_code)
    if arch.startswith(timm_.PREFIX):
        return timm_.classifier(arch.removeprefix(timm_.PREFIX), classes=classes, channels=channels, size=size)
    if arch.startswith(transformers_.PREFIX):
        return transformers_.classifier(arch.removeprefix(transformers_.PREFIX), classes=classes, channels=channels)
    name = arch.removeprefix(torchvision_.PREFIX)
    try:
        return torchvision_.classifier(name, classes=classes, channels=channels, size=size)
    except (ValueError, RuntimeError) as error:
        if out_of_memory(error):
            raise
        raise SpecError(f"{arch}: cannot be built for images of {size} px: {escape(error)}") from None


def _make_wider(arch: str, classes: int, images: tuple[int, int], *, width: int, allow_code: bool) -> nn.Module:
    channels, size = images
    if arch == DEFAULT:
        return SmallCNN(classes=classes, channels=channels, width=width)
    if runs_code(arch):
        return _from_code(arch, classes, allow_code=allow_code, width=width)
    if not arch.startswith(torchvision_.PREFIX):
        raise no_wider(arch)
    name = arch.removeprefix(torchvision_.PREFIX)
    return torchvision_.classifier(name, classes=classes, channels=channels, size=size, width=width)


def _from_code(arch: str, classes: int, *, allow_code: bool, width: int = 1) -> nn.Module:
    """Import and call the user's factory; one that takes a `width` can make a wider network."""
    check_leave(arch, allow_code=allow_code)
    come_back()
    place, name = arch.split(":")
    try:
        factory = getattr(importlib.import_module(place), name)
        _check_width(arch, factory, width)
        model = factory(num_classes=classes, **({"width": width} if width > 1 else {}))
    except ShiftprobeError:
        raise
    except Exception as error:
        if out_of_memory(error):
            raise
        raise SpecError(
            f"{escape(arch)}: wanted a network from {name}(num_classes={classes}), "
            f"got {type(error).__name__}: {escape(error)}; is its folder on PYTHONPATH?"
        ) from None
    if not isinstance(model, nn.Module):
        raise SpecError(f"{arch}: wanted a torch.nn.Module from {name}(), got {type(model).__name__}")
    return give_logits(model)


def _check_width(arch: str, factory: Callable[..., object], width: int) -> None:
    if width > 1 and "width" not in inspect.signature(factory).parameters:
        raise no_wider(arch)


def _try_out(arch: str, model: nn.Module, shape: tuple[int, ...], classes: int) -> None:
    """One dry pass of zeros, so that a misfit is met here and not an hour later."""
    wanted = f"{escape(bare(arch))}: wanted logits (1, {classes}) from images {shape}"
    try:
        with torch.no_grad():
            logits = model.eval()(torch.zeros(shape))
    except Exception as error:
        if out_of_memory(error):
            raise
        raise SpecError(f"{wanted}, got {type(error).__name__}: {escape(error)}; try another size") from None
    got = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
    if got != (1, classes):
        raise SpecError(f"{wanted}, got {got}")
    if runs_code(arch) and are_probabilities(logits):
        take_logarithm(model)
