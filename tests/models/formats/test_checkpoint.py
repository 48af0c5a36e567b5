import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.models.build import build
from shiftprobe.models.fitting import fit_state
from shiftprobe.models.formats.checkpoint import budget_for, load_state, save_state, state_digest

MEGABYTE = 10**6


def network(classes: int = 3, seed: int = 0) -> nn.Module:
    return build("small_cnn", classes=classes, channels=1, size=16, seed=seed)


def saved(path: Path, content: Any, **options: Any) -> Path:
    torch.save(content, path, **options)
    return path


def equal(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def refused(path: Path, message: str, budget: int = MEGABYTE) -> str:
    with pytest.raises(CheckpointError, match=message) as caught:
        load_state(path, budget_bytes=budget)
    text = str(caught.value)
    assert text.startswith(str(path)[:20])
    assert "\n" not in text
    assert "weights_only" not in text
    assert "safe_globals" not in text
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return text


@pytest.mark.parametrize("new", [True, False])
def test_reads_what_torch_saved_in_either_format(tmp_path: Path, new: bool) -> None:
    state = network().state_dict()
    path = saved(tmp_path / "w.pt", state, _use_new_zipfile_serialization=new)
    loaded = load_state(path, budget_bytes=MEGABYTE)
    assert equal(loaded, dict(state))
    assert list(loaded) == list(state)


def test_reads_safetensors_whatever_the_file_is_called(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(save_state(network()))
    assert equal(load_state(path, budget_bytes=MEGABYTE), dict(network().state_dict()))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda s: {"state_dict": s, "epoch": 3, "optimizer": {"lr": 0.1}},
        lambda s: {"model": s},
        lambda s: {"model_state_dict": {"state_dict": s}},
        lambda s: {f"module.{k}": v for k, v in s.items()},
        lambda s: {"model": {f"_orig_mod.module.{k}": v for k, v in s.items()}},
        lambda s: {k: nn.Parameter(v, requires_grad=False) for k, v in s.items()},
    ],
)
def test_takes_wrappers_and_prefixes_off(tmp_path: Path, wrap: Any) -> None:
    state = dict(network().state_dict())
    loaded = load_state(saved(tmp_path / "w.pt", wrap(state)), budget_bytes=MEGABYTE)
    assert equal(loaded, state)
    assert {type(value) for value in loaded.values()} == {Tensor}


def test_keeps_a_prefix_that_not_all_names_share(tmp_path: Path) -> None:
    state = {"module.a": torch.ones(1), "b": torch.ones(1)}
    assert set(load_state(saved(tmp_path / "w.pt", state))) == set(state)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (torch.ones(3).to_sparse(), "layout|sparse"),
        (torch.ones(3, device="meta"), "meta tensor"),
        (torch.ones(3, dtype=torch.complex64), "complex64"),
        (torch.ones(1).expand(10**12), "a view of 1,000,000,000,000 values over 4 bytes"),
        (torch.ones(4).as_strided((1000,), (0,)), "a view of 1,000 values"),
        (torch.tensor([1.0, torch.nan]), "b.weight holds NaN or infinity"),
        (torch.tensor([torch.inf], dtype=torch.float16), "b.weight holds NaN or infinity"),
        (3, "a int"),
        ([torch.ones(1)], "a list"),
    ],
)
def test_refuses_values_that_are_no_plain_finite_tensors(tmp_path: Path, value: Any, message: str) -> None:
    path = saved(tmp_path / "w.pt", {"a": torch.ones(2), "b.weight": value})
    assert "b.weight" in refused(path, message)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_refuses_quantized_weights(tmp_path: Path) -> None:
    value = torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)
    refused(saved(tmp_path / "w.pt", {"a": value}), "qint8")


@pytest.mark.parametrize("content", [[torch.ones(1)], torch.ones(1), {}, {1: torch.ones(1)}, "text"])
def test_refuses_what_is_not_weights_by_name(tmp_path: Path, content: Any) -> None:
    refused(saved(tmp_path / "w.pt", content), r"wanted weights by name, got an? .*save model.state_dict\(\)")


def test_many_names_for_one_storage_count_each(tmp_path: Path) -> None:
    big = torch.ones(50_000)
    path = saved(tmp_path / "w.pt", {f"w{i}": big for i in range(100)})
    refused(path, "wanted at most 1,000,000 bytes of weights, got 20,000,000")


def test_tied_weights_are_read(tmp_path: Path) -> None:
    weight = torch.rand(3)
    loaded = load_state(saved(tmp_path / "w.pt", {"a": weight, "b": weight}))
    assert torch.equal(loaded["a"], loaded["b"])
    assert save_state(loaded)


