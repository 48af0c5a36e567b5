"""What similarities and readouts along the depth allow one to say."""

from collections.abc import Sequence

from shiftprobe.report.kit import wording
from shiftprobe.report.kit.measures import Measure

NO_CLAIM = "The intervals of checkpoint and control overlap at every tap, so nothing is claimed."


def cka_finding(found: Sequence[Measure | None], severity: float) -> str:
    """The ends of a row of similarities; nothing is claimed about the order of taps without intervals."""
    known = [(one.value, one.tap, one.n) for one in found if one and one.value is not None]
    if not known:
        return "No similarity could be computed."
    if severity == 0:
        return "At severity 0 both sides are the same images, so every similarity is 1 by definition."
    (low, low_tap, n), (high, high_tap, _) = min(known), max(known)
    ends = f"{low:.2f} ({wording.name(low_tap)}) and {high:.2f} ({wording.name(high_tap)})"
    behind = f", n = {wording.counted(n, 'image')}" if n is not None else ""
    if low == high:
        taps = wording.counted(len(known), "tap")
        return f"At severity {severity:g} the CKA is {low:.2f} at every tap ({taps}{behind})."
    return (
        f"At severity {severity:g} the CKA lies between {ends} over "
        f"{wording.counted(len(known), 'tap')}{behind}. It carries no interval, so close values may not be ranked."
    )


def linear_finding(pairs: Sequence[tuple[Measure | None, Measure | None]]) -> str:
    """Where the source's features read better than the control's, by intervals that do not meet."""
    both = [(a, b) for a, b in pairs if a is not None and b is not None]
    clear = [(a, b) for a, b in both if a.low is not None and b.high is not None and a.low > b.high]
    behind = [(a, b) for a, b in both if a.high is not None and b.low is not None and a.high < b.low]
    if not clear and not behind:
        return ""  # the intervals forbid a claim
    said = []
    if clear:
        said.append(f"above the never-trained control at {len(clear)} of {wording.counted(len(both), 'tap')}")
    if behind:
        said.append(
            f"below it at {len(behind)}" if clear else f"below the control at {len(behind)} of {len(both)} taps"
        )
    a, b = max(clear or behind, key=lambda pair: pair[0].value or 0.0)
    return (
        f"The checkpoint's features read {', and '.join(said)}: the two 95 % intervals do "
        f"not meet. Highest such reading: {_reading(a)} at {wording.name(a.tap)}, control {_reading(b)}."
    )


def _reading(one: Measure) -> str:
    if one.value is None:
        return "n/a"
    behind = wording.images_interval(one.low, one.high, one.n)
    return f"{wording.percent(one.value)} %" + (f" ({behind})" if behind else "")
