"""The layer strip: what happens along the depth, every measure at every tap on one scale."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.core.types import Condition
from shiftprobe.metrics import helps_from as first_to_help
from shiftprobe.report.kit import svg, wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.drawn import draws
from shiftprobe.report.kit.measures import BAND, READ, SIMILAR, DepthLine, LayerMeasure, short_names
from shiftprobe.report.run import depth_findings
from shiftprobe.report.run.paired_taps import paired_taps

ROW = 30.0
NAMES = 104.0  # units kept for the names of taps
NOTHING = "Two seeds of scratch are needed to say whether features are reused, so nothing is claimed."
CKA, NULL = "cka_debiased", "cka_between_seeds"

draws(line.what[0] for line in (BAND, *SIMILAR, *READ))


@dataclass(frozen=True, slots=True)
class LayerStrip:
    """One picture along the depth with its key and the sentence that reads it."""

    figure: Markup
    keys: tuple[tuple[Markup, str], ...]
    said: str
    readout: bool = False


def similarity(run: ReadRun, ident: str, place: Condition) -> LayerStrip | None:
    """How alike networks and images are at every tap; None where nothing but the drift was measured.

    The band spans scratch seeds among each other: what two networks share that never met.
    """
    taps = _taps(run, (BAND, *SIMILAR), place)
    lines = [line for line in SIMILAR if any(run.layer(line.what, line.who, tap, place) for tap in taps)]
    lines = [
        line for line in lines if place.severity > 0 or line.who != ("source", "clean")
    ]  # there it is 1 by definition
    if not lines or all(line.who[0] == "source" for line in lines):
        return None
    said = _reuse(run, taps, place)
    marks = [*_frame(taps, (0.0, 1.0), "debiased linear CKA")]
    for i, tap in enumerate(taps):
        marks += list(_at_tap(run, (tap, i), lines, place, unit=1.0))
    keys = [(_key(line), line.label) for line in (BAND, *lines)]
    figure = svg.chart(ident, len(taps) * ROW + 36, "Similarity along the depth", said or NOTHING, *marks)
    return LayerStrip(figure, tuple(keys), said)


def readout(run: ReadRun, ident: str, place: Condition) -> LayerStrip | None:
    """What a linear reader gets out of every tap of every network, with the never trained one as control."""
    taps = _taps(run, READ, place)
    lines = [line for line in READ if any(run.layer(line.what, line.who, tap, place) for tap in taps)]
    if not lines:
        return None
    said = helps_from(run, taps, place) or _readings(run, taps, place)
    marks = [*_frame(taps, (0.0, 100.0), "linear readout accuracy, %")]
    for i, tap in enumerate(taps):
        marks += list(_at_tap(run, (tap, i), lines, place, unit=100.0))
    keys = [(_key(line), line.label) for line in lines]
    figure = svg.chart(
        ident, len(taps) * ROW + 36, "Linear readout along the depth", said or depth_findings.NO_CLAIM, *marks
    )
    return LayerStrip(figure, tuple(keys), said, readout=True)


def helps_from(run: ReadRun, taps: Sequence[str], place: Condition) -> str:
    """From which tap on the source helps: the first from which the paired gap stays clear of 0."""
    gaps = [run.layer(("linear", "probe_gap"), ("source", "random"), tap, place) for tap in taps]
    known = {gap.tap: gap for gap in gaps if gap is not None and gap.value is not None}
    if not known:
        return ""
    first = first_to_help(known.values())
    held = f"judged after widening these intervals for {wording.counted(len(known), 'tap')}"
    if first is None:
        last = [*known.values()][-1]
        return (
            f"The checkpoint is not shown to be better to read than a network that was never trained: at the last tap "
            f"by {_gap(last)}, {held}, n = {wording.counted(last.n or 0, 'test image')}."
        )
    gap, best = known[first], max(known.values(), key=lambda one: one.value or 0.0)
    more = f", at {wording.name(best.tap)} by {_gap(best)}" if best.tap != first else ""
    return (
        f"The source helps from {wording.name(first)} on: its features are better to read than random ones by "
        f"{_gap(gap)}{more} ({held}; paired over n = {wording.counted(gap.n or 0, 'test image')})."
    )


def _readings(run: ReadRun, taps: Sequence[str], place: Condition) -> str:
    """The two readouts alone, where no paired gap was measured."""
    both = [[run.measure("linear", arm, tap, place) for arm in ("source", "random")] for tap in taps]
    return depth_findings.linear_finding([(source, control) for source, control in both])


def _gap(one: LayerMeasure) -> str:
    return f"{wording.points(one.value or 0.0)} points (95 % interval {wording.points_interval(one.low, one.high)})"


def _reuse(run: ReadRun, taps: Sequence[str], place: Condition) -> str:
    """Whether fine-tuned features stay nearer to the source's than scratch comes by itself, and where both end.

    Nearer is judged seed by seed. Two scratch seeds against each other pair with no seed of the two arms, so their
    range stands beside transfer and scratch without a word.
    """
    kept = _pairs(run, taps, place, ("transfer", "source"), (("cka", CKA), ("scratch", "source")))
    alike = _pairs(run, taps, place, ("transfer", "scratch"), (BAND.what, BAND.who))
    said = []
    if kept:
        nearer = paired_taps(run, [tap for tap, _, _ in kept], place)
        above = [tap for tap, one in nearer.items() if one.low is not None and one.low > 0.0]
        tap, one, own = next((pair for pair in reversed(kept) if pair[0] in above), kept[-1])
        word = "nearer to the checkpoint than scratch comes by itself"
        shown = f"is {word} at {len(above)} of {len(kept)} taps" if above else f"is not shown to be {word} at any tap"
        by = f", {nearer[tap].said}" if tap in nearer else ""
        said.append(f"After training, transfer {shown}; at {wording.name(tap)} {_against(one, own)}{by}.")
    if alike:
        tap, one, own = alike[-1]
        said.append(
            f"At {wording.name(tap)} transfer and scratch are alike by {_against(one, own, 'two scratch seeds')}."
        )
    return " ".join(said)


def _pairs(
    run: ReadRun,
    taps: Sequence[str],
    place: Condition,
    who: tuple[str, str],
    null: tuple[tuple[str, str], tuple[str, str]],
) -> list[tuple[str, LayerMeasure, LayerMeasure]]:
    """Per tap one similarity and the seeds it is held against; only where both have a number and a range."""
    found = [(tap, run.layer(("cka", CKA), who, tap, place), run.layer(*null, tap, place)) for tap in taps]
    return [
        (tap, one, own)
        for tap, one, own in found
        if one and own and one.value is not None and own.low is not None and own.high is not None
    ]


def _against(one: LayerMeasure, own: LayerMeasure, whose: str = "") -> str:
    low, high = (f"{end:.2f}" for end in (own.low or 0.0, own.high or 0.0))
    whom = f"{whose} by" if whose else "against"
    beside = f", {whom} {low} to {high}" if whose else f" {whom} {low} to {high}"
    return f"{one.value:.2f}{beside} (n = {wording.counted(one.n or 0, 'image')})"


def _taps(run: ReadRun, lines: Sequence[DepthLine], place: Condition) -> tuple[str, ...]:
    """The taps at which any of these lines has a number, in depth order."""
    every = dict.fromkeys((*run.summary.taps, *run.taps("linear"), *run.taps("cka")))
    return tuple(tap for tap in every if any(run.layer(line.what, line.who, tap, place) for line in lines))


def _frame(taps: Sequence[str], domain: tuple[float, float], title: str) -> Iterator[Markup]:
    scale, bottom = _scale(domain), len(taps) * ROW
    for step in range(5):
        tick = domain[0] + step * (domain[1] - domain[0]) / 4
        yield svg.line((scale(tick), 0), (scale(tick), bottom), "grid")
        yield svg.text(scale(tick), bottom + 15, f"{tick:g}", "tick")
    for i, name in enumerate(short_names(taps)):
        tip = svg.tag("title", wording.name(taps[i]))
        yield svg.tag("g", tip, svg.text(NAMES - 8, (i + 0.5) * ROW + 4, name, "tap", "end"))
    yield svg.text((NAMES + svg.WIDTH) / 2, bottom + 31, title, "axis")


def _scale(domain: tuple[float, float]) -> svg.Scale:
    return svg.Scale(domain, (NAMES, svg.WIDTH - 14))


def _at_tap(
    run: ReadRun, where: tuple[str, int], lines: Sequence[DepthLine], place: Condition, *, unit: float
) -> Iterator[Markup]:
    """The band behind, then a mark per line, each a little lower than the one before."""
    (tap, i), scale = where, _scale((0.0, unit))
    band = run.layer(BAND.what, BAND.who, tap, place) if unit == 1.0 else None
    if band and band.low is not None and band.high is not None:
        left, right = scale(max(0.0, band.low)), scale(min(1.0, band.high))
        tip = svg.tag("title", f"{wording.name(tap)}, {BAND.label}: {band.low:.3f} to {band.high:.3f}")
        box = svg.tag("rect", x=left, y=i * ROW + 3, width=max(2.0, right - left), height=ROW - 6, class_="nullband")
        yield svg.tag("g", tip, box)
    for k, line in enumerate(lines):
        one = run.layer(line.what, line.who, tap, place)
        if one is not None:
            yield _mark(scale, i * ROW + (k + 1) * ROW / (len(lines) + 1), line, one, unit)


def _mark(scale: svg.Scale, y: float, line: DepthLine, one: LayerMeasure, unit: float) -> Markup:
    where = f"{wording.name(one.tap)}, {line.label}"
    if one.value is None:
        tip = svg.tag("title", f"{where}: n/a, {one.reason}")
        return svg.tag("g", tip, svg.text(scale(0) + 3, y + 3, "n/a", "note", "start"))
    shown = f"{unit * one.value:.1f}" if unit > 1 else f"{one.value:.3f}"
    marks = [svg.tag("title", f"{where}: {shown}{_basis(one, unit)}")]
    if one.low is not None and one.high is not None:
        ends = (scale(max(0.0, unit * one.low)), scale(min(unit, unit * one.high)))
        marks.append(svg.line((ends[0], y), (ends[1], y), f"reach {line.kind.removeprefix('reading ')}"))
    at = min(unit, max(0.0, unit * one.value))
    marks.append(svg.marker(line.shape, scale(at), y, 4.0, line.kind))
    return svg.tag("g", *marks)


def _basis(one: LayerMeasure, unit: float) -> str:
    """What a mark rests on: seeds or test images, and their number."""
    n = f"n = {wording.counted(one.n, 'image')}" if one.n is not None else ""
    if one.low is None or one.high is None:
        return f" ({n})" if n else ""
    low, high = (f"{unit * end:.1f}" if unit > 1 else f"{end:.3f}" for end in (one.low, one.high))
    between = f"{one.seeds} seeds {low} to {high}" if one.seeds > 1 else f"95 % interval {low} to {high}"
    return f" ({', '.join(filter(None, (between, n)))})"


def _key(line: DepthLine) -> Markup:
    if line is BAND:
        inside = svg.tag("rect", x=1, y=3, width=14, height=10, class_="nullband")
    else:
        inside = svg.marker(line.shape, 8, 8, 5.0, line.kind)
    return svg.tag("svg", inside, class_="icon", viewBox="0 0 16 16", aria_hidden="true")
