import os
import pickle
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from tests.data.noise_pictures import draw, fill

from shiftprobe.core.errors import DataError
from shiftprobe.data import files, load, load_unlabelled
from shiftprobe.data.claims import NO_PICTURE


def reasons(root: Path) -> dict[str, str]:
    return {one.path: one.reason for one in load(f"folder:{root}", Path()).skipped}


def test_reads_classes_by_name_in_order(photos: Path) -> None:
    bundle = load("folder:photos", photos.parent)
    assert bundle.name == "folder:photos"
    assert bundle.classes == ("cat", "dog")
    assert bundle.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert bundle.official is None
    assert bundle.skipped == ()
    np.testing.assert_array_equal(bundle.images[4], draw(11))
    assert len(bundle.images[1:3]) == 2


def test_says_where_each_image_came_from(photos: Path) -> None:
    (photos / "cat" / "0.png").rename(photos / "cat" / "\N{RIGHT-TO-LEFT OVERRIDE}gnp.\x1b")
    expected = ["cat/1.png", "cat/2.png", "cat/\\u202egnp.\\x1b", "dog/0.png", "dog/1.png", "dog/2.png"]
    assert load(f"folder:{photos}", Path()).paths == tuple(expected)
    assert load_unlabelled(f"folder:{photos}", Path()).paths == tuple(expected)


def test_the_place_of_the_folder_does_not_move_the_digest(photos: Path, tmp_path: Path) -> None:
    before = load(f"folder:{photos}", Path("/")).digest
    photos.rename(tmp_path / "moved")
    assert load("folder:moved", tmp_path).digest == before


def test_a_label_follows_the_name_when_a_class_is_added(photos: Path) -> None:
    fill(photos / "ant", [draw(50)])
    bundle = load(f"folder:{photos}", Path())
    assert [bundle.classes[i] for i in bundle.labels] == ["ant"] + ["cat"] * 3 + ["dog"] * 3


def test_folders_inside_a_class_belong_to_it_after_its_own_files(photos: Path) -> None:
    fill(photos / "cat" / "0_deeper" / "still", [draw(60)])
    bundle = load(f"folder:{photos}", Path())
    assert bundle.labels.tolist() == [0, 0, 0, 0, 1, 1, 1]
    np.testing.assert_array_equal(bundle.images[3], draw(60))


def test_an_official_split_is_read_from_the_folders(tmp_path: Path) -> None:
    for k, part in enumerate(("train", "Validation")):
        for j, label in enumerate(("a", "b")):
            fill(tmp_path / part / label, [draw(10 * k + j)])
    bundle = load(f"folder:{tmp_path}", Path())
    assert bundle.classes == ("a", "b")
    assert bundle.official is not None
    assert sorted(zip(bundle.official.tolist(), bundle.labels.tolist(), strict=True)) == [
        ("test", 0), ("test", 1), ("train", 0), ("train", 1),
    ]  # fmt: skip


def test_with_test_and_val_the_val_images_train(tmp_path: Path) -> None:
    for k, part in enumerate(("train", "val", "test")):
        for j, label in enumerate(("a", "b")):
            fill(tmp_path / part / label, [draw(10 * k + j)])
    official = load(f"folder:{tmp_path}", Path()).official
    assert official is not None
    assert sorted(official.tolist()) == ["test"] * 2 + ["train"] * 4


def test_train_alone_is_an_ordinary_class_name(tmp_path: Path) -> None:
    for j, label in enumerate(("bus", "train")):
        fill(tmp_path / label, [draw(j)])
    assert load(f"folder:{tmp_path}", Path()).classes == ("bus", "train")


def test_grey_stays_grey_and_a_mix_becomes_rgb(tmp_path: Path) -> None:
    for j, label in enumerate(("a", "b")):
        fill(tmp_path / label, [draw(j, grey=True)])
    grey = load(f"folder:{tmp_path}", Path())
    assert grey.channels == 1
    assert grey.images[0].shape == (12, 10, 1)
    PIL.Image.fromarray(draw(9)).save(tmp_path / "b" / "colour.png")
    mixed = load(f"folder:{tmp_path}", Path())
    assert {image.shape[2] for image in mixed.images} == {3}
    np.testing.assert_array_equal(mixed.images[0], np.repeat(draw(0, grey=True)[..., None], 3, axis=2))
    assert mixed.hashes[0] == grey.hashes[0]


