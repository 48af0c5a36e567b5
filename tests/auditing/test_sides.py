from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from tests.auditing.made_up import side

from shiftprobe.auditing.sides import How, labelled, numbered, repeated, target_side, unlabelled
from shiftprobe.core.errors import DataError, NoTestImagesError
from shiftprobe.data import load, named
from shiftprobe.data.memory import from_dataset

OUTPUTS = ("ant", "bee", "cat")


def folder(root: Path, counts: dict[str, int], *, seed: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    for name, count in counts.items():
        (root / name).mkdir(parents=True)
        for i in range(count):
            PIL.Image.fromarray(rng.integers(0, 256, (8, 8, 3)).astype(np.uint8)).save(root / name / f"{i}.png")
    return root


def test_labels_are_outputs_by_name_not_by_position(tmp_path: Path) -> None:
    bundle = load(f"folder:{folder(tmp_path / 'photos', {'cat': 3, 'ant': 2})}", Path())
    side, notes = labelled(bundle, OUTPUTS, How(most=100))
    assert side.labels is not None
    assert sorted(side.labels.tolist()) == [0, 0, 2, 2, 2]
    assert notes == ()


def test_more_images_than_wanted_are_drawn_from_in_the_proportions_of_their_classes(tmp_path: Path) -> None:
    bundle = load(f"folder:{folder(tmp_path / 'photos', {'ant': 40, 'cat': 20})}", Path())
    side, notes = labelled(bundle, OUTPUTS, How(most=30))
    assert side.labels is not None
    assert np.bincount(side.labels).tolist() == [20, 0, 10]
    assert (np.diff(side.index) > 0).all()
    assert "30 of 60 images are looked at" in notes[0].text
    again, _ = labelled(bundle, OUTPUTS, How(most=30))
    assert again.index.tolist() == side.index.tolist()


def test_a_target_whose_classes_are_outputs_is_labelled(tmp_path: Path) -> None:
    side, notes = target_side(str(folder(tmp_path / "camera", {"bee": 4})), OUTPUTS, How(most=100))
    assert side.labels is not None
    assert set(side.labels.tolist()) == {1}
    assert notes == ()


def test_a_target_without_classes_is_taken_without_labels_and_this_is_said(tmp_path: Path) -> None:
    side, notes = target_side(str(folder(tmp_path / "camera", {"monday": 4, "tuesday": 4})), OUTPUTS, How(most=100))
    assert side.labels is None
    assert "none of its classes (monday, tuesday) is the name of an output" in notes[-1].text


def test_labels_can_be_left_unread(tmp_path: Path) -> None:
    side, _ = target_side(str(folder(tmp_path / "camera", {"bee": 4})), OUTPUTS, How(most=100), labels=False)
    assert side.labels is None


def test_a_target_with_some_unknown_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no output is called 'elk'"):
        target_side(str(folder(tmp_path / "camera", {"bee": 4, "elk": 4})), OUTPUTS, How(most=100))


def test_an_unlabelled_side_is_drawn_from_without_labels(tmp_path: Path) -> None:
    bundle = load(f"folder:{folder(tmp_path / 'photos', {'ant': 40, 'cat': 20})}", Path())
    side, _ = unlabelled(bundle, How(most=10))
    assert len(side) == 10
    assert side.labels is None


def test_images_of_both_sides_are_counted_by_their_pixels(tmp_path: Path) -> None:
    ours = load(f"folder:{folder(tmp_path / 'a', {'ant': 3, 'cat': 3})}", Path())
    theirs = load(f"folder:{folder(tmp_path / 'b', {'ant': 3, 'cat': 4})}", Path())
    first, _ = labelled(ours, OUTPUTS, How(most=100))
    second, _ = labelled(theirs, OUTPUTS, How(most=100))
    assert [note.text[:2] for note in repeated(first, second)] == ["6 "]


def test_folders_and_manifests_may_go_without_their_word(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("path,label\n")
    assert named(str(tmp_path)) == f"folder:{tmp_path}"
    assert named(str(tmp_path / "list.csv")) == f"csv:{tmp_path / 'list.csv'}"
    assert named("digits:mnist") == "digits:mnist"


def test_images_that_trained_the_checkpoint_are_left_out_and_counted(tmp_path: Path) -> None:
    bundle = load(f"folder:{folder(tmp_path / 'photos', {'ant': 4, 'cat': 4})}", Path())
    side, notes = labelled(bundle, OUTPUTS, How(most=100, trained=frozenset(bundle.hashes[:3])))
    assert side.index.tolist() == [3, 4, 5, 6, 7]
    assert "3 of its images trained the checkpoint and are left out" in notes[0].text
    with pytest.raises(DataError, match="every image trained the checkpoint"):
        labelled(bundle, OUTPUTS, How(most=100, trained=frozenset(bundle.hashes)))


def test_copies_are_told_because_intervals_take_them_for_new_images(tmp_path: Path) -> None:
    bundle = load(f"folder:{folder(tmp_path / 'photos', {'ant': 20, 'cat': 20})}", Path())
    twice = replace(bundle, images=(bundle.images[0], bundle.images[0], *bundle.images[2:]), prints=())
    said = [note.text for note in labelled(twice, OUTPUTS, How(most=100))[1]]
    assert any("1 of the 40 images are copies of others" in text for text in said)
    assert not any("copies" in note.text for note in labelled(bundle, OUTPUTS, How(most=100))[1])


def test_bare_numbers_as_labels_count_the_outputs_unless_these_are_called_so() -> None:
    images = np.zeros((3, 8, 8), np.uint8)
    given = list(zip(images, (0, 2, 2), strict=True))
    bundle = from_dataset(given, "memory:data")
    found, notes = numbered(bundle, given, ["cat", "dog", "eel"])
    assert found.classes == ("cat", "eel")
    assert "read as places among the outputs: 0 is cat" in notes[0].text
    for outputs in (["2", "1", "0"], ["cat", "dog"], ["cat", "cat", "dog"], "data", None):
        assert numbered(bundle, given, outputs) == (bundle, ())


def test_data_without_a_test_image_is_never_judged_on_its_training_part() -> None:
    whole = side(20).bundle
    parted = replace(whole, official=np.array(["train"] * 10 + ["test"] * 10))
    assert labelled(parted, whole.classes, How(most=20))[0].index.tolist() == list(range(10, 20))
    with pytest.raises(NoTestImagesError, match="the training images are not judged instead"):
        labelled(replace(whole, official=np.array(["train"] * 20)), whole.classes, How(most=20))
