"""What an audit is asked by its flags: no target, no labels, another preprocessing, a baseline, a recipe."""

import re
from pathlib import Path

import PIL.Image
import pytest
import yaml
from tests.auditing.trained import Trained
from tests.ci.steps import Job
from tests.e2e.audited import SMALL, audit, verdicts
from typer.testing import CliRunner

from shiftprobe.cli import app


@pytest.fixture(scope="module")
def alone(here: Path) -> Path:
    """An audit without a target, which passes."""
    done = audit(here, "--out", here / "alone")
    assert done.exit_code == 0, done.stdout
    return here / "alone"


def test_without_the_target_the_same_checkpoint_passes(alone: Path) -> None:
    assert verdicts(alone)["status"] == "pass"


def test_an_unlabelled_target_is_estimated_and_never_measured(here: Path) -> None:
    done = audit(here, "--target", "digits:uci", "--unlabelled", "--out", here / "unlabelled")
    found = verdicts(here / "unlabelled")
    assert done.exit_code == found["exit_code"]
    assert found["target"]["labelled"] is False
    assert "target" not in found["shown"]
    check = next(one for one in found["checks"] if one["name"] == "target")
    assert check["status"] in {"fail", "cannot tell"}


def test_a_baseline_joins_the_estimate_of_an_unlabelled_target(here: Path, trained: Trained) -> None:
    import torch

    other = {name: value.clone() for name, value in trained.subject.model.state_dict().items()}
    last = [name for name in other if name.endswith("weight")][-1]
    other[last] = other[last] + 0.2 * torch.randn(other[last].shape, generator=torch.Generator().manual_seed(0))
    torch.save(other, here / "other.pt")
    done = audit(here, "--target", "digits:uci", "--unlabelled", "--baseline", here / "other.pt", "--out", here / "two")
    assert done.exit_code == verdicts(here / "two")["exit_code"]
    method = verdicts(here / "two")["shown"]["estimates"]["methods"][-1]
    assert method["name"] == "agreement with the baseline"
    assert (method["value"] is None) is ("not on the line" in method["reason"])


def test_a_wrong_mean_is_told_from_a_right_one(here: Path) -> None:
    done = audit(here, "--mean", "0.13", "--std", "0.31", "--out", here / "mean")
    check = next(one for one in verdicts(here / "mean")["checks"] if one["name"] == "preprocessing")
    assert check["status"] == "warn", done.stdout
    assert "accuracy rises from" in check["reason"]
    assert "--mean" in check["fix"]


def test_a_checkpoint_is_compared_with_an_earlier_audit_on_the_same_images(
    here: Path, alone: Path, trained: Trained
) -> None:
    import torch

    worse = {name: value.clone() for name, value in trained.subject.model.state_dict().items()}
    last = [name for name in worse if name.endswith("weight")][-1]
    worse[last] = worse[last] + 0.35 * torch.randn(worse[last].shape, generator=torch.Generator().manual_seed(0))
    torch.save(worse, here / "worse.pt")
    done = audit(here, "--baseline", alone, "--out", here / "worse", checkpoint="worse.pt")
    check = next(one for one in verdicts(here / "worse")["checks"] if one["name"] == "regression")
    assert check["n"] == 200
    assert check["value"] < 0
    assert check["status"] == "fail", check["reason"]
    assert done.exit_code == 1
    straight = audit(here, "--baseline", here / "model.pt", "--out", here / "worse2", checkpoint="worse.pt")
    assert straight.exit_code == 1
    other = next(one for one in verdicts(here / "worse2")["checks"] if one["name"] == "regression")
    assert other["value"] == check["value"]


def test_dry_run_prints_the_policy_that_can_be_given_back_and_writes_nothing(here: Path) -> None:
    done = audit(here, "--dry-run", "--out", here / "nothing")
    assert done.exit_code == 0
    assert yaml.safe_load(done.stdout)["accuracy"] == {"level": "gate", "at_least": 0.6}
    assert not (here / "nothing").exists()


def test_the_recipe_of_the_readme_runs_as_it_stands(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text()
    (block,) = (part for part in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "/shiftprobe@" in part)
    (asked,) = (step["with"] for step in yaml.safe_load(block) if "with" in step)
    folder = tmp_path / "checkout"
    folder.mkdir()
    _pictures(trained, folder)
    job = Job(folder=folder, inputs=asked)
    job.program('#!/bin/sh\nprintf "%s\\n" "$@" > "$RUNNER_TEMP/argv"\n')
    assert job.run("Audit") == 0  # the action's step writes down the command that it would run
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    done = CliRunner().invoke(app, (job.temp / "argv").read_text().splitlines())
    assert done.exit_code == 1, done.stderr
    assert done.stdout.startswith("::error")
    assert (folder / "shiftprobe-audit" / "report.html").is_file()
    assert (tmp_path / "summary.md").is_file()


def _pictures(trained: Trained, folder: Path) -> None:
    """The files that the recipe names."""
    import torch

    torch.save(trained.subject.model.state_dict(), folder / "model.pt")
    (folder / "classes.txt").write_text("\n".join(trained.subject.classes))
    (folder / "policy.yaml").write_text(yaml.safe_dump({**SMALL, "accuracy": {"at_least": 0.99}}))
    (folder / "new_camera").mkdir()
    for number, i in enumerate(trained.data.index[::4].tolist()):
        label = trained.subject.classes[trained.data.bundle.labels[i]]
        (folder / "photos" / label).mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(trained.data.bundle.images[i][..., 0]).save(folder / "photos" / label / f"{number}.png")
        PIL.Image.fromarray(trained.target.bundle.images[number][..., 0]).save(folder / "new_camera" / f"{number}.png")
