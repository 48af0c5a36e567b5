"""The command that names a cause: diagnose."""

from pathlib import Path
from typing import Annotated

import typer

from shiftprobe.cli.app import answering, app
from shiftprobe.cli.options import ALLOW_CODE, DEBUG, DRY_RUN, JSON, NO_CACHE, WORKERS

HELP = """Name the cause of what transfer does in a run: by experiments, the cheapest first.

File and data are tried at home and on the target without any training; then arms are trained with one change each.
The same command resumes."""


@app.command(help=HELP)
def diagnose(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    *,
    trainings: Annotated[
        float, typer.Option(help="How many trainings it may cost, one arm with one seed each; 0: none.", min=0)
    ] = 24,
    minutes: Annotated[float | None, typer.Option(help="The same as time; the smaller of both counts.", min=0)] = None,
    seeds: Annotated[int, typer.Option(help="Seeds that confirm what one seed showed.", min=1)] = 3,
    at: Annotated[
        str | None, typer.Option(help="Condition, as rotation~0.5; the one where the checkpoint fails most when none.")
    ] = None,
    workers: WORKERS = None,
    dry_run: DRY_RUN = False,
    json: JSON = False,
    allow_code: ALLOW_CODE = False,
    no_cache: NO_CACHE = False,
    debug: DEBUG = False,
) -> None:
    """See HELP."""
    with answering(debug=debug, no_cache=no_cache):
        from shiftprobe.cli.terminal.diagnosis import AskedCause, run_diagnosis

        asked = AskedCause(trainings=trainings, minutes=minutes, seeds=seeds, at=at)
        run_diagnosis(run, asked, workers=workers, dry_run=dry_run, json=json, allow_code=allow_code)
