"""What a hostile folder of results is, and the tools that make one of a small folder that nothing is wrong with."""

import hashlib
import io
import json
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

ARCHIVE = Path(__file__).parents[1] / "fixtures" / "folders-of-november-2026.tar.gz"
SECRET = "hunter2-of-the-environment"  # noqa: S105 - it is looked for
FIRST, TRAINED = "identity~0.0", "identity~0.0~b40~s0"  # cells of the run
ANSWERS = f"probes/accuracy/{TRAINED}"
Change = Callable[[Path], object]


class FolderCase(NamedTuple):
    """A folder of results that somebody hands us: what was done to it, who reads it, and what must become of it."""

    name: str
    change: Change
    expected: Literal["accepted", "refused"]
    because: str = ""  # part of the line; of an accepted one, what the output must hold
    asked: str = "report"


def unpacked(place: Path) -> None:
    """A run in `run`, an audit in `audit`, both as they were left, and a file beside them that is nobody's business."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(place, filter="data")
    (place / "outside").mkdir()
    (place / "outside" / "secret.txt").write_text(SECRET)


def pipe(path: str) -> Change:
    """A pipe in the place of a file; opening it would wait for ever."""
    return lambda folder: os.mkfifo(cleared(folder / path))


def link(path: str, to: str) -> Change:
    """A link in the place of a file or folder; `{}` is the place beside the folder."""
    return lambda folder: cleared(folder / path).symlink_to(to.format(folder.parent / "outside"))


def cleared(path: Path) -> Path:
    """A place at which nothing stands."""
    import shutil

    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return path


def text(path: str, content: str | bytes | Callable[[], bytes]) -> Change:
    """Other content, made when it is needed where it is large; the manifest beside it says that it is right."""

    def change(folder: Path) -> None:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        made = content() if callable(content) else content
        place.write_bytes(made.encode() if isinstance(made, str) else made)
        if place.name != "manifest.json":
            seal(place.parent)

    return change


def edited(path: str, edit: Callable[[Any], Any]) -> Change:
    """A JSON file with something else in it; `edit` changes it in place, or hands back what stands there instead."""

    def change(folder: Path) -> None:
        data = json.loads((folder / path).read_text())
        new = edit(data)
        text(path, json.dumps(data if new is None else new))(folder)

    return change


def half(path: str) -> Change:
    """A file that was cut in the middle, with a manifest that does not know."""

    def change(folder: Path) -> None:
        content = (folder / path).read_bytes()
        text(path, content[: len(content) // 2])(folder)

    return change


def seal(folder: Path) -> None:
    """Make the manifest of a folder right again."""
    manifest = folder / "manifest.json"
    if manifest.is_file():
        data = json.loads(manifest.read_text())
        here = [name for name in data["files"] if (folder / name).is_file()]
        data["files"] |= {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in here}
        manifest.write_text(json.dumps(data))


def answers(content: bytes | Callable[[], bytes]) -> Change:
    """Other answers of one cell, sealed."""
    return text(f"{ANSWERS}/arrays.npz", content)


def arrays(change: Callable[[dict[str, Any]], Any]) -> Change:
    """The answers of one cell with something else among them, sealed."""

    def apply(folder: Path) -> None:
        with np.load(folder / ANSWERS / "arrays.npz") as found:
            whole = {name: found[name] for name in found.files}
        change(whole)
        out = io.BytesIO()
        np.savez_compressed(out, **whole)
        answers(out.getvalue())(folder)

    return apply


def bomb(claimed: int | None = None, blocks: int = 18) -> bytes:
    """An .npz of about a megabyte that unpacks to more than a gigabyte of zeros, whatever size it claims."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(2**26)
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    size, checksum = blocks * len(zeros), 0
    for _ in range(blocks):
        checksum = zlib.crc32(zeros, checksum)
    packed = block * blocks + packer.flush(zlib.Z_FINISH)
    name, said = b"labels.npy", size if claimed is None else claimed
    sizes = checksum.to_bytes(4, "little") + len(packed).to_bytes(4, "little") + said.to_bytes(4, "little")
    head = b"\x14\0\0\0\x08\0\0\0\0\0" + sizes + len(name).to_bytes(2, "little") + b"\0\0"
    local = b"PK\x03\x04" + head + name + packed
    entry = b"PK\x01\x02\x14\0" + head + bytes(14) + name
    end = b"PK\x05\x06" + bytes(4) + b"\1\0\1\0" + len(entry).to_bytes(4, "little") + len(local).to_bytes(4, "little")
    return local + entry + end + b"\0\0"


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def npy(header: str, content: bytes = b"") -> bytes:
    """An .npy file whose header is this text."""
    said = header.encode("latin-1").ljust(118) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(said).to_bytes(2, "little") + said + content
