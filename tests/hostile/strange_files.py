"""Other things under a picture's name: text, programs, archives, pipes, devices, links."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

from tests.hostile import pictures as made
from tests.hostile.broken_images import UNKNOWN
from tests.hostile.fixture import Fixture, skipped
from tests.hostile.fixture import made as changed
from tests.hostile.pictures import SMOOTH, saved


def _postscript(folder: Path) -> None:
    touch = f"(%pipe%touch {folder.parent / 'MARKER'}) (w) file closefile"
    (folder / "odd.jpg").write_text(f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n{touch}\nshowpage\n")


def _script(folder: Path) -> None:
    path = folder / "odd.png"
    path.write_text(f"#!/bin/sh\ntouch {folder.parent / 'MARKER'}\n")
    path.chmod(0o755)


def _pickle(folder: Path) -> None:
    code = f"cposix\nsystem\n(Vtouch {folder.parent / 'MARKER'}\ntR."
    (folder / "odd.png").write_bytes(b"\x80\x02" + code.encode())


def _svg() -> bytes:
    laughs = "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9))
    return f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a0 "ha">{laughs}]><svg>&a9;</svg>'.encode()


def _socket(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder)  # a socket's name is short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("odd.png")
    finally:
        os.chdir(here)


def _link(target: str) -> Callable[[Path], None]:
    return changed(lambda folder: (folder / "odd.png").symlink_to(target))


OTHERS = (
    skipped("text", lambda: b"hello, I am a text", UNKNOWN),
    skipped("web_page", lambda: b"<!DOCTYPE html><html><script>alert(1)</script></html>", "a web page"),
    skipped(
        "lfs_pointer",
        lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
        "run `git lfs pull`",
    ),
    skipped("svg_laughs", _svg, UNKNOWN),
    skipped("svg", lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "an SVG drawing"),
    skipped("pdf", lambda: b"%PDF-1.7\n" + b"\0" * 99, "a PDF"),
    Fixture("postscript", changed(_postscript), "skipped", "PostScript"),
    Fixture("script", changed(_script), "skipped", "a program, which is never run"),
    Fixture("pickle", changed(_pickle), "skipped", "a pickle, which is never opened"),
    skipped("elf", lambda: b"\x7fELF" + b"\0" * 99, "a program"),
    skipped("heic", lambda: made.isobmff(b"heic"), "a HEIC picture: convert it"),
    skipped("avif", lambda: made.isobmff(b"avif"), "an AVIF picture: convert it"),
    skipped("film", lambda: made.isobmff(b"mp42"), "a video"),
    skipped("jpeg_xl", lambda: b"\xff\x0a" + b"\0" * 99, "a JPEG XL picture"),
    skipped("jpeg_2000", lambda: saved(SMOOTH, "JPEG2000"), "a JPEG 2000 picture"),
    skipped("photoshop", lambda: b"8BPS\0\1" + b"\0" * 99, "a Photoshop file"),
    skipped("icon", lambda: saved(SMOOTH, "ICO"), "an icon"),
    skipped("zip", lambda: b"PK\3\4" + b"\0" * 99, "an archive: unpack it"),
    skipped("numpy", lambda: b"\x93NUMPY\1\0" + b"\0" * 99, "a numpy array"),
)

PLACES = (
    Fixture("fifo", changed(lambda folder: os.mkfifo(folder / "odd.png")), "skipped", "not a regular file"),
    Fixture("socket", changed(_socket), "skipped", "not a regular file"),
    Fixture("link_to_zeros", _link("/dev/zero"), "skipped", "not a regular file"),
    Fixture("link_to_nil", _link("/dev/null"), "skipped", "not a regular file"),
    Fixture("link_to_kernel_log", _link("/proc/kmsg"), "skipped", "empty file"),
    Fixture("link_to_own_memory", _link("/proc/self/mem"), "skipped", "empty file"),
    Fixture("link_to_itself", _link("odd.png"), "skipped", "a link that leads nowhere"),
    Fixture("link_to_nothing", _link("/nowhere/at/all.png"), "skipped", "a link that leads nowhere"),
    Fixture("link_to_parent", _link(".."), "accepted", "a link to a folder", images=2),
    Fixture("link_to_secret", _link("/etc/passwd"), "skipped", UNKNOWN),
)
