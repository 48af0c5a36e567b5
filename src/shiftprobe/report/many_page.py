"""The page that compares runs, and its short form in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from shiftprobe import marked
from shiftprobe.report import charts, many, many_charts, many_said, words
from shiftprobe.report.many import Entered
from shiftprobe.report.markdown import SIGNS
from shiftprobe.report.model import Point
from shiftprobe.report.page import filled, icon
from shiftprobe.report.tables import Entry, Notes, Table
from shiftprobe.rundir import write_bytes
from shiftprobe.types import IDENTITY

STYLES = ("style.css", "charts.css", "arms.css", "kinds.css", "many.css", "narrow.css", "print.css")
SCRIPTS = ("script.js",)
BESIDE = ("transfer", "scratch", "zero_shot")  # arms of the first table
NO_ARM = "this run does not hold that arm there"
NO_HEADLINE = "this run has no declared comparison"


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One shift that several runs share."""

    title: str
    figures: tuple[Markup, ...]
    said: tuple[str, ...]


def write_many(paths: Sequence[Path], file: Path) -> str:
    """Compare runs on one page, whole or not at all.

    Args:
        paths: run folders, each once.
        file: where the page goes; its links to the runs' own reports are relative to that place.

    Returns:
        The headline in a line.

    Raises:
        SpecError: when there are fewer than two runs, too many, or one stands twice.
        RunError: when a folder is no run.
        ResourceError: when the disk is full or the place not writable.
    """
    runs = many.read_many(paths)
    write_bytes(file, filled("many.html", _contents(runs, file.parent), STYLES, SCRIPTS).encode())
    return many_said.headline(runs)


def _contents(runs: Sequence[Entered], beside: Path) -> dict[str, Any]:
    links = [marked.way(one.path / "report.html", beside) for one in runs]
    return {
        "headline": many_said.headline(runs),
        "apart": many_said.apart(runs),
        "warnings": many.warnings(runs),
        "test_sets": many.test_sets(runs),
        "entries": list(zip(runs, (many_charts.key(i) for i in range(len(runs))), links, strict=True)),
        "forest": many_charts.forest(runs, _margin(runs)),
        "table": table(runs),
        "differing": many.differing(runs),
        "panels": panels(runs),
        "keys": {one.mark: many_charts.key(i) for i, one in enumerate(runs)},
        "icons": {verdict: icon(verdict) for verdict in words.MARKS},
        "margin": words.margin(_margin(runs) or 0.0) if _margin(runs) else "",
    }


def _margin(runs: Sequence[Entered]) -> float | None:
    margins = {one.run.summary.margin for one in runs}
    return margins.pop() if len(margins) == 1 else None


def table(runs: Sequence[Entered]) -> Table:
    """A row per run: its verdict, its headline, and three arms on the unshifted target."""
    notes = Notes()
    rows = tuple((*_headline(one, notes), *(_reached(one, arm, notes) for arm in BESIDE), *_test(one)) for one in runs)
    heads = (
        ("run", ""), ("verdict", ""), ("difference", "points, 95 % over seeds"),
        *((arm, "unshifted, % (std)") for arm in BESIDE), ("labels", "per arm"), ("test", "images"),
    )  # fmt: skip
    return Table(caption="Verdicts side by side", heads=heads, rows=rows, notes=notes.said)


def _headline(one: Entered, notes: Notes) -> tuple[Entry, ...]:
    verdict, name = one.run.summary.verdict, f"{one.mark} {words.name(one.run.summary.name)}"
    first = Entry(main=name, arm=one.mark, small=(words.name(one.run.summary.digest),), sort=one.mark)
    c = verdict.contrast
    if c is None:
        gone = Entry(main="n/a", note=notes.number(NO_HEADLINE))
        return (first, gone, gone)
    word = verdict.word if verdict.word in words.MARKS else "inconclusive"
    interval = words.points_interval(c.low, c.high) or "no interval"
    amount = words.points(c.difference, c.low, c.high)
    small = (interval, f"n = {words.counted(c.n, 'seed')}")
    return (first, Entry(main=word, sort=word, kind=word), Entry(main=amount, small=small, sort=c.difference))


def _reached(one: Entered, arm: str, notes: Notes) -> Entry:
    found = many.reached(one, (IDENTITY, 0.0), arm)
    if found is None or found.mean is None:
        return Entry(main="n/a", note=notes.number(NO_ARM))
    between = words.interval(found.low, found.high)
    return Entry(main=words.mean_std(found), small=(between,) if between else (), sort=found.mean)


