"""Where the weights of a file belong in a network: a backbone under a prefix, its head elsewhere or in a sequence."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from shiftprobe.models.head import COUNTER, guides, in_head
from shiftprobe.models.skeleton import Shape, Skeleton

HEAD = "--head"
"""Where a head that comes from a file of its own stands among the names of its backbone."""

_NORMAL = re.compile(r"(?:.*\.)?(?:new_)?(?:mu|mean|sigma|std)")
_CHANNELS = {1, 3}
_MASK = "mask_token"  # stands for hidden patches while a transformer is pretrained


class Placed(NamedTuple):
    """The names of a file, each with that of the network; what is not in it has its own."""

    names: Mapping[str, str]
    body: str = ""  # prefix of the backbone
    head: str = ""  # path of the layer that gives the logits
    twins: tuple[str, ...] = ()  # where the same network stands again
    left: tuple[str, ...] = ()  # names that the network has no use for
    normal: tuple[str, ...] = ()  # mean and std of the images


def placed(bones: Skeleton, shapes: Mapping[str, Shape]) -> Placed:
    """Find a network's backbone and head in a file, wherever they stand; names that cannot be placed stay.

    The backbone is where all of its names are, under any prefix; the head the one layer left that could be it.

    Args:
        bones: the network.
        shapes: of the file, by name.
    """
    homes = _homes(bones, shapes)
    if not homes:
        return Placed({name: name for name in shapes})
    body, twins = homes[0], tuple(homes[1:])
    names = {body + name: name for name in bones.shapes if body + name in shapes}
    normal = tuple(name for name in shapes if name not in names and is_normal(name, shapes[name]))
    again = {home + name for home in twins for name in bones.shapes}
    skipped = {*names, *normal, *again, *(name for name in shapes if name.rpartition(".")[2] == _MASK)}
    rest = [name for name in shapes if name not in skipped and not guides(name)]
    left = [name for name in shapes if name.rpartition(".")[2] == _MASK]
    head = body + bones.head
    if f"{HEAD}.weight" in shapes:
        own = [name for name in shapes if in_head(name, body + _group(bones))]
        names = {name: new for name, new in names.items() if name not in own}
        rest, left, head = [name for name in rest if name not in own], [*left, *own], HEAD
    elif f"{head}.weight" not in names and (layers := _layers(rest, shapes)):
        rest, head = [name for name in rest if name.rpartition(".")[0] not in layers], layers[0]
    names |= {f"{head}.{what}": f"{bones.head}.{what}" for what in ("weight", "bias") if f"{head}.{what}" in shapes}
    names |= {name: name for name in rest if name not in names}
    return Placed(names, body, head, twins, tuple(left), normal)


def placed_shapes(bones: Skeleton, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """The shapes of a file under the names of a network, as `settled` gives its weights."""
    where = placed(bones, shapes)
    found = {new: shapes[name] for name, new in where.names.items()}
    bias, weight = f"{bones.head}.bias", found.get(f"{bones.head}.weight")
    return {**found, bias: weight[:1]} if weight and lacks_bias(where, bones) else found


def lacks_bias(where: Placed, bones: Skeleton) -> bool:
    """Whether the layer read as the head has none where the network has one; in its own place it would be torn."""
    bias = f"{bones.head}.bias"
    apart = where.head != where.body + bones.head
    return apart and bool(where.head) and bias in bones.shapes and bias not in where.names.values()


def is_normal(name: str, shape: Shape) -> bool:
    """Whether it is a mean or std of the images' channels, kept among weights."""
    return _NORMAL.fullmatch(name) is not None and math.prod(shape) in _CHANNELS


def _homes(bones: Skeleton, shapes: Mapping[str, Shape]) -> list[str]:
    """Prefixes under which every name of the backbone stands, the shortest first."""
    needed = [name for name in bones.shapes if not in_head(name, bones.head) and not name.endswith(COUNTER)]
    ends = [name.removesuffix(bones.stem) for name in shapes if name.endswith(bones.stem)]
    found = [end for end in ends if not end or end.endswith(".")]
    return sorted(
        (end for end in found if all(end + name in shapes for name in needed)), key=lambda end: end.count(".")
    )


def _group(bones: Skeleton) -> str:
    """The outermost part of the network that holds its head and no other weight."""
    group = bones.head
    while "." in group:
        outer = group.rpartition(".")[0]
        if any(in_head(name, outer) and not in_head(name, bones.head) for name in bones.shapes):
            break
        group = outer
    return group


def _layers(names: Iterable[str], shapes: Mapping[str, Shape]) -> list[str]:
    """Paths of linear layers or 1x1 convolutions, all of one shape, that stand alone; none where they differ."""
    given = list(names)
    weights = [name for name in given if name.endswith(".weight") and len(shapes[name]) > 1]
    flat = all(set(shapes[name][2:]) <= {1} for name in weights)
    paths = [name.removesuffix(".weight") for name in weights]
    own = {f"{path}.{what}" for path in paths for what in ("weight", "bias")}
    return paths if flat and own >= set(given) and len({shapes[name] for name in weights}) == 1 else []
