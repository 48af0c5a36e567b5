"""The door for ONNX files: read, checked and described, before a process of its own loads them."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath

from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.regular_file import IrregularFileError, open_regular
from shiftprobe.models.formats.checkpoint import BUDGET
from shiftprobe.models.formats.container import PROTOBUF, read, stranger
from shiftprobe.models.names import ONNX
from shiftprobe.models.onnx.graph import OnnxGraph, read_graph
from shiftprobe.models.onnx.input import OnnxInput, input_of
from shiftprobe.models.onnx.program import OnnxProgram

_HEAD = 64  # bytes that tell
_DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc"}  # whose operators onnxruntime holds
_PORTION = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxFile:
    """An ONNX file that may be run, and what it says of itself."""

    content: bytes = field(repr=False)
    sha256: str  # of its bytes, and of those of files that hold its weights
    bytes: int
    graph: OnnxGraph = field(repr=False)
    given: OnnxInput
    program: OnnxProgram = field(repr=False)
    arch: str
    notes: tuple[str, ...]


def is_onnx(path: Path) -> bool:
    """Whether a file claims to be one, by its name or by how it begins; one that cannot be opened does not."""
    try:
        file, _ = open_regular(path, links=True)
    except (OSError, ValueError):
        return False
    with file:
        return path.suffix.lower() == ".onnx" or PROTOBUF.match(file.read(_HEAD)) is not None


def check_onnxruntime() -> str:
    """The release that will run it.

    Raises:
        SpecError: when onnxruntime is not installed.
    """
    for package in ("onnxruntime", "onnxruntime-gpu"):
        with suppress(PackageNotFoundError):
            return version(package)
    raise SpecError("onnxruntime is not installed; pip install 'shiftprobe[onnx]'")


def load_onnx(path: Path) -> OnnxFile:
    """An ONNX file, read and checked; nothing of it has run yet.

    Args:
        path: a regular file.

    Raises:
        CheckpointError: one line that names the file and what is wrong with it.
        SpecError: when onnxruntime is not installed.
    """
    release, content = check_onnxruntime(), read(path, BUDGET)
    try:
        graph = read_graph(content)
        given = input_of(graph)
    except ValueError as error:
        why = "anything else can be audited from Python as a function of images: shiftprobe.audit(function, ...)"
        told = f"wanted an ONNX classifier of square images, but {escape(error)}; {why}"
        raise CheckpointError(f"{escape(path)}: {told if PROTOBUF.match(content) else stranger(content)}") from None
    _check_operators(path, graph)
    folder, whole, size = path.resolve().parent, hashlib.sha256(content), len(content)
    for place in sorted(graph.elsewhere):
        size += _take(path, folder, place, whole, BUDGET - size)
    return OnnxFile(
        content=content,
        sha256=whole.hexdigest(),
        bytes=size,
        graph=graph,
        given=given,
        program=OnnxProgram(
            name=str(path), content=content, size=size, folder=folder if graph.elsewhere else None, given=given
        ),
        arch=f"{ONNX} (opset {graph.opset}, onnxruntime {release})",
        notes=_notes(graph, given),
    )


def _check_operators(path: Path, graph: OnnxGraph) -> None:
    for domain, operator in sorted(graph.operators - graph.functions):
        if domain not in _DOMAINS:
            raise CheckpointError(
                f"{escape(path)}: it asks for the operator {escape(operator, 60)} of {escape(domain, 60)}, which ONNX "
                "does not have: a custom operator is code, and none is loaded; export it with ONNX's own operators"
            )


def _take(path: Path, folder: Path, place: str, whole: "hashlib._Hash", budget: int) -> int:
    """Take a file that holds weights into the digest, and hand back its size."""
    wanted = f"{escape(path)}: wanted its weights in files beside it"
    parts = PurePosixPath(place)
    target = Path(folder, place)
    if not place or parts.is_absolute() or ".." in parts.parts or "\\" in place or "\x00" in place:
        raise CheckpointError(f"{wanted}, it names {escape(repr(place), 100)}; export it into one folder")
    if not target.resolve().is_relative_to(folder):
        raise CheckpointError(f"{wanted}, {escape(place, 100)} leads out of the folder; copy that file beside it")
    try:
        file, size = open_regular(target, links=True)
    except IrregularFileError:
        raise CheckpointError(f"{wanted}, {escape(place, 100)} is no regular file") from None
    except OSError as error:
        raise CheckpointError(f"{wanted}, {escape(place, 100)}: {escape(error.strerror)}") from None
    with file:
        if size > budget:
            raise CheckpointError(
                f"{escape(path)}: wanted at most {BUDGET:,} bytes with {escape(place, 100)}, got more"
            )
        while portion := file.read(_PORTION):
            whole.update(portion)
    return size


def _notes(graph: OnnxGraph, given: OnnxInput) -> tuple[str, ...]:
    """What was taken for what, in words."""
    by = f", written by {escape(graph.producer, 60)}" if graph.producer else ""
    spare = f"; of its {given.spare + 1} outputs {escape(given.output, 60)} holds the scores" if given.spare else ""
    return (
        f"an ONNX graph{by}; it takes {given.told}{spare}",
        "it gives scores alone: checks and repairs that need a network's layers are not made",
    )
