"""The target under every dose, made once as bytes on disk and read by every arm, seed and probe.

Beside each set lies a small file with its checksum and what it was made of; a set whose bytes are others is not used.
"""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.checksums import sha256_of, write_with_checksums
from shiftprobe.core.concurrent import one_thread_each
from shiftprobe.core.digest import digest, index_digest
from shiftprobe.core.errors import DamagedError, RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import exhaustion, json_bytes, npz_bytes, on_its_way, write_bytes
from shiftprobe.core.readers import VIEWER
from shiftprobe.core.reading import is_there, read_json
from shiftprobe.core.rows import room_for
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Image, Shift
from shiftprobe.data.reduced import at_side, whole
from shiftprobe.data.reread import read_by
from shiftprobe.models.preprocess import Preprocess

CHUNK = 256
MOST_IN_MEMORY = 2**28  # bytes of prepared images that are asked for at once


@dataclass(frozen=True, slots=True)
class Dose:
    """One point on the dial of a shift, with the seed that every image's draw starts from."""

    shift: Shift
    severity: float  # of the shift itself, whatever the run's scale calls it
    seed: int
    side: int | None = None  # px that the shorter side of a larger image is brought to first; None: its own resolution


def shifted(images: Sequence[Image], index: Sequence[int], dose: Dose) -> list[Image]:
    """Some images of a set under a dose, each with its own draw: the same in any order and any company."""
    return list(_each(images, index, dose))


def prepared(
    images: Sequence[Image],
    index: Sequence[int],
    dose: Dose,
    preprocess: Preprocess,
    out: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Some images under a dose as a network meets them; one at a time is in memory at its own resolution.

    Args:
        images: the set, at its own resolution; larger ones are brought to the dose's before it falls on them.
        index: which of them.
        dose: what happens to them.
        preprocess: says who reads them, and brings them to the network's size and channels after the shift.
        out: (n, S, S, C) to write into; made when None, in an unnamed file where it is large.
    """
    if out is None:
        out = room(len(index), preprocess)
    for place, image in enumerate(_each(read_by(images, preprocess.reader), index, dose)):
        out[place] = preprocess.images([image])[0]
    return out


def room(images: int, preprocess: Preprocess) -> NDArray[np.uint8]:
    """(images, S, S, C) to be filled, in an unnamed file where it is large."""
    return room_for((images, preprocess.size, preprocess.size, preprocess.channels), np.uint8, MOST_IN_MEMORY)


def in_chunks(
    images: Sequence[Image], index: NDArray[np.int64], dose: Dose, preprocess: Preprocess, out: NDArray[np.uint8]
) -> Iterator[slice]:
    """As `prepared`, by all cores: OpenCV and Pillow free the interpreter. Gives the places that are filled, in order.

    Args:
        images: as there.
        index: as there.
        dose: as there.
        preprocess: as there.
        out: as there.
    """

    def work(start: int) -> slice:
        part = index[start : start + CHUNK].tolist()
        place = slice(start, start + len(part))
        prepared(images, part, dose, preprocess, out[place])
        return place

    with one_thread_each(), ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(work, range(0, len(index), CHUNK))


def _each(images: Sequence[Image], index: Sequence[int], dose: Dose) -> Iterator[Image]:
    change = dose.shift.at(dose.severity)
    read = whole if dose.severity == 0 else at_side  # what is not shifted is prepared from all its pixels
    return (change(read(images, i, dose.side), image_generator(dose.seed, i)) for i in index)


def write_set(
    path: Path, images: Sequence[Image], index: NDArray[np.int64], preprocess: Preprocess, dose: Dose
) -> None:
    """Write a shifted set, (len(index), S, S, C) bytes.

    Args:
        path: the .npy file; it appears by rename, whole or not at all. Left alone when it is there, made of the same
            and with the bytes it was written with; made again otherwise.
        images: the target, at its own resolution.
        index: which images, in the order they are written.
        preprocess: brings them to the network's size and channels after the shift.
        dose: what happens to them.
    """
    made_of = _made_of(path, index, preprocess, dose)
    if _said(path).get("made_of") == made_of and is_sound(path):
        return
    temporary = on_its_way(path)
    shape = (len(index), preprocess.size, preprocess.size, preprocess.channels)
    with exhaustion(f"writing shifted images to {escape(path.parent)}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            out = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)
            _claim(temporary)
            whole = hashlib.sha256(_header(temporary, out.offset))

            for done in in_chunks(images, index, dose, preprocess, out):
                whole.update(out[done].data)  # while the others still work, and in the order of the file
            out.flush()
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    write_bytes(_beside(path), json_bytes({"sha256": whole.hexdigest(), "made_of": made_of}))


def open_set(path: Path) -> NDArray[np.uint8]:
    """A shifted set, mapped into memory; its bytes are checked once per process.

    Raises:
        DamagedError: when they are not those that were written; the next run makes the set again.
    """
    if not is_sound(path):
        raise DamagedError(
            f"{escape(path)}: wanted the shifted images that were written (their checksum), got none or others; run "
            "the same command again, which makes them anew: what is finished is kept"
        )
    whole: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return whole


def remove_set(path: Path) -> None:
    """Give the disk back what a shifted set took."""
    path.unlink(missing_ok=True)
    _beside(path).unlink(missing_ok=True)


_checked: set[tuple[str, int, int, int, str]] = set()  # files that this process has found sound


def is_sound(path: Path) -> bool:
    """Whether a set has the bytes that were written; a file that did not change since is not read again."""
    try:
        found = path.lstat()
    except OSError:
        return False
    wanted = _said(path).get("sha256", "")
    key = (str(path), found.st_ino, found.st_size, found.st_mtime_ns, wanted)
    if key not in _checked:
        if not wanted or sha256_of(path, sys.maxsize) != wanted:
            return False
        _checked.add(key)
    return True


def _said(path: Path) -> dict[str, str]:
    """What lies beside a set; nothing where that is gone or damaged."""
    try:
        data = read_json(_beside(path)) if is_there(_beside(path)) else {}
        return {key: str(value) for key, value in data.items()}
    except (OSError, AttributeError, RunError):
        return {}


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _made_of(path: Path, index: NDArray[np.int64], preprocess: Preprocess, dose: Dose) -> str:
    """All that tells a set from others: of another run, another condition or another dose.

    The run's folder carries its identity (data, code, preprocessing) in its name.
    """
    place = [path.parents[1].name, path.name]
    how = preprocess
    size: list[object] = [how.size, how.channels, how.resize, how.interpolation, how.order]
    later = (("crop", "round"), ("reader", VIEWER))  # sets of before them are found again
    size += [getattr(how, key) for key, usual in later if getattr(how, key) != usual]
    shift = [dose.shift.name, dose.severity, dose.seed, dose.side]
    return digest({"place": place, "images": index_digest([index]), "size": size, "dose": shift})


def _claim(path: Path) -> None:
    """Take the space of a file now, where the system can: a memory map meets a full disk with a signal."""
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


def _header(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def write_samples(path: Path, images: Sequence[Image], index: Sequence[int], labels: Sequence[int], dose: Dose) -> None:
    """Keep a few test images of a dose at their own resolution, for the report."""
    arrays = {str(i): image for i, image in enumerate(shifted(images, index, dose))}
    write_with_checksums(path.parent, {path.name: npz_bytes({**arrays, "labels": np.asarray(labels)})})
