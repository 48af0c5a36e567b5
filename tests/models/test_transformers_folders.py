"""Folders that transformers writes are read to the network that transformers reads from them."""

import copy
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.models.folders import CONFIGS, NAMES, SIDE, network, saved, transformers

from shiftprobe.core.errors import CheckpointError, ShiftprobeError, SpecError, UnknownNameError
from shiftprobe.core.types import PENULTIMATE
from shiftprobe.models import transformers_
from shiftprobe.models.blocks import blocks
from shiftprobe.models.build import build, check_arch
from shiftprobe.models.extract import extract
from shiftprobe.models.family import family
from shiftprobe.models.file_reading import FileReading
from shiftprobe.models.fitting import architecture, fitted, sizes_of
from shiftprobe.models.formats.checkpoint import save_state
from shiftprobe.models.head import head_name
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.taps import tap_names
from shiftprobe.models.weights import Weights, named_weights
from shiftprobe.spec.arch_options import bare, parted

HOW = Preprocess(SIDE, 3, (0.5,) * 3, (0.5,) * 3)


def ours(folder: Path) -> tuple[Weights, str, torch.nn.Module]:
    weights = named_weights(str(folder))
    weights, arch, _ = architecture(str(folder), weights, None, allow_code=False)
    sizes = sizes_of(str(folder), weights, arch, allow_code=False)
    model, _ = fitted(str(folder), weights, arch, classes=sizes.classes, preprocess=HOW, allow_code=False)
    return weights, arch, model.eval()


@pytest.mark.parametrize("kind", CONFIGS)
def test_logits_are_those_of_the_library(tmp_path: Path, kind: str) -> None:
    theirs = saved(tmp_path, kind, size="40KB")  # in several files, where it is larger
    weights, arch, model = ours(tmp_path)
    images = torch.randn(2, 3, SIDE, SIDE)
    with torch.no_grad():
        assert torch.equal(model(images), theirs(images).logits)
    assert weights.classes == NAMES
    assert (bare(arch), weights.arch_from) == (f"transformers:{kind.lower()}", "told by its config.json")
    assert weights.format == "a folder of transformers"


@pytest.mark.parametrize("kind", CONFIGS)
def test_features_blocks_and_family_are_found(kind: str) -> None:
    model = named(network(kind)).eval()
    head = head_name(model, len(NAMES))
    taps = tap_names(model, head)
    images = torch.randint(0, 256, (2, SIDE, SIDE, 3), dtype=torch.uint8).numpy()
    view = extract(model, images, torch.zeros(2, dtype=torch.int64).numpy(), HOW, taps=taps, head=head)
    assert len(view.features) >= 3
    assert view.features[PENULTIMATE].shape[1] == model.get_submodule(head).in_features
    assert len(blocks(model, head)) >= 2
    assert family(model) == ("convolutional" if kind in {"ConvNext", "ResNet"} else "transformer")


def named(theirs: Any) -> torch.nn.Module:
    """The same network built by our name for it."""
    arch = transformers_.arch_of(theirs.config.to_dict())
    return build(arch, classes=len(NAMES), channels=3, size=SIDE, seed=0)


def test_a_network_is_drawn_from_its_seed_for_any_classes_and_channels() -> None:
    arch = transformers_.arch_of(network("ViT").config.to_dict())
    one, two, other = (build(arch, classes=7, channels=1, size=SIDE, seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["vit.embeddings.position_embeddings"], other["vit.embeddings.position_embeddings"])
    assert one["classifier.weight"].shape[0] == 7
    copied = copy.deepcopy(build(arch, classes=7, channels=1, size=SIDE, seed=1))
    assert copied(torch.zeros(1, 1, SIDE, SIDE)).shape == (1, 7)


def test_the_digest_is_of_all_that_is_read_and_of_nothing_else(tmp_path: Path) -> None:
    saved(tmp_path, "ResNet", size="10KB")
    before = named_weights(str(tmp_path)).sha256
    (tmp_path / "training_args.bin").write_text("not read")
    assert named_weights(str(tmp_path)).sha256 == before
    for name in ("config.json", "preprocessor_config.json", "model.safetensors.index.json"):
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(f"{text}\n")
        assert named_weights(str(tmp_path)).sha256 != before
        (tmp_path / name).write_text(text)
    assert named_weights(str(tmp_path)).sha256 == before


def test_names_that_the_library_makes_up_are_none(tmp_path: Path) -> None:
    saved(tmp_path, "ResNet", names=None)
    assert named_weights(str(tmp_path)).classes is None


def changed(folder: Path, **keys: object) -> Path:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | keys))
    return folder


