"""An audit that cannot tell, the pictures that it asks for, their labels, and the audit that goes on with them."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from shiftprobe.api import audit
from shiftprobe.auditing.perform import AuditResult
from shiftprobe.core.errors import DataError, ShiftprobeError, SpecError
from shiftprobe.metrics.binomial import clopper_pearson

NAMES = ("red", "green", "blue")
POLICY: dict[str, Any] = {
    "shifts": ["darken"], "severities": [0.5], "repairs": False, "target": {"at_least": 0.7},
    **{name: {"level": "off"} for name in ("severity", "attribution", "preprocessing", "class_order", "break_point")},
    **{name: {"level": "off"} for name in ("risk_coverage", "overconfidence", "label_shift", "calibration")},
}  # fmt: skip


def pictures(n: int, seed: int, contrast: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    middle = 110 + contrast * np.eye(3)[labels][:, None, None]
    return np.clip(middle + rng.normal(0, 60, (n, 8, 8, 3)), 0, 255).astype(np.uint8), labels


def scores(images: Any) -> Any:
    return images.astype(np.float64).mean(axis=(1, 2)) / 10


HOME = list(zip(*(one.tolist() if one.ndim == 1 else one for one in pictures(300, 0, 25)), strict=True))


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A target folder without classes, and what its pictures show."""
    folder = tmp_path_factory.mktemp("camera")
    images, labels = pictures(300, 1, 14)
    for i, image in enumerate(images):
        PIL.Image.fromarray(image).save(folder / f"{i:03d}.png")
    return folder, {f"{i:03d}.png": NAMES[label] for i, label in enumerate(labels.tolist())}


def audited(folder: Path, out: Path, **more: Any) -> AuditResult:
    own = {"classes": NAMES, "preprocess": {"size": 8}, "policy": POLICY, "workers": 1, "out": out, "target": folder}
    return audit(scores, HOME, **{**own, **more})


def fill(file: Path, label: Callable[[int, dict[str, str]], str]) -> None:
    """Write the labels of all rows."""
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    for place, row in enumerate(rows):
        row["label"] = label(place, row)
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def asked(camera: tuple[Path, dict[str, str]], tmp_path: Path) -> Path:
    """The folder of an audit that asked for 60 labels."""
    result = audited(camera[0], tmp_path / "a", ask=60)
    assert result.waiting == 60
    return tmp_path / "a"


def target_of(result: AuditResult) -> Any:
    return next(one for one in result.checks if one.name == "target")


def test_the_loop_ends_with_a_measured_accuracy(camera: tuple[Path, dict[str, str]], asked: Path) -> None:
    folder, truth = camera
    file = asked / "ask" / "labels.csv"
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["place"] for row in rows] == [str(i) for i in range(1, 61)]
    for row in rows:
        seen = np.asarray(PIL.Image.open(asked / "ask" / row["picture"]))
        assert (seen == np.asarray(PIL.Image.open(folder / row["path"]))).all()
    assert all(f"  {name}" in (asked / "ask" / "README.txt").read_text() for name in NAMES)
    fill(file, lambda _, row: truth[row["path"]])
    filled = file.read_bytes()
    result = audited(folder, asked, ask=60)
    found, check = result.verdicts.shown.target, target_of(result)
    images, labels = pictures(300, 1, 14)
    right = (scores(images).argmax(axis=1) == labels).mean()
    assert found is not None
    assert (found.method, found.n, found.unlabelled, found.asked) == ("prediction-powered", 60, 240, True)
    assert check.low <= right <= check.high
    assert f"60 labels did the work of {found.effective:.0f}" in check.reason
    assert file.read_bytes() == filled
    assert result.waiting == 0
    assert sorted(path.name for path in (asked / "ask").glob("*.csv")) == ["labels.csv"]
    assert result.verdicts.target is not None
    assert result.verdicts.target.few_labels == 60


def test_a_file_that_was_filled_in_elsewhere_is_named(
    camera: tuple[Path, dict[str, str]], asked: Path, tmp_path: Path
) -> None:
    folder, truth = camera
    fill(asked / "ask" / "labels.csv", lambda _, row: truth[row["path"]])
    here = target_of(audited(folder, asked))
    there = target_of(audited(folder, tmp_path / "b", labels=asked / "ask" / "labels.csv"))
    assert (there.value, there.low, there.high, there.n) == (here.value, here.low, here.high, 60)


def test_a_half_filled_file_counts_from_the_top(camera: tuple[Path, dict[str, str]], asked: Path) -> None:
    folder, truth = camera
    file = asked / "ask" / "labels.csv"
    fill(file, lambda place, row: "" if place == 30 else truth[row["path"]])
    result = audited(folder, asked)
    assert (target_of(result).n, result.waiting) == (30, 1)
    assert any("29 further down are not used" in note.text for note in result.verdicts.notes)
    found = result.verdicts.shown.target
    assert found is not None
    assert (found.method, found.why) == ("labels alone", "fewer than 50 labels")


