"""Finished runs in an object store, through fsspec: sent there whole with a marker last, fetched and checked again."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from shiftprobe.core.checksums import sha256_of
from shiftprobe.core.errors import ResourceError, RunError, ShiftprobeError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import LOCK, json_bytes, on_its_way

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

HERE = Path("runs")  # where a run is made that goes to a store at its end
FETCHED = HERE / "fetched"
MARKER = "finished.json"  # written last: names every file with its SHA-256
_ADDRESS = re.compile(r"^([a-z][a-z0-9+.-]+):/+(.+)$")  # a Path has lost one of the two slashes


class StorePlace(NamedTuple):
    """A folder in a store."""

    files: "AbstractFileSystem"
    root: str
    address: str

    def of(self, name: str) -> "StorePlace":
        """A folder or a file below."""
        return StorePlace(self.files, f"{self.root}/{name}", f"{self.address}/{name}")


def address_of(path: Path | str) -> str | None:
    """What names a place in a store, as s3://bucket/runs; None for a path of this machine."""
    found = _ADDRESS.match(str(path))
    return None if found is None else f"{found[1]}://{found[2].rstrip('/')}"


def opened(address: str) -> StorePlace:
    """A place in a store.

    Raises:
        SpecError: when no library for it is installed, or nobody knows such a store.
        ResourceError: when it does not answer.
    """
    from fsspec.core import url_to_fs

    try:
        with _answering(address):
            files, root = url_to_fs(address)
    except ImportError as error:
        raise SpecError(
            f"{escape(address)}: wanted a library for this store, got none ({error}); pip install 'shiftprobe[s3]' has "
            "that of s3://"
        ) from None
    except ValueError:
        raise SpecError(
            f"{escape(address)}: wanted a store that fsspec knows, as s3://bucket/runs, got another; name a folder "
            "of this machine, or such a store"
        ) from None
    return StorePlace(files, str(root), address)


def check_store(address: str) -> None:
    """Refuse a store that cannot be reached before anything is computed.

    Raises:
        SpecError: as `opened`.
        ResourceError: when it does not answer.
    """
    place = opened(address)
    with _answering(address):
        place.files.exists(place.of(MARKER).root)


def made_in(out: Path | str) -> tuple[Path, str | None]:
    """The folder that a run is made in, and the store that gets it at its end, which must answer now; None without one.

    Raises:
        SpecError: as `opened`.
        ResourceError: when the store does not answer.
    """
    address = address_of(out)
    if address is None:
        return Path(out), None
    check_store(address)
    return HERE, address


def send(run: Path, address: str) -> str:
    """Send a finished run below an address; what is there with the same bytes is not sent again.

    Returns:
        Where it lies.

    Raises:
        SpecError: as `opened`.
        ResourceError: when the store does not answer or take it; the same command goes on.
    """
    place = opened(address).of(run.name)
    own = {name: sha256_of(run / name) for name in _names(run)}
    with _answering(place.address):
        there = _marked(place)
        if there == own:
            return place.address
        if place.files.exists(place.of(MARKER).root):
            place.files.rm_file(place.of(MARKER).root)
        for name, checksum in own.items():
            if there.get(name) != checksum:
                place.files.put_file(str(run / name), place.of(name).root)
        place.files.pipe_file(place.of(MARKER).root, json_bytes({"files": own}))
    return place.address


def fetch(address: str, into: Path) -> Path:
    """Fetch a finished run into a folder of this machine; what is there with the same bytes stays.

    Returns:
        The run folder.

    Raises:
        RunError: when no finished run lies there, or a file has other bytes than its marker says.
        SpecError: as `opened`.
        ResourceError: when the store does not answer, or the disk takes no more.
    """
    place = opened(address)
    run = into / PurePosixPath(place.root).name
    with _answering(address):
        files = _marked(place)
        if not files:
            raise RunError(
                f"{escape(address)}: wanted a finished run (with {MARKER}), got none; --out of the command that makes "
                "it sends it there at its end"
            )
        for name, checksum in files.items():
            _fetch_one(place.of(name), run / name, checksum)
    return run


def _fetch_one(place: StorePlace, to: Path, checksum: str) -> None:
    if sha256_of(to) == checksum:
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    part = on_its_way(to)
    place.files.get_file(place.root, str(part))
    if sha256_of(part) != checksum:
        part.unlink()
        raise RunError(f"{escape(place.address)} has other bytes than {MARKER} says; send the run again")
    part.replace(to)


def _marked(place: StorePlace) -> Mapping[str, str]:
    """Files of a finished run by name, each with its checksum; none without a marker.

    Raises:
        RunError: when the marker is none, or names what lies elsewhere.
    """
    try:
        text = place.files.cat_file(place.of(MARKER).root)
    except FileNotFoundError:
        return {}
    try:
        files = json.loads(text)["files"]
        wrong = next((name for name in files if not _below(name)), None)
    except (ValueError, KeyError, TypeError):
        wrong, files = MARKER, {}
    if wrong is not None:
        raise RunError(f"{escape(place.address)}/{MARKER}: wanted names of files below it, got {escape(wrong)}")
    return {str(name): str(files[name]) for name in files}


def _below(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and "\\" not in name


def _names(run: Path) -> Iterator[str]:
    """Files of a run that are whole, in order; links are not followed."""
    for folder, folders, files in os.walk(run):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(files):
            path = Path(folder) / name
            if not name.startswith(".") and name not in {LOCK, MARKER} and path.is_file() and not path.is_symlink():
                yield path.relative_to(run).as_posix()


@contextmanager
def _answering(address: str) -> Iterator[None]:
    """Whatever a store's library raises ends in one line.

    Raises:
        ResourceError: with what was said.
    """
    try:
        yield
    except (ShiftprobeError, ImportError, ValueError):
        raise
    except Exception as error:  # noqa: BLE001 - each library of a store has errors of its own kind
        said = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ResourceError(
            f"{escape(address)} does not answer as wanted: {escape(said, 200)}; see its address, its rights and the "
            "network, and give the same command again: what is finished is kept"
        ) from None
