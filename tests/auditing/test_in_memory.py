"""Networks and data that live in a program: refused in one sentence, told from each other, left as they were."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from shiftprobe.api import audit
from shiftprobe.auditing.perform import AuditResult
from shiftprobe.core.errors import CheckpointError, SpecError

NAMES = ("cat", "dog", "eel")
POLICY: dict[str, Any] = {"shifts": [], "repairs": False, "images": 30}
DATA = [(np.random.default_rng(i).integers(0, 256, (8, 8)).astype(np.uint8), i % 3) for i in range(30)]


def network(act: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), act(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))


def audited(model: nn.Module, out: Path, **more: Any) -> AuditResult:
    return audit(model, DATA, **{"classes": NAMES, "policy": POLICY, "out": out, "workers": 1, **more})


def counts(result: AuditResult) -> Any:
    assert result.verdicts.shown.confusion is not None
    return result.verdicts.shown.confusion.counts


def broken() -> nn.Module:
    model = network()
    for value in model[4].parameters():
        nn.init.constant_(value, 3e38)
    return model


class Wrapped(nn.Module):
    def __init__(self, answer: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.inner, self.answer = network(), answer

    def forward(self, x: Tensor) -> Any:
        return self.answer(self.inner(x))


class Boom:
    def __call__(self, _: Tensor) -> Tensor:
        raise ZeroDivisionError("boom\x1b[2J")


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (broken(), "NaN or infinity at logits"),
        (Wrapped(lambda x: (x,)), "it answers a tuple, neither a tensor nor an object with .logits: wrap it so that"),
        (Wrapped(Boom()), r"got ZeroDivisionError: boom\\x1b\[2J"),
        (Wrapped(lambda x: x[:, :2]), "3 logits for images of 8 px, got 2"),
    ],
)
def test_a_network_that_cannot_answer_is_refused_before_anything_is_written(
    tmp_path: Path, model: nn.Module, said: str
) -> None:
    with pytest.raises(CheckpointError, match=said) as refused:
        audited(model, tmp_path / "out")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_images_too_small_for_the_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"for images of 2 px, got RuntimeError.*see preprocess"):
        audited(network(), tmp_path, preprocess={"size": 2})


def test_a_number_for_mean_and_std_stands_for_every_channel(tmp_path: Path) -> None:
    found = audited(network(), tmp_path, preprocess={"mean": 0.5, "std": 0.25}).verdicts.preprocess
    assert (found["mean"], found["std"]) == ([0.5], [0.25])


def test_names_may_be_numbers_or_a_path(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("0\n1\n2\n")
    one = audited(network(), tmp_path / "a", classes=[0, 1, 2])
    assert one.verdicts.checkpoint.classes == ("0", "1", "2")
    assert counts(one) == counts(audited(network(), tmp_path / "b", classes=tmp_path / "names.txt"))


def test_the_same_weights_in_other_code_look_again_in_the_same_folder(tmp_path: Path) -> None:
    class Falling(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return -torch.relu(-x)

    first = counts(audited(network(), tmp_path / "a"))
    second = counts(audited(network(Falling), tmp_path / "a"))
    assert second == counts(audited(network(Falling), tmp_path / "b"))
    assert first != second


def test_the_callers_network_stays_as_it_is(tmp_path: Path) -> None:
    model = network().train()
    audited(model, tmp_path)
    assert all(module.training for module in model.modules())


def test_one_from_python_has_no_command_to_tell(tmp_path: Path) -> None:
    audited(network(), tmp_path)
    assert "Made by" not in (tmp_path / "card.md").read_text()


def test_an_audit_is_not_compared_with_what_it_is_about_to_overwrite(tmp_path: Path) -> None:
    audited(network(), tmp_path / "a")
    with pytest.raises(SpecError, match="it would be compared with itself; give another out"):
        audited(network(), tmp_path / "a", baseline=tmp_path / "a")
    audited(network(), tmp_path / "b", baseline=tmp_path / "a")


@pytest.mark.parametrize("given", ["run", "target", "baseline", "trained_on"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises((SpecError, CheckpointError), match="File name too long"):
        audited(network(), tmp_path, **{given: ["a" * 5000] if given == "trained_on" else "a" * 5000})


@pytest.mark.parametrize("about", ["[]", '{"files": {}, "about": []}', '{"files": {}}', "{"])
def test_a_look_of_a_folder_that_is_not_ours_is_made_again(tmp_path: Path, about: str) -> None:
    first = audited(network(), tmp_path).to_json()
    (tmp_path / "looks" / "data" / "identity~0.0" / "manifest.json").write_text(about)
    assert audited(network(), tmp_path).to_json() == first
