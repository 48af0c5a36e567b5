"""A store that speaks S3, on loopback: a run goes there and comes back; what is missing or refused is one line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.results.test_store import files_of

from shiftprobe.core.errors import ResourceError, RunError
from shiftprobe.results.store import MARKER, check_store, fetch, send

server_module = pytest.importorskip("moto.server", reason="moto is not installed")
s3fs = pytest.importorskip("s3fs", reason="the extra shiftprobe[s3] is not installed")
BUCKET = "runs-of-somebody"


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        environment.setenv("AWS_ACCESS_KEY_ID", "somebody")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem().mkdir(BUCKET)
        yield f"s3://{BUCKET}/deep/runs"
    server.stop()
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "tiny-12345678"
    (folder / "cells" / "one~s0").mkdir(parents=True)
    (folder / "results.csv").write_text("arm,value\n")
    (folder / "cells" / "one~s0" / "arm.npz").write_bytes(bytes(range(256)) * 40)
    return folder


def test_a_run_goes_there_and_comes_back(bucket: str, run: Path, tmp_path: Path) -> None:
    check_store(bucket)
    there = send(run, bucket)
    assert files_of(fetch(there, tmp_path / "elsewhere")) == files_of(run)
    (run / "results.csv").write_text("grown\n")
    send(run, bucket)
    assert files_of(fetch(there, tmp_path / "elsewhere")) == files_of(run)


def test_without_its_marker_it_is_not_finished(bucket: str, run: Path, tmp_path: Path) -> None:
    there = send(run, f"{bucket}/other")
    s3fs.S3FileSystem().rm_file(f"{there}/{MARKER}")
    with pytest.raises(RunError, match="wanted a finished run"):
        fetch(there, tmp_path)


def test_no_bucket_is_made_for_an_address_that_is_misspelt(bucket: str, run: Path) -> None:
    with pytest.raises(ResourceError, match="does not answer as wanted"):
        send(run, "s3://runs-of-nobody/deep")
    assert s3fs.S3FileSystem().ls("") == [BUCKET]
    assert bucket
