"""What a file of weights that no architecture takes is nearest to, how it differs, and what leads on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shiftprobe.core.escape import escape
from shiftprobe.models import candidates
from shiftprobe.models.formats.wrapping import PREFIXES
from shiftprobe.models.head import in_head
from shiftprobe.models.placed import placed_shapes
from shiftprobe.models.skeleton import Difference, Shape, Skeleton, difference, skeleton

if TYPE_CHECKING:
    from shiftprobe.models.guess import Cures

_FEW = 10  # one name in so many may be none of the network's
_ALIKE = 0.5  # of all names: from here on the nearest architecture is told whatever stands beside


def nothing_takes(shapes: Mapping[str, Shape], cures: "Cures") -> str:
    """Why no architecture takes a file, with the one that is nearest and what leads on.

    Args:
        shapes: of the file's weights, by name.
        cures: how the user says what is missing.
    """
    if not any(len(shape) > 1 for shape in shapes.values()):
        return f"none of its {len(shapes)} values is a layer's weight; is it a checkpoint of an image classifier?"
    near = max(
        map(skeleton, candidates.wider(shapes)), key=lambda bones: _likeness(bones, placed_shapes(bones, shapes))
    )
    first = f"its {len(shapes)} names and shapes fit no architecture that we can tell"
    found = placed_shapes(near, shapes)
    likeness, differs = _likeness(near, found), difference(near, found)
    if not differs.unknown and not differs.shapes and all(in_head(name, near.head) for name in differs.missing):
        return f"it is {near.arch} without its head ({escape(differs.missing[0])}); {cures.head} gives it one"
    if likeness < _ALIKE and (stray := _stray(shapes)):
        return f"{first}; {stray}"
    if likeness == 0:
        return f"{first} ({escape(next(iter(shapes)))}, ...); {cures.own}"
    return f"{first}; the nearest is {near.arch}, but the file {told(differs)}; {cures.own}"


def _stray(shapes: Mapping[str, Shape]) -> str:
    """The few names that do not begin as all others do, such as a loss's weights beside a network's."""
    for prefix in PREFIXES:
        outside = tuple(name for name in shapes if not name.startswith(prefix))
        if 0 < len(outside) <= len(shapes) // _FEW:
            what = f"{escape(outside[0])}{more(outside)} {'stands' if len(outside) == 1 else 'stand'} beside them"
            return (
                f"{len(shapes) - len(outside)} of them begin with `{prefix}` and {what}: save the network's own state "
                "dict, without what only training needs"
            )
    return ""


def _likeness(bones: Skeleton, shapes: Mapping[str, Shape]) -> float:
    """Names in common among all names; equal shapes decide between equals."""
    common = [name for name in bones.shapes if name in shapes]
    equal = sum(bones.shapes[name] == shapes[name] for name in common)
    return (len(common) + equal / len(bones.shapes)) / len({*bones.shapes, *shapes})


def told(differs: Difference) -> str:
    """What differs, in words: 'lacks fc.bias; does not know head.weight and 3 more'."""
    said = (
        (what, names) for what, names in zip(("misses", "has", "has other shapes in"), differs, strict=True) if names
    )
    return "; ".join(f"{what} {escape(names[0])}{more(names)}" for what, names in said)


def more(names: tuple[str, ...]) -> str:
    """How many names there are beside the first, in words."""
    return f" and {len(names) - 1} more" if len(names) > 1 else ""
