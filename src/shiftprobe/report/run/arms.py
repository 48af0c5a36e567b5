"""The two arms: Table 1, a card per budget with both sources of error, and every seed in a table."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.core.types import IDENTITY, UNSHIFTED
from shiftprobe.metrics.scores import SCORES, ScoreName
from shiftprobe.report.kit import claims, wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.large import MAX_SEEDS
from shiftprobe.report.kit.table import Entry, Notes, Table
from shiftprobe.report.run import pairs
from shiftprobe.results.model import ArmPoint, Contrast, SeedPair

UNTRAINED = "nothing is trained on labels, so there is no epoch to choose"
NO_COUNTS = "the run folder holds no answers image by image for this seed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """One budget: the pictures, what they say, and every seed."""

    title: str
    verdict: str  # a key of `words.MARKS`
    word: str
    figures: tuple[Markup, ...]
    said: tuple[str, ...]
    seeds: Table | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """Everything of the section."""

    pair: tuple[str, str]
    table: Table
    best: str  # the verdict at each arm's best epoch, as a sentence
    differs: bool  # from the verdict at the matched epoch
    duels: tuple[Duel, ...]  # smallest budget first
    budgets: Table | None


def section(run: ReadRun) -> Arms | None:
    """Both arms on the unshifted target; None when no pair of arms was compared there."""
    budgets = run.summary.budgets or (None,)
    found = [(budget, _compared(run, budget)) for budget in budgets]
    known = [(budget, one) for budget, one in found if one and one.difference is not None]
    if not known:
        return None
    best, verdict = run.summary.best, run.summary.verdict
    told = best.verdict if best else None
    return Arms(
        pair=run.pairs[0],
        table=_table(run, run.summary.budgets[-1] if run.summary.budgets else None),
        best=told.sentence if told else "",
        differs=bool(told and told.word != verdict.word),
        duels=tuple(_duel(run, f"t{i}", budget, one) for i, (budget, one) in enumerate(known)),
        budgets=_by_budget(run) if len(known) > 1 and best else None,
    )


def _compared(run: ReadRun, budget: int | None) -> Contrast | None:
    return run.contrast(UNSHIFTED, budget, run.pairs[0]) if run.pairs else None


def _duel(run: ReadRun, ident: str, budget: int | None, one: Contrast) -> Duel:
    ends = [run.point(UNSHIFTED, budget, arm) for arm in (one.a, one.b)]
    reached = "; ".join(wording.accuracy(point) for point in ends if point)
    counted = claims.ahead(one)
    figures = [pairs.slopes(f"{ident}-s", one, ends, f"{reached}. {counted}.")] if one.per_seed else []
    if one.low is not None or one.image_low is not None:
        figures.append(pairs.intervals(f"{ident}-i", one, run.summary.margin))
    lines = (f"{counted}." if counted else "", claims.narrowed(one), claims.sources(one))
    kind = wording.verdict(one)
    return Duel(
        title=f"{wording.counted(budget, 'labelled image')} per arm"
        if budget
        else wording.start(run).removeprefix("the "),
        verdict=kind,
        word=f"{wording.points(one.difference or 0.0, one.low, one.high)} points: {wording.MARKS[kind].word}",
        figures=tuple(figures),
        said=tuple(filter(None, (*lines, claims.settle(one, run.summary.margin)))),
        seeds=_seeds(one, run.summary.metric) if one.per_seed else None,
    )


def _table(run: ReadRun, budget: int | None) -> Table:
    """Table 1 in the paper's form, with the difference as its last row."""
    notes, best = Notes(), run.summary.best
    later = {(one.shift, one.budget, one.arm): one for one in (best.points if best else ()) if one.severity == 0}
    score = run.summary.metric
    metric = "matched epoch" if best else wording.axis(score).split(", ")[0]
    unit = f"{SCORES[score].short_unit}, mean (std); 95 % over images"
    heads = [("arm", ""), (metric, unit), *([("best epoch", unit)] if best else []), ("seeds", "n"), ("images", "test")]
    rows = [_arm(run.point(UNSHIFTED, budget, arm), arm, later if best else None, notes) for arm in run.summary.arms]
    compared = [_compared(run, budget), *([_best(run, budget)] if best else [])]
    first = compared[0]
    ends = Entry(main=f"{first.n}" if first else wording.DASH), Entry(main="")
    rows.append((Entry(main=wording.minus(*run.pairs[0])), *(_gap(one, notes) for one in compared), *ends))
    where = f", {wording.counted(budget, 'labelled image')} per arm" if budget else ""
    caption = f"Table 1. {wording.heading(score)} on {wording.start(run)}{where}"
    return Table(caption=caption, heads=tuple(heads), rows=tuple(rows), notes=notes.said, sortable=False)


