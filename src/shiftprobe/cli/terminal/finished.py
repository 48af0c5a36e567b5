"""What a finished run found, handed on: every answer as rows."""

import sys
from pathlib import Path

from shiftprobe.results.predictions import PredictionFilter, predictions
from shiftprobe.results.run_folder import RunDir, check_run


def print_predictions(path: Path, choice: PredictionFilter) -> None:
    """Stream the answers of a run to stdout, and nothing else."""
    check_run(path)
    for piece in predictions(RunDir(path), choice):
        sys.stdout.write(piece)
