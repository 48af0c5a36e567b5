"""What a fit found, and how it is said."""

import dataclasses
import json
from dataclasses import dataclass

from shiftprobe.core.words import whole_percent
from shiftprobe.locate.shift_kinds import kind_of

LITTLE = 0.1  # part of the distance below which a family explains next to nothing
AGREED = 0.8  # of the resamples that must choose the same kinds; below it there is no single shift
SURE = (
    0.95  # of the resamples that must choose the same families for an interval of a dose to be one without a condition
)
WORDS = 25  # of the headline
RARE = 0.05  # of the resamples; what is chosen less often is no candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One shift that brings the source nearer to the target."""

    name: str
    kind: str  # of the families that look like it
    severity: float  # in [0, 1]
    low: float | None  # 95 % interval over resampled images, widened by 0.03, given the families; None where they split
    high: float | None


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
    low: float | None = 0.0  # 95 % interval over resampled images, given the families; None where these split
    high: float | None = 0.0
    distance: float = 0.0  # squared, source to target, in the images' own scatter; the noise's own subtracted
    remaining: float = 0.0  # what the shifts leave of it
    p_value: float  # that source and target differ by chance alone, at least 0.001
    families: tuple[Choice, ...] = ()  # most frequent first
    kinds: tuple[Choice, ...] = ()
    family_share: float = 1.0  # of the resamples that choose these families, in [0, 1]; intervals are given them
    kind_share: float = 1.0  # of those that choose these kinds
    split: bool = False  # fewer than 80 % choose these kinds: no single shift
    source_images: int
    target_images: int
    side: int  # px
    channels: int  # 1 or 3
    notes: tuple[str, ...]  # what was done to the images, and what was left out


def words(located: Located) -> str:
    """What was found in a few lines: the shifts with their doses, the part explained, how sure, notes."""
    lines = [headline(located), *sureness(located), *located.notes]
    looked = f"{located.source_images} source and {located.target_images} target images"
    return "\n".join([*lines, f"from {looked} at {located.side} px"])


def to_json(located: Located) -> str:
    """Every field as JSON, keys as they are named here."""
    return json.dumps(dataclasses.asdict(located), indent=2)


def headline(located: Located) -> str:
    """What was found in one sentence of at most 25 words."""
    if not located.shifts:
        return f"no shift found: the target is within the noise of the source (p = {located.p_value:.3g})"
    part = f"{whole_percent(located.explained)} of the distance explained"
    if located.explained < LITTLE:
        return f"your target differs, but by no shift we know: {doses(located)} comes nearest, {part}"
    if located.split:
        return _no_single(located)
    return f"your target looks like {doses(located)}; {part}, {whole_percent(1 - located.explained)} is something else"


def doses(located: Located) -> str:
    """'gaussian blur 0.42 + brightness 0.15'."""
    return " + ".join(f"{plain(found.name)} {found.severity:.2f}" for found in located.shifts)


def _no_single(located: Located) -> str:
    """As many of the candidates, most frequent first, as 25 words can name."""
    one = "no single shift" if len(located.shifts) == 1 else "no single pair of shifts"
    said = ""
    for kinds in located.kinds:
        more = f"{said}{', ' if said else ': resamples choose '}{_candidate(kinds, located)}"
        if said and (kinds.share < RARE or len(f"{one}{more}".split()) > WORDS):
            break
        said = more
    return f"{one}{said}"


def _candidate(kinds: Choice, located: Located) -> str:
    """'haze (frost) in 50 %': kinds, and the families that stand for them most often."""
    of = [one for one in located.families if tuple(sorted(map(kind_of, one.names))) == kinds.names]
    family = combination(of[0].names) if of else ""
    name = combination(kinds.names)
    return f"{name}{f' ({family})' if family and family != name else ''} in {whole_percent(kinds.share)}"


def sureness(located: Located) -> list[str]:
    """How sure the answer is: intervals with their condition, and what resamples chose."""
    if not located.shifts:
        return []
    told = [f"{combination(choice.names)} in {whole_percent(choice.share)}" for choice in located.families[:3]]
    kind = f"the kind {combination(located.kinds[0].names)} in {whole_percent(located.kinds[0].share)}"
    differs = [f"source and target differ: p = {located.p_value:.3g}"] if located.explained < LITTLE else []
    return [*differs, _intervals(located), f"chosen in resamples: {', '.join(told)}; {kind}"]


def _intervals(located: Located) -> str:
    known = [one for one in located.shifts if one.low is not None and one.high is not None]
    if located.split or not known or located.low is None or located.high is None:
        nearest = f"nearest: {doses(located)}, {whole_percent(located.explained)} of the distance explained"
        return f"{nearest}, chosen in {whole_percent(located.family_share)} of the resamples: too few for an interval"
    ends = ", ".join(f"{plain(one.name)} {one.low:.2f} to {one.high:.2f}" for one in known)
    said = f"{ends}; explained {whole_percent(located.low)} to {whole_percent(located.high)}"
    if located.family_share >= SURE:
        return f"95 % intervals: {said}"
    names = combination(tuple(one.name for one in located.shifts))
    return f"95 % intervals if it is {names} (as in {whole_percent(located.family_share)} of the resamples): {said}"


def plain(name: str) -> str:
    """A family's name as words."""
    return name.replace("_", " ")


def combination(names: tuple[str, ...]) -> str:
    """Names of families or kinds that go together."""
    return " + ".join(map(plain, names))
