"""A network taken apart into blocks, and weights of which some blocks are one network's and the others another's."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

from torch import Tensor, nn

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.models.depth import counted, named
from shiftprobe.models.head import in_head

Blocks: TypeAlias = tuple[tuple[str, ...], ...]
"""Names of the parameters and buffers of each block, from the images to the head, which is in none."""


@dataclass(frozen=True, slots=True)
class BlockShare:
    """The first or the last k of L blocks; `first2of6` by name."""

    end: Literal["first", "last"]
    count: int
    of: int

    @property
    def name(self) -> str:
        """`first2of6`."""
        return f"{self.end}{self.count}of{self.of}"


def thirds(count: int) -> tuple[int, ...]:
    """How many blocks a search for the useful ones tries: none, a third, two thirds, all; each number once."""
    return tuple(sorted({0, round(count / 3), round(2 * count / 3), count}))


def blocks(model: nn.Module, head: str) -> Blocks:
    """The blocks of a network in depth order: its stem, then block by block, as `models.depth` counts them.

    Batch statistics and other buffers go with their layer; what follows the last block, and what stands around the
    head without being it, goes with the last block; a tensor that several modules share belongs to the first of them.
    A group without any weight, as a norm before the first convolution is, goes with the next.

    Args:
        model: a classifier whose modules are registered in the order in which they run.
        head: path of its head.

    Returns:
        Two blocks or more, which together hold every name of the network's state but those of the head.

    Raises:
        SpecError: when blocks cannot be told apart.
    """
    state = model.state_dict(keep_vars=True)
    places = counted(model, head)
    found = [] if places is None else _grouped(state, places, head)
    if len(found) < 2:  # noqa: PLR2004 - one block is the whole body
        raise SpecError(
            f"wanted two blocks or more before the head {escape(head)}, got none that can be told apart in "
            f"{escape(type(model).__name__)}; register its layers as modules in the order in which they run"
        )
    return tuple(found)


def _grouped(state: Mapping[str, Tensor], places: dict[str, int], head: str) -> list[tuple[str, ...]]:
    depths = named(state, places)
    owner: dict[int, str] = {}
    for name, value in state.items():
        owner.setdefault(id(value), name)
    deepest = max(depths.values())
    depth_of = {name: depths[owner[id(value)]] for name, value in state.items() if not in_head(name, head)}
    last = max((depth for depth in depth_of.values() if depth < deepest), default=0)
    order = sorted(depth_of, key=lambda name: min(depth_of[name], last))
    found: list[tuple[str, ...]] = []
    waiting: tuple[str, ...] = ()
    for _, names in groupby(order, key=lambda name: min(depth_of[name], last)):
        waiting += tuple(names)
        if any(state[name].ndim > 1 for name in waiting):
            found.append(waiting)
            waiting = ()
    if waiting and found:
        found[-1] += waiting
    return found


def partly(
    whole: Mapping[str, Tensor], fresh: Mapping[str, Tensor], parts: Blocks, part: BlockShare
) -> dict[str, Tensor]:
    """Weights whose first or last k blocks are of one state and whose other blocks are of another.

    The head goes with all blocks together: it is of `whole` where every block is, and fresh else. So none of the
    blocks gives `fresh` and all of them give `whole`, tensor by tensor.

    Args:
        whole: the state that an arm begins from: the source's body under its head.
        fresh: a random draw of the same network.
        parts: its blocks.
        part: which of them are of `whole`.

    Raises:
        SpecError: when the network has another number of blocks than the part says.

    Reference: Yosinski et al., 2014, arXiv:1411.1792 (the first n layers copied, the others drawn anew); Raghu et al.,
        2019, arXiv:1902.07208 (weight transfusion).
    """
    if part.of != len(parts):
        raise SpecError(f"{part.name}: wanted a network of {part.of} blocks, got one of {len(parts)}")
    if part.count == part.of:
        return dict(whole)
    taken = parts[: part.count] if part.end == "first" else parts[len(parts) - part.count :]
    names = {name for block in taken for name in block}
    return {name: whole[name] if name in names else value for name, value in fresh.items()}
