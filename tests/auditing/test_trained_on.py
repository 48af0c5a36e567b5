"""A checkpoint does not choose its judges: a list beside it can make no audit pass."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.auditing.test_sides import folder
from tests.auditing.trained import Trained

from shiftprobe import data
from shiftprobe.api import audit
from shiftprobe.auditing.both_ways import asked_both_ways
from shiftprobe.auditing.perform import AuditResult
from shiftprobe.auditing.trained_on import TrainedOn, trained
from shiftprobe.auditing.types import Check, Status
from shiftprobe.core.errors import DataError, RunError
from shiftprobe.results.run_folder import TRAINED

OFF = ("worst_class", "risk_coverage", "calibration", "overconfidence", "preprocessing", "class_order", "label_shift")
POLICY: dict[str, Any] = {
    **{name: {"level": "off"} for name in OFF},
    "shifts": [],
    "repairs": False,
    "images": 200,
    "accuracy": {"at_least": 0.95},
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with a checkpoint two folders below, and a list of two images."""
    run = tmp_path / "runs" / "one"
    (run / "source").mkdir(parents=True)
    (run / "about.json").write_text("{}")
    (run / TRAINED).write_text('["a", "b"]')
    (run / "source" / "model.pt").touch()
    return run


def test_only_what_the_user_names_is_believed(run: Path, tmp_path: Path) -> None:
    photos = folder(tmp_path / "photos", {"ant": 2, "cat": 2})
    hashes = data.load(f"folder:{photos}", Path()).hashes
    checkpoint = str(run / "source" / "model.pt")
    assert trained(checkpoint, [str(photos)]) == TrainedOn(named=frozenset(hashes), beside=frozenset("ab"), folder=run)
    assert trained(checkpoint, [str(photos)], run) == TrainedOn(named=frozenset({*hashes, "a", "b"}))
    assert trained(checkpoint, [str(run)]) == TrainedOn(named=frozenset("ab"), beside=frozenset(), folder=run)
    assert trained(checkpoint, [], tmp_path) == TrainedOn(beside=frozenset("ab"), folder=run)  # another run was named
    assert trained(str(tmp_path / "elsewhere.pt"), [str(run)]) == TrainedOn(named=frozenset("ab"))
    assert trained(str(tmp_path / "model.pt"), []) == TrainedOn()
    lies_nowhere = str(run / "lite0")  # published weights lie in no run, wherever they are asked for
    assert trained(lies_nowhere, []) == TrainedOn()


@pytest.mark.parametrize(("above", "known"), [(0, True), (4, True), (5, False)])
def test_a_checkpoint_finds_its_run_five_folders_above(above: int, known: bool, tmp_path: Path) -> None:
    place = tmp_path.joinpath(*"abcdefg"[:above])
    place.mkdir(parents=True, exist_ok=True)
    (place / "model.pt").touch()
    (tmp_path / TRAINED).write_text('["x"]')
    assert trained(str(place / "model.pt"), []).beside == (frozenset({"x"}) if known else frozenset())


@pytest.mark.parametrize("content", ["{}", "3", "[", "", '["x", 3]', "[" * 100_000])
def test_a_list_that_is_none_says_nothing_beside_a_checkpoint_and_is_refused_where_it_is_named(
    content: str, run: Path
) -> None:
    (run / TRAINED).write_text(content)
    checkpoint = str(run / "source" / "model.pt")
    assert trained(checkpoint, []) == TrainedOn()
    for names, named in (([], run), ([str(run)], None)):
        with pytest.raises(RunError, match=r"trained.json: wanted a list of content hashes, got: .*--trained-on"):
            trained(checkpoint, names, named)


def test_a_list_that_is_a_link_is_not_followed(run: Path, tmp_path: Path) -> None:
    (run / TRAINED).unlink()
    (tmp_path / "other.json").write_text('["a"]')
    (run / TRAINED).symlink_to(tmp_path / "other.json")
    assert trained(str(run / "source" / "model.pt"), []) == TrainedOn()


def check(status: Status, name: str = "accuracy") -> Check:
    return Check(name=name, kind=name, title=name, status=status, gates=True, reason="It is so")


