"""A checkpoint that somebody brings: a file, published weights or a network in memory; what its outputs mean."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.class_names import are_numbers, conflict, counted, two_orders
from shiftprobe.models.file_reading import FileReading, renames
from shiftprobe.models.head import head_name
from shiftprobe.models.names import IN_MEMORY, runs_code
from shiftprobe.results.about import NameConflict
from shiftprobe.spec.model import AUTO, TRAIN
from shiftprobe.spec.schema import Spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

    from shiftprobe.models.preprocess import Preprocess
    from shiftprobe.models.sizes import Sizes
    from shiftprobe.models.weights import Weights


ORDER_ASKED = "source.classes: text, or counted, says which it was trained with"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Weights by name, and the network they belong to."""

    weights: "Weights" = field(repr=False)
    arch: str
    arch_from: str = "given"  # how it was guessed, in words
    module: "nn.Module | None" = field(default=None, repr=False)  # the network itself, where it is in memory

    @property
    def state(self) -> "Mapping[str, Tensor]":
        """The weights."""
        return self.weights.state

    @property
    def classes(self) -> tuple[str, ...] | None:
        """What the file, or its publisher, calls the outputs of its head."""
        return self.weights.classes


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadOutputs:
    """The outputs of a head: how many, what they are called, and who says so."""

    count: int
    names: tuple[str, ...] | None
    names_from: str


def brought(
    spec: Spec, model: "nn.Module | None", *, allow_code: bool = False, download: bool = False
) -> Brought | None:
    """The weights themselves and their network; None when the source is trained here.

    Args:
        spec: what was asked for.
        model: a network in memory that stands in for what the spec names.
        allow_code: whether `model.arch` may name code of the user's own.
        download: whether published weights may be fetched.

    Raises:
        CheckpointError: when weights cannot be read, are no network's that we know, or lie in what cannot be copied.
    """
    from shiftprobe.models.held import held
    from shiftprobe.models.weights import held_weights

    if model is not None:
        network = held(model)
        return Brought(weights=held_weights(model, network), arch=IN_MEMORY, module=network)
    if spec.model.weights == TRAIN:
        return None
    weights, arch, guessed = read_weights(spec, allow_code=allow_code, download=download)
    told = weights.arch_from if spec.model.arch == AUTO else "given"
    return Brought(weights=weights, arch=arch, arch_from=guessed or told)


def read_weights(spec: Spec, *, allow_code: bool, download: bool = False) -> "tuple[Weights, str, str | None]":
    """The weights that a spec names where their network has them, its name, and how that was guessed.

    Args:
        spec: what was asked for.
        allow_code: whether `model.arch` may name code of the user's own.
        download: whether published weights may be fetched.

    Raises:
        CheckpointError: when they cannot be read, or are no network's that we know.
    """
    from shiftprobe.models.fitting import architecture
    from shiftprobe.models.guess import KEYS
    from shiftprobe.models.weights import named_weights

    said = spec.model
    reading = FileReading(part=said.part, head=said.head_file, rename=renames(said.rename))
    read = named_weights(said.weights, spec.base, reading=reading, download=download)
    given = None if said.arch == AUTO else said.arch
    return architecture(said.weights, read, given, allow_code=allow_code, cures=KEYS)


def with_arch(spec: Spec, found: Brought | None) -> Spec:
    """The spec with the architecture that its weights name or imply."""
    if found is None or found.module is not None or spec.model.arch == found.arch:
        return spec
    return spec.model_copy(update={"model": spec.model.model_copy(update={"arch": found.arch})})


