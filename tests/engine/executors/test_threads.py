"""What a worker computes with: so many threads, and on a GPU the same bits twice. The GPU is made believe."""

import pytest
import torch

from shiftprobe.engine.executors.threads import exact, limited


def flags() -> tuple[bool, ...]:
    cudnn = torch.backends.cudnn
    strict = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    return (*strict, cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)


@pytest.mark.usefixtures("gpu")
def test_a_gpu_gives_the_same_bits_twice_and_float32_that_is_float32() -> None:
    before = flags()
    with limited(1):
        assert flags() == (True, True, True, False, False)
        assert torch.get_num_threads() == 1
    assert flags() == before


@pytest.mark.usefixtures("gpu")
def test_what_was_set_before_comes_back_after_a_fault() -> None:
    before = flags()
    with pytest.raises(ValueError, match="planned"), exact():
        raise ValueError("planned")
    assert flags() == before


def test_without_a_gpu_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    before = flags()
    with exact():
        assert flags() == before
