"""The GitHub action: its form, and every step of it run in bash as GitHub would."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml
from tests import forked
from tests.ci.steps import ACTION, EXPRESSION, ROOT, STEPS, Job
from tests.published import broken

HOSTILE = 'it\'s a "new" model; $(touch pwned) `touch pwned` && touch pwned *'
RECORD = '#!/bin/sh\nprintf "%s\\n" "$@" > argv\necho "::notice::found"\necho "::error::told" >&2\nexit {code}\n'
SHELLED = {name: step for name, step in STEPS.items() if "run" in step}


def job(tmp_path: Path, **inputs: str) -> Job:
    folder = tmp_path / "a checkout"
    folder.mkdir()
    asked = {"checkpoint": "model.pt", "data": "photos", **{key.replace("_", "-"): one for key, one in inputs.items()}}
    return Job(folder=folder, inputs=asked)


def argv(of: Job) -> list[str]:
    return (of.folder / "argv").read_text().splitlines()


def test_it_keeps_to_the_published_schema_of_actions() -> None:
    assert broken("github-action.json", ACTION) == []
    assert broken("github-action.json", {**ACTION, "runs": {"using": "composite"}})


@pytest.mark.parametrize("name", SHELLED)
def test_no_expression_stands_in_a_shell_and_every_variable_is_used(name: str) -> None:
    step = SHELLED[name]
    assert "${{" not in step["run"]
    used = set(re.findall(r"\$\{?(AUDIT_\w+)", step["run"]))
    assert used == set(step["env"])
    assert all(EXPRESSION.fullmatch(value) for value in step["env"].values())


def test_every_input_is_used_and_every_output_is_one_of_the_audit() -> None:
    text = (ROOT / "action.yml").read_text()
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    told = set(re.findall(r'"([a-z][\w-]+)=\$', SHELLED["Audit"]["run"]))
    said = {EXPRESSION.sub(r"\1", one["value"]) for one in ACTION["outputs"].values()}
    assert said == {f"steps.audit.outputs.{name}" for name in told}


@pytest.mark.parametrize(
    ("extras", "pip_args", "wanted"),
    [
        ("", "", ["--quiet", "--constraint", f"{ROOT}/constraints.txt", str(ROOT)]),
        ("onnx,timm", "--pre\n--find-links=a b\n",
         ["--quiet", "--constraint", f"{ROOT}/constraints.txt", "--pre", "--find-links=a b", f"{ROOT}[onnx,timm]"]),
    ],
)  # fmt: skip
def test_it_installs_from_its_own_path(tmp_path: Path, extras: str, pip_args: str, wanted: list[str]) -> None:
    made, here = job(tmp_path, extras=extras, pip_args=pip_args), tmp_path / "bin"
    here.mkdir()
    python = here / "python"
    python.write_text(
        f'#!/bin/sh\nif [ "$2" = venv ]; then mkdir -p "$3/bin"; cp {shlex.quote(str(python))} "$3/bin/python"\n'
        "exit; fi\n"
        'printf "%s\\n" "$@" > argv\n'
    )
    python.chmod(0o755)
    assert made.run("Install shiftprobe", PATH=f"{here}:/usr/bin:/bin") == 0, made.printed
    assert argv(made) == ["-m", "pip", "install", *wanted]


def test_what_it_is_given_reaches_the_command_as_it_is_and_runs_nowhere(tmp_path: Path) -> None:
    made = job(
        tmp_path, checkpoint=f"-{HOSTILE}", data=HOSTILE, target=HOSTILE, classes=HOSTILE, policy=HOSTILE,
        baseline=HOSTILE, out=HOSTILE, args=f"--images=500\n\n--no-label={HOSTILE}\n",
    )  # fmt: skip
    made.program(RECORD.format(code=0))
    assert made.run("Audit") == 0, made.printed
    assert argv(made) == [
        "audit", f"--data={HOSTILE}", f"--policy={HOSTILE}", f"--out={HOSTILE}", "--format=github",
        f"--target={HOSTILE}", f"--classes={HOSTILE}", f"--baseline={HOSTILE}", "--images=500",
        f"--no-label={HOSTILE}", "--", f"-{HOSTILE}",
    ]  # fmt: skip
    assert made.outputs["report"] == f"{HOSTILE}/report.html"
    assert [path.name for path in made.folder.iterdir()] == ["argv"]


def test_annotations_are_commands_to_the_runner_and_messages_are_none(tmp_path: Path) -> None:
    made = job(tmp_path)
    made.program(RECORD.format(code=0))
    made.run("Audit")
    assert sorted(made.printed.splitlines()) == ["::notice::found", "| ::error::told"]


@pytest.mark.parametrize("out", ["", "a\nreport=elsewhere"])
def test_a_folder_that_would_be_another_output_is_refused(tmp_path: Path, out: str) -> None:
    made = job(tmp_path, out=out)
    made.program(RECORD.format(code=0))
    assert made.run("Audit") == 2
    assert made.outputs == {}
    assert not (made.folder / "argv").exists()


@pytest.mark.parametrize(
    ("code", "cannot_tell", "status", "ends"),
    [
        (0, "fail", "pass", 0),
        (1, "pass", "fail", 1),
        (3, "fail", "cannot tell", 3),
        (3, "pass", "cannot tell", 0),
        (2, "pass", "refused", 2),
        (70, "pass", "error", 70),
    ],
)
def test_the_job_ends_as_the_audit_did(tmp_path: Path, code: int, cannot_tell: str, status: str, ends: int) -> None:
    made = job(tmp_path, out="audit", cannot_tell=cannot_tell)
    made.program(RECORD.format(code=code))
    assert made.run("Audit") == 0  # so that the page is kept before the job ends
    report = "" if status in {"refused", "error"} else "audit/report.html"
    assert made.outputs == {"exit-code": str(code), "status": status, "report": report}
    assert made.run("Verdict") == ends


@pytest.fixture
def real(tmp_path: Path) -> Job:
    """A job with an untrained network in a file whose name wants to be more, and a small policy."""
    import torch

    from shiftprobe.models.build import build

    policy = {"shifts": [], "images": 60, "repairs": False, "attribution": {"level": "off"}}
    made = job(
        tmp_path, checkpoint=f"{HOSTILE}.pt", data="digits:uci", classes="data", policy="ci policy.yaml", out="kept"
    )
    model = build("small_cnn", classes=10, channels=1, size=28, seed=0)
    torch.save(model.state_dict(), made.folder / f"{HOSTILE}.pt")
    (made.folder / "ci policy.yaml").write_text(yaml.safe_dump(policy))
    return made


def check_failed(made: Job) -> None:
    """What a step leaves whose audit failed."""
    assert made.outputs == {"exit-code": "1", "status": "fail", "report": "kept/report.html"}
    assert "::error title=shiftprobe audit of " in made.printed
    assert "\n| policy ci policy.yaml: 0 shifts" in made.printed
    assert "FAIL" in (made.temp / "summary").read_text()
    assert (made.folder / "kept" / "report.html").is_file()
    found = json.loads((made.folder / "kept" / "results.sarif").read_text())
    assert broken("sarif-2.1.0-rtm.5.json", found) == []
    assert found["runs"][0]["invocations"][0]["exitCode"] == 1
    assert not (made.folder / "pwned").exists()
    assert made.run("Verdict") == 1


def test_an_audit_that_fails_is_kept_annotated_summed_up_and_ends_the_job(
    real: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    real.program(RECORD.format(code=0))
    real.run("Audit")
    monkeypatch.chdir(real.folder)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(real.temp / "summary"))
    done = forked.command(argv(real))  # the audit itself, in a process that has its libraries
    (real.temp / "out").write_text(done.stdout)
    (real.temp / "err").write_text(done.stderr)
    real.program(f'#!/bin/sh\ncat "$RUNNER_TEMP/out"\ncat "$RUNNER_TEMP/err" >&2\nexit {done.returncode}\n')
    assert real.run("Audit") == 0
    check_failed(real)


@pytest.mark.slow
def test_the_installed_command_does_the_same_and_one_that_passes_ends_well(real: Job) -> None:
    real.the_present_one()
    assert real.run("Audit") == 0, real.printed
    check_failed(real)
    policy = yaml.safe_load((real.folder / "ci policy.yaml").read_text())
    asked = {"accuracy": {"at_least": 0.01}, "class_order": {"level": "off"}}
    (real.folder / "ci policy.yaml").write_text(yaml.safe_dump({**policy, **asked}))
    assert real.run("Audit") == 0, real.printed
    assert real.outputs["status"] == "pass"
    assert real.run("Verdict") == 0
