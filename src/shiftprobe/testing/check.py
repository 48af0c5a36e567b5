"""The promises of a check and of a repair of an audit."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Literal, TypeAlias, TypeVar

from shiftprobe.auditing.checks.base import Question, rule_of
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.model import Part
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.repairs.base import RepairMethod, RepairSite, site_of, told
from shiftprobe.auditing.types import ORDER, Check
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.files import json_bytes
from shiftprobe.metrics import InputError
from shiftprobe.testing.audit_evidence import audit_variants
from shiftprobe.testing.broken import VALID_NAME, ContractError

UNITS = ("fraction", "points", "dose", "ratio", "count", "text")
Level: TypeAlias = Literal["gate", "warn"]
LEVELS: tuple[Level, ...] = ("warn", "gate")
T = TypeVar("T", Part, Repair)


def check_check(question: Question, variants: Mapping[str, AuditEvidence] | None = None) -> None:
    """Hold a check to its promises on a small audit, and on variants of it that are hard.

    It answers with a Part, or raises NotAvailableError or InputError with the reason, and nothing else; the same twice,
    on evidence and a network that stay as they are; with its name in its rows, a known status that fits its rule's
    level, finite numbers within their interval; and what it says hangs on what it is given.

    Args:
        question: what is checked; with a rule of its own where the policy has none.
        variants: evidence by name, the plainest first; None is `audit_variants()`.

    Raises:
        ContractError: naming the first promise that is broken.
    """
    promised = _Promises("check", question.name)
    promised.hold_names(question.name, question.title)
    found: list[Part] = []
    for number, (variant, evidence) in enumerate((variants or audit_variants()).items()):
        for level in LEVELS if number == 0 else LEVELS[:1]:
            asked = replace(evidence, policy=_leveled(evidence.policy, question, level))
            part = promised.given(partial(question.ask, asked), asked, variant, times=1 if number else 2)
            if part is not None:
                promised.hold(isinstance(part, Part), f"it must hand back a Part ({variant})")
                _hold_part(promised, question, part, level)
                found += [part] if level == LEVELS[0] else []
    promised.hold_answers([repr([replace(check, title="") for check in part.checks]) for part in found])


def check_repair(method: RepairMethod) -> None:
    """Hold a repair to its promises on a small audit, and on variants of it that are hard.

    It hands back a Repair of its name, with numbers that fit together or with a reason and none, or raises
    NotAvailableError or InputError; the same twice, on evidence and a network that stay as they are.

    Args:
        method: what is checked.

    Raises:
        ContractError: naming the first promise that is broken.
    """
    promised = _Promises("repair", method.name)
    promised.hold_names(method.name, method.title)
    found: list[Repair] = []
    for number, (variant, evidence) in enumerate(audit_variants().items()):
        site = site_of(evidence)
        call = partial(_attempted, method, evidence, site)
        repair = promised.given(call, evidence, variant, times=1 if number else 2)
        if repair is not None:
            promised.hold(isinstance(repair, Repair), f"it must hand back a Repair, or one to be kept ({variant})")
            named = (repair.name, repair.metric, repair.on) == (method.name, method.metric, site.on)
            promised.hold(named, "a repair must carry the name, the metric and the place of `begun`")
            _hold_repair(promised, repair)
            found.append(repair)
    promised.hold(any(one.gain is not None for one in found), "it must be tried somewhere: no variant has a gain")
    promised.hold_answers([repr(replace(one, on="", title="")) for one in found])


def _attempted(method: RepairMethod, evidence: AuditEvidence, site: RepairSite) -> Repair:
    return told(method.attempt(evidence, site))


class _Promises:
    """Says whose promise is broken."""

    def __init__(self, kind: str, name: str) -> None:
        self._whose = f"{kind} {name!r}"

    def hold(self, kept: bool, words: str) -> None:
        if not kept:
            raise ContractError(f"{self._whose}: {words}")

    def hold_names(self, name: str, title: str) -> None:
        self.hold(bool(VALID_NAME.fullmatch(name)), "the name must be lower case letters, digits and _")
        self.hold(bool(title), "the title must not be empty")

    def hold_answers(self, told: Sequence[str]) -> None:
        self.hold(bool(told), "it must answer somewhere: none of the variants has an answer")
        self.hold(len(set(told)) > 1, "its answer must hang on what it is given, and is the same for all variants")

    def given(self, call: Callable[[], T], evidence: AuditEvidence, variant: str, *, times: int) -> T | None:
        """What it hands back, each time the same, of evidence that stays as it is; None where it cannot."""
        before = _print(evidence)
        answers: list[T | None] = []
        for _ in range(times):
            try:
                answers.append(call())
            except (NotAvailableError, InputError) as error:
                self.hold(bool(str(error).strip()), f"what it cannot answer needs a reason ({variant})")
                answers.append(None)
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                raise ContractError(
                    f"{self._whose}: what it cannot answer is a NotAvailableError or an InputError, got {said} "
                    f"({variant})"
                ) from error
        self.hold(_print(evidence) == before, f"the evidence and its network must stay as they are ({variant})")
        self.hold(len(set(map(repr, answers))) == 1, f"the same evidence must give the same answer ({variant})")
        return answers[0]


def _hold_part(promised: _Promises, question: Question, part: Part, level: Level) -> None:
    promised.hold(bool(part.checks), "a Part must hold at least one check")
    names = [check.name for check in part.checks]
    promised.hold(len(set(names)) == len(names), f"two checks share a name: {', '.join(names)}")
    try:
        json_bytes(asdict(part.shown))
    except (TypeError, ValueError) as error:
        raise ContractError(f"check {question.name!r}: what is shown must be plain and finite: {error}") from None
    for check in part.checks:
        own = check.name == question.name or check.name.startswith(f"{question.name}:")
        promised.hold(own and check.kind == question.name, f"checks must carry the name of it, got {check.name!r}")
        promised.hold(check.status in ORDER, f"the status must be one of {', '.join(ORDER)}, got {check.status!r}")
        other = {"gate": "warn", "warn": "fail"}[level]
        fits = check.gates == (level == "gate") and check.status != other
        promised.hold(fits, f"a rule that is to {level} gives no {check.status!r} with gates={check.gates}")
        _hold_check(promised, check)


def _hold_check(promised: _Promises, check: Check) -> None:
    texts = (check.title, check.reason)
    promised.hold(all(text.strip() and "\n" not in text for text in texts), "title and reason are one line each")
    promised.hold(check.unit in UNITS, f"the unit must be one of {', '.join(UNITS)}, got {check.unit!r}")
    decided = check.status in {"pass", "fail", "warn"}
    rests = check.value is not None or check.n is not None
    promised.hold(not decided or rests, f"a check that says {check.status} needs a value, or the n that it rests on")
    numbers = [check.value, check.low, check.high, check.threshold, check.p, check.p_holm]
    _hold_numbers(promised, numbers, (check.low, check.value, check.high), check.n)


def _hold_repair(promised: _Promises, repair: Repair) -> None:
    promised.hold("\n" not in f"{repair.title}{repair.what}{repair.reason}", "title, what and reason are one line each")
    numbers = [repair.before, repair.after, repair.gain, repair.low, repair.high]
    if repair.gain is None:
        promised.hold(bool(repair.reason), "what could not be tried needs a reason")
        promised.hold(numbers == [None] * 5, "what could not be tried has no numbers")
        return
    promised.hold(None not in numbers and bool(repair.what), "what was tried needs before, after, an interval and what")
    _hold_numbers(promised, numbers, (repair.low, repair.gain, repair.high), repair.n)
    moved = abs((repair.after or 0.0) - (repair.before or 0.0))
    promised.hold(math.isclose(moved, abs(repair.gain), abs_tol=1e-6), "the gain must be that of before and after")


def _hold_numbers(
    promised: _Promises,
    numbers: list[float | None],
    interval: tuple[float | None, float | None, float | None],
    n: int | None,
) -> None:
    known = [one for one in numbers if one is not None]
    plain = all(type(one) in {int, float} and math.isfinite(one) for one in known)
    promised.hold(plain, f"numbers must be finite and Python's own, got {known}")
    promised.hold(n is None or (type(n) is int and n >= 0), f"n must be a count, got {n!r}")
    given = [one for one in interval if one is not None]
    promised.hold(given == sorted(given), f"low, value and high must rise, got {given}")
    promised.hold(len(given) < len(interval) or n is not None, "an interval needs n")


def _leveled(policy: Policy, question: Question, level: Level) -> Policy:
    if question.name in Policy.model_fields:
        rule = rule_of(policy, question).model_copy(update={"level": level})
        return policy.model_copy(update={question.name: rule})
    return policy.model_copy(update={"own": {question.name: {"level": level}}})


def _print(evidence: AuditEvidence) -> str:
    """A digest of all that a check could change."""
    whole = hashlib.sha256()
    whole.update(evidence.labels.tobytes())
    for one in (evidence.clean, *evidence.dial.values(), *([evidence.on_target] if evidence.on_target else [])):
        whole.update(b"".join(array.tobytes() for array in one.arrays.values()))
    for name, value in evidence.subject.model.state_dict().items():
        whole.update(name.encode() + value.numpy().tobytes())
    whole.update(repr((len(evidence.dial), [one.training for one in evidence.subject.model.modules()])).encode())
    return whole.hexdigest()
