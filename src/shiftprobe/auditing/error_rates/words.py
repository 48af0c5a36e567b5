"""A calibration in words: the sentence that its page begins with, and the name of each rate."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shiftprobe.core.escape import escape
from shiftprobe.core.words import counted, in_percent, percent

if TYPE_CHECKING:
    from shiftprobe.auditing.error_rates.model import Calibration, GateErrors, Rate

MORE_OFTEN = "errs more often than promised"

GATES: Mapping[str, str] = {"accuracy": "accuracy", "severity": "shift", "target": "target"}
"""Of which the sentence speaks, the first that was measured."""

HEADS: Mapping[str, str] = {
    "false_fail": "fails wrongly",
    "false_pass": "passes wrongly",
    "outside": "interval misses the truth",
    "missed": "misses what was planted",
    "undecided": "cannot tell",
}


def headline(found: "Calibration") -> str:
    """How often this audit errs on these data, in one sentence of at most 25 words where names are short.

    Args:
        found: everything; its own sentence is not read.
    """
    on = f"On {found.population:,} images of {escape(found.data, 40)}"
    row = _first(found)
    if row is None or row.false_fail is None:
        return f"{on} no gate of this policy can be measured"
    gate = f"the {GATES.get(row.name, escape(row.name, 40))} gate"
    promised = "" if row.false_fail.promised is None else f" (promised: {percent(row.false_fail.promised)})"
    missed = (
        "" if row.missed is None else f" and misses a {100 * found.loss:g}-point loss in {percent(row.missed.value)}"
    )
    return f"{on} {gate} fails a good checkpoint in {percent(row.false_fail.value)} of audits{promised}{missed}"


def _first(found: "Calibration") -> "GateErrors | None":
    """The gate on accuracy where it was measured, else the first that was."""
    known = [row for row in found.rows if row.false_fail is not None]
    named = [row for name in GATES for row in known if row.name == name]
    return next(iter((*named, *known)), None)


def told(one: "Rate") -> str:
    """'1.5 % (0.3 to 4.3, n = 200)'."""
    return f"{percent(one.value)} ({in_percent(one.low)} to {in_percent(one.high)}, n = {one.of:,})"


def flags(found: "Calibration") -> str:
    """Which gates err more often than they promise."""
    exceeding = found.exceeding
    promised = sum(one.promised is not None for row in found.rows for one in row.rates.values())
    alone = ", ".join(dict.fromkeys(escape(row.name, 60) for row in found.rows if _above_alone(row)))
    also = f" (by its own interval alone: {alone}, as chance makes one of forty)" if alone else ""
    if not exceeding:
        return f"None of {counted(promised, 'rate')} with a promise is proven to lie above it{also}"
    names = ", ".join(escape(row.name, 60) for row in exceeding)
    return f"{counted(len(exceeding), 'row')} with a rate that {MORE_OFTEN}: {names}{also}"


def _above_alone(row: "GateErrors") -> bool:
    """Whether the interval of a rate lies wholly above its promise, which so many rates do not let count as proof."""
    rates = row.rates.values()
    return any(one.promised is not None and one.low > one.promised and not one.exceeds for one in rates)


def whole(found: "Calibration") -> str:
    """What all gates together come to."""
    all_ = found.whole
    if all_.false_fail is None or all_.passes is None or all_.undecided is None or all_.fails is None:
        return ""
    return (
        f"{counted(all_.gates, 'gate')} together, each at a threshold that is just met: at least one fails in "
        f"{told(all_.false_fail)}; at the policy's own thresholds these gates pass in {percent(all_.passes.value)}, "
        f"fail in {percent(all_.fails.value)} and cannot tell in {percent(all_.undecided.value)} of audits of "
        f"{counted(found.images, 'image')}"
    )
