"""A diagnosis at the terminal: its bill beforehand, the names of its stages while it runs, the finding at the end."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from shiftprobe.cli.terminal.progress import duration
from shiftprobe.cli.terminal.speech import say
from shiftprobe.core.escape import escape
from shiftprobe.core.words import counted
from shiftprobe.results import diagnosis_words as words
from shiftprobe.results.diagnosis import Cause, Diagnosis, Experiment, NotLooked, Stage
from shiftprobe.results.diagnosis_bill import Bill
from shiftprobe.results.diagnosis_path import NAMED, PathStep, steps

BARS: Mapping[Stage, str] = {
    "file": "file and data",
    "worth": "worth it?",
    "schedule": "schedule, rate",
    "where": "where",
    "head": "head or body",
    "labels": "labels, width",
}
"""What a bar is called, in the room that it has."""

MAX_PATH = 8  # lines of the path
MAX_LEFT = 6  # experiments that were not done
MAX_NAMED = 4  # experiments in a line
TITLE, NUMBER = 30, 6  # characters of the columns of a bill


def print_bill(bill: Bill) -> None:
    """What a diagnosis would do: a line per stage, the sum, what the budget leaves out."""
    say(f"{'stage':<{TITLE}}{'units':>{NUMBER}}  {'time':>8}  experiments")
    for one in bill.stages:
        done = f", {one.done} done before" if one.done else ""
        said = f"{len(one.experiments)}: {_several(one.experiments)}{done}" if one.experiments else "none"
        price = f"{one.units:.3g}" if one.units else "-"
        say(f"{words.STAGES[one.stage]:<{TITLE}}{price:>{NUMBER}}  {_time(one.seconds):>8}  {said}")
    units = sum(one.units for one in bill.stages)
    known = [one.seconds for one in bill.stages if words.known(one.seconds)]
    seconds = sum(one for one in known if one is not None) if len(known) == len(bill.stages) else None
    confirm = f", and up to {words.units(bill.confirming)} to confirm the candidate" if bill.confirming else ""
    say(f"In all {words.units(units)}, {_time(seconds)}{confirm}.")
    allowed = [words.units(bill.trainings)] if bill.trainings is not None else []
    allowed += [f"{bill.minutes:.3g} min"] if bill.minutes is not None else []
    if allowed:
        say(f"Budget: {' and '.join(allowed)}.")
    if units:
        say("Where file or data are mended, both arms are trained from there first, within the same budget.")
    _left(bill.left, "Left out")


def _several(titles: Sequence[str]) -> str:
    """The first experiments by name, and how many more."""
    shown = [escape(one, 90) for one in titles[:MAX_NAMED]]
    return ", ".join(shown) + (f" and {len(titles) - MAX_NAMED} more" if len(titles) > MAX_NAMED else "")


def _time(seconds: float | None) -> str:
    return duration(seconds) if seconds is not None and words.known(seconds) else words.NOTHING


def bar_label(stage: Stage) -> str:
    """A stage by the short name that a bar has room for."""
    return BARS[stage]


def print_diagnosis(found: Diagnosis, report: Path) -> None:
    """What was found, how it was found, what to do, what was not looked at, and where the page lies.

    Args:
        found: the diagnosis.
        report: the path of the page.
    """
    say(f"\nDiagnosis: {found.sentence}")
    for one in found.gaps:
        say(f"  {_capital(words.lack(one))}.")
    if found.path:
        say(f"\nPath ({words.tally(found)}; {words.spent(found)}):")
        for line in _path(found):
            say(f"  {line}")
    for i, cause in enumerate(found.causes):
        _cause(found, cause, first=i == 0)
    _left(found.left, "Not looked at")
    say(f"\nReport: {escape(report, 1000)}")


def _cause(found: Diagnosis, one: Cause, *, first: bool) -> None:
    by = found.path[one.experiment]
    say(f"\n{'Cause:' if first else 'And:  '} {one.claim} ({one.grade})")
    told = "; ".join(filter(None, (words.change(by), words.effect(by), words.share(by))))
    say(f"       {'Proved' if one.grade == 'strong' else 'Suggested'} by: {by.title}" + (f": {told}." if told else "."))
    if by.reason:
        say(f"       But: {by.reason}.")
    say(f"       What to do: {one.do}")


def _path(found: Diagnosis) -> list[str]:
    """At most eight lines: a line per step, and one for each experiment that is named."""
    lines = [line for one in steps(found) for line in _step(one)]
    room = MAX_PATH - sum(named for _, named in lines) - (len(lines) > MAX_PATH)
    shown: list[str] = []
    for line, named in lines:
        room -= not named
        shown += [line] if named or room >= 0 else []
    gone = len(lines) - len(shown)
    return [*shown[:MAX_PATH], f"... and {counted(gone, 'step')} more on the page"] if gone else shown


def _step(one: PathStep) -> list[tuple[str, bool]]:
    """What a step came to, with what was named in it on lines of their own; whether a line names something."""
    told = []
    for outcome in ("ruled_out", "unclear", "not_possible"):
        some = [each.title for each in one.tried if each.outcome == outcome]
        told += [f"{words.OUTCOMES[outcome]}: {_several(some)}"] if some else []
    named = [(_named(each, kept=each == one.kept), True) for each in one.tried if each.outcome in NAMED]
    place = _capital(f"{words.STAGES[one.stage]}, {words.place(one.at)}")
    return [(f"{place}: {'; '.join(told)}", False), *named] if told else named


def _named(one: Experiment, *, kept: bool) -> str:
    told = "; ".join(filter(None, (words.change(one), words.share(one))))
    after = " Kept: what follows is judged on top of it." if kept else ""
    return f"{words.OUTCOMES[one.outcome].upper()}: {one.title}" + (f": {told}." if told else ".") + after


def _left(left: Sequence[NotLooked], head: str) -> None:
    for i, one in enumerate(left[:MAX_LEFT]):
        say(f"{'' if i else chr(10)}{'  ' if i else head + ':' + chr(10) + '  '}{words.not_looked(one)}")
    if len(left) > MAX_LEFT:
        say(f"  ... and {len(left) - MAX_LEFT} more, {words.units(sum(one.units for one in left))} in all")


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
