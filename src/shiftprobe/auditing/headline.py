"""The verdict in one sentence of at most 25 words: its cause, accuracy on the target and on the data, the gates."""

from collections.abc import Collection, Iterator, Sequence
from typing import TypeAlias

from shiftprobe.auditing.causes import CLEAN, INPUTS
from shiftprobe.auditing.estimate.on_target import CONFIDENCE
from shiftprobe.auditing.model import Measurements, TargetData
from shiftprobe.auditing.outputs import wording
from shiftprobe.auditing.types import OPEN, Check, Outcome

WORDS = 25
TOLD = 3  # checks that decided, at most
MAX_NAME = 40  # characters of the name of a side
FEW_WORDS = 14  # of a reason that has no number
TARGET = "target"
UNTOLD = {  # inputs whose value is a gain, which says nothing where it is not shown
    "class_order": "whether outputs are misnamed cannot be told",
    "preprocessing": "whether images are prepared rightly cannot be told",
}


Places: TypeAlias = tuple[str, ...]  # what is said of the target and of the data


def headline(
    checks: Sequence[Check], word: Outcome, shown: Measurements, target: TargetData | None, data: str = ""
) -> str:
    """The verdict: a cause first where one explains, then accuracy on the target and on the data, then the gates.

    Args:
        checks: all of them, with `explained_by` where one has another's reason.
        word: what they come to.
        shown: what they measured.
        target: the domain that is to be entered.
        data: name of the labelled images.
    """
    told = {name for name, known in ((TARGET, target), (CLEAN, data)) if known}
    said = list(_said(checks, word, shown, list(_places(checks, target, data)), told))
    return next((one for one in said if len(one.split()) <= WORDS), said[-1])


def _said(
    checks: Sequence[Check], word: Outcome, shown: Measurements, places: Sequence[Places], told: Collection[str]
) -> Iterator[str]:
    """The same, shorter and shorter; `told` are the checks that the places tell."""
    asked = [one for one in checks if one.gates and one.status != "not done"]
    if not asked:
        nothing = "Cannot tell: the policy gates nothing that could be asked here."
        yield from (f"{'; '.join((nothing[:-1], *on))}." for on in places if on)
        yield nothing
        return
    deciding = [one for one in asked if one.status == word]
    how_many = _counted(len(deciding), len(asked), word)
    causes = list(_causes(checks, deciding, shown))
    own = not any(one.explained_by for one in deciding)
    for cause in causes:  # what is to be mended goes before the intervals of what it spoils
        yield from (f"{word.capitalize()}: {'; '.join((cause, *on, how_many))}." for on in places[:-1] or places)
    others = [one for one in deciding if one.name not in told and not one.explained_by]
    for on in places:
        if word == "pass":
            yield from _passed(checks, shown, how_many, on)
        else:
            yield from (f"{word.capitalize()}: {'; '.join((cause, *on, how_many))}." for cause in causes)
            yield from _decided(others, word, how_many, on) if own or not causes else ()
            if len(others) < len(deciding):  # what decided stands there already
                yield f"{word.capitalize()}: {'; '.join((*on, how_many))}."
    for on in places[-2:]:  # a long name leaves no room for the threshold of what decided
        yield from _first_alone(deciding, word, how_many, on) if own or not causes else ()


def _counted(deciding: int, asked: int, word: Outcome) -> str:
    if word == "pass":
        return f"all {asked} gates hold" if asked > 1 else "the one gate holds"
    verb = {"fail": "fails" if deciding == 1 else "fail", "cannot tell": "open"}[word]
    return f"{deciding} of {asked} {'gate' if asked == 1 else 'gates'} {verb}"


def _passed(checks: Sequence[Check], shown: Measurements, how_many: str, on: Places) -> Iterator[str]:
    warned = sum(one.status == "warn" for one in checks)
    beside = f" {warned} warning{'s' if warned > 1 else ''} beside." if warned else ""
    wrong = [one for one in checks if one.name in INPUTS and one.status == "warn"]
    for one in wrong:
        for cause in _input(one, shown):
            yield f"Pass: {'; '.join((f'{how_many}, but {cause}', *on))}."
    yield f"Pass: {'; '.join((*on, how_many))}.{beside}"


def _decided(others: Sequence[Check], word: Outcome, how_many: str, on: Places) -> Iterator[str]:
    """As many of those that decided as fit beside the two sides."""
    shorts = [list(_short(one)) for one in others[:TOLD]]
    for told in range(len(shorts), 0, -1):
        more = f"; and {len(others) - told} more" if len(others) > told else ""
        what = f"{how_many}: {'; '.join(one[0] for one in shorts[:told])}{more}"
        yield f"{word.capitalize()}: {'; '.join((*on, what))}."


