import os
from pathlib import Path

import pytest
from tests.tiny import tiny_plan, tiny_spec

from shiftprobe.core.errors import SpecError
from shiftprobe.engine.device import check_precision, device_for


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    assert device_for("auto") == device_for("cpu") == "cpu"
    with pytest.raises(SpecError, match=r"train.device: wanted cuda, but torch finds only cpu; use --device auto"):
        device_for("cuda")
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: True)
    assert device_for("auto") == "mps"


@pytest.mark.parametrize(
    ("device", "capability", "got"),
    [("cpu", 9, "cpu"), ("mps", 9, "mps"), ("cuda", 7, "an older one"), ("cuda", 8, "")],
)
def test_tf32_is_refused_where_the_device_cannot(
    device: str, capability: int, got: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda: (capability, 0))
    check_precision("float32", device)
    check_precision("bf16", device)
    if not got:
        check_precision("tf32", device)
        return
    with pytest.raises(SpecError, match=rf"^train.precision: tf32 needs .* got {got}; take float32 or bf16$"):
        check_precision("tf32", device)


def test_a_plan_refuses_it_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"^train.precision: tf32"):
        tiny_plan(tmp_path, train__precision="tf32")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("shown", "wanted"), [("", "1"), ("4,7", "7"), ("GPU-a, GPU-b", "GPU-b")])
def test_one_of_several_gpus_is_all_that_is_seen(shown: str, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert device_for("cuda:1") == "cuda"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == wanted


@pytest.mark.parametrize(("count", "there"), [(0, "none"), (1, "cuda:0"), (3, "cuda:0 to cuda:2")])
def test_a_gpu_that_is_not_there_is_refused(count: int, there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: count)
    with pytest.raises(SpecError, match=rf"^--device: wanted cuda:3, but torch finds {there}; use --device auto$"):
        device_for("cuda:3", "--device")


@pytest.mark.parametrize("device", ["auto", "cpu", "mps", "cuda", "cuda:0", "cuda:11"])
def test_a_spec_takes_every_device(device: str) -> None:
    assert tiny_spec(train__device=device).train.device == device


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:x", "cpu:0", "cuda:1234", ""])
def test_a_spec_refuses_what_is_no_device(device: str) -> None:
    with pytest.raises(SpecError, match=r"train\.device"):
        tiny_spec(train__device=device)
