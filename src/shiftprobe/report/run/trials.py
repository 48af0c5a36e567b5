"""The trials of every arm side by side: what was tried and won, how flat it is, and each one on the test images."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.core.types import Condition
from shiftprobe.report.kit import charts, svg, wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.table import Entry, Notes, Table, counted_once
from shiftprobe.results.trial_scores import TriedTrial
from shiftprobe.results.tuning import TrialDifference, TunedArm
from shiftprobe.spec.tuning import Value

MAX_GROUPS = 12  # of trials whose tables are shown; the others stand in summary.json
TOP, BOTTOM = 22.0, 158.0
MANY_TRIALS = 12  # beyond which single seeds are not listed


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPanel:
    """The trials of all arms in one condition at one budget."""

    title: str
    said: tuple[str, ...]
    figure: Markup | None
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialsSection:
    """The section: its finding, and a panel per condition and budget, the unshifted target first."""

    finding: str
    sentence: str
    panels: tuple[TrialPanel, ...]
    more: int  # panels that are left out
    arms: frozenset[str]


def section(run: ReadRun) -> TrialsSection | None:
    """None where nothing was tuned, or an older version left no trials."""
    training = run.summary.training
    tuning = training.tuning if training else None
    if training is None or tuning is None or not tuning.arms:
        return None
    groups: dict[tuple[Condition, int | None], list[TunedArm]] = {}
    for one in tuning.arms:
        groups.setdefault((one.condition, one.budget), []).append(one)
    places = sorted(groups, key=lambda place: (place[0].severity > 0, -(place[1] or 0), place[0].order))
    panels = []
    for number, (where, budget) in enumerate(places[:MAX_GROUPS]):
        found = [one for one in tuning.differences if (one.condition, one.budget) == (where, budget)]
        panels.append(_panel(f"t{number}", groups[where, budget], found))
    first = groups[places[0]]
    return TrialsSection(
        finding=f"{'; '.join(map(_won, first))}.",
        sentence=training.sentence,
        arms=frozenset(one.arm for one in tuning.arms),
        panels=tuple(panels),
        more=max(0, len(places) - MAX_GROUPS),
    )


def named(values: Mapping[str, Value]) -> str:
    """'lr 0.001, weight_decay 0.05'."""
    return ", ".join(f"{part} {_value(value)}" for part, value in values.items())


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else value


def _won(one: TunedArm) -> str:
    edges = [f"{edge.part} at the {'highest' if edge.highest else 'lowest'} value tried" for edge in one.edges]
    return f"{one.arm}: {named(one.best.values)}{f' ({chr(44).join(edges)})' if edges else ''}"


def _panel(ident: str, arms: Sequence[TunedArm], differences: Sequence[TrialDifference]) -> TrialPanel:
    first = arms[0]
    title = wording.place(first.condition) if first.severity else "unshifted target"
    if first.budget:
        title += f", {wording.counted(first.budget, 'labelled image')}"
    return TrialPanel(
        title=title,
        said=tuple(map(_flat, arms)),
        figure=_chart(ident, arms),
        table=_table(arms, differences),
    )


def _flat(one: TunedArm) -> str:
    """What won, on how many images, and how far the others lie behind."""
    judged = wording.counted(one.images, "image")
    seeds = f" with each of {one.seeds} seeds" if one.seeds > 1 else ""
    folds = f" in {one.folds} folds" if one.folds > 1 else ""
    failed = sum(bool(trial.failed) for trial in one.trials)
    others = wording.counted(len(one.trials) - 1, "other trial")
    flat = f"{one.near} of {others} within one standard error of it ({_points(one.error)})"
    apart = "" if one.range is None else f"; best and worst lie {_points(one.range)} apart"
    lost = f"; {wording.counted(failed, 'trial')} diverged" if failed else ""
    return f"{_won(one)}, chosen by {judged}{folds}{seeds}: {flat}{apart}{lost}."


def _points(fraction: float) -> str:
    return f"{100 * fraction:.1f} points"


def _table(arms: Sequence[TunedArm], differences: Sequence[TrialDifference]) -> Table:
    notes = Notes()
    trials = arms[0].trials
    parts = tuple(trials[0].values)
    pairs = tuple(dict.fromkeys((one.a, one.b) for one in differences))
    by_place = {(one.trial, one.a, one.b): one for one in differences}
    rows = []
    for number, trial in enumerate(trials):
        values = (Entry(main=_value(trial.values[part]), sort=_sort(trial.values[part])) for part in parts)
        scores = (_score(one, number, notes) for one in arms)
        gaps = (_gap(by_place.get((number, *pair)), notes) for pair in pairs)
        rows.append((*values, *scores, *gaps))
    heads = (
        *((part, "") for part in parts),
        *((one.arm, "validation, %") for one in arms),
        *((wording.minus(*pair), "test images, points") for pair in pairs),
    )
    caption = "Every trial; the test images describe and choose nothing"
    return counted_once(Table(caption=caption, heads=heads, rows=tuple(rows), notes=notes.said))


def _sort(value: Value) -> float | str:
    return value if isinstance(value, str) else float(value)


def _score(one: TunedArm, number: int, notes: Notes) -> Entry:
    """An arm's accuracy on the validation part, its mean over seeds; the seeds below it."""
    trial = one.trials[number]
    if trial.accuracy is None:
        return Entry(main="n/a", sort=-1.0, note=notes.number(trial.reason))
    main = f"{100 * trial.accuracy:.1f}" + (" chosen" if number == one.chosen else "")
    small = _seeds(trial) if len(one.trials) <= MANY_TRIALS else ()
    return Entry(main=main, sort=trial.accuracy, small=small, note=notes.number(trial.reason) if trial.failed else None)


