"""What timm writes: folders, repositories in the hub's cache, and the checkpoints of its `train.py`."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.models.folders import NAMES, timm_folder

from shiftprobe.core.errors import CheckpointError, ShiftprobeError, SpecError
from shiftprobe.models import cached, timm_
from shiftprobe.models.build import build
from shiftprobe.models.fitting import architecture, fitted
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.published import preprocess_of
from shiftprobe.models.said_preprocess import beside
from shiftprobe.models.weights import named_weights

timm = pytest.importorskip("timm", reason="NOT TESTED: timm is not installed")
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
POOLED = 'timm:resnet10t{"global_pool": "avg"}'  # timm writes its default
HALF = ((0.5,) * 3, (0.25,) * 3)


def test_a_folder_comes_with_architecture_names_and_the_crop_it_is_judged_with(tmp_path: Path) -> None:
    """The numbers are timm's own for resnet10t.c3_in1k: judged at 224 px of 224 / .95."""
    theirs = timm_folder(tmp_path)
    weights = named_weights(str(tmp_path))
    assert (weights.arch, weights.classes, weights.format) == (POOLED, NAMES, "a folder of timm")
    how = beside(tmp_path, 3)
    assert how is not None
    config = timm.models.get_pretrained_cfg("resnet10t")
    told = timm.data.resolve_data_config({}, pretrained_cfg=config.to_dict(), use_test_size=True)
    assert (how.preprocess.size, how.preprocess.mean) == (told["input_size"][1], tuple(told["mean"]))
    assert how.preprocess.resize == int(how.preprocess.size / told["crop_pct"])
    model, _ = fitted("x", weights, weights.arch or "", classes=3, preprocess=how.preprocess, allow_code=False)
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(model.eval()(images), theirs(images))


def test_pixels_are_those_of_timms_own_transform(tmp_path: Path) -> None:
    import numpy as np
    import PIL.Image

    timm_folder(tmp_path)
    how = beside(tmp_path, 3)
    assert how is not None
    image = np.random.default_rng(0).integers(0, 256, (301, 407, 3), np.uint8)
    config = timm.models.get_pretrained_cfg("resnet10t").to_dict()
    for mode in ("center", "squash"):
        said = config | {"crop_mode": mode}
        (tmp_path / "config.json").write_text(json.dumps({"architecture": "resnet10t", "pretrained_cfg": said}))
        found = beside(tmp_path, 3)
        assert found is not None
        told = timm.data.resolve_data_config({}, pretrained_cfg=said, use_test_size=True)
        theirs = timm.data.create_transform(**told)(PIL.Image.fromarray(image))
        ours = found.preprocess.normalise(torch.from_numpy(found.preprocess.images([image])))[0]
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-4)


def test_other_weights_of_an_architecture_keep_the_side_it_is_trained_with() -> None:
    """timm's own numbers for resnet50.a1_in1k: 224 px of 235 (.95); only the published weights are judged at 288 px."""
    of_arch = preprocess_of("timm:resnet50")
    assert of_arch == Preprocess(224, 3, *IMAGENET, resize=235, interpolation="bicubic")


def in_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> Path:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    repository = tmp_path / "hub" / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc")
    return repository / "snapshots" / "abc"


def test_names_of_the_hub_are_found_in_its_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = in_cache(tmp_path, monkeypatch, "owner/net")
    for name in ("hf_hub:owner/net", "hf-hub:owner/net@main"):
        with pytest.raises(CheckpointError, match=r"net.*: not in the cache \(.*hub\); --download fetches it$"):
            named_weights(name)
    timm_folder(place)
    blob = tmp_path / "blob"  # the cache holds links
    (place / "model.safetensors").rename(blob)
    (place / "model.safetensors").symlink_to(blob)
    for name in ("hf_hub:owner/net", "hf-hub:owner/net@main"):
        found = named_weights(name)
        assert (found.path, found.arch, found.classes, found.place) == (name, POOLED, NAMES, place)
    (place / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match="--download fetches it"):
        named_weights("hf_hub:owner/net")


