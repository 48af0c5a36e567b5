"""Which images a run used, by name: `images.csv`, written when a run is planned, read by what names images later."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias

from shiftprobe.core.checksums import check_file
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape, visible
from shiftprobe.core.reading import is_there, read_text
from shiftprobe.results.csv_text import safe
from shiftprobe.results.run_folder import RunDir

IMAGES = "images.csv"

Side: TypeAlias = Literal["source", "target"]
Role: TypeAlias = Literal["train", "test", "left_out"]
"""Trains the source or may train an arm; tests; neither: `source.images` takes fewer, or it is held elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedImage:
    """One image of a run."""

    side: Side
    role: Role
    image: int  # its place among those of its side and role; of a test image, its place in every answer
    path: str  # relative to the data's folder or manifest; '#12' is the thirteenth image of data without files
    label: str
    train: str = ""  # trainings that learn from it, as 'b300~s0-2; b900~s1': budgets with their seeds
    validation: str = ""  # trainings that it only judges


def csv_bytes(images: Iterable[ListedImage]) -> bytes:
    """The table: a line per image, in the order in which they are given."""
    out = io.StringIO()
    names = [one.name for one in fields(ListedImage)]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([safe(getattr(one, name)) for name in names] for one in images)
    return out.getvalue().encode()


def paths_of_tests(run: RunDir) -> tuple[str, ...]:
    """Where each test image lies, in the order of the answers; none in a folder of an earlier version.

    Raises:
        RunError: when the file is no such table, or not as it was written.
    """
    path = run.path / IMAGES
    check_file(path)
    if not is_there(path):
        return ()
    try:
        rows = csv.DictReader(io.StringIO(read_text(path), newline=""))
        return tuple(visible(row["path"] or "") for row in rows if (row["side"], row["role"]) == ("target", "test"))
    except (KeyError, csv.Error) as error:
        raise RunError(f"{escape(path)}: wanted a table of images, got: {escape(error)}; make the run again") from None