def sizes_in(found: Brought, *, allow_code: bool, fitted: "Callable[[], Preprocess]") -> "Sizes":
    """What the weights say: outputs, channels, first kernel.

    Args:
        found: the checkpoint.
        allow_code: whether its architecture may be code of the user's own.
        fitted: gives a preprocessing of the images at hand, for a network of which we do not know what it takes.
    """
    from shiftprobe.models.fitting import sizes_of
    from shiftprobe.models.guess import KEYS
    from shiftprobe.models.sizes import read_sizes

    if found.module is not None:
        return read_sizes(found.state, found.module)
    name, code = found.weights.path, runs_code(found.arch)
    if not code:
        return sizes_of(name, found.weights, found.arch, allow_code=allow_code, cures=KEYS)
    images = fitted()
    shape = (images.size, images.channels)
    return sizes_of(name, found.weights, found.arch, allow_code=allow_code, images=shape, cures=KEYS)


def outputs(spec: Spec, found: Brought, source: Bundle | None, sizes: "Sizes") -> HeadOutputs:
    """What the head's outputs are called: as the spec says; as the source's data, where as many; as the file says.

    Args:
        spec: what was asked for.
        found: the checkpoint.
        source: what trained it.
        sizes: what the weights say.

    Raises:
        CheckpointError: when the spec names another number of classes than the head has outputs.
    """
    count = _count(spec, found, source, sizes)
    said = said_names(spec, source)
    if said is not None and len(said) != count:
        raise CheckpointError(
            f"{escape(found.weights.path)}: its head has {count:,} outputs, but source.classes names {len(said):,}; "
            "name one per output, in their order"
        )
    if said is not None:
        return HeadOutputs(count=count, names=said, names_from="source.classes")
    if source is not None and len(source.classes) == count:
        if orders := _two_orders(source, found):
            return HeadOutputs(count=count, names=None, names_from=f"nobody: {orders}; {ORDER_ASKED}")
        return HeadOutputs(
            count=count, names=source.classes, names_from="the classes of source.data, in alphabetical order"
        )
    if found.classes is not None and len(found.classes) == count:
        return HeadOutputs(count=count, names=found.classes, names_from="the checkpoint itself")
    return HeadOutputs(count=count, names=None, names_from="nobody")


def said_names(spec: Spec, source: Bundle | None) -> tuple[str, ...] | None:
    """The names of outputs that the spec says: a list, or in which order the source's classes are.

    Raises:
        SpecError: when an order is said of classes that nobody has.
    """
    said = spec.source.classes
    if said is None or not isinstance(said, str):
        return said
    if source is None:
        raise SpecError(f"source.classes: {said} orders the classes of source.data, and there is none; list the names")
    return counted(source.classes) if said == "counted" else tuple(source.classes)


def _two_orders(source: Bundle, found: Brought) -> str:
    """Where the source's classes are whole numbers that have two orders and the file names none, how these differ."""
    return two_orders(source.classes) if found.classes is None and are_numbers(source.classes) else ""


def _count(spec: Spec, found: Brought, source: Bundle | None, sizes: "Sizes") -> int:
    """How many outputs the head has; of a network in memory, of layers in any order, a number that somebody names."""
    said = said_names(spec, source) or (source.classes if source else None)
    if found.module is None or said is None:
        return sizes.classes
    return len(said) if _has_head(found.module, len(said)) else sizes.classes


def _has_head(module: "nn.Module", outputs: int) -> bool:
    try:
        return bool(head_name(module, outputs))
    except SpecError:
        return False


def name_conflict(spec: Spec, found: Brought | None, source: Bundle | None) -> NameConflict | None:
    """What the names of the source's classes say against those in the checkpoint's file.

    Fewer classes than the file names are some of them, and claim no order.

    Raises:
        SpecError: when the file refutes the alphabetical order of the source's classes.
    """
    carried = found.classes if found else None
    of_data = source.classes if source and carried and len(source.classes) == len(carried) else None
    against = conflict(said_names(spec, source) or of_data, carried)
    if against is not None and spec.source.classes is None:
        raise SpecError(
            f"{escape(spec.model.weights)}: the classes of source.data, in alphabetical order, contradict it: "
            f"{against.told}; write the names in the order that is right to source.classes"
        )
    return against
