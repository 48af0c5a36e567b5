"""Commands that make runs or look into them: compare, sweep, probe."""

from pathlib import Path
from typing import Annotated

import typer

from shiftprobe.cli.app import answering, app
from shiftprobe.cli.exits import FAILED_CELLS
from shiftprobe.cli.options import (
    ADDRESS,
    ALLOW_CODE,
    ARMS,
    BUDGET,
    CHECKPOINTS,
    DEBUG,
    DEVICE,
    DOWNLOAD,
    DRY_RUN,
    EXECUTOR,
    GPUS_PER_CELL,
    JSON,
    MARKDOWN,
    MINUTES,
    MIXED,
    NATIVE,
    NO_CACHE,
    NO_LABEL,
    OUT,
    PROBES,
    READER,
    RUN_PRECISION,
    SEEDS,
    SET,
    SEVERITY,
    SHIFT,
    SPEC,
    SPEC_TO_COMPARE,
    TAPS,
    TRAINED_ON,
    TUNE,
    WORKERS,
    items,
    of_checkpoints,
    pair,
    placed,
    values,
    with_fixed,
)

COMPARE = "Compare transfer with training from scratch on the target as it is; the same command resumes."
SWEEP = """Move a target away from the source dose by dose; see how far transfer carries, and why.

The same command finds its run again and does only what is missing."""


def _run(
    spec: SPEC = None,
    *,
    still: bool = False,
    checkpoint: CHECKPOINTS = None,
    shift: SHIFT = None,
    severity: SEVERITY = None,
    budget: BUDGET = None,
    seeds: SEEDS = None,
    arms: ARMS = None,
    tune: TUNE = None,
    probes: PROBES = None,
    taps: TAPS = None,
    trained_on: TRAINED_ON = None,
    set_: SET = None,
    native: NATIVE = False,
    reader: READER = None,
    no_label: NO_LABEL = None,
    device: DEVICE = None,
    precision: RUN_PRECISION = None,
    out: OUT = Path("runs"),
    workers: WORKERS = None,
    minutes: MINUTES = None,
    executor: EXECUTOR = None,
    address: ADDRESS = None,
    gpus_per_cell: GPUS_PER_CELL = None,
    mixed: MIXED = False,
    dry_run: DRY_RUN = False,
    json: JSON = False,
    markdown: MARKDOWN = None,
    download: DOWNLOAD = False,
    allow_code: ALLOW_CODE = False,
    no_cache: NO_CACHE = False,
    debug: DEBUG = False,
) -> None:
    """A sweep, or a comparison where the target stands still: every flag that they share is declared here, once."""
    chosen = values(budgets=budget, arms=arms, probes=probes, seeds=seeds, device=device, tune=tune, taps=taps)
    chosen |= {"shifts": shift} if shift is not None else {}
    chosen |= {"severities": items(severity)} if severity is not None else {}
    chosen |= {"source.trained": placed(trained_on)} if trained_on else {}
    chosen |= {"native": True} if native else {}
    chosen |= dict.fromkeys(("train.precision", "looks"), str(precision)) if precision else {}
    chosen |= of_checkpoints(checkpoint)
    chosen |= {"model.reader": reader} if reader is not None else {}
    chosen |= {"no_label": no_label} if no_label is not None else {}
    with answering(debug=debug, no_cache=no_cache):
        from shiftprobe.cli.terminal import runs
        from shiftprobe.spec.placement import placement

        chosen |= dict(pair(text) for text in set_ or ())
        options = runs.Options(
            out=out,
            workers=workers,
            minutes=minutes,
            dry_run=dry_run,
            json=json,
            allow_code=allow_code,
            download=download,
            markdown=markdown,
            placement=placement(executor, address=address, gpus_per_cell=gpus_per_cell, mixed=mixed),
        )
        failed = (runs.run_compare if still else runs.run_sweep)(spec, chosen, options)
    if failed:
        raise typer.Exit(FAILED_CELLS)


app.command("compare", help=COMPARE)(
    with_fixed(_run, {"still": True, "shift": None, "severity": None, "native": False}, {"spec": SPEC_TO_COMPARE})
)
app.command("sweep", help=SWEEP)(with_fixed(_run, {"still": False}, {}))


@app.command()
def probe(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    *,
    probes: Annotated[str, typer.Option(help="Probes, as umap,attribution; `shiftprobe list probes`.")],
    taps: TAPS = None,
    workers: WORKERS = None,
    dry_run: DRY_RUN = False,
    json: JSON = False,
    allow_code: ALLOW_CODE = False,
    no_cache: NO_CACHE = False,
    debug: DEBUG = False,
) -> None:
    """Let further probes look at a run that is there; nothing is trained again where its weights were kept."""
    with answering(debug=debug, no_cache=no_cache):
        from shiftprobe.cli.terminal.runs import Options, run_probe

        options = Options(out=run.parent, workers=workers, dry_run=dry_run, json=json, allow_code=allow_code)
        failed = run_probe(run, items(probes), taps, options)
    if failed:
        raise typer.Exit(FAILED_CELLS)
