import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.auditing.made_up import labels_of, seen, side, subject

from shiftprobe.auditing.baseline import answers, from_audit
from shiftprobe.auditing.request import ANSWERS, is_audit
from shiftprobe.core.errors import RunError


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
