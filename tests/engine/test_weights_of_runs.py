"""What a run's `model.weights` may name, and that a run sees a checkpoint as an audit does."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.engine.bringing import IMAGENET, NAMES, pictures, planned
from tests.specs import DIGITS
from tests.tiny import write_images
from torch import nn

from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.subject import subject
from shiftprobe.core.errors import CheckpointError, ShiftprobeError, SpecError, UnknownNameError
from shiftprobe.core.reading import read_json
from shiftprobe.data.bundle import Bundle
from shiftprobe.engine import networks
from shiftprobe.engine.source_model import make_source
from shiftprobe.models.build import build
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.loading import load_spec


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def saved(path: Path, model: nn.Module, **beside: Any) -> str:
    torch.save({"state_dict": {f"module.{name}": value for name, value in model.state_dict().items()}, **beside}, path)
    return str(path)


def small(classes: int = 3, channels: int = 3) -> nn.Module:
    return build("small_cnn", classes=classes, channels=channels, size=16, seed=4)


def test_a_wrapped_file_in_half_precision_is_guessed_widened_and_named(tmp_path: Path) -> None:
    model = small()
    weights = saved(tmp_path / "mine.pt", build_half(model), classes=["owl", "dog", "cat"])
    ready = planned(tmp_path, pictures(16), {"weights": weights})
    known, setup = ready.facts.checkpoint, ready.setup
    assert known is not None
    assert (setup.spec.model.arch, known.arch, known.dtypes) == ("small_cnn", "small_cnn", ("float16", "int64"))
    assert known.arch_from.startswith("guessed from the weights' names: its 38 names and shapes are those of small_cnn")
    assert setup.columns == (2, 1, 0)
    assert any("weights in float16 became float32" in note for note in known.told)
    found = networks.checkpoint(setup).get_parameter("head.weight")
    assert found.dtype == torch.float32
    assert torch.equal(found, model.get_parameter("head.weight").half().float())
    said = planned(tmp_path, pictures(16), {"weights": weights, "arch": "small_cnn"})
    assert said.setup.run.path == setup.run.path  # saying what is found out makes no other run
    assert said.facts.checkpoint is not None
    assert said.facts.checkpoint.arch_from == "given"


def build_half(model: nn.Module) -> nn.Module:
    twin = small()
    twin.load_state_dict(model.state_dict())
    return twin.half()


@pytest.mark.parametrize(
    ("arch", "px", "expected"),
    [
        ("torchvision:shufflenet_v2_x0_5", 120, Preprocess(224, 3, *IMAGENET, resize=256)),
        ("torchvision:shufflenet_v2_x0_5", 40, Preprocess(40, 3, *IMAGENET)),
        ("small_cnn", 16, None),  # fitted to the images
    ],
)
def test_a_run_prepares_images_as_an_audit_of_the_same_file(
    tmp_path: Path, arch: str, px: int, expected: Preprocess | None
) -> None:
    file, target = tmp_path / "mine.pt", pictures(px)
    torch.save(build(arch, classes=3, channels=3, size=px, seed=0).state_dict(), file)
    ready = planned(tmp_path, target, {"weights": str(file)}, spec_source={"classes": list(NAMES)})
    audited = subject(CheckpointRequest(checkpoint=str(file), classes=NAMES), only(target, ready.split.target_train))
    assert ready.setup.preprocess == audited.preprocess == (expected or audited.preprocess)
    assert ready.setup.spec.model.arch == audited.facts.arch == arch
    assert (
        ready.setup.identity["weights"] == planned(tmp_path, target, {"weights": str(file)}).setup.identity["weights"]
    )


def only(bundle: Bundle, index: np.ndarray) -> Bundle:
    images = tuple(bundle.images[i] for i in index.tolist())
    return replace(bundle, images=images, labels=bundle.labels[index], prints=())


def test_a_resnet_with_the_stem_for_small_images_meets_small_images(tmp_path: Path) -> None:
    file = tmp_path / "mine.pt"
    torch.save(build("torchvision:resnet18", classes=3, channels=3, size=32, seed=0).half().state_dict(), file)
    setup = planned(tmp_path, pictures(120), {"weights": str(file)}).setup
    assert setup.preprocess == Preprocess(32, 3, *IMAGENET)
    assert networks.fresh(setup, 3, 0).get_parameter("conv1.weight").shape[2:] == (3, 3)
    mine = planned(tmp_path, pictures(40), {"weights": str(file), "preprocess": told(80)}).setup
    assert (mine.preprocess.size, mine.side) == (80, 63)  # the user's side; the network is still the small one
    assert networks.fresh(mine, 3, 0).get_parameter("conv1.weight").shape[2:] == (3, 3)


def told(size: int) -> dict[str, Any]:
    return {"size": size, "channels": 3, "mean": [0.5] * 3, "std": [0.5] * 3}


def test_one_part_of_a_file_is_read_where_it_is_named_and_moves_the_run(tmp_path: Path) -> None:
    plain, average = small(), build("small_cnn", classes=3, channels=3, size=16, seed=9)
    file = tmp_path / "both.pt"
    torch.save({"model": plain.state_dict(), "model_ema": average.state_dict()}, file)
    first = planned(tmp_path, pictures(16), {"weights": str(file)}).setup
    second = planned(tmp_path, pictures(16), {"weights": str(file), "part": "model_ema"}).setup
    for setup, model in ((first, plain), (second, average)):
        assert torch.equal(networks.checkpoint(setup).get_parameter("head.bias"), model.get_parameter("head.bias"))
    assert first.run.path != second.run.path


def test_a_network_in_memory_in_half_precision_with_other_outputs(tmp_path: Path) -> None:
    """It is trained in float32, arms get a head for the target, and the caller's stays as it is."""
    mine = nn.Sequential(nn.Flatten(), nn.Linear(16 * 16 * 3, 6), nn.ReLU(), nn.Linear(6, 7)).half()
    ready = planned(tmp_path, pictures(16), model_in_memory=mine)
    setup, known = ready.setup, ready.facts.checkpoint
    assert setup.source_classes == 7
    assert known is not None
    assert any("float16 became float32" in note for note in known.notes)
    assert mine.get_parameter("1.weight").dtype == torch.float16
    source = networks.checkpoint(setup)
    assert torch.equal(source.get_parameter("1.weight"), mine.get_parameter("1.weight").float())
    arm, again = networks.fresh(setup, 3, 5), networks.fresh(setup, 3, 5)
    assert (arm.get_parameter("3.weight").shape, arm.get_parameter("3.weight").dtype) == ((3, 6), torch.float32)
    assert torch.equal(arm.get_parameter("3.weight"), again.get_parameter("3.weight"))
    start = networks.start(setup, arm, source, 5)
    assert (start.head, start.source_head) == ("3", "3")


