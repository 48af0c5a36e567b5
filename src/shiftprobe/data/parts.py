"""The words for parts of a data set, and which part trains or tests."""

from collections.abc import Set as AbstractSet

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape

TRAIN = frozenset({"train", "training"})
TEST = frozenset({"test", "testing"})
HELD_OUT = TEST | {"val", "valid", "validation"}


def divides(words: AbstractSet[str]) -> bool:
    """Whether these lower-case words hold a training part and one that is held out."""
    return bool(words & TRAIN and words & HELD_OUT)


def part_of(words: AbstractSet[str], where: str, advice: str) -> dict[str, str]:
    """Which trains and which tests, for each word of data that divides itself: with both test and val, val joins train.

    Args:
        words: lower-case names of the parts, which divide the data.
        where: the data, for the refusal.
        advice: what to do about a part that has another name.

    Raises:
        DataError: when a word is none of those we know.
    """
    strangers = sorted(words - TRAIN - HELD_OUT)
    if strangers:
        raise DataError(f"{where}, got also {escape(', '.join(strangers))}; {advice}")
    tests = words & TEST or words & HELD_OUT
    return {word: "test" if word in tests else "train" for word in words}
