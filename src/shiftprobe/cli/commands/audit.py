"""The command `audit`: may this checkpoint be shipped to that domain?"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from shiftprobe.cli.app import answering, app
from shiftprobe.cli.options import (
    ALLOW_CODE,
    ARCH,
    CHECKPOINT,
    DEBUG,
    DEVICE,
    DOWNLOAD,
    HEAD,
    INTERPOLATION,
    LEFT_OUT,
    LINKS,
    MEAN,
    NATIVE,
    NO_CACHE,
    NO_LABEL,
    NUMBERS,
    ORDER,
    PART,
    PRECISION,
    READER,
    RENAME,
    RESIZE,
    SIZE,
    STD,
    THREADS,
    Precision,
    items,
    linked,
)
from shiftprobe.cli.panels import in_panels
from shiftprobe.core.escape import escape

PANELS = {
    "What is asked": ("data", "target", "policy", "baseline", "run", "trained_on", "unlabelled", "images"),
    "The checkpoint": ("classes", "arch", "part", "head", "rename", "download", "allow_code"),
    "How images are prepared": ("size", "resize", "mean", "std", "interpolation", "order", "reader", "native"),
    "How data are read": ("no_label", "links", "no_cache"),
    "How it runs": ("device", "precision", "minutes", "workers", "dry_run", "debug"),
    "What comes out": ("out", "format_"),
}  # of the help, by names of parameters


class Format(StrEnum):
    """What is printed on stdout; files of every kind are written either way."""

    PRETTY = "pretty"
    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    MARKDOWN = "markdown"


class Repairs(StrEnum):
    """Repairs that must be asked for."""

    ADAPT = "adapt"


@app.command(
    epilog="Exit codes: 0 pass, 1 fail, 3 cannot tell, 2 usage or refused input, 5 out of disk, memory or permission, "
    "6 folder busy, 70 our own fault, 130/143 interrupted."
)
@in_panels(PANELS)
def audit(
    checkpoint: CHECKPOINT,
    *,
    data: Annotated[
        str, typer.Option(help="Labelled images: a folder per class, a list, parquet, tars, or data by name.")
    ],
    target: Annotated[str | None, typer.Option(help="Images of the domain it will meet; labels are optional.")] = None,
    arch: ARCH = None,
    classes: Annotated[
        str | None,
        typer.Option(help="What outputs mean: a file of names, or `data` (of numbers `data:text`, `data:counted`)."),
    ] = None,
    policy: Annotated[str, typer.Option(help="A policy's name or YAML file; `list policies`.")] = "default",
    baseline: Annotated[
        str | None, typer.Option(help="An earlier audit's folder, or another checkpoint: gates on regression.")
    ] = None,
    run: Annotated[Path | None, typer.Option(help="A comparison run: its gain of transfer becomes a check.")] = None,
    trained_on: LEFT_OUT = None,
    towards: Annotated[
        list[str] | None, typer.Option(help="Other weights of the same network, to mix with. Repeat for more: soups.")
    ] = None,
    repairs: Annotated[
        Repairs | None, typer.Option(help="Also try gradient steps on the unlabelled target (Tent, SAR), on copies.")
    ] = None,
    write: Annotated[
        Path | None, typer.Option(help="Keep a repair that held-out images prove, as this .safetensors file.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of this audit; named below audits/ when none.")] = None,
    format_: Annotated[Format, typer.Option("--format", help="What is printed.")] = Format.PRETTY,
    size: SIZE = None,
    resize: RESIZE = None,
    mean: MEAN = None,
    std: STD = None,
    interpolation: INTERPOLATION = None,
    order: ORDER = None,
    reader: READER = None,
    part: PART = None,
    head: HEAD = None,
    rename: RENAME = None,
    images: Annotated[int | None, typer.Option(help="Most images looked at on each side.", min=20)] = None,
    no_label: NO_LABEL = None,
    unlabelled: Annotated[bool, typer.Option("--unlabelled", help="Do not look at the target's labels.")] = False,
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            help="Labels of some target images, in place of its own: a filled-in file of --ask, or path,label."
        ),
    ] = None,
    ask: Annotated[
        int | None, typer.Option(help="Draw so many target pictures, in all, for you to label.", min=1)
    ] = None,
    links: LINKS = False,
    native: NATIVE = False,
    device: DEVICE = None,
    precision: PRECISION = Precision.FLOAT32,
    minutes: Annotated[
        float | None, typer.Option(help="After so many, no further step under shifts; what is open is told.", min=0)
    ] = None,
    download: DOWNLOAD = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the policy and the estimate; do nothing.")] = False,
    workers: THREADS = None,
    allow_code: ALLOW_CODE = False,
    no_cache: NO_CACHE = False,
    debug: DEBUG = False,
) -> None:
    """Audit a checkpoint for a domain: pass, fail, or cannot tell; trains nothing.

    Checks accuracy, classes, calibration, every shift of the policy and the target, each with an interval, and says
    what the gate itself can see and what could be repaired.
    """
    numbers = {"size": size, "resize": resize, "interpolation": interpolation, "order": order, "reader": reader}
    preprocess = prepared(numbers, {"mean": mean, "std": std})
    with answering(debug=debug, no_cache=no_cache):
        from shiftprobe.auditing.request import request
        from shiftprobe.cli.terminal.audit import run_audit

        asked = request(
            checkpoint,
            linked(data, links=links),
            target=None if target is None else linked(target, links=links),
            arch=arch,
            classes=classes,
            policy=policy,
            baseline=baseline,
            run=run,
            trained_on=[linked(name, links=links) for name in trained_on or ()],
            towards=towards or (),
            repairs=None if repairs is None else str(repairs),
            write=write,
            out=out,
            preprocess=preprocess,
            part=part,
            head=head,
            rename=rename or (),
            images=images,
            labels=labels or not unlabelled,
            ask=ask,
            no_label=no_label,
            native=native,
            device=device or "auto",
            precision=str(precision),
            minutes=minutes,
            download=download,
            allow_code=allow_code,
        )
        code = run_audit(asked, str(format_), dry_run=dry_run, workers=workers)
    if code:
        raise typer.Exit(code)


def prepared(numbers: Mapping[str, object], fractional: Mapping[str, str | None]) -> dict[str, object]:
    """The flags of a preprocessing that were given, by its keys.

    Args:
        numbers: whole numbers and names.
        fractional: lists of fractions, as text.
    """
    return {
        **{key: value if isinstance(value, int) else str(value) for key, value in numbers.items() if value},
        **{key: fractions(key, text) for key, text in fractional.items() if text is not None},
    }


def fractions(name: str, text: str) -> tuple[float, ...]:
    """'0.485,0.456,0.406' as numbers; '1/255' is understood."""
    try:
        return tuple(_number(item) for item in items(text))
    except (ValueError, ZeroDivisionError):
        raise typer.BadParameter(f"wanted {NUMBERS}, got {escape(text)}", param_hint=f"--{name}") from None


def _number(text: str) -> float:
    above, slash, below = text.partition("/")
    return float(above) / float(below) if slash else float(text)
