"""The program itself: its name, its exit codes, and how it answers what goes wrong."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer

from shiftprobe.cli.ending import end_in_time
from shiftprobe.core.errors import ShiftprobeError
from shiftprobe.version import __version__

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # it would ask the network for its newest version
os.environ.setdefault("MPLBACKEND", "Agg")

FAILED_CELLS, OWN_FAULT, INTERRUPTED, BROKEN_PIPE = 4, 70, 130, 141

app = typer.Typer(
    name="shiftprobe",
    help="Does transfer help here, how far does it carry, and why: domain-shift diagnosis for image classifiers.",
    epilog="Exit codes: 0 done or pass, 1 audit failed, 2 usage or refused input, 3 audit cannot tell, 4 finished with "
    "failed cells, 5 out of disk, memory or permission, 6 run folder busy, 70 our own fault, 130/143 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("PYTHONSAFEPATH", "1")  # processes that we start look for no module in the working folder
    end_in_time()
    app()


@contextmanager
def answering(*, debug: bool = False) -> Iterator[None]:
    """Turn what can go wrong into one line and an exit code."""
    try:
        yield
    except ShiftprobeError as error:
        if debug:
            raise
        sys.stderr.write(f"shiftprobe: {error}\n")
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        sys.stderr.write("\nshiftprobe: interrupted; what is finished is kept, the same command goes on from there\n")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:  # whoever read us has left, as `head` does; what is buffered has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(BROKEN_PIPE) from None
    except Exception as error:
        if debug or isinstance(error, typer.Exit):
            raise
        _own_fault(error)


def _own_fault(error: Exception) -> NoReturn:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="shiftprobe-", suffix=".log", delete=False) as log:
        log.write(traceback.format_exc())
    sys.stderr.write(f"shiftprobe: this is our fault, not yours ({type(error).__name__}); please report {log.name}\n")
    raise typer.Exit(OWN_FAULT) from None


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"shiftprobe {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Options before a command."""
