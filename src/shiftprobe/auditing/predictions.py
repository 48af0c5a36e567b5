"""What the checkpoint answers to every set of images: each set one forward pass, kept on disk as soon as it is done."""

import copy
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import Side, Subject
from shiftprobe.auditing.types import Floats, Predictions
from shiftprobe.core.concurrent import in_turn
from shiftprobe.core.digest import digest
from shiftprobe.core.errors import CheckpointError, NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import MANIFEST, intact, npy_parts, write_folder
from shiftprobe.core.reading import read_json
from shiftprobe.core.rows import room_for
from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.engine.code_version import version
from shiftprobe.engine.executors.threads import limited
from shiftprobe.engine.shifted_sets import Dose, prepared
from shiftprobe.engine.versions import shift_version

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.models.preprocess import Preprocess

CHUNK = 256  # images in memory at once; a multiple of the batch, so that the same batches give the same bits
BATCH = 64  # of them, as a device gets them
AHEAD = 16  # batches that are prepared or waiting before a device needs them
MOST_IN_MEMORY = 2**26  # bytes of one array of answers; larger ones lie on the disk
MAX_HALF_PRECISION = 60_000.0  # the largest feature that is rounded to half precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One set of images to predict."""

    side: Side
    condition: Condition = UNSHIFTED
    room: str = ""  # of its folder, where a condition is looked at in steps

    @property
    def key(self) -> str:
        """Its folder, below those of one side."""
        return f"{self.room}/{self.condition.key}" if self.room else self.condition.key


def predict(
    subject: Subject, side: Side, index: Sequence[int], dose: Dose, preprocess: "Preprocess | None" = None
) -> Predictions:
    """One forward pass over some images of a side under a dose, with features where there are any.

    Args:
        subject: the checkpoint.
        side: whose images.
        index: places among the side's images.
        dose: what happens to them first; the draws belong to the images, whatever is chosen.
        preprocess: another preparation than the subject's own.
    """
    return Looker(subject, subject.model, preprocess or subject.preprocess).at(side, index, dose)


@contextmanager
def finite(subject: Subject, side: Side) -> Iterator[None]:
    """A network that gives no numbers cannot be audited.

    Raises:
        CheckpointError: where a forward pass gives NaN or infinity.
    """
    try:
        yield
    except NotAvailableError as error:
        raise CheckpointError(f"{escape(subject.facts.path)} on {escape(side.name)}: {error}") from None


def predict_all(
    subject: Subject,
    tasks: Sequence[Task],
    folder: Path,
    *,
    workers: int,
    dose: Callable[[Condition], Dose],
    step: Callable[[], None] = lambda: None,
) -> Mapping[str, Predictions]:
    """Every task's answers, from disk where they are there already.

    Workers are threads, each with its own copy of the network on one processor core: their number moves no bit. On
    another device one network looks, and the workers decode and shift ahead of it.

    Args:
        subject: the checkpoint.
        tasks: sets of images.
        folder: where answers are kept; each appears whole or not at all.
        workers: how many work at once.
        dose: what is done to the images in a condition.
        step: called as each task is done.
    """
    copies, on_device = threading.local(), subject.device != "cpu"

    def work(task: Task, ahead: ThreadPoolExecutor | None = None) -> Predictions:
        if not hasattr(copies, "model"):
            copies.model = subject.model if on_device else copy.deepcopy(subject.model)
        look = Looker(subject, copies.model, subject.preprocess, ahead)
        predictions = _kept_or_made(look, task, folder / task.key, dose(task.condition))
        step()
        return predictions

    with limited(1), ThreadPoolExecutor(workers) as pool:
        found = (work(task, pool) for task in tasks) if on_device else pool.map(work, tasks)
        return dict(zip([task.key for task in tasks], found, strict=True))


def missing(subject: Subject, tasks: Sequence[Task], folder: Path, dose: Callable[[Condition], Dose]) -> int:
    """How many images still need a forward pass."""
    todo = (one for one in tasks if not _there(folder / one.key, _identity(subject, one, dose(one.condition))))
    return sum(len(task.side) for task in todo)


