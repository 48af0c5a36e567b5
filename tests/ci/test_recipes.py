"""Recipes of the docs: each keeps to a published schema, its shell lines run, and its commands are ones that exist."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from tests.ci.steps import ACTION, ROOT
from tests.published import broken

from shiftprobe import cli

TEXT = (ROOT / "docs" / "ci.md").read_text("utf-8")
BLOCKS = {name.split()[-1]: text for name, text in re.findall(r"```(\w[\w -]*)\n(.*?)```", TEXT, re.DOTALL)}
COMMANDS: dict[str, Any] = getattr(typer.main.get_command(cli.app), "commands")  # noqa: B009 - of an unnamed type


def recipe(name: str) -> Any:
    return yaml.safe_load(BLOCKS[name])


def lines_of_jenkins() -> list[str]:
    """What `sh` is given, in order."""
    return re.findall(r"sh(?:\(returnStatus: true, script:)? '([^']+)'", BLOCKS["groovy"])


RECIPES = {"gitlab": recipe("gitlab")["audit"]["script"], "jenkins": lines_of_jenkins()}


def test_every_block_is_looked_at() -> None:
    assert set(BLOCKS) == {"github", "pre-commit", "gitlab", "groovy"}
    assert all(len(lines) == 3 for lines in RECIPES.values())


def test_the_workflow_gives_the_action_inputs_that_it_has() -> None:
    (*_, step) = recipe("github")["jobs"]["audit"]["steps"]
    assert step["uses"] == f"./{recipe('github')['jobs']['audit']['steps'][1]['with']['path']}"
    assert set(step["with"]) <= set(ACTION["inputs"])
    needed = {name for name, one in ACTION["inputs"].items() if one.get("required")}
    assert needed <= set(step["with"])
    told = set(re.findall(r"`([\w-]+)`", " ".join(re.findall(r"^\| (`.+?) \|", TEXT, re.MULTILINE))))
    assert told == set(ACTION["inputs"])


def test_the_pipeline_keeps_to_the_schema_of_gitlab() -> None:
    assert broken("gitlab-ci.json", recipe("gitlab")) == []
    assert broken("gitlab-ci.json", {"audit": {"script": "x", "allow_failure": {"exit_code": 3}}})


@pytest.mark.parametrize("name", RECIPES)
def test_the_lines_of_a_recipe_install_and_audit(name: str, tmp_path: Path) -> None:
    """Run as the system would, where python and pip are stand-ins that write down what they are asked."""
    here = tmp_path / "bin"
    here.mkdir()
    for python in ("python", "python3"):
        (here / python).write_text(
            '#!/bin/sh\nif [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"\n'
            'cp "$0" "$3/bin/shiftprobe"; else for one in "$@"; do printf "%s\\n" "$one" >> said; done; fi\n'
        )
        (here / python).chmod(0o755)
    script = tmp_path / "script.sh"
    script.write_text("\n".join(RECIPES[name]))
    told = {"PATH": f"{here}:/usr/bin:/bin", "SHIFTPROBE": "git+https://a host/shiftprobe.git@1"}
    subprocess.run(["sh", "-e", script], cwd=tmp_path, env=told, check=True)
    said = (tmp_path / "said").read_text().splitlines()
    assert said[:5] == ["-m", "pip", "install", "--quiet", told["SHIFTPROBE"]]
    assert said[5:] == shlex.split(RECIPES[name][-1])[1:]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_calls_a_command_with_flags_that_it_has(name: str) -> None:
    program, command, *arguments = shlex.split(RECIPES[name][-1])
    assert program.endswith("/shiftprobe")
    parsed = COMMANDS[command].make_context(command, list(arguments)).params
    assert parsed["checkpoint"] == "model.pt"
    assert str(parsed["out"]) == "audit"


def test_a_stage_of_jenkins_balances_its_braces_and_reads_what_the_audit_leaves() -> None:
    text = BLOCKS["groovy"]
    assert text.count("{") == text.count("}")
    assert {"audit/junit.xml", "audit/**", "audit/looks/**"} <= set(re.findall(r"'([^']+)'", text))


def test_the_hook_is_one_that_pre_commit_takes() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert recipe("pre-commit")["repos"][0]["hooks"][0]["id"] == hook["id"]
    manifest = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    subprocess.run(manifest, check=True)
    names = ("policy.yaml", "ci/policy-7.yml", "policies/a.yaml", "policy.md", "polices.yaml")
    assert [bool(re.search(hook["files"], name)) for name in names] == [True, True, True, False, False]
    assert hook["entry"].split() == ["shiftprobe", "check-policy", "--"]
