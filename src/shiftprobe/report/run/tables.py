"""A run -> the tables of the page, with a numbered note for every value that is missing."""

import itertools
from collections.abc import Sequence

from shiftprobe.core.types import IDENTITY, UNSHIFTED, Condition
from shiftprobe.metrics.scores import SCORES
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun, shifts_of
from shiftprobe.report.kit.measures import Measure
from shiftprobe.report.kit.table import Entry, Notes, Table, counted_once
from shiftprobe.results.about import Dataset
from shiftprobe.results.model import ArmPoint, Contrast


def _doses(run: ReadRun) -> list[tuple[Condition, int | None]]:
    budgets: Sequence[int | None] = run.summary.budgets or (None,)
    dials = [Condition(shift, dose) for shift in shifts_of(run) for dose in run.doses]
    return [(place, budget) for budget in budgets for place in [UNSHIFTED, *dials]]


def main_table(run: ReadRun) -> Table:
    """Every arm at every dose, and the first declared difference."""
    notes, rows, pair = Notes(), [], run.pairs[0] if run.pairs else None
    for place in _doses(run):
        arms = [_accuracy(run.point(*place, arm), notes) for arm in run.summary.arms]
        compared = _contrast(run.contrast(*place, pair), notes) if pair else ()
        rows.append((*_address(run, *place), *arms, *compared))
    arms_heads = [(arm, f"{SCORES[run.summary.metric].short_unit} (std)") for arm in run.summary.arms]
    heads = (*_address_heads(run), *arms_heads, *(_heads(pair) if pair else ()))
    caption = _caption(run, "Every arm, shift and severity")
    return counted_once(Table(caption=caption, heads=heads, rows=tuple(rows), notes=notes.said))


def other_tables(run: ReadRun) -> tuple[Table, ...]:
    """The differences of the further pairs of arms, a table each."""
    return tuple(_pair_table(run, pair) for pair in run.pairs[1:])


def _pair_table(run: ReadRun, pair: tuple[str, str]) -> Table:
    notes, places = Notes(), _doses(run)
    rows = tuple((*_address(run, *one), *_contrast(run.contrast(*one, pair), notes)) for one in places)
    heads = (*_address_heads(run), *_heads(pair))
    caption = _caption(run, f"{pair[0]} against {pair[1]}")
    return counted_once(Table(caption=caption, heads=heads, rows=rows, notes=notes.said))


def _caption(run: ReadRun, words_first: str) -> str:
    """One budget stands in the caption; several have a column."""
    budgets = run.summary.budgets
    return (
        f"{words_first}, {wording.counted(budgets[0], 'labelled target image')}" if len(budgets) == 1 else words_first
    )


def _address_heads(run: ReadRun) -> tuple[tuple[str, str], ...]:
    budget = (("budget", "images"),) if len(run.summary.budgets) > 1 else ()
    return (("shift", ""), ("severity", "0 to 1"), *budget)


def _address(run: ReadRun, where: Condition, budget: int | None) -> tuple[Entry, ...]:
    name = "none (unshifted)" if where.shift == IDENTITY else where.shift
    place = (Entry(main=name, sort=name), Entry(main=f"{where.severity:g}", sort=where.severity))
    many = len(run.summary.budgets) > 1 and budget is not None
    return (*place, Entry(main=f"{budget:,}", sort=float(budget))) if many and budget is not None else place


