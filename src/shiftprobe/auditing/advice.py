"""What to do where a check cannot tell: the images that were left out come first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shiftprobe.auditing.causes import is_of_target
from shiftprobe.auditing.checks.preprocessing import SAMPLE
from shiftprobe.auditing.evidence import Side
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
    """Every check; where more images could decide one, its way out says which there are."""
    return tuple(_advised(one, looked) for one in checks)


def _advised(check: Check, looked: Looked) -> Check:
    side = looked.target if is_of_target(check) else looked.data
    helped = check.kind not in OTHER_LIMITS and not (check.kind == "preprocessing" and (check.n or 0) >= SAMPLE)
    if check.with_all is not None or check.status != "cannot tell" or side is None or side.labels is None or not helped:
        return check
    return replace(check, fix=more_images(side, looked.request))


def more_images(side: Side, request: Request) -> str:
    """The way to more images of a side, as an option where some were left out."""
    whole = len(side) + side.left_out
    if not side.left_out:
        return f"add labelled images: all {whole:,} that there are were looked at"
    if request.images is None:
        return f"look at more images: {side.left_out:,} of {whole:,} were left out; give --images {whole}"
    without = ", or leave --images out" if request.policy_images >= whole else ""
    left = f"{side.left_out:,} of {whole:,} were left out by --images {request.images}"
    return f"look at more images: {left}; give --images {whole}{without}"
