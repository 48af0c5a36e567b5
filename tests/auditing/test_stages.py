"""Shifts are looked at in steps; what is decided asks for no more images, and what needs every image gets it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.auditing.made_up import policy, ready, side
from tests.auditing.trained import Trained

from shiftprobe.auditing import stages
from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.perform import perform
from shiftprobe.auditing.policy import load_policy
from shiftprobe.auditing.ready import Ready
from shiftprobe.core.monitor import Silent

LABELS = np.repeat(np.arange(4), [400, 200, 150, 50])


def test_the_beginnings_of_the_order_hold_the_classes_in_their_shares() -> None:
    steps = stages.steps_for(LABELS, 0)
    assert steps.sizes == (200, 400, 600, 800)
    assert sorted(steps.order.tolist()) == list(range(800))
    for size in steps.sizes:
        counts = np.bincount(LABELS[steps.order[:size]], minlength=4)
        np.testing.assert_allclose(counts, np.array([400, 200, 150, 50]) * size / 800, atol=1)
    assert not np.array_equal(steps.order, stages.steps_for(LABELS, 1).order)
    np.testing.assert_array_equal(steps.order, stages.steps_for(LABELS, 0).order)


@pytest.mark.parametrize(
    ("n", "sizes"),
    [(150, (150,)), (399, (399,)), (400, (200, 400)), (700, (233, 466, 700)), (5000, (1250, 2500, 3750, 5000))],
)
def test_no_step_is_under_200_images(n: int, sizes: tuple[int, ...]) -> None:
    steps = stages.steps_for(np.arange(n) % 3, 0)
    assert steps.sizes == sizes
    assert len(steps.shares) == len(sizes)
    assert sum(steps.shares) == pytest.approx(1.0)
    assert steps.shares[-1] >= 0.9


def test_steps_add_up_and_their_counts_are_those_of_the_images() -> None:
    steps = stages.steps_for(LABELS, 0)
    for last in range(1, 5):
        added = np.sort(np.concatenate([steps.new(step) for step in range(1, last + 1)]))
        np.testing.assert_array_equal(added, steps.first(last))
    right = np.random.default_rng(0).random(800) < 0.7
    counts = steps.counts(right[steps.first(3)], 3)
    assert counts == [int(right[steps.order[:size]].sum()) for size in steps.sizes[:3]]


def test_what_needs_every_image_gets_it(tmp_path: Path) -> None:
    assert stages.steps_of(ready(side(800), tmp_path)) is not None
    against = {"level": "gate", "reference": {"fog": [0.1, 0.2, 0.3]}}
    grouped = replace(side(800), clusters=np.arange(800) // 2)
    wholes = [
        ready(side(399), tmp_path),
        ready(side(800), tmp_path, target=side(20)),
        ready(side(800), tmp_path, baseline="earlier"),
        ready(grouped, tmp_path),
        ready(side(800, groups=["day", "night"] * 400), tmp_path),
        ready(side(800), tmp_path, rules=policy(severity={"level": "warn"})),
        ready(side(800), tmp_path, rules=policy(break_point={"level": "gate"})),
        ready(side(800), tmp_path, rules=policy(corruption_error=against)),
        ready(side(800), tmp_path, rules=policy(shifts=[], severities=[])),
    ]
    assert [stages.steps_of(one) for one in wholes] == [None] * len(wholes)


def test_the_farthest_from_its_gate_comes_first_and_the_decided_not_at_all() -> None:
    steps = stages.steps_for(np.arange(1000) % 4, 0)
    rules = load_policy({"shifts": ["fog", "jpeg", "contrast", "darken"], "severity": {"at_least": 0.7}})
    counts = {"fog": [250], "jpeg": [176], "contrast": [185], "darken": [90]}
    assert stages.undecided(rules, counts, steps) == ("contrast", "jpeg")


class Counting:
    """A monitor that counts the looks at every shift."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int]] = []

    def begin(self, what: str, total: int) -> None:
        """A stage begins."""
        self.begun.append((what, total))

    def step(self) -> None:
        """One step is done."""


