"""Commands that train nothing: report, verdict, list, check-policy, init, download, preview, locate."""

from pathlib import Path
from typing import Annotated

import typer

from shiftprobe.cli.app import answering, app
from shiftprobe.cli.options import (
    ALLOW_CODE,
    DEBUG,
    DOWNLOAD,
    HEAD,
    JSON,
    MARKDOWN,
    MAX_SEED,
    NATIVE,
    NO_CACHE,
    PART,
    RENAME,
    TRAINED_ON,
    items,
)

MAX_RUNS = 10**6  # behind a published number


@app.command()
def report(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="A run folder, or several to compare.")],
    *,
    out: Annotated[Path | None, typer.Option(help="The page of several runs.", dir_okay=False)] = None,
    markdown: MARKDOWN = None,
    debug: DEBUG = False,
) -> None:
    """Rebuild the tables and the report of a run folder, or show several side by side; trains nothing."""
    with answering(debug=debug):
        from shiftprobe.cli.terminal.others import rebuild, side_by_side

        if len(runs) == 1 and out is None:
            rebuild(runs[0], markdown)
        else:
            side_by_side(runs, out, markdown)


@app.command()
def figures(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    *,
    only: Annotated[str | None, typer.Option(help="One of two_arms, dial, gain, depth, budget.")] = None,
    debug: DEBUG = False,
) -> None:
    """Draw the figures of a run for a paper, as SVG and PDF, into the run folder's figures/."""
    with answering(debug=debug):
        from shiftprobe.cli.terminal.others import draw_figures

        draw_figures(run, only)


@app.command()
def verdict(
    a: Annotated[str, typer.Argument(metavar="A", help="A published result, '68.6 (1.0)' in percent, or a CSV.")],
    b: Annotated[str | None, typer.Argument(metavar="[B]", help="The result it is compared with.")] = None,
    *,
    n: Annotated[
        int | None, typer.Option(help="Runs behind A, and behind B; a CSV says it itself.", min=1, max=MAX_RUNS)
    ] = None,
    n_b: Annotated[int | None, typer.Option(help="Runs behind B, where they differ.", min=1, max=MAX_RUNS)] = None,
    margin: Annotated[float, typer.Option(help="Points within which the two count as equal.", min=0.001, max=99)] = 1,
    arms: Annotated[str, typer.Option(help="CSV: which two arms.")] = "transfer,scratch",
    columns: Annotated[str, typer.Option(help="CSV: columns of arm, value and pairing.")] = "arm,value,seed",
    debug: DEBUG = False,
) -> None:
    """Say what two published results allow one to say: verdict, margin certified, seeds still needed."""
    with answering(debug=debug):
        from shiftprobe.cli.terminal.others import judge

        judge(a, b, (n, n_b or n), margin / 100, arms=items(arms), columns=items(columns))


@app.command("list")
def list_(
    what: Annotated[
        str, typer.Argument(help="shifts, probes, arms, recipes, models, data, presets, policies or executors.")
    ] = "shifts",
    *,
    allow_code: ALLOW_CODE = False,
    debug: DEBUG = False,
) -> None:
    """List what a spec can name."""
    with answering(debug=debug):
        from shiftprobe.cli.terminal.listing import listing

        listing(what, allow_code=allow_code)


