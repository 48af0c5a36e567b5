"""The network that weights belong to: which it is, how large, built with them in it; the one test whether they fit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.models import guess, transformers_
from shiftprobe.models.build import build, check_arch
from shiftprobe.models.folder import CONFIG, holds_config
from shiftprobe.models.formats.wrapping import aligned
from shiftprobe.models.head import COUNTER, guides, in_head
from shiftprobe.models.names import check_given_arch, plain_of
from shiftprobe.models.settled import bones_of, settled
from shiftprobe.models.sizes import Sizes, read_sizes
from shiftprobe.models.skeleton import Skeleton
from shiftprobe.models.weights import Weights
from shiftprobe.spec.arch_options import bare

if TYPE_CHECKING:
    from shiftprobe.models.preprocess import Preprocess

_SIDE = 224  # px that a network is built for, to know which of its weights is which


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What came of fitting weights into a model."""

    head_loaded: bool  # False when the head had another number of classes and kept the model's own weights
    notes: tuple[str, ...] = ()  # a sentence for each weight that was left out or begins anew


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
        _check_own(name, weights, given, cures)
        check_given_arch(given, allow_code=allow_code)
        check_arch(given)
    if weights.arch is not None and given in {None, weights.arch, plain_of(weights.arch)}:
        return weights, weights.arch, None
    if given is None:
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


def _check_own(name: str, weights: Weights, given: str, cures: guess.Cures) -> None:
    """Refuse another network than a folder of transformers describes: its weights have the names of that one."""
    own = weights.arch or ""
    if own.startswith(transformers_.PREFIX) and given != own:
        raise SpecError(f"{escape(name)}: its config.json says {bare(own)}, got {escape(given)}; {cures.unsaid}")


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
        return model, fit_state(model, weights.state).notes
    except CheckpointError:
        misfit = guess.describe_misfit(model, weights.state, arch, cures)
        raise CheckpointError(f"{escape(name)}: {misfit}") from None


def fit_state(model: nn.Module, state: Mapping[str, Tensor], head: str | None = None) -> LoadReport:
    """Put weights into a model; half and double precision become the model's own.

    Args:
        model: changed in place, and not at all when something does not fit.
        state: weights by name.
        head: path of the head, when weights for another number of classes may come; the model's own head then
            stays as it is. None: everything must fit.

    Raises:
        CheckpointError: naming the first weight that is missing, not known to the model, or of another shape.
    """
    own = model.state_dict()
    given, notes = _known(aligned(state, own), own)
    other_head = head is not None and any(
        name not in given or given[name].shape != value.shape for name, value in own.items() if in_head(name, head)
    )
    kept = {name for name in own if other_head and head is not None and in_head(name, head)}
    missing = [name for name in own if name not in given and name not in kept]
    unknown = [name for name in given if name not in own]
    if missing or unknown:
        what = (
            f"has no {escape(missing[0])}" if missing else f"holds {escape(unknown[0])}, which the model does not know"
        )
        raise CheckpointError(
            f"the checkpoint {what} ({len(missing)} missing, {len(unknown)} unexpected of {len(own)}); "
            "is it the same arch?"
        )
    for name in own:
        if name not in kept:
            _check_fit(name, given[name], own[name])
            own[name] = given[name].to(own[name].dtype)
    model.load_state_dict(own, strict=True)  # the model's own dict: some modules ask for the version noted in it
    return LoadReport(head_loaded=not other_head, notes=notes)


def _known(state: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """The weights without those that only guide training and the model lacks; with counters that old files lack."""
    left = [name for name in state if guides(name) and name not in own]
    counters = [name for name in own if name.endswith(COUNTER) and name not in state]
    given = {name: value for name, value in state.items() if name not in left}
    given |= {name: torch.zeros_like(own[name]) for name in counters if name.removesuffix(COUNTER) + ".weight" in given}
    more = " and so on" if len(left) > 1 else ""
    notes = [f"what only guides training ({escape(left[0])}{more}) was left out"] if left else []
    if counters:
        notes.append(f"counters of batches ({len(counters)}) are not in the file and begin at 0")
    return given, tuple(notes)


def _check_fit(name: str, found: Tensor, wanted: Tensor) -> None:
    if found.shape != wanted.shape or found.is_floating_point() != wanted.is_floating_point():
        raise CheckpointError(
            f"weights of {escape(name)}: the model wants {tuple(wanted.shape)} {wanted.dtype}, "
            f"the checkpoint has {tuple(found.shape)} {found.dtype}; is it the same arch, channels and size?"
        )
    if found.dtype == torch.float64 and not torch.isfinite(found.to(wanted.dtype)).all():
        raise CheckpointError(f"weights of {escape(name)}: too large for {wanted.dtype}; did its training diverge?")
