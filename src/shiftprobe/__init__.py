"""shiftprobe: does transfer help here, how far does it carry, and why.

    run = shiftprobe.sweep("digits")        # -> run.path, run.rows, run.summary, run.report
    run = shiftprobe.compare("paper")       # transfer against scratch on the target as it is
    found = shiftprobe.sweep_checkpoints("my.yaml", ["a.pt", "b.pt"])  # -> .runs, .start.sentence, .page
    run = shiftprobe.probe(run.path, ["umap"])  # look again, train nothing
    shiftprobe.diagnose(run.path)           # why: the cause that an experiment proves
    shiftprobe.status(run.path)             # how far a run is, while it goes on
    shiftprobe.methods(run.path)            # the paragraph for a paper, its BibTeX, every pair as CSV and LaTeX
    result = shiftprobe.audit("model.pt", "photos", target="new_camera")  # -> result.passed, .report
    shiftprobe.calibrate("model.pt", "photos")  # how often such an audit errs on these photos
    image = shiftprobe.SHIFTS["rotation"].at(0.5)(image, rng)

Everything is imported when it is first asked for: importing the package alone costs nothing.
"""

import shiftprobe.core.search_path  # noqa: F401 - first: `python -m` looks no longer into the working folder

# isort: split
from importlib import import_module
from typing import TYPE_CHECKING, Any

from shiftprobe.core.moved import tell_where_modules_went
from shiftprobe.version import __version__

if TYPE_CHECKING:
    from shiftprobe.api import (
        CheckpointRuns,
        Run,
        audit,
        calibrate,
        compare,
        diagnose,
        methods,
        probe,
        status,
        sweep,
        sweep_checkpoints,
    )
    from shiftprobe.auditing.perform import AuditResult
    from shiftprobe.probes import PROBES
    from shiftprobe.results.status import RunStatus
    from shiftprobe.shifts import SHIFTS
    from shiftprobe.spec.loading import load_spec
    from shiftprobe.spec.schema import Spec
    from shiftprobe.train.arms import ARMS

_HOMES = {
    "ARMS": "shiftprobe.train.arms",
    "AuditResult": "shiftprobe.auditing.perform",
    "CheckpointRuns": "shiftprobe.api",
    "PROBES": "shiftprobe.probes",
    "Run": "shiftprobe.api",
    "RunStatus": "shiftprobe.results.status",
    "SHIFTS": "shiftprobe.shifts",
    "Spec": "shiftprobe.spec.schema",
    "audit": "shiftprobe.api",
    "calibrate": "shiftprobe.api",
    "compare": "shiftprobe.api",
    "diagnose": "shiftprobe.api",
    "load_spec": "shiftprobe.spec.loading",
    "methods": "shiftprobe.api",
    "probe": "shiftprobe.api",
    "status": "shiftprobe.api",
    "sweep": "shiftprobe.api",
    "sweep_checkpoints": "shiftprobe.api",
}

__all__ = [
    "ARMS",
    "PROBES",
    "SHIFTS",
    "AuditResult",
    "CheckpointRuns",
    "Run",
    "RunStatus",
    "Spec",
    "__version__",
    "audit",
    "calibrate",
    "compare",
    "diagnose",
    "load_spec",
    "methods",
    "probe",
    "status",
    "sweep",
    "sweep_checkpoints",
]

tell_where_modules_went()


def __getattr__(name: str) -> Any:
    """Load a public name from the module it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module 'shiftprobe' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
