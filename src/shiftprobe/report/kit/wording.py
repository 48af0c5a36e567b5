"""Numbers -> words. A claim is made only where an interval allows it; what is missing says why."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup
from markupsafe import escape as escape_html

from shiftprobe.core import words
from shiftprobe.core.escape import escape
from shiftprobe.core.types import Condition
from shiftprobe.core.words import counted as counted  # noqa: PLC0414 - every section says wording.counted
from shiftprobe.metrics.scores import SCORES, ScoreName
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.results.model import ArmPoint, Contrast, widest

MINUS, TIMES, DASH = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}", "\N{EN DASH}"
MAX_NAME = 40  # characters of a name inside a sentence
ALPHA = 0.05  # of the family after Holm
NO_REASON = "the run gives no reason"
NO_CELL = "this condition has no result in the run folder"
FLAG = re.compile(
    r"(--[a-z][a-z-]*(?: (?=[\w.,=:/@+-]*(?:\d|[=_,]\w))[\w.,=:/@+-]*\w)?)"
)  # a word without any of these is prose
CANNOT = "one seed has no spread, so it has no interval"


class VerdictSign(NamedTuple):
    """How a verdict is shown."""

    shape: str
    word: str
    meaning: str


MARKS = {
    "better": VerdictSign("up", "better", "the first arm is better, also after Holm's correction over all conditions"),
    "better-alone": VerdictSign(
        "up", "better (uncorrected)", "better by this condition's own interval, but not after Holm's correction"
    ),
    "equivalent": VerdictSign("square", "equivalent", "the 90 % interval lies inside the margin fixed before the run"),
    "inconclusive": VerdictSign(
        "circle", "inconclusive", "neither a difference nor equivalence can be shown with these seeds"
    ),
    "worse-alone": VerdictSign(
        "down", "worse (uncorrected)", "worse by this condition's own interval, but not after Holm's correction"
    ),
    "worse": VerdictSign("down", "worse", "the first arm is worse, also after Holm's correction over all conditions"),
}


percent = words.in_percent


def mean_std(point: ArmPoint) -> str:
    """'68.6 (1.0)' in percent; the spread of a single run prints as a dash."""
    return words.mean_std(point.mean, point.std)


def interval(low: float | None, high: float | None) -> str:
    """'67.0 to 70.1' in percent, or nothing where there is no interval."""
    return "" if low is None or high is None else f"{percent(low)} to {percent(high)}"


def images_interval(low: float | None, high: float | None, images: int | None) -> str:
    """What the test images leave open: '67.0 to 70.1, n = 1,000 images'."""
    if low is None or high is None or images is None:
        return ""
    return f"{interval(low, high)}, n = {counted(images, 'image')}"


def _decimals(low: float | None, high: float | None) -> int:
    narrow = low is not None and high is not None and 100 * (high - low) < 0.2  # noqa: PLR2004 - points
    return 2 if narrow else 1


def minus(a: str, b: str) -> str:
    """What a difference is of: arm a minus arm b."""
    return f"{a} {MINUS} {b}"


def points(value: float, low: float | None = None, high: float | None = None) -> str:
    """A difference in points, signed, with a real minus: '+5.7'."""
    return f"{100 * value:+z.{_decimals(low, high)}f}".replace("-", MINUS)


def with_commands(text: str) -> Markup:
    """A sentence as HTML, its flags and their values in the type of commands: '--seeds 6', '--budget 75,300'."""
    return Markup(FLAG.sub(r"<code>\1</code>", str(escape_html(signed(text)))))  # noqa: S704 - escaped before


def signed(text: str) -> str:
    """A sentence with a real minus before its numbers; hyphens inside words, ranges and 1e-3 stay."""
    return re.sub(r"(?<![\w.)])-(?=\.?\d)", MINUS, text)


def points_interval(low: float | None, high: float | None) -> str:
    """'+0.4 to +2.3', or nothing where there is no interval."""
    return "" if low is None or high is None else f"{points(low, low, high)} to {points(high, low, high)}"


def margin(value: float) -> str:
    """A margin in points: '±1', '±2.04'."""
    return f"±{100 * value:.3g}"


def verdict(contrast: Contrast) -> str:
    """A key of `MARKS`: the verdict, with '-alone' where a difference does not survive the family."""
    if contrast.verdict in ("better", "worse"):
        survives = contrast.p_holm is not None and contrast.p_holm < ALPHA
        return contrast.verdict if survives else f"{contrast.verdict}-alone"
    return contrast.verdict if contrast.verdict in MARKS else "inconclusive"


def _counts(contrasts: Sequence[Contrast]) -> str:
    found = [verdict(one) for one in contrasts if one.difference is not None]
    return ", ".join(f"{found.count(key)} {mark.word}" for key, mark in MARKS.items() if key in found)


def seeds_needed(contrast: Contrast) -> str:
    """'44': how many seeds in all would show equivalence in 9 runs of 10, if the arms are truly equal."""
    return "n/a" if contrast.seeds_needed is None else f"{contrast.seeds_needed[1]:,}"


def p_value(p: float | None) -> str:
    """'0.012', '< 0.001'."""
    if p is None:
        return "n/a"
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"  # noqa: PLR2004 - three decimals


def letter(number: int) -> str:
    """1 -> 'a', 27 -> 'aa': the mark of a note, which no reader takes for a digit of the number before it."""
    rest, place = divmod(number - 1, 26)
    return (letter(rest) if rest else "") + chr(ord("a") + place)


def name(text: str) -> str:
    """A name inside a sentence or a picture, cut where it is long."""
    return escape(text, MAX_NAME)


def start(run: ReadRun) -> str:
    """The target's own images, as a sentence of a run calls them: only beside a dial are they 'unshifted'."""
    return "the unshifted target" if run.drifts else "the target"


