"""How much a spec asks of each of its cells, and whether its names can be part of a path: for files of anybody."""

from collections.abc import Sequence

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.spec.schema import Spec

MAX_LOOKS = 2_000_000  # arms and probes in all cells together
MAX_NAME = 1000  # characters


def check_extent(spec: Spec) -> None:
    """Refuse a spec whose cells, each with its arms and probes, are more than any machine gets through.

    Raises:
        SpecError: naming how many there would be.
    """
    doses = sum(severity > 0 for severity in spec.severities)
    cells = (1 + len(spec.shifts) * doses) * (1 + len(spec.target.budgets) * len(spec.seeds))
    each = len(spec.arms) + len(spec.probes)
    if cells * each > MAX_LOOKS:
        raise SpecError(
            f"spec: wanted at most {MAX_LOOKS:,} looks, got {cells:,} cells x {each:,} arms and probes; name fewer "
            "shifts, severities, budgets or seeds"
        )


def check_plain(names: Sequence[str], key: str) -> None:
    """Refuse names that could not be part of a path below a run's folder, or of a line on a terminal.

    Args:
        names: of arms, shifts or probes, from a file that anybody may have written.
        key: where they stand.

    Raises:
        SpecError: for the first such name.
    """
    for name in names:
        if not 0 < len(name) <= MAX_NAME or not name.isprintable() or name[0] == "/" or ".." in name.split("/"):
            raise SpecError(f"{key}: wanted a name, got {escape(name)}")
