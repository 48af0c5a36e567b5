"""Which arms of a spec apply to this checkpoint and target, and why the others do not."""

from dataclasses import replace

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.core.types import Scope
from shiftprobe.models.class_names import places_of
from shiftprobe.spec.schema import Spec
from shiftprobe.train.arms import Case, find


def columns_of(names: tuple[str, ...] | None, classes: tuple[str, ...]) -> tuple[int, ...] | None:
    """Per class its place among the checkpoint's, by name as `places_of` finds it; None unless all are there."""
    found = places_of(classes, names or ())
    known = tuple(place for place in found if place is not None)
    return known if len(known) == len(classes) == len(set(known)) else None


def arms_for(
    spec: Spec, case: Case, *, names: tuple[str, ...] | None, classes: tuple[str, ...], unsure: str = ""
) -> tuple[dict[str, Scope], dict[str, str]]:
    """The arms that apply, with where they live, and the others with the reason.

    Args:
        spec: what was asked for.
        case: what decides.
        names: the checkpoint's classes, where they are known.
        classes: the target's; those that the checkpoint lacks are named where they alone are in an arm's way.
        unsure: why nobody knows the checkpoint's, where it is not that nobody was asked.
    """
    reasons = {arm: find(arm).unavailable(case) for arm in spec.arms}
    applies: dict[str, Scope] = {arm: find(arm).scope for arm in spec.arms if not reasons[arm]}
    known = replace(case, columns=tuple(range(len(classes))))
    lacking = {arm for arm in spec.arms if case.columns is None and not find(arm).unavailable(known)}
    more = f" ({unsure or _unknown(names, classes)})"
    return applies, {arm: reason + more * (arm in lacking) for arm, reason in reasons.items() if reason}


def _unknown(names: tuple[str, ...] | None, classes: tuple[str, ...]) -> str:
    """The classes that the checkpoint does not know, in words."""
    unknown = [name for name, place in zip(classes, places_of(classes, names or ()), strict=True) if place is None]
    what = ", ".join(repr(escape(name)) for name in unknown[:3]) + (", ..." if len(unknown) > 3 else "")  # noqa: PLR2004
    return f"not among its classes: {what}" if names else "nobody said its classes; set source.data or source.classes"


def check_pairs(spec: Spec) -> None:
    """Refuse a declared pair of arms that the run does not hold.

    Raises:
        SpecError: for the first such arm.
    """
    for arm in dict.fromkeys(arm for pair in spec.compare.pairs or () for arm in pair):
        if arm not in spec.arms:
            raise SpecError(
                f"compare.pairs: wanted arms of this run, got {escape(arm)}{suggest(arm, spec.arms)} "
                f"(arms: {', '.join(spec.arms)}); add it to arms"
            )
