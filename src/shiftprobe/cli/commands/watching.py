"""The command that looks at a run while it goes on: status."""

from pathlib import Path
from typing import Annotated

import typer

from shiftprobe.cli.app import answering, app
from shiftprobe.cli.options import DEBUG


@app.command()
def status(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    *,
    json: Annotated[bool, typer.Option(help="Print the same as JSON, and nothing else, on stdout.")] = False,
    debug: DEBUG = False,
) -> None:
    """Say how far a run is, while it goes on or after: cells done, running, failed, their pace, the time left.

    Reads only, and waits for nobody. A cell is done when all of it lies in the
    folder; it is running when a part does that was written since the run began.
    One whose first training goes on has left nothing yet, and counts as waiting.

    Whether a command is at work is seen on the machine where it began, under
    Linux; elsewhere the run counts as going on for 15 minutes after its newest
    part. What changed code would make again counts as done until it is made.
    """
    with answering(debug=debug):
        from shiftprobe.cli.terminal.watching import print_status

        print_status(run, json=json)
