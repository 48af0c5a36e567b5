"""Folders that an earlier version made are still read; what cannot be gone on with is refused by what moved."""

import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from shiftprobe.cli import app
from shiftprobe.models.build import build

ARCHIVE = Path(__file__).parents[1] / "fixtures" / "folders-of-november-2026.tar.gz"


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A small sweep and a small audit, as they were left."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def told(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def test_a_report_is_made_of_a_run_of_before_with_the_same_numbers(earlier: Path) -> None:
    run = earlier / "run"
    rows, before = (run / "results.csv").read_bytes(), json.loads((run / "summary.json").read_text())
    code, text = told("report", run)
    assert code == 0, text
    assert (run / "results.csv").read_bytes() == rows
    after: dict[str, Any] = json.loads((run / "summary.json").read_text())
    pair = [one for one in after["contrasts"] if (one["a"], one["b"]) == ("transfer", "scratch")]
    same = ("difference", "differences", "low", "high", "n", "sd", "per_seed")
    assert [[one[key] for key in same] for one in pair] == [[one[key] for key in same] for one in before["contrasts"]]
    ends = [[(one["image_low"], one["image_high"]) for one in found] for found in (pair, before["contrasts"])]
    assert np.array(ends[0]) == pytest.approx(np.array(ends[1]), abs=1e-12)
    assert {one["b"] for one in after["contrasts"]} == {"scratch", "zero_shot"}
    assert {one["arm"] for one in after["training"].pop("early")} <= {"scratch", "transfer"}  # a fact since then
    after["preprocess"] = {key: after["preprocess"][key] for key in before["preprocess"]}  # others came since then
    said_anew = {"contrasts", "best", "verdict", "training", "why", "next"}  # words and rules, not what was measured
    assert not {key for key in before if key not in said_anew and after[key] != before[key]}
    judged = next(one for one in after["verdicts"] if one["pair"] == ["transfer", "scratch"])["contrast"]
    for key in ("difference", "low", "high", "n", "sd"):
        assert judged[key] == before["verdict"]["contrast"][key]
    assert (run / "report.html").stat().st_size > 50_000


def test_figures_are_drawn_of_a_run_of_before(earlier: Path) -> None:
    code, text = told("figures", earlier / "run", "--only", "dial")
    assert code == 0, text
    assert (earlier / "run" / "figures" / "dial.svg").is_file()


def test_a_run_of_before_is_not_gone_on_with_and_says_what_moved(earlier: Path) -> None:
    code, text = told("probe", earlier / "run", "--probes", "distance")
    assert code == 2
    assert "the version of shiftprobe moved" in text
    assert "make the run again with: shiftprobe sweep tiny.yaml" in text


def test_an_audit_of_before_is_a_baseline(earlier: Path) -> None:
    weights = earlier / "model.pt"
    torch.save(build("small_cnn", classes=10, channels=1, size=8, seed=0).state_dict(), weights)
    code, text = told(
        "audit", weights, "--data", "digits:uci", "--classes", "data", "--images", "60", "--baseline",
        earlier / "audit", "--out", earlier / "now",
    )  # fmt: skip
    assert code in {1, 3}, text
    found = json.loads((earlier / "now" / "verdicts.json").read_text())
    regression = [one for one in found["checks"] if one["kind"] == "regression"]
    assert regression
    assert all(one["status"] != "not done" for one in regression)