@pytest.mark.parametrize("status", ["pass", "fail", "warn", "cannot tell", "not done"])
@pytest.mark.parametrize("word", ["pass", "fail", "warn", "cannot tell", "not done", None])
def test_a_check_stands_only_where_both_ways_agree(status: Status, word: Status | None) -> None:
    (found,) = asked_both_ways([check(status)], [check(word)] if word else [], Path("run"))
    if status == (word or "not done"):
        assert found == check(status)
    else:
        assert (found.status, found.with_all) == ("cannot tell", word or "not done")
        assert f"says: {status}, but" in found.reason
        assert "--run run" in found.fix


@pytest.fixture
def digits(trained_digits: Trained, tmp_path: Path) -> tuple[Path, list[Any], list[str], list[str]]:
    """A checkpoint in a run, 200 digits, the contents of those it has wrong, and of those it has right."""
    side = trained_digits.data
    images = [(side.bundle.images[i], int(side.bundle.labels[i])) for i in side.index[:200].tolist()]
    right = trained_digits.clean.right(trained_digits.data.labels)[:200]  # type: ignore[arg-type]
    hashes = [side.bundle.hashes[i] for i in side.index[:200].tolist()]
    path = tmp_path / "run" / "source" / "model.pt"
    path.parent.mkdir(parents=True)
    (tmp_path / "run" / "about.json").write_text("{}")
    torch.save(trained_digits.subject.model.state_dict(), path)
    wrong = [one for one, good in zip(hashes, right, strict=True) if not good]
    return path, images, wrong, [one for one in hashes if one not in wrong]


def audited(path: Path, images: list[Any], out: Path, **more: Any) -> AuditResult:
    names = [str(digit) for digit in range(10)]
    preprocess = {"mean": (0.5,), "std": (0.5,)}
    return audit(path, images, classes=names, policy=POLICY, preprocess=preprocess, out=out, workers=1, **more)


def test_naming_the_images_it_has_wrong_makes_no_checkpoint_pass(
    digits: tuple[Path, list[Any], list[str], list[str]], tmp_path: Path
) -> None:
    path, images, wrong, _ = digits
    assert 10 < len(wrong) < 150
    assert audited(path, images, tmp_path / "plain").exit_code == 1
    (tmp_path / "run" / TRAINED).write_text(json.dumps(wrong))
    found = audited(path, images, tmp_path / "beside")
    assert (found.status, found.exit_code) == ("cannot tell", 3)
    (accuracy,) = (one for one in found.checks if one.name == "accuracy")
    assert (accuracy.value, accuracy.n, accuracy.with_all) == (1.0, 200 - len(wrong), "fail")
    assert "with them the answer is: fail" in accuracy.reason
    assert f"--trained-on {tmp_path / 'run'}" in accuracy.fix
    assert any("trained.json, which nobody named, leaves images out" in note.text for note in found.verdicts.notes)
    (mark,) = (one for one in found.verdicts.marks if one.kind == "unnamed_run")
    assert mark.grave
    assert mark.text.startswith("1 check answers otherwise with the images that a trained.json beside the checkpoint")
    assert not any(one.kind == "few_test_images" for one in found.verdicts.marks)
    believed = audited(path, images, tmp_path / "named", trained_on=[tmp_path / "run"])
    assert (believed.status, believed.exit_code) == ("pass", 0)  # the user's own word


def test_where_both_ways_say_the_same_the_answer_stands(
    digits: tuple[Path, list[Any], list[str], list[str]], tmp_path: Path
) -> None:
    path, images, wrong, right = digits
    (tmp_path / "run" / TRAINED).write_text(json.dumps(right[:40]))
    found = audited(path, images, tmp_path / "out")
    (accuracy,) = (one for one in found.checks if one.name == "accuracy")
    assert (found.exit_code, accuracy.n, accuracy.with_all) == (1, 160, None)
    assert accuracy.value == pytest.approx(1 - len(wrong) / 160)
    (tmp_path / "run" / TRAINED).write_text(json.dumps(["no image of these"]))
    assert not any(TRAINED in note.text for note in audited(path, images, tmp_path / "none").verdicts.notes)


def test_a_list_of_all_images_is_refused(digits: tuple[Path, list[Any], list[str], list[str]], tmp_path: Path) -> None:
    path, images, wrong, right = digits
    (tmp_path / "run" / TRAINED).write_text(json.dumps([*wrong, *right]))
    with pytest.raises(DataError, match="every image trained the checkpoint"):
        audited(path, images, tmp_path / "out")
