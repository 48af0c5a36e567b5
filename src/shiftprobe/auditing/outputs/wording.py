"""Checks as words: one spelling of every number for all outputs and the page."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.types import Check, Note, Outcome, Status
from shiftprobe.core.escape import escape
from shiftprobe.core.words import in_points, listed, percent

MINUS = "\N{MINUS SIGN}"
FOLDER = "folder:"  # the origin of a path: nobody wrote it
NO_REASON = "the audit gives no reason"


class Sign(NamedTuple):
    """How a status is shown where only letters can stand."""

    symbol: str
    word: str


SIGNS: Mapping[Status, Sign] = {
    "fail": Sign("\N{MULTIPLICATION X}", "FAIL"),
    "cannot tell": Sign("?", "CANNOT TELL"),
    "warn": Sign("!", "WARN"),
    "pass": Sign("\N{CHECK MARK}", "PASS"),
    "not done": Sign("\N{EN DASH}", "NOT DONE"),
}
OUTCOMES: Mapping[Outcome, str] = {"pass": "PASS", "fail": "FAIL", "cannot tell": "CANNOT TELL"}


CAUSE = Sign("\N{MULTIPLICATION X}", "CAUSE")


def decides(check: Check) -> bool:
    """Whether this check keeps the audit from passing."""
    return check.gates and check.status in {"fail", "cannot tell"}


def number(value: float, unit: str) -> str:
    """One number with its unit: '31.2 %', '+5.7 points', 'dose 0.42', '1.08', '1,204'."""
    if unit == "fraction":
        return percent(value).replace("-", MINUS)
    if unit == "points":
        return f"{in_points(value)} points".replace("-", MINUS)
    if unit == "dose":
        return f"dose {value:.3g}"
    return f"{value:,.0f}" if unit == "count" else f"{value:.3g}".replace("-", MINUS)


def bare(value: float, unit: str) -> str:
    """The same number where its unit was said before."""
    return number(value, unit).removesuffix(" %").removesuffix(" points").removeprefix("dose ")


def brief_number(value: float, unit: str) -> str:
    """A threshold as people write one: '70 %', '12.5 %'."""
    return number(value, unit).replace(".0 ", " ").removeprefix("+")


def sides(data: str, target: str, most: int = 60) -> tuple[str, str]:
    """Names of the target and of the data as the user said them, each one word; told apart where they are one.

    Args:
        data: name of the labelled images, as "folder:photos".
        target: the same of the target; empty where there is none.
        most: characters of each.
    """
    there, here = ("-".join(escape(one.removeprefix(FOLDER), most).split()) for one in (target, data))
    return (f"{there}-(target)", f"{here}-(data)") if there == here else (there, here)


def ends(check: Check) -> tuple[str, ...]:
    """'28.0 to 34.5'; nothing where there is no interval."""
    if check.low is None or check.high is None:
        return ()
    return (f"{bare(check.low, check.unit)} to {bare(check.high, check.unit)}",)


def behind(check: Check) -> str:
    """What a value rests on: '28.0 to 34.5, n = 800'; empty where there is nothing."""
    parts = [*ends(check)]
    if check.n is not None:
        parts.append(f"n = {check.n:,}")
    return ", ".join(parts)


def amount(check: Check) -> str:
    """'31.2 % (28.0 to 34.5, n = 800)', or 'n/a' where there is no value."""
    if check.value is None:
        return "n/a"
    rest = behind(check)
    return f"{number(check.value, check.unit)} ({rest})" if rest else number(check.value, check.unit)


def held(check: Check) -> str:
    """What a check that passed came to: its value; of a gain that is none, what was found in its place."""
    return check.reason if check.unit == "points" and (check.value or 0.0) <= 0 else amount(check)


def further_notes(verdicts: Verdicts) -> tuple[Note, ...]:
    """The notes that no mark tells already."""
    return tuple(one for one in verdicts.notes if not any(one.text in mark.text for mark in verdicts.marks))


def wanted(check: Check) -> str:
    """'at least 70 %'; empty for a check without a threshold."""
    if check.threshold is None or not check.relation:
        return ""
    return f"{check.relation} {brief_number(check.threshold, check.unit)}"


def counts(checks: Sequence[Check]) -> str:
    """'1 failed, 1 cannot tell, 2 warnings, 12 passed, 1 not done', what is there and no more."""
    spelt = {"fail": "failed", "cannot tell": "cannot tell", "warn": "warned", "pass": "passed", "not done": "not done"}
    found = [(sum(one.status == status for one in checks), word) for status, word in spelt.items()]
    return ", ".join(f"{count:,} {word}" for count, word in found if count)


def gates(checks: Sequence[Check]) -> str:
    """'Of 11 gates 8 failed (7 of them for the cause of another), 0 cannot tell and 3 passed; 2 checks warn ...'."""
    asked = [one for one in checks if one.gates and one.status != "not done"]
    failed, unsure, passed = (
        [one for one in asked if one.status == status] for status in ("fail", "cannot tell", "pass")
    )
    warned = sum(one.status == "warn" for one in checks)
    beside = f"{warned} {'check warns' if warned == 1 else 'checks warn'} without deciding"
    fell = f"Of {len(asked)} gates {_share(failed)} failed, {_share(unsure)} cannot tell and {len(passed)} passed"
    return f"{fell}; {beside}"


def _share(found: Sequence[Check]) -> str:
    """How many, and how many of them raise no alarm of their own."""
    shared = len(found) - len(own_reason(found))
    return f"{len(found)} ({shared} of them for the cause of another)" if shared else f"{len(found)}"


def tally(checks: Sequence[Check]) -> str:
    """How the gates fell, and how all checks did: one spelling for every output."""
    return f"{gates(checks)}. All checks: {counts(checks)}"


def further(cause: Check, checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks that share a check's reason."""
    return tuple(one for one in checks if one.explained_by == cause.name and one.name != cause.name)


