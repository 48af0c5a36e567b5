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

    Reads only, and waits for nobody. A cell is done when every part of it lies in the folder. It is running when some
    do that were written since the run began: one whose first training still goes on has left nothing yet, and waits.
    Whether a command holds the folder is seen on the machine where it began, under Linux; elsewhere a run counts as
    going on for 15 minutes after its newest part. A cell that changed code would make again counts as done until it is.
    """
    with answering(debug=debug):
        from shiftprobe.cli.terminal.watching import print_status

        print_status(run, json=json)
