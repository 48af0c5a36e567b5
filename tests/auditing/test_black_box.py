"""What gives scores alone is audited as a network is that gives the same; what needs layers passes no gate."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.models.onnx_made import BIAS, BYTES, LAST, WEIGHT, helper, model, written
from torch import nn

from shiftprobe.api import audit
from shiftprobe.auditing.perform import AuditResult
from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.models.logits import TAKEN

NAMES = ("red", "green", "blue")
RNG = np.random.default_rng(0)
LABELS = np.arange(60) % 3
COLOURS = 110 + 12 * np.eye(3)[LABELS][:, None, None]
IMAGES = np.clip(COLOURS + RNG.normal(0, 60, (60, 8, 8, 3)), 0, 255).astype(np.uint8)
DATA = list(zip(IMAGES, LABELS.tolist(), strict=True))
POLICY: dict[str, Any] = {
    "shifts": ["darken"], "severities": [0.5], "severity": {"at": 0.5}, "images": 60, "attribution": {"level": "gate"},
}  # fmt: skip
FRACTIONS = {"mean": 0.0, "std": 1.0}


def scores(images: Any) -> Any:
    """What all of them answer to images (N, S, S, 3) in bytes."""
    return images.astype(np.float64).mean(axis=(1, 2)) / 255 @ WEIGHT + BIAS


def softmax(logits: Any) -> Any:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def network() -> nn.Module:
    made = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3))
    made[2].weight.data, made[2].bias.data = torch.from_numpy(WEIGHT.T.copy()), torch.from_numpy(BIAS.copy())
    return made


def with_softmax(*before: Any, **more: Any) -> Any:
    return model(*before, answer="after", nodes=[helper.make_node("Softmax", ["after"], ["scores"])], **more)


def audited(what: Any, out: Path, **more: Any) -> AuditResult:
    return audit(what, DATA, **{"classes": NAMES, "policy": POLICY, "out": out, "workers": 1, **more})


def numbers(result: AuditResult) -> dict[str, Any]:
    kinds = {"accuracy", "calibration", "severity", "balanced_accuracy", "risk_coverage"}
    return {one.name: pytest.approx(one.value, abs=1e-6) for one in result.checks if one.kind in kinds}


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> AuditResult:
    return audited(network(), tmp_path_factory.mktemp("network") / "out", preprocess=FRACTIONS)


def test_the_network_has_the_accuracy_and_calibration_that_arithmetic_gives(right: AuditResult) -> None:
    odds = softmax(scores(IMAGES))
    hits = odds.argmax(axis=1) == LABELS
    found = {one.name: one.value for one in right.checks}
    assert found["accuracy"] == pytest.approx(hits.mean())
    assert found["calibration"] == pytest.approx(abs(odds.max(axis=1).mean() - hits.mean()), abs=1e-6)
    assert 0.5 < hits.mean() < 0.95


@pytest.mark.parametrize(
    ("made", "more", "logarithm"),
    [
        (model(), {"preprocess": FRACTIONS}, False),
        (with_softmax(("Cast",), ("Transpose",), ("Div", np.float32(255)), kind=BYTES, shape=LAST), {}, True),
        (with_softmax(("Div", np.float32(255)), shape=(1, 3, 8, 8)), {}, True),
        (scores, {}, False),
        (lambda images: softmax(scores(images)).tolist(), {}, True),
        (lambda images: torch.from_numpy(scores(images)).requires_grad_(), {}, False),
        (nn.Sequential(network(), nn.Softmax(dim=1)), {"preprocess": FRACTIONS}, True),
        (network().double(), {"preprocess": FRACTIONS}, False),
    ],
    ids=[
        "ONNX",
        "ONNX of bytes with softmax",
        "ONNX of one",
        "function",
        "of probabilities",
        "of torch",
        "softmax",
        "double",
    ],
)
def test_each_door_gives_the_numbers_of_the_network(
    right: AuditResult, tmp_path: Path, made: Any, more: Any, *, logarithm: bool
) -> None:
    what = made if callable(made) else str(written(tmp_path / "m.onnx", made))
    found = audited(what, tmp_path / "out", **more)
    assert {one.name: one.value for one in found.checks if one.name in numbers(right)} == numbers(right)
    assert (TAKEN in [note.text for note in found.verdicts.notes if note.about == "outputs"]) is logarithm
    assert found.report.exists()


def test_what_needs_layers_says_so_and_no_gate_passes_by_it(tmp_path: Path) -> None:
    rules = {"accuracy": {"at_least": 0.1}, "severity": {"level": "off"}, "class_order": {"level": "off"}}
    found = audited(scores, tmp_path / "out", policy={**POLICY, **rules}, target=DATA, labels=False)
    checks = {one.name: one for one in found.checks}
    maps = checks["attribution"]
    assert (maps.status, maps.gates) == ("cannot tell", True)
    assert maps.reason == "needs a network's layers, and a black box gives scores alone"
    assert maps.fix.startswith("audit the network itself")
    assert (checks["drift"].status, checks["drift"].gates) == ("not done", False)
    assert "needs what the head is given" in checks["target"].reason
    assert found.status == "cannot tell"
    advised = {**POLICY, **rules, "attribution": {"level": "warn"}, "target": {"level": "off"}}
    again = audited(scores, tmp_path / "advised", policy=advised)
    assert again.status == "pass"
    repairs = {one.name: one.reason for one in again.verdicts.shown.repairs}
    assert all("a black box gives scores alone" in repairs[name] for name in ("bn_adapt", "head"))
    assert "black box" not in repairs["temperature"] + repairs["preprocessing"]


def test_a_function_is_asked_anew_whenever_it_is_audited(tmp_path: Path) -> None:
    """Nobody can tell whether it is still the same: answers kept from another time count for nothing."""

    def worse(images: Any) -> Any:
        noise = images.reshape(len(images), -1).std(axis=1) > 73.5  # as made-up images are, and none of ours
        return np.where(noise[:, None], scores(images), -scores(images))

    first = audited(scores, tmp_path / "out")
    assert numbers(audited(worse, tmp_path / "out")) != numbers(first)
    assert audited(scores, tmp_path / "again").to_json() == first.to_json()


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda images: images, r"wanted scores \(2, outputs\) for 2 images, got \(2, 8, 8, 3\)"),
        (lambda images: scores(images)[:1], r"for 2 images, got \(1, 3\)"),
        (lambda _: "cat", "got ValueError"),
        (lambda images: images / 0 / None, "got "),
        (lambda images: scores(images) * np.nan, "NaN or infinity at logits"),
        (lambda images: scores(images)[:, :2], "has 2 outputs"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_function_that_gives_no_scores_is_one_line(tmp_path: Path, function: Any, said: str) -> None:
    with pytest.raises((CheckpointError, SpecError), match=said) as refused:
        audited(function, tmp_path / "out")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"preprocess": {"mean": 0.5}}, r"preprocess\.mean: a function is given grey levels 0 to 255 in RGB"),
        ({"precision": "bf16"}, "precision bf16: a function in memory is a black box and computes as it does"),
    ],
)
def test_what_a_function_cannot_be_asked_is_refused(tmp_path: Path, more: Any, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        audited(scores, tmp_path / "out", **more)


def test_neither_a_file_nor_a_network_nor_a_function_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SpecError, match="a torch network or a function of images, got a OrderedDict; load weights into"
    ):
        audited(network().state_dict(), tmp_path / "out")
