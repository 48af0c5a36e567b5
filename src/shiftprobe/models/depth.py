"""How deep each parameter of a network stands, counted in its blocks."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from torch import nn

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape

_SEQUENCES = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
_FEWEST = 2  # layers beside the head; with fewer there is nothing to count


class _Unit(NamedTuple):
    """A module that is opened no further."""

    path: str
    module: nn.Module
    layer: bool  # whether it counts


def depths(model: nn.Module, head: str) -> dict[str, int]:
    """Depth of every parameter by name: 0 at the images, then block by block, the head deepest.

    A block is a member of a sequence of such and holds two weights or more: a residual, inverted residual or
    attention block. In a network without blocks each convolution and linear layer counts. What stands before the
    first block is the stem, class tokens and positions with it; what stands between two blocks goes with the later
    one; what follows the last block, such as a final norm, goes with it; a norm in the head's own part, and a second
    head, go with the head. So timm counts too.

    Args:
        model: a classifier whose modules are registered in the order in which they run.
        head: path of its head.

    Raises:
        SpecError: when fewer than two layers stand beside the head.
    """
    places = counted(model, head)
    if places is None:
        raise SpecError(
            f"layer_decay wanted two layers or more before the head {escape(head)}, got none that can be told apart in "
            f"{escape(type(model).__name__)}; register them as modules in the order in which they run, or leave it out"
        )
    return named((name for name, _ in model.named_parameters()), places)


def counted(model: nn.Module, head: str) -> dict[str, int] | None:
    """The place of each module that is opened no further, by its path, as `depths` counts; with gaps.

    Args:
        model: a classifier whose modules are registered in the order in which they run.
        head: path of its head.

    Returns:
        None when fewer than two layers stand beside the head.
    """
    for units in (_blocks(model, head), _layers(model, head)):
        if sum(unit.layer for unit in units) >= _FEWEST:
            return _counted(model, units, head)
    return None


def _weights(module: nn.Module) -> int:
    """How many weights it holds; biases, norms and scales of channels do not count."""
    return sum(parameter.ndim > 1 for parameter in module.parameters())


def _members(module: nn.Module) -> list[int]:
    """How many weights each member of a sequence holds; members without any are left out."""
    if not isinstance(module, _SEQUENCES):
        return []
    return [count for child in module.children() if (count := _weights(child))]


def _blocks(model: nn.Module, head: str) -> list[_Unit]:
    """Units, of which the members of sequences of blocks count."""
    series = {
        module
        for module in model.modules()
        if 2 * sum(n > 1 for n in _members(module)) >= max(1, len(_members(module)))
    }
    return [
        _Unit(path, module, path != head and parent in series and _weights(module) > 1)
        for path, parent, module in _opened(model, "", head, series)
    ]


def _layers(model: nn.Module, head: str) -> list[_Unit]:
    """Units, of which all that hold a weight count."""
    chains = {module for module in model.modules() if len(_members(module)) > 1}
    return [
        _Unit(path, module, path != head and _weights(module) > 0)
        for path, _, module in _opened(model, "", head, chains)
    ]


def _opened(
    module: nn.Module, path: str, head: str, sequences: set[nn.Module]
) -> Iterator[tuple[str, nn.Module, nn.Module]]:
    """Path, parent and module of each unit in order of registration: what holds the head or a sequence is opened."""
    for name, child in module.named_children():
        place = f"{path}.{name}" if path else name
        if head.startswith(f"{place}.") or not sequences.isdisjoint(child.modules()):
            yield from _opened(child, place, head, sequences)
        else:
            yield place, module, child


def _counted(model: nn.Module, units: list[_Unit], head: str) -> dict[str, int]:
    """The place of each unit by its path: 0 before the first layer, the head's after all others."""
    layers = [unit.path for unit in units if unit.layer]
    part = head.rpartition(".")[0]
    around = f"{part}." if part and not any(path.startswith(f"{part}.") for path in layers) else f"{head}."
    outputs = _outputs(model.get_submodule(head))
    found: dict[str, int] = {}
    met = 0
    for path, module, layer in units:
        met += layer
        ended = met == len(layers) and not layer
        if path == head or (ended and (path.startswith(around) or outputs == _outputs(module))):
            found[path] = len(layers) + 1
        else:
            found[path] = met + (0 < met < len(layers) and not layer and _weights(module) > 0)
    return found


def _outputs(module: nn.Module) -> int:
    """Outputs of a linear layer: a second head, as in distillation, has as many as the head."""
    return module.out_features if isinstance(module, nn.Linear) else -1


def named(names: Iterable[str], places: dict[str, int]) -> dict[str, int]:
    """Depth of each parameter or buffer, without gaps; what belongs to no unit, as class tokens do, is at the images.

    Args:
        names: of a network's state.
        places: as `counted` gives them for it.
    """
    found = {}
    for name in names:
        parts = name.split(".")
        paths = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
        found[name] = next((places[path] for path in paths if path in places), 0)
    depth = {place: i for i, place in enumerate(sorted(set(found.values())))}
    return {name: depth[place] for name, place in found.items()}
