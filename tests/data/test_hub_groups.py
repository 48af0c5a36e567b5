"""The column `group` of a Hugging Face table: which images belong together."""

from pathlib import Path

import pytest
from tests.data.hub_tables import datasets, save, table

from shiftprobe.core.errors import DataError
from shiftprobe.data import load, load_unlabelled

pytestmark = pytest.mark.usefixtures("empty_hub")


def members(path: Path) -> list[str]:
    clusters = load("hf:saved", path).clusters
    assert clusters is not None
    return list(clusters.tolist())


def test_a_column_of_groups_tells_what_belongs_together(tmp_path: Path) -> None:
    kind = datasets.Value("string")
    save(table([0, 1, 2, 3], [1, 0, 1, 0], group=(["a", "b", "a", "b"], kind)))
    first, second, third, fourth = members(tmp_path)
    assert first == third != second == fourth
    unlabelled = load_unlabelled("hf:saved", tmp_path).clusters
    assert unlabelled is not None
    assert unlabelled.tolist() == members(tmp_path)


def test_a_table_without_the_column_names_no_groups(tmp_path: Path) -> None:
    assert load(save(table([0, 1], [1, 0])), tmp_path).clusters is None


def test_a_column_of_groups_may_hold_numbers_or_classes_and_is_no_label(tmp_path: Path) -> None:
    save(table([0, 1, 2], [1, 0, 1], group=([7, 7, 8], datasets.Value("int64"))))
    assert len(set(members(tmp_path))) == 2
    named = table([0, 1, 2], [1, 0, 1], group=([0, 1, 1], datasets.ClassLabel(names=["x", "y"])))
    named.save_to_disk("named")
    bundle = load("hf:named", tmp_path)
    assert bundle.classes == ("cat", "dog")
    assert bundle.clusters is not None
    assert len(set(bundle.clusters.tolist())) == 2


def test_a_part_without_groups_stands_image_by_image(tmp_path: Path) -> None:
    grouped = table([0, 1], [1, 0], group=(["a", "a"], datasets.Value("string")))
    parts = datasets.DatasetDict({"train": grouped, "test": table([2, 3], [1, 0])})
    save(parts)
    assert len(set(members(tmp_path))) == 3


def test_a_row_without_a_group_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="wanted a group in every row"):
        load(save(table([0, 1], [1, 0], group=(["a", None], datasets.Value("string")))), tmp_path)
