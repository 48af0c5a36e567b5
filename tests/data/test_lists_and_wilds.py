"""Flat folders with a list, and the tables of WILDS: which picture is what, and which part judges."""

import csv
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from tests.data.noise_pictures import draw, fill

from shiftprobe.core.errors import DataError, NoTestImagesError
from shiftprobe.data import judged, load, load_unlabelled, named
from shiftprobe.data.bundle import Bundle


def put(file: Path, number: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(draw(number)).save(file)


def said(bundle: Bundle) -> list[str]:
    return [bundle.classes[label] for label in bundle.labels]


@pytest.mark.parametrize(
    ("list_", "folder", "lines"),
    [
        ("val.txt", "val", "a b.png 3\n1.png 12\n"),  # Caffe's, beside the folder
        (
            "val/val_annotations.txt",
            "val/images",
            "a b.png\tn3\t0\t0\t9\t9\n1.png\tn12\t0\t0\t9\t9\n",
        ),  # Tiny ImageNet's
        ("list.txt", ".", "a b.png  cat\n\n1.png dog\n"),
    ],
)
def test_a_list_names_the_classes_of_a_flat_folder(tmp_path: Path, list_: str, folder: str, lines: str) -> None:
    for number, name in enumerate(("a b.png", "1.png")):
        put(tmp_path / folder / name, number)
    (tmp_path / list_).write_text(lines)
    assert named(list_, tmp_path) == f"csv:{list_}"
    found = load(list_, tmp_path)
    words = [line.split("\t")[1] if "\t" in line else line.split()[-1] for line in lines.splitlines() if line]
    assert said(found) == words
    np.testing.assert_array_equal(found.images[1], draw(1))


def test_a_list_is_refused_by_its_line(tmp_path: Path) -> None:
    put(tmp_path / "0.png", 0)
    for text, message in {
        "0.png\n": "line 1: wanted NAME LABEL, got 0.png alone",
        "0.png a\n/etc/passwd b\n": "line 2: wanted a path relative",
        "0.png a\n../x.png b\n": "line 2: wanted a path below",
        "\n": "wanted lines of NAME LABEL, got none",
    }.items():
        (tmp_path / "list.txt").write_text(text)
        with pytest.raises(DataError, match=message):
            load("list.txt", tmp_path)


@pytest.mark.parametrize("inside", [(), ("0.png", "1.png"), ("notes.md",)])
def test_a_part_without_classes_is_refused_and_its_advice_leads_on(tmp_path: Path, inside: tuple[str, ...]) -> None:
    for number, label in enumerate("ab"):
        fill(tmp_path / "data" / "train" / label, [draw(number)])
    (tmp_path / "data" / "val").mkdir()
    for number, name in enumerate(inside):
        put(tmp_path / "data" / "val" / name, 10 + number) if name.endswith("png") else None
        (tmp_path / "data" / "val" / name).touch()
    for few in (True, False):
        with pytest.raises(NoTestImagesError, match="the training images are not judged instead: name a list") as told:
            load("data", tmp_path, few_classes=few)
        assert str(tmp_path / "data" / "train") in str(told.value)
    assert said(load("data/train", tmp_path)) == ["a", "b"]
    if "0.png" in inside:
        (tmp_path / "data" / "val.csv").write_text("path,label\nval/0.png,a\nval/1.png,b\n")
        (tmp_path / "data" / "val.txt").write_text("0.png a\n1.png b\n")
        assert said(load("data/val.csv", tmp_path)) == said(load("data/val.txt", tmp_path)) == ["a", "b"]


def test_a_test_part_whose_pictures_are_all_broken_is_refused(tmp_path: Path) -> None:
    for number, label in enumerate("ab"):
        fill(tmp_path / "train" / label, [draw(number)])
        (tmp_path / "val" / label).mkdir(parents=True)
        (tmp_path / "val" / label / "0.png").write_bytes(b"")
    with pytest.raises(NoTestImagesError, match=r"got 2 files without one, first 0\.png"):
        load(f"folder:{tmp_path}", Path(), few_classes=True)


def table(folder: Path, rows: list[dict[str, object]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "metadata.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def iwildcam(folder: Path) -> None:
    rows = []
    for number, split in enumerate(("train", "id_val", "val", "test", "test", "id_test")):
        rows.append({"split": split, "location_remapped": number // 2, "sequence_remapped": 7,
                     "filename": f"{number}.jpg", "y": number % 3, "datetime": "2013-06-05 05:44:19.000"})  # fmt: skip
        put(folder / "train" / f"{number}.jpg", number)
    table(folder, rows)
    (folder / "categories.csv").write_text(
        "category_id,name,y\n0,empty,0\n2,tayassu pecari,1\n3,dasyprocta punctata,2\n"
    )


def test_iwildcam_has_its_species_cameras_and_official_test(tmp_path: Path) -> None:
    iwildcam(tmp_path / "iwildcam_v2.0")
    assert named("iwildcam_v2.0", tmp_path) == "wilds:iwildcam_v2.0"
    found = load("iwildcam_v2.0", tmp_path)
    assert found.classes == ("empty", "tayassu pecari", "dasyprocta punctata")
    assert found.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert judged(found).tolist() == [3, 4]
    assert found.groups is not None
    assert found.groups.tolist() == [f"location {number // 2}" for number in range(6)]
    assert found.clusters is not None
    assert set(found.clusters) == {"sequence 7"}
    home = load("wilds:iwildcam_v2.0:id_test", tmp_path, few_classes=True)
    assert (said(home), home.official) == (["dasyprocta punctata"], None)
    assert len(load_unlabelled("wilds:iwildcam_v2.0:test", tmp_path)) == 2
    with pytest.raises(DataError, match="wanted a split called dev, got id_test, id_val, test, train, val; name one"):
        load("wilds:iwildcam_v2.0:dev", tmp_path)


def test_camelyon_judges_the_hospital_that_nobody_saw(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []
    for number, (center, split) in enumerate(((0, 0), (0, 1), (1, 0), (2, 0), (2, 1))):
        rows.append({"": number, "patient": "004", "node": 4, "x_coord": 3328 + number, "y_coord": 21792,
                     "slide": center, "tumor": number % 2, "center": center, "split": split})  # fmt: skip
        name = f"patch_patient_004_node_4_x_{3328 + number}_y_21792.png"
        put(tmp_path / "patches" / "patient_004_node_4" / name, number)
    table(tmp_path, rows)
    found = load(str(tmp_path), Path())
    assert (found.classes, said(found)[:2]) == (("normal", "tumor"), ["normal", "tumor"])
    assert judged(found).tolist() == [3, 4]
    assert found.groups is not None
    assert found.groups.tolist() == ["hospital 0", "hospital 0", "hospital 1", "hospital 2", "hospital 2"]
    assert len(load(f"wilds:{tmp_path}:id_val", Path(), few_classes=True)) == 1


def test_waterbirds_are_grouped_by_bird_and_background(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []
    for number in range(4):
        rows.append({"img_id": number, "img_filename": f"b/{number}.jpg", "y": number % 2,
                     "split": [0, 2, 1, 2][number], "place": number // 2, "place_filename": "x"})  # fmt: skip
        put(tmp_path / "b" / f"{number}.jpg", number)
    table(tmp_path, rows)
    found = load(str(tmp_path), Path(), few_classes=True)
    assert found.groups is not None
    assert found.groups.tolist() == [
        "landbird on land", "waterbird on land", "landbird on water", "waterbird on water",
    ]  # fmt: skip
    assert judged(found).tolist() == [1, 3]
    (tmp_path / "metadata.csv").write_text("img_filename,y,split,place\nb/0.jpg,5,0,0\n")
    with pytest.raises(DataError, match="line 2: wanted a number from 0 to 1 as y, got 5; mend it"):
        load(f"wilds:{tmp_path}", Path())


def test_another_table_is_refused_with_what_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("file,kind\na.png,b\n")
    with pytest.raises(DataError, match="got the columns file, kind; name its folder, or write a manifest"):
        load(f"wilds:{tmp_path}", Path())
    assert named(str(tmp_path)) == f"folder:{tmp_path}"
