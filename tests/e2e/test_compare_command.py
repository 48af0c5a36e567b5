"""The comparison as a user meets it, on real digits."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Command
from tests.e2e.test_sweep_command import ONE, files, only_run
from tests.specs import TINY

import shiftprobe

SMALL = ("--set", "source.images=600", "--set", "target.test=0.3", "--set", "train.epochs=3")
CURVE = ("--budget", "20,60", "--seeds", "3", "--probes", "accuracy,cka,null_band", *SMALL)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, shiftprobe_command: Command) -> tuple[Path, str]:
    """A comparison of two budgets with three seeds and two trials per arm, and what it said."""
    out = tmp_path_factory.mktemp("compare")
    done = shiftprobe_command("compare", "--out", out, *ONE, *CURVE, "--tune", "lr=1e-3,1e-2")
    assert done.returncode == 0, done.stderr
    return only_run(out), done.stdout


def summary(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "summary.json").read_bytes())
    return found


def test_it_prints_table_1_one_verdict_and_the_paths(run: tuple[Path, str]) -> None:
    folder, told = run
    lines = told.splitlines()
    assert sum(line.startswith("Verdict: ") for line in lines) == 1
    assert "Table 1. Top-1 accuracy in %, mean (std), 3 seeds per arm:" in lines
    for start in ("20, last epoch", "60, last epoch", "20, best epoch", "60, best epoch"):
        assert sum(line.startswith(start) for line in lines) == 1
    assert "Every arm tried the same 2 trials (lr 0.001, 0.01) and kept one per condition and budget" in told
    assert lines[-1] == f"Report: {folder / 'report.html'}"
    assert (folder / "table1.csv").read_text().splitlines()[0].startswith("arm,labels,seeds,mean,std")
    assert r"\toprule" in (folder / "table1.tex").read_text()


def test_every_arm_had_the_same_trials_on_the_same_parts(run: tuple[Path, str]) -> None:
    curves = json.loads((run[0] / "curves.json").read_bytes())
    assert len(curves) == 2 * 2 * 3
    for one in curves:
        scores = run[0] / "trials" / f"identity~0.0~b{one['budget']}~s{one['seed']}" / one["arm"] / "scores.json"
        assert [trial["values"] for trial in json.loads(scores.read_bytes())["trials"]] == [{"lr": 1e-3}, {"lr": 1e-2}]
        assert one["images"] + one["validation_images"] == one["budget"]
        assert len(one["loss"]) == len(one["validation"]) == 3
        assert one["validation"][one["best_epoch"] - 1] == max(one["validation"])


def test_one_rate_is_chosen_for_all_seeds_of_an_arm_at_a_budget(run: tuple[Path, str]) -> None:
    training = summary(run[0])["training"]
    chosen = {
        (one["arm"], one["budget"]): one["trials"][one["chosen"]]["values"]["lr"] for one in training["tuning"]["arms"]
    }
    assert len(chosen) == 2 * 2
    for one in json.loads((run[0] / "curves.json").read_bytes()):
        assert one["lr"] == chosen[one["arm"], one["budget"]]
    assert len(training["tuning"]["differences"]) == 2 * 2  # of transfer and scratch, at two budgets and two trials
    assert 'id="trials"' in (run[0] / "report.html").read_text()


def test_both_metrics_come_from_one_training_and_agree_with_the_rows(run: tuple[Path, str]) -> None:
    rows = list(csv.DictReader((run[0] / "results.csv").read_text().splitlines()))
    whole = summary(run[0])
    for metric, judged in (("top1", whole), ("top1_best", whole["best"])):
        values = [float(row["value"]) for row in rows if row["metric"] == metric and row["arm"] == "transfer"]
        assert len(values) == 2 * 3
        points = judged["points"]
        assert sorted(v for p in points if p["arm"] == "transfer" for v in p["values"]) == sorted(values)


def test_the_gallery_and_the_contrast_count_the_same_answers(run: tuple[Path, str]) -> None:
    galleries = json.loads((run[0] / "gallery" / "gallery.json").read_bytes())["galleries"]
    contrasts = summary(run[0])["contrasts"]
    assert [one["budget"] for one in galleries] == [20, 60]
    for gallery, contrast in zip(galleries, contrasts, strict=True):
        for outcome, count in gallery["counts"].items():
            assert count == sum(seed[outcome] for seed in contrast["per_seed"])
        for shown in gallery["shown"]:
            assert (run[0] / "gallery" / shown["thumb"]).is_file()


def test_the_pairing_is_proven_by_equal_hashes(run: tuple[Path, str]) -> None:
    rows = list(csv.DictReader((run[0] / "results.csv").read_text().splitlines()))
    hashes: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for row in rows:
        if row["metric"] == "top1":
            hashes.setdefault((row["budget"], row["seed"]), set()).add((row["split"], row["order"], row["head"]))
    assert len(hashes) == 6
    assert all(len(found) == 1 and "" not in next(iter(found)) for found in hashes.values())
    assert summary(run[0])["pairing"] == "paired over 3 seeds (hashes of split, order and head agree)"


def test_the_same_command_finds_its_run_and_moves_no_byte(run: tuple[Path, str], shiftprobe_command: Command) -> None:
    before = files(run[0])
    again = shiftprobe_command("compare", "--out", run[0].parent, *ONE, *CURVE, "--tune", "lr=1e-3,1e-2")
    assert again.returncode == 0
    assert only_run(run[0].parent) == run[0]
    assert files(run[0]) == before


def test_one_seed_gives_no_verdict_and_says_what_is_needed(tmp_path: Path) -> None:
    found = shiftprobe.compare({**TINY, "seeds": 1}, out=tmp_path, workers=1)
    assert found.summary.verdict.word == "inconclusive"
    assert "at least 2 are needed" in found.summary.verdict.sentence
    assert found.summary.contrasts[0].low is None


def test_a_class_set_that_differs_leaves_out_arms_with_the_reason_and_compares_the_rest(tmp_path: Path) -> None:
    spec = {**TINY, "source": {"data": "digits:mnist", "classes": [f"no {i}" for i in range(10)]}}
    found = shiftprobe.compare({**spec, "arms": ["zero_shot", "scratch", "transfer"]}, out=tmp_path, workers=1)
    assert "does not know every class" in found.summary.skipped_arms["zero_shot"]
    assert found.summary.contrasts[0].n == 2


def test_two_images_per_class_can_be_compared(tmp_path: Path) -> None:
    found = shiftprobe.compare({**TINY, "target": {"data": "digits:uci", "budgets": [20]}}, out=tmp_path, workers=1)
    assert found.summary.contrasts[0].n == 2
    curves = json.loads((found.path / "curves.json").read_bytes())
    assert {(one["images"], one["validation_images"]) for one in curves} == {(16, 4)}


def test_a_tune_without_rates_is_one_line(shiftprobe_command: Command) -> None:
    done = shiftprobe_command("compare", "--tune", "lr")
    assert done.returncode == 2
    assert "lr=1e-3,3e-3,1e-2" in done.stderr.replace("│", "").replace("\n", " ")
