"""Tar archives of samples: what webdataset's writer leaves, read where it lies."""

import io
import json
import pickle
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from tests.data.noise_pictures import draw

from shiftprobe.core.errors import DataError
from shiftprobe.data import files, judged, load, load_unlabelled, named

HERE = Path()


def png(number: int) -> bytes:
    out = io.BytesIO()
    PIL.Image.fromarray(draw(number)).save(out, "PNG")
    return out.getvalue()


def tar(file: Path, members: Mapping[str, bytes], mode: str = "w") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            one = tarfile.TarInfo(name)
            one.size = len(content)
            archive.addfile(one, io.BytesIO(content))
    return file


def samples(numbers: range, folder: str = "") -> dict[str, bytes]:
    """Pictures with their classes, counted: even numbers are 0."""
    return {
        name: content
        for number in numbers
        for name, content in (
            (f"{folder}{number:04d}.png", png(number)),
            (f"{folder}{number:04d}.cls", str(number % 2).encode()),
        )
    }


def test_shards_of_two_parts_divide_the_data(tmp_path: Path) -> None:
    for place, numbers in enumerate((range(2), range(2, 4))):
        tar(tmp_path / "set" / f"photos-train-{place:04d}.tar", samples(numbers))
    tar(tmp_path / "set" / "photos-val-0000.tar", samples(range(4, 7)))
    assert named("set", tmp_path) == "wds:set"
    found = load("set", tmp_path)
    assert found.classes == ("0", "1")
    assert found.labels.tolist() == [0, 1, 0, 1, 0, 1, 0]
    assert judged(found).tolist() == [4, 5, 6]
    assert found.paths is not None
    assert found.paths[5] == "photos-val-0000.tar/0005.png"
    np.testing.assert_array_equal(found.images[5], draw(5))
    assert len(load("wds:set/photos-train-{0000..0001}.tar", tmp_path)) == 4
    assert len(load("wds:set/photos-train-*.tar", tmp_path)) == 4
    assert load("set:val", tmp_path).official is None
    with pytest.raises(DataError, match=r"got no photos-train-0002\.tar; name those that are there"):
        load("wds:set/photos-train-{0000..0002}.tar", tmp_path)


def test_names_of_counted_classes_stand_beside_the_archives(tmp_path: Path) -> None:
    tar(tmp_path / "a.tar", samples(range(4)))
    (tmp_path / "classes.txt").write_text("zebra\nant\nbee\n")
    found = load("a.tar", tmp_path)
    assert found.classes == ("zebra", "ant", "bee")
    assert [found.classes[label] for label in found.labels] == ["zebra", "ant", "zebra", "ant"]
    (tmp_path / "classes.txt").write_text("zebra\n")
    with pytest.raises(DataError, match=r"wanted classes from 0 to 0, got 1; name every class in classes\.txt"):
        load("a.tar", tmp_path)


def test_a_note_says_class_domain_and_group(tmp_path: Path) -> None:
    notes = [{"label": "ant", "domain": "day", "group": 7}, {"label": "bee", "domain": "night", "group": 7}]
    members = {f"{i}.json": json.dumps(note).encode() for i, note in enumerate(notes)}
    found = load(str(tar(tmp_path / "a.tar", members | {"0.png": png(0), "1.png": png(1)})), HERE)
    assert [found.classes[label] for label in found.labels] == ["ant", "bee"]
    assert found.groups is not None
    assert found.clusters is not None
    assert found.groups.tolist() == ["day", "night"]
    assert found.clusters.tolist() == ["group 7", "group 7"]


def test_the_picture_of_a_sample_is_not_its_mask(tmp_path: Path) -> None:
    members = {
        "0.depth.png": png(8),
        "0.png": png(0),
        "0.seg.png": png(9),
        "0.cls": b"a",
        "1.png": png(1),
        "1.cls": b"b",
    }
    found = load(str(tar(tmp_path / "a.tar", members)), HERE)
    np.testing.assert_array_equal(found.images[0], draw(0))
    assert len(found) == 2


def test_counted_classes_stand_in_the_order_of_counting(tmp_path: Path) -> None:
    members = {"0.png": png(0), "0.cls": b"10", "1.png": png(1), "1.cls": b"2", "2.png": png(2), "2.cls": b"-1"}
    found = load(str(tar(tmp_path / "a.tar", members)), HERE)
    assert (found.classes, found.labels.tolist()) == (("2", "10"), [1, 0])
    assert [one.reason for one in found.skipped] == ["no label"]


def test_what_is_no_picture_is_set_aside_and_nothing_is_unpacked(tmp_path: Path) -> None:
    tar(tmp_path / "in" / "a.tar", {**samples(range(2)), "notes.txt": b"hello", "x.pkl": pickle.dumps(1)})
    before = sorted(tmp_path.rglob("*"))
    found = load("in/a.tar", tmp_path)
    assert [one.path for one in found.set_aside] == ["a.tar/notes", "a.tar/x"]
    assert sorted(tmp_path.rglob("*")) == before
    assert len(load_unlabelled("in/a.tar", tmp_path)) == 2


def test_beyond_memory_pictures_are_read_again_from_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "KEEP_BYTES", 0)
    file = tar(tmp_path / "a.tar", samples(range(20), "./deep/"))
    found = pickle.loads(pickle.dumps(load(str(file), HERE)))  # noqa: S301 - our own bytes
    for place in (19, 0, 7):
        np.testing.assert_array_equal(found.images[place], draw(place))
    file.write_bytes(file.read_bytes().replace(png(7)[40:], png(8)[40 : len(png(7))].ljust(len(png(7)) - 40)))
    with pytest.raises(DataError, match=r"0007\.png (changed since|can no longer be read)"):
        found.images[7]
