"""What was tried to mend it: from before to after, with the interval of the gain and what it needs."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.auditing.measurements import Repair, RepairVerdict
from shiftprobe.auditing.outputs import repair_words, wording
from shiftprobe.core.escape import escape
from shiftprobe.report.audit.checks import ended
from shiftprobe.report.audit.marks import Span, track
from shiftprobe.report.audit.path_chart import path_chart
from shiftprobe.report.audit.rows import MAX_NAME, WHOLE, gained

KINDS: dict[RepairVerdict, str] = {
    "helps": "k-pass", "harms": "k-fail", "not shown": "k-none", "not tried": "k-none",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """One repair in words and as a picture."""

    sign: wording.Sign
    kind: str  # its class in audit.css
    title: str
    what: str
    tried: bool
    amount: str
    needs: str
    recovers: str
    cost: str  # at home
    beside: str
    on: str
    figure: Markup | None
    path: Markup | None  # accuracy along mixing weights


def repairs(found: Sequence[Repair]) -> tuple[Mended, ...]:
    """Every repair: what is shown to help first, then what harms, then what is not shown, then what was not tried."""
    return tuple(_mended(place, one) for place, one in enumerate(repair_words.by_verdict(found)))


def _mended(place: int, one: Repair) -> Mended:
    tried = one.gain is not None and one.before is not None and one.after is not None
    return Mended(
        sign=repair_words.REPAIRED[one.verdict],
        kind=KINDS[one.verdict],
        title=wording.upper(one.title),
        what=ended(wording.upper(one.what)) if tried else "",
        tried=tried,
        amount=repair_words.repaired(one),
        needs=repair_words.needs(one),
        recovers=_recovers(one),
        cost=repair_words.cost(one),
        beside=repair_words.beside(one),
        on=one.on,
        figure=_way(one) if tried else None,
        path=path_chart(f"path{place}", one),
    )


def _recovers(one: Repair) -> str:
    """'recovers 81 % (74 to 88) of the lost accuracy'; empty where nothing was lost."""
    if one.recovers is None:
        return ""
    known = one.recovers_low is not None and one.recovers_high is not None
    ends = f" ({100 * (one.recovers_low or 0.0):.0f} to {100 * (one.recovers_high or 0.0):.0f})" if known else ""
    return f"recovers {100 * one.recovers:.0f} %{ends} of the lost accuracy".replace("-", wording.MINUS)


def _way(one: Repair) -> Markup:
    """From before to after; the interval of the gain around the end."""
    before, after = one.before or 0.0, one.after or 0.0
    sign = 1 if after >= before else -1
    sign = sign if (one.gain or 0.0) >= 0 else -sign  # an error that falls is a gain
    ends = [None if end is None else before + sign * end for end in (one.low, one.high)]
    low, high = ends if sign > 0 else ends[::-1]
    span = Span(value=after, start=before, low=low, high=high, kind=KINDS[one.verdict])
    said = f"{escape(one.metric, 20)} from {wording.number(before, 'fraction')} to {wording.number(after, 'fraction')}"
    return track(span, WHOLE, said)


def finding(found: Sequence[Repair]) -> str:
    """The largest gain in accuracy that is shown, first without labels; silent about those that are not."""
    tried = [one for one in found if one.gain is not None and one.metric == "accuracy"]
    helps, harms = ([one for one in tried if one.verdict == word] for word in ("helps", "harms"))
    worse = f" {len(harms)} shown to make it worse." if harms else ""
    if not tried:
        return ""
    if not helps:
        return f"Of {len(tried)} repairs that change answers none is shown to help: no interval lies above 0.{worse}"
    free = [one for one in helps if not one.labels]
    said = [max(group, key=lambda one: one.gain or 0.0) for group in (free, helps) if group]
    counted = f"Of {len(tried)} repairs that change answers {len(helps)} shown to help.{worse}" if worse else ""
    return " ".join(filter(None, (*(_helps(one) for one in dict.fromkeys(said)), counted)))


def _helps(one: Repair) -> str:
    part = f", which {_recovers(one)}" if one.recovers is not None else ""
    needs = "without any label" if not one.labels else f"with {one.labels:,} labels"
    before, after = (wording.number(end or 0.0, "fraction") for end in (one.before, one.after))
    gain = gained(one.gain, one.low, one.high, one.n)
    title = escape(wording.upper(one.title), MAX_NAME)
    cost = f"; {repair_words.cost(one)}" if one.home_gain is not None else ""
    return f"{title} ({needs}): accuracy {before} \N{RIGHTWARDS ARROW} {after}, {gain}{part}{cost}."
