"""What to do where a check cannot tell: the images that were left out come first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shiftprobe.auditing.causes import is_of_target
from shiftprobe.auditing.checks.preprocessing import SAMPLE
from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.images_to_decide import IF_SO, MOST_LABELLED, images_to_decide
from shiftprobe.auditing.request import Request
from shiftprobe.auditing.types import Check
from shiftprobe.results.reading_choices import ReadingChoices

OTHER_LIMITS = ("attribution", "transfer", "skipped")  # a fixed few images, seeds, files: more images change nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How many images of both sides there were to look at, and who set how many are."""

    data: Side
    target: Side | None
    request: Request
    reading: Mapping[str, ReadingChoices] = field(default_factory=dict)  # by side, where pictures hang on their reader


def advised(checks: Sequence[Check], looked: Looked) -> tuple[Check, ...]:
    """Every check; where more images could decide one, its way out says how many and where they are."""
    families = Counter(one.kind for one in checks)
    return tuple(_advised(one, looked, families[one.kind]) for one in checks)


def _advised(check: Check, looked: Looked, family: int) -> Check:
    side = looked.target if is_of_target(check) else looked.data
    helped = check.kind not in OTHER_LIMITS and not (check.kind == "preprocessing" and (check.n or 0) >= SAMPLE)
    if check.with_all is not None or check.status != "cannot tell" or side is None or side.labels is None or not helped:
        return check
    return replace(check, fix=_more_images(side, looked, images_to_decide(check, looked.request.policy, family)))


def _more_images(side: Side, looked: Looked, needed: int | None) -> str:
    """The way to images that would decide; where all there are would not, that, and the labels that would."""
    whole, request = len(side) + side.left_out, looked.request
    if needed is None:
        return _left_out(side, request, whole)
    if needed > MOST_LABELLED:
        return "it is too near the threshold for any number of images: decide by hand, or ask for another threshold"
    if needed > whole:
        would = f"about {needed:,} labelled images would decide it ({IF_SO}), {whole:,} are all there are"
        if side is looked.target:
            more = f"--ask {_rounded(needed - whole)} on a folder of its pictures without labels draws which"
            return f"label more of the target, {more}: {would}"
        return f"add labelled images: {would}"
    if not side.left_out:
        return "look at the rest of the images: the same command without --minutes goes on"
    return f"look at more images: about {needed:,} decide it ({IF_SO}); give --images {min(whole, _rounded(needed))}"


def _rounded(images: int) -> int:
    """To two leading digits, upwards: what a plan needs."""
    step: int = 10 ** max(0, len(str(images)) - 2)
    return -(-images // step) * step


def _left_out(side: Side, request: Request, whole: int) -> str:
    """The way to the images of a side that were left out, as an option."""
    if not side.left_out:
        return f"add labelled images: all {whole:,} that there are were looked at"
    if request.images is None:
        return f"look at more images: {side.left_out:,} of {whole:,} were left out; give --images {whole}"
    without = ", or leave --images out" if request.policy_images >= whole else ""
    left = f"{side.left_out:,} of {whole:,} were left out by --images {request.images}"
    return f"look at more images: {left}; give --images {whole}{without}"