def _first_alone(deciding: Sequence[Check], word: Outcome, how_many: str, on: Places) -> Iterator[str]:
    for short in _short(deciding[0]) if deciding else ():
        yield f"{word.capitalize()}: {'; '.join((*on, f'{how_many}: {short}'))}."


def _places(checks: Sequence[Check], target: TargetData | None, data: str) -> Iterator[Places]:
    """Accuracy on the target and on the data, target first, or whichever explains the other; in ever fewer words."""
    named = {one.name: one for one in checks}
    there, here = wording.sides(data, target.name if target else "", MAX_NAME)
    home = list(_accuracy(named.get(CLEAN), here)) if data else [""] * 3
    if target is None:
        yield from ((one,) if one else () for one in (*home, ""))
        return
    away = list(_accuracy(named.get(TARGET), there, estimated=not target.measured))
    clean = named.get(CLEAN)
    first = clean is not None and any(one.explained_by == CLEAN for one in checks)
    brief = home[1] if clean is not None and clean.status in OPEN else home[2]
    away = [one or f"target {there}" for one in away]
    pairs = [(away[0], brief), (away[1], brief), (away[2], home[2]), (away[2], ""), (f"target {there}", "")]
    yield from (tuple(filter(None, reversed(pair) if first else pair)) for pair in pairs)


def _accuracy(check: Check | None, where: str, *, estimated: bool = False) -> Iterator[str]:
    """A side's accuracy with interval and threshold, with the threshold, and alone."""
    if check is None or check.value is None:
        said = f"on {where}: not estimated" if check is not None and check.status == "cannot tell" and estimated else ""
        yield from (said,) * 3
        return
    value, rest = f"on {where}: {wording.number(check.value, check.unit)}", wording.behind(check)
    bar = "" if check.threshold is None else f", wanted {wording.brief_number(check.threshold, check.unit)}"
    if estimated:
        yield f"{value} ({', '.join((f'estimated at {CONFIDENCE:.0%}', *wording.ends(check)))}){bar}"
        value = f"{value} (estimated)"
    else:
        yield f"{value}{f' ({rest})' if rest else ''}{bar}"
    yield f"{value}{bar if check.status in OPEN else ''}"
    yield value


def _causes(checks: Sequence[Check], deciding: Sequence[Check], shown: Measurements) -> Iterator[str]:
    """What explains most of the gates that decided, longer and shorter; nothing where each has its own reason."""
    found = [one.explained_by for one in deciding if one.explained_by]
    name = max(dict.fromkeys(found), key=found.count, default="")
    cause = next((one for one in checks if one.name == name), None)
    if cause is None:
        return
    yield from () if cause.name == CLEAN else _input(cause, shown)  # the clean accuracy stands in the sentence anyway


def _input(cause: Check, shown: Measurements) -> Iterator[str]:
    """A wrong input and what mending it brings."""
    gain = f"{100 * (cause.value or 0.0):.1f} points"
    if cause.name == "class_order":
        order = shown.class_order
        if order is not None and order.before is not None and order.after is not None:
            rise = f"{wording.number(order.before, 'fraction')} to {wording.number(order.after, 'fraction')}"
            yield f"outputs are misnamed: in another order accuracy rises from {rise}"
        yield f"outputs are misnamed: another order adds {gain}"
        return
    trials = shown.preprocessing
    best = next((one for one in trials.tried if one.name == trials.best), None) if trials is not None else None
    if best is not None and best.accuracy is not None and best.gain is not None:
        before, after = best.accuracy - best.gain, best.accuracy
        rise = f"{wording.number(before, 'fraction')} to {wording.number(after, 'fraction')}"
        yield f"images are prepared wrongly: accuracy rises from {rise} with {best.name}"
        yield f"images are prepared wrongly: accuracy is {gain} higher with {best.name}"
    yield f"images are prepared wrongly: another preprocessing adds {gain}"


def _short(check: Check) -> Iterator[str]:
    """A check in a few words; its reason, where it has no number."""
    if check.name in UNTOLD and check.status == "cannot tell":
        yield UNTOLD[check.name]
        return
    if check.value is None:
        words = check.reason.split()
        yield " ".join(words)
        yield " ".join(words[:FEW_WORDS]) + (" ..." if len(words) > FEW_WORDS else "")
        return
    value, wanted = wording.number(check.value, check.unit), wording.wanted(check)
    if wanted:
        yield f"{check.title} is {value}, wanted {wanted}"
    yield f"{check.title} is {value}"
    yield f"{' '.join(check.title.split()[:FEW_WORDS])}: {value}"