def place(where: Condition) -> str:
    """Where on the dial: 'the unshifted target', 'rotation 0.5'."""
    return f"{name(where.shift)} {where.severity:g}" if where.severity > 0 else "the unshifted target"


def difference(contrast: Contrast) -> str:
    """'a - b +4.2 points (95 % interval +1.7 to +6.7, n = 3 seeds): better'."""
    pair = minus(contrast.a, contrast.b)
    if contrast.difference is None:
        return f"{pair}: n/a, {contrast.reason or NO_REASON}"
    low, high = widest(contrast)
    interval = points_interval(low, high)
    behind = f"95 % interval {interval}, " if interval else "no interval, "
    amount = points(contrast.difference, low, high)
    word = MARKS[verdict(contrast)].word
    return f"{pair} {amount} points ({behind}n = {counted(contrast.n, 'seed')}): {word}"


def accuracy(point: ArmPoint) -> str:
    """'transfer 96.7 (1.1) %, n = 3 seeds', or its test-image interval where nothing was repeated."""
    if point.mean is None:
        return f"{point.arm} n/a ({point.reason or NO_REASON})"
    unit = SCORES[point.score].short_unit
    if point.std is not None:
        return f"{point.arm} {mean_std(point)} {unit}, n = {counted(point.n, 'seed')}"
    behind = images_interval(point.low, point.high, point.images)
    return f"{point.arm} {percent(point.mean)} {unit}" + (f" ({behind})" if behind else "")


def heading(score: ScoreName) -> str:
    """'Test accuracy', 'Macro F1': what the numbers of a run are."""
    return "Test accuracy" if score == "top1" else SCORES[score].heading


def axis(score: ScoreName) -> str:
    """'accuracy, %', 'macro F1, %': what stands beside an axis."""
    one = SCORES[score]
    return f"{'accuracy' if score == 'top1' else one.title if one.rises else 'log likelihood'}, {one.short_unit}"


def spread(mean: float, std: float, score: ScoreName) -> tuple[float, float]:
    """One standard deviation to either side, within what a score can be."""
    ends = mean - std, mean + std
    return (max(0.0, ends[0]), min(1.0, ends[1])) if SCORES[score].rises else ends


def dial_finding(run: ReadRun, shift: str, budget: int | None) -> str:
    """What a dial shows, from end to end: every arm's accuracy, then the difference at the far end."""
    last, unit = max(run.summary.severities), SCORES[run.summary.metric].short_unit
    parts = []
    for arm in run.summary.arms:
        ends = [run.point(Condition.of(shift, severity), budget, arm) for severity in (0.0, last)]
        known = [one for one in ends if one is not None and one.mean is not None]
        parts.append(f"{arm} " + " → ".join(f"{mean_std(one)} {unit}" for one in known) if known else f"{arm} n/a")
    return f"{heading(run.summary.metric)} from severity 0 to {last:g}: {'; '.join(parts)}."


def gain_finding(contrasts: Sequence[Contrast]) -> str:
    """What the differences along one dial show, counted by verdict."""
    known = [one for one in contrasts if one.difference is not None]
    if not known:
        return "No difference could be computed."
    ends = known[:1] if len(known) == 1 else [known[0], known[-1]]
    said = " ".join(f"At severity {one.severity:g}, {difference(one)}." for one in ends)
    return f"Over {counted(len(known), 'condition')}: {_counts(known)}. {said}"


def gain_headline(contrasts: Sequence[Contrast]) -> str:
    """A dial in a few words: 'of 5 severities 2 better, 3 inconclusive'."""
    counts = _counts(contrasts)
    return f"of {len(contrasts)} severities {counts}" if counts and len(contrasts) > 1 else counts
