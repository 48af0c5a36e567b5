"""Where features are read, in depth order, and how a map of features becomes one vector per image."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.types import PENULTIMATE

MIN_TAPS, MAX_TAPS = 4, 12  # besides the penultimate: with fewer containers are opened, more are thinned
_SILENT = (
    nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout, nn.Flatten,
    nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d,
)  # fmt: skip
"""Modules that change nothing once positions are averaged, or hide the positions."""
_SILENT_OF_TIMM = {"SelectAdaptivePool2d", "FastAdaptiveAvgPool2d"}

_Place = tuple[str, nn.Module]


def tap_names(model: nn.Module, head: str) -> tuple[str, ...]:
    """Module paths in depth order, at most 12, and the penultimate tap.

    A convolution or block is read after the normalisation, activation and pooling that follow it. Containers
    are opened while fewer than four places are found. Order is that of registration; a model whose forward pass
    goes another way names its own places in an attribute `taps`, a tuple of module paths.

    Args:
        model: any classifier.
        head: path of its head; nothing after it is read.

    Raises:
        SpecError: when the model's own `taps` name a module it does not have.
    """
    own = getattr(model, "taps", None)
    if own is not None:
        known = dict(model.named_modules())
        for name in own:
            if name not in known:
                raise SpecError(f"{type(model).__name__}.taps: no module {escape(repr(name))}; see named_modules()")
        return (*own, PENULTIMATE)
    places = _before(head, _children("", model))
    while len(_steps(places)) < MIN_TAPS:
        largest = max((p for p in places if _opens(p[1], model)), key=lambda p: _weights(p[1]), default=None)
        if largest is None:
            break
        places = _opened(places, largest)
    return (*_thinned(_steps(places)), PENULTIMATE)


def first_tensor(output: object) -> object:
    """What a module gives, without what some modules of transformers hand on beside it in a tuple or mapping."""
    parts = tuple(output.values()) if isinstance(output, Mapping) else output
    return parts[0] if isinstance(parts, tuple | list) and parts and isinstance(parts[0], Tensor) else output


def average(output: Tensor, module: nn.Module) -> Tensor:
    """One vector per image, (N, D) float32: the mean over positions.

    (N, D) stays. (N, T, D) are tokens. (N, C, H, W) or (N, H, W, C) is told by the two equal sides, as our
    images are square; with three equal ones, channels come last where the module has linear layers alone.

    Raises:
        SpecError: for any other number of dimensions.
    """
    values = output.detach().float()
    if values.ndim == 2:  # noqa: PLR2004 - (N, D)
        return values.clone()
    if values.ndim == 3:  # noqa: PLR2004 - (N, T, D)
        return values.mean(dim=1)
    if values.ndim == 4:  # noqa: PLR2004 - a map
        return values.mean(dim=(1, 2) if channels_last(values.shape, module) else (2, 3))
    raise SpecError(f"a tap gave {tuple(values.shape)}; wanted 2, 3 or 4 dimensions: name other modules in `taps`")


def channels_last(shape: torch.Size, module: nn.Module) -> bool:
    """Whether the output of a module, of four dimensions, has its channels last."""
    _, first, middle, last = shape
    if first == middle == last:
        return not any(isinstance(part, nn.Conv2d | nn.BatchNorm2d) for part in module.modules()) and any(
            isinstance(part, nn.Linear) for part in module.modules()
        )
    return first == middle


def _children(path: str, module: nn.Module) -> list[_Place]:
    """Its children; a list or dict of modules, which is never called itself, gives way to its members."""
    prefix, found = f"{path}." if path else "", []
    for name, child in module.named_children():
        never_called = type(child).forward is nn.Module.forward
        found += _children(prefix + name, child) if never_called else [(prefix + name, child)]
    return found


def _opened(places: list[_Place], target: _Place) -> list[_Place]:
    """The same places, with one of them replaced by its children."""
    at = places.index(target)
    return [*places[:at], *_children(*target), *places[at + 1 :]]


def _before(head: str, places: list[_Place]) -> list[_Place]:
    """Places up to the head; what contains the head is opened."""
    for place in places:
        if head.startswith(f"{place[0]}."):
            return _before(head, _opened(places, place))
    paths = [path for path, _ in places]
    return places[: paths.index(head)] if head in paths else places


def _weights(module: nn.Module) -> int:
    """How many weight tensors of convolutions and linear layers it holds; biases and scales do not count."""
    return sum(parameter.ndim > 1 for parameter in module.parameters())


def _opens(module: nn.Module, model: nn.Module) -> bool:
    """Whether its children may stand for it: a sequence, or what is nearly the whole model."""
    if isinstance(module, nn.Sequential):
        return _weights(module) > 0
    return any(True for _ in module.children()) and _weights(module) > 0.75 * _weights(model)


def _steps(places: list[_Place]) -> list[str]:
    """One path per weighted module: the last of those that follow it without weights of their own."""
    found: list[str] = []
    for path, module in places:
        if _weights(module):
            found.append(path)
        elif found and not isinstance(module, _SILENT) and type(module).__name__ not in _SILENT_OF_TIMM:
            found[-1] = path
    return found


def _thinned(names: list[str]) -> list[str]:
    """At most MAX_TAPS of them, evenly, the first and the last among them."""
    if len(names) <= MAX_TAPS:
        return names
    return [names[round(i * (len(names) - 1) / (MAX_TAPS - 1))] for i in range(MAX_TAPS)]
