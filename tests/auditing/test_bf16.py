"""Looks in bfloat16: where a gate hangs on what they differ in from float32, everything is looked at again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.auditing.trained import Trained

from shiftprobe.api import audit
from shiftprobe.auditing import bf16
from shiftprobe.auditing.evidence import dose_of
from shiftprobe.auditing.predictions import Task, predict, predict_all
from shiftprobe.auditing.types import Check
from shiftprobe.core.types import UNSHIFTED, Condition

GATE = Check(
    name="accuracy", kind="accuracy", title="Accuracy", status="pass", gates=True, reason="", value=0.9, low=0.85,
    high=0.95, n=200, threshold=0.8, relation="at least",
)  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "relation", "share", "hanging"),
    [
        (0.85, 0.95, "at least", 0.04, False),
        (0.85, 0.95, "at least", 0.06, True),  # a pass that could be no pass
        (0.60, 0.75, "at least", 0.04, False),
        (0.60, 0.75, "at least", 0.06, True),  # a fail
        (0.70, 0.90, "at least", 0.05, False),
        (0.77, 0.90, "at least", 0.05, True),  # one that cannot tell could pass
        (0.60, 0.82, "at least", 0.05, True),  # or fail
        (0.70, 0.75, "at most", 0.04, False),
        (0.70, 0.75, "at most", 0.06, True),
        (0.85, 0.95, "at most", 0.04, False),
        (0.85, 0.95, "at most", 0.06, True),
    ],
)
def test_a_gate_hangs_on_a_share_that_could_turn_its_word(
    low: float, high: float, relation: str, share: float, hanging: bool
) -> None:
    check = replace(GATE, low=low, high=high, relation=relation)  # type: ignore[arg-type]
    assert bf16.hangs(check, share) is hanging
    assert not bf16.hangs(replace(check, status="not done"), share)


def test_a_check_that_counts_no_images_always_may_hang() -> None:
    assert bf16.hangs(replace(GATE, unit="dose"), 0.001)
    assert not bf16.hangs(replace(GATE, low=None), 0.5)


def test_what_differs_is_counted_on_a_sample(trained_digits: Trained) -> None:
    evidence = trained_digits.evidence()
    trial = bf16.tried(evidence, [GATE])  # the answers at hand are float32's own
    assert (trial.differ, trial.n, trial.gates) == (0, 256, ())
    assert trial.note.text == "bf16 and float32 give another answer to 0 of 256 images; no gate hangs on so many"
    turned = replace(evidence.clean, logits=np.roll(evidence.clean.logits, 1, axis=1))
    trial = bf16.tried(replace(evidence, clean=turned), [GATE, replace(GATE, gates=False, title="No gate")])
    assert (trial.differ, trial.gates) == (256, ("Accuracy",))
    assert "Accuracy could hang on so many: everything was looked at again in float32" in trial.note.text


def test_bf16_answers_almost_as_float32_does(trained_digits: Trained) -> None:
    subject, data = replace(trained_digits.subject, precision="bf16"), trained_digits.data
    halved = predict(subject, data, range(len(data)), dose_of(UNSHIFTED, 0, None))
    assert halved.logits.dtype == halved.penultimate.dtype == np.float32
    assert not np.array_equal(halved.logits, trained_digits.clean.logits)
    assert (halved.answers == trained_digits.clean.answers).mean() > 0.98


def test_a_device_gets_its_batches_prepared_ahead_and_gives_the_same_bits(
    trained_digits: Trained, tmp_path: Path
) -> None:
    """`cpu:0` is a processor that goes the way of any other device."""
    data = trained_digits.data
    tasks = [Task(side=data), Task(side=data, condition=Condition("contrast", 0.5))]
    found = [
        predict_all(
            replace(trained_digits.subject, device=device), tasks, tmp_path / device, workers=workers,
            dose=lambda one: dose_of(one, 0, None),
        )
        for device, workers in (("cpu", 1), ("cpu:0", 1), ("cpu:0", 3))
    ]  # fmt: skip
    for other in found[1:]:
        for key, one in found[0].items():
            np.testing.assert_array_equal(one.logits, other[key].logits)
            np.testing.assert_array_equal(one.features, other[key].features)


POLICY = {"shifts": ["contrast"], "severities": [0.5], "severity": {"at": 0.5, "at_least": 0.2}, "images": 100,
          "attribution": {"level": "off"}}  # fmt: skip


def test_an_audit_says_what_bf16_differs_in_and_asks_float32_where_a_gate_hangs_on_it(tmp_path: Path) -> None:
    from shiftprobe.models.build import build

    model = build("small_cnn", classes=10, channels=1, size=8, seed=0)
    asked = {"classes": "data", "policy": POLICY, "preprocess": {"mean": 0.5, "std": 0.5}, "device": "cpu"}
    exact = audit(model, "digits:uci", out=tmp_path / "float32", **asked)  # type: ignore[arg-type]
    clear = audit(model, "digits:uci", out=tmp_path / "bf16", precision="bf16", **asked)  # type: ignore[arg-type]
    notes = {one.about: one.text for one in clear.verdicts.notes}
    assert notes["looks"].startswith("bf16 and float32 give another answer to ")
    again = "looked at again in float32" in notes["looks"]
    assert (tmp_path / "bf16" / "looks" / "bf16" / "data").is_dir()
    assert (tmp_path / "bf16" / "looks" / "data").is_dir() == again
    if again:
        assert clear.checks == exact.checks
    assert clear.verdicts.command == ""
    assert {one.status for one in clear.checks if one.gates} == {one.status for one in exact.checks if one.gates}
