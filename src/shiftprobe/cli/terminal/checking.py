"""`shiftprobe check-policy`: what is wrong with a policy, told before an audit is asked for."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.cli.terminal.speech import say, tell
from shiftprobe.core.errors import ShiftprobeError, SpecError
from shiftprobe.core.escape import escape

if TYPE_CHECKING:
    from shiftprobe.auditing.policy import Policy


def check_policies(files: Sequence[Path], *, allow_code: bool) -> None:
    """Say of every file what it asks for, or what is wrong with it; all are looked at.

    Raises:
        SpecError: when any is wrong, in one line: what, or of several files how many, after a line for each.
    """
    wrong: list[str] = []
    for file in files:
        try:
            say(f"{escape(file)}: {_asked(_read(file, allow_code=allow_code), file)}")
        except ShiftprobeError as error:
            told = str(error)
            wrong.append(told if told.startswith(escape(file)) else f"{escape(file)}: {told}")
    if len(files) == 1 and wrong:
        raise SpecError(wrong[0])
    for one in wrong:
        tell(one)
    if wrong:
        raise SpecError(f"{len(wrong)} of {len(files)} policies cannot be used; what to mend stands above")


def _read(file: Path, *, allow_code: bool) -> "Policy":
    from shiftprobe.auditing.policy import load_policy
    from shiftprobe.engine.plugins import load_installed

    load_installed(allow_code=allow_code)  # shifts and checks of plugins
    policy = load_policy(file)
    if policy.own:
        from shiftprobe.auditing.checks import check_own  # with its libraries

        check_own(policy)
    return policy


def _asked(policy: "Policy", file: Path) -> str:
    """'policy camera-7: 9 gates, 8 warnings; 3 shifts at 4 severities'; what contradicts itself goes to stderr."""
    from shiftprobe.auditing.contradictions import contradictions
    from shiftprobe.auditing.policy import Rule

    for one in contradictions(policy):
        tell(f"{escape(file)}: {one}")
    rules = [rule for name in type(policy).model_fields if isinstance(rule := getattr(policy, name), Rule)]
    gates, warnings = (sum(rule.level == level for rule in rules) for level in ("gate", "warn"))
    return (
        f"policy {policy.name}: {gates} rule{'' if gates == 1 else 's'} that decide, {warnings} that warn; "
        f"{len(policy.shifts)} shift{'' if len(policy.shifts) == 1 else 's'} at {len(policy.asked)} "
        f"severit{'y' if len(policy.asked) == 1 else 'ies'}"
    )
