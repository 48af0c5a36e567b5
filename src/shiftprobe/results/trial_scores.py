"""What validation parts say of trials, read from a run folder; of the test images nothing is read here."""

from shiftprobe.core.checksums import is_kept
from shiftprobe.core.reading import read_shown
from shiftprobe.core.types import Cell
from shiftprobe.results.checked import checked
from shiftprobe.results.run_folder import RunDir
from shiftprobe.results.tuning import SeedScores

SCORES = "scores.json"


def read_scores(run: RunDir, cell: Cell, arm: str) -> SeedScores | None:
    """An arm's scores with one seed; None where its trials are not there.

    Raises:
        RunError: when they are not as they were written, or hold something else.
    """
    folder = run.trials(cell, arm)
    if not is_kept(folder):
        return None
    return checked(SeedScores, read_shown(folder / SCORES), folder / SCORES)
