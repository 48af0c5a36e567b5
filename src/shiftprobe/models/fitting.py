"""The network that weights belong to: which it is, how large, and built with them in it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.models import checkpoint, guess, transformers_
from shiftprobe.models.build import build, check_arch
from shiftprobe.models.folder import CONFIG, holds_config
from shiftprobe.models.names import check_given_arch, plain_of
from shiftprobe.models.settled import bones_of, settled
from shiftprobe.models.sizes import Sizes, read_sizes
from shiftprobe.models.skeleton import Skeleton
from shiftprobe.models.weights import Weights
from shiftprobe.spec.arch_options import bare

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.models.preprocess import Preprocess

_SIDE = 224  # px that a network is built for, to know which of its weights is which


def architecture(
    name: str, weights: Weights, given: str | None, *, allow_code: bool, cures: guess.Cures = guess.FLAGS
) -> tuple[Weights, str, str | None]:
    """The weights where their network has them, its name, and in words how it was guessed; None where it was said.

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
    arch, guessed = given, None
    if given is not None:
        _check_own(name, weights, given)
        check_given_arch(given, allow_code=allow_code)
        check_arch(given)
        if weights.arch is not None and given == plain_of(weights.arch):
            arch = weights.arch
    elif weights.arch is not None:
        return weights, weights.arch, None
    else:
        try:
            found = guess.guess_arch(weights.state, cures)
        except CheckpointError as error:
            folder = weights.place.parent if weights.place is not None else Path()
            hint = f"; {CONFIG} lies beside it: give the folder, {escape(folder)}" if holds_config(folder) else ""
            raise CheckpointError(f"{escape(name)}: {error}{hint}") from None
        arch = found.arch
        guessed = f"guessed from the weights' names: {found.why}; {cures.arch} says another one"
    bones = bones_of(str(arch), weights.state, allow_code=allow_code)
    return _settled(weights, bones), str(arch), guessed


def _settled(weights: Weights, bones: Skeleton | None) -> Weights:
    if bones is None:
        return weights
    state, notes, normal = settled(weights.state, bones)
    return replace(weights, state=state, notes=(*weights.notes, *notes), normal=normal)


def _check_own(name: str, weights: Weights, given: str) -> None:
    """Refuse another network than a folder of transformers describes: its weights have the names of that one."""
    own = weights.arch or ""
    if own.startswith(transformers_.PREFIX) and given != own:
        raise SpecError(f"{escape(name)}: its config.json says {bare(own)}, got {escape(given)}; leave the arch out")


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
    side, channels = transformers_.side_of(arch) or images[0], images[1]
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
