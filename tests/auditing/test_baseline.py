import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.auditing.made_up import evidence, labels_of, policy, seen, side, subject

from shiftprobe.auditing.baseline import answers, from_audit
from shiftprobe.auditing.checks.regression import regression
from shiftprobe.auditing.evidence import Baseline, Paired
from shiftprobe.auditing.model import Part
from shiftprobe.auditing.request import ANSWERS, is_audit
from shiftprobe.core.errors import RunError
from shiftprobe.stats import paired_gate


def earlier(folder: Path, right: int) -> Path:
    folder.mkdir()
    (folder / ANSWERS).write_bytes(answers(subject(), {"data": (side(40), seen(labels_of(40), right))}))
    return folder


def test_answers_are_paired_by_content_and_label_whatever_their_order(tmp_path: Path) -> None:
    ours = side(40)
    turned = replace(ours, index=ours.index[::-1], labels=labels_of(40)[::-1])
    found = from_audit(earlier(tmp_path / "old", 30), subject(), {"data": turned}).sides["data"]
    assert found.index.tolist() == list(range(40))
    assert found.right.tolist() == [False] * 10 + [True] * 30
    assert found.lost == 0


def test_a_folder_without_answers_says_what_is_the_matter(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match=r"see --baseline \(no such file\)"):
        from_audit(tmp_path / "empty", subject(), {"data": side(40)})
    damaged = earlier(tmp_path / "damaged", 30)
    (damaged / ANSWERS).write_text("{")
    with pytest.raises(RunError, match=r"see --baseline \(.*answers.json.*\)"):
        from_audit(damaged, subject(), {"data": side(40)})


def test_images_the_baseline_never_saw_are_counted(tmp_path: Path) -> None:
    found = from_audit(earlier(tmp_path / "old", 30), subject(), {"data": side(50)}).sides["data"]
    # side(50) draws other pixels from the same stream, of which the first 40 are the same
    assert len(found.index) + found.lost == 50


def test_a_folder_without_a_shared_image_is_refused(tmp_path: Path) -> None:
    other = side(40)
    dark = tuple(np.zeros_like(image) for image in other.bundle.images)
    strangers = replace(other, bundle=replace(other.bundle, images=dark))
    with pytest.raises(RunError, match="none of its images is among today's"):
        from_audit(earlier(tmp_path / "old", 30), subject(), {"data": strangers})


@pytest.mark.parametrize("content", ["", "[]", '{"sides": 3}', json.dumps({"name": "a", "fingerprint": "b"})])
def test_a_broken_folder_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / ANSWERS).write_text(content)
    assert is_audit(tmp_path)
    with pytest.raises(RunError, match="wanted the folder of an earlier audit"):
        from_audit(tmp_path, subject(), {"data": side(40)})


def against(found: Baseline, n: int, right: int, **rules: Any) -> Part:
    return regression(evidence(n, right, baseline=found, policy=policy(**rules)))


def test_an_identical_checkpoint_passes_where_enough_images_agree_and_says_that_they_do() -> None:
    seen_today = seen(labels_of(400), 380)
    same = Paired(
        right=seen_today.right(labels_of(400)), index=np.arange(400), lost=0, answers=seen_today.answers,
        logits=seen_today.logits,
    )  # fmt: skip
    found = against(Baseline(name="old.pt", fingerprint="f", sides={"data": same}), 400, 380)
    (check,) = found.checks
    assert check.status == "pass"
    assert "; the same answer on 400 of 400, no probability differs by more than 0)" in check.reason
    assert found.shown.regression is not None
    assert (found.shown.regression.same_answers, found.shown.regression.largest_difference) == (400, 0.0)


def test_an_export_that_moves_its_scores_says_by_how_much() -> None:
    ours = seen(labels_of(400), 380)
    logits = ours.logits.copy()
    logits[7, 0] += 0.5
    moved = np.exp(logits[7]) / np.exp(logits[7]).sum() - np.exp(ours.logits[7]) / np.exp(ours.logits[7]).sum()
    other = Paired(
        right=ours.right(labels_of(400)), index=np.arange(400), lost=0, answers=logits.argmax(1), logits=logits
    )
    found = against(Baseline(name="old", fingerprint="f", sides={"data": other}), 400, 380).shown.regression
    assert found is not None
    assert found.largest_difference == pytest.approx(np.abs(moved).max(), rel=1e-5)


def test_wrong_answers_that_differ_are_no_same_answers_though_no_accuracy_moves(tmp_path: Path) -> None:
    old = seen(labels_of(40), 30)
    elsewhere = old.logits.copy()
    elsewhere[39] = np.roll(elsewhere[39], 1)  # still wrong, otherwise
    (tmp_path / "old").mkdir()
    written = answers(subject(), {"data": (side(40), replace(old, logits=elsewhere))})
    (tmp_path / "old" / ANSWERS).write_bytes(written)
    found = from_audit(tmp_path / "old", subject(), {"data": side(40)})
    told = against(found, 40, 30).shown.regression
    assert told is not None
    assert (told.same_answers, told.difference, told.largest_difference) == (39, 0.0, None)


def test_too_few_that_agree_say_how_many_would_do_and_so_many_do(tmp_path: Path) -> None:
    (check,) = against(from_audit(earlier(tmp_path / "old", 30), subject(), {"data": side(40)}), 40, 30).checks
    assert check.status == "cannot tell"
    needed = int(re.findall(r"from 40 images; about ([\d,]+) on which both agree would do", check.reason)[0])
    right = np.ones(needed, bool)
    assert paired_gate(right, right, 0.02).word == "pass"
    (at_zero,) = against(
        from_audit(tmp_path / "old", subject(), {"data": side(40)}), 40, 30, regression={"margin": 0.0}
    ).checks
    assert "would do" not in at_zero.reason


def test_a_folder_made_before_answers_were_kept_is_paired_without_them(tmp_path: Path) -> None:
    folder = earlier(tmp_path / "old", 30)
    kept = json.loads((folder / ANSWERS).read_text())
    del kept["classes"], kept["sides"]["data"]["answered"]
    (folder / ANSWERS).write_text(json.dumps(kept))
    found = from_audit(folder, subject(), {"data": side(40)})
    assert found.sides["data"].answers is None
    (check,) = against(found, 40, 30).checks
    assert "the same answer" not in check.reason
    kept["sides"]["data"]["answered"] = [0]
    (folder / ANSWERS).write_text(json.dumps(kept))
    with pytest.raises(RunError, match="wanted an answer to each of 40 images"):
        from_audit(folder, subject(), {"data": side(40)})


def test_outputs_in_another_order_are_the_same_answers(tmp_path: Path) -> None:
    folder = earlier(tmp_path / "old", 30)
    kept = json.loads((folder / ANSWERS).read_text())
    turned = list(reversed(kept["classes"]))
    kept["sides"]["data"]["answered"] = [turned.index(kept["classes"][i]) for i in kept["sides"]["data"]["answered"]]
    (folder / ANSWERS).write_text(json.dumps({**kept, "classes": turned}))
    found = from_audit(folder, subject(), {"data": side(40)}).sides["data"]
    assert found.answers is not None
    assert found.answers.tolist() == seen(labels_of(40), 30).answers.tolist()
