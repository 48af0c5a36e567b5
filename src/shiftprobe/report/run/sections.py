"""A run -> what stands on the page: panels of charts, tiles, facts. No HTML but the charts themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from shiftprobe.core.types import IDENTITY, UNSHIFTED, Condition
from shiftprobe.report.kit import charts, svg, wording
from shiftprobe.report.kit.contents import ReadRun, shifts_of
from shiftprobe.report.kit.strip import strip
from shiftprobe.report.run import depth, depth_findings, layers, shift_distance
from shiftprobe.report.run.shown import folds_budgets
from shiftprobe.results.model import ArmPoint, Contrast

FOLD = 12  # shifts beyond which panels are folded away and lose what the words beside them say again


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPanel:
    """One shift's charts, with a line of words for every step of the slider."""

    ident: str
    title: str
    headline: str
    figures: tuple[Markup, ...]
    strip: Markup | None = None
    steps: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DialGroup:
    """Panels that belong together: those of one label budget."""

    title: str
    panels: tuple[SweepPanel, ...]
    budgets: bool = False  # its dial is the label budget
    folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Readout:
    """What stands along the depth at one severity."""

    severity: float
    step: int | None  # of the slider; None: shown wherever it stands
    strips: tuple[layers.LayerStrip, ...]  # similarity where networks were compared, and readouts


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthSection:
    """What the probes saw along the depth of the checkpoint under one shift."""

    title: str
    similarity: Markup | None
    similarity_said: tuple[str, ...]
    pairs: Markup | None
    readouts: tuple[Readout, ...]


def dials(run: ReadRun, whole: ReadRun | None = None) -> tuple[DialGroup, ...]:
    """A group per budget, a panel per shift; pictures stand once, in the first group in view. None when nothing varies.

    Without shifts the label budget is the dial; of the budgets only the largest has a panel of its own, for its
    pictures, unless a gallery shows them.

    Args:
        run: what has pictures of its own.
        whole: the run, of which all budgets stand along one dial; the same when None.
    """
    whole = whole or run
    several, folds = len(whole.summary.budgets) > 1, folds_budgets(run)
    if not (several or run.drifts):
        return ()
    still = several and not run.drifts
    budgets: Sequence[int | None] = run.summary.budgets[-1:] if still else run.summary.budgets or (None,)
    known = [one for one in run.summary.contrasts if one.difference is not None and (one.a, one.b) in run.pairs[:1]]
    ends = charts.accuracy_domain(run.summary.points, run.levels), charts.gain_domain(known, run.summary.margin)
    groups = []
    for i, budget in enumerate(budgets if not (still and run.galleries) else ()):
        names, folded = enumerate(shifts_of(run)), folds and i < len(budgets) - 1
        seen = i == (len(budgets) - 1 if folds else 0)
        panels = tuple(_dial(run, f"d{i}-{j}", shift, budget, ends, pictures=seen) for j, shift in names)
        panels = tuple(replace(panel, figures=()) for panel in panels) if still else panels  # the budget dial has them
        title = "" if budget is None else f"{wording.counted(budget, 'labelled target image')} per arm"
        groups.append(DialGroup(title=title, panels=panels, folded=folded))
    if several:
        place = 0 if still else len(groups)
        title = "Unshifted target, by label budget"
        groups.insert(place, DialGroup(title=title, panels=(_budget_dial(whole, ends),), budgets=True))
    return tuple(groups)


Ends = tuple[tuple[float, float], tuple[float, float]]


def _dial(run: ReadRun, ident: str, shift: str, budget: int | None, ends: Ends, *, pictures: bool) -> SweepPanel:
    severities = run.summary.severities
    axis = charts.severity_axis(severities)
    series = [
        (arm, [run.point(Condition.of(shift, dose), budget, arm) for dose in severities]) for arm in run.summary.arms
    ]
    said = wording.dial_finding(run, shift, budget)
    figures = [charts.accuracy_chart(f"{ident}-a", axis, series, ends[0], said, levels=run.levels)]
    compared = [
        [run.contrast(Condition.of(shift, dose), budget, pair) for dose in severities] for pair in run.pairs[:1]
    ]
    for k, contrasts in enumerate(compared):
        figures.append(charts.gain_chart(f"{ident}-g{k}", axis, contrasts, ends[1], run.summary.margin))
    samples = [run.samples.get(Condition.of(shift, dose)) for dose in severities]
    shown = pictures and any(samples)
    return SweepPanel(
        ident=ident,
        title=wording.start(run).removeprefix("the ") if shift == IDENTITY else shift,
        headline=wording.gain_headline([one for one in compared[0] if one] if compared else []),
        figures=tuple(map(svg.without_tips, figures) if crowded(run) else figures),
        strip=strip(f"{ident}-s", axis, samples, shift) if shown else None,
        steps=tuple(_step(run, shift, i, series, compared) for i in range(len(severities))),
    )


def crowded(run: ReadRun) -> bool:
    """Whether a run has more shifts than a reader takes in one by one."""
    return len(run.summary.shifts) > FOLD


