"""How far a shift moves the images and the features, and what a severity of the run means, in words."""

from collections.abc import Sequence

from shiftprobe.core.types import Condition
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.drawn import draws
from shiftprobe.report.kit.measures import Measure
from shiftprobe.report.kit.reading import MOVED

IMAGES, FEATURES = "image_distance", "feature_distance"
RULERS = {  # metric -> what moves, and how it is measured
    IMAGES: ("images", f"1 {wording.MINUS} SSIM"),
    FEATURES: ("features", f"1 {wording.MINUS} cosine"),
}
FULL = 1 - 1e-9

draws({MOVED})


def distance(value: float) -> str:
    """'0.214', with a real minus."""
    return f"{value:z.3f}".replace("-", wording.MINUS)


def interval(one: Measure) -> str:
    """'0.201 to 0.227', or nothing where there is no interval."""
    return "" if one.low is None or one.high is None else f"{distance(one.low)} to {distance(one.high)}"


def basis(one: Measure) -> str:
    """What a distance rests on: '95 % 0.201 to 0.227, n = 256 images'."""
    between = f"95 % {interval(one)}" if interval(one) else ""
    images = f"n = {wording.counted(one.n, 'image')}" if one.n is not None else ""
    return ", ".join(filter(None, (between, images)))


def step(run: ReadRun, shift: str, severity: float) -> str:
    """A step of the dial by its name: 'Severity 0.25', with the dose where severities are distances."""
    dose = run.summary.scale.dose(shift, severity) if run.summary.scale else None
    if dose is None or severity == 0:
        return f"Severity {severity:g}"
    beyond = ": all that this shift can do" if severity > reach(run, shift) else ""
    return f"Severity {severity:g}, dose {dose:.3g}{beyond}"


def lines(run: ReadRun, shift: str, severity: float) -> tuple[str, ...]:
    """How far images and features have moved at one dose; nothing at 0 or where nobody looked."""
    if severity == 0:
        return ()
    found = ((metric, run.distance(metric, Condition(shift, severity))) for metric in RULERS)
    return tuple(_line(metric, one) for metric, one in found if one)


def _line(metric: str, one: Measure) -> str:
    what, ruler = RULERS[metric]
    if one.value is None:
        return f"{what} moved by n/a ({one.reason or wording.NO_REASON})"
    behind = basis(one)
    return f"{what} moved by {distance(one.value)} ({ruler}{f', {behind}' if behind else ''})"


def reach(run: ReadRun, shift: str) -> float:
    """The part of the common distance that a shift can reach; 1 where severities are doses."""
    return run.summary.scale.reach.get(shift, 1.0) if run.summary.scale else 1.0


def scale(run: ReadRun) -> str:
    """What a severity means where it is a distance; nothing where it is the dose."""
    found = run.summary.scale
    if found is None:
        return ""
    return (
        "Severity is a distance here: at equal severity every shift moves the images equally far, at severity 1 by "
        f"{distance(found.common)} (mean 1 {wording.MINUS} SSIM on a sample of the target's training images)."
    )


def short(run: ReadRun) -> Sequence[tuple[str, str]]:
    """The shifts that cannot reach the common distance, and how far they get: ('gaussian_blur', '62 %')."""
    found = ((shift, reach(run, shift)) for shift in run.summary.shifts)
    return tuple((shift, f"{100 * part:.0f} %") for shift, part in found if part < FULL)
