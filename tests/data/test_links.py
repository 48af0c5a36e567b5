"""Class folders that are links: followed where that is asked for, each place once."""

from pathlib import Path

import pytest
from tests.data.noise_pictures import draw, fill

from shiftprobe.core.errors import DataError
from shiftprobe.data import load, load_unlabelled
from shiftprobe.data import walk as walking


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """Two class folders elsewhere, and a folder of links to them."""
    (tmp_path / "data").mkdir()
    for start, label in ((0, "cat"), (10, "dog")):
        fill(tmp_path / "disk" / label, [draw(start + i) for i in range(2)])
        (tmp_path / "data" / label).symlink_to(tmp_path / "disk" / label)
    return tmp_path


def test_the_refusal_of_links_names_what_follows_them(linked: Path) -> None:
    with pytest.raises(DataError, match="links to folders are followed in links:") as told:
        load("data", linked)
    name = str(told.value).split("followed in ")[1].split(" ")[0]
    found = load(name, linked)
    assert (found.classes, found.labels.tolist()) == (("cat", "dog"), [0, 0, 1, 1])
    assert found.hashes == load("folder:disk", linked).hashes
    assert found.paths == ("cat/0.png", "cat/1.png", "dog/0.png", "dog/1.png")
    assert len(load_unlabelled(name, linked)) == 4


def test_parts_may_be_links(linked: Path) -> None:
    for part, label in (("train", "cat"), ("train", "dog"), ("val", "cat"), ("val", "dog")):
        fill(linked / "parts" / part / label, [draw(ord(part[0]) + ord(label[0]))])
        (linked / "whole").mkdir(exist_ok=True)
    for part in ("train", "val"):
        (linked / "whole" / part).symlink_to(linked / "parts" / part)
    official = load("links:whole", linked).official
    assert official is not None
    assert official.tolist() == ["train", "train", "test", "test"]


def test_a_place_is_read_once_and_two_classes_in_one_place_are_refused(linked: Path) -> None:
    (linked / "disk" / "cat" / "up").symlink_to(linked / "data")
    (linked / "disk" / "cat" / "other").symlink_to(linked / "disk" / "dog")
    found = load("links:data", linked)
    assert len(found) == 4
    assert {one.path: one.reason for one in found.set_aside} == dict.fromkeys(("cat/other", "cat/up"), walking.A_CIRCLE)
    (linked / "data" / "emu").symlink_to(linked / "data" / "dog")
    with pytest.raises(DataError, match="got dog and emu, which are one place; remove one of them"):
        load("links:data", linked)
    (linked / "data" / "emu").unlink()
    assert len(load("links:data", linked)) == 4


def test_more_files_than_any_data_set_has_are_refused(linked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MAX_FILES", 1)
    with pytest.raises(DataError, match="got over 1 files; name a folder of fewer"):
        load("links:data", linked)
