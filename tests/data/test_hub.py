import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.data.hub_tables import CLASSES, datasets, picture, save, table
from tests.hostile.pictures import saved

from shiftprobe.core.errors import DataError, ResourceError
from shiftprobe.data import download, files, judged, load, load_unlabelled
from shiftprobe.data.huggingface import _library

pytestmark = pytest.mark.usefixtures("empty_hub")


def test_reads_a_saved_part_with_its_class_names(tmp_path: Path) -> None:
    bundle = load(save(table([0, 1, 2], [1, 0, 1])), tmp_path)
    assert bundle.name == "hf:saved"
    assert bundle.classes == ("cat", "dog")
    assert bundle.labels.tolist() == [1, 0, 1]
    assert bundle.official is None
    assert bundle.groups is None
    assert bundle.paths == ("all/0", "all/1", "all/2")
    for number, image in enumerate(bundle.images):
        np.testing.assert_array_equal(image, picture(number))
    assert load(f"hf:{tmp_path}/saved", Path("/")).digest == bundle.digest


def test_parts_divide_the_data_or_are_named_one_at_a_time(tmp_path: Path) -> None:
    parts = {"train": table([0, 1], [0, 1]), "validation": table([2], [0]), "test": table([3, 4], [1, 0])}
    name = save(datasets.DatasetDict(parts))
    bundle = load(name, tmp_path)
    assert bundle.official is not None
    assert bundle.official.tolist() == ["train", "train", "train", "test", "test"]
    assert judged(bundle).tolist() == [3, 4]
    alone = load(f"{name}:test", tmp_path)
    assert (alone.official, alone.paths) == (None, ("test/0", "test/1"))
    assert len(load_unlabelled(name, tmp_path)) == 5
    with pytest.raises(DataError, match="wanted a part called tset, got train, validation, test"):
        load(f"{name}:tset", tmp_path)


def test_parts_of_other_names_must_be_named(tmp_path: Path) -> None:
    name = save(datasets.DatasetDict({"train": table([0, 1], [0, 1]), "extra": table([2], [0])}))
    with pytest.raises(DataError, match="wanted train and test, got train, extra; name one, as hf:saved:train"):
        load(name, tmp_path)
    assert len(load(f"{name}:extra", tmp_path)) == 1


def test_text_labels_and_domains(tmp_path: Path) -> None:
    domains = (["day", "night", "day"], datasets.Value("string"))
    bundle = load(save(table([0, 1, 2], ["dog", "ant", "dog"], datasets.Value("string"), domain=domains)), tmp_path)
    assert (bundle.classes, bundle.labels.tolist()) == (("ant", "dog"), [1, 0, 1])
    assert bundle.groups is not None
    assert bundle.groups.tolist() == ["day", "night", "day"]


def test_a_large_set_is_decoded_on_access_and_travels_to_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = save(table([0, 1], [0, 1]))
    monkeypatch.setattr(files, "KEEP_BYTES", 0)
    bundle = pickle.loads(pickle.dumps(load(name, tmp_path)))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(bundle.images[1], picture(1))


def test_what_cannot_be_used_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outside.png").write_bytes(saved(picture(7), "PNG"))
    cells = [
        {"bytes": saved(picture(0), "PNG"), "path": "https://example.org/never-asked.png"},
        {"bytes": b"%!PS-Adobe-3.0 EPSF-3.0\n", "path": None},
        {"bytes": b"", "path": None},
        {"bytes": None, "path": "https://example.org/a.png"},
        {"bytes": None, "path": "zip://a.png::https://example.org/a.zip"},
        {"bytes": None, "path": str(tmp_path / "outside.png")},
        {"bytes": None, "path": "/dev/zero"},
        None,
        {"bytes": saved(picture(1), "PNG"), "path": None},
    ]
    features = datasets.Features({"image": datasets.Image(decode=False), "label": datasets.ClassLabel(names=CLASSES)})
    labels = [0, 0, 0, 0, 0, 1, 1, 1, -1]
    plain = datasets.Dataset.from_dict({"image": cells, "label": labels}, features=features)
    name = save(table([0, 1], [0, 1]))
    monkeypatch.setattr(datasets, "load_from_disk", lambda _: plain)  # saving it would follow every path
    bundle = load(name, tmp_path)
    assert bundle.paths == ("all/0", "all/5")
    reasons = {one.path: one.reason for one in bundle.skipped}
    assert list(reasons) == ["all/8", "all/1", "all/2", "all/3", "all/4", "all/6", "all/7"]
    assert reasons["all/8"] == "no label"
    assert "PostScript" in reasons["all/1"]
    assert "empty file" in reasons["all/2"]
    assert "wanted pixels or a local file, got https" in reasons["all/3"]
    assert "wanted pixels or a local file, got /dev/zero" in reasons["all/6"]
    assert reasons["all/7"] == "an empty cell"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"label": None}, "wanted one column of classes, got image, number; rename"),
        ({"label": "fine", "extra": "coarse"}, "wanted one column of classes, got fine, coarse; rename"),
        ({"image": None}, "wanted one column of images"),
    ],
)
def test_columns_that_cannot_be_told_are_refused(tmp_path: Path, columns: dict[str, str | None], message: str) -> None:
    extra = ([0, 1], datasets.ClassLabel(names=["x", "y"]))
    made = table(
        [0, 1], [0, 1], number=([1, 2], datasets.Value("int64")), **({"extra": extra} if len(columns) > 1 else {})
    )
    for name, other in columns.items():
        made = made.rename_column(name, other) if other else made.remove_columns(name)
    with pytest.raises(DataError, match=message):
        load(save(made), tmp_path)


