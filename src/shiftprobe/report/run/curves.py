"""Learning curves: validation accuracy and training loss per epoch, a thin line per seed, a thick one per arm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from markupsafe import Markup

from shiftprobe.report.kit import charts, claims, svg, wording
from shiftprobe.report.kit.charts import Axis
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.large import MAX_SEEDS
from shiftprobe.results.model import Curve

TOP, BOTTOM, CENTRE = 22.0, 158.0, (svg.LEFT + svg.RIGHT) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePanel:
    """One budget's curves and what they say about the schedule."""

    title: str
    figures: tuple[Markup, ...]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """The section: how the arms were trained, and a panel per budget."""

    sentence: str
    panels: tuple[CurvePanel, ...]


def section(run: ReadRun) -> Curves | None:
    """The curves on the unshifted target; None when the run kept none."""
    here = [one for one in run.curves if one.severity == 0 and (one.loss or one.validation)]
    if not here:
        return None
    budgets = sorted({one.budget for one in here}, key=lambda budget: budget or 0)
    training = run.summary.training
    panels = tuple(
        _panel(run, f"e{i}", budget, [one for one in here if one.budget == budget]) for i, budget in enumerate(budgets)
    )
    return Curves(sentence=training.sentence if training else "", panels=panels)


def _panel(run: ReadRun, ident: str, budget: int | None, found: Sequence[Curve]) -> CurvePanel:
    arms = [arm for arm in run.summary.arms if any(one.arm == arm for one in found)]
    groups = [(arm, [one for one in found if one.arm == arm]) for arm in arms]
    training = run.summary.training
    ends = [one for one in (training.converged if training else ()) if one.budget == budget and one.arm in arms]
    said = tuple(filter(None, map(claims.converged, ends)))
    axis = epochs(max(max(len(one.loss), len(one.validation)) for one in found))
    figures = []
    if any(one.validation for one in found):
        figures.append(accuracy_curves(f"{ident}-v", axis, groups, run.levels))
    if any(one.loss for one in found):
        figures.append(loss_curves(f"{ident}-l", axis, groups))
    sizes = {(one.images, one.validation_images) for one in found}
    return CurvePanel(title=_title(budget, sizes), figures=tuple(figures), said=said)


def _title(budget: int | None, sizes: set[tuple[int | None, int | None]]) -> str:
    title = wording.counted(budget, "labelled image") if budget else "unshifted target"
    if len(sizes) == 1:
        (train, held) = next(iter(sizes))
        if train is not None and held:
            title += f": {train:,} to train on, {held:,} to validate"
    return title


def epochs(count: int) -> Axis:
    """An axis of epochs, from 1; the first, the last and round ones between are named."""
    scale = svg.Scale((1.0, float(max(count, 2))), (svg.LEFT, svg.RIGHT))
    return Axis(xs=tuple(map(scale, range(1, count + 1))), labels=_labels(count), title="epoch", moves=False)


def _labels(count: int) -> tuple[str, ...]:
    step = round(svg.ticks(0, max(count, 5), 5)[1])
    named = {1, count, *(i for i in range(step, count, step) if count - i > step / 2)}
    return tuple(str(i) if i in named else "" for i in range(1, count + 1))


Groups = Sequence[tuple[str, Sequence[Curve]]]


def accuracy_curves(ident: str, axis: Axis, groups: Groups, levels: Mapping[str, float]) -> Markup:
    """Validation accuracy per epoch; a mark on every thin line where it is highest."""
    values = [100 * v for _, found in groups for one in found for v in one.validation if v is not None]
    domain = svg.snug(min(values, default=0.0), max(values, default=100.0), 5)
    scale = svg.Scale(domain, (BOTTOM, TOP))
    marks = [charts.level_lines(scale, levels)]
    told = []
    for arm, found in groups:
        lines = [[v if v is None else 100 * v for v in one.validation] for one in found]
        marks.append(_arm(axis, scale, arm, lines))
        marks += [_best(axis, scale, one) for one in found[:MAX_SEEDS]]
        last = [line[-1] for line in lines if line and line[-1] is not None]
        told += [f"{arm} ends at {fmean(last):.1f} % ({wording.counted(len(last), 'seed')})"] if last else []
    return _chart(ident, axis, scale, ("validation accuracy, %", "; ".join(told)), marks)


def loss_curves(ident: str, axis: Axis, groups: Groups) -> Markup:
    """Training loss per epoch, from 0."""
    values = [v for _, found in groups for one in found for v in one.loss if v is not None]
    scale = svg.Scale((0.0, max(values, default=1.0) * 1.04 or 1.0), (BOTTOM, TOP))
    marks, told = [], []
    for arm, found in groups:
        marks.append(_arm(axis, scale, arm, [one.loss for one in found]))
        last = [one.loss[-1] for one in found if one.loss and one.loss[-1] is not None]
        told += [f"{arm} ends at {fmean(last):.3g} nats ({wording.counted(len(last), 'seed')})"] if last else []
    return _chart(ident, axis, scale, ("training loss, nats", "; ".join(told)), marks)


def _chart(ident: str, axis: Axis, scale: svg.Scale, told: tuple[str, str], marks: Sequence[Markup]) -> Markup:
    name, said = told
    labels = [svg.text(x, BOTTOM + 15, label, "tick") for x, label in zip(axis.xs, axis.labels, strict=True) if label]
    grid = [*charts.grid_lines(scale, 5, ".4g"), *labels, svg.text(CENTRE, BOTTOM + 31, axis.title, "axis")]
    head = svg.text(svg.LEFT - 40, 11, name, "axis", "start")
    title = f"{name.split(',')[0].capitalize()} per epoch"
    return svg.chart(ident, BOTTOM + 36, title, f"{said or 'No values'}.", *grid, *marks, head)


def _arm(axis: Axis, scale: svg.Scale, arm: str, lines: Sequence[Sequence[float | None]]) -> Markup:
    """Thin lines of the first seeds, then the mean over the epochs that every seed has."""
    place = charts.look(arm)[0]
    thin = [path for line in lines[:MAX_SEEDS] for path in _paths(axis, scale, line, f"thin arm{place}")]
    known = [line for line in lines if line]
    columns = [[v for v in column if v is not None] for column in zip(*known, strict=False)]
    mean = [fmean(column) if len(column) == len(known) else None for column in columns]
    return Markup("").join((*thin, *_paths(axis, scale, mean, f"line arm{place}")))


def _paths(axis: Axis, scale: svg.Scale, line: Sequence[float | None], kind: str) -> list[Markup]:
    """A line, broken where a value is missing."""
    stretches: list[list[tuple[float, float]]] = [[]]
    for x, value in zip(axis.xs, line, strict=False):
        if value is None:
            stretches.append([])
        else:
            stretches[-1].append((x, scale(value)))
    return [svg.path(stretch, kind) for stretch in stretches if stretch]


def _best(axis: Axis, scale: svg.Scale, one: Curve) -> Markup:
    """The epoch that validation chose, marked on the thin line."""
    if one.best_epoch is None or not 1 <= one.best_epoch <= len(one.validation):
        return Markup()
    value = one.validation[one.best_epoch - 1]
    if value is None:
        return Markup()
    place, shape = charts.look(one.arm)
    said = f"{one.arm}, seed {one.seed}: best at epoch {one.best_epoch}, {wording.percent(value)} %"
    spot = svg.marker(shape, axis.xs[one.best_epoch - 1], scale(100 * value), 3.4, f"best arm{place}")
    return svg.tag("g", svg.tag("title", said), spot)
