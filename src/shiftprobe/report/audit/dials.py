"""The dials of an audit: accuracy against severity per shift, the floor, and up to where it is shown to hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from shiftprobe.auditing.measurements import Dial
from shiftprobe.auditing.outputs import wording
from shiftprobe.auditing.types import Status
from shiftprobe.core.escape import escape
from shiftprobe.core.types import Condition
from shiftprobe.report.audit import marks
from shiftprobe.report.audit.dial_chart import Axes, domain, draw, step
from shiftprobe.report.kit import charts, strip
from shiftprobe.report.kit.samples import Sample

MAX_NAME = 40
Samples = Mapping[Condition, Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPanel:
    """One shift: its picture, its images, its numbers severity by severity."""

    ident: str
    title: str
    icon: Markup
    said: str
    figure: Markup | None
    strip: Markup | None
    steps: tuple[str, ...]  # one line per step of the slider


@dataclass(frozen=True, slots=True, kw_only=True)
class DialSection:
    """Every dial, on common axes."""

    finding: str
    severities: tuple[float, ...]
    panels: tuple[DialPanel, ...]
    floor: str
    sure: bool  # whether mean confidence is drawn


class DialContext(NamedTuple):
    """What the panels need beside the dials themselves."""

    samples: Samples
    confidence: float  # of the bounds, a fraction
    statuses: Mapping[str, Status]  # by shift, of the check that asks how far it holds


def section(dials: Mapping[str, Dial], known: DialContext) -> DialSection | None:
    """None where no shift was looked at.

    Args:
        dials: by shift.
        known: pictures, confidence and statuses.
    """
    if not dials:
        return None
    severities = tuple(sorted({dose for dial in dials.values() for dose in dial.severities}))
    if not severities:
        return None
    axes = Axes(severities, charts.severity_axis(severities), domain(list(dials.values())))
    panels = tuple(_panel(f"d{i}", named, axes, known) for i, named in enumerate(dials.items()))
    floors = {dial.floor for dial in dials.values() if dial.floor is not None}
    return DialSection(
        finding=finding(dials, known.confidence),
        severities=severities,
        panels=panels,
        floor=wording.number(floors.pop(), "fraction") if len(floors) == 1 else "",
        sure=any(one is not None for dial in dials.values() for one in dial.confidence),
    )


def finding(dials: Mapping[str, Dial], confidence: float) -> str:
    """How many shifts are shown to hold their floor to the end, and which stops first."""
    known = {shift: dial for shift, dial in dials.items() if dial.floor is not None and dial.accuracy}
    if not known:
        return ""
    ends = {shift: max(dial.severities) for shift, dial in known.items()}
    held = [shift for shift, dial in known.items() if dial.passes_to is not None and dial.passes_to >= ends[shift]]
    share = f"{len(held)} of {len(known)} shifts keep accuracy at or above the floor up to their strongest severity"
    said = f"With {100 * confidence:.3g} % confidence {share}."
    if len(held) == len(known):
        return said
    names, dial = first(known)
    where = "not even on clean images" if dial.passes_to is None else f"only up to severity {dial.passes_to:g}"
    return f"{said} The first to stop: {names}, shown to hold {where}."


def first(dials: Mapping[str, Dial]) -> tuple[str, Dial]:
    """The shift that is shown to hold its floor least far, and how many others stop there too."""

    def far(shift: str) -> float:
        reached = dials[shift].passes_to
        return -1.0 if reached is None else reached

    least = min(map(far, dials))
    names = [shift for shift in dials if far(shift) == least]
    others = f" and {len(names) - 1} other{'' if len(names) == 2 else 's'}" if names[1:] else ""  # noqa: PLR2004 - plural
    return f"{escape(names[0], MAX_NAME)}{others}", dials[names[0]]


def _panel(ident: str, named: tuple[str, Dial], axes: Axes, known: DialContext) -> DialPanel:
    shift, dial = named
    status, said = reach(dial, known.confidence)
    pictures = [known.samples.get(Condition.of(shift, dose)) for dose in axes.severities]
    return DialPanel(
        ident=ident,
        title=shift,
        icon=marks.icon(known.statuses.get(shift, status)),
        said=said,
        figure=draw(ident, shift, dial, axes, said) if dial.accuracy else None,
        strip=strip.strip(f"{ident}-s", axes.axis, pictures, shift) if any(pictures) else None,
        steps=tuple(step(dial, dose) for dose in axes.severities),
    )


def reach(dial: Dial, confidence: float) -> tuple[Status, str]:
    """Up to where a dial is shown to hold its floor, as a status and a sentence."""
    if not dial.accuracy or dial.floor is None:
        return "not done", f"Not looked at: {dial.reason or wording.NO_REASON}."
    floor, sure = wording.number(dial.floor, "fraction"), f"with {100 * confidence:.3g} % confidence"
    crossing = "" if dial.crosses_at is None else f" The fit crosses {floor} at severity {dial.crosses_at:.2g}."
    if dial.passes_to is None:
        return "cannot tell", f"Not shown to reach {floor} at any severity {sure}.{crossing}"
    whole = dial.passes_to >= max(dial.severities)
    beyond = "" if whole else ", not shown beyond"
    said = f"At or above {floor} up to severity {dial.passes_to:.3g} {sure}{beyond}.{crossing}"
    return "pass" if whole else "warn", said
