"""What similarities and readouts along the depth allow one to say."""

from collections.abc import Sequence

from shiftprobe.report.kit import wording
from shiftprobe.report.kit.measures import Measure

NO_CLAIM = "Checkpoint and control were not compared image by image, so nothing is claimed."


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
    """The tap that reads best, beside the control; their difference on the same images was not measured, so no word."""
    both = [(a, b) for a, b in pairs if a is not None and b is not None and a.value is not None and b.value is not None]
    if not both:
        return ""
    a, b = max(both, key=lambda pair: pair[0].value or 0.0)
    return (
        f"Of {wording.counted(len(both), 'tap')} the checkpoint's {wording.name(a.tap)} reads best, {_reading(a)}; the "
        f"never-trained control reads {_reading(b)} there. {NO_CLAIM}"
    )


def _reading(one: Measure) -> str:
    if one.value is None:
        return "n/a"
    behind = wording.images_interval(one.low, one.high, one.n)
    return f"{wording.percent(one.value)} %" + (f" ({behind})" if behind else "")
