"""All checks into one answer: a word, a sentence that carries its numbers, an exit code."""

from collections.abc import Sequence

from shiftprobe.auditing.types import ORDER, Check, Outcome

MOST = 3  # checks told in the sentence


def outcome(checks: Sequence[Check]) -> Outcome:
    """Fail when a gate fails; else cannot tell when a gate cannot; else pass. An audit without a gate cannot tell."""
    asked = [one.status for one in checks if one.gates and one.status != "not done"]
    if "fail" in asked:
        return "fail"
    return "cannot tell" if "cannot tell" in asked or not asked else "pass"


def sentence(checks: Sequence[Check]) -> str:
    """The verdict in one sentence, naming what decided it first."""
    word = outcome(checks)
    asked = [one for one in checks if one.gates and one.status != "not done"]
    deciding = [one for one in asked if one.status == word]
    if not asked:
        return "Cannot tell: the policy gates nothing that could be asked here."
    if word == "pass":
        warned = sum(one.status == "warn" for one in checks)
        beside = f" {warned} warning{'s' if warned > 1 else ''} beside." if warned else ""
        return f"Pass: all {len(asked)} gates hold.{beside}" if len(asked) > 1 else f"Pass: the one gate holds.{beside}"
    verb = {"fail": "fails" if len(deciding) == 1 else "fail", "cannot tell": "cannot be decided"}[word]
    told = "; ".join(one.reason for one in deciding[:MOST])
    more = f"; and {len(deciding) - MOST} more" if len(deciding) > MOST else ""
    gates_ = "gate" if len(asked) == 1 else "gates"
    return f"{word.capitalize()}: {len(deciding)} of {len(asked)} {gates_} {verb}: {told}{more}."


def ordered(checks: Sequence[Check]) -> tuple[Check, ...]:
    """What must be answered first stands first; gates before warnings of the same status."""
    return tuple(sorted(checks, key=lambda one: (ORDER.index(one.status), not one.gates)))
