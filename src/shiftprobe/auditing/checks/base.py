"""What every check shares: the list of questions, and how a rule of the policy becomes a status."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.model import Part
from shiftprobe.auditing.policy import Policy, Rule
from shiftprobe.auditing.types import Check, Outcome, Status
from shiftprobe.core.errors import BlackBoxError, NotAvailableError, SpecError
from shiftprobe.core.registry import Registry
from shiftprobe.core.words import in_percent, percent
from shiftprobe.metrics import InputError
from shiftprobe.spec.loading import explain

MORE = "give images that can answer it, or let the rule warn (`level: warn`)"
LOOKED_INTO = "audit the network itself (its weights and --arch), or let the rule warn (`level: warn`)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One rule of the policy and what answers it.

    `ask` is not called where the rule is off. It raises NotAvailableError where there is nothing to ask: the audit then
    lists the check as not done, with that reason. It raises InputError, as metrics do, where the images cannot answer,
    and BlackBoxError where it would have to look into the network: then a gate cannot tell, because one that nothing
    can answer must not pass.
    """

    name: str  # the rule's key in the policy
    title: str  # the check's title where it is not done
    ask: Callable[[AuditEvidence], Part]
    section: str = ""  # of the page, which shows it; without one it stands among the checks alone
    told: bool = True  # whether the head of that section says it; False where the section draws it anyway
    rule: Rule = field(default_factory=lambda: Rule(level="warn"))  # where the policy has no key for it, but in `own`
    looks: bool = False  # it looks at images again, which takes far longer than a check of what was answered
    counts_groups: bool = False  # images that belong together count as one draw; else it says so, and only warns


QUESTIONS: Registry[Question] = Registry("check")
"""Every question by the key of its rule; a module of this package adds its own, and the policy's order holds."""


def questions(policy: Policy) -> tuple[Question, ...]:
    """Every question that is not off: those of the policy in its order, then those of others by name."""
    first = [name for name in Policy.model_fields if name in QUESTIONS]
    every = (QUESTIONS[name] for name in (*first, *(name for name in QUESTIONS if name not in first)))
    return tuple(one for one in every if rule_of(policy, one).level != "off")


def rule_of(policy: Policy, question: Question) -> Rule:
    """The policy's rule for a question, or that of the question itself with what the policy's `own` says of it.

    Raises:
        SpecError: when `own` holds what that rule has no place for.
    """
    if question.name in Policy.model_fields:
        return policy.rule(question.name)
    keys = {**question.rule.model_dump(), **policy.own.get(question.name, {})}
    try:
        return type(question.rule).model_validate(keys)
    except ValidationError as error:
        raise SpecError(f"policy: own.{question.name}: {explain(error, type(question.rule))}") from None


def check_own(policy: Policy) -> None:
    """Refuse rules for checks that nobody registered, before anything is looked at.

    Raises:
        SpecError: when a rule of `own` is wrong.
        UnknownNameError: when there is no such check.
    """
    for name in policy.own:
        rule_of(policy, QUESTIONS[name])


def status(rule: Rule, word: Outcome) -> Status:
    """The status of a check: a failure of what does not gate is a warning."""
    return "warn" if word == "fail" and rule.level != "gate" else word


def gates(rule: Rule) -> bool:
    """Whether a rule decides the audit."""
    return rule.level == "gate"


def answer(question: Question, evidence: AuditEvidence) -> Part:
    """What a question answers; where it has no answer here, a check that says why."""
    rule = rule_of(evidence.policy, question)
    try:
        part = question.ask(evidence)
    except BlackBoxError as error:
        return Part(checks=(unanswered(rule, question, str(error), LOOKED_INTO),))
    except NotAvailableError as error:
        return Part(checks=(not_done(rule, question, str(error)),))
    except InputError as error:
        return Part(checks=(unanswered(rule, question, str(error)),))
    if question.counts_groups or not evidence.grouped:
        return part
    return replace(part, checks=tuple(map(by_images, part.checks)))


def by_images(check: Check) -> Check:
    """A check that takes images for independent where they are not: it says so, and decides nothing."""
    if check.status == "not done":
        return check
    said = f"{check.reason}; images that belong together count as independent here, so it only warns"
    return replace(check, status="warn" if check.status == "fail" else check.status, gates=False, reason=said)


def not_done(rule: Rule, question: Question, reason: str) -> Check:
    """The check of a question that has no sense here."""
    return replace(begun(question.name, question.title), gates=gates(rule), reason=reason)


def unanswered(rule: Rule, question: Question, reason: str, fix: str = MORE) -> Check:
    """The check of a question that makes sense, but not with these images or this checkpoint."""
    check = not_done(rule, question, reason)
    return replace(check, status="cannot tell", fix=fix) if gates(rule) else check


def settled(check: Check, rule: Rule, word: Outcome, reason: str) -> Check:
    """A check with its answer; where it passed there is nothing to fix."""
    fix = check.fix if word != "pass" else ""
    return replace(check, status=status(rule, word), gates=gates(rule), reason=reason, fix=fix)


def interval(low: float, high: float, n: int, confidence: float = 0.95, groups: int | None = None) -> str:
    """'95 % interval 28.0 to 34.5, n = 800 in 40 groups', in percent."""
    within = "" if groups is None else f" in {groups:,} groups"
    return f"{100 * confidence:g} % interval {in_percent(low)} to {in_percent(high)}, n = {n:,}{within}"


def measured(value: float, low: float, high: float, n: int, confidence: float = 0.95) -> str:
    """'31.2 % (95 % interval 28.0 to 34.5, n = 800)'."""
    return f"{percent(value)} ({interval(low, high, n, confidence)})"


def begun(name: str, title: str, *, evidence: str = "", fix: str = "") -> Check:
    """A check that says what it asks and nothing yet of the answer; its kind is the rule's key, before a colon."""
    kind = name.partition(":")[0]
    return Check(
        name=name, kind=kind, title=title, status="not done", gates=False, reason="", evidence=evidence, fix=fix
    )
