"""Which arms of a spec apply to this checkpoint and target, and why the others do not."""

from collections.abc import Mapping

from shiftprobe.core.escape import escape
from shiftprobe.core.types import Scope
from shiftprobe.spec.schema import Spec
from shiftprobe.train.arms import ARMS, Case
from shiftprobe.train.arms.base import NEEDS_CLASSES


def columns_of(names: tuple[str, ...] | None, classes: tuple[str, ...]) -> tuple[int, ...] | None:
    """Per target class its place among the checkpoint's classes, by name; None unless all are there."""
    if names is None or not set(classes) <= set(names):
        return None
    return tuple(names.index(name) for name in classes)


def arms_for(spec: Spec, case: Case) -> tuple[dict[str, Scope], dict[str, str]]:
    """The arms that apply, with where they live, and the others with the reason."""
    reasons = {arm: ARMS[arm].unavailable(case) for arm in spec.arms}
    applies: dict[str, Scope] = {arm: ARMS[arm].scope for arm in spec.arms if not reasons[arm]}
    return applies, {arm: reason for arm, reason in reasons.items() if reason}


def with_unknown(skipped: Mapping[str, str], names: tuple[str, ...] | None, classes: tuple[str, ...]) -> dict[str, str]:
    """Reasons that also name the classes which the checkpoint does not know."""
    unknown = [name for name in classes if name not in (names or ())]
    what = ", ".join(repr(escape(name)) for name in unknown[:3]) + (", ..." if len(unknown) > 3 else "")  # noqa: PLR2004
    known = f"not among its classes: {what}" if names else "nobody said its classes; set source.data or source.classes"
    return {arm: f"{reason} ({known})" if reason == NEEDS_CLASSES else reason for arm, reason in skipped.items()}