def _seeds(trial: TriedTrial) -> tuple[str, ...]:
    if len(trial.by_seed) < 2:  # noqa: PLR2004 - the number above is the seed's
        return ()
    return (" ".join("n/a" if one is None else f"{100 * one:.1f}" for one in trial.by_seed),)


def _gap(one: TrialDifference | None, notes: Notes) -> Entry:
    """Two arms after the same trial, with the interval; no word for it."""
    if one is None or one.difference is None:
        return Entry(main="n/a", sort=-math.inf, note=notes.number("no seed has both arms"))
    main = wording.points(one.difference, one.low, one.high)
    if one.low is None or one.high is None:
        return Entry(main=main, sort=one.difference, note=notes.number("the seeds and images leave no interval"))
    basis = f"n = {wording.counted(one.n, 'seed')}, {wording.counted(one.images, 'image')}"
    return Entry(main=main, sort=one.difference, small=(wording.points_interval(one.low, one.high), basis))


def _chart(ident: str, arms: Sequence[TunedArm]) -> Markup | None:
    """Accuracy on the validation part against the rate, a mark per trial and a ring around the chosen one."""
    spots = [(one, i, _rate(trial.values), trial.accuracy) for one in arms for i, trial in enumerate(one.trials)]
    known = [(one, i, rate, 100 * acc) for one, i, rate, acc in spots if rate is not None and acc is not None]
    rates = sorted({rate for _, _, rate, _ in known})
    if len(rates) < 2:  # noqa: PLR2004 - an axis has two ends
        return None
    ends = math.log10(rates[0]), math.log10(rates[-1])
    across = svg.Scale(ends, (svg.LEFT + 24, svg.RIGHT - 8))
    scale = svg.Scale(svg.snug(min(acc for *_, acc in known), max(acc for *_, acc in known), 5), (BOTTOM, TOP))
    marks = [
        *charts.grid_lines(scale, 5, ".4g"),
        svg.text(svg.LEFT - 40, 11, "validation accuracy, %", "axis", "start"),
    ]
    marks += _labels(rates, across)
    for one in arms:
        mine = sorted((rate, acc, i) for arm, i, rate, acc in known if arm is one)
        marks += _arm(one, [(across(math.log10(rate)), scale(acc), i) for rate, acc, i in mine])
    said = "; ".join(map(_won, arms))
    return svg.chart(ident, BOTTOM + 36, "Validation accuracy by learning rate", f"{said}.", *marks)


def _rate(values: Mapping[str, Value]) -> float | None:
    rate = values.get("lr")
    return float(rate) if isinstance(rate, int | float) and rate > 0 else None


def _labels(rates: Sequence[float], across: svg.Scale) -> list[Markup]:
    """The rates below the axis, as many as have room."""
    marks, last = [], -math.inf
    for rate in rates:
        x = across(math.log10(rate))
        if x - last >= 1.4 * charts.CLOSEST:  # rates have many digits
            marks.append(svg.text(x, BOTTOM + 15, f"{rate:g}", "tick"))
            last = x
    return [*marks, svg.text((svg.LEFT + svg.RIGHT) / 2, BOTTOM + 31, "learning rate", "axis")]


def _arm(one: TunedArm, spots: Sequence[tuple[float, float, int]]) -> list[Markup]:
    """One arm's trials; joined where the rate alone differs."""
    place, shape = charts.look(one.arm)
    single = all(set(trial.values) == {"lr"} for trial in one.trials)
    marks = [svg.path([(x, y) for x, y, _ in spots], f"line arm{place}")] if single else []
    for x, y, i in spots:
        trial = one.trials[i]
        said = f"{one.arm}, {named(trial.values)}: {100 * (trial.accuracy or 0.0):.1f} %"
        ring = [svg.tag("circle", cx=x, cy=y, r=8.0, class_=f"best arm{place}")] if i == one.chosen else []
        spot = svg.marker(shape, x, y, 4.0, f"mark arm{place}")
        marks.append(svg.tag("g", svg.tag("title", f"{said}{', chosen' if ring else ''}"), *ring, spot))
    return marks
