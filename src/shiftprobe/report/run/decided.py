"""The first screen: what to do with the checkpoint, what limits that, the three ways and every condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from markupsafe import Markup

from shiftprobe.core.types import IDENTITY, Condition
from shiftprobe.report.kit import charts, svg, wording
from shiftprobe.report.kit.contents import ReadRun, shifts_of
from shiftprobe.report.kit.size import bar
from shiftprobe.report.kit.table import Tile
from shiftprobe.report.run.overview import dial_rows
from shiftprobe.results.decision import SAID, WAYS, Choice, Decision, PlaceChoice
from shiftprobe.results.model import widest

WORDS: Mapping[Choice, str] = {**SAID, "either": "either"}  # a badge has little room
NAMES = {"zero_shot": "Untouched", "transfer": "Fine-tuned", "scratch": "From scratch"}
CELL = {"zero_shot": "leave it", "transfer": "fine-tune", "scratch": "train anew"}
NO_PLACE = "no two of the three ways were compared here"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceSpot:
    """One condition: the ways that are open there, and how much hangs on it."""

    kind: str  # a choice
    marks: Markup  # of the arms that are open
    word: str
    amount: str
    bar: Markup
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceMap:
    """What to do in every condition: the unshifted target once, then a row per shift."""

    caption: str
    severities: tuple[str, ...]
    start: ChoiceSpot
    rows: tuple[tuple[str, str, tuple[ChoiceSpot, ...]], ...]  # shift, where its panel stands, choices
    keys: tuple[tuple[Markup, str], ...]
    pairs: str  # whose difference a cell shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The decision as the page shows it."""

    word: str
    kind: str
    decision: Decision
    tiles: tuple[Tile, ...]
    map: ChoiceMap | None


def section(run: ReadRun, part: ReadRun) -> Decided | None:
    """The decision about a run, and a map of the part of it that has pictures.

    None where no decision was made: older folders, and runs of other arms, whose verdict stands instead.
    """
    found = run.summary.decision
    if found is None or found.choice == "no_comparison":
        return None
    return Decided(
        word=WORDS[found.choice],
        kind=found.choice.replace("_", "-"),
        decision=found,
        tiles=tuple(tile for tile in (_tile(run, arm) for arm in WAYS) if tile),
        map=_map(part, found) if run.drifts else None,
    )


def _tile(run: ReadRun, arm: str) -> Tile | None:
    """An arm's mean accuracy over the conditions that all ways share, and its paired difference to another way."""
    if arm not in run.summary.arms:
        return None
    budget = max(run.summary.budgets, default=None)
    places = [place for place in _conditions(run) if all(_reached(run, place, one) is not None for one in _ways(run))]
    known = [value for value in (_reached(run, place, arm) for place in places) if value is not None]
    if not known:
        return Tile(label=_label(run, arm, 0), number="n/a", unit="", basis="it has no result in a shared condition")
    one = run.point(places[0], budget, arm)
    trained = _seeds(run, arm, one.n) if one and one.budget is not None else "no training"
    images = f"{one.images:,} test images" if one and one.images else ""
    start = f"unshifted {wording.percent(known[0])} %" if run.drifts and places[0].severity == 0 else ""
    basis = "; ".join(filter(None, (_against(run, arm), start, trained, images)))
    return Tile(label=_label(run, arm, len(places)), number=wording.percent(fmean(known)), unit="%", basis=basis)


def _conditions(run: ReadRun) -> list[Condition]:
    dials = [Condition(shift, dose) for shift in shifts_of(run) for dose in run.doses] if run.drifts else []
    return [Condition(IDENTITY, 0.0), *dials]


def _ways(run: ReadRun) -> list[str]:
    return [arm for arm in WAYS if arm in run.summary.arms]


def _reached(run: ReadRun, place: Condition, arm: str) -> float | None:
    one = run.point(place, max(run.summary.budgets, default=None), arm)
    return one.mean if one else None


