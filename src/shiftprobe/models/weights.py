"""Weights that somebody names or holds in memory, and the network they belong to: the one way for audits and runs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.models import cached, published, timm_args
from shiftprobe.models.file_reading import AS_IT_IS, FileReading
from shiftprobe.models.folder import is_folder
from shiftprobe.models.folder_weights import folder_weights
from shiftprobe.models.formats import checkpoint
from shiftprobe.models.formats.values import spelled, widened
from shiftprobe.models.names import HUB, IN_MEMORY, is_published, lies
from shiftprobe.models.renamed import head_of, renamed
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
    arch_from: str = "published with the weights"  # who tells it, in words
    classes: tuple[str, ...] | None = None
    preprocess: "Preprocess | None" = None  # what travels with the weights
    dtypes: tuple[str, ...] = ()  # as they stood in the file
    notes: tuple[str, ...] = ()
    place: Path | None = None  # their file or folder, beside which more may be said; None where they lie nowhere
    normal: tuple[tuple[float, ...], tuple[float, ...]] | None = None  # mean and std of images that stand in the file


def named_weights(
    name: str, base: Path = Path(), *, reading: FileReading = AS_IT_IS, download: bool = False
) -> Weights:
    """Weights from a file or folder, or from who published them; what is there goes before a publisher.

    Args:
        name: a file, a folder with `config.json`, or `lite0`, `torchvision:NAME@WEIGHTS`, `timm:NAME`,
            `hf_hub:OWNER/NAME`.
        base: the folder that a relative path starts from.
        reading: what somebody says of a file of weights that it does not say itself.
        download: whether published weights may be fetched.

    Raises:
        CheckpointError: when they are not there, or cannot be read.
        ShiftprobeError: as `published` does.
    """
    path = Path(base, name)
    if not lies(path) and name.startswith(HUB):
        folder = cached.folder(name, download=download)
        return _published(name, name, folder_weights(folder), reading, place=folder)
    if is_folder(path):
        return _published(name, str(path), folder_weights(path), reading, place=path)
    if not there(path) and is_published(name):
        return _published(name, name, published.published(name, download=download), reading)
    own = _of_file(checkpoint.load_checkpoint(path, part=reading.part), path)
    return _as_said(own, base, reading) if reading.said else own


def _of_file(loaded: checkpoint.Loaded, path: Path) -> Weights:
    arch = None if loaded.args is None else timm_args.network(loaded.args)
    how, notes = (None, ()) if arch is None or loaded.args is None else _prepared(arch, loaded.args)
    return Weights(
        state=loaded.state,
        sha256=loaded.sha256,
        path=str(path),
        bytes=loaded.bytes,
        format=loaded.format,
        arch=arch,
        arch_from="told by the args of timm's train.py, which stand beside the weights",
        classes=loaded.classes,
        preprocess=how,
        dtypes=loaded.dtypes,
        notes=(*loaded.notes, *notes),
        place=path,
    )


def _prepared(arch: str, args: Mapping[str, object]) -> "tuple[Preprocess | None, tuple[str, ...]]":
    """How timm's train.py prepared images to validate; where that is none of ours, a note says so."""
    try:
        return timm_args.preprocess(arch, args), ()
    except SpecError as error:
        return None, (f"how its args prepare images is left out: {error}",)


def _published(
    name: str, path: str, found: published.Published, reading: FileReading, *, place: Path | None = None
) -> Weights:
    """What somebody published, under its name or in a folder, which holds one network."""
    if reading.said:
        raise SpecError(f"{escape(name)}: published weights have their names and their head; leave those to files")
    if reading.part is not None and place is not None:
        part = escape(repr(reading.part))
        raise CheckpointError(f"{escape(name)}: no part {part}: a folder holds one network; leave it out")
    return Weights(
        state=found.state,
        sha256=found.sha256,
        path=path,
        bytes=found.bytes,
        format=found.source,
        arch=found.arch,
        arch_from="published with the weights" if place is None else "told by its config.json",
        classes=found.classes,
        preprocess=found.preprocess,
        dtypes=found.dtypes,
        notes=found.notes,
        place=place,
    )


def _as_said(found: Weights, base: Path, reading: FileReading) -> Weights:
    """The weights with the names and the head that somebody says; they are the file's no more, nor is their digest."""
    state = renamed(found.state, reading.rename)
    notes = [
        *found.notes,
        *(f"`{escape(old)}` was renamed to `{escape(new)}`, as asked" for old, new in reading.rename),
    ]
    if reading.head is not None:
        head, values = head_of(Path(base, reading.head))
        state |= values
        notes.append(f"the head is from {escape(reading.head)} (SHA-256 {head.sha256[:16]})")
        notes += head.notes
    return replace(found, state=state, sha256=checkpoint.state_digest(state), notes=tuple(notes))


def held_weights(module: "nn.Module", network: "nn.Module") -> Weights:
    """The weights of a network in memory.

    Args:
        module: as it was given.
        network: the copy that is used, see `models.held`.
    """
    state = network.state_dict()
    return Weights(
        state=state,
        sha256=checkpoint.state_digest(state),
        path=IN_MEMORY,
        bytes=None,
        format=type(module).__name__,
        dtypes=tuple(sorted({str(value.dtype) for value in module.state_dict().values()})),
        notes=widened({spelled(value.dtype) for value in module.state_dict().values()}),
    )
