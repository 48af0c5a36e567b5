"""What a file that is no picture begins like: a reason that helps more than "unknown"."""

import re

HEAD = 512
"""Bytes of a file that are enough to say what it is."""

_OURS = (
    (rb"\xff\xd8\xff", "a JPEG"),
    (rb"\x89PNG\r\n\x1a\n", "a PNG"),
    (rb"GIF8[79]a", "a GIF"),
    (rb"RIFF....WEBP", "a WebP"),
    (rb"II\*\x00|MM\x00\*", "a TIFF"),
    (rb"BM", "a BMP"),
    (rb"P[1-6]\s", "a PNM"),
)
_OTHERS = (
    (rb"version https://git-lfs", "a Git LFS pointer, not the picture: run `git lfs pull`"),
    (rb"....ftyp(heic|heix|heim|heis|hevc|mif1|msf1)", "a HEIC picture: convert it to JPEG or PNG"),
    (rb"....ftyp(avif|avis)", "an AVIF picture: convert it to JPEG or PNG"),
    (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI ", "a video"),
    (rb"\x00\x00\x00\x0cJXL |\xff\x0a", "a JPEG XL picture: convert it to JPEG or PNG"),
    (rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000 picture: convert it to JPEG or PNG"),
    (rb"8BPS", "a Photoshop file"),
    (rb"\x00\x00\x01\x00", "an icon"),
    (rb".{128}DICM", "a DICOM file"),
    (rb"SIMPLE  =", "a FITS file"),
    (rb"%PDF", "a PDF"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "PostScript"),
    (rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!doctype svg[^>]*>\s*)?<svg", "an SVG drawing"),
    (rb"\s*<(!doctype html|html)", "a web page"),
    (rb"\x93NUMPY", "a numpy array"),
    (rb"\x89HDF", "an HDF5 file"),
    (rb"PK\x03\x04|\x1f\x8b|Rar!|7z\xbc\xaf|BZh|\xfd7zXZ", "an archive: unpack it"),
    (rb"\x80[\x02-\x05]", "a pickle, which is never opened"),
    (rb"\x7fELF|MZ|#!", "a program, which is never run"),
)
_PICTURES = (
    rb"\xff\xd8\xff",
    rb"\x89PNG",
    rb"GIF8[79]a",
    rb"RIFF....WEBP",
    rb"II[*+]\x00|MM\x00[*+]|MM\*\x00|II\x00\*",
    rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\x00",  # the size of its second header: "BM" alone begins words
    rb"P[0-6fFyY7]\s+(#[^\n]*\n\s*)*(\d+\s|WIDTH)",
    rb"....ftyp(heic|heix|heim|heis|hevc|mif1|msf1|avif|avis)",
    rb"\x00\x00\x00\x0c(JXL |jP  )|\xff\x0a|\xff\x4f\xff\x51",
    rb"8BPS",
    rb"\x00\x00\x01\x00",
    rb".{128}DICM",
)
"""How pictures begin, of kinds that are read here and of others; strict where words begin alike."""


def begins_like_picture(head: bytes) -> bool:
    """Whether a file with these first bytes holds, or once held, a picture made of pixels."""
    return any(re.match(pattern, head, re.DOTALL) for pattern in _PICTURES)


def refusal(head: bytes, known: str) -> str:
    """Why a file that no decoder takes is none of ours, in a few words.

    Args:
        head: its first `HEAD` bytes.
        known: the formats we read, for the answer.
    """
    for pattern, name in _OURS:
        if _begins(pattern, head):
            return f"unreadable: begins like {name}, but its header is damaged or of a rare kind; save it again"
    for pattern, name in _OTHERS:
        if _begins(pattern, head):
            return f"not an image of a known format ({known}) but {name}"
    return f"not an image of a known format ({known})"


def _begins(pattern: bytes, head: bytes) -> bool:
    return re.match(pattern, head, re.DOTALL | re.IGNORECASE) is not None
