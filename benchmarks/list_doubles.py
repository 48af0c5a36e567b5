"""Which registered classifiers have the same names and shapes of weights, and which of those compute otherwise.

Every classifier of torchvision and timm is made without memory, numbers per place in the image left out. Those of one
outline are given the same drawn weights and two drawn images, at one side, in double precision: two whose answers
differ by more than a thousandth of what the other image changes are doubles. Of those that are too large the modules
are compared as text.
Writes src/shiftprobe/models/doubles.json, a list of outlines, each a list of ways to compute, each a list of names.

    PYTHONPATH=src python benchmarks/list_doubles.py
"""

import json
import warnings
from collections import defaultdict
from math import isqrt
from pathlib import Path

import timm
import torch
from torch import Tensor, nn

from shiftprobe.models import timm_, torchvision_
from shiftprobe.models.skeleton import _PLACES, WithoutMemory

OUT = Path(__file__).parents[1] / "src" / "shiftprobe" / "models" / "doubles.json"
LARGEST = 140_000_000  # numbers of a network that is let answer
CLASSES, ALIKE = 7, 1e-3
SIDE = 128  # px of images for those that take any; even, where paddings differ


def side(arch: str) -> int:
    """Px that an architecture is published for."""
    config = timm_.config(arch.removeprefix(timm_.PREFIX)) if arch.startswith(timm_.PREFIX) else None
    return 224 if config is None else int(config.input_size[1])


def made_for_one_side(arch: str) -> bool:
    """Whether timm says so."""
    config = timm_.config(arch.removeprefix(timm_.PREFIX)) if arch.startswith(timm_.PREFIX) else None
    return config is not None and bool(config.fixed_input_size)


def made(arch: str, at: int) -> nn.Module:
    """The network for images of that side."""
    library, name = arch.split(":")
    make = torchvision_.classifier if library == "torchvision" else timm_.classifier
    return make(name, classes=CLASSES, channels=3, size=at)


def outline(network: nn.Module) -> str:
    """Names and shapes, as text."""
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items() if "tracked" not in name}
    return str(sorted((name, besides(shape) if name in _PLACES else shape) for name, shape in shapes.items()))


def besides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """What of a table of places another side of the image leaves as it is: those of no square, and the width."""
    return (shape[1] - isqrt(shape[1]) ** 2, *shape[2:])


def drawn(network: nn.Module) -> nn.Module:
    """Weights of which none hides a layer: no scale is near 0."""
    torch.manual_seed(1)
    for name, value in sorted(network.named_parameters()):
        if value.ndim == 1:
            nn.init.uniform_(value, 0.5, 1.5) if name.endswith(("weight", "gamma")) else nn.init.normal_(value, 0, 0.1)
        else:
            nn.init.normal_(value, 0, (value[0].numel() or 1) ** -0.5)
    return network


def answers(network: nn.Module, at: int) -> Tensor:
    """What it gives for drawn images."""
    images = torch.randn(2, 3, at, at, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    with torch.no_grad():
        return network.double().eval()(images)  # type: ignore[no-any-return] # a module's call is untyped


def alike(one: str, two: str) -> bool:
    """Whether two architectures of one outline compute the same."""
    at = min(side(one), side(two)) if made_for_one_side(one) else SIDE
    with WithoutMemory():
        outlines = [made(arch, at) for arch in (one, two)]
    if sum(value.numel() for value in outlines[0].parameters()) > LARGEST:
        return str(outlines[0]) == str(outlines[1])
    first, second = drawn(made(one, at)), made(two, at)
    second.load_state_dict(first.state_dict(), strict=False)
    before, after = answers(first, at), answers(second, at)
    return bool((before - after).abs().max() <= ALIKE * (before[0] - before[1]).abs().max())


def ways(names: list[str]) -> list[list[str]]:
    """Names of one outline, those together that compute the same."""
    found: list[list[str]] = []
    for name in names:
        home = next((way for way in found if alike(way[0], name)), None)
        home.append(name) if home is not None else found.append([name])
        print(name, "computes" if home is None else f"computes as {home[0]}", flush=True)
    return found


def main() -> None:
    """List them."""
    warnings.simplefilter("ignore")
    by_outline: dict[str, list[str]] = defaultdict(list)
    for arch in (*(f"torchvision:{n}" for n in torchvision_.names()), *(f"timm:{n}" for n in timm.list_models())):
        with torch.random.fork_rng(devices=[]), WithoutMemory():
            by_outline[outline(made(arch, side(arch)))].append(arch)
    groups = [names for names in by_outline.values() if len(names) > 1]
    found = [one for one in map(ways, sorted(groups)) if len(one) > 1]
    OUT.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
