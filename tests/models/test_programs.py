"""What torch and training scripts save besides weights is told by name."""

from pathlib import Path

import pytest
import torch
from torch import nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.models.checkpoint import load_checkpoint


def refused(path: Path, message: str) -> None:
    with pytest.raises(CheckpointError, match=message) as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_programs_that_torch_itself_saves_are_named(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 2)).eval()
    exported = tmp_path / "m.pt2"
    torch.export.save(torch.export.export(model, (torch.zeros(1, 3),)), exported)
    refused(exported, r"a torch.export program \(.pt2\)")


def test_what_travels_beside_weights_is_no_whole_model(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    torch.save({"state_dict": {"w": torch.ones(2)}, "args": Path("runs")}, path)
    refused(path, r"asks for pathlib\.\w+, which is refused; if it travels beside weights that you trust, save")
