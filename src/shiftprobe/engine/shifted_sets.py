"""The target under every dose, made once as bytes on disk and read by every arm, seed and probe."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.escape import escape
from shiftprobe.core.files import exhaustion, npz_bytes, write_bytes
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Image, Shift
from shiftprobe.models.preprocess import Preprocess

CHUNK = 256


@dataclass(frozen=True, slots=True)
class Dose:
    """One point on the dial of a shift, with the seed that every image's draw starts from."""

    shift: Shift
    severity: float  # of the shift itself, whatever the run's scale calls it
    seed: int


def shifted(images: Sequence[Image], index: Sequence[int], dose: Dose) -> list[Image]:
    """Some images of a set under a dose, each with its own draw: the same in any order and any company."""
    change = dose.shift.at(dose.severity)
    return [change(images[i], image_generator(dose.seed, i)) for i in index]


def write_set(
    path: Path, images: Sequence[Image], index: NDArray[np.int64], preprocess: Preprocess, dose: Dose
) -> None:
    """Write a shifted set, (len(index), S, S, C) bytes, in threads: OpenCV and Pillow free the interpreter.

    Args:
        path: the .npy file; it appears by rename, whole or not at all. Left alone when it is there.
        images: the target, at its own resolution.
        index: which images, in the order they are written.
        preprocess: brings them to the network's size and channels after the shift.
        dose: what happens to them.
    """
    if path.exists():
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    shape = (len(index), preprocess.size, preprocess.size, preprocess.channels)
    with exhaustion(f"writing shifted images to {escape(path.parent)}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            out = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)
            _claim(temporary)

            def work(start: int) -> None:
                part = index[start : start + CHUNK].tolist()
                out[start : start + len(part)] = preprocess.images(shifted(images, part, dose))

            with _one_thread_each(), ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(work, range(0, len(index), CHUNK)))
            out.flush()
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _claim(path: Path) -> None:
    """Take the space of a file now, where the system can: a memory map meets a full disk with a signal."""
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """OpenCV's own threads would fight ours for the same cores."""
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def write_samples(path: Path, images: Sequence[Image], index: Sequence[int], labels: Sequence[int], dose: Dose) -> None:
    """Keep a few test images of a dose at their own resolution, for the report."""
    arrays = {str(i): image for i, image in enumerate(shifted(images, index, dose))}
    write_bytes(path, npz_bytes({**arrays, "labels": np.asarray(labels)}))