def _test(one: Entered) -> tuple[Entry, ...]:
    target = one.run.summary.data.get("target")
    labels = Entry(main=f"{one.budget:,}", sort=float(one.budget)) if one.budget else Entry(main=words.DASH)
    return (labels, Entry(main=f"{target.test:,}", sort=float(target.test)) if target else Entry(main=words.DASH))


def panels(runs: Sequence[Entered]) -> tuple[Panel, ...]:
    """A panel per shared shift, all on the same axes."""
    shifts = many.shared(runs)
    whole = [c for one in runs for c in one.run.summary.contrasts if c.difference is not None]
    ends = charts.gain_domain(whole, _margin(runs) or 0.0)
    arms = {one.run.pairs[0][0] for one in runs if one.run.pairs}
    arm = arms.pop() if len(arms) == 1 else "transfer"
    points = [p for one in runs for p in one.run.summary.points if p.arm == arm]
    return tuple(
        _panel(runs, (f"m{i}", shift), arm, (ends, charts.accuracy_domain(points))) for i, shift in enumerate(shifts)
    )


Ends = tuple[tuple[float, float], tuple[float, float]]


def _panel(runs: Sequence[Entered], name: tuple[str, str], arm: str, ends: Ends) -> Panel:
    ident, shift = name
    here = [(i, one) for i, one in enumerate(runs) if shift in one.run.summary.shifts]
    doses = sorted({dose for _, one in here for dose in one.run.summary.severities})
    axis = charts.severity_axis(doses)
    gains = [(i, one, [many.gain(one, (shift, dose)) for dose in doses]) for i, one in here]
    accuracies: list[tuple[int, Entered, list[Point | None]]] = [
        (i, one, [many.reached(one, (shift, dose), arm) for dose in doses]) for i, one in here
    ]
    return Panel(
        title=shift,
        figures=(
            many_charts.overlaid_gains(f"{ident}-g", axis, gains, ends[0], _margin(runs)),
            many_charts.overlaid_accuracies(f"{ident}-a", axis, accuracies, ends[1], arm),
        ),
        said=many_said.along([one for _, one in here], shift),
    )


def write_markdown(paths: Sequence[Path], file: Path) -> None:
    """The same comparison for a pull request: verdicts, what differs, what forbids to compare, what is shown.

    Raises:
        SpecError: as `write_many`.
        RunError: as `write_many`.
    """
    runs = many.read_many(paths)
    links = [marked.link(f"{one.mark}", one.path / "report.html", file.parent) for one in runs]
    blocks = [f"### {many_said.headline(runs)}", many_said.apart(runs)]
    blocks += [f"> **Warning.** {marked.prose(said)}" for said in many.warnings(runs)]
    blocks += ["\n".join(_rows(runs)), marked.prose(many.test_sets(runs)), "\n".join(_differing(runs))]
    blocks += [f"{marked.prose(one.title, 60)}: {marked.prose(said)}" for one in panels(runs) for said in one.said]
    blocks.append(f"Reports: {' '.join(links)}")
    write_bytes(file, ("\n\n".join(filter(None, blocks)) + "\n").encode())


def _rows(runs: Sequence[Entered]) -> list[str]:
    heads = ("run", "verdict", "difference, points", "95 % over seeds", "seeds", *map(marked.code, BESIDE))
    rows = []
    for one in runs:
        verdict, c = one.run.summary.verdict, one.run.summary.verdict.contrast
        sign = f"{SIGNS[verdict.word]} {verdict.word}" if verdict.word in SIGNS else "no comparison"
        numbers = (
            (words.points(c.difference, c.low, c.high), words.points_interval(c.low, c.high), f"{c.n}")
            if c
            else ("", "", "")
        )
        arms = [many.reached(one, (IDENTITY, 0.0), arm) for arm in BESIDE]
        name = f"{one.mark} {marked.code(f'{one.run.summary.name} {one.run.summary.digest}')}"
        rows.append((name, sign, *numbers, *(words.mean_std(p) if p else "n/a" for p in arms)))
    return marked.table(heads, rows)


def _differing(runs: Sequence[Entered]) -> list[str]:
    found = many.differing(runs)
    rows = [(marked.code(key), *map(marked.code, values)) for key, values in found]
    return marked.table(("what differs", *(one.mark for one in runs)), rows) if rows else []