@dataclass(frozen=True, slots=True)
class Looker:
    """A network that looks, and who prepares images ahead of it."""

    subject: Subject
    model: "nn.Module"  # the subject's, or a copy
    preprocess: "Preprocess"
    ahead: ThreadPoolExecutor | None = None  # None: whoever looks prepares them

    def at(self, side: Side, index: Sequence[int], dose: Dose) -> Predictions:
        """The pass itself, a chunk of images at a time."""
        places = side.index[np.asarray(index, np.int64)].tolist()
        most = CHUNK if self.ahead is None else BATCH
        parts = [places[start : start + most] for start in range(0, len(places), most)]

        def pixels(part: list[int]) -> NDArray[np.uint8]:
            return prepared(side.bundle.images, part, dose, self.preprocess)

        made = map(pixels, parts) if self.ahead is None else in_turn(self.ahead, pixels, parts, most=AHEAD)
        filled, whole = 0, Predictions(logits=np.empty((0, 0), np.float32))
        for one in (answers(self.subject, self.model, some, self.preprocess) for some in made):
            if not filled:
                whole = one.each(partial(_room, len(places)))
            here = slice(filled, filled := filled + len(one.logits))
            for name, array in one.arrays.items():
                whole.arrays[name][here] = array
        return whole


def _room(n: int, like: Floats) -> NDArray[np.float32]:
    """For as many rows of the same width: beyond a size they lie on the disk, as they do afterwards."""
    return room_for((n, like.shape[1]), np.float32, MOST_IN_MEMORY)


def _kept_or_made(look: Looker, task: Task, place: Path, dose: Dose) -> Predictions:
    subject, identity = look.subject, _identity(look.subject, task, dose)
    if not _there(place, identity):
        with finite(subject, task.side):
            predictions = look.at(task.side, range(len(task.side)), dose)
        features = predictions.features
        slim = replace(predictions, features=None if features is None else _halved(features))
        files = {f"{name}.npy": npy_parts(array) for name, array in slim.arrays.items()}
        write_folder(place, files, {"identity": identity})
    names = ("logits",) if subject.head is None else ("logits", "features")
    kept = {name: np.asarray(np.load(place / f"{name}.npy", mmap_mode="r")) for name in names}
    return Predictions(**kept)  # what was just made is read too: resumed, it is the same


def _halved(features: Floats) -> Floats:
    """Half the bytes; three digits are enough to compare features by."""
    parts = [slice(start, start + CHUNK) for start in range(0, len(features), CHUNK)]
    if max(np.abs(features[part]).max() for part in parts) >= MAX_HALF_PRECISION:
        return features
    half = room_for(features.shape, np.float16, MOST_IN_MEMORY)
    for part in parts:
        half[part] = features[part]
    return half


def _there(place: Path, identity: str) -> bool:
    return intact(place) and read_json(place / MANIFEST).get("about") == {"identity": identity}


def _identity(subject: Subject, task: Task, dose: Dose) -> str:
    """All that an answer depends on."""
    import torch

    whole = {
        "weights": [subject.fingerprint, subject.answered],
        "arch": subject.facts.arch,
        "preprocess": subject.preprocess.to_dict(),
        "images": [task.side.bundle.digest, task.side.index.tolist()],
        "labels": None if task.side.labels is None else task.side.labels.tolist(),
        "dose": [task.condition.key, dose.seed, dose.side if dose.severity > 0 else None],
        "code": [version(("auditing.predictions",)), shift_version(task.condition.shift)],
        "torch": torch.__version__,
    }
    if (subject.device, subject.precision) != ("cpu", "float32"):  # as they always were
        whole["looks"] = [subject.device, subject.precision]
    return digest(json.loads(json.dumps(whole)))


def answers(subject: Subject, model: "nn.Module", pixels: NDArray[np.uint8], preprocess: "Preprocess") -> Predictions:
    """What a network answers to prepared images.

    Args:
        subject: the checkpoint.
        model: its network, or a copy.
        pixels: (N, S, S, C).
        preprocess: what they were prepared by.
    """
    from shiftprobe.core.types import PENULTIMATE
    from shiftprobe.models.extract import extract

    view = extract(
        model,
        pixels,
        np.zeros(len(pixels), np.int64),
        preprocess,
        taps=() if subject.head is None else (PENULTIMATE,),
        head=subject.head or "",
        device=subject.device,
        precision=subject.precision,
    )
    return Predictions(logits=view.logits, features=view.features.get(PENULTIMATE))
