"""Parquet tables as people's libraries write them: the pictures, classes and parts are those that went in."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from tests.data.noise_pictures import draw, fill

from shiftprobe.core.errors import DataError
from shiftprobe.data import judged, load, load_unlabelled, named

pa = pytest.importorskip("pyarrow", reason="parquet: is not tested, for its library is missing: pip install pyarrow")
pq = pytest.importorskip("pyarrow.parquet", reason="parquet: is not tested, for its library is missing")
HERE = Path()


def png(number: int) -> bytes:
    out = io.BytesIO()
    PIL.Image.fromarray(draw(number)).save(out, "PNG")
    return out.getvalue()


def write(file: Path, labels: list[Any], images: list[Any] | None = None, **more: Any) -> str:
    pictures = images or [{"bytes": png(number), "path": None} for number in range(len(labels))]
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"image": pictures, "label": labels, **more}), file)
    return f"parquet:{file}"


def test_holds_what_the_folder_of_the_same_pictures_holds(tmp_path: Path) -> None:
    fill(tmp_path / "photos" / "ant", [draw(0), draw(2)])
    fill(tmp_path / "photos" / "bee", [draw(1), draw(3)])
    found = load(write(tmp_path / "a.parquet", ["ant", "bee", "ant", "bee"]), HERE)
    folder = load(f"folder:{tmp_path / 'photos'}", HERE)
    assert found.classes == folder.classes == ("ant", "bee")
    assert dict(zip(found.hashes, found.labels, strict=True)) == dict(zip(folder.hashes, folder.labels, strict=True))
    assert found.paths == tuple(f"a.parquet, row {row}" for row in range(4))
    np.testing.assert_array_equal(found.images[3], draw(3))


def test_reads_what_hugging_faces_library_writes(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="what it writes is not tested, for it is missing")
    features = datasets.Features({"img": datasets.Image(), "label": datasets.ClassLabel(names=["zebra", "ant"])})
    cells = [{"bytes": png(number), "path": None} for number in range(6)]
    datasets.disable_progress_bars()
    try:
        whole = datasets.Dataset.from_dict({"img": cells, "label": [0, 1, 1, 0, 1, 0]}, features=features)
        for part, rows in (("train", range(4)), ("test", range(4, 6))):
            whole.select(rows).to_parquet(str(tmp_path / "hub" / "data" / f"{part}-00000-of-00001.parquet"))
    finally:
        datasets.enable_progress_bars()
    assert named("hub", tmp_path) == "parquet:hub"
    found = load("hub", tmp_path)
    assert found.classes == ("zebra", "ant")
    assert [found.classes[found.labels[i]] for i in judged(found)] == ["ant", "zebra"]
    np.testing.assert_array_equal(found.images[judged(found)[1]], draw(5))
    assert named("hub:train", tmp_path) == "parquet:hub:train"
    assert len(load("hub:train", tmp_path)) == 4
    with pytest.raises(DataError, match="wanted a part called val, got test, train; name one"):
        load("parquet:hub:val", tmp_path)


def test_whole_numbers_are_counted_and_minus_one_is_no_class(tmp_path: Path) -> None:
    found = load(write(tmp_path / "a.parquet", [10, 2, -1, 2]), HERE)
    assert found.classes == ("2", "10")
    assert [found.classes[label] for label in found.labels] == ["10", "2", "2"]
    assert [(one.path, one.reason) for one in found.skipped] == [("a.parquet, row 2", "no label")]


def test_domains_and_groups_are_those_of_the_columns(tmp_path: Path) -> None:
    name = write(tmp_path / "a.parquet", ["a", "b", "a"], domain=["day", "night", "day"], group=[1, 1, 2])
    found = load(name, HERE)
    assert found.groups is not None
    assert found.clusters is not None
    assert found.groups.tolist() == ["day", "night", "day"]
    assert found.clusters.tolist() == ["group 1", "group 1", "group 2"]


def test_large_row_groups_are_read_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from shiftprobe.data import files

    monkeypatch.setattr(files, "KEEP_BYTES", 0)
    found = load(write(tmp_path / "a.parquet", ["a", "b"] * 150, [png(number) for number in range(300)]), HERE)
    for place in (299, 0, 150):
        np.testing.assert_array_equal(found.images[place], draw(place))


def test_without_classes_the_pictures_can_be_looked_at(tmp_path: Path) -> None:
    pq.write_table(pa.table({"img_bytes": [png(0), png(1)], "url": ["a", "b"]}), tmp_path / "a.parquet")
    assert len(load_unlabelled("a.parquet", tmp_path)) == 2
    with pytest.raises(DataError, match="wanted one column of classes, got img_bytes, url; rename the right one"):
        load("a.parquet", tmp_path)


def test_parts_that_nobody_can_tell_are_named_one_at_a_time(tmp_path: Path) -> None:
    for name in ("train-0", "extra-0"):
        write(tmp_path / "t" / f"{name}.parquet", ["a", "b"])
    with pytest.raises(DataError, match="got train, unnamed; name one, as parquet:t:train"):
        load("t", tmp_path)
    assert len(load("parquet:t:train", tmp_path)) == len(load("parquet:t:unnamed", tmp_path)) == 2


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    name = write(tmp_path / "a.parquet", ["a", "b"])
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(DataError, match=r"pip install 'shiftprobe\[hf\]'"):
        load(name, HERE)
