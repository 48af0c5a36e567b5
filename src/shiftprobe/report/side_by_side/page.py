"""The page that compares runs, and its short form in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from shiftprobe.core import markdown
from shiftprobe.core.files import write_bytes
from shiftprobe.core.out_folder import check_page
from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.report.kit import charts, wording
from shiftprobe.report.kit.assemble import filled, icon
from shiftprobe.report.kit.claims import SIGNS
from shiftprobe.report.kit.table import Entry, Notes, Table
from shiftprobe.report.side_by_side import findings, overlays, reading
from shiftprobe.report.side_by_side.reading import Entered
from shiftprobe.report.side_by_side.robustness import robustness
from shiftprobe.report.side_by_side.starting import StartAdvice, start_from, start_table
from shiftprobe.results.model import ArmPoint

STYLES = (
    "kit/style.css",
    "kit/charts.css",
    "kit/arms.css",
    "kit/kinds.css",
    "side_by_side/many.css",
    "kit/narrow.css",
    "kit/print.css",
)
SCRIPTS = ("kit/script.js",)
BESIDE = ("transfer", "scratch", "zero_shot")  # arms of the first table
NO_ARM = "this run does not hold that arm there"
NO_HEADLINE = "this run has no declared comparison"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayPanel:
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
        SpecError: when there are fewer than two runs, too many, or one stands twice, or when somebody else's file
            lies there.
        RunError: when a folder is no run.
        ResourceError: when the disk is full or the place not writable.
    """
    check_page(file)
    runs = reading.read_many(paths)
    write_bytes(file, filled("side_by_side/page.html", _contents(runs, file.parent), STYLES, SCRIPTS).encode())
    return findings.headline(runs)


def start_of(paths: Sequence[Path]) -> StartAdvice | None:
    """Which checkpoint some runs say to start from, as their page tells it; None where they are not of several.

    Raises:
        SpecError: as `write_many`.
        RunError: as `write_many`.
    """
    return start_from(reading.read_many(paths))