def test_what_is_fetched_is_the_configuration_and_the_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    place = in_cache(tmp_path, monkeypatch, "owner/net")
    asked = []

    def fetch(name: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        asked.append((name, revision, allow_patterns))
        if "*.json" in allow_patterns:
            folder(place, {"architecture": "resnet10t"})
        else:
            (place / "pytorch_model.bin").write_text("")
        return str(place)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    assert cached.folder("hf_hub:owner/net@v1", download=True) == place
    assert asked == [
        ("owner/net", "v1", ["*.json", "*.safetensors"]),
        ("owner/net", "v1", ["pytorch_model*.bin"]),
    ]


def folder(path: Path, config: dict[str, object]) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_text(json.dumps(config))
    return path


def test_model_args_say_the_network_and_open_nothing(tmp_path: Path) -> None:
    options = {"img_size": 32, "num_classes": 3, "class_token": False, "global_pool": "avg"}
    arch = timm_.arch_of({"architecture": "vit_tiny_patch16_224", "model_args": options})
    assert arch == 'timm:vit_tiny_patch16_224{"class_token": false, "global_pool": "avg", "img_size": 32}'
    model = build(arch, classes=3, channels=3, size=32, seed=0)
    assert model.get_parameter("pos_embed").shape[1] == 4  # 2 x 2 patches and no token
    place = folder(tmp_path, {"architecture": "resnet10t", "model_args": {"checkpoint_path": "/etc/passwd"}})
    (place / "model.safetensors").write_bytes(b"")
    with pytest.raises(ShiftprobeError):
        named_weights(str(place))
    for key in ("checkpoint_path", "pretrained", "pretrained_cfg", "features_only", "scriptable", "act_layer"):
        with pytest.raises(SpecError, match=f"the option {key} is not handed on to timm"):
            timm_.arch_of({"architecture": "resnet10t", "model_args": {key: "x"}})
        with pytest.raises(SpecError, match=f"the option {key} is not handed on to timm"):
            build(f'timm:resnet10t{{"{key}": "x"}}', classes=3, channels=3, size=32, seed=0)


@pytest.mark.parametrize("name", [None, 3, "hf-hub:owner/net", "local-dir:/tmp", "resnet81"])
def test_an_architecture_that_timm_does_not_have_is_refused(name: object) -> None:
    with pytest.raises(ShiftprobeError, match=r"wanted the name|no classifier"):
        timm_.arch_of({"architecture": name})


def trained(path: Path, **args: Any) -> str:
    """A checkpoint as timm's `train.py` writes it, by timm's own saver."""
    from timm.utils import checkpoint_saver

    model = timm.create_model("resnet10t", num_classes=3)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    said = argparse.Namespace(**{"model": "resnet10t", "img_size": None, "mean": None, "interpolation": "", **args})
    write: Any = checkpoint_saver.CheckpointSaver
    saver = write(model, optimizer, args=said, checkpoint_dir=str(path), recovery_dir=str(path))
    saver.save_checkpoint(0, metric=0.5)
    return str(path / "last.pth.tar")


def test_what_train_py_writes_names_its_network_and_its_preprocessing(tmp_path: Path) -> None:
    file = trained(tmp_path, img_size=64, mean=[0.5], std=[0.25] * 3, crop_pct=0.9, interpolation="bilinear")
    weights = named_weights(file)
    assert (weights.arch, weights.arch_from) == (
        "timm:resnet10t",
        "told by the args of timm's train.py, which stand beside the weights",
    )
    assert weights.preprocess == Preprocess(64, 3, *HALF, resize=71)
    assert architecture(file, weights, None, allow_code=False)[1:] == ("timm:resnet10t", None)


def test_where_the_args_are_silent_timms_own_training_side_is_taken(tmp_path: Path) -> None:
    """timm's validation within `train.py` uses the training side: 176 px of 176 / .95 for resnet10t."""
    weights = named_weights(trained(tmp_path))
    told = timm.data.resolve_data_config({}, model=timm.create_model("resnet10t"))
    assert weights.preprocess is not None
    assert (weights.preprocess.size, weights.preprocess.resize) == (
        told["input_size"][1],
        int(told["input_size"][1] / told["crop_pct"]),
    )


@pytest.mark.parametrize(
    ("args", "arch"),
    [
        ({"model": "hf-hub:owner/net"}, None),
        ({"model_kwargs": {"checkpoint_path": "x"}}, None),
        ({"model_kwargs": {"img_size": 3}}, 'timm:resnet10t{"img_size": 3}'),
        ({"gp": "max"}, 'timm:resnet10t{"global_pool": "max"}'),
        ({"model": 3}, None),
    ],
)
def test_what_the_args_say_of_the_network_is_taken_as_far_as_it_is_ours(
    tmp_path: Path, args: dict[str, Any], arch: str | None
) -> None:
    torch.save({"state_dict": {"fc.weight": torch.zeros(2)}, "args": args_of(args)}, tmp_path / "a.pt")
    assert named_weights(str(tmp_path / "a.pt")).arch == arch


def args_of(args: dict[str, Any]) -> argparse.Namespace:
    return argparse.Namespace(**{"model": "resnet10t", **args})


def test_args_that_we_cannot_follow_are_left_out_with_a_note(tmp_path: Path) -> None:
    for odd in ({"crop_pct": 1.2}, {"img_size": "x"}, {"mean": [1, 2]}, {"interpolation": "random"}):
        torch.save({"state_dict": {"fc.weight": torch.zeros(2)}, "args": args_of(odd)}, tmp_path / "a.pt")
        found = named_weights(str(tmp_path / "a.pt"))
        assert found.preprocess is None
        assert any(note.startswith("how its args prepare images is left out: timm:resnet10t") for note in found.notes)


def test_that_class_alone_is_let_through_and_what_it_holds_is_weighed(tmp_path: Path) -> None:
    class Mine(argparse.Namespace):
        pass

    Mine.__module__, Mine.__qualname__ = "argparse", "Mine"
    argparse.Mine = Mine  # type: ignore[attr-defined]
    try:
        torch.save({"state_dict": {"a": torch.zeros(2)}, "args": Mine(model="x")}, tmp_path / "a.pt")
    finally:
        del argparse.Mine  # type: ignore[attr-defined]
    with pytest.raises(CheckpointError, match=r"asks for argparse.Mine, which is refused"):
        named_weights(str(tmp_path / "a.pt"))
    huge = torch.zeros(1).expand(2)
    torch.save({"a": torch.zeros(2), "args": argparse.Namespace(model="resnet10t", mean=huge)}, tmp_path / "b.pt")
    with pytest.raises(
        CheckpointError, match=r"args: wanted a dense tensor of plain numbers, got what argparse.Namespace makes"
    ):
        named_weights(str(tmp_path / "b.pt"))
