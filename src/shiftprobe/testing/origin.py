"""The promises of an origin of data."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from shiftprobe.core.errors import DataError, UnknownNameError
from shiftprobe.data import Bundle, Origin
from shiftprobe.data.origins import listed
from shiftprobe.testing.broken import VALID_NAME, ContractError, require

NOWHERE = "no/such name, surely"


def check_origin(origin: Origin, name: str, base: Path | None = None) -> None:
    """Hold an origin to its promises on some data of its own.

    It gives uint8 images with 1 or 3 channels and labels that its classes name, the same content every time, without
    the network, and refuses a name that it does not know in one line; `find`, where there is one, agrees.

    Args:
        origin: what is checked.
        name: data that is there, as a spec writes it: "mine:stripes".
        base: the folder that relative paths start from; the working folder when None.

    Raises:
        ContractError: when a promise is broken; the message says which.
    """
    prefix, _, rest = name.partition(":")
    _require(VALID_NAME.fullmatch(origin.name), origin, "the name must be lower case letters, digits and _")
    _require(prefix == origin.name and rest, origin, f"its data is written {origin.name}:NAME, got {name!r}")
    lines = {**listed(origin), **dict.fromkeys(origin.names, origin.about)}
    written = lines and all(one.startswith(f"{origin.name}:") for one in lines)
    _require(written, origin, f"it must name an example that begins with {origin.name}:, got {sorted(lines)}")
    told = all(about and "\n" not in about for about in lines.values())
    _require(told, origin, "what it is about, and each of its sets, is one line")
    place = base or Path()
    with _offline(origin):
        first, again = (_loaded(origin, rest, place) for _ in range(2))
        _check_refusal(origin, place)
        _check_find(origin, rest, place)
    _check_images(origin, first)
    same = first.digest == again.digest
    _require(same, origin, "the same name must give the same images, labels and classes, in the same order")


def _require(kept: object, origin: Origin, promise: str) -> None:
    require(kept, f"data origin {origin.name!r}", promise)


def _loaded(origin: Origin, rest: str, base: Path) -> Bundle:
    try:
        return origin.load(rest, base)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise ContractError(f"data origin {origin.name!r}: it must load {rest!r}, got {told}") from error


def _check_refusal(origin: Origin, base: Path) -> None:
    try:
        origin.load(NOWHERE, base)
    except (DataError, UnknownNameError) as refusal:
        _require("\n" not in str(refusal), origin, "an unknown name must be refused in one line")
        return
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise ContractError(
            f"data origin {origin.name!r}: an unknown name must be a DataError or an UnknownNameError, got {told}"
        ) from error
    raise ContractError(f"data origin {origin.name!r}: an unknown name must be refused, and {NOWHERE!r} is not")


def _check_find(origin: Origin, rest: str, base: Path) -> None:
    """What finds without reading must agree with what loads."""
    if origin.find is None:
        return
    try:
        origin.find(rest, base)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise ContractError(
            f"data origin {origin.name!r}: find must take what it loads, {rest!r}, got {told}"
        ) from error
    try:
        origin.find(NOWHERE, base)
    except (DataError, UnknownNameError):
        return
    raise ContractError(f"data origin {origin.name!r}: find must refuse an unknown name, and takes {NOWHERE!r}")


def _check_images(origin: Origin, bundle: Bundle) -> None:
    _require(len(bundle), origin, "it must give at least one image")
    for image in bundle.images:
        pixels = isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.ndim == 3  # noqa: PLR2004 - H, W, C
        got = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        _require(pixels, origin, f"images must be uint8 (H, W, C), got {got}")
        _require(image.shape[2] in {1, 3}, origin, f"images must have 1 or 3 channels, got {image.shape[2]}")
        same = image.shape[2] == bundle.channels
        _require(same, origin, "all images must have the same channels")
        _require(not image.flags.writeable, origin, "images must be closed to writing, for runs share them")
    kind = bundle.labels.dtype
    _require(kind == np.int64, origin, f"labels must be int64, got {kind}")
    inside = bundle.labels.min() >= 0 and bundle.labels.max() < len(bundle.classes)
    _require(inside, origin, f"labels must lie between 0 and {len(bundle.classes) - 1}, the last class")


@contextmanager
def _offline(origin: Origin) -> Iterator[None]:
    """No way out of this machine: who tries is told so, even where it catches the error."""
    tried: list[str] = []
    before = socket.socket.connect, socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> None:
        if self.family == socket.AF_UNIX:
            before[0](self, address)
            return
        tried.append(f"{address}")
        raise OSError("the network is not there")

    def resolve(host: Any, *_: Any) -> Any:
        tried.append(f"{host}")
        raise socket.gaierror("the network is not there")

    socket.socket.connect, socket.getaddrinfo = connect, resolve  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        socket.socket.connect, socket.getaddrinfo = before  # type: ignore[method-assign]
    _require(not tried, origin, f"loading must not touch the network, and asks for {', '.join(tried)}")