def _label(run: ReadRun, arm: str, count: int) -> str:
    where = f"mean of {count} conditions" if run.drifts else "on the target"
    return f"{NAMES[arm]} ({arm}), {where}"


def _against(run: ReadRun, arm: str) -> str:
    """The paired difference to the cheapest other way: '+35.9 points against leaving it (95 % +34.6 to +37.2)'."""
    for one in run.summary.verdicts:
        if one.contrast is None or arm != one.pair[0] or one.pair[1] not in WAYS:
            continue
        low, high = widest(one.contrast)
        interval = wording.points_interval(low, high)
        amount = wording.points(one.contrast.difference, low, high)
        gone = sum(some.count for some in one.contrast.astray)
        without = f", without {wording.counted(gone, 'training')} that went astray" if gone else ""
        paired = "seed by seed" if one.unshared else "paired"
        return f"{amount} points against {one.pair[1]}, {paired}{without}" + (f" (95 % {interval})" if interval else "")
    return ""


def _seeds(run: ReadRun, arm: str, n: int) -> str:
    """How many trainings a mean is of; said aloud where a difference beside it leaves some out."""
    told = (some for one in run.summary.verdicts if one.contrast for some in one.contrast.astray)
    astray = any(some.arm == arm and some.count for some in told)
    return f"mean of all {wording.counted(n, 'seed')}" if astray else f"n = {wording.counted(n, 'seed')}"


def _map(run: ReadRun, found: Decision) -> ChoiceMap | None:
    places = {one.condition: one for one in found.places}
    if not places:
        return None
    largest = max((abs(one.difference) for one in found.places if one.difference is not None), default=0.0)
    budget = max(run.summary.budgets, default=None)
    labels = f", {wording.counted(budget, 'labelled image')}" if budget else ""
    return ChoiceMap(
        caption=f"What to do in every condition{labels}",
        severities=tuple(f"{dose:g}" for dose in run.doses),
        start=_spot(places.get(Condition(IDENTITY, 0.0)), largest),
        rows=dial_rows(run, lambda place: _spot(places.get(place), largest)),
        keys=tuple((_marks((arm,)), CELL[arm]) for arm in _ways(run)),
        pairs=" or ".join(dict.fromkeys(wording.minus(*one.pair) for one in found.places if one.pair)),
    )


def _spot(one: PlaceChoice | None, largest: float) -> ChoiceSpot:
    if one is None or one.choice == "no_comparison":
        nothing = Markup()
        return ChoiceSpot(kind="none", marks=nothing, word="n/a", amount="", bar=nothing, said=NO_PLACE)
    sure = one.choice != "cannot_tell"
    said = f"{wording.place(one.condition)}: {_choice(one)}"
    amount = ""
    if one.difference is not None and one.pair is not None:
        amount = wording.points(one.difference, one.low, one.high)
        interval = wording.points_interval(one.low, one.high)
        said += f"; {wording.minus(*one.pair)} {amount} points" + (f" (95 % {interval})" if interval else "")
    return ChoiceSpot(
        kind=one.choice.replace("_", "-"),
        marks=_marks(one.open),
        word=WORDS[one.choice].removesuffix(" it") if sure else "open",
        amount=amount,
        bar=bar(one.difference or 0.0, largest, sure=sure),
        said=said,
    )


def _choice(one: PlaceChoice) -> str:
    if one.choice != "cannot_tell":
        return WORDS[one.choice]
    return f"cannot tell between {' and '.join(CELL[arm] for arm in one.open)}"


def _marks(arms: tuple[str, ...]) -> Markup:
    """The marks of arms, as the charts draw them."""
    looks = [charts.look(arm) for arm in arms]
    spots = [svg.marker(shape, 8 + 16 * i, 8, 5.0, f"mark arm{place}") for i, (place, shape) in enumerate(looks)]
    wide = max(16 * len(arms), 1)
    return svg.tag("svg", *spots, class_="spots", viewBox=f"0 0 {wide} 16", width=wide, height=16, aria_hidden="true")
