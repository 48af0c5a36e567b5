"""The straight line between the source's weights and those of transfer, as a step of the path: no cause rests on it."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from shiftprobe.core.types import Row
from shiftprobe.results.diagnosis import Effect, Experiment
from shiftprobe.stats.barrier import rise

ACCURACY = "accuracy at "  # of the target; at home with "home " before it
SAME = 0.03  # a fraction of images: a lower barrier is none that anyone would notice
WITHIN = "a barrier under 3 points all along: transfer stayed in the basin of the source"
BEYOND = "a barrier that is shown: fine-tuning left the basin of the source"
NEITHER = "whether fine-tuning left the basin of the source cannot be told"


class _Valued(Protocol):
    """A row, as it was found or as a page read it."""

    @property
    def metric(self) -> str: ...

    @property
    def value(self) -> float | None: ...


def curve(rows: Iterable[_Valued], home: str = "") -> dict[float, float]:
    """Accuracy by the share of the way, in its order.

    Args:
        rows: of the probe `path`.
        home: "home " for the curve at home.
    """
    start = f"{home}{ACCURACY}"
    found = [(float(one.metric[len(start) :]), one.value) for one in rows if one.metric.startswith(start)]
    return {share: value for share, value in sorted(found) if value is not None}


def along_the_line(rows: Sequence[Row]) -> tuple[Experiment, ...]:
    """What lies between the two networks on the target; nothing where the line was not walked.

    Args:
        rows: of the probe `path`, in one cell.

    Reference: Neyshabur et al., 2020, arXiv:2008.11687; Frankle et al., 2020, arXiv:1912.05671.
    """
    known = curve(rows)
    found = next((row for row in rows if row.metric == "barrier"), None)
    if found is None or found.value is None or found.low is None or found.high is None or not {0.0, 1.0} <= set(known):
        return ()
    above = rise(list(known), [1 - value for value in known.values()])
    share = list(known)[int(above.argmax())]
    reason = WITHIN if found.high < SAME else BEYOND if found.low > 0 else NEITHER
    return (
        Experiment(
            name="line",
            stage="where",
            cause="reused",
            title="weights between the source and transfer, batch statistics re-estimated",
            at="target",
            before=known[share] + float(above.max()),
            after=known[share],
            effect=Effect(value=-found.value, low=-found.high, high=-found.low, n=found.n or 0),
            outcome="unclear",
            reason=reason,
            details=(f"lowest at {share:g} of the way",),
        ),
    )
