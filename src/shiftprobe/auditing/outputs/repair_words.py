"""Repairs as words: the verdict, what changes there and at home; one spelling for all outputs and the page."""

from collections.abc import Mapping, Sequence

from shiftprobe.auditing.measurements import RANKED, Repair, RepairVerdict, WrittenRepair
from shiftprobe.auditing.outputs.wording import NO_REASON, Sign, bare, number
from shiftprobe.core.escape import escape

REPAIRED: Mapping[RepairVerdict, Sign] = {
    "helps": Sign("\N{CHECK MARK}", "HELPS"),
    "harms": Sign("\N{MULTIPLICATION X}", "HARMS"),
    "not shown": Sign("?", "NOT SHOWN"),
    "not tried": Sign("\N{EN DASH}", "NOT TRIED"),
}


def by_verdict(found: Sequence[Repair]) -> tuple[Repair, ...]:
    """Repairs as they are told: what is shown to help first, then what is shown to harm, then what is neither."""
    return tuple(sorted(found, key=lambda one: RANKED.index(one.verdict)))


def repaired(one: Repair) -> str:
    """What a repair did: 'accuracy 31.2 % → 78.0 % (gain +46.8 points, +43.0 to +50.5, n = 800)', or why not tried.

    A change is called a gain only where it is shown to be one. What was tried but has no number there says what is
    known of it.
    """
    if one.before is None or one.after is None or one.gain is None:
        return one.what.removeprefix(one.title).strip() or f"not tried: {one.reason or NO_REASON}"
    word = "gain" if one.verdict == "helps" else "change"
    ends = f"{number(one.before, 'fraction')} \N{RIGHTWARDS ARROW} {number(one.after, 'fraction')}"
    moved = _points(one.gain, one.low, one.high, one.n).replace(" (", ", ", 1)
    return f"{escape(one.metric, 20)} {ends} ({word} {moved}"


def cost(one: Repair) -> str:
    """What it does at home: 'at home +0.4 points (+0.1 to +0.7, n = 2,000)'; empty where nothing is beside."""
    if one.home_gain is None:
        return ""
    return f"at home {_points(one.home_gain, one.home_low, one.home_high, one.home_n)}"


def beside(one: Repair) -> str:
    """What else limits it: how the order of a stream matters, a barrier; empty where there is nothing."""
    said = []
    if one.stream is not None:
        ends = f"{number(min(one.stream.orders), 'fraction')} to {number(max(one.stream.orders), 'fraction')}"
        sorted_ = _points(one.stream.sorted_gain, one.stream.sorted_low, one.stream.sorted_high, one.n)
        said.append(f"{len(one.stream.orders)} orders {ends}; sorted by class {sorted_}")
    if one.chosen:
        said.append(f"shares chosen {' and '.join(f'{share:g}' for share in one.chosen)}")
    if one.line is not None and one.line.apart:
        said.append("no common beginning: the middle of the way is worse than either end")
    return "; ".join(said)


def _points(value: float, low: float | None, high: float | None, n: int | None) -> str:
    ends = "no interval" if low is None or high is None else f"{bare(low, 'points')} to {bare(high, 'points')}"
    return f"{number(value, 'points')} ({ends}" + (f", n = {n:,})" if n is not None else ")")


def kept(one: WrittenRepair) -> str:
    """What `--write` kept, and what it gains and costs; or why nothing is kept."""
    if one.reason:
        return f"nothing is kept: {one.reason}"
    there = "" if one.gain is None else f"; {_points(one.gain, one.low, one.high, one.n)} there"
    moved = "" if one.home_gain is None else _points(one.home_gain, one.home_low, one.home_high, one.home_n)
    home = f", {moved} at home" if moved else ""
    return f"kept as {escape(one.file)}: {one.title}{there}{home}, on images that did not choose it"


def needs(one: Repair) -> str:
    """'needs no labels', 'needs 400 labels'."""
    return f"needs {one.labels:,} label{'' if one.labels == 1 else 's'}" if one.labels else "needs no labels"
