"""Fewer of the labelled images train: half of them, or all but those whose labels are suspected."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.arrays import read_arrays
from shiftprobe.core.digest import index_digest
from shiftprobe.core.errors import RunError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import npz_bytes, write_folder, written_about
from shiftprobe.engine.belonging import is_of, place
from shiftprobe.engine.changes.base import CHANGES, Change, Ingredients, Values
from shiftprobe.engine.versions import DIGEST_CHARACTERS

if TYPE_CHECKING:
    from shiftprobe.core.types import Cell
    from shiftprobe.engine.setup import Setup

SUSPECTS, MASK = "suspects.npz", "suspected"


def keep_suspects(setup: "Setup", suspected: NDArray[np.bool_]) -> None:
    """Put into the run folder whose labels are suspected.

    Args:
        setup: the resolved spec; its run folder is held by the caller.
        suspected: (pool,) for each row of a shifted set that may train.

    Raises:
        ValueError: when there are not so many.
    """
    if suspected.shape != (setup.pool,) or suspected.dtype != np.bool_:
        raise ValueError(f"wanted ({setup.pool},) truth values, got {suspected.dtype} {suspected.shape}")
    about = {**place(setup.run), "what": "suspected labels", "suspects": _digest(suspected)}
    write_folder(setup.run.suspects, {SUSPECTS: npz_bytes({MASK: suspected})}, about)


def read_suspects(setup: "Setup") -> NDArray[np.bool_]:
    """Whose labels are suspected, (pool,).

    Raises:
        RunError: when nobody looked, or the file holds something else.
    """
    path = setup.run.suspects / SUSPECTS
    if not suspects_digest(setup):
        raise RunError(f"{escape(path)}: wanted the suspected labels of this run, got none; look for them first")
    found = read_arrays(path).get(MASK, np.zeros(0))
    if found.dtype != np.bool_ or found.shape != (setup.pool,):
        raise RunError(f"{escape(path)}: wanted a truth value for each of {setup.pool:,} images, got something else")
    return np.asarray(found, np.bool_)


def suspects_digest(setup: "Setup", _: "Cell | None" = None) -> str:
    """What tells these suspects from others; empty where nobody looked."""
    about = written_about(setup.run.suspects) or {}
    return str(about.get("suspects", "")) if is_of(about, {**place(setup.run), "what": "suspected labels"}) else ""


def _digest(suspected: NDArray[np.bool_]) -> str:
    return index_digest([np.flatnonzero(suspected)])[:DIGEST_CHARACTERS]


def share(made_of: Ingredients, values: Values) -> Ingredients:
    """The first images of the budget, so that smaller shares are within larger ones and classes keep their turns."""
    return _with(made_of, made_of.train[: round(values[0] * len(made_of.train))])


def clean(made_of: Ingredients, _: Values) -> Ingredients:
    """Without the images whose labels are suspected."""
    return _with(made_of, made_of.train[~_suspected(made_of)])


def random(made_of: Ingredients, _: Values) -> Ingredients:
    """Without as many random images of each labelled class: what `clean` does beside its cause."""
    labels, suspected = made_of.setup.labels[made_of.train], _suspected(made_of)
    rng = seeding.generator(made_of.cell.seed or 0, "left out at random")
    out = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        mine = np.flatnonzero(labels == label)
        out[rng.permutation(mine)[: int(suspected[mine].sum())]] = True
    return _with(made_of, made_of.train[~out])


def _suspected(made_of: Ingredients) -> NDArray[np.bool_]:
    found = read_suspects(made_of.setup)[made_of.train]
    if not found.any():
        raise SpecError("wanted suspected labels among the images that train, got none; there is nothing to leave out")
    return found


def _with(made_of: Ingredients, rows: NDArray[np.int64]) -> Ingredients:
    """The same with other rows that train.

    Raises:
        SpecError: when a class is left without an image.
    """
    labels = made_of.setup.labels
    lost = set(labels[made_of.train].tolist()) - set(labels[rows].tolist())
    if lost:
        first = escape(made_of.setup.classes[min(lost)])
        raise SpecError(f"wanted an image of each class among {len(rows):,} that train, got none of {first}")
    return replace(made_of, train=rows)


CHANGES.add(
    Change(
        name="labels",
        spelling=r"labels(0\.\d+)",
        example="labels0.5",
        about="half of the labelled images, the first of the budget",
        apply=share,
        refuses=lambda values: "" if 0 < values[0] < 1 else "a share between 0 and 1",
    )
)
CHANGES.add(
    Change(
        name="clean",
        spelling="clean",
        example="clean",
        about="without the images whose labels are suspected",
        apply=clean,
        depends=suspects_digest,
    )
)
CHANGES.add(
    Change(
        name="random",
        spelling="random",
        example="random",
        about="without as many random images of each class",
        apply=random,
        depends=suspects_digest,
    )
)
