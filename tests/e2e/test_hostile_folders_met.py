"""What goes on with a folder, or is compared with one, meets its links before anything is read or written there."""

import shutil
from pathlib import Path

import pytest
import torch
from tests.e2e.test_earlier_folders import earlier, told
from tests.tiny import tiny_plan

from shiftprobe.core.errors import RunError
from shiftprobe.models.build import build

__all__ = ["earlier"]


def everything(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize("place", ["lock", "cells", "sets", "probes/accuracy"])
def test_a_sweep_does_not_go_on_in_a_folder_that_leads_out(place: str, tmp_path: Path) -> None:
    asked = {"arms": ["zero_shot", "scratch"], "seeds": 1, "probes": ["accuracy"]}
    run = tiny_plan(tmp_path / "runs", **asked).setup.run.path
    (tmp_path / "outside").mkdir()
    (run / place).parent.mkdir(parents=True)
    (run / place).symlink_to(tmp_path / "outside")
    before = everything(tmp_path)
    with pytest.raises(RunError, match=f"{place}: wanted a regular file, got a link"):
        tiny_plan(tmp_path / "runs", **asked)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("flag", ["--run", "--baseline", "--out"])
def test_an_audit_meets_them_in_one_line(flag: str, earlier: Path) -> None:
    weights = earlier / "model.pt"
    torch.save(build("small_cnn", classes=10, channels=1, size=8, seed=0).state_dict(), weights)
    given = {"--run": earlier / "run", "--baseline": earlier / "audit", "--out": earlier / "audit"}[flag]
    (earlier / "outside").mkdir()
    shutil.rmtree(given / "samples", ignore_errors=True)
    (given / "samples").symlink_to(earlier / "outside")
    before = everything(earlier)
    code, text = told("audit", weights, "--data", "digits:uci", "--classes", "data", "--images", "60", flag, given)
    assert (code, len(text.strip().splitlines())) == (2, 1), text
    wanted = "a folder of this folder's own" if flag == "--out" else "a regular file"
    assert f"samples: wanted {wanted}, got a link" in text
    assert everything(earlier) == before
