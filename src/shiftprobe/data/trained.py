"""Images that trained a checkpoint, known by their content in whatever file they come."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from shiftprobe import data
from shiftprobe.core.checksums import check_file
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import json_bytes
from shiftprobe.core.readers import VIEWER, Reader
from shiftprobe.core.reading import read_json
from shiftprobe.data.places import check_place
from shiftprobe.results.run_folder import TRAINED

MAX_BYTES = 256 * 2**20  # of a list of content hashes: more than two million images
LISTING = ".images.json"
"""How the name of a list of images ends that an audit writes beside what it keeps."""
LISTED = "shiftprobe-images"
_ABOUT = "about.json"


def hashes_of(names: Sequence[str], base: Path, what: str, reader: Reader = VIEWER) -> frozenset[str]:
    """Content hashes of all images of some data, with or without labels.

    Args:
        names: data by name or path: a folder, a manifest, ORIGIN:NAME; a run folder names what trained its networks, a
            list that an audit wrote what chose the weights beside it.
        base: the folder that relative paths start from.
        what: the key or flag that named them, for the refusal.
        reader: whose pixels are hashed.

    Raises:
        ShiftprobeError: when data that is named cannot be read.
    """
    found: set[str] = set()
    for name in names:
        check_place(name, what, base)
        folder = base / name
        if is_listing(name):
            found |= _listed(folder)
        elif is_run(folder):
            found |= hashes_of_run(folder)
        else:
            found |= set(data.load_unlabelled(name, base, reader=reader).hashes)
    return frozenset(found)


def is_listing(name: str) -> bool:
    """Whether data are named by a list of images that an audit wrote."""
    return name.endswith(LISTING)


def listing(hashes: Iterable[str], weights: str) -> bytes:
    """A list of images by their content, as `--trained-on` takes it.

    Args:
        hashes: content hashes.
        weights: SHA-256 of the file that they chose, in hex.
    """
    return json_bytes({"schema": LISTED, "weights": weights, "images": sorted(set(hashes))})


def weights_of(path: Path) -> str | None:
    """SHA-256 of the weights that a list of images belongs to; None where it is no such list."""
    try:
        kept: object = read_json(path, MAX_BYTES)
    except (OSError, RunError):
        return None
    said = kept.get("weights") if isinstance(kept, dict) and kept.get("schema") == LISTED else None
    return said if isinstance(said, str) else None


def _listed(path: Path) -> frozenset[str]:
    try:
        kept: object = read_json(path, MAX_BYTES)
    except (OSError, RunError) as error:
        raise _unreadable(path, str(error)) from None
    images = kept.get("images") if isinstance(kept, dict) and kept.get("schema") == LISTED else None
    if not isinstance(images, list) or not all(isinstance(one, str) for one in images):
        raise _unreadable(path, "something else")
    return frozenset(images)


def is_run(folder: Path) -> bool:
    """Whether a folder is a run's that says which images trained its networks."""
    try:
        return (folder / _ABOUT).is_file() and (folder / TRAINED).is_file()
    except (OSError, ValueError):
        return False


def hashes_of_run(folder: Path) -> frozenset[str]:
    """Content hashes of the images that a run says trained its networks.

    Raises:
        RunError: when it is no list, no regular file of the folder's own, too large, or not as it was written.
    """
    path = folder / TRAINED
    try:
        check_file(path)
        kept: object = read_json(path, MAX_BYTES)
    except (OSError, RunError) as error:
        raise _unreadable(path, str(error)) from None
    if not isinstance(kept, list) or not all(isinstance(one, str) for one in kept):
        raise _unreadable(path, "something else")
    return frozenset(kept)


def _unreadable(path: Path, got: str) -> RunError:
    return RunError(
        f"{escape(path)}: wanted a list of content hashes, got: {escape(got)}; name the data itself (--trained-on)"
    )
