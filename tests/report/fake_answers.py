"""What the accuracy probe leaves in a fake run: every answer on every test image."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tests.report.fake_run import Fake

from shiftprobe.core.files import npz_bytes, write_folder
from shiftprobe.core.types import Cell
from shiftprobe.results.run_folder import RunDir

IMAGES = 600


def labels_of(fake: Fake, images: int = IMAGES) -> NDArray[np.uint16]:
    return (np.arange(images) % len(fake.classes)).astype(np.uint16)


def write_answers(
    run: Path, fake: Fake, *, lost: int | None = None, images: int = IMAGES, rate: float = 0.9, salt: int = 0
) -> None:
    """Every arm has nine of ten right, transfer `rate`, and no more than half of the images of class `lost`.

    Runs with one `salt` draw alike: what is right at a lower rate is right at a higher one.
    """
    for shift, severity in fake.doses:
        for seed in (None, *range(fake.seeds)):
            cell = Cell(shift, severity, None if seed is None else max(fake.budgets), seed)
            arms = ("zero_shot",) if seed is None else ("scratch", "transfer")
            labels = labels_of(fake, images)
            arrays = {
                arm: _answers(labels, fake, (shift, severity, (seed or 0) + 1000 * salt, arm), lost, rate)
                for arm in arms
            }
            folder = RunDir(run).finding("accuracy", cell)
            write_folder(folder, {"arrays.npz": npz_bytes({"labels": labels, **arrays})}, {})


def _answers(
    labels: NDArray[np.uint16], fake: Fake, place: tuple[str, float, int, str], lost: int | None, rate: float
) -> NDArray[np.uint16]:
    rng = np.random.default_rng([sum(place[0].encode()), int(100 * place[1]), place[2], len(place[3])])
    right = rng.random(len(labels)) < (rate if place[3] == "transfer" else 0.9)
    if place[3] == "transfer" and lost is not None:
        right[(labels == lost) & (rng.random(len(labels)) < 0.5)] = False
    return np.where(right, labels, (labels + 1) % len(fake.classes)).astype(np.uint16)
