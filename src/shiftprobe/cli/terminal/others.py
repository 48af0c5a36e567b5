"""Commands that train nothing: verdict, report, download."""

from collections.abc import Sequence
from pathlib import Path

from shiftprobe.cli.terminal import findings
from shiftprobe.cli.terminal.speech import say, tell
from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.results.run_folder import check_run


def judge(
    a: str,
    b: str | None,
    counts: tuple[int | None, int | None],
    margin: float,
    *,
    arms: list[str],
    columns: list[str],
) -> None:
    """Show what two published results, or a CSV of results, allow one to say."""
    from shiftprobe.results.published import Columns, compare_csv, compare_published

    if b is not None:
        runs_a, runs_b = counts
        if runs_a is None or runs_b is None:
            raise SpecError("wanted the number of runs behind both results, got none; add --n with what the paper says")
        result, names = compare_published(a, b, (runs_a, runs_b), margin), ("A", "B")
    elif len(arms) == 2 and len(columns) == 3:  # noqa: PLR2004 - two arms; arm, value, pairing
        arm, value, pair = columns
        names = (arms[0], arms[1])
        result = compare_csv(Path(a), *names, Columns(arm=arm, value=value, pair=pair), margin)
    else:
        raise SpecError("wanted two arms in --arms and three columns in --columns, separated by commas")
    sentence = result.sentence(*names)
    say(f"Verdict: {result.verdict.upper()}. {sentence[0].upper()}{sentence[1:]}.")
    findings.comparison(result)


def here(run: Path) -> Path:
    """A run folder of this machine: what a store holds is fetched, and said."""
    from shiftprobe.results.store import FETCHED, address_of, fetch

    address = address_of(run)
    if address is None:
        return run
    found = fetch(address, FETCHED)
    tell(f"fetched {escape(address)} into {escape(found)}")
    return found


def rebuild(path: Path, file: Path | None = None) -> None:
    """Rebuild tables and report of a run, and its summary as Markdown where a file is given for it.

    While another command is at work in it, what is whole is told, beside what that command will write.
    """
    from shiftprobe.api import finish, so_far
    from shiftprobe.core.errors import BusyError
    from shiftprobe.core.folder_kinds import RUN
    from shiftprobe.core.out_folder import held

    check_run(path)
    try:
        with held(path, RUN):
            run = finish(path)
    except BusyError:
        run = so_far(path)
    findings.findings(run.summary)
    say(f"\nReport: {run.report}")
    if file is not None:
        from shiftprobe.report.run import markdown

        markdown.write(path, file, run.report.parent)
        say(f"Markdown: {escape(file)}")


def side_by_side(paths: Sequence[Path], out: Path | None, file: Path | None) -> None:
    """Compare runs on one page, beside the first run's folder where no place is given; no run is changed."""
    from shiftprobe.report.side_by_side.page import start_of, write_many, write_markdown

    page = out or paths[0].resolve().parent / "compared.html"
    say(write_many(paths, page))
    start = start_of(paths)
    if start is not None:
        say(" ".join(filter(None, (start.sentence, start.basis))))
    if file is not None:
        write_markdown(paths, file)
        say(f"Markdown: {escape(file)}")
    say(f"\nReport: {escape(page)}")


def draw_figures(path: Path, only: str | None) -> None:
    """Draw the figures that a run has numbers for, and say where they are and which it has none for."""
    from shiftprobe.report.figures.numbers import NAMES
    from shiftprobe.report.figures.write import write

    check_run(path)
    if only is not None and only not in NAMES:
        known = ", ".join(NAMES)
        raise UnknownNameError(f"no figure named {escape(only)}{suggest(only, NAMES)} (known: {known})")
    drawn = write(path, (only,) if only else NAMES)
    for name, reason in drawn.missing.items():
        say(f"No {name}: {reason}.")
    for one in drawn.files:
        say(f"Figure: {escape(one)}")


def fetch(name: str) -> None:
    """Fetch a data set into our folder; beside --download nothing else uses the network."""
    from shiftprobe.data import download

    say(f"{escape(name)} is in {download(name)}")
