"""`shiftprobe check-policy`: every file is looked at, and what is wrong names its file, its key and the way out."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shiftprobe.cli import app

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("policy-*.yaml"))


def checked(*files: Path) -> Result:
    return CliRunner().invoke(app, ["check-policy", "--", *map(str, files)])


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_policies_that_ship_are_right_each_in_a_line() -> None:
    done = checked(*CONFIGS)
    assert done.exit_code == 0, done.output
    assert [line.split(": ")[0] for line in done.stdout.splitlines()] == list(map(str, CONFIGS))
    assert "policy strict: 14 rules that decide, 7 that warn; 6 shifts at 4 severities" in done.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("accuracy: {at_leas: 0.9}", "unknown key accuracy.at_leas; did you mean 'at_least'?"),
        ("shifts: [fogg]", "no shift named 'fogg'; did you mean 'fog'?"),
        ("accuracy: {at_least: 90}", "accuracy.at_least"),
        ("own: {mine: {level: gate}}", "mine"),
        ("a: [", "policy.yaml"),
        ("!!python/object/apply:os.system [ls]", "policy.yaml"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_its_file(tmp_path: Path, text: str, told: str) -> None:
    file = written(tmp_path, "policy.yaml", text)
    done = checked(file)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"shiftprobe: {file}")
    assert done.stderr.count("\n") == 1
    assert told in done.stderr


def test_all_are_looked_at_and_those_that_are_wrong_are_counted(tmp_path: Path) -> None:
    wrong = [written(tmp_path, f"policy-{i}.yaml", "imagess: 50") for i in range(2)]
    right = written(tmp_path, "policy.yaml", "images: 50")
    done = checked(wrong[0], right, wrong[1], tmp_path / "none.yaml")
    assert done.exit_code == 2
    assert done.stdout.startswith(f"{right}: policy policy: ")
    *each, last = done.stderr.splitlines()
    assert [line.split(": ")[0] for line in each] == [*map(str, wrong), str(tmp_path / "none.yaml")]
    assert last == "shiftprobe: 3 of 4 policies cannot be used; what to mend stands above"


def test_a_contradiction_is_told_and_is_no_error(tmp_path: Path) -> None:
    done = checked(written(tmp_path, "policy.yaml", "accuracy: {at_least: 0.5}\ntarget: {at_least: 0.7}"))
    assert done.exit_code == 0
    assert "accuracy.at_least (0.5)" in done.stderr
