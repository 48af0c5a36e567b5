"""A folder as people share networks: `config.json`, and which files hold the weights; torch is not needed to look."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.core.regular_file import IrregularFileError, open_regular

CONFIG, PROCESSOR = "config.json", "preprocessor_config.json"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")  # the better first
INDEX = ".index.json"  # behind their names, where they lie in several files
_MAX_JSON = 16 * 2**20  # bytes; 21,841 names of classes take two million
_MAX_PARTS = 1000  # files of weights
_PART = re.compile(r"[\w.-]+\.(safetensors|bin)", re.ASCII)
_WANTED = f"wanted a file with weights, or a folder with {CONFIG} and {WEIGHTS[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """What lies in such a folder."""

    path: Path
    config: Mapping[str, object]
    parts: tuple[str, ...]  # files of weights, in the order of their names
    digests: tuple[tuple[str, str], ...]  # of the small files that were read: name, SHA-256

    @property
    def of_timm(self) -> bool:
        """Whether timm wrote it, or transformers for a network of timm's."""
        return "architecture" in self.config


def is_folder(path: Path) -> bool:
    """Whether this is a folder."""
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that nothing can have
        return False


def holds_config(path: Path) -> bool:
    """Whether this is a folder with such a configuration."""
    return is_folder(path) and (path / CONFIG).is_file()


def holds_weights(path: Path) -> bool:
    """Whether files of weights lie in this folder under the names that we know."""
    return any((path / f"{name}{end}").is_file() for name in WEIGHTS for end in ("", INDEX))


def open_folder(path: Path) -> ModelFolder:
    """Look into a folder; no weights are read.

    Raises:
        CheckpointError: when it has no configuration or no weights, or these cannot be read.
    """
    if not holds_config(path):
        raise CheckpointError(f"{escape(path)}: {_WANTED}, got a folder without {CONFIG}; {_instead(path)}")
    config, digest = read_object(path / CONFIG)
    digests = {CONFIG: digest}
    if (path / PROCESSOR).is_file():
        digests[PROCESSOR] = read_object(path / PROCESSOR)[1]
    for name in WEIGHTS:
        if (path / name).is_file():
            return ModelFolder(path=path, config=config, parts=(name,), digests=tuple(digests.items()))
        if (path / f"{name}{INDEX}").is_file():
            index, digests[f"{name}{INDEX}"] = read_object(path / f"{name}{INDEX}")
            parts = _parts(path / f"{name}{INDEX}", index)
            return ModelFolder(path=path, config=config, parts=parts, digests=tuple(digests.items()))
    raise CheckpointError(f"{escape(path)}: {_WANTED}, got a folder without {' or '.join(WEIGHTS)}; {_instead(path)}")


def read_object(path: Path) -> tuple[dict[str, object], str]:
    """A JSON object from a small file, and the SHA-256 of its bytes in hex.

    Raises:
        CheckpointError: when it cannot be read, is too large, or is something else.
    """
    try:
        file, size = open_regular(path, links=True)  # the Hugging Face cache is made of links
        with file:
            content = file.read(_MAX_JSON + 1)
        if max(size, len(content)) > _MAX_JSON:
            raise CheckpointError(f"{escape(path)}: wanted at most {_MAX_JSON:,} bytes of JSON, got {size:,}")
        said = json.loads(content)
    except IrregularFileError:
        raise CheckpointError(f"{escape(path)}: wanted a file, got a pipe or device") from None
    except OSError as error:
        raise CheckpointError(f"{escape(path)}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{escape(path)}: wanted JSON, got {escape(error)}; was the download cut off?") from None
    if not isinstance(said, dict):
        raise CheckpointError(f"{escape(path)}: wanted a JSON object, got a {type(said).__name__}")
    return said, hashlib.sha256(content).hexdigest()


def _parts(path: Path, index: Mapping[str, object]) -> tuple[str, ...]:
    """The files that an index names; each lies beside it."""
    named = index.get("weight_map")
    parts = sorted(set(map(str, named.values()))) if isinstance(named, dict) else []
    if not 0 < len(parts) <= _MAX_PARTS:
        raise CheckpointError(f"{escape(path)}: wanted 1 to {_MAX_PARTS:,} files under weight_map, got {len(parts):,}")
    for part in parts:
        if not _PART.fullmatch(part) or not (path.parent / part).is_file():
            raise CheckpointError(f"{escape(path)}: names {escape(part)}, which is no file beside it; fetch it too")
    return tuple(parts)


def _instead(path: Path) -> str:
    """What to give in its place: the only file of weights in it, or else one of them."""
    try:
        inside = [file.name for file in path.iterdir() if file.suffix in {".pt", ".pth", ".bin", ".safetensors"}]
    except OSError:
        inside = []
    return f"give the file: {escape(path / min(inside))}" if inside else "give the file of weights itself"
