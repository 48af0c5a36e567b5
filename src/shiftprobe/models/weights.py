"""Weights that somebody names or holds in memory, and the network they belong to: the one way for audits and runs."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.models import checkpoint, guess, published
from shiftprobe.models.build import build, check_arch
from shiftprobe.models.names import IN_MEMORY, check_given_arch, is_published, plain_of
from shiftprobe.models.sizes import Sizes, read_sizes
from shiftprobe.models.values import spelled, widened
from shiftprobe.spec.loading import there

if TYPE_CHECKING:
    from torch import Tensor, nn

    from shiftprobe.models.preprocess import Preprocess

_SIDE = 224  # px that a network is built for, to know which of its weights is which


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Weights by name, float32, and what is known of them."""

    state: "Mapping[str, Tensor]"
    sha256: str  # of the file's bytes, or of the weights where there is no file
    path: str  # as given
    bytes: int | None
    format: str
    arch: str | None = None
    classes: tuple[str, ...] | None = None
    preprocess: "Preprocess | None" = None  # what travels with the weights
    dtypes: tuple[str, ...] = ()  # as they stood in the file
    notes: tuple[str, ...] = ()


def named_weights(name: str, base: Path = Path(), *, part: str | None = None, download: bool = False) -> Weights:
    """Weights from a file, or from who published them; a file that is there goes before a publisher.

    Args:
        name: a file, or `lite0`, `torchvision:NAME@WEIGHTS`, `timm:NAME`.
        base: the folder that a relative path starts from.
        part: which part of a file that holds several networks.
        download: whether published weights may be fetched.

    Raises:
        CheckpointError: when they are not there, or cannot be read.
        ShiftprobeError: as `published` does.
    """
    path = Path(base, name)
    if not there(path) and is_published(name):
        found = published.published(name, download=download)
        return Weights(
            state=found.state,
            sha256=found.sha256,
            path=name,
            bytes=found.bytes,
            format=found.source,
            arch=found.arch,
            classes=found.classes,
            preprocess=found.preprocess,
            notes=found.notes,
        )
    loaded = checkpoint.load_checkpoint(path, part=part)
    return Weights(
        state=loaded.state,
        sha256=loaded.sha256,
        path=str(path),
        bytes=loaded.bytes,
        format=loaded.format,
        classes=loaded.classes,
        dtypes=loaded.dtypes,
        notes=loaded.notes,
    )


def in_single(module: "nn.Module") -> "nn.Module":
    """A network in float32: itself, or a copy where it is in half or double precision."""
    import torch

    wide = all(value.dtype == torch.float32 for value in module.state_dict().values() if value.is_floating_point())
    return module if wide else copy.deepcopy(module).float()


def held_weights(module: "nn.Module") -> Weights:
    """The weights of a network in memory."""
    state = in_single(module).state_dict()
    return Weights(
        state=state,
        sha256=checkpoint.state_digest(state),
        path=IN_MEMORY,
        bytes=None,
        format=type(module).__name__,
        dtypes=tuple(sorted({str(value.dtype) for value in module.state_dict().values()})),
        notes=widened({spelled(value.dtype) for value in module.state_dict().values()}),
    )


def architecture(
    name: str, weights: Weights, given: str | None, *, allow_code: bool, cures: guess.Cures = guess.FLAGS
) -> tuple[str, str | None]:
    """Its name, and in words how it was guessed; None where it was given or published.

    Args:
        name: what the user calls the weights, for messages.
        weights: whose architecture is wanted.
        given: what the user calls the architecture; None is found out.
        allow_code: whether the name may stand for code of the user's own.
        cures: how the user says what is guessed here.

    Raises:
        CheckpointError: when nothing we know takes all the weights.
        UnknownNameError: when no architecture goes by the name given.
        SpecError: when that name stands for code that nobody allowed to run.
    """
    if given is not None:
        check_given_arch(given, allow_code=allow_code)
        check_arch(given)
        named = weights.arch is not None and given == plain_of(weights.arch)
        return (weights.arch or given) if named else given, None
    if weights.arch is not None:
        return weights.arch, None
    try:
        found = guess.guess_arch(weights.state, cures)
    except CheckpointError as error:
        raise CheckpointError(f"{escape(name)}: {error}") from None
    return found.arch, f"guessed from the weights' names: {found.why}; {cures.arch} says another one"


def sizes_of(
    name: str,
    weights: Weights,
    arch: str,
    *,
    allow_code: bool,
    images: tuple[int, int] = (_SIDE, 3),
    cures: guess.Cures = guess.FLAGS,
) -> Sizes:
    """How many outputs the weights have, and how many channels go in.

    Args:
        name: what the user calls the weights, for messages.
        weights: by name.
        arch: the network they are for.
        allow_code: whether the name may stand for code of the user's own.
        images: side in px and channels that the network can be built for.
        cures: how the user says what does not fit.

    Raises:
        CheckpointError: when they are not that network's.
    """
    side, channels = images
    skeleton = build(arch, classes=10, channels=channels, size=side, seed=0, allow_code=allow_code)
    found = read_sizes(weights.state, skeleton)
    if found.classes < 1 or found.channels not in {1, 3}:
        raise CheckpointError(f"{escape(name)}: {guess.describe_misfit(skeleton, weights.state, arch, cures)}")
    return found


def fitted(
    name: str,
    weights: Weights,
    arch: str,
    *,
    classes: int,
    preprocess: "Preprocess",
    allow_code: bool,
    cures: guess.Cures = guess.FLAGS,
) -> "tuple[nn.Module, tuple[str, ...]]":
    """The network with its weights on the CPU, in training mode, and what had to be bent.

    Args:
        name: what the user calls the weights, for messages.
        weights: by name.
        arch: the network they are for.
        classes: outputs of its head.
        preprocess: how images reach it.
        allow_code: whether the name may stand for code of the user's own.
        cures: how the user says what does not fit.

    Raises:
        CheckpointError: when the weights do not fit, with what cures it.
    """
    trained = guess.trained_side(arch, weights.state)
    if trained is not None and trained != preprocess.size:
        raise CheckpointError(
            f"{escape(name)}: its weights hold numbers per place in images of {trained} px, got images of "
            f"{preprocess.size} px; set {cures.size}{cures.given}{trained}"
        )
    size = guess.side_for(arch, weights.state, preprocess.size)
    model = build(arch, classes=classes, channels=preprocess.channels, size=size, seed=0, allow_code=allow_code)
    try:
        return model, checkpoint.fit_state(model, weights.state).notes
    except CheckpointError:
        misfit = guess.describe_misfit(model, weights.state, arch, cures)
        raise CheckpointError(f"{escape(name)}: {misfit}") from None
