"""A changed order of the classes is suspected last: turned or darkened images can look like one."""

from collections.abc import Sequence
from dataclasses import replace

from shiftprobe.auditing.causes import PART
from shiftprobe.auditing.measurements import OtherPreprocessing
from shiftprobe.auditing.model import Part, together
from shiftprobe.auditing.types import Check
from shiftprobe.core.words import percent

ORDER, INPUT = "class_order", "preprocessing"
PROVEN = ("fail", "warn")


def order_suspected(parts: Sequence[Part]) -> list[Part]:
    """Every answer; that an order of the classes fails is taken back where another preparation brings half as much.

    Where all images are turned by their reader, answers are as if classes had changed places.
    """
    checks = {one.name: one for part in parts for one in part.checks}
    trials = together(part.shown for part in parts).preprocessing
    order, prepared = checks.get(ORDER), checks.get(INPUT)
    best = next((one for one in trials.tried if one.name == trials.best), None) if trials is not None else None
    if order is None or prepared is None or best is None or best.gain is None or order.value is None:
        return list(parts)
    if order.status not in PROVEN or prepared.status not in PROVEN or best.gain < PART * order.value:
        return list(parts)
    doubted = _doubted(order, best, prepared.fix)
    return [replace(part, checks=tuple(doubted if one is order else one for one in part.checks)) for part in parts]


def _doubted(order: Check, best: OtherPreprocessing, fix: str) -> Check:
    reached = "" if best.accuracy is None else f", which reaches {percent(best.accuracy)} on the images it was tried on"
    said = f"{order.reason}; not suspected before images are prepared with {best.name}{reached}"
    return replace(order, status="cannot tell", reason=said, fix=f"{fix}, and ask for the order of the classes then")
