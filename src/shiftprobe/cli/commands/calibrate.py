"""The command `calibrate`: how often does an audit err on these images?"""

from pathlib import Path
from typing import Annotated

import typer

from shiftprobe.cli.app import answering, app
from shiftprobe.cli.commands.audit import prepared
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
    ORDER,
    PART,
    READER,
    RENAME,
    RESIZE,
    SIZE,
    STD,
    THREADS,
    linked,
)


@app.command()
def calibrate(
    checkpoint: CHECKPOINT,
    *,
    data: Annotated[str, typer.Option(help="Labelled images, of which every sample is drawn; as for `audit`.")],
    target: Annotated[
        str | None, typer.Option(help="Labelled images of the domain it will meet, whose gate is measured too.")
    ] = None,
    arch: ARCH = None,
    classes: Annotated[str | None, typer.Option(help="What outputs mean, as for `audit`.")] = None,
    policy: Annotated[str, typer.Option(help="Whose gates are measured: a policy's name or YAML file.")] = "default",
    trained_on: LEFT_OUT = None,
    images: Annotated[
        int | None, typer.Option(help="Images of a sample; as many as the audit would look at when none.")
    ] = None,
    draws: Annotated[int, typer.Option(help="How many samples; a quarter of them for slow tests.")] = 200,
    out: Annotated[Path | None, typer.Option(help="Folder; named below calibrations/ when none.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the rates as JSON, and nothing else, on stdout.")] = False,
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
    no_label: NO_LABEL = None,
    links: LINKS = False,
    native: NATIVE = False,
    device: DEVICE = None,
    download: DOWNLOAD = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what is measured and the estimate.")] = False,
    workers: THREADS = None,
    allow_code: ALLOW_CODE = False,
    no_cache: NO_CACHE = False,
    debug: DEBUG = False,
) -> None:
    """Measure how often an audit errs on your images: false alarms, misses, coverage, abstentions; trains nothing.

    The labelled images are drawn again and again; thresholds are put where the truth is known, and known changes are
    planted. Every gate and test of the policy gets a row. Exit code 0.
    """
    numbers = {"size": size, "resize": resize, "interpolation": interpolation, "order": order, "reader": reader}
    with answering(debug=debug, no_cache=no_cache):
        from shiftprobe.auditing.error_rates.request import CalibrationRequest
        from shiftprobe.auditing.request import request
        from shiftprobe.cli.terminal.calibrate import run_calibration

        audit = request(
            checkpoint,
            linked(data, links=links),
            target=None if target is None else linked(target, links=links),
            arch=arch,
            classes=classes,
            policy=policy,
            trained_on=[linked(name, links=links) for name in trained_on or ()],
            preprocess=prepared(numbers, {"mean": mean, "std": std}),
            part=part,
            head=head,
            rename=rename or (),
            no_label=no_label,
            native=native,
            device=device or "auto",
            download=download,
            allow_code=allow_code,
        )
        asked = CalibrationRequest(audit=audit, images=images, draws=draws, out=out)
        run_calibration(asked, json=json, dry_run=dry_run, workers=workers)
