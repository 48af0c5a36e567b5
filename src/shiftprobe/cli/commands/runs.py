"""Commands that make runs or look into them: compare, sweep, probe."""

from pathlib import Path
from typing import Annotated

import typer

from shiftprobe.cli.app import FAILED_CELLS, answering, app
from shiftprobe.cli.options import (
    ALLOW_CODE,
    ARMS,
    BUDGET,
    DEBUG,
    DEVICE,
    DRY_RUN,
    JSON,
    MARKDOWN,
    OUT,
    PROBES,
    SEEDS,
    SET,
    SPEC,
    TAPS,
    TUNE,
    WORKERS,
    items,
    pair,
    values,
)


@app.command()
def compare(
    spec: Annotated[str | None, typer.Argument(metavar="[SPEC]", help="Preset or YAML file; none is `paper`.")] = None,
    *,
    budget: BUDGET = None,
    seeds: SEEDS = None,
    arms: ARMS = None,
    tune: TUNE = None,
    probes: PROBES = None,
    taps: TAPS = None,
    set_: SET = None,
    device: DEVICE = None,
    out: OUT = Path("runs"),
    workers: WORKERS = None,
    dry_run: DRY_RUN = False,
    json: JSON = False,
    markdown: MARKDOWN = None,
    allow_code: ALLOW_CODE = False,
    debug: DEBUG = False,
) -> None:
    """Compare transfer with training from scratch on the target as it is; the same command resumes."""
    chosen = values(budgets=budget, arms=arms, probes=probes, seeds=seeds, device=device, tune=tune, taps=taps)
    with answering(debug=debug):
        from shiftprobe.cli.terminal.runs import Options, run_compare

        chosen |= dict(pair(text) for text in set_ or ())
        options = Options(
            out=out, workers=workers, dry_run=dry_run, json=json, allow_code=allow_code, markdown=markdown
        )
        failed = run_compare(spec, chosen, options)
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
    tune: TUNE = None,
    probes: PROBES = None,
    taps: TAPS = None,
    set_: SET = None,
    device: DEVICE = None,
    out: OUT = Path("runs"),
    workers: WORKERS = None,
    dry_run: DRY_RUN = False,
    json: JSON = False,
    markdown: MARKDOWN = None,
    allow_code: ALLOW_CODE = False,
    debug: DEBUG = False,
) -> None:
    """Move a target away from the source dose by dose; see how far transfer carries, and why.

    The same command finds its run again and does only what is missing.
    """
    chosen = values(budgets=budget, arms=arms, probes=probes, seeds=seeds, device=device, tune=tune, taps=taps)
    chosen |= {"shifts": shift} if shift is not None else {}
    chosen |= {"severities": items(severity)} if severity is not None else {}
    with answering(debug=debug):
        from shiftprobe.cli.terminal.runs import Options, run_sweep

        chosen |= dict(pair(text) for text in set_ or ())
        options = Options(
            out=out, workers=workers, dry_run=dry_run, json=json, allow_code=allow_code, markdown=markdown
        )
        failed = run_sweep(spec, chosen, options)
    if failed:
        raise typer.Exit(FAILED_CELLS)


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
    debug: DEBUG = False,
) -> None:
    """Let further probes look at a run that is there; nothing is trained again where its weights were kept."""
    with answering(debug=debug):
        from shiftprobe.cli.terminal.runs import Options, run_probe

        options = Options(out=run.parent, workers=workers, dry_run=dry_run, json=json, allow_code=allow_code)
        failed = run_probe(run, items(probes), taps, options)
    if failed:
        raise typer.Exit(FAILED_CELLS)
