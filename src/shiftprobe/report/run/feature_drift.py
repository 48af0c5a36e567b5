"""What the checkpoint's features and answers do along the dial: domain distance, similarity, confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.drawn import draws
from shiftprobe.report.kit.measures import LayerMeasure
from shiftprobe.report.kit.table import Entry, Notes, Table, counted_once

LAST = "penultimate"
LARGEST = 4  # shifts named in one sentence


@dataclass(frozen=True, slots=True)
class Column:
    """One measure of the table."""

    head: str
    unit: str
    what: tuple[str, str]  # probe and metric
    who: tuple[str, str] = ("source", "clean")
    tap: str = LAST
    percent: bool = False  # shown in points or percent


COLUMNS = (
    Column("domain AUC", "features, shifted or clean", ("domain", "domain_auc")),
    Column("from the source", "AUC, target or source", ("domain", "domain_auc"), ("source", "source")),
    Column("MMD effect", "share of variance", ("domain", "mmd_effect")),
    Column("cosine", "clean and shifted", ("similarity", "cosine")),
    Column("Procrustes", "similarity", ("similarity", "procrustes")),
    Column("neighbours kept", "% of 10", ("similarity", "neighbour_overlap"), percent=True),
    Column("Fréchet", "clean variances", ("similarity", "frechet")),
    Column(
        "overconfidence", "zero_shot, points", ("calibration", "overconfidence"), ("zero_shot", ""), "", percent=True
    ),
    Column("ECE", "zero_shot, %", ("calibration", "ece"), ("zero_shot", ""), "", percent=True),
    Column("LogME", "source", ("transferability", "logme"), ("source", "")),
    Column("LogME", "never trained", ("transferability", "logme"), ("random", "")),
    Column("LEEP", "source", ("transferability", "leep"), ("source", ""), ""),
)

draws(column.what[0] for column in COLUMNS)


def table(run: ReadRun) -> Table | None:
    """A row per dose; only columns that some probe of the run filled."""
    places = [UNSHIFTED, *(Condition(shift, dose) for shift in run.summary.shifts for dose in run.doses)]
    columns = [one for one in COLUMNS if any(_found(run, one, place) for place in places)]
    if not columns:
        return None
    notes = Notes()
    rows = []
    for place in places:
        name = "none (unshifted)" if place.severity == 0 else place.shift
        head = (Entry(main=name, sort=name), Entry(main=f"{place.severity:g}", sort=place.severity))
        rows.append((*head, *(_entry(_found(run, one, place), one, notes) for one in columns)))
    heads = (("shift", ""), ("severity", "0 to 1"), *((one.head, one.unit) for one in columns))
    return counted_once(Table(caption="The checkpoint along the dial", heads=heads, rows=tuple(rows), notes=notes.said))


def findings(run: ReadRun) -> tuple[str, ...]:
    """What the intervals allow one to say about the table."""
    said = (_domains(run), _confident(run), _classes(run))
    return tuple(filter(None, said))


def _found(run: ReadRun, one: Column, place: Condition) -> LayerMeasure | None:
    return run.layer(one.what, one.who, one.tap, place)


def _entry(found: LayerMeasure | None, column: Column, notes: Notes) -> Entry:
    if found is None or found.value is None:
        return Entry(main="n/a", note=notes.number(found.reason if found else wording.NO_CELL))
    times = 100 if column.percent else 1
    digits = 1 if column.percent else 3
    ends = "" if found.low is None or found.high is None else " to ".join(
        f"{times * end:z.{digits}f}".replace("-", wording.MINUS) for end in (found.low, found.high)
    )  # fmt: skip
    n = f"n = {found.n:,}" if found.n is not None else ""
    main = f"{times * found.value:z.{digits}f}".replace("-", wording.MINUS)
    return Entry(main=main, small=tuple(filter(None, (ends, n))), sort=found.value)


def _domains(run: ReadRun) -> str:
    """Where a linear classifier tells shifted features from clean ones, and from when on."""
    told = []
    for shift in run.summary.shifts:
        found = [(dose, _found(run, COLUMNS[0], Condition(shift, dose))) for dose in run.doses]
        clear = [(dose, one) for dose, one in found if one and one.low is not None and one.low > 0.5]  # noqa: PLR2004 - chance
        if clear:
            dose, one = clear[0]
            told.append(
                f"{wording.name(shift)} from {dose:g} on (AUC {one.value:.2f}, 95 % {one.low:.2f} to {one.high:.2f})"
            )
    if not told:
        return ""
    home = _found(run, COLUMNS[0], UNSHIFTED)
    n = f", n = {home.n:,}" if home and home.n else ""
    return f"A linear classifier tells shifted features from clean ones under {_listed(told)}{n}."


def _confident(run: ReadRun) -> str:
    """How overconfident the untouched checkpoint is under shifts, where the interval is clear of 0."""
    column = next(one for one in COLUMNS if one.what == ("calibration", "overconfidence"))
    home = _found(run, column, UNSHIFTED)
    if home is None or home.value is None:
        return ""
    places = [Condition(shift, dose) for shift in run.summary.shifts for dose in run.doses]
    found = [(place, _found(run, column, place)) for place in places]
    clear = [(place, one) for place, one in found if one and one.low is not None and one.low > 0.0]
    if not clear:
        return ""
    place, worst = max(clear, key=lambda item: item[1].value or 0.0)
    return (
        f"The untouched checkpoint is overconfident in {len(clear)} of {len(found)} shifted conditions: its mean "
        f"confidence exceeds its accuracy by {_points(worst)} at {wording.place(place)}, by {_points(home)} on "
        f"the unshifted target (n = {home.n:,} images)."
    )


def _classes(run: ReadRun) -> str:
    """Which classes move most under the strongest dose of the shift that moves features farthest."""
    if not run.pictures.moved:
        return ""
    place, moved = max(run.pictures.moved.items(), key=lambda item: max(one for _, one in item[1]))
    order = sorted(moved, key=lambda item: -item[1])
    if len(order) < 2:  # noqa: PLR2004 - most and least
        return ""
    (most, far), (least, near) = order[0], order[-1]
    return (
        f"At {wording.place(place)} the features of class {wording.name(most)} move most (1 {wording.MINUS} "
        f"cosine {far:.2f}), those of {wording.name(least)} least ({near:.2f})."
    )


def _points(one: LayerMeasure) -> str:
    return f"{wording.points(one.value or 0.0)} points (95 % interval {wording.points_interval(one.low, one.high)})"


def _listed(told: Sequence[str]) -> str:
    more = f" and {len(told) - LARGEST} more" if len(told) > LARGEST else ""
    return f"{'; '.join(told[:LARGEST])}{more}"
