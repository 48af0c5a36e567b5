import pytest

from shiftprobe.data.file_signatures import HEAD, refusal


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\0", "begins like a PNG"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "begins like a WebP"),
        (b"\n  <!DOCTYPE HTML>", "a web page"),
        (b"<?xml version='1.0'?>\n<!-- made by hand -->\n<svg>", "an SVG drawing"),
        (b"\0" * 128 + b"DICM", "a DICOM file"),
        (b"\x80\x04\x95", "a pickle"),
        (b"RIFF\x10\0\0\0AVI ", "a video"),
    ],
)
def test_says_what_a_file_begins_like(head: bytes, reason: str) -> None:
    assert reason in refusal(head[:HEAD], "PNG")


@pytest.mark.parametrize("head", [b"", b"hello", b"P9 1 1", b"RIFF\x10\0\0\0WAVE", b"<p>not a page</p>"])
def test_says_nothing_it_does_not_know(head: bytes) -> None:
    assert refusal(head, "PNG, GIF") == "not an image of a known format (PNG, GIF)"
