"""Which of some images hang on who reads their files."""

from collections.abc import Iterable

from shiftprobe.core.readers import PLAIN, READERS, OwnReader, hangs_on
from shiftprobe.data.bundle import Bundle
from shiftprobe.results.reading_choices import ReadingChoices


def reading_choices(bundle: Bundle, index: Iterable[int], reader: OwnReader) -> ReadingChoices | None:
    """Their counts; None where no picture says more than its pixels.

    Args:
        bundle: the data, as that reader gives it.
        index: which of its images.
        reader: of their files.
    """
    found, now = [bundle.traits[i] for i in index], reader.name
    if all(one == PLAIN for one in found):
        return None
    return ReadingChoices(
        reader=now,
        said=reader.said,
        images=len(found),
        otherwise=sum(any(hangs_on(one, now, other) for other in READERS) for one in found),
        turned=sum(one.turned for one in found),
        translucent=sum(one.translucent for one in found),
        deep=sum(one.deep > 0 for one in found),
        deepest=max((one.deep for one in found), default=0),
        cmyk=sum(one.cmyk for one in found),
        profiled=sum(one.profiled for one in found),
    )
