"""Class by class: a table per place, worst first, and the one sentence that the intervals allow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.core.types import UNSHIFTED
from shiftprobe.report.kit import svg, wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.per_class import Classes, ClassGap, ClassResult
from shiftprobe.report.kit.table import Entry, Notes, Table

MAX_CLASSES = 60  # classes of a table; the answers of all stand in the run folder
WIDE, HIGH = 132.0, 16.0  # of the picture in a row
NO_ANSWERS = "the run folder holds no answers image by image for this arm here"
NOT_COMPARED = "both arms are needed, of one seed and paired"
NOT_MOVED = "the probe of similarity did not look at this class here"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassesSheet:
    """One place: its title, a summary of its table, the table."""

    title: str
    said: str
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassesSection:
    """Everything about classes."""

    finding: str
    pair: str  # what the difference is of; empty without one
    family: int  # comparisons that the correction counts
    sheets: tuple[ClassesSheet, ...]


def section(run: ReadRun) -> ClassesSection | None:
    """None when the run kept no answers."""
    if not run.by_class:
        return None
    pair = wording.minus(*run.pairs[0]) if run.pairs else ""
    gaps = [one.gap for place in run.by_class for one in place.classes if one.gap]
    ends = [0.0, *(end for gap in gaps for end in (gap.low, gap.high))]
    scale = svg.Scale((min(ends), max(*ends, min(ends) + 0.01)), (6.0, WIDE - 6.0))
    sheets = tuple(_sheet(run, place, pair, scale) for place in run.by_class)
    return ClassesSection(finding=finding(run), pair=pair, family=len(gaps), sheets=sheets)


def finding(run: ReadRun) -> str:
    """The class that loses most by transfer, else the one that gains most; nothing where neither is shown."""
    if not run.pairs:
        return ""
    (a, b), places = run.pairs[0], run.by_class
    found = [
        (one.gap.difference, i, one, one.gap) for i, place in enumerate(places) for one in place.classes if one.gap
    ]
    shown = [item for item in found if item[3].shown]
    if not shown:
        return ""
    lost = [item for item in shown if item[3].shown < 0]
    _, i, one, gap = min(lost, key=lambda item: item[0]) if lost else max(shown, key=lambda item: item[0])
    return (
        f"Of {len(found)} comparisons (every class at every place below) {a} is shown to be behind {b} in {len(lost)} "
        f"and ahead in {len(shown) - len(lost)}. The largest {'loss' if lost else 'gain'} among them: class "
        f"{wording.name(one.name)} {_where(places[i])}, {_amount(gap)} points (95 % over its images "
        f"{wording.points_interval(gap.low, gap.high)}, n = {wording.counted(one.images, 'image')}; {_seeds(gap)}; "
        f"q {_p(gap.q)}; exploratory)."
    )


def _p(p: float) -> str:
    said = wording.p_value(p)
    return said if said.startswith("<") else f"= {said}"


def _seeds(gap: ClassGap) -> str:
    n = len(gap.seeds)
    return f"in every one of {n} seeds" if n > 1 else "with one seed, which says nothing of another training"


def _amount(gap: ClassGap) -> str:
    return wording.points(gap.difference, gap.low, gap.high)


def _where(place: Classes) -> str:
    if place.severity == 0:
        return f"on {wording.place(UNSHIFTED)}"
    return f"in the {_title(place).lower()}" if len(place.shifts) > 1 else f"under {_title(place)}"


def _title(place: Classes) -> str:
    if place.severity == 0:
        return "Unshifted target"
    if len(place.shifts) > 1:
        return f"Mean over {len(place.shifts)} shifts at severity {place.severity:g}"
    return f"{wording.name(place.shifts[0])} {place.severity:g}"


def _sheet(run: ReadRun, place: Classes, pair: str, scale: svg.Scale) -> ClassesSheet:
    ordered, title = sorted(place.classes, key=_worst), _title(place)
    arms = run.summary.arms
    moves = any(one.moved is not None for one in place.classes)
    notes = Notes()
    rows = tuple(tuple(_row(one, arms, (bool(pair), moves), scale, notes)) for one in ordered[:MAX_CLASSES])
    left = len(ordered) - len(rows)
    more = f"; {left:,} classes with a larger one are left out" if left else ""
    order = f"smallest {'difference' if pair else 'accuracy'} first{more}"
    labels = f", {wording.counted(place.budget, 'labelled image')} per arm" if place.budget else ""
    table = Table(
        caption=f"{title}{labels}: {order}",
        heads=tuple(_heads(arms, place, pair, moves=moves)),
        rows=rows,
        notes=notes.said,
    )
    return ClassesSheet(
        title=title, said=_spread(run.pairs[0][0] if run.pairs else arms[-1], place.classes), table=table
    )


def _worst(one: ClassResult) -> tuple[float, float, str]:
    """What is compared stands by its difference, the rest behind by its accuracy."""
    gap = one.gap.difference if one.gap else 2.0
    return (gap, sum(one.reached.values()), one.name)


def _heads(arms: Sequence[str], place: Classes, pair: str, *, moves: bool) -> Iterator[tuple[str, str]]:
    yield ("class", "")
    yield ("n", "test images")
    for arm in arms:
        seeds = place.seeds.get(arm, 0)
        yield (arm, f"%, mean of {wording.counted(seeds, 'seed')}" if seeds > 1 else "%")
    if pair:
        yield (pair, "points, 95 % over its images")
    if moves:
        yield ("features moved", f"1 {wording.MINUS} cosine")


def _row(
    one: ClassResult, arms: Sequence[str], kept: tuple[bool, bool], scale: svg.Scale, notes: Notes
) -> Iterator[Entry]:
    yield Entry(main=one.name, sort=one.name)
    yield Entry(main=f"{one.images:,}", sort=float(one.images))
    for arm in arms:
        found = one.reached.get(arm)
        missing = Entry(main="n/a", note=None if found is not None else notes.number(NO_ANSWERS))
        yield missing if found is None else Entry(main=wording.percent(found), sort=found)
    if kept[0]:
        yield _gap(one.gap, scale) if one.gap else Entry(main="n/a", note=notes.number(NOT_COMPARED))
    if kept[1]:
        gone = one.moved is None
        yield (
            Entry(main="n/a", note=notes.number(NOT_MOVED))
            if gone
            else Entry(main=f"{one.moved:z.3f}", sort=one.moved or 0.0)
        )


def _gap(gap: ClassGap, scale: svg.Scale) -> Entry:
    small = (wording.points_interval(gap.low, gap.high),)
    return Entry(main=_amount(gap), small=small, sort=gap.difference, figure=_picture(gap, scale))


def _kind(gap: ClassGap) -> str:
    """A key of `words.MARKS`: '-alone' where the class's own interval excludes 0 and no more is shown."""
    if gap.shown:
        return "better" if gap.shown > 0 else "worse"
    return "better-alone" if gap.low > 0 else "worse-alone" if gap.high < 0 else "inconclusive"


def _picture(gap: ClassGap, scale: svg.Scale) -> Markup:
    """The interval on a scale that all rows share, with 0 as a line; filled where a difference is shown."""
    verdict = _kind(gap)
    kind = f"v-{verdict}"
    zero = svg.line((scale(0.0), 0.0), (scale(0.0), HIGH), "zero")
    reach = svg.line((scale(gap.low), HIGH / 2), (scale(gap.high), HIGH / 2), f"interval {kind}")
    mark = svg.marker(wording.MARKS[verdict].shape, scale(gap.difference), HIGH / 2, 4.0, f"verdict {kind}")
    return svg.tag(
        "svg",
        zero,
        reach,
        mark,
        class_="spread",
        viewBox=f"0 0 {svg.number(WIDE)} {svg.number(HIGH)}",
        aria_hidden="true",
    )


def _spread(arm: str, classes: Sequence[ClassResult]) -> str:
    """'transfer between 61.2 and 97.0 %'; no class is ranked, since nothing says that they differ."""
    found = [one.reached[arm] for one in classes if arm in one.reached]
    return f"{arm} between {wording.percent(min(found))} and {wording.percent(max(found))} %" if found else f"{arm} n/a"
