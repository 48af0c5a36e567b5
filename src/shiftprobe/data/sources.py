"""Where a picture comes from, and what is found in it: the hash of its bytes, its pixels, their fingerprint."""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias, runtime_checkable

from shiftprobe.core.errors import DataError
from shiftprobe.core.readers import VIEWER, Reader
from shiftprobe.core.types import Image
from shiftprobe.data import decode
from shiftprobe.data.bundle import fingerprint
from shiftprobe.data.picture_cache import Looked


@runtime_checkable
class Encoded(Protocol):
    """An encoded image that is no file of its own; its `str` says where it stands."""

    def opened(self) -> AbstractContextManager[BinaryIO]:
        """Its bytes.

        Raises:
            DataError: the reason in a few words.
        """
        ...


class Stored(Protocol):
    """An image that somebody's code makes; its `str` says where it stands."""

    def image(self) -> Image:
        """Its pixels.

        Raises:
            DataError: the reason in a few words.
        """
        ...


Source: TypeAlias = Path | Encoded | Stored


@dataclass(frozen=True, slots=True)
class SourceLook:
    """What one source gave."""

    looked: Looked
    key: str  # SHA-256 of its encoded bytes, hex; empty where it has none, or they could not be read
    image: Image | None = None


def key_of(source: Source) -> str:
    """The hash of a source's bytes; empty where there is none, and decoding will say why."""
    try:
        if isinstance(source, Path | Encoded):
            with _opened(source) as file:
                return _hashed(file)
    except DataError:
        pass
    return ""


def look(source: Source, reader: Reader = VIEWER) -> SourceLook:
    """The print of an image as a reader gives it, or why there is none: a bad image is data, and is listed."""
    try:
        if not isinstance(source, Path | Encoded):
            return _found(decode.Decoded(source.image()), "")
        with _opened(source) as file:
            key = _hashed(file)
            try:
                return _found(decode.decoded(file, reader), key)
            except DataError as error:
                return SourceLook(str(error), key)
    except DataError as error:
        return SourceLook(str(error), "")


def decoded(source: Source, reader: Reader = VIEWER) -> tuple[str, Image]:
    """An image as a reader gives it, with the hash of the bytes that it was decoded from.

    Raises:
        DataError: the reason in a few words.
    """
    if not isinstance(source, Path | Encoded):
        return "", source.image()
    with _opened(source) as file:
        return _hashed(file), decode.decoded(file, reader).image


def _found(one: decode.Decoded, key: str) -> SourceLook:
    return SourceLook(replace(fingerprint(one.image), traits=one.traits), key, one.image)


def _opened(source: Path | Encoded) -> AbstractContextManager[BinaryIO]:
    return decode.opened(source) if isinstance(source, Path) else source.opened()


def _hashed(file: BinaryIO) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type] # of a type that lacks readinto
