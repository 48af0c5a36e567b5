"""Commands that hand on what a finished run found: predictions, methods."""

from pathlib import Path
from typing import Annotated

import typer

from shiftprobe.cli.app import answering, app
from shiftprobe.cli.options import DEBUG


@app.command()
def predictions(
    run: Annotated[Path, typer.Argument(help="A run folder, or that of an audit.")],
    *,
    shift: Annotated[list[str] | None, typer.Option(help="Only this shift, or identity; repeat for more.")] = None,
    severity: Annotated[list[float] | None, typer.Option(help="Only this severity; repeat for more.")] = None,
    seed: Annotated[
        list[int] | None, typer.Option(help="Only this seed; repeat for more. The untouched checkpoint has none.")
    ] = None,
    arm: Annotated[list[str] | None, typer.Option(help="Only this arm; repeat for more.")] = None,
    debug: DEBUG = False,
) -> None:
    """Print every answer on every test image as CSV, image by image with path and confidence: of a run, or an audit."""
    with answering(debug=debug):
        from shiftprobe.cli.terminal.finished import print_predictions
        from shiftprobe.results.predictions import PredictionFilter

        chosen = PredictionFilter(
            shifts=tuple(shift or ()), severities=tuple(severity or ()), seeds=tuple(seed or ()), arms=tuple(arm or ())
        )
        print_predictions(run, chosen)


@app.command()
def methods(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Folder of the files; methods/ in the run folder when none.")] = None,
    debug: DEBUG = False,
) -> None:
    """Write what a paper says of a run: the paragraph of methods and results, BibTeX, every pair as CSV and LaTeX."""
    with answering(debug=debug):
        from shiftprobe.cli.terminal.finished import write_methods

        write_methods(run, out)
