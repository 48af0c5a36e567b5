"""A path says itself which origin it is of, wherever data is named."""

from pathlib import Path

import pytest
from tests.data.noise_pictures import draw, fill
from tests.data.tiny_torchvision import like_mnist

from shiftprobe.core.errors import DataError, UnknownNameError
from shiftprobe.data import find, from_folder, load, named
from shiftprobe.data.places import check_place


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number, label in enumerate(("cat", "dog")):
        fill(tmp_path / "photos" / label, [draw(number)])
    (tmp_path / "list.csv").write_text("path,label\nphotos/cat/0.png,cat\nphotos/dog/0.png,dog\n")
    like_mnist(tmp_path, "it")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("photos", "folder:photos"),
        ("list.csv", "csv:list.csv"),
        ("it/raw", "idx:it/raw"),
        ("digits:uci", "digits:uci"),
        ("hf:ylecun/mnist:test", "hf:ylecun/mnist:test"),
        ("nowhere", "nowhere"),
        ("nowhere:test", "nowhere:test"),
        ("nul\0", "nul\0"),
        ("a" * 5000, "a" * 5000),
    ],
)
def test_a_path_goes_without_its_origin(here: Path, text: str, name: str) -> None:
    assert named(text, here) == name
    assert named(text) == name


def test_a_path_is_loaded_and_found_as_its_name_is(here: Path) -> None:
    for text in ("photos", "list.csv"):
        find(text, here)
        assert load(text, here).digest == load(named(text), here).digest
    with pytest.raises(UnknownNameError, match="ORIGIN:NAME"):
        load("nowhere", here)


def test_what_is_closed_to_us_is_left_to_whoever_reads_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Path.is_file

    def closed(self: Path) -> bool:
        if self.parent.name == "photos":
            raise PermissionError(13, "Permission denied")
        return honest(self)

    monkeypatch.setattr(Path, "is_file", closed)  # root may read everything, so a mode would not do
    assert named("photos", here) == "folder:photos"


def test_a_folder_called_as_an_origin_hides_no_data(here: Path) -> None:
    (here / "digits:uci").mkdir()
    assert named("digits:uci") == "digits:uci"


def test_pictures_beside_tables_stay_a_folder(here: Path) -> None:
    (here / "photos" / "labels.parquet").write_bytes(b"PAR1")
    (here / "photos" / "cat" / "all.tar").write_bytes(b"")
    assert named("photos") == "folder:photos"


@pytest.mark.parametrize(
    "text", ["photos", "folder:photos", "links:photos", "csv:list.csv", "parquet:x:test", "wds:a-*.tar"]
)
def test_a_path_from_another_folder_leads_to_the_same_place(here: Path, text: str) -> None:
    prefix, _, rest = named(text).partition(":")
    assert from_folder(text, here / "specs") == f"{prefix}:../{rest}"
    assert from_folder(text, Path()) == named(text)


def test_what_is_no_path_stays_as_it_is(here: Path) -> None:
    for text in ("digits:mnist", "hf:ylecun/mnist", "torchvision:MNIST", str(here / "photos")):
        assert from_folder(text, here / "specs") == named(text)


def test_a_misspelt_path_is_refused_with_the_one_that_is_there(here: Path) -> None:
    with pytest.raises(DataError, match=r"target\.data photo: no such folder or manifest; did you mean 'photos'\?"):
        check_place("photo", "target.data", here)