def _heads(pair: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (
        (wording.minus(*pair), "points, 95 % interval"), ("verdict", ""), ("p (Holm)", "difference"),
        ("p (TOST)", "equivalence"), ("certified", "margin, points"),
        ("seeds needed", "for equivalence"),
    )  # fmt: skip


def _accuracy(one: ArmPoint | None, notes: Notes) -> Entry:
    if one is None:
        return Entry(main="n/a", note=notes.number(wording.NO_CELL))
    if one.mean is None:
        return Entry(main="n/a", note=notes.number(one.reason))
    images = "" if one.images is None else f"n = {one.images:,}"
    if images and one.budget is not None:
        images = f"n = {one.n} {wording.TIMES} {one.images:,}"
    small = (wording.interval(one.low, one.high), images)
    note = notes.number(one.reason) if one.reason else None
    return Entry(main=wording.mean_std(one), small=tuple(filter(None, small)), sort=one.mean, note=note)


def _contrast(one: Contrast | None, notes: Notes) -> tuple[Entry, ...]:
    if one is None or one.difference is None:
        missing = Entry(main="n/a", note=notes.number(one.reason if one else wording.NO_CELL))
        return (missing,) * 6
    why = one.reason or (wording.CANNOT if one.n == 1 else "")
    interval = wording.points_interval(one.low, one.high) or "no interval"
    amount = Entry(
        main=wording.points(one.difference, one.low, one.high),
        small=(interval, f"n = {wording.counted(one.n, 'seed')}"),
        sort=one.difference,
        note=notes.number(why) if why else None,
    )
    verdict = wording.verdict(one)
    certified = None if one.margin_certified is None else wording.margin(one.margin_certified)
    needed = None if one.seeds_needed is None else wording.seeds_needed(one)
    return (
        amount,
        Entry(main=wording.MARKS[verdict].word, sort=verdict, kind=verdict),
        _number(one.p_holm, wording.p_value(one.p_holm), why, notes),
        _number(one.p_equivalence, wording.p_value(one.p_equivalence), why, notes),
        _number(one.margin_certified, certified, why, notes),
        _number(one.seeds_needed and one.seeds_needed[1], needed, why, notes),
    )


def _number(value: float | None, shown: str | None, why: str, notes: Notes) -> Entry:
    if value is None or shown is None:
        return Entry(main="n/a", note=notes.number(why))
    return Entry(main=shown, sort=float(value))


def _measured(one: Measure | None, probe: str, notes: Notes) -> Entry:
    if one is None or one.value is None:
        return Entry(main="n/a", note=notes.number(one.reason if one else wording.NO_CELL))
    images = "" if one.n is None else f"n = {wording.counted(one.n, 'image')}"
    shown = wording.percent(one.value) if probe == "linear" else f"{one.value:z.3f}"
    return Entry(main=shown, small=tuple(filter(None, (wording.interval(one.low, one.high), images))), sort=one.value)


def probe_table(run: ReadRun, probe: str, arms: Sequence[str]) -> Table | None:
    """Every number of a probe, taps below each other, so that no number is only a colour or a place."""
    taps, notes = run.taps(probe), Notes()
    if not taps:
        return None
    rows = []
    for shift, arm, tap in itertools.product(shifts_of(run), arms, taps):
        found = [run.measure(probe, arm, tap, Condition.of(shift, dose)) for dose in run.summary.severities]
        entries = [_measured(one, probe, notes) for one in found]
        rows.append((*(Entry(main=word, sort=word) for word in (shift, arm, tap)), *entries))
    unit = "%" if probe == "linear" else "CKA"
    heads = (
        ("shift", ""),
        ("network", ""),
        ("tap", ""),
        *((f"severity {one:g}", unit) for one in run.summary.severities),
    )
    caption = "Linear readout accuracy" if probe == "linear" else "CKA, clean against shifted images"
    return counted_once(Table(caption=caption, heads=heads, rows=tuple(rows), notes=notes.said))


def data_facts(run: ReadRun) -> list[tuple[str, str, str]]:
    """Counts of both sides, a line each: what it is, source, target."""
    sides = (run.summary.data.source, run.summary.data.target)

    def facts(one: Dataset | None) -> list[str]:
        if one is None:
            return ["n/a (not part of this run)"] * 9
        counts = (
            one.train,
            one.pool,
            one.test,
            one.skipped,
            one.set_aside or 0,
            one.refused,
            one.duplicates,
            one.near_duplicates,
        )
        return [one.name, *(wording.DASH if count is None else f"{count:,}" for count in counts)]

    labels = (
        "name",
        "training images",
        "labelled pool, for training the arms",
        "test images",
        "skipped: not readable",
        "set aside: no pictures",
        "left out: the source holds the same image",
        "left out of training: the test set holds the same image",
        "test images with a near-duplicate in training data (kept)",
    )
    return list(zip(labels, *(facts(side) for side in sides), strict=True))
