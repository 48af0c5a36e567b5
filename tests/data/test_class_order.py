"""Classes stand in the order in which whoever trained on them sorted their names: as they are written, not as read."""

import unicodedata
from pathlib import Path

import PIL.Image
import pytest
from tests.data.noise_pictures import draw
from torchvision.datasets import ImageFolder

from shiftprobe.core.errors import DataError
from shiftprobe.data import load
from shiftprobe.models.class_names import conflict, counted, places_of, plain

WORDS = ("zebra", "\u00e9cureuil", "eland", "\u00c4sche", "\u212bngstr\u00f6m", "abeille", "Zebu")


def _folder(root: Path, names: list[str], part: str = "") -> None:
    for number, name in enumerate(names):
        (root / part / name).mkdir(parents=True)
        PIL.Image.fromarray(draw(number + 10 * len(part))).save(root / part / name / "0.png")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_folders_stand_as_image_folder_sorts_them(tmp_path: Path, form: str) -> None:
    _folder(tmp_path, [unicodedata.normalize(form, word) for word in WORDS])  # type: ignore[arg-type]
    theirs = ImageFolder(str(tmp_path)).classes
    ours = load(f"folder:{tmp_path}", Path())
    assert ours.classes == tuple(unicodedata.normalize("NFC", name) for name in theirs)
    by_path = {path: ours.classes[label] for path, label in zip(ours.paths or (), ours.labels, strict=True)}
    assert len(by_path) == len(WORDS)


def test_bytes_that_are_no_text_stand_where_image_folder_puts_them(tmp_path: Path) -> None:
    names = ["ant", "\udcffowl", "\\x00", "z\u00e9", "zz"]
    try:
        _folder(tmp_path, names)
    except (OSError, UnicodeError) as error:
        pytest.skip(f"this file system takes no such name: {error}")
    theirs = ImageFolder(str(tmp_path)).classes
    ours = load(f"folder:{tmp_path}", Path()).classes
    assert [name[:2] for name in ours] == [name[:2] if name[0] != "\udcff" else "\\x" for name in theirs]


def test_the_part_that_trains_says_the_order(tmp_path: Path) -> None:
    written = unicodedata.normalize("NFD", "\u00e9t\u00e9")
    _folder(tmp_path, [written, "fall"], "train")
    _folder(tmp_path, ["\u00e9t\u00e9", "fall"], "test")
    assert load(f"folder:{tmp_path}", Path()).classes == ("\u00e9t\u00e9", "fall")
    assert ImageFolder(str(tmp_path / "train")).classes == [written, "fall"]
    assert ImageFolder(str(tmp_path / "test")).classes == ["fall", "\u00e9t\u00e9"]


def test_a_table_stands_as_its_cells_are_sorted(tmp_path: Path) -> None:
    cells = [unicodedata.normalize("NFD", word) for word in WORDS]
    for number in range(len(cells)):
        PIL.Image.fromarray(draw(number)).save(tmp_path / f"{number}.png")
    rows = [f"{number}.png,{cell}" for number, cell in enumerate(cells)]
    (tmp_path / "table.csv").write_text("\n".join(["path,label", *rows]), encoding="utf-8")
    wanted = tuple(unicodedata.normalize("NFC", cell) for cell in sorted(cells))
    assert load(f"csv:{tmp_path / 'table.csv'}", Path()).classes == wanted


def test_names_are_bent_only_to_be_found() -> None:
    written = unicodedata.normalize("NFD", "\u00e9cureuil_roux")
    assert places_of(("\u00c9cureuil roux",), ("ant", written)) == [1]
    assert plain(written) == plain("\u00c9CUREUIL-ROUX")
    found = conflict(("\u00e9cureuil_roux", "ant"), ("ant", written))
    assert found is not None
    assert (found.given, found.carried) == (0, 1)


def test_counting_is_timms_order() -> None:
    names = ["n10", "n2", "N1", "cat", "Bee", "10", "9", "2b", "2a"]
    reader = pytest.importorskip("timm.data.readers.reader_image_folder", reason="needs timm")
    assert list(counted(names)) == sorted(names, key=reader.natural_key)
    assert counted(["10", "-2", "1"]) == ("-2", "1", "10")


def test_two_folders_of_one_name_are_still_refused(tmp_path: Path) -> None:
    _folder(tmp_path, ["\u00e9", unicodedata.normalize("NFD", "\u00e9")])
    with pytest.raises(DataError, match="two class folders"):
        load(f"folder:{tmp_path}", Path())
