"""Every step between a file and its weights is taken as said, and said."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from shiftprobe.core.errors import CheckpointError
from shiftprobe.models.fitting import fit_state
from shiftprobe.models.formats.checkpoint import Loaded, load_checkpoint, load_state
from shiftprobe.models.sizes import read_sizes

PLAIN = {"conv.weight": torch.zeros(2, 1, 3, 3), "fc.weight": torch.ones(3, 2)}
AVERAGE = {name: value + 5 for name, value in PLAIN.items()}


def prefixed(prefix: str, state: dict[str, Tensor] | None = None) -> dict[str, Tensor]:
    return {prefix + name: value for name, value in (state or PLAIN).items()}


def loaded(tmp_path: Path, content: Any, part: str | None = None, **options: Any) -> Loaded:
    path = tmp_path / "w.pt"
    torch.save(content, path, **options)
    return load_checkpoint(path, part=part)


def is_state(found: Loaded, state: dict[str, Tensor]) -> bool:
    return found.state.keys() == state.keys() and all(torch.equal(found.state[name], state[name]) for name in state)


def refused(tmp_path: Path, content: Any, message: str, part: str | None = None) -> None:
    with pytest.raises(CheckpointError, match=message) as caught:
        loaded(tmp_path, content, part)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict", "model", "net", "network", "weights", "module"])
def test_plain_weights_go_before_averaged_ones(tmp_path: Path, key: str) -> None:
    content = {"ema": AVERAGE, key: PLAIN, "optimizer": {"state": {0: {"m": torch.ones(2)}}}, "epoch": 3}
    found = loaded(tmp_path, content)
    assert is_state(found, PLAIN)
    assert found.notes == (
        f"the file holds 3 other parts (`ema`, `optimizer`, `epoch`); only `{key}` was read",
        "a moving average of the weights (EMA) is there too; `--part ema` (`model.part: ema` in a spec) reads it",
    )


@pytest.mark.parametrize("key", ["ema", "model_ema", "state_dict_ema", "ema_state_dict", "averaged_model"])
def test_averaged_weights_are_taken_where_there_are_no_others_or_they_are_asked_for(tmp_path: Path, key: str) -> None:
    alone = loaded(tmp_path, {key: AVERAGE, "epoch": 3})
    assert is_state(alone, AVERAGE)
    assert f"there are no plain weights, so the moving average under `{key}` was read" in alone.notes
    asked = loaded(tmp_path, {"state_dict": PLAIN, key: AVERAGE}, part=key)
    assert is_state(asked, AVERAGE)
    assert asked.notes == (f"`{key}` was read, as asked",)


def test_a_number_beside_the_parts_is_no_weight(tmp_path: Path) -> None:
    best = {"best": torch.tensor(0.9)}
    assert is_state(loaded(tmp_path, {"ema": AVERAGE, **best}), AVERAGE)
    refused(
        tmp_path,
        {"student": PLAIN, **best},
        "under names we do not know; choose one with --part .`model.part` in a spec.: student$",
    )


def test_a_part_may_stand_within_another(tmp_path: Path) -> None:
    content = {"model": {"state_dict": PLAIN, "ema": AVERAGE}}
    assert is_state(loaded(tmp_path, content, "ema"), AVERAGE)
    assert is_state(loaded(tmp_path, {"ema": {"module": PLAIN}}, "ema"), PLAIN)


def test_any_part_with_weights_can_be_asked_for_and_none_is_guessed(tmp_path: Path) -> None:
    content = {"teacher": AVERAGE, "student": PLAIN, "optimizer": {"state": {}}, "epoch": 1}
    assert is_state(loaded(tmp_path, content, "student"), PLAIN)
    refused(
        tmp_path,
        content,
        "under names we do not know; choose one with --part .`model.part` in a spec.: teacher, student$",
    )
    refused(
        tmp_path,
        content,
        "no part 'pupil' with weights; choose one with --part .`model.part` in a spec.: teacher, student$",
        "pupil",
    )
    refused(tmp_path, content, "no part 'optimizer' with weights", "optimizer")
    refused(tmp_path, PLAIN, "no part 'ema' with weights", "ema")


@pytest.mark.parametrize(
    "prefix",
    ["module.", "_orig_mod.", "model.", "net.", "network.", "backbone.", "encoder.", "_orig_mod.module.model.net."],
)
def test_prefixes_that_all_names_share_are_taken_off_and_said(tmp_path: Path, prefix: str) -> None:
    found = loaded(tmp_path, prefixed(prefix))
    assert is_state(found, PLAIN)
    assert found.notes == (f"`{prefix}`, with which all 2 names began, was taken off",)


@pytest.mark.parametrize("prefix", ["trunk.", "modules."])
def test_other_prefixes_and_those_of_some_names_stay(tmp_path: Path, prefix: str) -> None:
    assert is_state(loaded(tmp_path, prefixed(prefix)), prefixed(prefix))
    some = {**prefixed("model."), "head.weight": torch.ones(2, 2)}
    assert is_state(loaded(tmp_path, some), some)
    assert loaded(tmp_path, some).notes == ()


def test_torchs_own_average_loses_its_counter(tmp_path: Path) -> None:
    network = nn.Linear(2, 3)
    found = loaded(tmp_path, {"model_ema": AveragedModel(network).state_dict()})
    assert is_state(found, dict(network.state_dict()))
    assert "`n_averaged`, a counter of torch's weight averaging, was left out" in found.notes


def test_a_value_called_like_the_counter_stays_where_there_is_no_average(tmp_path: Path) -> None:
    state = {**PLAIN, "n_averaged": torch.tensor(3)}
    assert is_state(loaded(tmp_path, state), state)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_float32_and_it_is_said(tmp_path: Path, dtype: torch.dtype) -> None:
    value = torch.tensor([0.1, -3.0], dtype=dtype)
    found = loaded(tmp_path, {"w": value, "n": torch.tensor(3)})
    name = str(dtype).removeprefix("torch.")
    assert found.dtypes == tuple(sorted((name, "int64")))
    assert found.notes == (f"weights in {name} became float32",)
    assert torch.equal(found.state["w"], value.float())
    assert found.state["n"].dtype == torch.int64


def test_what_is_not_finite_is_named_and_counted(tmp_path: Path) -> None:
    bad = torch.tensor([1.0, torch.nan])
    refused(tmp_path, {"a": torch.ones(1), "b.weight": bad, "c": -bad / 0}, r"b.weight \(and 1 more\) holds NaN")
    refused(tmp_path, {"b": torch.tensor(1e300, dtype=torch.float64)}, "b is too large for float32")


def test_a_plain_file_needs_no_notes_and_is_fingerprinted(tmp_path: Path) -> None:
    found = loaded(tmp_path, PLAIN)
    content = (tmp_path / "w.pt").read_bytes()
    assert (found.notes, found.classes, found.dtypes) == ((), None, ("float32",))
    assert (found.sha256, found.bytes) == (hashlib.sha256(content).hexdigest(), len(content))


def test_the_form_of_the_file_is_told(tmp_path: Path) -> None:
    assert loaded(tmp_path, PLAIN).format == "torch"
    assert loaded(tmp_path, PLAIN, _use_new_zipfile_serialization=False).format == "torch (legacy)"
    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensors.torch.save(PLAIN))
    assert load_checkpoint(path).format == "safetensors"


@pytest.mark.parametrize(
    "beside",
    [
        {"classes": ["cat", "dog"]},
        {"class_names": ("cat", "dog")},
        {"idx_to_class": {1: "dog", 0: "cat"}},
        {"class_to_idx": {"dog": 1, "cat": 0}},
        {"hyper_parameters": {"id2label": {"0": "cat", "1": "dog"}}},
        {"meta": {"CLASSES": ("cat", "dog")}, "classes": 2},
    ],
)
def test_class_names_are_read_from_beside_the_weights(tmp_path: Path, beside: dict[str, Any]) -> None:
    found = loaded(tmp_path, {"state_dict": PLAIN, **beside})
    assert found.classes == ("cat", "dog")
    assert "the file names its 2 classes" in found.notes[-1]


def test_class_names_that_disagree_are_not_used(tmp_path: Path) -> None:
    found = loaded(tmp_path, {"state_dict": PLAIN, "classes": ["a", "b"], "class_to_idx": {"b": 0, "a": 1}})
    assert found.classes is None
    assert found.notes[-1] == "the class names in the file disagree (classes, class_to_idx); none of them was used"


def test_safetensors_carry_class_names_in_their_header(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensors.torch.save(PLAIN, metadata={"format": "pt", "classes": '["cat", "dog"]'}))
    found = load_checkpoint(path)
    assert found.classes == ("cat", "dog")
    assert found.notes == ("the file names its 2 classes (`classes`)",)
    path.write_bytes(safetensors.torch.save(PLAIN, metadata={"classes": "cat, dog"}))
    assert load_checkpoint(path).classes is None


def test_a_file_that_holds_itself_is_refused(tmp_path: Path) -> None:
    content: dict[str, Any] = {"epoch": 1}
    content["model"] = content
    refused(tmp_path, content, "wanted|save model")
    content.update(dict.fromkeys(("state_dict", "net", "network", "weights", "module", "ema", "model_ema"), content))
    refused(tmp_path, content, "wanted|save model")


def test_names_of_parts_cannot_move_the_cursor(tmp_path: Path) -> None:
    found = loaded(tmp_path, {"model": PLAIN, "\x1b[2J": 1, "x" * 500: 2})
    assert "\x1b" not in "".join(found.notes)
    assert len(found.notes[0]) < 200


def test_the_thin_reader_keeps_prefixes_that_only_some_files_put_there(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    torch.save(prefixed("module.net."), path)
    assert set(load_state(path)) == set(prefixed("net."))


class Wrapped(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(2, 3)


def test_a_network_that_has_the_prefix_itself_takes_the_weights_without_it(tmp_path: Path) -> None:
    source, model, bare = Wrapped(), Wrapped(), nn.Linear(2, 3)
    found = loaded(tmp_path, dict(source.state_dict()))
    assert set(found.state) == {"weight", "bias"}
    fit_state(model, found.state)
    assert torch.equal(model.net.weight, source.net.weight)
    fit_state(bare, source.state_dict())
    assert torch.equal(bare.weight, source.net.weight)
    assert read_sizes(found.state, model).classes == read_sizes(source.state_dict(), bare).classes == 3


def test_counters_that_old_files_lack_begin_anew_and_that_is_said() -> None:
    source, model = nn.Sequential(nn.BatchNorm1d(2)), nn.Sequential(nn.BatchNorm1d(2))
    nn.init.constant_(source.get_parameter("0.weight"), 7.0)
    model.get_buffer("0.num_batches_tracked").add_(9)
    state = {name: value for name, value in source.state_dict().items() if "tracked" not in name}
    report = fit_state(model, state)
    assert report.notes == ("counters of batches (1) are not in the file and begin at 0",)
    assert model.get_parameter("0.weight")[0] == 7
    assert int(model.get_buffer("0.num_batches_tracked")) == 0


def test_heads_that_only_guide_training_are_left_out_and_that_is_said() -> None:
    model = nn.Linear(2, 3)
    report = fit_state(model, {**model.state_dict(), "aux1.fc.weight": torch.ones(1)})
    assert report.notes == ("what only guides training (aux1.fc.weight) was left out",)


def test_networks_that_ask_for_their_version_are_loaded() -> None:
    from torchvision.models import mnasnet0_5

    source, model = mnasnet0_5(num_classes=2), mnasnet0_5(num_classes=2)
    fit_state(model, dict(source.state_dict()))
    assert torch.equal(model.classifier[1].weight, source.classifier[1].weight)
