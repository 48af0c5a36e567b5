"""A run tells doubles of a checkpoint's architecture apart as an audit does, and carries the answer in its identity."""

from pathlib import Path

import pytest
import torch
from tests.engine.bringing import planned
from tests.models.solved import MEAN, STD, solve, textured

from shiftprobe.core.errors import CheckpointError
from shiftprobe.engine import networks
from shiftprobe.engine.plan import Plan
from shiftprobe.models import timm_
from shiftprobe.models.build import build
from shiftprobe.models.preprocess import Preprocess

IMAGES = textured(16)
STRANGERS = textured(16, classes=("a", "b", "c"), seed=1)
RIGHT, PLAIN = "torchvision:resnet18+maxpool", "torchvision:resnet18"
HOW = {"size": 16, "channels": 3, "mean": list(MEAN), "std": list(STD)}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a resnet18 for small images that keeps its max pool."""
    network = build(RIGHT, classes=3, channels=3, size=16, seed=0)
    assert solve(network, IMAGES, Preprocess(16, 3, MEAN, STD)) == 1.0
    path = tmp_path_factory.mktemp("doubles") / "model.pt"
    torch.save(network.state_dict(), path)
    return path


def arch_of(plan: Plan) -> str:
    assert plan.facts.checkpoint is not None
    assert plan.facts.checkpoint.arch == plan.setup.spec.model.arch
    return plan.setup.spec.model.arch


def told(plan: Plan) -> str:
    assert plan.facts.checkpoint is not None
    return " ".join(plan.facts.checkpoint.told)


@pytest.fixture(scope="module")
def by_target(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Nobody says the architecture, and the target has classes that the outputs are named by."""
    model = {"weights": str(file), "preprocess": HOW}
    return planned(tmp_path_factory.mktemp("runs"), IMAGES, model, spec_source={"classes": list(IMAGES.classes)})


def test_labels_of_the_target_or_the_source_tell_which_double_it_is(
    by_target: Plan, file: Path, tmp_path: Path
) -> None:
    by_source = planned(tmp_path, STRANGERS, {"weights": str(file), "preprocess": HOW}, source=IMAGES)
    for plan in (by_target, by_source):
        assert arch_of(plan) == RIGHT
        assert f"{RIGHT} has the names and shapes of {PLAIN} too" in told(plan)
        assert "it was taken" in told(plan)
        assert isinstance(networks.checkpoint(plan.setup).get_submodule("maxpool"), torch.nn.MaxPool2d)


@pytest.mark.slow
@pytest.mark.parametrize("arch", [RIGHT, PLAIN])
def test_saying_what_was_told_makes_no_other_run(by_target: Plan, file: Path, arch: str) -> None:
    model, source = {"weights": str(file), "preprocess": HOW, "arch": arch}, {"classes": list(IMAGES.classes)}
    said = planned(by_target.setup.run.path.parent, IMAGES, model, spec_source=source)
    assert arch_of(said) == arch
    assert (said.setup.run.path == by_target.setup.run.path) == (arch == RIGHT)
    assert (f"--set model.arch={RIGHT} says it" in told(said)) == (arch == PLAIN)


def test_without_names_in_common_the_doubles_are_named(file: Path, tmp_path: Path) -> None:
    plan = planned(tmp_path, STRANGERS, {"weights": str(file), "preprocess": HOW})
    assert arch_of(plan) == PLAIN
    assert f"no weight tells {PLAIN} from {RIGHT}, and no labels at hand do: --set model.arch=NAME" in told(plan)


@pytest.mark.slow
@pytest.mark.skipif(not timm_.installed(), reason="timm is not installed: its transformers are not built")
def test_a_transformer_meets_images_of_the_side_that_its_weights_tell(tmp_path: Path) -> None:
    path = tmp_path / "vit.pt"
    torch.save(build("timm:vit_tiny_patch16_224", classes=3, channels=3, size=96, seed=0).state_dict(), path)
    plan = planned(tmp_path, IMAGES, {"weights": str(path)}, spec_source={"classes": list(IMAGES.classes)})
    assert (plan.setup.preprocess.size, plan.setup.side) == (96, 96)
    with pytest.raises(CheckpointError, match=r"numbers per place in images of 96 px, got images of 16 px; set .*=96$"):
        planned(tmp_path, IMAGES, {"weights": str(path), "preprocess": HOW})
