"""Folders that are refused, and what is enough where few classes are asked for."""

from pathlib import Path

import pytest
from tests.data.noise_pictures import draw, fill

from shiftprobe.core.errors import DataError
from shiftprobe.data import judged, load, load_unlabelled


def test_refuses_folders_it_cannot_use(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "bare").mkdir()
    (tmp_path / "single" / "cat").mkdir(parents=True)
    for name, message in {
        "missing": "got nothing; check the path",
        "file": "got a file",
        "bare": "at least two folders, one per class, got none",
        "single": "got only cat",
        "nul\0": "null",
    }.items():
        with pytest.raises(DataError, match=message):
            load(f"folder:{name}", tmp_path)
    (photos / "emu").mkdir()
    with pytest.raises(DataError, match=r"class folder .*emu, got an empty folder"):
        load(f"folder:{photos}", tmp_path)
    (photos / "emu" / "a.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"1 skipped, first a\.png: empty file"):
        load(f"folder:{photos}", tmp_path)


def test_refuses_parts_with_differing_classes_or_strangers(tmp_path: Path) -> None:
    for part, labels in {"train": ("a", "b"), "val": ("a", "c")}.items():
        for j, label in enumerate(labels):
            fill(tmp_path / part / label, [draw(j)])
    with pytest.raises(DataError, match="got b, c in one of them"):
        load(f"folder:{tmp_path}", Path())
    fill(tmp_path / "bus", [draw(0)])
    with pytest.raises(DataError, match="got also bus"):
        load(f"folder:{tmp_path}", Path())


def test_refuses_a_folder_that_is_closed(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Path.iterdir

    def closed(self: Path) -> object:
        if self.name == "dog":
            raise PermissionError(13, "Permission denied")
        return honest(self)

    monkeypatch.setattr(Path, "iterdir", closed)  # root may read everything, so a mode would not do
    with pytest.raises(DataError, match=r"dog, got no permission to read it; ask its owner"):
        load(f"folder:{photos}", Path())


def test_a_folder_without_a_readable_image_is_refused_with_the_first_reason(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("no picture")
    with pytest.raises(DataError, match=r"wanted images in .*notes, got none \(1 skipped, first a\.txt: "):
        load_unlabelled("folder:notes", tmp_path)


def test_few_classes_are_enough_where_that_is_asked_for(photos: Path) -> None:
    (photos / "emu").mkdir()
    (photos / "fox").mkdir()
    (photos / "fox" / "broken.png").write_bytes(b"")
    bundle = load(f"folder:{photos}", Path(), few_classes=True)
    assert bundle.classes == ("cat", "dog")
    assert {one.path: one.reason for one in bundle.skipped} == {
        "fox/broken.png": "empty file (0 bytes)",
    }
    assert {one.path: one.reason for one in bundle.set_aside} == {
        "emu": "a class folder without a readable image",
        "fox": "a class folder without a readable image",
    }
    for name in ("dog", "emu", "fox"):
        (photos / name).rename(photos.parent / name)
    alone = load(f"folder:{photos}", Path(), few_classes=True)
    assert (alone.classes, alone.labels.tolist()) == (("cat",), [0, 0, 0])
    with pytest.raises(DataError, match="at least two folders"):
        load(f"folder:{photos}", Path())


def test_few_classes_may_differ_between_parts(tmp_path: Path) -> None:
    for place, name in enumerate(("train/a", "train/b", "test/b", "test/c")):
        fill(tmp_path / name, [draw(place)])
    bundle = load(f"folder:{tmp_path}", Path(), few_classes=True)
    assert bundle.classes == ("a", "b", "c")
    assert [bundle.classes[bundle.labels[i]] for i in judged(bundle)] == ["b", "c"]


def test_few_classes_still_need_a_class_folder_and_an_image(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="wanted a folder per class, got none"):
        load(f"folder:{photos / 'cat'}", Path(), few_classes=True)
    (tmp_path / "bare" / "cat").mkdir(parents=True)
    with pytest.raises(DataError, match="got an empty folder"):
        load("folder:bare", tmp_path, few_classes=True)
    assert load("digits:uci", tmp_path, few_classes=True).classes == tuple("0123456789")


def test_names_that_look_alike_are_refused(tmp_path: Path) -> None:
    for name in ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"):
        fill(tmp_path / "one" / name, [draw(0)])
    with pytest.raises(DataError, match=r"two class folders are called caf.; rename or join them"):
        load("folder:one", tmp_path)
    for name in ("train/Cat", "train/b", "val/cat", "val/b"):
        fill(tmp_path / "two" / name, [draw(0)])
    with pytest.raises(DataError, match="got Cat, cat in one of them; spell them alike"):
        load("folder:two", tmp_path)
