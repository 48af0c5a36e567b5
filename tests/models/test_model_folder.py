"""A folder with a network is looked at before any library is asked: what it must hold, and what it may not."""

import json
import os
from pathlib import Path

import pytest

from shiftprobe.core.errors import CheckpointError, UnknownNameError
from shiftprobe.models.folder import open_folder, read_object
from shiftprobe.models.names import check_weights, is_published, lies


def folder(path: Path, config: object = None, **files: object) -> Path:
    path.mkdir(exist_ok=True)
    (path / "config.json").write_text(json.dumps({} if config is None else config))
    for name, content in files.items():
        (path / name.replace("__", ".")).write_text(json.dumps(content))
    return path


def index(path: Path, **weight_map: object) -> Path:
    (folder(path) / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    return path


def test_safetensors_go_before_pickles_and_every_small_file_counts(tmp_path: Path) -> None:
    place = folder(tmp_path, {"model_type": "vit"}, model__safetensors=1, preprocessor_config__json={})
    (tmp_path / "pytorch_model.bin").write_text("")
    found = open_folder(place)
    assert (found.parts, found.of_timm) == (("model.safetensors",), False)
    assert [name for name, _ in found.digests] == ["config.json", "preprocessor_config.json"]
    check_weights(place, str(place))


def test_parts_are_those_that_the_index_names(tmp_path: Path) -> None:
    place = index(tmp_path, one="b.safetensors", two="a.safetensors", three="b.safetensors")
    for name in ("a", "b", "c"):
        (place / f"{name}.safetensors").write_text("")
    assert open_folder(place).parts == ("a.safetensors", "b.safetensors")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../a.safetensors", "no file beside it; fetch it too"),
        ("/etc/passwd", "no file beside it"),
        ("gone.safetensors", "gone.safetensors, which is no file beside it; fetch it too"),
        ("sub/a.safetensors", "no file beside it"),
        ("a.pt", "no file beside it"),
    ],
)
def test_an_index_leads_nowhere_else(tmp_path: Path, name: str, message: str) -> None:
    place = index(tmp_path / "net", one=name)
    for other in (tmp_path / "a.safetensors", place / "a.pt"):
        other.write_text("")
    with pytest.raises(CheckpointError, match=message):
        open_folder(place)


@pytest.mark.parametrize("said", [{}, {"weight_map": {}}, {"weight_map": [1]}])
def test_an_index_that_names_nothing_is_refused(tmp_path: Path, said: dict[str, object]) -> None:
    (folder(tmp_path) / "pytorch_model.bin.index.json").write_text(json.dumps(said))
    with pytest.raises(CheckpointError, match=r"wanted 1 to 1,000 files under weight_map, got 0"):
        open_folder(tmp_path)


def test_what_is_missing_is_named_with_the_file_to_give_instead(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"a folder without config.json; give the file of weights itself$"):
        check_weights(tmp_path, str(tmp_path))
    (tmp_path / "mine.pt").write_text("")
    with pytest.raises(CheckpointError, match=r"config.json; give the file: .*mine\.pt$") as caught:
        open_folder(tmp_path)
    given = str(caught.value).rpartition("give the file: ")[2]
    check_weights(Path(given), given)  # the advice leads on
    with pytest.raises(CheckpointError, match=r"without model.safetensors or pytorch_model.bin; give the file: .*mine"):
        open_folder(folder(tmp_path))


@pytest.mark.parametrize("text", ["[1]", "{", "\x00", "[" * 100_000, "3"])
def test_what_is_no_json_object_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"config.json: wanted (JSON|a JSON object), got") as caught:
        read_object(tmp_path / "config.json")
    assert "\n" not in str(caught.value)


def test_pipes_and_books_keep_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(CheckpointError, match="wanted a file, got a pipe or device"):
        read_object(tmp_path / "pipe.json")
    with (tmp_path / "long.json").open("wb") as file:
        file.truncate(17 * 2**20)
    with pytest.raises(CheckpointError, match=r"wanted at most 16,777,216 bytes of JSON, got 17,825,792"):
        read_object(tmp_path / "long.json")


def test_names_of_the_hub_are_spelled_as_timm_spells_them(tmp_path: Path) -> None:
    for name in ("hf_hub:timm/resnet18.a1_in1k", "hf-hub:owner/name@v1.0"):
        assert is_published(name)
        check_weights(tmp_path / name, name)
    for name in ("hf_hub:resnet18", "hf_hub:../x", "hf_hub:a/b/c", "hf_hub:a/b@../c"):
        with pytest.raises(UnknownNameError, match="wanted hf_hub:OWNER/NAME"):
            check_weights(tmp_path / name, name)


def test_what_is_there_goes_before_what_is_published(tmp_path: Path) -> None:
    (tmp_path / "lite0").mkdir()
    assert not lies(tmp_path / "lite0")
    check_weights(tmp_path / "lite0", "lite0")
    folder(tmp_path / "lite0")
    with pytest.raises(CheckpointError, match=r"a folder without model\.safetensors"):
        check_weights(tmp_path / "lite0", "lite0")
