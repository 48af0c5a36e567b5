"""What a fit found, and how it is said."""

import dataclasses
import json
from dataclasses import dataclass

LITTLE = 0.1  # part of the distance below which a family explains next to nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One shift that brings the source nearer to the target."""

    name: str
    kind: str  # of the families that look like it
    severity: float  # in [0, 1]
    low: float  # 95 % interval over resampled images, widened by 0.03
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen in a part of the resamples."""

    names: tuple[str, ...]  # families, or kinds, in the order applied
    share: float  # of the resamples, in [0, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The shifts that bring the source's statistics nearest to the target's."""

    shifts: tuple[Found, ...] = ()  # in the order applied; none where the target is within the noise of the source
    explained: float = 0.0  # part of the squared distance that they remove, in [0, 1]
    low: float = 0.0  # 95 % interval over resampled images
    high: float = 0.0
    distance: float = 0.0  # squared, source to target, in the images' own scatter; the noise's own subtracted
    remaining: float = 0.0  # what the shifts leave of it
    p_value: float  # that source and target differ by chance alone, at least 0.001
    families: tuple[Choice, ...] = ()  # most frequent first
    kinds: tuple[Choice, ...] = ()
    source_images: int
    target_images: int
    side: int  # px
    channels: int  # 1 or 3
    notes: tuple[str, ...]  # what was done to the images, and what was left out


def words(located: Located) -> str:
    """What was found in a few lines: the shifts with their doses, the part explained, how sure, notes."""
    lines = [_headline(located), *_sureness(located), *located.notes]
    looked = f"{located.source_images} source and {located.target_images} target images"
    return "\n".join([*lines, f"from {looked} at {located.side} px"])


def to_json(located: Located) -> str:
    """Every field as JSON, keys as they are named here."""
    return json.dumps(dataclasses.asdict(located), indent=2)


def _headline(located: Located) -> str:
    if not located.shifts:
        return f"no shift found: the target is within the noise of the source (p = {located.p_value:.3g})"
    doses = " + ".join(f"{_plain(found.name)} {found.severity:.2f}" for found in located.shifts)
    part = f"{_percent(located.explained)} of the distance explained"
    if located.explained < LITTLE:
        differs = f"your target differs from the source (p = {located.p_value:.3g}), but by no shift we know"
        return f"{differs}: {doses} comes nearest, {part}"
    return f"your target looks like {doses}; {part}, {_percent(1 - located.explained)} is something else"


def _sureness(located: Located) -> list[str]:
    if not located.shifts:
        return []
    doses = [f"{_plain(found.name)} {found.low:.2f} to {found.high:.2f}" for found in located.shifts]
    lines = [f"95 % intervals: {', '.join(doses)}; explained {_percent(located.low)} to {_percent(located.high)}"]
    told = [f"{_combination(choice.names)} in {_percent(choice.share)}" for choice in located.families[:3]]
    kind = f"the kind {_combination(located.kinds[0].names)} in {_percent(located.kinds[0].share)}"
    return [*lines, f"chosen in resamples: {', '.join(told)}; {kind}"]


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _combination(names: tuple[str, ...]) -> str:
    return " + ".join(map(_plain, names))


def _percent(part: float) -> str:
    return f"{100 * part:.0f} %"
