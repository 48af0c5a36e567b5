"""`--ask`: pictures that are worth a label next, drawn with known probabilities, and a file to fill in."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.few_labels.incoming import ASK, NONE
from shiftprobe.auditing.few_labels.rows import LabelRow, picture_name, to_csv
from shiftprobe.core import seeding
from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import write_bytes
from shiftprobe.core.types import Image
from shiftprobe.data.clusters import clusters
from shiftprobe.stats import label_draw, strata_for

TOLD = 1000  # classes that the note beside the pictures lists
NOTE = """How to label

1. Open the newest labels*.csv here beside the folder pictures/.
2. Write the class of each picture into the column label, from the top. Change nothing else.
   A picture that shows none of the classes: {none}. It counts as answered wrongly.
   You may stop after any row: rows before the first empty one count, the others wait.
3. Run the same command again; or name the file with --labels, where it was filled in elsewhere.
   More pictures: the same command with a larger --ask, which goes on with this draw.

Look at the picture alone: what the checkpoint answered is left out here on purpose.
Do not choose among the pictures: how they were drawn is what makes the interval hold.

The classes:
{classes}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What is to be drawn."""

    count: int  # pictures in all
    seed: int
    earlier: tuple[LabelRow, ...] = ()  # rows that were drawn before, in their order


def ask(folder: Path, side: Side, proxy: NDArray[np.float64], draw: Draw, classes: Sequence[str]) -> int:
    """Write the pictures that are missing to so many, and a file to fill in; nothing that is there is written over.

    Args:
        folder: of the audit.
        side: the target's images.
        proxy: (N,) how likely each answer is right.
        draw: how many are asked for, and what was drawn before.
        classes: names that labels may have.

    Returns:
        How many rows were added.

    Raises:
        SpecError: when what was drawn before is no beginning of this draw.
        ResourceError: when it cannot be written.
    """
    had = len(draw.earlier)
    if draw.count <= had:
        return 0
    rows = _drawn(side, proxy, draw)
    _check_beginning(draw.earlier, rows, folder)
    place = folder / ASK
    for row in rows[had:]:
        picture = side.bundle.images[int(side.index[row.image])]
        write_bytes(place / "pictures" / picture_name(row.place), _png(picture))
    write_bytes(place / "README.txt", _note(classes).encode())
    write_bytes(_free(place), to_csv(side, rows[had:]))
    return len(rows) - had


def _drawn(side: Side, proxy: NDArray[np.float64], draw: Draw) -> list[LabelRow]:
    """The first rows of the order, with the probability that each has among so many."""
    if draw.earlier:  # a draw goes on as it began
        strata = len({row.stratum for row in draw.earlier})
    elif clusters(side.bundle, side.index) is not None:  # labels of groups are used alone
        strata = 1
    else:
        strata = strata_for(proxy, draw.count)
    found = label_draw(proxy, seeding.generator(draw.seed, "audit", "ask"), strata=strata)
    chosen = found.order[: draw.count]
    drawn = np.bincount(found.strata[chosen], minlength=strata)
    return [
        LabelRow(
            where="",
            image=image,
            label="",
            place=place,
            stratum=int(found.strata[image]),
            of=int(found.sizes[found.strata[image]]),
            probability=float(drawn[found.strata[image]] / found.sizes[found.strata[image]]),
        )
        for place, image in enumerate(chosen.tolist(), 1)
    ]


def _check_beginning(earlier: Sequence[LabelRow], rows: Sequence[LabelRow], folder: Path) -> None:
    """An earlier draw is only gone on with where it would come out the same again."""
    for old, new in zip(earlier, rows, strict=False):
        if (old.image, old.place, old.stratum) != (new.image, new.place, new.stratum):
            raise SpecError(
                f"--ask: wanted to go on with the draw in {escape(folder / ASK)}, got another one: the checkpoint, the "
                "policy's seed or the images under shifts changed since; its labels still count without --ask, and "
                "another --out draws anew"
            )


def _free(place: Path) -> Path:
    """A name that no file of labels has."""
    number, name = 1, "labels.csv"
    while (place / name).exists():
        number += 1
        name = f"labels-{number}.csv"
    return place / name


def _note(classes: Sequence[str]) -> str:
    some = "\n".join(f"  {escape(name, 200)}" for name in classes[:TOLD])
    more = f"\n  and {len(classes) - TOLD:,} more, as the checkpoint calls them" if len(classes) > TOLD else ""
    return NOTE.format(none=NONE, classes=some + more)


def _png(image: Image) -> bytes:
    import PIL.Image

    out = io.BytesIO()
    PIL.Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(out, "PNG")
    return out.getvalue()
