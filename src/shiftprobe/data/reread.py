"""The same pictures as another reader gives them."""

from collections.abc import Sequence
from dataclasses import replace

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.readers import Reader, hangs_on
from shiftprobe.core.rows import Joined
from shiftprobe.core.types import Image
from shiftprobe.data.bundle import Bundle, Print
from shiftprobe.data.files import Files, read


def reread(bundle: Bundle, reader: Reader) -> Bundle:
    """Data as another reader gives it; pictures that do not hang on that are not decoded again.

    Pictures in memory have been read by whoever put them there, and stay as they are.

    Raises:
        DataError: when a file no longer holds what it held.
    """
    images, prints = _reread(bundle.images, bundle.prints, reader)
    return bundle if images is bundle.images else replace(bundle, images=images, prints=prints)


def read_by(images: Sequence[Image], reader: Reader) -> Sequence[Image]:
    """Images as another reader gives them, each decoded when it is asked for."""
    if isinstance(images, Joined):
        return Joined([read_by(part, reader) for part in images.parts])
    if not isinstance(images, Files) or images.reader == reader:
        return images
    return replace(images, reader=reader, kept=None, unseen=set()) if _hanging(images, reader) else images


def _reread(
    images: Sequence[Image], prints: tuple[Print, ...], reader: Reader
) -> tuple[Sequence[Image], tuple[Print, ...]]:
    if isinstance(images, Joined):
        parts = [_reread(part, getattr(part, "prints", ()), reader) for part in images.parts]
        changed = any(new is not old for (new, _), old in zip(parts, images.parts, strict=True))
        joined = Joined([part for part, _ in parts])
        return (joined, tuple(one for _, some in parts for one in some)) if changed else (images, prints)
    if not isinstance(images, Files) or images.reader == reader:
        return images, prints
    places = _hanging(images, reader)
    again = read([images.sources[place] for place in places], reader)
    if again.bad:
        place, reason = again.bad[0]
        raise DataError(f"{escape(images.sources[places[place]])} can no longer be read ({reason}); run again")
    found = list(images.prints)
    for place, one in zip(places, again.images.prints, strict=True):
        found[place] = one
    kept = None
    if images.kept is not None and again.images.kept is not None:
        others = {place: image for place, image in images.kept.items() if place not in set(places)}
        kept = others | {places[place]: image for place, image in again.images.kept.items()}
    unseen = {places[place] for place in again.images.unseen} | (images.unseen - set(places))
    whole = replace(images, prints=tuple(found), kept=kept, unseen=unseen, reader=reader)
    return whole, whole.prints


def _hanging(images: Files, reader: Reader) -> list[int]:
    """Which of them the reader may read otherwise."""
    return [place for place, one in enumerate(images.prints) if hangs_on(one.traits, images.reader, reader)]
