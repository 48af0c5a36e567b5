"""`shiftprobe init --checkpoint`: a spec that runs, from weights and two folders."""

import shlex
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from typer.testing import CliRunner, Result

from shiftprobe.auditing.command import command
from shiftprobe.auditing.request import request
from shiftprobe.cli import app
from shiftprobe.engine.plan import Given, plan
from shiftprobe.models.build import build
from shiftprobe.spec.loading import load_spec

CLASSES = ("cat", "dog", "owl")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint in half precision, wrapped, and two folders of pictures; we stand beside them."""
    rng = np.random.default_rng(0)
    for side in ("photos", "field"):
        for name in CLASSES:
            folder = tmp_path / side / name
            folder.mkdir(parents=True)
            for i in range(20):
                PIL.Image.fromarray(rng.integers(0, 256, (12, 12, 3), np.uint8)).save(folder / f"{i}.png")
    model = build("small_cnn", classes=3, channels=3, size=12, seed=0).half()
    torch.save({"model": {f"module.{k}": v for k, v in model.state_dict().items()}}, tmp_path / "mine.pt")
    (tmp_path / "specs").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*flags: str) -> Result:
    return CliRunner().invoke(app, ["init", "--checkpoint", "mine.pt", *flags])


def test_what_it_writes_is_planned_from_anywhere_and_says_what_is_next(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = init("--source", "photos", "--target", "field", "specs/first.yaml")
    assert done.exit_code == 0, done.output
    monkeypatch.chdir("/")
    spec = load_spec(here / "specs" / "first.yaml")
    assert (spec.source.data, spec.target.data, spec.model.weights) == (
        "folder:../photos", "folder:../field", "../mine.pt"
    )  # fmt: skip
    assert (spec.model.arch, spec.target.budgets, spec.target.test) == ("small_cnn", (30,), 0.4)
    ready = plan(spec, Given(out=here / "runs"))
    assert {"zero_shot", "scratch", "transfer"} <= set(ready.setup.arms)
    assert ready.setup.pool == 36
    told = " ".join(done.stdout.split())
    assert "the architecture is small_cnn, guessed from the weights' names" in told
    assert "weights in float16 became float32" in told
    assert "Say in source.trained which images of the source trained the checkpoint" in told
    assert "compare: 4 of 4 cells to do" in told  # the checkpoint's look and three seeds
    assert "sweep: 12 of 12 cells to do" in told  # the same under two shifts
    for made in ("compare", "sweep"):
        assert f"shiftprobe {made} specs/first.yaml" in done.stdout


def test_a_head_of_its_own_and_names_that_are_said_stand_in_the_spec_from_its_folder(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = build("small_cnn", classes=3, channels=3, size=12, seed=0).state_dict()
    stages = {k.replace("blocks.", "stage.a."): v for k, v in state.items() if not k.startswith("head.")}
    torch.save(stages, here / "body.pt")
    torch.save({"weight": state["head.weight"], "bias": state["head.bias"]}, here / "head.pt")
    flags = ["--target", "field", "--head", "head.pt", "--rename", "stage.a=blocks", "specs/first.yaml"]
    done = CliRunner().invoke(app, ["init", "--checkpoint", "body.pt", *flags])
    assert done.exit_code == 0, done.output
    monkeypatch.chdir("/")
    text = (here / "specs" / "first.yaml").read_text()
    assert "--head head.pt --rename stage.a=blocks" in " ".join(text.replace("#", "").split())
    spec = load_spec(here / "specs" / "first.yaml")
    assert (spec.model.head_file, spec.model.rename) == ("../head.pt", {"stage.a": "blocks"})
    known = plan(spec, Given(out=here / "runs")).facts.checkpoint
    assert known is not None
    assert (known.arch, known.outputs) == ("small_cnn", 3)


def test_an_audit_of_them_names_its_own_command() -> None:
    asked = request("body.pt", "photos", head="my head.pt", rename=["a.b=c", "x="], part="ema")
    made = shlex.split(command(asked))
    assert made[:5] == ["shiftprobe", "audit", "body.pt", "--data", "photos"]
    assert {*zip(made[5::2], made[6::2], strict=True)} == {
        ("--part", "ema"), ("--head", "my head.pt"), ("--rename", "a.b=c"), ("--rename", "x=")
    }  # fmt: skip


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("flag", ["--head", "--rename"])
def test_flags_of_a_checkpoint_go_with_one(flag: str) -> None:
    done = CliRunner().invoke(app, ["init", flag, "a=b", "first.yaml"])
    assert done.exit_code == 2
    assert f"{flag}: goes with --checkpoint" in done.stderr


def test_the_question_that_is_answered_is_not_asked(here: Path) -> None:
    done = init("--source", "photos", "--target", "field", "--trained-on", "photos", "first.yaml")
    assert "Say in source.trained" not in done.stdout
    spec = load_spec(here / "first.yaml")
    assert spec.source.trained == ("folder:photos",)


def test_without_a_source_nobody_says_what_outputs_mean(here: Path) -> None:
    done = init("--target", "field", "first.yaml")
    assert done.exit_code == 0, done.output
    spec = load_spec(here / "first.yaml")
    assert (spec.source.data, spec.arms) == (None, ("scratch", "transfer"))
    assert "Nobody says what the checkpoint's 3 outputs mean" in " ".join((here / "first.yaml").read_text().split())
    assert "Skipped arm zero_shot" in done.stdout


def test_nothing_is_overwritten_and_nothing_is_left_where_something_cannot_be_read(here: Path) -> None:
    (here / "first.yaml").write_text("mine")
    kept = init("--target", "field", "first.yaml")
    assert (kept.exit_code, (here / "first.yaml").read_text()) == (2, "mine")
    assert "first.yaml is there already" in kept.stderr
    (here / "mine.pt").write_bytes(b"PK\x03\x04 no weights")
    broken = init("--target", "field", "other.yaml")
    assert (broken.exit_code, len(broken.stderr.strip().splitlines())) == (2, 1)
    assert "mine.pt" in broken.stderr
    assert not (here / "other.yaml").exists()
