"""An audit as a user meets it: real digits, a checkpoint in a file, every format, resumed, compared, refused."""

import json
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.auditing.trained import Trained
from tests.e2e.audited import SMALL, audit, verdicts

import shiftprobe
from shiftprobe.core.folder_kinds import AUDIT


def test_the_checkpoint_fails_for_a_domain_it_cannot_read_and_says_which_gate(here: Path) -> None:
    found = verdicts(here / "first")
    assert (found["status"], found["exit_code"]) == ("fail", 1)
    assert [one["name"] for one in found["checks"] if one["status"] == "fail" and one["gates"]] == ["target"]
    assert found["sentence"].startswith("Fail: on digits:uci: ")
    assert found["sentence"].endswith("1 of 8 gates fails.")


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
        "results.sarif",
        "predictions.csv",
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
    nothing = {"skipped": [], "set_aside": 0, "set_aside_first": [], "reading": None}
    assert found["images"] == {"used": 200, "available": 5000, **nothing}
    assert found["target"]["labelled"] is True


def test_a_second_audit_elsewhere_has_the_same_bytes_and_a_killed_one_goes_on(here: Path) -> None:
    again = here / "again"
    done = audit(here, "--target", "digits:uci", "--out", again, "--workers", "1")
    assert done.exit_code == 1
    for name in (
        "verdicts.json",
        "report.html",
        "junit.xml",
        "results.sarif",
        "card.md",
        "answers.json",
        "predictions.csv",
    ):
        assert (again / name).read_bytes() == (here / "first" / name).read_bytes(), name
    kept = again / "looks" / "data" / "rotation~1.0"
    (kept / "logits.npy").write_bytes(b"cut")  # as a disk might leave it
    before = verdicts(again)
    assert audit(here, "--target", "digits:uci", "--out", again).exit_code == 1
    assert verdicts(again) == before


@pytest.mark.parametrize(
    ("format_", "begins"),
    [("json", "{"), ("junit", "<?xml"), ("sarif", "{"), ("github", "::"), ("markdown", "#"), ("pretty", "")],
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
