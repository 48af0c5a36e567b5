"""A comparison run's headline as a check; what is no run, or says nothing, is refused or not done."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.auditing.made_up import evidence, policy, side

from shiftprobe.auditing.checks.transfer import transfer
from shiftprobe.auditing.types import Check
from shiftprobe.core.errors import NotAvailableError, RunError
from shiftprobe.metrics import InputError

CONTRAST: dict[str, Any] = {"difference": 0.046, "low": 0.012, "high": 0.08, "n": 3, "verdict": "better"}


def write(folder: Path, contrast: Any, **more: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "about.json").write_text("{}")
    summary = {
        "verdict": {"contrast": contrast, "sentence": "transfer is better.", "word": "better"},
        "data": {"target": {"name": "folder:photos"}, "source": None},
        **more,
    }
    (folder / "summary.json").write_text(json.dumps(summary))
    return folder


def asked(run: Path | None, **more: Any) -> Check:
    return transfer(replace(evidence(), run=run, **more)).checks[0]


def test_a_gain_passes_with_its_seeds_and_interval(tmp_path: Path) -> None:
    part = transfer(replace(evidence(), run=write(tmp_path / "mine-1234", CONTRAST)))
    check = part.checks[0]
    assert (check.status, check.value, check.low, check.high, check.n) == ("pass", 0.046, 0.012, 0.08, 3)
    assert "+4.6 points (95 % interval +1.2 to +8.0, n = 3 seeds) in mine-1234, at least 0.0 points" in check.reason
    assert (check.unit, check.fix) == ("points", "")
    assert part.shown.transfer is not None
    assert part.shown.transfer.verdict == "better"
    assert not part.shown.transfer.differs


def test_a_large_gain_is_told_to_a_tenth_of_a_point(tmp_path: Path) -> None:
    check = asked(write(tmp_path / "mine", {**CONTRAST, "difference": 0.5749, "low": 0.4444, "high": 0.7054}))
    assert "is +57.5 points (95 % interval +44.4 to +70.5, n = 3 seeds)" in check.reason


@pytest.mark.parametrize(
    ("low", "high", "level", "status"),
    [(-0.08, -0.01, "warn", "warn"), (-0.08, -0.01, "gate", "fail"), (-0.02, 0.03, "gate", "cannot tell")],
)
def test_the_interval_decides(tmp_path: Path, low: float, high: float, level: str, status: str) -> None:
    run = write(tmp_path, {**CONTRAST, "difference": (low + high) / 2, "low": low, "high": high})
    check = asked(run, policy=policy(transfer={"level": level}))
    assert check.status == status
    assert check.fix


def test_one_seed_cannot_tell(tmp_path: Path) -> None:
    check = asked(write(tmp_path, {**CONTRAST, "low": None, "high": None, "n": 1}))
    assert check.status == "cannot tell"
    assert (check.low, check.high) == (None, None)
    assert "n = 1 seed, too few" in check.reason


def test_other_data_are_said(tmp_path: Path) -> None:
    run = write(tmp_path, CONTRAST, data={"target": {"name": "digits:uci"}})
    assert "its target is digits:uci, this audit's images are folder:photos" in asked(run).reason
    target = side(400, name="digits:uci")
    assert "its target" not in asked(run, target=target, on_target=evidence().clean).reason


def test_nothing_given_or_compared_is_not_done(tmp_path: Path) -> None:
    with pytest.raises(NotAvailableError, match=r"no comparison run was given \(--run\)"):
        asked(None)
    with pytest.raises(InputError, match="transfer is better"):
        asked(write(tmp_path, None))


def test_what_is_no_finished_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="wanted a run folder"):
        asked(tmp_path)
    (tmp_path / "about.json").write_text("{}")
    with pytest.raises(RunError, match=r"wanted a finished run with summary\.json"):
        asked(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "nonsense", "{}", '{"verdict": 3}', '{"verdict": {"contrast": []}}', '{"verdict": {"contrast": {}}}',
        '{"verdict": {"contrast": {"difference": NaN, "n": 3}}}', "[" * 5000,
        '{"verdict": {"contrast": {"difference": "<b>", "n": 3}}}',
        '{"verdict": {"contrast": {"difference": 0.1, "n": "3"}}}',
        '{"verdict": {"contrast": {"difference": 1e9, "n": 3}}}',
        '{"verdict": {"contrast": {"difference": true, "n": 3}}}',
    ],
)  # fmt: skip
def test_a_broken_summary_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    write(tmp_path, CONTRAST)
    (tmp_path / "summary.json").write_text(text)
    with pytest.raises(RunError, match=r"wanted summary\.json as shiftprobe writes it") as refused:
        asked(tmp_path)
    assert "\n" not in str(refused.value)
