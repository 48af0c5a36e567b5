import io
import struct

import numpy as np
import PIL.Image
import pytest
from tests.hostile.pictures import GREY, SMOOTH, chunk, grey_png, many_scans, saved, segment, with_segments

from shiftprobe.core.errors import DataError
from shiftprobe.data import decode_limits
from shiftprobe.data.decode import decode_bytes


def slim(content: bytes) -> bytes:
    return decode_limits.slimmed(io.BytesIO(content), content[:512]).read()


def scans(content: bytes) -> None:
    file = io.BytesIO(content)
    decode_limits.check_scans(file, PIL.Image.open(file))


def test_notes_of_a_png_do_not_reach_the_decoder_and_its_pixels_do() -> None:
    plain = grey_png()
    assert slim(plain) == plain
    noted = grey_png(
        before=chunk(b"iCCP", b"x") + chunk(b"tEXt", b"a\0b"), after=chunk(b"zTXt", b"") + chunk(b"eXIf", b"")
    )
    assert slim(noted) == grey_png(after=chunk(b"eXIf", b""))
    assert slim(plain + b"an archive") == plain + b"an archive"


def test_a_turn_that_xmp_asks_for_survives() -> None:
    xmp = b'XML:com.adobe.xmp\0\0\0\0\0<rdf tiff:Orientation="3"/>'
    turned = decode_bytes(grey_png(before=chunk(b"iTXt", xmp)))
    np.testing.assert_array_equal(turned[..., 0], GREY[::-1, ::-1])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "PPM", "TIFF", "WEBP", "BMP"])
def test_ordinary_files_pass_as_they_are(kind: str) -> None:
    content = saved(SMOOTH, kind)
    assert slim(content) == content
    scans(content)


def noted(count: int) -> dict[str, bytes]:
    """A picture of each kind with that many notes before its pixels."""
    gif = saved(GREY, "GIF")
    frame = gif.index(b",", 13 + 3 * 2 ** ((gif[10] & 7) + 1))
    return {
        "png": grey_png(before=chunk(b"tEXt", b"a\0b") * (count - 3)),
        "jpeg": with_segments(b"\xff\xd8\xff\xd9", segment(0xFE, b"") * count),
        "gif": gif[:frame] + b"!\xfe" + b"\x01a" * (count - 1) + b"\0" + gif[frame:],
    }


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif"])
def test_many_parts_are_refused_just_beyond_the_bound(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_limits, "MAX_PARTS", 10)
    slim(noted(10)[kind])
    with pytest.raises(DataError, match="over 10 chunks of metadata"):
        slim(noted(11)[kind])


def test_scans_are_counted_within_the_picture_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_limits, "MAX_SCAN_WORK", 8 * 8 * 20)
    scans(many_scans(8, 5))
    with pytest.raises(DataError, match="scans of its 8 x 8 px"):
        scans(many_scans(8, 20))
    scans(with_segments(many_scans(8, 5), segment(0xE1, b"\xff\xda" * 100)) + b"\xff\xda\0\2" * 100)


def test_a_wide_white_is_read_number_by_number_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_limits, "MAX_PLAIN", 1000)
    pixels = bytes(300 * 300 * 2)
    slim(b"P5 300 300 65535\n" + pixels)
    slim(b"P6 200 150 255\n" + pixels)
    for header in (b"P5 300 300 4095\n", b"P2 300 300 255\n", b"P1 300 300\n"):
        with pytest.raises(DataError, match="read number by number"):
            slim(header + pixels)


def test_a_header_that_never_ends_is_refused_in_time() -> None:
    with pytest.raises(DataError, match="a header over 64 KiB"):
        slim(b"P5\n#" + b"#" * 10**6)
    with pytest.raises(DataError, match="over 65,536 tags"):
        slim(b"MM\0+\0\x08\0\0" + struct.pack(">QQ", 16, 2**17))
