"""The library's front door: a spec in, a run out; a checkpoint in, a verdict out. The command line calls nothing else.

Importing it costs no torch: whoever only rebuilds a report waits for nothing else.
"""

from shiftprobe.api.audits import audit, perform_audit
from shiftprobe.api.calibrations import calibrate, perform_calibration
from shiftprobe.api.checkpoints import CheckpointRuns, perform_each, sweep_checkpoints
from shiftprobe.api.diagnoses import diagnose, perform_diagnosis
from shiftprobe.api.finished import Run, finish, methods
from shiftprobe.api.runs import compare, perform, probe, sweep
from shiftprobe.api.watching import so_far, status

__all__ = [
    "CheckpointRuns",
    "Run",
    "audit",
    "calibrate",
    "compare",
    "diagnose",
    "finish",
    "methods",
    "perform",
    "perform_audit",
    "perform_calibration",
    "perform_diagnosis",
    "perform_each",
    "probe",
    "so_far",
    "status",
    "sweep",
    "sweep_checkpoints",
]
