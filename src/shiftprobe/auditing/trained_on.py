"""Images that trained a checkpoint and must not judge it, known by their content."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shiftprobe.core.checksums import check_file
from shiftprobe.core.files import read_json
from shiftprobe.data.trained import hashes_of
from shiftprobe.results.run_folder import TRAINED
from shiftprobe.spec.loading import there

DEPTH = 5  # folders above a checkpoint that may be its run's


def trained(checkpoint: str, named: Sequence[str]) -> frozenset[str]:
    """Content hashes of images that trained a checkpoint.

    Args:
        checkpoint: its file; where it lies in a run of ours, that run says what it trained on.
        named: further data, by name or path.

    Raises:
        ShiftprobeError: when data that is named cannot be read, or what the run says is not as it was written.
    """
    return frozenset(_of_run(Path(checkpoint))) | hashes_of(named, Path(), "--trained-on")


def _of_run(checkpoint: Path) -> list[str]:
    for folder in checkpoint.resolve().parents[:DEPTH] if there(checkpoint) else ():
        if (folder / "about.json").is_file():
            check_file(folder / TRAINED)  # also one that is gone
        if (folder / TRAINED).is_file():
            try:
                kept: Any = read_json(folder / TRAINED)
            except (OSError, ValueError):
                return []
            return [one for one in kept if isinstance(one, str)] if isinstance(kept, list) else []
    return []