@app.command("check-policy")
def check_policy(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Policies of audits.")],
    *,
    allow_code: ALLOW_CODE = False,
    debug: DEBUG = False,
) -> None:
    """Check policies before anything is audited: keys, thresholds, names of shifts, and what contradicts itself."""
    with answering(debug=debug):
        from shiftprobe.cli.terminal.checking import check_policies

        check_policies(files, allow_code=allow_code)


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="Where to write the spec.")] = Path("shiftprobe.yaml"),
    *,
    preset: Annotated[str | None, typer.Option(help="Which preset to start from; digits when none.")] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option(help="Weights: a file, a folder, or lite0, torchvision:NAME@W, timm:NAME, hf_hub:OWNER/NAME."),
    ] = None,
    source: Annotated[str | None, typer.Option(help="Images that trained the checkpoint, where you have them.")] = None,
    target: Annotated[str | None, typer.Option(help="Labelled images that it will meet.")] = None,
    arch: Annotated[
        str | None, typer.Option(help="torchvision:NAME[+OPTION], timm:NAME, lite0, ...; guessed when none.")
    ] = None,
    part: PART = None,
    head: HEAD = None,
    rename: RENAME = None,
    trained_on: TRAINED_ON = None,
    download: DOWNLOAD = False,
    allow_code: ALLOW_CODE = False,
    no_cache: NO_CACHE = False,
    debug: DEBUG = False,
) -> None:
    """Write a spec to start from: a preset, or one for a checkpoint and the data that it came from and will meet.

    With --checkpoint and --target the spec says the architecture, preprocessing, recipe and budgets that suit them, and
    where each comes from; an estimate and the next commands follow. Nothing is trained, nothing is overwritten.
    """
    with answering(debug=debug, no_cache=no_cache):
        from shiftprobe.cli.terminal.beginning import Asked, write_first

        asked = Asked(
            preset=preset,
            checkpoint=checkpoint,
            source=source,
            target=target,
            arch=arch,
            part=part,
            head=head,
            rename=rename or (),
            trained=trained_on or (),
            download=download,
            allow_code=allow_code,
        )
        write_first(file, asked)


@app.command()
def download(
    name: Annotated[str, typer.Argument(help="Data that can be fetched, as torchvision:CIFAR10; `list data`.")],
    *,
    debug: DEBUG = False,
) -> None:
    """Fetch a data set into $SHIFTPROBE_DATA (~/.cache/shiftprobe/data); but for --download nothing else is fetched."""
    with answering(debug=debug):
        from shiftprobe.cli.terminal.others import fetch

        fetch(name)


@app.command()
def preview(
    data: Annotated[str, typer.Argument(metavar="[DATA]", help="Images, as folder:photos.")] = "digits:mnist",
    *,
    shift: Annotated[list[str] | None, typer.Option(help="Shift to show; repeat for more. All when none.")] = None,
    severity: Annotated[str, typer.Option(help="Doses, as 0.25,0.5,1.")] = "0,0.25,0.5,0.75,1",
    images: Annotated[int, typer.Option(help="How many images under each shift.", min=1, max=16)] = 2,
    seed: Annotated[int, typer.Option(help="The run's data_seed: its draws are shown.", min=0, max=MAX_SEED)] = 0,
    out: Annotated[Path, typer.Option(help="Folder for preview.png and preview.html.")] = Path("preview"),
    native: NATIVE = False,
    no_cache: NO_CACHE = False,
    debug: DEBUG = False,
) -> None:
    """Show what shifts do to your images: a contact sheet of shift by severity, in seconds."""
    with answering(debug=debug, no_cache=no_cache):
        from shiftprobe.cli.terminal.looking import Wanted, preview_sheet

        wanted = Wanted(
            shifts=shift or (), severities=items(severity), images=images, seed=seed, out=out, native=native
        )
        preview_sheet(data, wanted)


@app.command()
def locate(
    *,
    source: Annotated[str, typer.Option(help="The source's images: a folder, or any data by name.")],
    target: Annotated[str, typer.Option(help="The target's images; no labels are used.")],
    shift: Annotated[list[str] | None, typer.Option(help="Shift to choose from; repeat. All when none.")] = None,
    seed: Annotated[int, typer.Option(help="Of every draw.", min=0, max=MAX_SEED)] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder for locate.html and locate.json; none is written else.")
    ] = None,
    json: JSON = False,
    no_cache: NO_CACHE = False,
    debug: DEBUG = False,
) -> None:
    """Locate a target on the dials: which shifts, how strong, bring the source's images nearest to it."""
    with answering(debug=debug, no_cache=no_cache):
        from shiftprobe.cli.terminal.looking import Search, locate_target

        locate_target(Search(source=source, target=target, shifts=shift or (), seed=seed), out, json=json)