def _step(
    run: ReadRun,
    shift: str,
    i: int,
    series: Sequence[tuple[str, Sequence[ArmPoint | None]]],
    compared: Sequence[Sequence[Contrast | None]],
) -> tuple[str, ...]:
    """How far one step moves the images, what every arm reaches there, a line each, and how they differ."""
    severity = run.summary.severities[i]
    lines = [shift_distance.step(run, shift, severity), *shift_distance.lines(run, shift, severity)]
    for arm, points in series:
        one = points[i]
        lines.append(wording.accuracy(one) if one else f"{arm} n/a ({wording.NO_CELL})")
    return (*lines, *(wording.difference(row[i]) for row in compared if row[i]))  # type: ignore[arg-type] # None is left out


def _budget_dial(run: ReadRun, ends: Ends) -> SweepPanel:
    budgets = run.summary.budgets
    axis = charts.budget_axis(budgets)
    series = [(arm, [run.point(UNSHIFTED, one, arm) for one in budgets]) for arm in run.summary.arms]
    lines = [wording.accuracy(one) for _, points in series for one in (points[0], points[-1]) if one]
    said = f"From {budgets[0]:,} to {budgets[-1]:,} labelled images: {'; '.join(lines)}."
    equal = run.summary.labels.equivalent_from if run.summary.labels else None
    mark = Markup()
    if equal in budgets:
        said = f"{said} Equivalent from {equal:,} images."
        mark = charts.flag(axis, budgets.index(equal), f"equivalent from {equal:,}", (18.0, 206.0))
    figures = [charts.accuracy_chart("b-a", axis, series, ends[0], said, levels=run.levels, behind=mark)]
    for k, pair in enumerate(run.pairs[:1]):
        contrasts = [run.contrast(UNSHIFTED, one, pair) for one in budgets]
        figures.append(charts.gain_chart(f"b-g{k}", axis, contrasts, ends[1], run.summary.margin))
    return SweepPanel(
        ident="b", title="label budget", headline=f"{budgets[0]:,} to {budgets[-1]:,} images", figures=tuple(figures)
    )


def depths(run: ReadRun) -> tuple[DepthSection, ...]:
    """A pair of probe pictures per shift; empty when no probe looked inside. Without a shift nothing can differ."""
    if not (run.taps("cka") and run.drifts) and not run.taps("linear"):
        return ()
    return tuple(_depth(run, f"p{i}", shift) for i, shift in enumerate(shifts_of(run)))


def _depth(run: ReadRun, ident: str, shift: str) -> DepthSection:
    doses = [Condition.of(shift, dose) for dose in run.summary.severities]
    taps = run.taps("cka") if run.drifts else ()
    axis = charts.severity_axis(run.summary.severities)
    rows = [(tap, [run.measure("cka", "source", tap, dose) for dose in doses]) for tap in taps]
    said = tuple(
        depth_findings.cka_finding([row[i] for _, row in rows], dose) for i, dose in enumerate(run.summary.severities)
    )
    similarity = depth.cka_map(f"{ident}-c", axis, rows, said[-1]) if taps else None
    return DepthSection(
        title=wording.start(run).removeprefix("the ") if shift == IDENTITY else shift,
        similarity=svg.without_tips(similarity) if similarity and crowded(run) else similarity,
        similarity_said=said if taps else (),
        pairs=_pairs(run, ident, doses[-1]),
        readouts=tuple(_readouts(run, ident, shift)),
    )


def _pairs(run: ReadRun, ident: str, dose: Condition) -> Markup | None:
    """All pairs of taps at the strongest dose."""
    found = run.pictures.pairs.get(dose)
    if found is None or len(found.taps) < 2:  # noqa: PLR2004 - a pair
        return None
    best = [found.taps[row.index(max(row))] for row in found.values]
    same = sum(tap == other for tap, other in zip(found.taps, best, strict=True))
    return depth.pairs_map(f"{ident}-m", found, f"{same} of {len(best)} clean taps are most like the same tap shifted.")


def _readouts(run: ReadRun, ident: str, shift: str) -> Iterator[Readout]:
    """One per severity; of a crowded run the largest severity alone."""
    few = not crowded(run)
    for i, severity in enumerate(run.summary.severities):
        if not few and i < len(run.summary.severities) - 1:
            continue
        place = Condition.of(shift, severity)
        strips = (layers.similarity(run, f"{ident}-s{i}", place), layers.readout(run, f"{ident}-l{i}", place))
        known = [one for one in strips if one]
        shown = known if few else [replace(one, figure=svg.without_tips(one.figure)) for one in known]
        yield Readout(severity=severity, step=i if few else None, strips=tuple(shown))


def guess(run: ReadRun) -> str:
    """What a guess and the commonest class reach, and where to look for them."""
    if run.chance is None or run.summary.metric != "top1":
        return ""
    target = run.summary.data.target
    drawn = run.drifts or len(run.summary.budgets) > 1
    said = [f"Chance, one in {len(target.classes) if target else 0} classes: {wording.percent(run.chance)} %"]
    said[0] += _drawn(run, run.chance) if drawn else ""
    if run.majority is not None:
        said.append(f"always naming the commonest class: {wording.percent(run.majority)} %")
        said[1] += _drawn(run, run.majority) if drawn else ""
    return f"{'; '.join(said)}."


def _drawn(run: ReadRun, level: float) -> str:
    low, high = charts.accuracy_domain(run.summary.points, run.levels)
    return ", a dotted line" if low <= 100 * level <= high else ", below the drawn range"
