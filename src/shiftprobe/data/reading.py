"""Which of some images hang on who reads their files."""

from collections.abc import Iterable

from shiftprobe.core.readers import READERS, Reader, hangs_on
from shiftprobe.data.bundle import Bundle
from shiftprobe.results.reading_choices import ReadingChoices


def reading_choices(bundle: Bundle, index: Iterable[int], reader: Reader) -> ReadingChoices:
    """Their counts.

    Args:
        bundle: the data, as that reader gives it.
        index: which of its images.
        reader: of their files.
    """
    found = [bundle.traits[i] for i in index]
    return ReadingChoices(
        reader=reader,
        images=len(found),
        otherwise=sum(any(hangs_on(one, reader, other) for other in READERS) for one in found),
        turned=sum(one.turned for one in found),
        translucent=sum(one.translucent for one in found),
        deep=sum(one.deep > 0 for one in found),
        deepest=max((one.deep for one in found), default=0),
        cmyk=sum(one.cmyk for one in found),
        profiled=sum(one.profiled for one in found),
    )