def own_reason(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks that share nobody's reason."""
    return tuple(one for one in checks if not one.explained_by)


def folded(found: Sequence[Check]) -> str:
    """'13 further gates fail, 1 cannot be decided and 5 further checks warn for the same reason'; empty without any."""
    failed = sum(one.gates and one.status == "fail" for one in found)
    unsure = sum(one.status == "cannot tell" for one in found)
    beside = sum(one.status == "warn" for one in found)
    said = [f"{failed:,} further {'gate fails' if failed == 1 else 'gates fail'}"] if failed else []
    said += [f"{unsure:,} cannot be decided"] if unsure else []
    said += [f"{beside:,} further {'check warns' if beside == 1 else 'checks warn'}"] if beside else []
    return f"{listed(said)} for the same reason" if said else ""


def brief(check: Check) -> str:
    """A check in a line: 'accuracy under jpeg at severity 0.25 14.5 %'."""
    value = "n/a" if check.value is None else number(check.value, check.unit)
    return f"{check.title} {value}"


def alarms(check: Check, checks: Sequence[Check]) -> bool:
    """Whether this check, or one that shares its reason, keeps the audit from passing; False for one that shares."""
    return not check.explained_by and (decides(check) or any(decides(one) for one in further(check, checks)))


def sign(check: Check, checks: Sequence[Check]) -> Sign:
    """How a check's status is shown; one that does not decide but explains those that do is their cause."""
    return CAUSE if not decides(check) and alarms(check, checks) else SIGNS[check.status]


def powers(checks: Sequence[Check]) -> list[str]:
    """What the gates can see, each sentence once, with the gate it is about: 'Accuracy on a: with 400 images ...'."""
    about: dict[str, list[str]] = {}
    for one in checks:
        if one.power and one.gates:
            about.setdefault(one.power.sentence, []).append(one.title)
    return [f"{upper(named[0])}{_others(len(named) - 1)}: {sentence}" for sentence, named in about.items()]


def _others(count: int) -> str:
    return f" (and {count} other{'' if count == 1 else 's'})" if count else ""


def upper(text: str) -> str:
    """A title or a sentence of ours as it stands at the beginning; a word that is no plain word keeps its letters."""
    first = text.split(" ", 1)[0].rstrip(".,;:?").replace("-", "")
    return text[:1].upper() + text[1:] if first.isascii() and first.isalpha() and first.islower() else text
