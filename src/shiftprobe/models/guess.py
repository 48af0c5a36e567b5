"""Which architecture a file of weights is for, told from their names and shapes; and why it is not for another."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.models import candidates, timm_, torchvision_
from shiftprobe.models.formats.wrapping import aligned
from shiftprobe.models.head import COUNTER, guides
from shiftprobe.models.names import plain_of
from shiftprobe.models.nearest import more, nothing_takes, told
from shiftprobe.models.placed import placed_shapes
from shiftprobe.models.skeleton import (
    Difference,
    Shape,
    Skeleton,
    difference,
    has_places,
    has_small_stem,
    side_of,
    skeleton,
)
from shiftprobe.models.skeleton import trained_side as side_trained


@dataclass(frozen=True, slots=True, kw_only=True)
class Cures:
    """How somebody says what cannot be told from weights."""

    arch: str = "--arch"
    given: str = " "  # between it and a value
    size: str = "--size"
    classes: str = "--classes FILE"
    unsaid: str = "leave --arch out"  # how an architecture is left to the weights
    head: str = "--head FILE"

    @property
    def own(self) -> str:
        """What to do where nothing fits."""
        return f"name yours with {self.arch}"


FLAGS = Cures()
"""By flags, as `audit` and `init` take them."""

KEYS = Cures(
    arch="--set model.arch",
    given="=",
    size="--set model.preprocess.size",
    classes="source.classes in the spec",
    head="--set model.head_file=FILE",
    unsaid="--set model.arch=auto reads it there",
)
"""By keys of a spec."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """An architecture that takes all weights of a file, and what their shapes say."""

    arch: str
    classes: int
    channels: int
    size: int  # px; build the network for this side, whatever the images have
    why: str  # one sentence


def guess_arch(state: Mapping[str, Tensor], cures: Cures = FLAGS) -> Guess:
    """The architecture that weights by name belong to: ours, torchvision's classifiers, and some of timm's.

    Args:
        state: weights as `load_checkpoint` gives them.
        cures: how the user says another one.

    Raises:
        CheckpointError: when nothing we know takes them all, naming what is nearest and how it differs.
    """
    shapes = _shapes(state)
    for arch in (*candidates.first(shapes), *candidates.of_timm(shapes)):
        bones = skeleton(arch)
        if _takes(bones, shapes):
            return _guessed(bones, shapes)
    raise CheckpointError(nothing_takes(shapes, cures))


def _takes(bones: Skeleton, shapes: Mapping[str, Shape]) -> bool:
    """Whether all weights of a file belong into a network, wherever its backbone and its head stand."""
    return not difference(bones, placed_shapes(bones, shapes))


def side_for(arch: str, state: Mapping[str, Tensor], size: int) -> int:
    """The side in px to build an architecture for, so that it takes these weights; images may have another.

    A resnet with the large stem is built for 64 px and more, one with the small stem for less, a vision transformer
    for the side it was trained on; all others for `size`.

    Args:
        arch: a name of ours.
        state: weights for it.
        size: side of the images in px.
    """
    if (trained := trained_side(arch, state)) is not None:
        return trained
    if not arch.startswith(torchvision_.PREFIX):
        return size
    bones, shapes = skeleton(plain_of(arch)), _shapes(state)
    stem = shapes.get(bones.stem, ())
    if not has_small_stem(bones) or len(stem) != len(bones.shapes[bones.stem]):
        return size
    small = shapes[bones.stem][-1] < bones.shapes[bones.stem][-1]
    return min(size, torchvision_.CIFAR_STEM_BELOW - 1) if small else max(size, torchvision_.CIFAR_STEM_BELOW)


def trained_side(arch: str, state: Mapping[str, Tensor]) -> int | None:
    """The side in px of the images that weights were trained on, where they hold numbers per place in the image.

    Args:
        arch: a name of ours.
        state: weights for it.
    """
    return side_trained(skeleton(plain_of(arch)), _shapes(state)) if takes_one_side(arch) else None


def takes_one_side(arch: str) -> bool:
    """Whether an architecture, once trained, takes images of one side alone."""
    return arch.startswith((torchvision_.PREFIX, timm_.PREFIX)) and has_places(skeleton(plain_of(arch)))


def describe_misfit(model: nn.Module, state: Mapping[str, Tensor], arch: str, cures: Cures = FLAGS) -> str:
    """Why weights do not fit a network, in one sentence, with what cures it.

    Args:
        model: the network that was built.
        state: the weights that it does not take.
        arch: the network's name, as the user gave it.
        cures: how the user says another one.
    """
    own = _shapes(model.state_dict())
    shapes = _shapes(aligned(state, own))
    other = _other_arch(shapes, arch)
    if other is not None:
        return f"it is no {escape(arch)}: {other.why}; {cures.arch}{cures.given}{other.arch}"
    names = Difference(
        tuple(name for name in own if name not in shapes and not name.endswith(COUNTER)),
        tuple(name for name in shapes if name not in own and not guides(name)),
        tuple(name for name in own if name in shapes and own[name] != shapes[name]),
    )
    if names.missing or names.unknown:
        return f"compared with {escape(arch)} the file {told(names)}; {cures.own}"
    return _other_shape(own, shapes, names.shapes, arch, cures)


def _other_arch(shapes: Mapping[str, Shape], arch: str) -> Guess | None:
    """The architecture that the weights are really for, if it is known and is not this one."""
    for name in (*candidates.first(shapes), *candidates.of_timm(shapes)):
        bones = skeleton(name)
        if _takes(bones, shapes):
            return None if name == plain_of(arch) else _guessed(bones, shapes)
    return None


def _other_shape(
    own: Mapping[str, Shape], shapes: Mapping[str, Shape], names: tuple[str, ...], arch: str, cures: Cures
) -> str:
    """What is wrong where every name is right."""
    if not names:
        return f"every weight of {escape(arch)} is there in its shape; is a value of another type?"
    odd = [name for name in names if len(own[name]) != len(shapes[name])]
    stem = next((name for name in own if len(own[name]) == 4 and not odd), "")  # noqa: PLR2004 - out, in, height, width
    head = [name for name in own if len(own[name]) > 1][-1].removesuffix("weight")
    if stem in names and own[stem][1] != shapes[stem][1]:
        wanted, got = own[stem][1], shapes[stem][1]
        cure = f"set model.preprocess.channels to {got}" if got in {1, 3} else "only grey and RGB images are read"
        return f"it was trained on images of {got} channel(s), the network is for {wanted}; {cure}"
    if stem in names and own[stem][0] == shapes[stem][0]:
        return _stems(own[stem], shapes[stem], cures)
    if not odd and all(name.startswith(head) for name in names):
        wanted, got = own[names[0]][0], shapes[names[0]][0]
        return f"its head gives {got} classes, {wanted} were asked for; name its {got} classes with {cures.classes}"
    name = (odd or names)[0]
    return f"{escape(name)} is {shapes[name]} in the file and {own[name]} in {escape(arch)}{more(names)}; {cures.own}"


def _stems(own: Shape, other: Shape, cures: Cures) -> str:
    wanted, got = own[-1], other[-1]
    least, say = torchvision_.CIFAR_STEM_BELOW, f"{cures.size}{cures.given}"
    side = f"under {least} px: {say}{least // 2}" if got < wanted else f"of {least} px or more: {say}{least}"
    return f"its first convolution is {got} x {got}, the network's {wanted} x {wanted}; it was made for images {side}"


def _shapes(state: Mapping[str, Tensor]) -> dict[str, Shape]:
    return {name: tuple(value.shape) for name, value in state.items()}


def _guessed(bones: Skeleton, given: Mapping[str, Shape]) -> Guess:
    shapes = placed_shapes(bones, given)
    classes, channels = shapes[f"{bones.head}.weight"][0], shapes[bones.stem][1]
    small = shapes[bones.stem][-1] < bones.shapes[bones.stem][-1]
    stem = ", with the 3x3 stem for images under 64 px" if small else ""
    return Guess(
        arch=bones.arch,
        classes=classes,
        channels=channels,
        size=side_of(bones, shapes),
        why=f"its {len(shapes)} names and shapes are those of {bones.arch}{stem}, "
        f"{classes} classes, {'grey images' if channels == 1 else 'RGB images'}",
    )
