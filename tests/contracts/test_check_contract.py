"""The contract of checks and repairs: ours keep it, and every broken promise is found and named."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shiftprobe.auditing.checks import QUESTIONS, Question
from shiftprobe.auditing.checks.base import begun, rule_of
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Repair, TransferGain
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.policy import AtLeast
from shiftprobe.auditing.repairs import REPAIRS, RepairMethod, RepairSite
from shiftprobe.auditing.types import Check
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.testing import ContractError, check_check, check_repair
from shiftprobe.testing.audit_evidence import audit_variants, toy_audit


@pytest.mark.parametrize("name", [name for name in QUESTIONS if name not in {"transfer", "auroc"}])
def test_every_registered_check_keeps_its_promises(name: str) -> None:
    check_check(QUESTIONS[name])


def test_the_check_of_two_classes_keeps_its_promises_too() -> None:
    def halved(evidence: AuditEvidence) -> AuditEvidence:
        data = replace(evidence.data, labels=evidence.labels % 2)
        clean = replace(evidence.clean, logits=evidence.clean.logits[:, :2])
        return replace(evidence, data=data, clean=clean)

    check_check(QUESTIONS["auroc"], {name: halved(one) for name, one in audit_variants().items()})


def test_the_check_of_a_run_keeps_its_promises_too(tmp_path: Path) -> None:
    variants = {"no run": toy_audit()}
    for seeds in (3, 5):
        run = tmp_path / f"run-{seeds}"
        run.mkdir()
        (run / "about.json").write_text("{}")
        contrast = {"difference": 0.04, "low": 0.01, "high": 0.08, "n": seeds}
        (run / "summary.json").write_text(json.dumps({"verdict": {"contrast": contrast, "sentence": "so"}}))
        variants[run.name] = replace(toy_audit(), run=run)
    check_check(QUESTIONS["transfer"], variants)


@pytest.mark.parametrize("name", list(REPAIRS))
def test_every_registered_repair_keeps_its_promises(name: str) -> None:
    check_repair(REPAIRS[name])


def sound(evidence: AuditEvidence) -> Part:
    """The share of images whose top answer is class 0, which nobody needs."""
    if len(evidence.data) < 5:
        raise NotAvailableError("wanted 5 images")
    rule = rule_of(evidence.policy, SOUND)
    assert isinstance(rule, AtLeast)
    share, n = float((evidence.clean.answers == 0).mean()), len(evidence.data)
    check = begun("zeros", "answers that are the first class")
    said = f"{100 * share:.1f} % of the answers are the first class"
    numbers = (share, max(0.0, share - 0.1), min(1.0, share + 0.1), n)
    return Part(checks=(decided(check, rule, numbers, ("at least", rule.at_least), said),))


SOUND = Question(name="zeros", title="zeros", ask=sound, rule=AtLeast(at_least=0.01, level="warn"))


def changed(**changes: Any) -> Callable[[AuditEvidence], Part]:
    """The sound check with its row changed."""

    def ask(evidence: AuditEvidence) -> Part:
        return Part(checks=tuple(replace(check, **changes) for check in sound(evidence).checks))

    return ask


def lazy(evidence: AuditEvidence) -> Part:
    return Part(checks=tuple(replace(check, **FIXED) for check in sound(evidence).checks))


FIXED: dict[str, Any] = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9, "reason": "fine", "status": "pass", "fix": ""}


def sorting(evidence: AuditEvidence) -> Part:
    evidence.clean.logits.sort(axis=1)
    return sound(evidence)


def training(evidence: AuditEvidence) -> Part:
    evidence.subject.model.train()
    left.append(evidence)
    return sound(evidence)


left: list[AuditEvidence] = []


def by_chance(evidence: AuditEvidence) -> Part:
    part = sound(evidence)
    return replace(part, checks=tuple(replace(one, p=float(np.random.default_rng().random())) for one in part.checks))


def dividing(evidence: AuditEvidence) -> Part:
    return changed(p=1.0 / (len(evidence.data) - 1))(evidence)


def without_target(evidence: AuditEvidence) -> Part:
    return changed(n=len(evidence.target))(evidence)  # type: ignore[arg-type] # the fault


def unasked(_: AuditEvidence) -> Part:
    raise NotAvailableError("never here")


def silent(_: AuditEvidence) -> Part:
    raise NotAvailableError("")


def infinite(evidence: AuditEvidence) -> Part:
    return replace(sound(evidence), shown=Measurements(transfer=TransferGain(difference=float("inf"))))


BROKEN: dict[str, tuple[Callable[[AuditEvidence], Any], str]] = {
    "a lazy check": (lazy, "must hang on what it is given"),
    "a check that never answers": (unasked, "must answer somewhere"),
    "no reason": (silent, "what it cannot answer needs a reason"),
    "no check": (lambda _: Part(), "must hold at least one check"),
    "no Part": (lambda _: None, "must hand back a Part|must answer somewhere"),
    "another name": (changed(name="accuracy"), "checks must carry the name of it, got 'accuracy'"),
    "another kind": (changed(kind="accuracy"), "checks must carry the name of it"),
    "an unknown status": (changed(status="maybe"), "the status must be one of fail, .* got 'maybe'"),
    "a gate that its rule does not ask for": (changed(gates=True), "a rule that is to warn gives no"),
    "a warning that fails": (changed(status="fail"), "a rule that is to warn gives no 'fail'"),
    "NaN": (changed(value=float("nan")), "numbers must be finite"),
    "a number of numpy's": (changed(value=np.float64(0.1), low=None, high=None), "numbers must be finite and Python's"),
    "an interval elsewhere": (changed(low=0.9, high=0.95), "low, value and high must rise"),
    "an interval without n": (changed(n=None), "an interval needs n"),
    "a reason of two lines": (changed(reason="a\nb"), "title and reason are one line each"),
    "no reason in a row": (changed(reason=""), "title and reason are one line each"),
    "an unknown unit": (changed(unit="px"), "the unit must be one of fraction"),
    "a decision on nothing": (
        changed(status="pass", value=None, low=None, high=None, n=None),
        "a check that says pass needs a value",
    ),
    "a check twice": (lambda one: Part(checks=sound(one).checks * 2), "two checks share a name: zeros, zeros"),
    "logits sorted in place": (sorting, "the evidence and its network must stay as they are"),
    "a network left in training mode": (training, "the evidence and its network must stay as they are"),
    "chance": (by_chance, "the same evidence must give the same answer"),
    "another kind of exception": (dividing, r"is a NotAvailableError or an InputError, got ZeroDivisionError"),
    "no life without a target": (without_target, "is a NotAvailableError or an InputError, got TypeError.*no target"),
    "infinity on the page": (infinite, "what is shown must be plain and finite"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_promise_is_found_and_named(fault: str) -> None:
    ask, words = BROKEN[fault]
    try:
        with pytest.raises(ContractError, match=words) as told:
            check_check(replace(SOUND, ask=ask))
    finally:
        while left:
            left.pop().subject.model.eval()
    assert str(told.value).startswith("check 'zeros': ")


def test_a_sound_check_of_a_third_party_passes() -> None:
    check_check(SOUND)
    with pytest.raises(ContractError, match="lower case letters"):
        check_check(replace(SOUND, name="My Check"))


def nothing(_: AuditEvidence, site: RepairSite) -> Repair:
    return TRIED.begun(site)


def moved(**changes: Any) -> Callable[[AuditEvidence, RepairSite], Repair]:
    """A repair that turns the wrong answers of class 0 right, with its numbers changed."""

    def attempt(_: AuditEvidence, site: RepairSite) -> Repair:
        if site.labels is None:
            return replace(TRIED.begun(site), reason="no labels")
        before = float(site.predictions.right(site.labels).mean())
        after = before + float(((site.labels == 0) & (site.predictions.answers != 0)).mean())
        numbers = {"before": before, "after": after, "gain": after - before, "low": -1.0, "high": 1.0}
        return replace(TRIED.begun(site), what="it helps", n=len(site.side), **{**numbers, **changes})

    return attempt


TRIED = RepairMethod(name="oracle", title="an oracle for class 0", attempt=moved())

NOT_KEPT: dict[str, tuple[Callable[[AuditEvidence, RepairSite], Any], str]] = {
    "a repair that says nothing": (nothing, "what could not be tried needs a reason"),
    "a repair of another name": (moved(name="head"), "must carry the name, the metric and the place"),
    "numbers beside a reason": (moved(gain=None, reason="no"), "what could not be tried has no numbers"),
    "a gain that is not its own": (moved(gain=0.9), "the gain must be that of before and after"),
    "NaN": (moved(before=float("nan")), "numbers must be finite"),
    "no interval": (moved(low=None), "needs before, after, an interval"),
    "an interval elsewhere": (moved(low=0.99), "low, value and high must rise"),
    "never tried": (lambda _, site: replace(TRIED.begun(site), reason="later"), "no variant has a gain"),
}


@pytest.mark.parametrize("fault", NOT_KEPT)
def test_a_repair_that_breaks_its_promise_is_found(fault: str) -> None:
    attempt, words = NOT_KEPT[fault]
    with pytest.raises(ContractError, match=words):
        check_repair(replace(TRIED, attempt=attempt))


def test_a_sound_repair_of_a_third_party_passes() -> None:
    check_repair(TRIED)


def test_variants_are_those_that_the_contract_names() -> None:
    found = audit_variants()
    assert next(iter(found)) == "all there is"
    assert found["no target"].target is None
    assert found["one image"].clean.logits.shape[0] == len(found["one image"].data) == 1
    whole: Check = QUESTIONS["accuracy"].ask(found["all there is"]).checks[0]
    assert whole.value is not None
    assert whole.value > 0.5
    assert QUESTIONS["accuracy"].ask(found["every answer another one"]).checks[0].value != whole.value
