"""Every answer of an audit by name: rows add up to what was counted, and what is not there is refused."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.auditing.made_up import CLASSES, evidence, labels_of, seen, side
from typer.testing import CliRunner, Result

from shiftprobe.auditing.baseline import answers
from shiftprobe.auditing.evidence import AuditEvidence, Steps, Stopped
from shiftprobe.auditing.predictions_table import predictions_csv
from shiftprobe.cli import app
from shiftprobe.core.checksums import write_with_checksums
from shiftprobe.core.types import Condition

PATHS = ("a.png", "b,c.png", '"d".png', "=cmd()", "e\n\u202ef.png", *(f"{i}.png" for i in range(35)))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def audit(**more: Any) -> AuditEvidence:
    named = side(40)
    return evidence(40, 30, data=replace(named, bundle=replace(named.bundle, paths=PATHS)), **more)


def folder(place: Path, of: AuditEvidence) -> Path:
    place.mkdir()
    kept = answers(of.subject, {"data": (of.data, of.clean)})
    write_with_checksums(place, {"answers.json": kept, "predictions.csv": predictions_csv(of)})
    return place


def printed(*flags: str | Path) -> Result:
    return CliRunner().invoke(app, ["predictions", *map(str, flags)])


def test_rows_add_up_to_every_accuracy_and_name_every_image() -> None:
    of = audit(dial={Condition("fog", 0.5): 12})
    found = rows(predictions_csv(of).decode())
    assert len(found) == 40 * 10  # clean, and three shifts at three severities
    for shift, severity, right in (("identity", "0.0", 30), ("fog", "0.5", 12), ("jpeg", "0.5", 30)):
        some = [one for one in found if (one["shift"], one["severity"]) == (shift, severity)]
        assert [int(one["image"]) for one in some] == list(range(40))
        assert sum(one["label"] == one["answer"] for one in some) == right
        assert sum(int(one["right"]) for one in some) == right
        assert [one["label"] for one in some] == [CLASSES[i] for i in labels_of(40)]
    assert found[1]["path"] == "b,c.png"
    assert found[2]["path"] == '"d".png'
    assert found[3]["path"].startswith("'=")  # no formula
    assert found[4]["path"] == "e\\n\\u202ef.png"
    sure = np.exp(3.0) / (np.exp(3.0) + 3)  # of four classes, one logit at 3
    assert {one["confidence"] for one in found} == {f"{sure:.4f}"}


def test_a_target_without_labels_has_answers_and_no_right_ones() -> None:
    there = side(20, name="camera", labelled=False)
    found = rows(predictions_csv(audit(target=there, on_target=seen(labels_of(20), 5))).decode())
    of_target = [one for one in found if one["on"] == "target"]
    assert len(of_target) == 20
    assert {(one["label"], one["right"]) for one in of_target} == {("", "")}
    assert [one["path"] for one in of_target[:2]] == ["#0", "#1"]


def test_a_shift_that_was_looked_at_in_part_has_the_images_of_that_part() -> None:
    steps = Steps(order=np.arange(40)[::-1].copy(), sizes=(10, 40), shares=(0.5, 0.5))
    whole = audit()
    few = {place: seen(labels_of(40)[30:], 4) for place in whole.dial}
    of = replace(whole, dial=few, stopped=Stopped(steps=steps, after=dict.fromkeys(("fog", "jpeg", "contrast"), 1)))
    found = [one for one in rows(predictions_csv(of).decode()) if one["shift"] == "fog" and one["severity"] == "1.0"]
    assert [int(one["image"]) for one in found] == list(range(30, 40))
    assert [one["label"] for one in found] == [CLASSES[i] for i in labels_of(40)[30:]]


def test_the_command_prints_the_file_and_a_part_of_it(tmp_path: Path) -> None:
    made = folder(tmp_path / "audit", audit())
    kept = (made / "predictions.csv").read_text()
    assert printed(made).stdout == kept
    some = printed(made, "--shift", "fog", "--severity", "0.5").stdout.splitlines()
    assert some == [line for line in kept.splitlines() if line.startswith(("on,", "data,fog,0.5,"))]
    assert len(some) == 41


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--shift", "fogg"), "this audit looked at no shift fogg; did you mean 'fog'?"),
        (("--severity", "0.3"), "looked at no severity 0.3; did you mean '0.5'? (it looked at: 0.0, 0.25, 0.5, 1.0)"),
        (("--arm", "transfer"), "an audit has no arms and no seeds; leave --arm and --seed out"),
    ],
)
def test_what_it_does_not_hold_is_refused_with_what_it_holds(tmp_path: Path, flags: tuple[str, ...], told: str) -> None:
    done = printed(folder(tmp_path / "audit", audit()), *flags)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr


def test_a_table_that_is_missing_or_was_changed_is_refused(tmp_path: Path) -> None:
    made = folder(tmp_path / "audit", audit())
    (made / "predictions.csv").write_text("on,shift\n")
    assert "wanted the bytes that were written" in printed(made).stderr
    (made / "checksums.json").unlink()
    assert printed(made).exit_code == 0  # nothing is known of it, and it holds no answer
    (made / "predictions.csv").write_text("on,shift\nno table\n")
    assert "wanted a table of answers, got something else; run the audit again" in printed(made).stderr
    (made / "predictions.csv").unlink()
    done = printed(made)
    assert done.exit_code == 2
    assert "got no such file; run the audit again" in done.stderr
