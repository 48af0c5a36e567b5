"""An audit as a user meets it: real digits, a checkpoint in a file, every format, resumed, compared, refused."""

import json
import re
import shlex
from importlib import resources
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.auditing.trained import Trained, train
from typer.testing import CliRunner, Result

import shiftprobe
from shiftprobe.cli import app
from shiftprobe.core.folder_kinds import AUDIT

SMALL = {
    "name": "small",
    "shifts": ["gaussian_noise", "contrast", "rotation"],
    "severities": [0.25, 0.5, 1.0],
    "accuracy": {"at_least": 0.6},
    "severity": {"at": 0.25, "at_least": 0.3},
    "attribution": {"level": "off"},
    "images": 200,
}


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(epochs=12)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, trained: Trained) -> Path:
    """A folder with a checkpoint, a policy, and one audit of MNIST digits for UCI digits."""
    import torch

    folder = tmp_path_factory.mktemp("audit")
    torch.save({"state_dict": trained.subject.model.state_dict(), "epoch": 4}, folder / "model.pt")
    (folder / "policy.yaml").write_text(yaml.safe_dump(SMALL))
    done = audit(folder, "--target", "digits:uci", "--out", folder / "first")
    assert done.exit_code == 1, done.stderr
    (folder / "stdout.txt").write_text(done.stdout)
    (folder / "stderr.txt").write_text(done.stderr)
    return folder


def audit(folder: Path, *flags: str | Path, checkpoint: str = "model.pt") -> Result:
    asked = [folder / checkpoint, "--data", "digits:mnist", "--classes", "data", "--policy", folder / "policy.yaml"]
    asked += [] if "--mean" in flags else ["--mean", "0.5", "--std", "0.5"]  # as `trained` prepares its images
    return CliRunner().invoke(app, ["audit", *map(str, (*asked, *flags))])


def verdicts(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "verdicts.json").read_text())
    return found


def test_the_checkpoint_fails_for_a_domain_it_cannot_read_and_says_which_gate(here: Path) -> None:
    found = verdicts(here / "first")
    assert (found["status"], found["exit_code"]) == ("fail", 1)
    assert [one["name"] for one in found["checks"] if one["status"] == "fail" and one["gates"]] == ["target"]
    assert found["sentence"].startswith("Fail: 1 of ")


def test_terminal_names_the_guess_the_estimate_the_verdict_and_the_paths(here: Path) -> None:
    before, after = (here / "stderr.txt").read_text(), (here / "stdout.txt").read_text()
    assert "small_cnn" in before
    assert "the architecture was guessed from the weights' names" in before
    assert "3 shifts at 3 severities; about" in before
    assert "FAIL" in after
    assert f"Report: {here / 'first' / 'report.html'}" in after


def test_the_folder_holds_every_output(here: Path) -> None:
    names = {path.name for path in (here / "first").iterdir()}
    wanted = {
        "verdicts.json",
        "report.html",
        "card.md",
        "junit.xml",
        "environment.json",
        "answers.json",
        "looks",
        "samples",
    }
    assert wanted <= names
    assert names <= AUDIT.names  # what `--out` takes for its own is what it wrote


def test_verdicts_keep_to_the_schema_that_ships_in_the_wheel(here: Path) -> None:
    schema = json.loads((resources.files("shiftprobe") / "auditing" / "schema.json").read_text())
    assert not [error.message for error in Draft202012Validator(schema).iter_errors(verdicts(here / "first"))]


def test_python_gives_the_same_answer_as_the_command(here: Path) -> None:
    result = shiftprobe.audit(
        here / "model.pt",
        "digits:mnist",
        target="digits:uci",
        classes="data",
        policy=here / "policy.yaml",
        preprocess={"mean": (0.5,), "std": (0.5,)},
        out=here / "python",
    )
    assert (result.passed, result.status, result.exit_code) == (False, "fail", 1)
    assert json.loads(result.to_json())["checks"] == verdicts(here / "first")["checks"]
    assert result.checks[0].name == "target"
    assert result.report.is_file()


def test_a_network_and_data_sets_in_memory_are_audited_too(here: Path, trained: Trained) -> None:
    mnist = trained.data.bundle
    few = [(mnist.images[i], int(mnist.labels[i])) for i in trained.data.index[::5].tolist()]
    result = shiftprobe.audit(
        trained.subject.model,
        few,
        classes="data",
        policy={**SMALL, "shifts": [], "target": {"level": "off"}, "repairs": False},
        preprocess={"size": 28, "mean": (0.5,), "std": (0.5,)},
        out=here / "memory",
    )
    assert result.verdicts.checkpoint.path == "a model in memory"
    assert result.verdicts.images.used == len(few)


def test_images_used_and_skipped_are_counted(here: Path) -> None:
    found = verdicts(here / "first")
    nothing = {"skipped": [], "set_aside": 0, "set_aside_first": []}
    assert found["images"] == {"used": 200, "available": 5000, **nothing}
    assert found["target"]["labelled"] is True


