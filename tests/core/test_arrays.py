"""Arrays from foreign files: what numpy wrote comes back, and nothing unpacks to more than it may."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.hostile.folder_case import npy, packed

from shiftprobe.core.arrays import read_arrays
from shiftprobe.core.errors import RunError
from shiftprobe.core.files import npz_bytes

ARRAYS: dict[str, Any] = {
    "whole": np.arange(6, dtype=np.uint16).reshape(2, 3),
    "columns": np.asfortranarray(np.arange(6.0).reshape(3, 2)),
    "none": np.zeros((0, 4), np.float32),
    "one": np.array(7),
    "text": np.array(["a", "bé", ""]),
    "big": np.arange(3, dtype=">i4"),
    "true": np.array([True, False]),
}


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_what_numpy_writes_comes_back(tmp_path: Path) -> None:
    path = written(tmp_path / "x.npz", npz_bytes(ARRAYS))
    found = read_arrays(path)
    assert sorted(found) == sorted(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        np.testing.assert_array_equal(found[name], array)
    assert list(read_arrays(path, ["one"])) == ["one"]


def test_the_bound_counts_what_is_asked_for(tmp_path: Path) -> None:
    arrays = {"large": np.zeros(1000, np.uint8), "small": np.zeros(10, np.uint8)}
    path = written(tmp_path / "x.npz", npz_bytes(arrays))
    assert len(read_arrays(path, ["small"], most=500)["small"]) == 10
    with pytest.raises(RunError, match="unpack to 1,128 bytes, more than 500"):
        read_arrays(path, ["large"], most=500)
    with pytest.raises(RunError, match="no array named other"):
        read_arrays(path, ["other"])


HEAD = "{'descr': '%s', 'fortran_order': False, 'shape': (%s,)}"


@pytest.mark.parametrize(
    "content",
    [
        npy(HEAD % ("<u2", 3), b"12345"), npy(HEAD % ("|O", 1), b"12345678"), npy(HEAD % ("<u2", "-1"), b"12"),
        npy(HEAD % ("<U1", 1), b"\xff\xff\xff\xff"), npy(HEAD % ("<U1", 1), b"\x00\xd8\x00\x00"), npy("{}"), b"",
        b"\x93NUMPY\x09\x00", npy(HEAD % ("V4", 1), b"1234"),
    ],
)  # fmt: skip
def test_a_header_that_lies_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"x\.npz: wanted arrays"):
        read_arrays(written(tmp_path / "x.npz", packed({"a.npy": content})))


def test_any_cut_is_refused_or_read_and_never_more(tmp_path: Path) -> None:
    whole = npz_bytes(ARRAYS)
    for end in range(0, len(whole), 37):
        with pytest.raises(RunError):
            read_arrays(written(tmp_path / "x.npz", whole[:end]))


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO(npz_bytes({"a": np.zeros(3)}))
    import zipfile

    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a.npy", npy(HEAD % ("<u2", 0)))
    with pytest.raises(RunError, match="a name twice"):
        read_arrays(written(tmp_path / "x.npz", out.getvalue()))


def test_equal_headers_are_parsed_once_and_every_array_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from numpy.lib import format as npy_format

    parsed, read = [], npy_format.read_array_header_1_0

    def counted(*args: Any, **kwargs: Any) -> Any:
        parsed.append(args)
        return read(*args, **kwargs)

    monkeypatch.setattr(npy_format, "read_array_header_1_0", counted)
    odd = 977  # of this test alone
    arrays = {str(i): np.full(odd, i, np.uint16) for i in range(20)}
    path = written(tmp_path / "x.npz", npz_bytes(arrays))
    for _ in range(2):
        found = read_arrays(path)
        assert {name: int(one[0]) for name, one in found.items()} == {str(i): i for i in range(20)}
    assert len(parsed) == 1
    found["0"][:] = 9
    assert found["1"].max() == 1
