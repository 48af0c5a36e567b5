"""The weights of a file under the names of their network, with a head of one output as one of two."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.models.build import build
from shiftprobe.models.converted import converted
from shiftprobe.models.formats.wrapping import aligned
from shiftprobe.models.head import head_name
from shiftprobe.models.names import runs_code
from shiftprobe.models.placed import HEAD, Placed, lacks_bias, placed
from shiftprobe.models.skeleton import Skeleton, outlined, skeleton


class Settled(NamedTuple):
    """Weights by the network's own names, and what was done to get there, a sentence each."""

    state: Mapping[str, Tensor]
    notes: tuple[str, ...]
    normal: tuple[tuple[float, ...], tuple[float, ...]] | None = None  # mean and std of images, where they are there


_CLASSES = 10
_SIDES = (224, 64, 32, 28)  # px that a network of the user's own may be made for


def bones_of(arch: str, state: Mapping[str, Tensor], *, allow_code: bool) -> Skeleton | None:
    """The names and shapes of a network; of the user's own code only where its head must be found.

    Args:
        arch: its name.
        state: weights that it is to take.
        allow_code: whether the name may stand for code of the user's own.
    """
    if not runs_code(arch):
        return skeleton(arch.partition("@")[0])
    single = any(value.ndim > 1 and len(value) == 1 for value in state.values())
    if not single and f"{HEAD}.weight" not in state:
        return None
    channels = next((int(value.shape[1]) for value in state.values() if value.ndim == 4), 3)  # noqa: PLR2004
    for side in _SIDES:
        try:
            model = build(arch, classes=_CLASSES, channels=channels, size=side, seed=0, allow_code=allow_code)
            return outlined(arch, model, head_name(model, _CLASSES))
        except SpecError:
            continue
    return None


def settled(state: Mapping[str, Tensor], bones: Skeleton) -> Settled:
    """Weights where their network has them.

    Args:
        state: of a file; those of a head from another file under `HEAD`.
        bones: the network.
    """
    turned, notes_of_names = converted(state, bones)
    given, folded = _on_projection(aligned(turned, bones.shapes), bones)
    where = placed(bones, {name: tuple(value.shape) for name, value in given.items()})
    found = {new: given[name] for name, new in where.names.items()}
    notes = [*notes_of_names, *folded, *_told(where, given, bones)]
    weight, bias = f"{bones.head}.weight", f"{bones.head}.bias"
    outputs = found[weight].shape[:1] if weight in found else ()
    if outputs and lacks_bias(where, bones):
        found[bias] = torch.zeros(outputs)
        notes.append("the head has no bias; 0 stands for it")
    if outputs == (1,):
        found |= {name: _second(found[name]) for name in (weight, bias) if name in found}
        notes.append(
            "the head has a single output, read as binary by a sigmoid: class 0 is what it speaks against, class 1 "
            "what it speaks for"
        )
    return Settled(found, tuple(notes), _normal(where, given)) if notes else Settled(given, ())


def _on_projection(given: Mapping[str, Tensor], bones: Skeleton) -> tuple[Mapping[str, Tensor], tuple[str, ...]]:
    """Vectors of text that stand on the projection of an image tower become one layer with it."""
    weight, bias = given.get(f"{HEAD}.weight"), given.get(f"{HEAD}.bias", torch.zeros(1))
    own, offset = given.get(f"{bones.head}.weight"), given.get(f"{bones.head}.bias")
    if weight is None or own is None or weight.shape[1] != len(own) or weight.shape[1:] == own.shape[1:]:
        return given, ()
    whole = {f"{HEAD}.weight": weight @ own, f"{HEAD}.bias": bias + (0 if offset is None else weight @ offset)}
    whole[f"{HEAD}.bias"] = whole[f"{HEAD}.bias"].expand(len(weight)).contiguous()
    told = (
        "the vectors given as the head stand on the projection in the file and were multiplied with it; CLIP also "
        "divides by the length of the image's vector, which changes no answer but how sure it is"
    )
    return {**given, **whole}, (told,)


def _second(value: Tensor) -> Tensor:
    """One output z as two, 0 and z: their softmax is the sigmoid of z."""
    return torch.cat([torch.zeros_like(value), value])


def _told(where: Placed, state: Mapping[str, Tensor], bones: Skeleton) -> Iterator[str]:
    if where.body:
        yield f"`{escape(where.body)}` holds the network"
    if where.head == HEAD:
        yield f"the head (`{bones.head}`) is that of the file given for it"
    elif where.head and where.head != where.body + bones.head:
        yield (
            f"`{escape(where.head)}` is read as the head (`{bones.head}`); what stands beside it without weights, such "
            "as dropout, is taken to change nothing"
        )
    for twin in where.twins:
        shared = [name for name in bones.shapes if where.body + name in state and twin + name in state]
        same = all(torch.equal(state[where.body + name], state[twin + name]) for name in shared)
        what = "the same weights stand" if same else "other weights of the same network stand"
        way = "" if same else f"; --rename {escape(twin.rstrip('.'))}= reads them"
        yield f"{what} again under `{escape(twin)}` and were left out{way}"
    if where.left:
        more = " and so on" if len(where.left) > 1 else ""
        yield f"`{escape(where.left[0])}`{more} was left out: this network has no use for it"
    if where.normal:
        yield f"mean and std of the images stand in the file ({', '.join(map(escape, where.normal))})"


def _normal(where: Placed, state: Mapping[str, Tensor]) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Mean and std as fractions of full scale, where the file holds one of each."""
    values = {name.rpartition(".")[2].removeprefix("new_"): state[name].flatten().tolist() for name in where.normal}
    mean, std = values.get("mu", values.get("mean")), values.get("sigma", values.get("std"))
    if mean is None or std is None or min(std) <= 0:
        return None
    return tuple(mean), tuple(std)
