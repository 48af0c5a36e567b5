"""Names of weights as somebody says that they should be, and a head from a file of its own among them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.models.formats.checkpoint import Loaded, load_checkpoint
from shiftprobe.models.placed import HEAD


def renamed(state: Mapping[str, Tensor], rename: Sequence[tuple[str, str]]) -> dict[str, Tensor]:
    """Weights with the paths of some of their modules exchanged.

    Args:
        state: weights by name.
        rename: paths and what they become, each whole: `head` is `head.weight`'s and not `head2.weight`'s.

    Raises:
        CheckpointError: when nothing goes by a path, or two weights would have one name.
    """
    found = dict(state)
    for old, new in rename:
        moved = {name: _moved(name, old, new) for name in found if not old or name == old or name.startswith(f"{old}.")}
        if not moved:
            paths = sorted({name[:at] for name in found for at in range(len(name)) if name[at] == "."})
            first = ", ".join(escape(name, 40) for name in list(found)[:3])
            raise CheckpointError(
                f"--rename {escape(old)}={escape(new)}: no weight of the file is called so{suggest(old, paths)}; "
                f"it holds {first}, ..."
            )
        names = [moved.get(name, name) for name in found]
        if twice := next((name for name in moved.values() if names.count(name) > 1), None):
            raise CheckpointError(
                f"--rename {escape(old)}={escape(new)}: two weights would be called {escape(twice)}; rename the one "
                "that stands there already, too"
            )
        found = {moved.get(name, name): value for name, value in found.items()}
    return found


def _moved(name: str, old: str, new: str) -> str:
    rest = name.removeprefix(old).lstrip(".")
    return ".".join(filter(None, (new, rest)))


def head_of(path: Path) -> tuple[Loaded, dict[str, Tensor]]:
    """A head from a file of its own, under the path that stands for it.

    Args:
        path: a file with one linear layer: its weight, (classes, features), and its bias where it has one.

    Raises:
        CheckpointError: when it cannot be read, or holds another number of layers.
    """
    loaded = load_checkpoint(path, lone="weight")
    layers = [name for name, value in loaded.state.items() if value.ndim > 1]
    if len(layers) != 1:
        got = ", ".join(escape(name, 40) for name in layers[:3]) or "none"
        raise CheckpointError(
            f"{escape(path)}: wanted the head alone, one linear layer, got {len(layers)} ({got}); save its state dict"
        )
    bias = layers[0].removesuffix("weight") + "bias"
    found = {f"{HEAD}.weight": loaded.state[layers[0]]}
    return loaded, found | ({f"{HEAD}.bias": loaded.state[bias]} if bias in loaded.state else {})
