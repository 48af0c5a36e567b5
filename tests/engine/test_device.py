import pytest

from shiftprobe.core.errors import SpecError
from shiftprobe.engine.device import device_for


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    assert device_for("auto") == device_for("cpu") == "cpu"
    with pytest.raises(SpecError, match=r"train.device: wanted cuda, but torch finds only cpu; use --device auto"):
        device_for("cuda")
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: True)
    assert device_for("auto") == "mps"
