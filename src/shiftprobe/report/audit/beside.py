"""A baseline's answers beside ours."""

from typing import NamedTuple

from shiftprobe.auditing.measurements import BaselineComparison
from shiftprobe.report.audit import rows


class Beside(NamedTuple):
    """The square of right and wrong, and the change of every class."""

    of: BaselineComparison
    square: dict[str, str] | None
    changes: rows.IntervalRows | None


def beside(one: BaselineComparison) -> Beside:
    """One side of the data, both checkpoints."""
    return Beside(one, _square(one), rows.changes(one.per_class))


def _square(one: BaselineComparison) -> dict[str, str] | None:
    """Right and wrong of two checkpoints on the same images, as counts with their share."""
    if one.n < 1:
        return None
    both = round(one.ours * one.n) - one.only_ours
    cells = {"both": both, "ours": one.only_ours, "theirs": one.only_theirs}
    cells["neither"] = one.n - sum(cells.values())
    return {name: f"{count:,} ({100 * count / one.n:.1f} %)" for name, count in cells.items()}
