"""The verdict in one sentence of at most 25 words: its cause or what decided it, how many gates, the target."""

from collections.abc import Iterator, Sequence

from shiftprobe.auditing.causes import CLEAN, INPUTS
from shiftprobe.auditing.model import Measurements, TargetData
from shiftprobe.auditing.outputs import wording
from shiftprobe.auditing.types import Check, Outcome
from shiftprobe.core.escape import escape

WORDS = 25
TOLD = 3  # checks that decided, at most
MAX_NAME = 40  # characters of a target's name
FEW_WORDS = 14  # of a reason that has no number


def headline(checks: Sequence[Check], word: Outcome, shown: Measurements, target: TargetData | None) -> str:
    """The verdict, naming what decided it first and the target where there is one.

    Args:
        checks: all of them, with `explained_by` where one has another's reason.
        word: what they come to.
        shown: what they measured.
        target: the domain that is to be entered.
    """
    said = list(_said(checks, word, shown, _target(checks, target)))
    return next((one for one in said if len(one.split()) <= WORDS), said[-1])


def _said(checks: Sequence[Check], word: Outcome, shown: Measurements, target: Sequence[str]) -> Iterator[str]:
    """The same, shorter and shorter."""
    asked = [one for one in checks if one.gates and one.status != "not done"]
    if not asked:
        nothing = "Cannot tell: the policy gates nothing that could be asked here."
        yield from (f"{nothing[:-1]}; {name}." for name in target[-1:])
        yield nothing
        return
    deciding = [one for one in asked if one.status == word]
    how_many = _counted(len(deciding), len(asked), word)
    for at in target or ("",):
        end = f"; {at}" if at else ""
        if word == "pass":
            yield from _passed(checks, shown, how_many, end)
            continue
        for cause in _causes(checks, deciding, shown):
            yield f"{word.capitalize()}: {cause}; {how_many}{end}."
        if not any(one.explained_by for one in deciding):
            yield from _decided(deciding, word, how_many, at)


def _counted(deciding: int, asked: int, word: Outcome) -> str:
    if word == "pass":
        return f"all {asked} gates hold" if asked > 1 else "the one gate holds"
    verb = {"fail": "fails" if deciding == 1 else "fail", "cannot tell": "cannot be decided"}[word]
    return f"{deciding} of {asked} {'gate' if asked == 1 else 'gates'} {verb}"


def _passed(checks: Sequence[Check], shown: Measurements, how_many: str, end: str) -> Iterator[str]:
    warned = sum(one.status == "warn" for one in checks)
    beside = f" {warned} warning{'s' if warned > 1 else ''} beside." if warned else ""
    wrong = [one for one in checks if one.name in INPUTS and one.status == "warn"]
    for one in wrong:
        for cause in _input(one, shown):
            yield f"Pass: {how_many}, but {cause}{end}."
    yield f"Pass: {how_many}{end}.{beside}"


def _decided(deciding: Sequence[Check], word: Outcome, how_many: str, target: str) -> Iterator[str]:
    """As many of those that decided as fit, the first in fewer words where none does."""
    end = f"; {target}" if target and deciding[0].name != "target" else ""
    shorts = [list(_short(one)) for one in deciding[:TOLD]]
    for told in range(len(shorts), 0, -1):
        more = f"; and {len(deciding) - told} more" if len(deciding) > told else ""
        yield f"{word.capitalize()}: {how_many}: {'; '.join(one[0] for one in shorts[:told])}{more}{end}."
    for short in shorts[0]:
        yield f"{word.capitalize()}: {how_many}: {short}{end}."


def _causes(checks: Sequence[Check], deciding: Sequence[Check], shown: Measurements) -> Iterator[str]:
    """What explains most of the gates that decided, longer and shorter; nothing where each has its own reason."""
    found = [one.explained_by for one in deciding if one.explained_by]
    name = max(dict.fromkeys(found), key=found.count, default="")
    cause = next((one for one in checks if one.name == name), None)
    if cause is None:
        return
    yield from _short(cause) if cause.name == CLEAN else _input(cause, shown)


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


def _target(checks: Sequence[Check], target: TargetData | None) -> tuple[str, ...]:
    """The target with its accuracy, and its name alone; nothing where there is none."""
    if target is None:
        return ()
    name = f"target {'-'.join(escape(target.name, MAX_NAME).split())}"
    check = next((one for one in checks if one.name == "target"), None)
    if check is None or check.status == "not done":
        return (name,)
    if check.value is None:
        return (f"{name} cannot be estimated", name)
    value = wording.number(check.value, check.unit)
    measured = target.labelled or target.few_labels is not None
    return (f"{name} {value}", name) if measured else (f"{name} {value} (estimated)", f"{name} {value}", name)
