"""Images without a label: -1, or a word of the user's."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from tests.data.noise_pictures import draw

from shiftprobe.core.errors import DataError
from shiftprobe.data import load, load_given


def _table(folder: Path, labels: list[str]) -> str:
    for place in range(len(labels)):
        PIL.Image.fromarray(draw(place)).save(folder / f"{place}.png")
    rows = [f"{place}.png,{label},{'train' if place % 2 else 'test'}" for place, label in enumerate(labels)]
    (folder / "table.csv").write_text("\n".join(["path,label,split", *rows]))
    return f"csv:{folder / 'table.csv'}"


def test_they_are_left_out_and_counted(tmp_path: Path) -> None:
    bundle = load(_table(tmp_path, ["-1", "0", "1", "-1", "1", "0"]), Path())
    assert bundle.classes == ("0", "1")
    assert bundle.labels.tolist() == [0, 1, 1, 0]
    assert (bundle.unlabelled, bundle.skipped) == (2, ())
    assert bundle.paths == ("1.png", "2.png", "4.png", "5.png")
    assert bundle.official is not None
    assert bundle.official.tolist() == ["train", "test", "test", "train"]
    for image, place in zip(bundle.images, (1, 2, 4, 5), strict=True):
        np.testing.assert_array_equal(image, draw(place))


def test_the_user_has_a_word_for_them(tmp_path: Path) -> None:
    name = _table(tmp_path, ["unknown", "0", "1", "-1"])
    assert load(name, Path()).classes == ("0", "1", "unknown")
    assert load(name, Path(), no_label="unknown").classes == ("0", "1")


def test_where_all_are_without_the_advice_leads_on(tmp_path: Path) -> None:
    name = _table(tmp_path, ["-1", "-1"])
    with pytest.raises(DataError, match="only -1, which marks those without; label some"):
        load(name, Path(), few_classes=True)
    with pytest.raises(DataError, match="at least two classes, got only 0 beside -1"):
        load(_table(tmp_path, ["-1", "0"]), Path())
    assert load(name, Path(), few_classes=True).classes == ("0",)


def test_numbers_in_memory_may_be_minus_one() -> None:
    class Named(list[tuple[object, int]]):
        classes = ("cat", "dog")

    items = [(draw(0), 1), (draw(1), -1), (draw(2), 0)]
    found = load_given("mine", Named(items), Path())
    assert (found.classes, found.labels.tolist(), found.unlabelled) == (("cat", "dog"), [1, 0], 1)
    assert load_given("mine", items, Path()).classes == ("0", "1")
    assert len(load_given("mine", items, Path(), labels=False)) == 3
