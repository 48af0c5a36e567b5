"""What a finished run found, handed on: every answer as rows, and the paragraph for a paper."""

import sys
from pathlib import Path

from shiftprobe.cli.terminal.speech import say
from shiftprobe.core.escape import escape
from shiftprobe.results.predictions import PredictionFilter, predictions
from shiftprobe.results.run_folder import RunDir, check_run


def print_predictions(path: Path, choice: PredictionFilter) -> None:
    """Stream the answers of a run, or of an audit, to stdout, and nothing else."""
    from shiftprobe.auditing.predictions_table import chosen
    from shiftprobe.auditing.request import is_audit

    if is_audit(path):
        for line in chosen(path, choice):
            sys.stdout.write(line)
        return
    check_run(path)
    for piece in predictions(RunDir(path), choice):
        sys.stdout.write(piece)


def write_methods(path: Path, out: Path | None) -> None:
    """Write the paragraph of a run, its references and its pairs, and print the paragraph."""
    from shiftprobe.paper import write

    written = write(path, out)
    say(written.text)
    say("")
    for file in written.files:
        say(f"Wrote {escape(file)}")
