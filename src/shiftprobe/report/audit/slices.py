"""Where the checkpoint fails: a card per slice with its numbers, its pictures and accuracy along its property."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.auditing.measurements import FailingSlice, Shortcut, SliceBin, SliceExample, SliceSearch
from shiftprobe.auditing.outputs import wording
from shiftprobe.auditing.slicing import words
from shiftprobe.core.escape import escape
from shiftprobe.core.words import counted, listed, percent
from shiftprobe.report.audit.marks import Span, track
from shiftprobe.report.audit.rows import WHOLE, IntervalRow, IntervalRows
from shiftprobe.report.kit import svg

OPEN = 2  # slices of a side that stand open; the others fold
TOP, BASE, HEIGHT = 8.0, 92.0, 112.0  # of the bars, user units
BELOW = 0.05  # of accuracy: what counts as explained where an older policy does not say
ROOM = 70.0  # user units that two numbers below the bars need
NAMED = 3  # classes in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceCard:
    """One slice as it stands on the page."""

    title: str
    amount: str
    rest: str
    figure: Markup
    bars: Markup | None
    facts: tuple[str, ...]
    fix: str
    faces: tuple[tuple[SliceExample, str], ...]  # a picture and its data URI
    folded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceSection:
    """What was found on each side, and what properties say of the class."""

    searches: tuple[tuple[SliceSearch, tuple[SliceCard, ...]], ...]
    shortcuts: IntervalRows | None


def section(
    found: Sequence[SliceSearch], shortcuts: Sequence[Shortcut], faces: Mapping[str, str], rule: object
) -> SliceSection | None:
    """None where nothing was searched.

    Args:
        found: by side.
        shortcuts: that were found.
        faces: data URIs of pictures, by file.
        rule: `slices` of the policy, as verdicts.json has it.
    """
    if not found:
        return None
    known = rule.get("below") if isinstance(rule, Mapping) else None
    below = float(known) if isinstance(known, int | float) else BELOW
    cards = tuple(
        (one, tuple(_card(slice_, faces, below, folded=i >= OPEN) for i, slice_ in enumerate(one.slices)))
        for one in found
    )
    return SliceSection(searches=cards, shortcuts=_shortcuts(shortcuts))


def _card(one: FailingSlice, faces: Mapping[str, str], below: float, *, folded: bool) -> SliceCard:
    name = words.called(one)
    span = Span(value=one.accuracy, low=one.low, high=one.high, start=one.rest, kind="k-warn")
    said = f"{percent(one.accuracy)} right in {name}, against {percent(one.rest)}"
    facts = (_gap(one), words.beside(one, below), _worst(one), words.apart(one))
    return SliceCard(
        title=wording.upper(name),
        amount=f"{percent(one.accuracy)} right",
        rest=_beside(one),
        figure=track(span, WHOLE, said),
        bars=_bars(one) if len(one.bins) > 1 and not isinstance(one.bound, str) else None,
        facts=tuple(f"{wording.upper(fact)}." for fact in facts if fact),
        fix=wording.upper(words.fix(one)) + ".",
        faces=tuple((face, faces[face.file]) for face in one.examples if face.file in faces),
        folded=folded,
    )


def _beside(one: FailingSlice) -> str:
    here = f"{100 * one.low:.1f} to {100 * one.high:.1f}, n = {one.n:,}"
    return f"{here} \N{MIDDLE DOT} all others {percent(one.rest)}, n = {one.rest_n:,}"


def _gap(one: FailingSlice) -> str:
    gap, low, high = (f"{100 * part:z.1f}" for part in (one.gap, one.gap_low, one.gap_high))
    exact = f"exact {words.chance(one.p_holm)}, corrected for all candidates"
    return f"it is {gap} points less accurate than the rest ({low} to {high}; {exact})"


def _worst(one: FailingSlice) -> str:
    """'most wrong answers: class 8 (12 of 30 right, mostly taken for 3) and class ...'."""
    parts = []
    for each in [each for each in one.classes if each.right < each.n][:NAMED]:
        taken = f", mostly taken for {escape(each.taken_for, 30)}" if each.taken_for else ""
        parts.append(f"class {escape(each.name, 30)} ({each.right:,} of {each.n:,} right{taken})")
    return f"most wrong answers: {listed(parts)}" if parts else ""


def _bars(one: FailingSlice) -> Markup:
    """Accuracy along the property, of ranges of about equally many images; those of the slice are marked."""
    across = svg.Scale((0, len(one.bins)), (svg.LEFT, svg.RIGHT))
    up = svg.Scale((0, 1), (BASE, TOP))
    marks = [svg.line((svg.LEFT, up(tick)), (svg.RIGHT, up(tick)), "grid") for tick in (0, 0.5, 1)]
    marks += [svg.text(svg.LEFT - 5, up(tick) + 4, f"{100 * tick:.0f} %", "tick", "end") for tick in (0, 0.5, 1)]
    for place, part in enumerate(one.bins):
        share, left, right = part.right / max(1, part.n), across(place) + 1.5, across(place + 1) - 1.5
        tip = f"{words.spelt(one.by)} {_between(one.by, part)}: {percent(share)} of {counted(part.n, 'image')} right"
        shape = {"x": left, "y": up(share), "width": right - left, "height": max(BASE - up(share), 0.8)}
        marks.append(svg.tag("rect", svg.tag("title", tip), class_=f"bin{' within' if part.within else ''}", **shape))
    edge = next((i for i in range(1, len(one.bins)) if one.bins[i].within != one.bins[i - 1].within), None)
    x = svg.LEFT if edge is None else across(edge)
    ends = ((svg.LEFT, one.bins[0].low, "start"), (svg.RIGHT, one.bins[-1].high, "end"))
    marks += [
        svg.text(end, HEIGHT - 4, words.amount(one.by, value, 2), "tick", anchor)
        for end, value, anchor in ends
        if abs(end - x) > ROOM
    ]
    marks.append(svg.line((x, TOP - 4), (x, BASE + 4), "cut"))
    marks.append(svg.text(x, HEIGHT - 4, words.amount(one.by, float(one.bound)), "tick"))
    ident = f"{one.examples[0].file.rsplit('-', 1)[0]}-bars" if one.examples else f"slice-{one.by}-bars"
    title = f"Accuracy along {words.spelt(one.by)}"
    return svg.chart(ident, HEIGHT, title, words.called(one) + ": " + words.accuracy(one), *marks)


def _between(by: str, part: SliceBin) -> str:
    return f"{words.amount(by, part.low)} to {words.amount(by, part.high)}"


def _shortcuts(found: Sequence[Shortcut]) -> IntervalRows | None:
    if not found:
        return None
    rows = tuple(
        IntervalRow(
            name=_named(one),
            amount=f"{percent(one.accuracy)} ({100 * one.low:.1f} to {100 * one.high:.1f}, n = {one.n:,})",
            figure=track(
                Span(value=one.accuracy, low=one.low, high=one.high, start=one.majority, kind="k-warn"),
                WHOLE,
                words.named(one),
            ),
            small=_followed(one),
        )
        for one in found
    )
    return IntervalRows(rows=rows, left="0 %", right="100 %")


def _named(one: Shortcut) -> str:
    return words.spelt(one.by) + (
        f", class {escape(one.label, 40)} or not" if one.label is not None else ", all classes"
    )


def _followed(one: Shortcut) -> tuple[str, ...]:
    said = (f"always one answer {percent(one.majority)}",)
    if one.misled is None or one.aligned is None:
        return (*said, "no image goes against it")
    return (
        *said,
        f"where it misleads the checkpoint is right in {percent(one.misled)} of {one.misled_n:,} images",
        f"elsewhere in {percent(one.aligned)} of {one.aligned_n:,}",
    )
