"""Readers: who turns the file of a picture into which pixels, where people's programs differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest

Reader: TypeAlias = Literal["viewer", "torchvision", "transformers", "opencv", "10-bit", "12-bit", "14-bit"]
"""Who turns files into pixels."""

VIEWER: Final = "viewer"
"""Who does where nobody says."""

DEEPEST = 2**16 - 1  # the largest level of 16 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRule:
    """What a reader does with a picture that says more than its pixels."""

    about: str
    turned: bool = True  # as its EXIF says
    over_white: bool = True  # transparent parts; else their stored colours are shown, whatever those are
    white: int = DEEPEST  # the level of a 16-bit picture that becomes 255; what lies above it too
    rounded: bool = True  # 16-bit levels; else what is left of them is cut off


BITS: Mapping[Reader, int] = {"10-bit": 2**10 - 1, "12-bit": 2**12 - 1, "14-bit": 2**14 - 1}
"""White of 16-bit pictures that use fewer bits, as X-rays do."""

READERS: Mapping[Reader, ReadingRule] = {
    VIEWER: ReadingRule(about="as viewers show a picture: turned as its EXIF says, over white, 65,535 is white"),
    "torchvision": ReadingRule(
        about="as ImageFolder, timm, Keras and fastai do: not turned, no transparency, 16-bit levels clipped at 255",
        turned=False,
        over_white=False,
        white=255,
    ),
    "transformers": ReadingRule(
        about="as its load_image does: turned, no transparency, 16-bit levels clipped at 255",
        over_white=False,
        white=255,
    ),
    "opencv": ReadingRule(
        about="as cv2.imread does: turned, no transparency, the high byte of 16 bits",
        over_white=False,
        white=DEEPEST - 255,
        rounded=False,
    ),
    **{
        one: ReadingRule(about=f"as viewer, {white:,} is white in 16-bit pictures", white=white)
        for one, white in BITS.items()
    },
}
"""Every reader by name; `tests/data/test_readers.py` holds them against the libraries they are called after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReader:
    """Who reads the pictures that a checkpoint meets, and whether anybody said so."""

    name: Reader = VIEWER
    said: bool = False


VIEWERS = OwnReader()
"""Nobody said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTraits:
    """What in a picture's file readers take in different ways, whoever read it."""

    turned: bool = False  # its EXIF says that it is to be
    translucent: bool = False  # some pixel is not opaque
    deep: int = 0  # the largest level of a 16-bit picture; 0 where it has 8 bits
    cmyk: bool = False
    profiled: bool = False  # a colour profile beside sRGB, which no reader here applies


PLAIN = FileTraits()


def reader_named(name: object) -> Reader:
    """A reader by its name.

    Raises:
        SpecError: when none goes by it.
    """
    for reader in READERS:
        if reader == name:
            return reader
    hint = suggest(str(name), tuple(READERS))
    raise SpecError(f"reader: wanted one of {', '.join(READERS)}, got {escape(name)}{hint}")


def hangs_on(traits: FileTraits, one: Reader, other: Reader) -> bool:
    """Whether two readers may give different pixels."""
    return _met(traits, one) != _met(traits, other)


def other_readers(files: Iterable[FileTraits], now: Reader) -> tuple[Reader, ...]:
    """The readers that read some of these pictures otherwise than now, one of each kind."""
    found = list(files)
    every = FileTraits(
        turned=any(one.turned for one in found),
        translucent=any(one.translucent for one in found),
        deep=max((one.deep for one in found), default=0),
    )
    kinds: dict[object, Reader] = {_met(every, now): now}
    for reader in READERS:
        kinds.setdefault(_met(every, reader), reader)
    return tuple(reader for reader in kinds.values() if reader != now)


def _met(traits: FileTraits, reader: Reader) -> tuple[object, ...]:
    """What a reader does to such a picture."""
    rule = READERS[reader]
    return (
        traits.turned and rule.turned,
        traits.translucent and rule.over_white,
        (rule.white, rule.rounded) if traits.deep else None,
    )
