"""A cell that found no room beside others on a GPU leaves nothing behind; the GPU is made believe."""

from pathlib import Path

import pytest
import torch
from tests.tiny import tiny_plan
from torch import nn

from shiftprobe.core.types import Cell
from shiftprobe.engine import cell as cells
from shiftprobe.engine import run_probes
from shiftprobe.engine.cell import Made, arm_folder, make_arm
from shiftprobe.engine.execute import run_cell
from shiftprobe.engine.setup import Setup
from shiftprobe.models import sharing
from shiftprobe.models.sharing import CrowdedError

CELL = Cell("rotation", 0.5, 40, 0)
FULL = [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("CUBLAS_STATUS_ALLOC_FAILED")]


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setup:
    """Seen from a process that has its part of a device."""
    monkeypatch.setattr(sharing, "_mine", [sharing._Part(2**30, 0)])
    return tiny_plan(tmp_path).setup


@pytest.mark.parametrize(("refusals", "kept"), [(0, True), (1, False)])
def test_an_arm_whose_bits_another_process_may_have_moved_is_not_kept(
    refusals: int, kept: bool, setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "memory_stats", lambda: {"num_ooms": refusals})
    monkeypatch.setattr(cells, "trained", lambda *_: (Made(failed="planned"), {"failed": "planned"}))
    if kept:
        make_arm(setup, CELL, "scratch", nn.Identity())
    else:
        with pytest.raises(CrowdedError):
            make_arm(setup, CELL, "scratch", nn.Identity())
    assert arm_folder(setup, CELL, "scratch").exists() is kept


@pytest.mark.parametrize("error", FULL, ids=["torch", "cublas"])
def test_a_crowded_cell_comes_out_and_forgets_what_it_shared(
    error: Exception, setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(run_probes, "_shared", {"this run": {}})
    monkeypatch.setattr(run_probes, "_checkpoint", lambda _: {"source": nn.Identity()})
    monkeypatch.setattr(cells, "trained", full)
    with pytest.raises(CrowdedError):
        run_cell(setup, CELL)
    assert not setup.run.error(CELL).exists()
    assert run_probes._shared == {}