@pytest.fixture
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of 50 images and more, for the 400 at hand."""
    monkeypatch.setattr(stages, "LEAST", 50)


def asked(trained: Trained, folder: Path, *, minutes: float | None = None, at_least: float = 0.3) -> Ready:
    rules = {"shifts": ["contrast", "gaussian_noise"], "severities": [0.25, 0.5], "attribution": {"level": "off"},
             "severity": {"at": 0.5, "at_least": at_least}, "repairs": False}  # fmt: skip
    return ready(trained.data, folder, who=trained.subject, rules=load_policy(rules), minutes=minutes)


def audited(one: Ready, monitor: Counting | Silent | None = None) -> Verdicts:
    return perform(one, monitor or Silent(), workers=1).verdicts


@pytest.mark.usefixtures("fewer")
def test_a_clear_case_stops_at_the_first_step_and_says_so(trained_digits: Trained, tmp_path: Path) -> None:
    counting = Counting()
    found = audited(asked(trained_digits, tmp_path / "a"), counting)
    assert [one for one in counting.begun if one[0].startswith("looks")] == [("looks", 1 + 4)]
    gates = [one for one in found.checks if one.name.startswith("severity:")]
    assert {(one.status, one.n) for one in gates} == {("pass", 100), ("fail", 100)}
    assert {one.power.images for one in gates if one.power} == {400}  # what it would have been held against
    assert {dial.n for dial in found.shown.dials.values()} == {100}
    (note,) = [one.text for one in found.notes if one.about == "policy"]
    assert note.startswith("shifts were looked at in up to 4 steps (100, 200, 300, 400 images)")
    assert "25 % of all looks" in note
    assert next(one for one in found.checks if one.name == "accuracy").n == 400  # clean images are all looked at


@pytest.mark.usefixtures("fewer")
def test_an_open_case_looks_at_all_and_finds_what_all_at_once_finds(
    trained_digits: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = trained_digits.dial
    labels = trained_digits.data.labels
    assert labels is not None
    shares = {place.shift: one.right(labels).mean() for place, one in right.items()}
    threshold = float(shares["contrast"])  # which nobody can tell it from
    stepped = audited(asked(trained_digits, tmp_path / "a", at_least=threshold))
    monkeypatch.setattr(stages, "LEAST", 10_000)
    at_once = audited(asked(trained_digits, tmp_path / "b", at_least=threshold))
    one, other = ({check.name: check for check in found.checks} for found in (stepped, at_once))
    assert one["severity:contrast"].status == other["severity:contrast"].status == "cannot tell"
    assert one["severity:contrast"].n == 400
    assert one["severity:contrast"].value == other["severity:contrast"].value
    assert stepped.shown.dials["contrast"].accuracy == at_once.shown.dials["contrast"].accuracy
    low, wide = one["severity:contrast"].low, other["severity:contrast"].low
    assert low is not None
    assert wide is not None
    assert wide - 0.01 < low <= wide  # looking often costs a little


@pytest.mark.usefixtures("fewer")
def test_minutes_end_after_a_step_and_the_same_audit_goes_on(trained_digits: Trained, tmp_path: Path) -> None:
    labels = trained_digits.data.labels
    assert labels is not None
    threshold = float(next(iter(trained_digits.dial.values())).right(labels).mean())
    hurried = audited(asked(trained_digits, tmp_path / "a", minutes=0.0, at_least=threshold))
    (note,) = [one.text for one in hurried.notes if one.about == "policy"]
    assert note.endswith("the same command without --minutes goes on")
    assert any(one.n == 100 for one in hurried.checks if one.name.startswith("severity:"))
    counting = Counting()
    went_on = audited(asked(trained_digits, tmp_path / "a", at_least=threshold), counting)
    fresh = audited(asked(trained_digits, tmp_path / "b", at_least=threshold))
    assert went_on.checks == fresh.checks
