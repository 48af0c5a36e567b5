from pathlib import Path

import numpy as np
import pytest
import torch
from tests.tiny import tiny_spec

from shiftprobe import data, resolve
from shiftprobe.data.bundle import Bundle
from shiftprobe.errors import SpecError
from shiftprobe.models.build import build
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.resolve import Checkpoint, columns_of, device_for, preprocess_for, read_checkpoint, suited
from shiftprobe.train.arms import Case

GIVEN = {"size": 12, "channels": 1, "mean": [0.5], "std": [0.25]}
FITTED = Preprocess(28, 1, (0.25,), (0.5,))


@pytest.mark.parametrize(
    ("arch", "channels", "facts"),
    [
        ("small_cnn", 1, Checkpoint(classes=7, channels=1, kernel=3)),
        ("small_cnn", 3, Checkpoint(classes=7, channels=3, kernel=3)),
        ("torchvision:resnet18", 3, Checkpoint(classes=7, channels=3, kernel=7)),
        ("torchvision:squeezenet1_1", 3, Checkpoint(classes=7, channels=3, kernel=3)),  # its head is a convolution
    ],
)
def test_a_checkpoint_tells_its_classes_and_its_first_convolution(arch: str, channels: int, facts: Checkpoint) -> None:
    size = 8 if arch == "small_cnn" else 64
    state = build(arch, classes=7, channels=channels, size=size, seed=0).state_dict()
    alphabetical = dict(sorted(state.items()))  # as a safetensors file gives them
    skeleton = build(arch, classes=10, channels=3, size=size, seed=1)
    assert read_checkpoint(alphabetical, skeleton) == facts


def test_weights_of_another_architecture_tell_nothing() -> None:
    skeleton = build("small_cnn", classes=3, channels=1, size=8, seed=0)
    assert read_checkpoint({"else.weight": torch.zeros(4, 4)}, skeleton) == Checkpoint(0, 0, 0)


def test_classes_are_matched_by_name_never_by_place() -> None:
    assert columns_of(("cat", "dog", "emu"), ("emu", "cat")) == (2, 0)
    assert columns_of(("cat", "dog"), ("cat", "dog")) == (0, 1)
    assert columns_of(("cat", "dog"), ("cat", "emu")) is None
    assert columns_of(None, ("cat",)) is None


def test_preprocessing_is_fitted_to_images_of_every_class() -> None:
    """The index comes ordered by class; here the classes differ in brightness."""
    labels = np.repeat(np.arange(3), 1500)
    images = tuple(np.full((8, 8, 1), 100 * label, np.uint8) for label in labels)
    bundle = Bundle(name="levels", images=images, labels=labels, classes=("a", "b", "c"))
    fitted = preprocess_for(tiny_spec(), bundle, np.arange(4500))
    assert fitted.mean[0] == pytest.approx(100 / 255, rel=1e-2)
    assert fitted.std[0] == pytest.approx(np.std([0, 100, 200]) / 255, rel=1e-2)


def test_preprocessing_of_the_spec_stands_as_it_is() -> None:
    spec = tiny_spec(model__preprocess=GIVEN)
    bundle = data.load("digits:uci", Path())
    assert preprocess_for(spec, bundle, np.arange(10)) == Preprocess(12, 1, (0.5,), (0.25,))
    assert suited(spec, FITTED, Checkpoint(10, 3, 7)) is FITTED


def test_means_of_other_channels_are_refused() -> None:
    spec = tiny_spec(model__preprocess={**GIVEN, "channels": 3})
    with pytest.raises(SpecError, match=r"model.preprocess: wanted 3 values in mean and in std"):
        preprocess_for(spec, data.load("digits:uci", Path()), np.arange(10))


def test_images_are_brought_to_what_a_checkpoint_was_made_for() -> None:
    spec = tiny_spec()
    assert suited(spec, FITTED, Checkpoint(10, 3, 3)) == Preprocess(28, 3, (0.25,) * 3, (0.5,) * 3)
    assert suited(spec, FITTED, Checkpoint(10, 1, 7)).size == 64
    assert suited(spec, FITTED, Checkpoint(10, 0, 0)) == FITTED
    colour = Preprocess(96, 3, (0.1, 0.2, 0.3), (0.25, 0.5, 0.75))
    grey = suited(spec, colour, Checkpoint(10, 1, 7))
    assert (grey.size, grey.channels, grey.std) == (96, 1, (0.5,))
    assert grey.mean[0] == pytest.approx(0.2)


def test_arms_that_cannot_apply_are_left_out_with_the_reason() -> None:
    spec = tiny_spec(arms=["transfer", "zero_shot"])
    applies, skipped = resolve.arms_for(spec, Case(columns=None, keep_head=False, batch_norm=True))
    assert applies == {"transfer": "arms"}
    assert skipped == {"zero_shot": "the checkpoint does not know every class of the target by name"}


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    assert device_for("auto") == device_for("cpu") == "cpu"
    with pytest.raises(SpecError, match=r"train.device: wanted cuda, but torch finds only cpu; use --device auto"):
        device_for("cuda")
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: True)
    assert device_for("auto") == "mps"


def test_counts_are_those_of_the_split() -> None:
    from shiftprobe.data.split import split

    bundle = data.load("digits:uci", Path())
    parts = split(bundle, bundle, test=0.4, seed=0)
    about = resolve.counts(bundle, bundle, parts)
    assert (about["source"]["train"], about["source"]["test"]) == (len(parts.source_train), len(parts.source_test))
    assert about["target"]["refused"] == parts.refused > 0
    assert (about["target"]["pool"], about["target"]["test"]) == (len(parts.target_train), len(parts.target_test))
    assert resolve.counts(None, bundle, parts)["source"] is None


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    import hashlib

    (tmp_path / "x").write_bytes(b"abc")
    assert resolve.file_digest(tmp_path / "x") == hashlib.sha256(b"abc").hexdigest()