def uneven() -> Bundle:
    """Other pictures: 10 cats, 20 dogs, 40 owls."""
    rng, labels = np.random.default_rng(1), np.repeat(np.arange(3), (10, 20, 40))
    images = tuple(rng.integers(0, 256, (16, 16, 3), np.uint8) for _ in labels)
    return Bundle(name="home", images=images, labels=labels, classes=NAMES)


def test_fewer_classes_at_home_than_outputs_are_found_by_name(tmp_path: Path) -> None:
    """The source's images can judge a checkpoint whose outputs stand in another order, and with more of them."""
    outputs = ["owl", "emu", "dog", "cat"]
    weights = saved(tmp_path / "mine.pt", small(4), class_to_idx={name: i for i, name in enumerate(outputs)})
    home = uneven()
    ready = planned(tmp_path, pictures(16), {"weights": weights}, source=home, spec_source={"trained": "none"})
    setup = ready.setup
    assert (setup.source_classes, setup.source_columns, setup.columns) == (4, (3, 2, 0), (3, 2, 0))
    write_images(ready)
    make_source(setup)
    place = np.array([outputs.index(NAMES[label]) for label in home.labels[ready.split.source_test]])
    pixels = torch.from_numpy(np.stack([home.images[i] for i in ready.split.source_test])).float() / 255
    mean, std = (torch.tensor(one) for one in (setup.preprocess.mean, setup.preprocess.std))
    answers = small(4).eval()(((pixels - mean) / std).permute(0, 3, 1, 2)).argmax(1).numpy()
    assert read_json(setup.run.source / "about.json")["accuracy"]["value"] == pytest.approx((answers == place).mean())
    as_they_stand = home.labels[ready.split.source_test]
    assert (answers == place).mean() != (answers == as_they_stand).mean()  # by position another number would come out
    unnamed = saved(tmp_path / "other.pt", small(4))
    ready = planned(tmp_path, pictures(16), {"weights": unnamed}, source=home, spec_source={"trained": "none"})
    assert (ready.setup.source_classes, ready.setup.source_columns, ready.setup.columns) == (4, None, None)
    assert ready.facts.checkpoint is not None
    assert not ready.facts.checkpoint.home_known
    assert "zero_shot" not in ready.setup.arms


REFUSED: dict[str, tuple[dict[str, Any], type[ShiftprobeError], str]] = {
    "not in a cache": ({"weights": "torchvision:resnet18"}, CheckpointError, "not in the cache .*; --download fetches"),
    "no such weights": ({"weights": "torchvision:resnet18@IMAGNET1K_V1"}, UnknownNameError, "did you mean 'IMAGENET1K"),
    "misspelt": ({"weights": "torchvision:resnet81"}, UnknownNameError, "did you mean"),
    "no file": ({"weights": "gone.pt"}, CheckpointError, r"gone\.pt: no such file"),
    "no weights to guess from": ({"arch": "auto"}, SpecError, "model.arch: auto is read from weights, and none are"),
    "a part of nothing": ({"part": "ema"}, SpecError, "model.part, head_file, rename: of a file of weights, and"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_cannot_be_had_is_refused_in_one_line(fault: str, tmp_path: Path) -> None:
    model, kind, said = REFUSED[fault]
    with pytest.raises(kind, match=said) as refused:
        planned(tmp_path, pictures(16), model, spec_source={"data": "digits:uci"})
    assert "\n" not in str(refused.value)


def test_a_file_of_another_network_names_the_key_that_cures_it(tmp_path: Path) -> None:
    weights = saved(tmp_path / "mine.pt", small())
    with pytest.raises(CheckpointError, match=r"it is no lite0: .*; --set model\.arch=small_cnn"):
        planned(tmp_path, pictures(16), {"weights": weights, "arch": "lite0"})
    torch.save({"a.weight": torch.zeros(3, 3)}, tmp_path / "odd.pt")
    with pytest.raises(CheckpointError, match=r"odd\.pt: .*name yours with --set model\.arch"):
        planned(tmp_path, pictures(16), {"weights": str(tmp_path / "odd.pt")})


def test_a_spec_without_weights_keeps_its_architecture_and_its_bytes() -> None:
    plain = load_spec({**DIGITS, "model": {"head": "new"}})
    assert plain.resolved()["model"] == {"arch": "small_cnn", "weights": "train", "head": "new", "preprocess": "auto"}
