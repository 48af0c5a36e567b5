"""Renamed outputs are found and named; noise, few images and honest confusions are no renaming."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from tests.auditing.made_up import CLASSES, evidence, labels_of, policy, seen

from shiftprobe.auditing.checks.class_order import _check, best_order, class_order
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import RenamedOutput
from shiftprobe.auditing.model import Part
from shiftprobe.auditing.paired import Gain
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.errors import NotAvailableError


def renamed(order: list[int], n: int = 400, right: int = 360) -> AuditEvidence:
    """A good checkpoint whose outputs stand in another order than they are called."""
    whole = evidence(n, right)
    return replace(whole, clean=replace(whole.clean, logits=whole.clean.logits[:, order]))


def order_of(part: Part) -> tuple[str, ...] | None:
    assert part.shown.class_order is not None
    return part.shown.class_order.order


def test_the_best_order_is_that_of_trying_them_all() -> None:
    rng = np.random.default_rng(0)
    answers, labels = rng.integers(0, 4, (2, 60))
    score = {order: int((np.array(order)[answers] == labels).sum()) for order in itertools.permutations(range(4))}
    assert score[tuple(best_order(answers, labels, 4).tolist())] == max(score.values())


def test_names_stay_where_nothing_speaks_against_them() -> None:
    answers = labels = np.array([2, 2, 5])
    assert best_order(answers, labels, 7).tolist() == list(range(7))
    assert best_order(np.array([0, 1]), np.array([1, 0]), 5).tolist() == [1, 0, 2, 3, 4]
    assert best_order(np.array([0, 1]), np.array([1, 1]), 3).tolist() == [0, 1, 2]  # a tie


def test_a_changed_order_fails_and_is_proposed() -> None:
    part = class_order(renamed([1, 2, 3, 0]))
    check = part.checks[0]
    assert check.status == "fail"
    assert check.gates
    assert check.value == pytest.approx(0.8, abs=0.05)  # a tenth is wrong by one place, and so right now
    assert check.low is not None
    assert check.low > 0.1
    assert "output 0 means 'bee'" in check.reason
    assert "and 1 more move" in check.reason
    assert "did the class order change?" in check.reason
    assert "n = 200" in check.reason
    assert "--classes FILE" in check.fix
    assert order_of(part) == ("bee", "cat", "dog", "ant")
    assert part.shown.class_order is not None
    assert part.shown.class_order.moved[0] == RenamedOutput(output=0, called="ant", means="bee")


def test_a_warning_where_the_rule_only_warns() -> None:
    made = renamed([1, 0, 2, 3])
    rules = policy(class_order={"at_most": 0.1, "level": "warn"})
    check = class_order(replace(made, policy=rules)).checks[0]
    assert (check.status, check.gates) == ("warn", False)


def test_a_good_checkpoint_passes_with_the_order_it_has() -> None:
    part = class_order(evidence())
    check = part.checks[0]
    assert (check.status, check.value, check.fix) == ("pass", 0, "")
    assert order_of(part) is None
    assert "no other order of the names is better (gain +0.0 points, 95 % interval" in check.reason


def test_one_class_taken_for_another_is_no_renaming() -> None:
    labels = labels_of(400)
    logits = np.zeros((400, 4), np.float32)
    logits[np.arange(400), np.where(labels == 3, 2, labels)] = 3.0
    check = class_order(replace(evidence(), clean=Predictions(logits=logits, features=logits))).checks[0]
    assert check.status == "pass"
    assert check.value is not None
    assert check.value <= 0


def test_noise_is_not_renamed() -> None:
    """Fitted and judged on the same images, chance would gain several points."""
    words = []
    for seed in range(20):
        logits = np.random.default_rng(seed).normal(size=(600, 4)).astype(np.float32)
        check = class_order(replace(evidence(600), clean=Predictions(logits=logits, features=logits))).checks[0]
        words.append(check.status)
        assert check.status != "fail"
    assert words.count("pass") >= 15


def test_few_images_cannot_tell_unless_hardly_anything_is_wrong() -> None:
    assert class_order(evidence(12, 6)).checks[0].status == "cannot tell"
    sure = class_order(evidence(80, 80)).checks[0]
    assert sure.status == "pass"
    assert sure.high is not None
    assert sure.high <= 0.1


@pytest.mark.parametrize(("right", "status", "most"), [(48, "pass", 0.0741), (47, "cannot tell", 0.1107)])
def test_what_is_wrong_among_all_images_bounds_what_names_could_add(right: int, status: str, most: float) -> None:
    """At most 1 - .025 ** (1 / 48) = 7.4 % of all are wrong where 48 of 48 are right; with 47 right it is 11.1 %."""
    (check,) = class_order(evidence(48, right)).checks
    assert check.status == status
    assert check.high is not None
    assert check.high <= most


def test_the_proposal_does_not_hang_on_the_seed() -> None:
    made = renamed([1, 0, 3, 2])
    assert class_order(made) == class_order(made)
    orders = [order_of(class_order(replace(made, policy=policy(seed=seed)))) for seed in range(3)]
    assert orders == [("bee", "ant", "dog", "cat")] * 3


@pytest.mark.parametrize(
    ("low", "high", "p", "word"),
    [(0.1, 0.3, 0.01, "cannot tell"), (0.1001, 0.3, 0.01, "fail"), (0.1001, 0.3, 0.0501, "cannot tell"),
     (0.1001, 0.3, 0.0499, "fail"), (-0.2, 0.1, 1.0, "pass"), (-0.2, 0.1001, 1.0, "cannot tell")],
)  # fmt: skip
def test_a_gain_is_proven_where_its_interval_and_its_p_value_say_so(
    low: float, high: float, p: float, word: str
) -> None:
    found = Gain(before=0.5, after=0.6, value=0.1, low=low, high=high, alone=high, n=200, p=p, p_holm=p)
    check = _check(evidence(), found, np.array([1, 0, 2, 3]), np.array([0, 1]))
    assert (check.status, check.p) == (word, p if word == "fail" else None)
    assert (check.low, check.high, check.threshold, bool(check.fix)) == (low, high, 0.1, word != "pass")


def test_foreign_names_are_shown() -> None:
    made = renamed([1, 0, 2, 3])
    names = ("a\x1b[2J\nt", "b" * 200, *CLASSES[2:])
    reason = class_order(replace(made, subject=replace(made.subject, classes=names))).checks[0].reason
    assert "\x1b" not in reason
    assert "\n" not in reason
    assert len(reason) < 400


def test_nothing_to_exchange_is_not_done() -> None:
    one = seen(labels_of(400), 400)
    alone = replace(one, logits=one.logits[:, :1])
    with pytest.raises(NotAvailableError, match="at least 2 outputs"):
        class_order(replace(evidence(), clean=alone))


def test_images_of_one_class_cannot_tell_a_changed_order_from_a_constant_answer() -> None:
    made, labels = evidence(), np.zeros(400, np.int64)
    wrong = replace(made, data=replace(made.data, labels=labels), clean=seen(labels, 0))
    with pytest.raises(NotAvailableError, match="at least 2 classes"):
        class_order(wrong)