@pytest.fixture(scope="module")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str | bytes]:
    folder = tmp_path_factory.mktemp("resnet")
    saved(folder, "ResNet")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(resnet: Mapping[str, bytes], tmp_path: Path) -> Path:
    for name, content in resnet.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"auto_map": {"AutoModel": "mine.Net"}}, r"asks for code of its own \(auto_map\), which is never run"),
        ({"quantization_config": {"bits": 4}}, "asks for quantised weights"),
        ({"problem_type": "multi_label_classification"}, "several labels per image"),
        ({"model_type": None}, "names no model_type"),
        ({"model_type": "resnett"}, "no image classifier 'resnett'; did you mean 'resnet'"),
        ({"model_type": "timm_wrapper"}, "no image classifier 'timm_wrapper'"),
        ({"model_type": "bert"}, "no image classifier 'bert'"),
        ({"hidden_sizes": [8, 24]}, "have another shape in"),
        ({"depths": [1, 2]}, "lack resnet.encoder.stages.1.layers.1"),
        ({"depths": [1]}, "cannot be built|hold resnet|lack"),
        ({"id2label": {"0": "a"}}, "have another shape in classifier.1"),
        ({"hidden_sizes": [10**9, 8]}, r"wanted numbers up to 1,048,576, got 1000000000"),
        (
            {"hidden_sizes": [2**20, 2**20]},
            "wanted at most 500 weights and modules with 1,073,741,824 numbers, got more",
        ),
        ({"depths": [2**20, 1]}, "wanted at most 500 weights and modules"),
        ({"hidden_act": "evil"}, "cannot be built from its configuration"),
        ({"hidden_sizes": "many"}, "cannot be built from its configuration"),
        ({"to_dict": 3, "get_text_config": "x"}, "cannot be|have another|to_dict"),
    ],
)
def test_what_cannot_be_taken_is_one_line(
    folder: Path, keys: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transformers_, "_PARTS", 500)  # the true bound takes seconds
    with pytest.raises(ShiftprobeError, match=message) as caught:
        ours(changed(folder, **keys))
    assert "\n" not in str(caught.value)


def test_nothing_that_a_configuration_names_is_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Places and kernels of attention are names of files and repositories; none of them reaches the library."""
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("the network was touched"))
    keys = dict.fromkeys(("_name_or_path", "attn_implementation", "_attn_implementation"), "owner/evil")
    weights, arch, _ = ours(changed(folder, **keys, backbone="owner/evil", use_pretrained_backbone=True))
    assert "attn" not in arch
    assert weights.classes == NAMES


def test_weights_without_their_head_and_of_other_networks_are_named(folder: Path) -> None:
    state = network("ResNet").state_dict()
    for name in ("classifier.1.weight", "classifier.1.bias"):
        del state[name]
    (folder / "model.safetensors").write_bytes(save_state(state))
    with pytest.raises(CheckpointError, match=r"lack classifier.1.bias and 1 more where config.json says ResNetFor"):
        named_weights(str(folder))
    (folder / "model.safetensors").write_bytes(save_state({**network("ResNet").state_dict(), "x": torch.zeros(2)}))
    with pytest.raises(CheckpointError, match=r"hold x where config\.json says"):
        named_weights(str(folder))


def test_a_pooler_on_which_no_logit_hangs_is_left_out_with_a_note(tmp_path: Path) -> None:
    theirs = saved(tmp_path, "ViT")
    extra = {"vit.pooler.dense.weight": torch.zeros(32, 32), "vit.pooler.dense.bias": torch.zeros(32)}
    (tmp_path / "model.safetensors").write_bytes(save_state({**theirs.state_dict(), **extra}))
    weights, _, model = ours(tmp_path)
    assert weights.notes == ("vit.pooler.dense.bias and 1 more, on which no logit hangs, was left out",)
    assert torch.equal(model.get_parameter("classifier.weight"), theirs.classifier.weight)


def test_pickles_go_through_the_same_door(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save(network("ResNet").state_dict(), folder / "pytorch_model.bin")
    assert named_weights(str(folder)).classes == NAMES
    torch.save(network("ResNet"), folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match=r"pytorch_model.bin: a whole model of transformers"):
        named_weights(str(folder))


def test_a_folder_holds_one_network_of_one_architecture(folder: Path) -> None:
    with pytest.raises(CheckpointError, match="no part 'ema': a folder holds one network; leave it out"):
        named_weights(str(folder), reading=FileReading(part="ema"))
    weights = named_weights(str(folder))
    with pytest.raises(SpecError, match=r"its config.json says transformers:resnet, got torchvision:resnet18; leave"):
        architecture("x", weights, "torchvision:resnet18", allow_code=False)
    assert weights.arch is not None
    assert architecture("x", weights, weights.arch, allow_code=False)[1:] == (weights.arch, None)


def test_without_the_library_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shiftprobe.models.names.find_spec", lambda _: None)
    with pytest.raises(SpecError, match=r"transformers is not installed; pip install 'shiftprobe\[transformers\]'"):
        check_arch("transformers:vit")


def test_options_behind_a_name_are_one_json_object() -> None:
    transformers()
    assert parted('timm:x{"a": [1]}') == ("timm:x", {"a": [1]})
    for arch in ("transformers:vit{", "transformers:vit{1}", 'transformers:vit{"a": 1}x'):
        with pytest.raises(SpecError, match="wanted a JSON object of options"):
            check_arch(arch)
    with pytest.raises(UnknownNameError, match="did you mean 'convnext'"):
        check_arch("transformers:convnextt")