def test_asking_for_more_goes_on_with_the_draw(
    camera: tuple[Path, dict[str, str]], asked: Path, tmp_path: Path
) -> None:
    folder, truth = camera
    fill(asked / "ask" / "labels.csv", lambda _, row: truth[row["path"]])
    assert audited(folder, asked, ask=90).waiting == 30
    fill(asked / "ask" / "labels-2.csv", lambda _, row: truth[row["path"]])
    grown = target_of(audited(folder, asked))
    audited(folder, tmp_path / "at once", ask=90)
    fill(tmp_path / "at once" / "ask" / "labels.csv", lambda _, row: truth[row["path"]])
    once = target_of(audited(folder, tmp_path / "at once"))
    assert grown.n == 90
    assert (grown.value, grown.low, grown.high) == (once.value, once.low, once.high)


def test_few_labels_are_drawn_alike_and_used_alone(camera: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, truth = camera
    audited(folder, tmp_path / "a", ask=30)
    fill(tmp_path / "a" / "ask" / "labels.csv", lambda _, row: truth[row["path"]])
    check = target_of(audited(folder, tmp_path / "a"))
    assert (check.low, check.high) == pytest.approx(clopper_pearson(round(check.value * 30), 30))


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("label", "purple", "line 2: wanted the name of one of the checkpoint's 3 outputs .* got purple"),
        ("probability", "0.9", "line 2: wanted the row and its picture as they were drawn"),
        ("path", "nowhere.png", "line 2: wanted a picture of .* got nowhere.png"),
        ("path", "298.png", "line 2: wanted the row and its picture as they were drawn"),
        ("stratum", "nan", "line 2: wanted the row and its picture as they were drawn"),
    ],
)
def test_what_was_changed_is_refused_in_one_line(
    camera: tuple[Path, dict[str, str]], asked: Path, column: str, cell: str, said: str
) -> None:
    file = asked / "ask" / "labels.csv"
    fill(file, lambda _, row: camera[1][row["path"]])
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    rows[0][column] = cell
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(DataError, match=said) as caught:
        audited(camera[0], asked)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_list_of_ones_own_is_taken_for_a_random_sample_and_this_is_said(
    camera: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, truth = camera
    some = list(truth.items())[:70]
    (tmp_path / "own.csv").write_text("path,label\n" + "".join(f"{path},{label}\n" for path, label in some))
    result = audited(folder, tmp_path / "a", labels=tmp_path / "own.csv")
    assert "taken for a random sample" in target_of(result).reason
    assert result.verdicts.shown.target is not None
    assert result.verdicts.shown.target.asked is False
    assert any("images that somebody picked are none" in note.text for note in result.verdicts.notes)


@pytest.mark.parametrize("gap", ["", "-1"])
def test_a_manifest_with_few_labels_keeps_its_other_pictures(
    camera: tuple[Path, dict[str, str]], tmp_path: Path, gap: str
) -> None:
    folder, truth = camera
    lines = [f"{path},{label if i % 4 == 0 else gap}\n" for i, (path, label) in enumerate(truth.items())]
    (folder / "list.csv").write_text("path,label\n" + "".join(lines))
    result = audited(folder / "list.csv", tmp_path / "a")
    found = result.verdicts.shown.target
    assert found is not None
    assert (found.n, found.unlabelled) == (75, 225)
    with pytest.raises(SpecError, match=r"ask: .* has labels of its own; .* labels=False"):
        audited(folder / "list.csv", tmp_path / "a", ask=30)


def test_images_that_belong_together_are_counted_by_group(camera: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, truth = camera
    lines = [f"{path},{label if i % 4 == 0 else ''},g{i // 12}\n" for i, (path, label) in enumerate(truth.items())]
    (folder / "groups.csv").write_text("path,label,group\n" + "".join(lines))
    result = audited(folder / "groups.csv", tmp_path / "a")
    found = result.verdicts.shown.target
    assert found is not None
    assert (found.method, found.n, found.effective) == ("labels alone", 75, None)
    assert "in 25 groups" in target_of(result).reason


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"target": None, "ask": 30}, "ask: wanted a target"),
        ({"target": None, "labels": "x.csv"}, "labels: wanted a target"),
        ({"ask": 301}, "ask: wanted at most the 300 pictures"),
        ({"ask": 0}, "ask: wanted how many"),
        ({"labels": "nowhere.csv"}, "nowhere.csv, got nothing"),
        ({"target": HOME, "ask": 30}, "ask: .* has labels of its own"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_looked_at(
    camera: tuple[Path, dict[str, str]], tmp_path: Path, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(ShiftprobeError, match=said):
        audited(camera[0], tmp_path / "a", **more)
    assert not (tmp_path / "a").exists()


def test_pictures_that_were_added_since_are_told(camera: tuple[Path, dict[str, str]], asked: Path) -> None:
    folder, truth = camera
    fill(asked / "ask" / "labels.csv", lambda _, row: truth[row["path"]])
    with pytest.raises(DataError, match="that is looked at, got"):
        audited(folder, asked, images=200)
