"""Faults of an audit's command line, each one line."""

from pathlib import Path

import pytest
from tests.e2e.audited import audit

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
