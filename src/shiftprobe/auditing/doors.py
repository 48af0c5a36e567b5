"""The doors through which a checkpoint comes: a file of weights, a network in memory, an ONNX file, a function."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from shiftprobe.auditing.names import unnamed
from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.core.errors import SpecError
from shiftprobe.models.black_box import FULL, BlackBox, UserFunction
from shiftprobe.models.fitting import architecture, fitted, sizes_of
from shiftprobe.models.held import held
from shiftprobe.models.names import FUNCTION, IN_MEMORY
from shiftprobe.models.onnx.file import is_onnx, load_onnx
from shiftprobe.models.sizes import Sizes, read_sizes
from shiftprobe.models.weights import Weights, held_weights, named_weights

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.models.preprocess import Preprocess

Build: TypeAlias = "Callable[[Preprocess], tuple[nn.Module, tuple[str, ...]]]"
"""A preprocessing -> the network in evaluation mode on the CPU, and what had to be bent."""

LEVELS, FRACTIONS = (0.0, 1 / FULL), (0.0, 1.0)  # mean and std by which images reach what takes them so


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedCheckpoint:
    """A checkpoint behind its door, before anybody says what its outputs mean."""

    weights: Weights
    arch: str
    guessed: str | None = None  # how the architecture was found out, in words
    arch_from: str = "given"  # who told it, in words
    sizes: Sizes  # without outputs where only an answer tells how many there are
    build: Build = field(repr=False)
    layers: bool = True  # whether there is a network to look into
    parameters: int | None = None  # where the network itself does not tell
    lasting: bool = True  # whether the same weights answer the same tomorrow


def opened(wanted: CheckpointRequest) -> OpenedCheckpoint:
    """What stands behind a request.

    Raises:
        CheckpointError: when it cannot be read, or is no checkpoint.
        SpecError: when code would run without leave, or a library is not installed.
    """
    from torch import nn

    given = wanted.module
    if isinstance(given, nn.Module):
        return _in_memory(given)
    if given is not None:
        return _function(given, wanted)
    if is_onnx(Path(wanted.checkpoint)):
        return _onnx(wanted)
    return _of_file(wanted)


def opened_with_names(wanted: CheckpointRequest) -> OpenedCheckpoint:
    """The same, refused before an image is read where nobody says what its outputs mean.

    Raises:
        CheckpointError: as `opened`.
        SpecError: as `opened`, or when neither `--classes` nor the checkpoint names its outputs.
    """
    door = opened(wanted)
    if wanted.classes is None and door.weights.classes is None:
        raise unnamed(wanted.checkpoint, door.sizes.classes)
    return door


def _in_memory(module: "nn.Module") -> OpenedCheckpoint:
    network = held(module).eval()
    weights = held_weights(module, network)
    sizes = read_sizes(weights.state, network)
    return OpenedCheckpoint(weights=weights, arch=IN_MEMORY, sizes=sizes, build=lambda _: (network, ()))


def _of_file(wanted: CheckpointRequest) -> OpenedCheckpoint:
    name, allow = wanted.checkpoint, wanted.allow_code
    read = named_weights(name, reading=wanted.reading, download=wanted.download)
    weights, arch, guessed = architecture(name, read, wanted.arch, allow_code=allow)
    sizes = sizes_of(name, weights, arch, allow_code=allow)

    def build(preprocess: "Preprocess") -> "tuple[nn.Module, tuple[str, ...]]":
        model, bent = fitted(name, weights, arch, classes=sizes.classes, preprocess=preprocess, allow_code=allow)
        return model.eval(), bent

    told = guessed or ("given" if wanted.arch else weights.arch_from)
    return OpenedCheckpoint(weights=weights, arch=arch, guessed=guessed, arch_from=told, sizes=sizes, build=build)


def _onnx(wanted: CheckpointRequest) -> OpenedCheckpoint:
    found = load_onnx(Path(wanted.checkpoint))
    given = found.given
    if wanted.arch is not None:
        raise SpecError("--arch: an ONNX file holds its own network; leave --arch out")
    return OpenedCheckpoint(
        weights=Weights(
            state={},
            sha256=found.sha256,
            path=wanted.checkpoint,
            bytes=found.bytes,
            format="ONNX",
            dtypes=(given.dtype,),
            notes=found.notes,
        ),
        arch=found.arch,
        sizes=Sizes(
            classes=given.outputs,
            channels=given.channels,
            kernel=0,
            side=given.side,
            scale=None if given.levels is None else LEVELS if given.levels else FRACTIONS,
        ),
        build=lambda _: (BlackBox(found.program).eval(), ()),
        layers=False,
        parameters=found.graph.parameters,
    )


def _function(function: "Callable[..., object]", wanted: CheckpointRequest) -> OpenedCheckpoint:
    moved = [key for key in ("mean", "std", "order") if wanted.preprocess.get(key) is not None]
    if moved:
        raise SpecError(
            f"preprocess.{moved[0]}: a function is given grey levels 0 to 255 in RGB, and prepares them itself; leave "
            f"{moved[0]} out"
        )
    told = "a function of images (N, S, S, C), uint8; it gives scores alone: checks and repairs that need a network's "
    return OpenedCheckpoint(
        weights=Weights(
            state={}, sha256="", path=FUNCTION, bytes=None, format="a function", notes=(f"{told}layers are not made",)
        ),
        arch=FUNCTION,
        sizes=Sizes(classes=0, channels=0, kernel=0, scale=LEVELS),
        build=lambda _: (BlackBox(UserFunction(function)).eval(), ()),
        layers=False,
        parameters=0,
        lasting=False,
    )
