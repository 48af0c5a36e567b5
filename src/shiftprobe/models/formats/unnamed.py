"""Files that are certain to carry no class names, told in a moment and without torch."""

import json
import re
import zipfile
from pathlib import Path
from pickletools import genops  # takes a pickle apart and runs nothing
from typing import BinaryIO

from shiftprobe.core.regular_file import open_regular
from shiftprobe.models.class_names import KEYS
from shiftprobe.models.formats.container import MAX_HEADER, PROTOBUF

_HEAD = 64  # bytes that tell what a file is
_PLAIN = re.compile(r"collections OrderedDict|torch \w+Storage|torch\._utils _rebuild_(tensor_v2|parameter)")


def names_nothing(path: Path) -> bool:
    """Whether a file holds weights as torch or safetensors writes them, or ONNX, and no key of class names.

    Args:
        path: anything; what is no plain file of weights, or is damaged, may hold names: its loader says what it is.
    """
    try:
        file, _ = open_regular(path, links=True)
        with file:
            head = file.read(_HEAD)
            file.seek(0)
            if head.startswith(b"PK"):
                return _of_archive(file)
            if head[8:9] == b"{":
                return _of_safetensors(file, int.from_bytes(head[:8], "little"))
            return path.suffix.lower() == ".onnx" and PROTOBUF.match(head) is not None
    except Exception:  # noqa: BLE001 - hostile bytes raise anything; the loader says what they are
        return False


def _of_safetensors(file: BinaryIO, size: int) -> bool:
    if size > MAX_HEADER:
        return False
    header = json.loads(file.read(8 + size)[8:])
    beside = header.get("__metadata__") or {} if isinstance(header, dict) else None
    return isinstance(beside, dict) and not any(_is_key(one) for one in beside)


def _of_archive(file: BinaryIO) -> bool:
    with zipfile.ZipFile(file) as archive:
        pickles = [one for one in archive.infolist() if one.filename.endswith(".pkl")]
        if [one.filename.rpartition("/")[2] for one in pickles] != ["data.pkl"] or pickles[0].file_size > MAX_HEADER:
            return False
        pickled = archive.read(pickles[0])
    for code, argument, _ in genops(pickled):
        if code.name == "GLOBAL" and not _PLAIN.fullmatch(str(argument)):
            return False
        if code.name in {"STACK_GLOBAL", "INST"} or _is_key(argument):
            return False
    return True


def _is_key(value: object) -> bool:
    return isinstance(value, str) and value.lower() in KEYS
