"""Files that give no picture: each says in a few words why."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.data.noise_pictures import draw
from tests.hostile.pictures import png

from shiftprobe.core.errors import DataError
from shiftprobe.data.decode import MAX_PIXELS, decode, decode_bytes


def promised(width: int, height: int) -> bytes:
    """A PNG whose header promises any size and whose body holds nothing of it."""
    return png((width, height), 8, 0, b"\0")


def truncated(picture: NDArray[np.uint8], path: Path) -> bytes:
    PIL.Image.fromarray(picture).resize((200, 200)).save(path)
    whole = path.read_bytes()
    return whole[: len(whole) // 2]


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "bmp", "tiff", "gif", "ppm"])
def test_refuses_half_a_file_of_any_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(truncated(draw(0), path))
    with pytest.raises(DataError, match=r"unreadable|not an image"):
        decode(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"hello, I am a text", "not an image of a known format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image of a known format"),
        (promised(30_000, 30_000), "over 64 megapixels"),
        (promised(10_000, 10_000), "over 64 megapixels"),
        (promised(9_000, 8_000), "over 64 megapixels"),
        (promised(0, 5), "unreadable|not an image"),
        (b"P6\n5 5\n", "unreadable|not an image"),
        (b"GIF89a" + b"\xff" * 40, "unreadable|not an image"),
    ],
    ids=["empty", "text", "eps", "bomb", "warned bomb", "over our cap", "no width", "ppm", "gif"],
)
def test_refuses_what_is_no_usable_picture(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(DataError, match=reason):
        decode(tmp_path / "a.jpg")


def test_our_cap_stands_below_the_one_of_pillow() -> None:
    assert PIL.Image.MAX_IMAGE_PIXELS is not None
    assert MAX_PIXELS < PIL.Image.MAX_IMAGE_PIXELS


def test_refuses_float_pixels_and_wide_integers(tmp_path: Path) -> None:
    PIL.Image.fromarray(np.full((3, 3), 0.5, np.float32)).save(tmp_path / "float.tiff")
    with pytest.raises(DataError, match="pixel mode F"):
        decode(tmp_path / "float.tiff")
    PIL.Image.fromarray(np.full((3, 3), 70_000, np.int32)).save(tmp_path / "wide.tiff")
    with pytest.raises(DataError, match="beyond 0"):
        decode(tmp_path / "wide.tiff")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_refuses_a_closed_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "a.png").chmod(0)
    with pytest.raises(DataError, match="Permission denied"):
        decode(tmp_path / "a.png")


def test_a_bomb_is_an_error_outside_of_tests_too(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(promised(10_000, 10_000))
    code = (
        "import sys; from pathlib import Path; from shiftprobe.data.decode import decode\n"
        "try: decode(Path(sys.argv[1]))\nexcept Exception as error: print(error)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.png")], capture_output=True, text=True, check=True
    )
    assert "over 64 megapixels" in found.stdout
    assert not found.stderr


def test_never_waits_for_a_pipe_that_took_a_files_place(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(DataError, match="not a regular file"):
        decode(tmp_path / "a.png")


def test_refuses_a_giant_before_it_is_opened(tmp_path: Path) -> None:
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(2**30 + 1)
    with pytest.raises(DataError, match="over 1 GiB"):
        decode(tmp_path / "a.png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM"])
@settings(max_examples=40, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=12),
    end=st.integers(0, 10**6),
)
def test_flipped_bytes_give_a_picture_or_a_reason(kind: str, changes: list[tuple[int, int]], end: int) -> None:
    file = io.BytesIO()
    PIL.Image.fromarray(draw(0)).save(file, kind)
    content = bytearray(file.getvalue())
    for place, value in changes:
        content[place % min(len(content), 200)] = value  # where headers stand
    if end % 3 == 0:
        del content[end % len(content) :]
    try:
        assert decode_bytes(bytes(content)).dtype == np.uint8
    except DataError as error:
        assert str(error).isprintable()  # noqa: PT017 - either end is right
