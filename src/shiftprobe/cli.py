"""The command line: parse, call, exit code. No logic of its own; heavy imports wait inside the commands."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from shiftprobe.errors import ShiftprobeError
from shiftprobe.version import __version__

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # it would ask the network for its newest version
os.environ.setdefault("MPLBACKEND", "Agg")

FAILED_CELLS, OWN_FAULT, INTERRUPTED, BROKEN_PIPE, TERMINATED = 4, 70, 130, 141, 143

app = typer.Typer(
    name="shiftprobe",
    help="Does transfer help here, how far does it carry, and why: domain-shift diagnosis for image classifiers.",
    epilog="Exit codes: 0 done, 2 usage or refused input, 4 finished with failed cells, 5 out of disk, memory or "
    "permission, 6 run folder busy, 70 our own fault, 130/143 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SPEC = Annotated[str | None, typer.Argument(metavar="[SPEC]", help="Preset name or YAML file; none is `digits`.")]
OUT = Annotated[Path, typer.Option(help="Folder that run folders go into.")]
DEBUG = Annotated[bool, typer.Option(help="Show the traceback of an error.")]


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, _terminated)
    app()


def _terminated(*_: object) -> NoReturn:
    raise SystemExit(TERMINATED)


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


BUDGET = Annotated[str | None, typer.Option(help="Labelled images per training, as 100,300.")]
SEEDS = Annotated[int | None, typer.Option(help="How many seeds.", min=1)]
ARMS = Annotated[str | None, typer.Option(help="Arms, as scratch,transfer; `shiftprobe list arms`.")]
PROBES = Annotated[str | None, typer.Option(help="Probes, as accuracy,cka.")]
SET = Annotated[list[str] | None, typer.Option("--set", help="Any key of the spec, as train.epochs=30.")]
DEVICE = Annotated[str | None, typer.Option(help="auto, cpu, cuda or mps.")]
WORKERS = Annotated[int | None, typer.Option(help="Processes; all cores when not given.", min=1)]
DRY_RUN = Annotated[bool, typer.Option("--dry-run", help="Show the cells and the estimate; do nothing.")]
JSON = Annotated[bool, typer.Option("--json", help="Print the summary as JSON, and nothing else, on stdout.")]
ALLOW_CODE = Annotated[bool, typer.Option("--allow-code", help="Let the spec name code of yours to run.")]


@app.command()
def compare(
    spec: Annotated[str | None, typer.Argument(metavar="[SPEC]", help="Preset or YAML file; none is `paper`.")] = None,
    *,
    budget: BUDGET = None,
    seeds: SEEDS = None,
    arms: ARMS = None,
    probes: PROBES = None,
    set_: SET = None,
    device: DEVICE = None,
    out: OUT = Path("runs"),
    workers: WORKERS = None,
    dry_run: DRY_RUN = False,
    json: JSON = False,
    allow_code: ALLOW_CODE = False,
    debug: DEBUG = False,
) -> None:
    """Compare transfer with training from scratch on the target as it is; the same command resumes."""
    values = _values(budgets=budget, arms=arms, probes=probes, seeds=seeds, device=device)
    with answering(debug=debug):
        from shiftprobe.commands import Options, run_compare

        values |= dict(_pair(text) for text in set_ or ())
        options = Options(out=out, workers=workers, dry_run=dry_run, json=json, allow_code=allow_code)
        failed = run_compare(spec, values, options)
    if failed:
        raise typer.Exit(FAILED_CELLS)


@app.command()
def sweep(
    spec: SPEC = None,
    *,
    shift: Annotated[list[str] | None, typer.Option(help="Shift to sweep; repeat for more.")] = None,
    severity: Annotated[str | None, typer.Option(help="Doses, as 0.25,0.5,1.")] = None,
    budget: BUDGET = None,
    seeds: SEEDS = None,
    arms: ARMS = None,
    probes: PROBES = None,
    set_: SET = None,
    device: DEVICE = None,
    out: OUT = Path("runs"),
    workers: WORKERS = None,
    dry_run: DRY_RUN = False,
    json: JSON = False,
    allow_code: ALLOW_CODE = False,
    debug: DEBUG = False,
) -> None:
    """Move a target away from the source dose by dose; see how far transfer carries, and why.

    The same command finds its run again and does only what is missing.
    """
    values = _values(budgets=budget, arms=arms, probes=probes, seeds=seeds, device=device)
    values |= {"shifts": shift} if shift is not None else {}
    values |= {"severities": _items(severity)} if severity is not None else {}
    with answering(debug=debug):
        from shiftprobe.commands import Options, run_sweep

        values |= dict(_pair(text) for text in set_ or ())
        options = Options(out=out, workers=workers, dry_run=dry_run, json=json, allow_code=allow_code)
        failed = run_sweep(spec, values, options)
    if failed:
        raise typer.Exit(FAILED_CELLS)


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    *,
    debug: DEBUG = False,
) -> None:
    """Rebuild the tables and the report of a run folder; trains nothing."""
    with answering(debug=debug):
        from shiftprobe.commands import rebuild

        rebuild(run)


@app.command()
def verdict(
    a: Annotated[str, typer.Argument(metavar="A", help="A published result, '68.6 (1.0)' in percent, or a CSV.")],
    b: Annotated[str | None, typer.Argument(metavar="[B]", help="The result it is compared with.")] = None,
    *,
    n: Annotated[int | None, typer.Option(help="Runs behind A, and behind B; a CSV says it itself.", min=1)] = None,
    n_b: Annotated[int | None, typer.Option(help="Runs behind B, where they differ.", min=1)] = None,
    margin: Annotated[float, typer.Option(help="Points within which the two count as equal.", min=0.001, max=99)] = 1,
    arms: Annotated[str, typer.Option(help="CSV: which two arms.")] = "transfer,scratch",
    columns: Annotated[str, typer.Option(help="CSV: columns of arm, value and pairing.")] = "arm,value,seed",
    debug: DEBUG = False,
) -> None:
    """Say what two published results allow one to say: verdict, margin certified, seeds still needed."""
    with answering(debug=debug):
        from shiftprobe.commands import judge

        judge(a, b, (n, n_b or n), margin / 100, arms=_items(arms), columns=_items(columns))


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help="shifts, probes, arms, models, data or presets.")] = "shifts",
    *,
    debug: DEBUG = False,
) -> None:
    """List what a spec can name."""
    with answering(debug=debug):
        from shiftprobe.commands import listing

        listing(what)


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="Where to write the spec.")] = Path("shiftprobe.yaml"),
    *,
    preset: Annotated[str, typer.Option(help="Which preset to start from.")] = "digits",
    debug: DEBUG = False,
) -> None:
    """Write a spec to start from."""
    with answering(debug=debug):
        from shiftprobe.commands import write_spec

        write_spec(file, preset)


def _values(
    *, budgets: str | None, arms: str | None, probes: str | None, seeds: int | None, device: str | None
) -> dict[str, Any]:
    """The flags that were given, under the keys of the spec."""
    lists = {"target.budgets": budgets, "arms": arms, "probes": probes}
    values: dict[str, Any] = {key: _items(text) for key, text in lists.items() if text is not None}
    single = {"seeds": seeds, "train.device": device}
    return values | {key: value for key, value in single.items() if value is not None}


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _pair(text: str) -> tuple[str, Any]:
    from shiftprobe.specfile import parse_flag

    return parse_flag(text)