def test_the_budget_leaves_room_for_an_optimiser() -> None:
    size = len(save_state(network()))
    assert 8 * size + 50 * 2**20 < budget_for(network()) < 8 * size + 70 * 2**20


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_flipped_or_cut_file_is_refused_or_read_as_finite_tensors(tmp_path_factory: Any, data: Any) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "w.pt"
    torch.save({"a": torch.arange(6.0)}, path, _use_new_zipfile_serialization=data.draw(st.booleans()))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        state = load_state(path, budget_bytes=MEGABYTE)
    except CheckpointError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most mutations end here, not all
    else:
        assert all(torch.isfinite(value).all() for value in state.values())


def test_fits_weights_and_says_that_the_head_came_along() -> None:
    model, source = network(seed=0), network(seed=1)
    assert fit_state(model, source.state_dict()).head_loaded
    assert equal(dict(model.state_dict()), dict(source.state_dict()))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_the_models_own(dtype: torch.dtype) -> None:
    model, state = network(), network(seed=1).state_dict()
    cast = {name: v.to(dtype) if v.is_floating_point() else v for name, v in state.items()}
    fit_state(model, cast)
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert torch.equal(model.state_dict()["head.weight"], cast["head.weight"].float())


def test_a_head_of_other_classes_stays_behind_only_when_that_is_said() -> None:
    model, source = network(3), network(5, seed=1).state_dict()
    before = model.state_dict()["head.weight"].clone()
    with pytest.raises(CheckpointError, match=r"head.weight: the model wants \(3, 64\).*has \(5, 64\)"):
        fit_state(model, source)
    assert not torch.equal(model.state_dict()["blocks.0.0.weight"], source["blocks.0.0.weight"])
    assert not fit_state(model, source, "head").head_loaded
    assert torch.equal(model.state_dict()["head.weight"], before)
    assert torch.equal(model.state_dict()["blocks.0.0.weight"], source["blocks.0.0.weight"])


def test_a_fitting_head_is_loaded_when_it_may_stay_behind() -> None:
    model, source = network(), network(seed=1).state_dict()
    assert fit_state(model, source, "head").head_loaded
    assert torch.equal(model.state_dict()["head.weight"], source["head.weight"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("blocks.1.1.weight"), "has no blocks.1.1.weight .1 missing, 0 unexpected of 38."),
        (lambda s: s.update(extra=torch.ones(1)), "holds extra, which the model does not know"),
        (
            lambda s: s.update({"blocks.0.0.weight": torch.ones(8, 3, 3, 3)}),
            r"wants \(8, 1, 3, 3\).*has \(8, 3, 3, 3\)",
        ),
        (lambda s: s.update({"head.bias": torch.ones(3, dtype=torch.int64)}), "int64"),
        (
            lambda s: s.update({"head.bias": torch.full((3,), 1e300, dtype=torch.float64)}),
            "too large for torch.float32",
        ),
    ],
)
def test_refuses_weights_of_another_model_and_leaves_this_one_alone(change: Any, message: str) -> None:
    model, state = network(), dict(network(seed=1).state_dict())
    before = state_digest(model.state_dict())
    change(state)
    with pytest.raises(CheckpointError, match=message):
        fit_state(model, state)
    assert state_digest(model.state_dict()) == before


def test_saving_survives_a_round_trip_and_gives_equal_bytes_for_equal_weights() -> None:
    model = network()
    content = save_state(model)
    state = model.state_dict()
    backwards = {name: state[name] for name in reversed(list(state))}
    assert content == save_state(backwards) == save_state(network())
    assert equal(safetensors.torch.load(content), dict(state))
    assert content != save_state(network(seed=1))


def test_the_digest_is_of_names_shapes_types_and_bytes() -> None:
    base = {"a": torch.zeros(2, 3), "b": torch.tensor(1)}
    others: list[dict[str, Tensor]] = [
        {"c": base["a"], "b": base["b"]},
        {"a": torch.zeros(3, 2), "b": base["b"]},
        {"a": torch.zeros(2, 3, dtype=torch.int32), "b": base["b"]},
        {"a": base["a"], "b": torch.tensor(2)},
        {"a": base["a"]},
    ]
    digests = {state_digest(state) for state in [base, *others]}
    assert len(digests) == 6
    assert state_digest({"b": base["b"], "a": base["a"].T.contiguous().T}) == state_digest(base)
    assert re.fullmatch("[0-9a-f]{64}", state_digest({"h": torch.ones(2, dtype=torch.bfloat16)}))


def test_the_digest_is_spelled_out() -> None:
    state = {"w": torch.from_numpy(np.arange(6, dtype=np.float32).reshape(2, 3))}
    spelled = b"1:w" + b"torch.float32" + b"(2, 3)" + np.arange(6, dtype="<f4").tobytes()
    assert state_digest(state) == hashlib.sha256(spelled).hexdigest()
