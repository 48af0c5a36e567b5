"""What torch lets a pickle do that no weights need: fill memory out of nothing, and put a name over a method."""

import codecs
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from pickletools import genops  # takes a pickle apart and runs nothing
from typing import NamedTuple

import torch
from torch import Tensor

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.models.formats.container import SAVE_STATE
from shiftprobe.models.formats.foreign import RefusedNameError
from shiftprobe.models.formats.unpickling import Followed, check_work
from shiftprobe.models.formats.walk import EndlessError
from shiftprobe.models.formats.ways_out import refused_name

_GREEDY = re.compile(rb"\n(bytearray|_rebuild_device_tensor_from_cpu_tensor|_rebuild_device_tensor_from_numpy)\n")
_ENCODE = b"_codecs\nencode\n"
_PLAIN = {"iso8859-1", "utf-8", "ascii"}  # how bytes travel; `hex` doubles what it is given, again and again
_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"  # the number with which torch.save began a file before torch 1.6
_BEGINNING = 64  # bytes in which it stands
_PICKLES = ("magic number", "version", "system", "weights", "names of storages")  # in a file of before torch 1.6


class Bare(NamedTuple):
    """A file in which every name is torch's own."""

    content: bytes
    foreign: tuple[str, ...]  # names that were cut out of it


def without_foreign(path: Path, content: bytes) -> Bare:
    """Cut out what is not torch's; refuse what makes gigabytes, or takes for ever, of a few bytes.

    Args:
        path: of the file, for messages.
        content: the file, whose archive has been checked where it is one.

    Raises:
        CheckpointError: naming the call, or what has no end.
    """
    if not content.startswith(b"PK"):
        bare = _bare_row(path, content)
        _check(path, content)
        return bare
    cut, names = dict[str, bytes](), dict[str, None]()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.lower().endswith("/data.pkl"):
                pickled = archive.read(name)
                found = _followed(path, pickled)
                _check(path, pickled)
                names |= dict.fromkeys(found.foreign)
                cut |= {name: found.bare} if found.foreign else {}
    return Bare(_repacked(content, cut) if cut else content, tuple(names))


def _repacked(content: bytes, instead: Mapping[str, bytes]) -> bytes:
    """An archive with other bytes in some of its members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, instead[name] if name in instead else old.read(name))
    return stream.getvalue()


def _bare_row(path: Path, content: bytes) -> Bare:
    """A row of pickles, of which torch hands on the weights and looks at all others; from the weights alone is cut."""
    ends, bare = 0, Bare(content, ())
    for what in _PICKLES:
        if ends < len(content):
            begin, found = ends, _followed(path, content, ends, looked_up=what != "weights")
            ends = found.ends
            if what == "weights" and found.foreign:
                bare = Bare(content[:begin] + found.bare + content[ends:], found.foreign)
    return bare


def _followed(path: Path, pickled: bytes, begin: int = 0, *, looked_up: bool = False) -> Followed:
    try:
        return check_work(pickled, begin, looked_up=looked_up)
    except EndlessError as error:
        raise CheckpointError(f"{escape(path)}: wanted weights by name, got {escape(error)}; {SAVE_STATE}") from None
    except RefusedNameError as error:
        raise CheckpointError(f"{escape(path)}: {refused_name(error.args[-1], error.args)}") from None


def _check(path: Path, pickled: bytes) -> None:
    asked = _GREEDY.search(pickled)
    name = asked[1].decode() if asked else ""
    if not asked and _ENCODE in pickled:
        name = next((f"codec {text}" for text in _texts(path, pickled) if _swells(text)), "")
    if name:
        raise CheckpointError(f"{escape(path)}: it asks for a {escape(name)}, which no weights need; {SAVE_STATE}")


def not_of_torch(content: bytes) -> str | None:
    """The first name that a pickle asks for which torch.save did not write, empty where it asks for none.

    Args:
        content: a file that begins as a pickle does.

    Returns:
        None for a file that torch.save began, for it may be cut, and for one that breaks off before it asks for a name.
    """
    if _MAGIC in content[:_BEGINNING]:
        return None
    name, texts = "", list[str]()
    try:
        for code, argument, _ in genops(content):
            if not name and code.name in {"GLOBAL", "INST"}:
                name = str(argument).replace(" ", ".")
            elif not name and code.name == "STACK_GLOBAL":
                name = ".".join(texts[-2:])
            if isinstance(argument, str):
                texts = [*texts[-1:], argument]
    except Exception:  # noqa: BLE001 - hostile bytes raise anything
        return name or None
    return name


def plain(path: Path, loaded: object, content: bytes) -> object:
    """What was loaded, without attributes that would answer in place of methods; changed in place.

    Args:
        path: of the file, for messages.
        loaded: what torch made of it; it may hold itself.
        content: the file.

    Raises:
        CheckpointError: when its tensors take more memory than the file unpacks to, so that they are made up.
    """
    storages: dict[int, int] = {}
    for found in _reachable(loaded):
        if isinstance(found, dict | Tensor) and hasattr(found, "__dict__"):
            found.__dict__.clear()
        if isinstance(found, Tensor) and found.layout == torch.strided and found.device.type == "cpu":
            storage = found.untyped_storage()
            storages[storage.data_ptr()] = storage.nbytes()
    total, held = sum(storages.values()), _unpacked(content)
    if total > held:
        raise CheckpointError(f"{escape(path)}: its tensors take {total:,} bytes, but it holds {held:,}; {SAVE_STATE}")
    return loaded


def _texts(path: Path, pickled: bytes) -> Iterator[str]:
    """All texts in a file's pickles."""
    stream = io.BytesIO(pickled)
    try:
        for _ in _PICKLES:
            yield from (value for _, value, _ in genops(stream) if isinstance(value, str))
            if stream.tell() == len(pickled):
                return
    except ValueError:
        raise CheckpointError(f"{escape(path)}: a damaged pickle; was the download cut off?") from None


def _swells(text: str) -> bool:
    """Whether this is the name of a codec beyond those that bytes travel by."""
    try:
        return codecs.lookup(text).name not in _PLAIN
    except Exception:  # noqa: BLE001 - whatever a name that is none provokes
        return False


def _reachable(loaded: object) -> Iterator[object]:
    """Everything below that holds parts, and every value, each once; not by recursion: pickles are deep or rings."""
    seen: set[int] = set()
    waiting = [loaded]
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        if isinstance(found, dict):
            waiting += [*dict.keys(found), *dict.values(found)]
        elif isinstance(found, list | tuple | set):
            waiting += found


def _unpacked(content: bytes) -> int:
    """Bytes of a file once it is unpacked."""
    if not content.startswith(b"PK"):
        return len(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sum(member.file_size for member in archive.infolist())