def test_a_bad_image_is_listed_with_its_reason_and_the_rest_goes_on(photos: Path) -> None:
    cat = photos / "cat"
    (cat / "empty.jpg").write_bytes(b"")
    (cat / "notes.txt").write_text("not a picture")
    (cat / "half.png").write_bytes((cat / "0.png").read_bytes()[:80])
    (cat / ".hidden.png").write_bytes(b"never looked at")
    (cat / "link.png").symlink_to(cat / "nowhere.png")
    (cat / "loop.png").symlink_to(cat / "loop.png")
    (cat / "around").symlink_to(photos, target_is_directory=True)
    os.mkfifo(cat / "pipe.png")
    (photos / "readme.md").write_text("beside")
    found = reasons(photos)
    assert set(found) == {"cat/empty.jpg", "cat/half.png", "cat/link.png", "cat/loop.png", "cat/pipe.png"}
    assert "empty file" in found["cat/empty.jpg"]
    assert "leads nowhere" in found["cat/link.png"]
    assert "leads nowhere" in found["cat/loop.png"]
    assert "not a regular file" in found["cat/pipe.png"]
    bundle = load(f"folder:{photos}", Path())
    assert len(bundle) == 6
    assert {one.path: one.reason for one in bundle.set_aside} == {
        "cat/notes.txt": NO_PICTURE,
        "cat/around": "a link to a folder; put the folder itself here, or name the data as links:PATH",
        "readme.md": NO_PICTURE,
    }


def test_a_link_to_a_file_is_read(photos: Path) -> None:
    (photos / "cat" / "9.png").symlink_to(photos / "dog" / "0.png")
    np.testing.assert_array_equal(load(f"folder:{photos}", Path()).images[3], draw(10))


def test_names_that_are_not_utf8_are_read_and_shown(photos: Path) -> None:
    folder = photos / os.fsdecode(b"caf\xe9")
    try:
        fill(folder, [draw(30)])
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (folder / os.fsdecode(b"\xff.png")).write_bytes(b"")
    bundle = load(f"folder:{photos}", Path())
    assert bundle.classes == (r"caf\xe9", "cat", "dog")
    assert bundle.skipped[0].path == r"caf\xe9/\xff.png"
    np.testing.assert_array_equal(bundle.images[0], draw(30))


def test_a_large_folder_decodes_on_access(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = load(f"folder:{photos}", Path())
    monkeypatch.setattr(files, "KEEP_BYTES", 3 * 360)
    lazy = load(f"folder:{photos}", Path())
    assert isinstance(lazy.images, files.Files)
    assert lazy.images.kept is None
    assert lazy.digest == kept.digest
    for one, other in zip(lazy.images, kept.images, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(lazy)).images[-1], kept.images[-1])  # noqa: S301 - our own bytes


def test_a_file_that_changes_after_reading_is_noticed(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "KEEP_BYTES", 0)
    bundle = load(f"folder:{photos}", Path())
    PIL.Image.fromarray(draw(99)).save(photos / "cat" / "0.png")
    (photos / "cat" / "1.png").unlink()
    with pytest.raises(DataError, match=r"0\.png changed since"):
        bundle.images[0]
    with pytest.raises(DataError, match=r"1\.png can no longer be read"):
        bundle.images[1]
    assert bundle.images[2].shape == (12, 10, 3)


def test_images_are_closed_to_writing(photos: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        load(f"folder:{photos}", Path()).images[0][0, 0, 0] = 1


def test_images_without_classes_can_be_looked_at_flat_or_nested(photos: Path, tmp_path: Path) -> None:
    fill(tmp_path / "flat", [draw(i) for i in range(3)])
    flat = load_unlabelled("folder:flat", tmp_path)
    assert (len(flat), flat.classes) == (3, ("flat",))
    np.testing.assert_array_equal(flat.images[2], draw(2))
    assert len(load_unlabelled(f"folder:{photos}", Path())) == 6
    assert load_unlabelled("digits:uci", tmp_path).classes == tuple("0123456789")
