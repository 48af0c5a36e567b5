"""Images that trained a checkpoint and must not judge it, known by their content; and who says so.

Whoever leaves images out chooses the judges. What the user names is left out. What a file beside the checkpoint names
is left out too, as a checkpoint does well on what it has seen, but nobody vouches for that file: it may name just the
images that the checkpoint has wrong. So nothing passes by its word alone: see `auditing/both_ways.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.checksums import check_file
from shiftprobe.core.errors import RunError
from shiftprobe.core.readers import VIEWER, Reader
from shiftprobe.data.trained import hashes_of, hashes_of_run
from shiftprobe.models.folder import is_folder
from shiftprobe.models.names import lies
from shiftprobe.results.run_folder import TRAINED

DEPTH = 5  # folders above a checkpoint that may be its run's


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedOn:
    """Content hashes of images that trained a checkpoint, by who says so."""

    named: frozenset[str] = frozenset()  # by the user, who named data or the checkpoint's run
    beside: frozenset[str] = frozenset()  # by a file beside the checkpoint alone
    folder: Path = Path()  # where that file lies, as the checkpoint was named


def trained(checkpoint: str, named: Sequence[str], run: Path | None = None, reader: Reader = VIEWER) -> TrainedOn:
    """Which images trained a checkpoint.

    Args:
        checkpoint: its file; where it lies in a run of ours, that run says what it trained on.
        named: further data, by name or path; a run folder stands for what trained its networks.
        run: the run that the user names; it is believed of checkpoints that lie in it.
        reader: whose pixels are hashed.

    Raises:
        ShiftprobeError: when data or a run that is named cannot be read, or what a run says is not as it was written.
    """
    said = hashes_of(named, Path(), "--trained-on", reader)
    folder = _folder(Path(checkpoint))
    if folder is None:
        return TrainedOn(named=said)
    if run is not None and run.resolve() == folder.resolve():
        return TrainedOn(named=said | hashes_of_run(folder))
    try:
        return TrainedOn(named=said, beside=hashes_of_run(folder) - said, folder=folder)
    except RunError:
        return TrainedOn(named=said)


def _folder(checkpoint: Path) -> Path | None:
    """The nearest folder above a checkpoint that holds such a file.

    Raises:
        RunError: when a run has its checksum but not its bytes.
    """
    place = checkpoint.resolve()
    inside = (place,) if is_folder(checkpoint) else ()
    above = (*inside, *place.parents[: DEPTH - len(inside)]) if lies(checkpoint) else ()
    for folder in above:
        if (folder / "about.json").is_file():
            check_file(folder / TRAINED)  # damaged or gone, it would let images judge that trained the checkpoint
    found = next((place for place, folder in enumerate(above) if (folder / TRAINED).is_file()), None)
    if found is None:
        return None
    as_named = (*(checkpoint,) * len(inside), *checkpoint.parents)
    named = as_named[found] if found < len(as_named) else above[found]
    return named if named.resolve() == above[found] else above[found]
