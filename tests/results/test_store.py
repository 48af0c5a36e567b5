"""A finished run comes back from a store with the same bytes; what is unfinished, changed or hostile is refused."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from tests.specs import TINY
from typer.testing import CliRunner

import shiftprobe
from shiftprobe import cli
from shiftprobe.core.errors import ResourceError, RunError, SpecError
from shiftprobe.results.store import FETCHED, HERE, MARKER, address_of, check_store, fetch, send

MEMORY = fsspec.filesystem("memory")


@pytest.fixture
def address() -> Iterator[str]:
    place = f"memory://{uuid.uuid4().hex}"
    yield place
    if MEMORY.exists(place):
        MEMORY.rm(place, recursive=True)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "tiny-12345678"
    for name in ("results.csv", "cells/one~s0/transfer/arm.npz", "cells/one~s0/transfer/manifest.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name * 3)
    (folder / "lock").touch()
    (folder / ".half.part").write_text("half")
    (folder / "link").symlink_to("/etc/hostname")
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("s3://b/runs/", "s3://b/runs"),
        ("s3:/b/runs", "s3://b/runs"),
        ("runs", None),
        ("/a:/b", None),
        ("C:/runs", None),
    ],
)
def test_an_address_is_told_from_a_path_even_where_a_path_lost_a_slash(text: str, address: str | None) -> None:
    assert address_of(text) == address
    assert address_of(Path(text)) == address


def test_what_comes_back_has_the_bytes_that_went(run: Path, address: str, tmp_path: Path) -> None:
    assert send(run, address) == f"{address}/{run.name}"
    back = fetch(f"{address}/{run.name}", tmp_path / "elsewhere")
    sent = {name: there for name, there in files_of(run).items() if name.split("/")[-1][0] not in ".l"}
    assert files_of(back) == sent
    assert len(sent) == 3


def test_the_marker_is_written_last_and_what_is_there_is_not_sent_again(
    run: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    put, pipe = MEMORY.put_file, MEMORY.pipe_file

    def noted_put(_: object, path: str, place: str) -> None:
        order.append(place)
        put(path, place)

    def noted_pipe(_: object, place: str, value: bytes) -> None:
        order.append(place)
        pipe(place, value)

    monkeypatch.setattr(type(MEMORY), "put_file", noted_put)
    monkeypatch.setattr(type(MEMORY), "pipe_file", noted_pipe)
    send(run, address)
    assert len(order) == 4
    assert order[-1].endswith(MARKER)
    send(run, address)
    assert len(order) == 4
    (run / "results.csv").write_text("grown")
    send(run, address)
    assert [one.rpartition("/")[2] for one in order[4:]] == ["results.csv", MARKER]


def test_without_a_marker_it_is_not_finished(run: Path, address: str, tmp_path: Path) -> None:
    send(run, address)
    MEMORY.rm_file(f"{address}/{run.name}/{MARKER}")
    with pytest.raises(RunError, match=r"wanted a finished run \(with finished.json\), got none"):
        fetch(f"{address}/{run.name}", tmp_path / "elsewhere")


def test_other_bytes_than_the_marker_says_are_refused_and_leave_nothing(
    run: Path, address: str, tmp_path: Path
) -> None:
    send(run, address)
    MEMORY.pipe_file(f"{address}/{run.name}/results.csv", b"other")
    with pytest.raises(RunError, match=r"results.csv has other bytes than finished.json says"):
        fetch(f"{address}/{run.name}", tmp_path / "elsewhere")
    assert not list((tmp_path / "elsewhere").rglob("*results*"))


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../b", "a\\b", ""])
def test_a_marker_cannot_name_what_lies_elsewhere(name: str, address: str, tmp_path: Path) -> None:
    MEMORY.pipe_file(f"{address}/r/{MARKER}", json.dumps({"files": {name: "0" * 64}}).encode())
    with pytest.raises(RunError, match="wanted names of files below it"):
        fetch(f"{address}/r", tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("text", ["[]", "{", '{"files": 3}', "{}"])
def test_a_marker_that_is_none_is_refused(text: str, address: str, tmp_path: Path) -> None:
    MEMORY.pipe_file(f"{address}/r/{MARKER}", text.encode())
    with pytest.raises(RunError, match="wanted names of files below it"):
        fetch(f"{address}/r", tmp_path)


def test_a_store_that_nobody_knows_or_whose_library_is_missing_is_told() -> None:
    with pytest.raises(SpecError, match="wanted a store that fsspec knows"):
        check_store("nosuch://bucket/runs")
    with pytest.raises(SpecError, match=r"pip install 'shiftprobe\[s3\]'"):
        check_store("oss://bucket/runs")


def test_a_store_that_does_not_answer_ends_in_one_line(
    run: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError("Access Denied\nand much more")

    monkeypatch.setattr(type(MEMORY), "put_file", refused)
    with pytest.raises(ResourceError, match=r"does not answer as wanted: Access Denied; see its address") as told:
        send(run, address)
    assert "\n" not in str(told.value)


def test_a_sweep_sends_its_run_and_report_fetches_it(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = shiftprobe.compare(TINY, out=address, workers=1)
    assert done.path.parent == HERE
    told = CliRunner().invoke(cli.app, ["report", f"{address}/{done.path.name}"])
    assert told.exit_code == 0, told.output
    assert f"fetched {address}/{done.path.name} into" in told.stderr
    back = FETCHED / done.path.name
    assert (back / "report.html").read_bytes() == done.report.read_bytes()
    assert (back / "results.csv").read_bytes() == (done.path / "results.csv").read_bytes()
