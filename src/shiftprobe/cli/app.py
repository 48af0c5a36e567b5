"""The program itself: its name, and how it answers what goes wrong."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any, NoReturn

import typer
from typer.rich_utils import rich_format_error

from shiftprobe.cli.ending import end_in_time, leave
from shiftprobe.cli.exits import OWN_FAULT, TABLE, USAGE, answer, close_streams, complain, open_streams
from shiftprobe.version import __version__

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # it would ask the network for its newest version
os.environ.setdefault("MPLBACKEND", "Agg")

app = typer.Typer(
    name="shiftprobe",
    help="Does transfer help here, how far does it carry, and why: domain-shift diagnosis for image classifiers.",
    epilog=TABLE,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
CLICK_ERROR: type[Exception] = next(one for one in typer.BadParameter.__mro__ if one.__name__ == "ClickException")


def main() -> NoReturn:
    """Run the command line; every way out of it is an exit code of `exits.TABLE`."""
    leave(_ended())


def _ended() -> int:
    """The exit code, whatever goes wrong even in saying what went wrong."""
    try:
        open_streams()
        os.environ.setdefault("PYTHONSAFEPATH", "1")  # processes that we start look for no module in the working folder
        end_in_time()
        return close_streams(_run())
    except BaseException as error:  # noqa: BLE001 - Python would end with 1
        with suppress(BaseException):
            return close_streams(answer(error))
    return OWN_FAULT


def _run() -> int:
    try:
        code = app(standalone_mode=False)  # what typer answers itself, it answers with 1
    except CLICK_ERROR as error:
        return _refused(error)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is no failed audit
        if "--debug" in sys.argv[1:] and isinstance(error, Exception):
            complain(traceback.format_exc().rstrip())
        return answer(error)
    return code if isinstance(code, int) else 0


def _refused(error: Any) -> int:
    """Wrong usage, as typer says it; its class lies elsewhere in each of its versions."""
    rich_format_error(error)
    return USAGE


@contextmanager
def answering(*, debug: bool = False, no_cache: bool = False) -> Iterator[None]:
    """Turn what can go wrong into one line and an exit code; the last of stdout is written within.

    Args:
        debug: hand errors on, with their traceback.
        no_cache: read every picture anew, and keep nothing of what is found in it.
    """
    from shiftprobe.cli.terminal.progress import reading

    if no_cache:
        os.environ["SHIFTPROBE_CACHE"] = "off"  # processes that we start read it too
    try:
        with reading():
            yield
        sys.stdout.flush()
    except (typer.Exit, CLICK_ERROR, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        if debug and isinstance(error, Exception):
            raise
        raise typer.Exit(answer(error)) from None


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"shiftprobe {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Options before a command."""
