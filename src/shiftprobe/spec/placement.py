"""Where the cells of a run are done; no key of a spec, for it moves no number."""

from dataclasses import dataclass

from shiftprobe.core.errors import SpecError

CLUSTER = "ray"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where cells are done. It moves no number."""

    executor: str | None = None  # by name; None: the one that suits
    address: str | None = None  # of a cluster: "local", "auto", "HOST:PORT"
    gpus_per_cell: float | None = None  # .25: four cells share a GPU; None: one has it alone
    mixed: bool = False  # whether machines of different kinds may work together


HERE = Placement()


def placement(
    executor: str | None = None, *, address: str | None = None, gpus_per_cell: float | None = None, mixed: bool = False
) -> Placement:
    """A placement as somebody asks for it.

    Args:
        executor: by name; None: the one that suits.
        address: of a cluster: "local", "auto" or "HOST:PORT".
        gpus_per_cell: the part of a GPU that a cell of a cluster is given, above 0, at most 1.
        mixed: whether machines of different kinds may work together.

    Raises:
        SpecError: when what only a cluster knows is asked of another executor.
    """
    given = {"--address": address, "--gpus-per-cell": gpus_per_cell, "--mixed": mixed or None}
    if executor in {None, "inline", "processes", "shared_gpu"}:
        for flag, value in given.items():
            if value is not None:
                raise SpecError(f"{flag}: wanted a cluster, got {executor or 'none'}; give --executor {CLUSTER} too")
    if gpus_per_cell is not None and not 0 < gpus_per_cell <= 1:
        raise SpecError(f"--gpus-per-cell: wanted a part of a GPU above 0, at most 1, got {gpus_per_cell:g}")
    return Placement(executor=executor, address=address, gpus_per_cell=gpus_per_cell, mixed=mixed)
