"""The deepest place in a network that still has positions: a convolution's map, or the tokens of a transformer."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import isqrt
from typing import Any

import torch
from torch import Tensor, nn

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.models.taps import channels_last

_MAP, _TOKENS = 4, 3  # dimensions


def last_map(model: nn.Module, given: Tensor, taps: Sequence[str]) -> str:
    """The deepest of some taps whose output is a map of several positions; where tokens follow, the deepest of those.

    Of tokens, and of maps whose channels come last, taps, normalisations and blocks that hold one are asked: it is the
    deepest whose positions still move the answer. A head that reads a class token is given nothing of the others: there
    it is the normalisation before the last attention, whose keys and values they are. One that reads a mean has all.

    Args:
        model: a classifier in evaluation mode.
        given: one image as the model is given it, (1, C, S, S).
        taps: module paths in depth order.

    Raises:
        NotAvailableError: when nothing in it has positions.
    """
    found: list[str] = []

    def keep(tap: str, out: Tensor) -> None:
        if out.ndim == _MAP and out.shape[2] == out.shape[3] > 1:
            found.append(tap)
        elif out.ndim == _TOKENS:
            found.clear()

    modules = dict(model.named_modules())
    read = {tap: modules[tap] for tap in taps if tap in modules}
    with _outputs(read, keep), torch.no_grad():
        model(given)
    if found:
        return found[-1]
    blocks = {path: module for path, module in modules.items() if any(map(_is_norm, (module, *module.children())))}
    return _last_of_tokens(model, given, read | blocks)


def _is_norm(module: nn.Module) -> bool:
    return "norm" in type(module).__name__.lower()


def _last_of_tokens(model: nn.Module, given: Tensor, modules: dict[str, nn.Module]) -> str:
    seen: dict[str, Tensor] = {}

    def keep(path: str, out: Tensor) -> None:
        if len(out) == len(given) and _grid(out, modules[path]) > 1:
            seen[path] = out

    with _outputs(modules, keep), torch.enable_grad():
        answer = model(given.clone().requires_grad_()).max()
        moves = torch.autograd.grad(answer, list(seen.values()), allow_unused=True) if seen else ()
    places = {
        path: as_map(change, modules[path]) for path, change in zip(seen, moves, strict=True) if change is not None
    }
    found = [path for path, change in places.items() if change.any()]
    if not found:
        raise NotAvailableError(
            "Grad-CAM needs a convolution's map or a transformer's tokens, and no layer of this model gives either"
        )
    return found[-1]


def as_map(output: Tensor, module: nn.Module) -> Tensor:
    """A layer's output as a map (N, C, H, W): tokens of no patch, which come first, are left out."""
    if output.ndim == _TOKENS:
        side = isqrt(output.shape[1])
        return output[:, -(side**2) :].transpose(1, 2).reshape(len(output), -1, side, side)
    return output.movedim(3, 1) if channels_last(output.shape, module) else output


def as_it_was(found: Tensor, output: Tensor, module: nn.Module) -> Tensor:
    """A map in place of what `as_map` read from a layer's output."""
    if output.ndim == _TOKENS:
        tokens = found.flatten(2).transpose(1, 2)
        return torch.cat([output[:, : output.shape[1] - tokens.shape[1]], tokens], dim=1)
    return found.movedim(1, 3) if channels_last(output.shape, module) else found


def _grid(output: Tensor, module: nn.Module) -> int:
    """Positions along a side; 0 where it has none. Tokens of no patch are fewer than a row."""
    if output.ndim == _TOKENS:
        side = isqrt(output.shape[1])
        return side if output.shape[1] - side**2 < side else 0
    if output.ndim != _MAP or not channels_last(output.shape, module):
        return 0
    return int(output.shape[1])


@contextmanager
def _outputs(modules: dict[str, nn.Module], keep: Callable[[str, Tensor], None]) -> Iterator[None]:
    """What some modules give, as they give it, in the order of the forward pass."""

    def hook(path: str, output: Any) -> None:
        if isinstance(output, Tensor):
            keep(path, output)

    handles = [
        module.register_forward_hook(lambda _m, _i, out, path=path: hook(path, out)) for path, module in modules.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