Later = Mapping[tuple[str, int | None, str], ArmPoint]


def _arm(one: ArmPoint | None, arm: str, later: Later | None, notes: Notes) -> tuple[Entry, ...]:
    cells = [_reached(one, notes, wording.NO_CELL)]
    if later is not None:
        found = later.get((IDENTITY, one.budget, arm)) if one else None
        free = one is not None and one.budget is None
        cells.append(_reached(None if free else found, notes, UNTRAINED if free else wording.NO_CELL))
    seeds = wording.DASH if one is None or one.budget is None else f"{one.n}"
    images = wording.DASH if one is None or one.images is None else f"{one.images:,}"
    return (Entry(main=arm, arm=arm), *cells, Entry(main=seeds), Entry(main=images))


def _reached(one: ArmPoint | None, notes: Notes, missing: str) -> Entry:
    if one is None or one.mean is None:
        return Entry(main="n/a", note=notes.number(one.reason if one else missing))
    note = notes.number(one.reason) if one.reason else None
    interval = wording.interval(one.low, one.high)
    return Entry(main=wording.mean_std(one), small=(interval,) if interval else (), note=note)


def _gap(one: Contrast | None, notes: Notes) -> Entry:
    """A difference with its verdict and both intervals."""
    if one is None or one.difference is None:
        return Entry(main="n/a", note=notes.number(one.reason if one else wording.NO_CELL))
    kind = wording.verdict(one)
    seeds, images = wording.points_interval(one.low, one.high), wording.points_interval(one.image_low, one.image_high)
    small = (
        wording.MARKS[kind].word,
        f"{seeds} over seeds" if seeds else "",
        f"{images} over images" if images else "",
    )
    amount = f"{wording.points(one.difference, one.low, one.high)} points"
    return Entry(main=amount, small=tuple(filter(None, small)), sort=one.difference, kind=kind)


def _best(run: ReadRun, budget: int | None) -> Contrast | None:
    found = run.summary.best.contrasts if run.summary.best else ()
    pair = run.pairs[0]
    here = (one for one in found if one.severity == 0 and one.budget == budget and (one.a, one.b) == pair)
    return next(here, None)


def _by_budget(run: ReadRun) -> Table:
    """The difference at every budget, at the matched and at the best epoch."""
    notes, rows = Notes(), []
    for budget in run.summary.budgets:
        cells = (_gap(one, notes) for one in (_compared(run, budget), _best(run, budget)))
        rows.append((Entry(main=f"{budget:,}", sort=float(budget)), *cells))
    unit = f"{wording.minus(*run.pairs[0])}, 95 %"
    heads = (("budget", "images"), ("matched epoch", unit), ("best epoch", unit))
    return Table(caption="Every budget, two ways to choose the epoch", heads=heads, rows=tuple(rows), notes=notes.said)


def _seeds(one: Contrast, score: ScoreName) -> Table:
    """A row per seed; McNemar's test, of accuracy alone: do images that only one arm has right fall evenly?"""
    notes, unit, seeds = Notes(), SCORES[score].short_unit, len(one.per_seed)
    caption = "Seed by seed" + (f", the first {MAX_SEEDS} of {seeds:,}" if seeds > MAX_SEEDS else "")
    heads = (
        ("seed", ""), (one.a, unit), (one.b, unit), (wording.minus(one.a, one.b), "points"),
        (f"only {one.a} right", "images"), (f"only {one.b} right", "images"), ("p", "McNemar, exact"),
    )  # fmt: skip
    if score != "top1":
        shown = tuple(_seed(pair, Notes())[:4] for pair in one.per_seed[:MAX_SEEDS])
        return Table(caption=caption, heads=heads[:4], rows=shown, notes=())
    rows = tuple(_seed(pair, notes) for pair in one.per_seed[:MAX_SEEDS])
    return Table(caption=caption, heads=heads, rows=rows, notes=notes.said)


def _seed(pair: SeedPair, notes: Notes) -> tuple[Entry, ...]:
    numbers = ((pair.a_only, f"{pair.a_only:,}") if pair.a_only is not None else (None, ""),
               (pair.b_only, f"{pair.b_only:,}") if pair.b_only is not None else (None, ""),
               (pair.p, wording.p_value(pair.p)))  # fmt: skip
    return (
        Entry(main=f"{pair.seed}", sort=float(pair.seed)),
        Entry(main=wording.percent(pair.a), sort=pair.a),
        Entry(main=wording.percent(pair.b), sort=pair.b),
        Entry(main=wording.points(pair.difference), sort=pair.difference),
        *(
            Entry(main="n/a", note=notes.number(NO_COUNTS)) if value is None else Entry(main=said, sort=float(value))
            for value, said in numbers
        ),
    )
