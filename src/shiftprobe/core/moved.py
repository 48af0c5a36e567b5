"""Where modules went: an import by an old name says the new one, instead of "no module named so"."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

MOVED = {
    "shiftprobe.errors": "shiftprobe.core.errors",
    "shiftprobe.types": "shiftprobe.core.types",
    "shiftprobe.registry": "shiftprobe.core.registry",
    "shiftprobe.seeding": "shiftprobe.core.seeding",
    "shiftprobe.show": "shiftprobe.core.escape",
    "shiftprobe.specfile": "shiftprobe.spec.loading",
    "shiftprobe.rundir": "shiftprobe.core.files, and shiftprobe.results.run_folder for RunDir",
    "shiftprobe.findings": "shiftprobe.results.findings",
    "shiftprobe.table": "shiftprobe.results.tables",
    "shiftprobe.summary": "shiftprobe.results.summary",
    "shiftprobe.plan": "shiftprobe.engine.plan",
    "shiftprobe.finished": "shiftprobe.api",
    "shiftprobe.audited": "shiftprobe.api",
    "shiftprobe.executors": "shiftprobe.engine.executors",
    "shiftprobe.report.model": "shiftprobe.results.model",
}


class MovedFinder:
    """The last one asked where a module is: it knows where some went."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:  # noqa: ARG004 - the seam's shape
        """Nothing, for a module that was never ours.

        Raises:
            ModuleNotFoundError: for one that moved, with the place where it is now.
        """
        if name in MOVED:
            raise ModuleNotFoundError(f"{name} moved; import from {MOVED[name]}", name=name)
        return None


def tell_where_modules_went() -> None:
    """Ask the finder after all others, once per process."""
    if MovedFinder not in sys.meta_path:
        sys.meta_path.append(MovedFinder)