def test_missing_data_names_the_command_that_fetches_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"wanted hf:ada/cats in the cache .*; run `shiftprobe download hf:ada/cats`"):
        load("hf:ada/cats:test", tmp_path)
    (tmp_path / "photos").mkdir()
    with pytest.raises(DataError, match="got another folder; write folder:photos"):
        load("hf:photos", tmp_path)
    for name in ("hf:nowhere/at/all", "hf:../x", "hf:/nowhere", "hf:a\0b", "hf:https"):
        with pytest.raises(DataError) as caught:
            load(name, tmp_path)
        assert str(caught.value).isprintable()


def test_a_folder_of_the_same_name_is_not_taken_for_the_cache(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(DataError, match="wanted a saved data set"):
        load("hf:cats", tmp_path / "elsewhere")


def test_damaged_data_is_one_line(tmp_path: Path) -> None:
    name = save(table([0, 1], [0, 1]))
    arrow = next((tmp_path / "saved").glob("*.arrow"))
    arrow.write_bytes(arrow.read_bytes()[:300])
    with pytest.raises(DataError, match=r"wanted hf:saved whole, got: .*; save or download it again"):
        load(name, tmp_path)


def test_reads_what_the_library_has_cached(tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    table([0, 1, 2], [0, 1, 1]).to_parquet("rows/train.parquet")
    datasets.load_dataset("parquet", data_dir="rows", cache_dir="cache")
    held = next((tmp_path / "cache" / "parquet").rglob("dataset_info.json")).parent
    there = tmp_path / "cache" / "ada___cats" / "default" / "0.0.0" / held.name
    there.parent.mkdir(parents=True)
    held.rename(there)
    for file in there.glob("parquet-*"):
        file.rename(there / file.name.replace("parquet-", "cats-"))
    bundle = load("hf:ada/cats", tmp_path)
    assert (len(bundle), bundle.classes) == (3, ("cat", "dog"))
    np.testing.assert_array_equal(bundle.images[2], picture(2))


def test_downloading_asks_the_library_once_and_turns_its_network_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def fetch(*given: Any, **options: Any) -> None:
        asked.append((given, options, datasets.config.HF_HUB_OFFLINE))

    monkeypatch.setattr(datasets, "load_dataset", fetch)
    assert str(download("hf:ada/cats:test")).endswith("cache")
    assert asked == [(("ada/cats",), {}, False)]  # nothing that would let foreign code run
    with pytest.raises(DataError, match="wanted a name of the hub"):
        download("hf:/etc/passwd")


def test_a_download_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise ConnectionError("no\nroute\x1b[2J")

    monkeypatch.setattr(datasets, "load_dataset", fail)
    with pytest.raises(
        ResourceError, match=r"wanted to download hf:ada/cats, got: no route.*; check the name"
    ) as caught:
        download("hf:ada/cats")
    assert str(caught.value).isprintable()


def test_the_library_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    was = object()
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", was)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    level = datasets.logging.get_verbosity()
    with _library(online=False):
        assert getattr(datasets.config, "HF_HUB_OFFLINE")  # noqa: B009 - it changes between two looks
    assert datasets.config.HF_HUB_OFFLINE is was
    assert os.environ["HF_HUB_OFFLINE"] == "0"
    assert "HF_DATASETS_OFFLINE" not in os.environ
    assert datasets.logging.get_verbosity() == level
    assert datasets.are_progress_bars_disabled()


def test_nothing_is_asked_of_the_network(tmp_path: Path) -> None:
    save(table([0, 1], [0, 1]))
    code = (
        "import socket\n"
        "def no(*a, **k): raise SystemExit('asked the network')\n"
        "socket.socket.connect = socket.getaddrinfo = no\n"
        "from pathlib import Path; from shiftprobe.data import load; from shiftprobe.core.errors import DataError\n"
        "assert len(load('hf:saved', Path())) == 2\n"
        "try: load('hf:ada/cats', Path())\n"
        "except DataError as error: print(error)\n"
    )
    environment = {**os.environ, "HF_HOME": str(tmp_path / "home")}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert "run `shiftprobe download hf:ada/cats`" in found.stdout
    assert found.stderr == ""


def test_without_the_library_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match=r"run `pip install 'shiftprobe\[hf\]'`"):
        load("hf:ada/cats", tmp_path)
