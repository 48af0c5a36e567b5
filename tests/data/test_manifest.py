from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from shiftprobe.core.errors import DataError
from shiftprobe.data import entries, judged, load, load_unlabelled


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for place, name in enumerate("abcd"):
        picture = np.full((4 + place, 5, 3), 40 * place, np.uint8)
        PIL.Image.fromarray(picture).save(tmp_path / f"{name}.png")
    return tmp_path


def write(folder: Path, *lines: str) -> str:
    (folder / "list.csv").write_text("\n".join(lines) + "\n")
    return "csv:list.csv"


def whole(folder: Path) -> str:
    return write(
        folder,
        "domain,label,path,split,comment",
        "night,dog,d.png,test,",
        "day,cat,a.png,train,=1+1",
        "day,dog,b.png,TRAIN,",
        "night,cat,c.png,val,",
    )


def test_reads_classes_parts_and_domains_by_name(folder: Path) -> None:
    bundle = load(whole(folder), folder)
    assert bundle.name == "csv:list.csv"
    assert bundle.classes == ("cat", "dog")
    assert bundle.paths == ("d.png", "a.png", "b.png", "c.png")
    assert [bundle.classes[label] for label in bundle.labels] == ["dog", "cat", "dog", "cat"]
    assert bundle.official is not None
    assert bundle.official.tolist() == ["test", "train", "train", "train"]  # with both test and val, val trains
    assert bundle.groups is not None
    assert bundle.groups.tolist() == ["night", "day", "day", "night"]
    assert [image.shape[0] for image in bundle.images] == [7, 4, 5, 6]
    assert judged(bundle).tolist() == [0]


def test_the_pixels_are_those_of_the_folder(folder: Path) -> None:
    for label, name in (("cat", "a"), ("cat", "b"), ("dog", "c"), ("dog", "d")):
        (folder / "tree" / label).mkdir(parents=True, exist_ok=True)
        (folder / "tree" / label / f"{name}.png").write_bytes((folder / f"{name}.png").read_bytes())
    listed = load(write(folder, "path,label", "a.png,cat", "b.png,cat", "c.png,dog", "d.png,dog"), folder)
    assert listed.digest == load("folder:tree", folder).digest


def test_data_divides_itself_only_where_both_parts_are_there(folder: Path) -> None:
    for words in (("train", "train"), ("test", "test"), ("val", "test")):
        bundle = load(write(folder, "path,label,split", f"a.png,cat,{words[0]}", f"b.png,dog,{words[1]}"), folder)
        assert bundle.official is None
        assert judged(bundle).tolist() == [0, 1]


def test_domains_move_the_digest_and_their_absence_does_not(folder: Path) -> None:
    plain = load(write(folder, "path,label", "a.png,cat", "b.png,dog"), folder).digest
    day = load(write(folder, "path,label,domain", "a.png,cat,day", "b.png,dog,day"), folder).digest
    night = load(write(folder, "path,label,domain", "a.png,cat,day", "b.png,dog,night"), folder).digest
    assert len({plain, day, night}) == 3


def test_paths_start_from_the_manifest_not_from_the_base(folder: Path) -> None:
    write(folder, "path,label", "a.png,cat", "b.png,dog")
    assert len(load(f"csv:{folder.name}/list.csv", folder.parent)) == 2
    assert len(load(f"csv:{folder}/list.csv", Path("/"))) == 2


def test_without_labels_it_can_only_be_looked_at(folder: Path) -> None:
    name = write(folder, "path,domain", "a.png,day", "b.png,night", "x.png,day")
    with pytest.raises(DataError, match=r"list\.csv: wanted a column label, got a manifest without; add it"):
        load(name, folder)
    bundle = load_unlabelled(name, folder)
    assert (len(bundle), bundle.classes, bundle.paths) == (2, ("list",), ("a.png", "b.png"))
    assert bundle.skipped[0].reason == "no such file (line 4)"
    assert load_unlabelled(whole(folder), folder).classes == ("list",)


def test_one_class_is_enough_only_where_that_is_allowed(folder: Path) -> None:
    name = write(folder, "path,label", "a.png,cat", "b.png,cat", "x.png,dog")
    with pytest.raises(DataError, match=r"class dog, got none \(first x\.png: no such file"):
        load(name, folder)
    assert load(name, folder, few_classes=True).classes == ("cat",)


def test_each_bad_row_is_listed_with_its_line_in_order(folder: Path) -> None:
    (folder / "broken.png").write_bytes(b"")
    name = write(folder, "path,label", "broken.png,cat", "a.png,cat", "x.png,dog", "b.png,dog", "a.png,cat")
    found = [(one.path, one.reason) for one in load(name, folder).skipped]
    assert found == [
        ("broken.png", "empty file (0 bytes) (line 2)"),
        ("x.png", "no such file (line 4)"),
        ("a.png", "repeats line 3 (line 6)"),
    ]


def test_two_spellings_of_one_letter_are_one_class(folder: Path) -> None:
    lines = (
        "path,label",
        "a.png,caf\N{LATIN SMALL LETTER E WITH ACUTE}",
        "b.png,cafe\N{COMBINING ACUTE ACCENT}",
        "c.png,x",
    )
    assert len(load(write(folder, *lines), folder).classes) == 2


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("path,label", "a.png,cat", "/b.png,dog"), r"line 3: wanted a path relative to the manifest, got /b\.png"),
        (
            ("path,label", "../a.png,cat"),
            r"line 2: wanted a path below the manifest, got \.\./a\.png, which climbs out",
        ),
        (("path,label", "a.png,cat", "", "b.png"), "line 4: wanted 2 cells as in the header, got 1"),
        (("path,label", "a.png,=A2"), "line 2: wanted a label, got the formula =A2; save the sheet's values"),
        (("path,label,split", "a.png,cat,train", "b.png,dog,holdout"), "line 3: wanted train, val or test as split"),
        (("path,label,domain", "a.png,cat,"), "line 2: wanted a domain, got an empty cell"),
        (("path,label", "a.png,cat", "a.png,dog"), r"line 3: wanted one label for a\.png, got dog and in line 2 cat"),
        (("path,label,domain", "a.png,cat,day", "a.png,cat,night"), "line 3: wanted one domain"),
        (("file,label", "a.png,cat"), "wanted a header with path .*, got file label; add that line"),
        (("path,label", "a.png,cat", "b.png,cat"), "at least two classes, got only cat"),
    ],
)
def test_refuses_in_one_line_with_its_number(folder: Path, lines: tuple[str, ...], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        load(write(folder, *lines), folder)
    assert str(caught.value).isprintable()


def test_refuses_more_rows_than_memory_should_hold(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MAX_ROWS", 2)
    assert len(load(write(folder, "path,label", "a.png,cat", "b.png,dog"), folder)) == 2
    with pytest.raises(DataError, match="at most 2 rows, got more; divide it"):
        load(write(folder, "path,label", "a.png,cat", "b.png,dog", "c.png,dog"), folder)