def _contents(runs: Sequence[Entered], beside: Path) -> dict[str, object]:
    links = [markdown.way(one.path / "report.html", beside) for one in runs]
    start = start_from(runs)
    return {
        "headline": findings.headline(runs),
        "apart": findings.apart(runs),
        "start": start,
        "starts": start_table(start) if start and start.basis else None,
        "warnings": reading.warnings(runs),
        "test_sets": reading.test_sets(runs),
        "entries": list(zip(runs, (overlays.key(i) for i in range(len(runs))), links, strict=True)),
        "forest": overlays.forest(runs, _margin(runs)),
        "table": table(runs),
        "differing": reading.differing(runs),
        "panels": panels(runs),
        "robust": robustness(runs),
        "keys": {one.mark: overlays.key(i) for i, one in enumerate(runs)},
        "icons": {verdict: icon(verdict) for verdict in wording.MARKS},
        "margin": wording.margin(_margin(runs) or 0.0) if _margin(runs) else "",
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
    verdict, name = one.run.summary.verdict, f"{one.mark} {wording.name(one.run.summary.name)}"
    first = Entry(main=name, arm=one.mark, small=(wording.name(one.run.summary.digest),), sort=one.mark)
    c = verdict.contrast
    if c is None:
        gone = Entry(main="n/a", note=notes.number(NO_HEADLINE))
        return (first, gone, gone)
    word = verdict.word if verdict.word in wording.MARKS else "inconclusive"
    interval = wording.points_interval(c.low, c.high) or "no interval"
    amount = wording.points(c.difference, c.low, c.high)
    small = (interval, f"n = {wording.counted(c.n, 'seed')}")
    return (first, Entry(main=word, sort=word, kind=word), Entry(main=amount, small=small, sort=c.difference))


def _reached(one: Entered, arm: str, notes: Notes) -> Entry:
    found = reading.reached(one, UNSHIFTED, arm)
    if found is None or found.mean is None:
        return Entry(main="n/a", note=notes.number(NO_ARM))
    between = wording.interval(found.low, found.high)
    return Entry(main=wording.mean_std(found), small=(between,) if between else (), sort=found.mean)


def _test(one: Entered) -> tuple[Entry, ...]:
    target = one.run.summary.data.target
    labels = Entry(main=f"{one.budget:,}", sort=float(one.budget)) if one.budget else Entry(main=wording.DASH)
    return (labels, Entry(main=f"{target.test:,}", sort=float(target.test)) if target else Entry(main=wording.DASH))


def panels(runs: Sequence[Entered]) -> tuple[OverlayPanel, ...]:
    """A panel per shared shift, all on the same axes."""
    shifts = reading.shared(runs)
    first = [c for one in runs for c in one.run.summary.contrasts if (c.a, c.b) in one.run.pairs[:1]]
    whole = [c for c in first if c.difference is not None]
    ends = charts.gain_domain(whole, _margin(runs) or 0.0)
    arms = {one.run.pairs[0][0] for one in runs if one.run.pairs}
    arm = arms.pop() if len(arms) == 1 else "transfer"
    points = [p for one in runs for p in one.run.summary.points if p.arm == arm]
    return tuple(
        _panel(runs, (f"m{i}", shift), arm, (ends, charts.accuracy_domain(points))) for i, shift in enumerate(shifts)
    )


Ends = tuple[tuple[float, float], tuple[float, float]]


def _panel(runs: Sequence[Entered], name: tuple[str, str], arm: str, ends: Ends) -> OverlayPanel:
    ident, shift = name
    here = [(i, one) for i, one in enumerate(runs) if shift in one.run.summary.shifts]
    doses = sorted({dose for _, one in here for dose in one.run.summary.severities})
    axis = charts.severity_axis(doses)
    gains = [(i, one, [reading.gain(one, Condition.of(shift, dose)) for dose in doses]) for i, one in here]
    accuracies: list[tuple[int, Entered, list[ArmPoint | None]]] = [
        (i, one, [reading.reached(one, Condition.of(shift, dose), arm) for dose in doses]) for i, one in here
    ]
    return OverlayPanel(
        title=shift,
        figures=(
            overlays.overlaid_gains(f"{ident}-g", axis, gains, ends[0], _margin(runs)),
            overlays.overlaid_accuracies(f"{ident}-a", axis, accuracies, ends[1], arm),
        ),
        said=findings.along([one for _, one in here], shift),
    )


def write_markdown(paths: Sequence[Path], file: Path) -> None:
    """The same comparison for a pull request: verdicts, what differs, what forbids to compare, what is shown.

    Raises:
        SpecError: as `write_many`.
        RunError: as `write_many`.
    """
    runs = reading.read_many(paths)
    links = [markdown.link(f"{one.mark}", one.path / "report.html", file.parent) for one in runs]
    start = start_from(runs)
    blocks = [f"### {findings.headline(runs)}"]
    blocks += [f"**{markdown.prose(start.sentence)}** {markdown.prose(start.basis)}".strip()] if start else []
    blocks.append(findings.apart(runs))
    blocks += [f"> **Warning.** {markdown.prose(said)}" for said in reading.warnings(runs)]
    blocks += ["\n".join(_rows(runs)), markdown.prose(reading.test_sets(runs)), "\n".join(_differing(runs))]
    blocks += [f"{markdown.prose(one.title, 60)}: {markdown.prose(said)}" for one in panels(runs) for said in one.said]
    blocks.append(f"Reports: {' '.join(links)}")
    write_bytes(file, ("\n\n".join(filter(None, blocks)) + "\n").encode())


def _rows(runs: Sequence[Entered]) -> list[str]:
    heads = ("run", "verdict", "difference, points", "95 % over seeds", "seeds", *map(markdown.code, BESIDE))
    rows = []
    for one in runs:
        verdict, c = one.run.summary.verdict, one.run.summary.verdict.contrast
        sign = f"{SIGNS[verdict.word]} {verdict.word}" if verdict.word in SIGNS else "no comparison"
        numbers = (
            (wording.points(c.difference, c.low, c.high), wording.points_interval(c.low, c.high), f"{c.n}")
            if c
            else ("", "", "")
        )
        arms = [reading.reached(one, UNSHIFTED, arm) for arm in BESIDE]
        name = f"{one.mark} {markdown.code(f'{one.run.summary.name} {one.run.summary.digest}')}"
        rows.append((name, sign, *numbers, *(wording.mean_std(p) if p else "n/a" for p in arms)))
    return markdown.table(heads, rows)


def _differing(runs: Sequence[Entered]) -> list[str]:
    found = reading.differing(runs)
    rows = [(markdown.code(key), *map(markdown.code, values)) for key, values in found]
    return markdown.table(("what differs", *(one.mark for one in runs)), rows) if rows else []