def test_a_second_audit_elsewhere_has_the_same_bytes_and_a_killed_one_goes_on(here: Path) -> None:
    again = here / "again"
    done = audit(here, "--target", "digits:uci", "--out", again, "--workers", "1")
    assert done.exit_code == 1
    for name in ("verdicts.json", "report.html", "junit.xml", "card.md", "answers.json"):
        assert (again / name).read_bytes() == (here / "first" / name).read_bytes(), name
    kept = again / "looks" / "data" / "rotation~1.0"
    (kept / "seen.npz").write_bytes(b"cut")  # as a disk might leave it
    before = verdicts(again)
    assert audit(here, "--target", "digits:uci", "--out", again).exit_code == 1
    assert verdicts(again) == before


@pytest.mark.parametrize(
    ("format_", "begins"), [("json", "{"), ("junit", "<?xml"), ("github", "::"), ("markdown", "#"), ("pretty", "")]
)
def test_every_format_is_alone_on_stdout(here: Path, format_: str, begins: str) -> None:
    done = audit(here, "--target", "digits:uci", "--out", here / "first", "--format", format_)
    assert done.exit_code == 1
    assert done.stdout.lstrip().startswith(begins)
    assert ("Report: " in done.stdout) == (format_ == "pretty")


def test_a_github_step_gets_its_summary(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    audit(here, "--target", "digits:uci", "--out", here / "first", "--format", "github")
    assert "FAIL" in (tmp_path / "summary.md").read_text()


def test_without_the_target_the_same_checkpoint_passes(here: Path) -> None:
    done = audit(here, "--out", here / "alone")
    assert done.exit_code == 0, done.stdout
    assert verdicts(here / "alone")["status"] == "pass"


def test_an_unlabelled_target_is_estimated_and_never_measured(here: Path) -> None:
    done = audit(here, "--target", "digits:uci", "--unlabelled", "--out", here / "unlabelled")
    found = verdicts(here / "unlabelled")
    assert done.exit_code == found["exit_code"]
    assert found["target"]["labelled"] is False
    assert "target" not in found["shown"]
    check = next(one for one in found["checks"] if one["name"] == "target")
    assert check["status"] in {"fail", "cannot tell"}


def test_a_wrong_mean_is_told_from_a_right_one(here: Path) -> None:
    done = audit(here, "--mean", "0.13", "--std", "0.31", "--out", here / "mean")
    check = next(one for one in verdicts(here / "mean")["checks"] if one["name"] == "preprocessing")
    assert check["status"] == "warn", done.stdout
    assert "accuracy rises from" in check["reason"]
    assert "--mean" in check["fix"]


def test_a_checkpoint_is_compared_with_an_earlier_audit_on_the_same_images(here: Path, trained: Trained) -> None:
    import torch

    worse = {name: value.clone() for name, value in trained.subject.model.state_dict().items()}
    last = [name for name in worse if name.endswith("weight")][-1]
    worse[last] = worse[last] + 0.35 * torch.randn(worse[last].shape, generator=torch.Generator().manual_seed(0))
    torch.save(worse, here / "worse.pt")
    done = audit(here, "--baseline", here / "alone", "--out", here / "worse", checkpoint="worse.pt")
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
    (block,) = (part for part in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "shiftprobe audit" in part)
    (command,) = (step["run"] for step in yaml.safe_load(block) if "audit model.pt" in step.get("run", ""))
    assert len(block.strip().splitlines()) == 6
    _pictures(trained, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    done = CliRunner().invoke(app, shlex.split(command)[1:])
    assert done.exit_code == 1, done.stderr
    assert done.stdout.startswith("::error")
    assert (tmp_path / "audit" / "report.html").is_file()
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


FAULTS = {
    "no such checkpoint": ({"checkpoint": "gone.pt"}, (), "no such file"),
    "unknown arch": ({}, ("--arch", "torchvision:resnet81"), "did you mean"),
    "wrong arch": ({}, ("--arch", "torchvision:resnet18"), "--arch small_cnn"),
    "code without leave": ({}, ("--arch", "os.path:join"), "--allow-code"),
    "unknown policy": ({}, ("--policy", "strcit"), "did you mean 'strict'"),
    "no such data": ({}, ("--data", "folder:/nowhere"), "/nowhere"),
    "no such target": ({}, ("--target", "/nowhere"), "/nowhere"),
    "no such baseline": ({}, ("--baseline", "/nowhere"), "/nowhere"),
    "no such run": ({}, ("--run", "/nowhere"), "wanted a run folder"),
    "classes of another number": ({}, ("--classes", "two.txt"), "the head has 10 outputs"),
    "classes of other names": ({}, ("--classes", "ten.txt"), "no output is called"),
    "mean of two channels": ({}, ("--mean", "0.5,0.5"), "preprocess.mean"),
    "mean that is no number": ({}, ("--mean", "half"), "wanted one number"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_exit_code_2_in_one_line_and_nothing_is_written(
    here: Path, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.txt").write_text("a\nb\n")
    (tmp_path / "ten.txt").write_text("\n".join("abcdefghij"))
    where, flags, words = FAULTS[fault]
    done = audit(here, "--out", tmp_path / "out", *flags, **where)
    assert done.exit_code == 2, done.output
    assert words in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
