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
from shiftprobe.core.errors import ShiftprobeError, SpecError

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


HOME = list(zip(*(one.tolist() if one.ndim == 1 else one for one in pictures(300, 0, 14)), strict=True))


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A target folder without classes, and what its pictures show."""
    folder = tmp_path_factory.mktemp("camera")
    images, labels = pictures(300, 1, 8)
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


def target_of(result: AuditResult) -> Any:
    return next(one for one in result.checks if one.name == "target")


def test_the_loop_ends_with_a_measured_accuracy(camera: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, truth = camera
    assert audited(folder, tmp_path / "a", ask=60).waiting == 60
    file = tmp_path / "a" / "ask" / "labels.csv"
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    for row in rows:
        seen = np.asarray(PIL.Image.open(file.parent / row["picture"]))
        assert (seen == np.asarray(PIL.Image.open(folder / row["path"]))).all()
    fill(file, lambda _, row: truth[row["path"]])
    filled = file.read_bytes()
    result = audited(folder, tmp_path / "a", ask=60)
    found, check = result.verdicts.shown.target, target_of(result)
    images, labels = pictures(300, 1, 8)
    right = (scores(images).argmax(axis=1) == labels).mean()
    assert found is not None
    assert (found.method, found.n, found.unlabelled, found.asked) == ("prediction-powered", 60, 240, True)
    assert check.low <= right <= check.high
    assert f"60 labels did the work of {found.effective:.0f}" in check.reason
    assert (file.read_bytes(), result.waiting) == (filled, 0)
    assert sorted(path.name for path in file.parent.glob("*.csv")) == ["labels.csv"]
    assert result.verdicts.target is not None
    assert result.verdicts.target.few_labels == 60
    assert "60 labels did the work of" in result.report.read_text()


def test_a_manifest_with_few_labels_keeps_its_other_pictures(
    camera: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, truth = camera
    gaps = ("", "-1", "?")
    lines = [f"{path},{label if i % 4 == 0 else gaps[i % 3]}\n" for i, (path, label) in enumerate(truth.items())]
    (folder / "list.csv").write_text("path,label\n" + "".join(lines))
    result = audited(folder / "list.csv", tmp_path / "a", no_label="?")
    found = result.verdicts.shown.target
    assert found is not None
    assert (found.n, found.unlabelled, found.asked) == (75, 225, False)
    assert "taken for a random sample" in target_of(result).reason
    (tmp_path / "own.csv").write_text("path,label\n" + "".join(f"{path},{truth[path]}\n" for path in list(truth)[:30]))
    assert target_of(audited(folder / "list.csv", tmp_path / "c", labels=tmp_path / "own.csv")).n == 30
    with pytest.raises(SpecError, match=r"ask: .* has labels of its own; .* labels=False"):
        audited(folder / "list.csv", tmp_path / "b", ask=30, no_label="?")


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
