"""What of some pictures hangs on who reads their files: counted, and said in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from shiftprobe.core.readers import BITS, READERS, VIEWER, Reader

PART = 0.01  # of the images that can move an accuracy by a point


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingChoices:
    """How many pictures say more than their pixels, and who read them."""

    reader: Reader
    said: bool  # that this is who is meant: by the user or the checkpoint's run, or as nobody else has read any
    images: int
    otherwise: int = 0  # that another reader gives other pixels
    turned: int = 0  # that are to be turned, as their EXIF says
    translucent: int = 0  # with pixels that are not opaque
    deep: int = 0  # of 16 bits
    deepest: int = 0  # the largest level among those
    cmyk: int = 0
    profiled: int = 0  # with a colour profile beside sRGB

    @property
    def is_guess(self) -> bool:
        """Whether nobody said who reads them, and so many hang on it that an accuracy can move by a point."""
        return not self.said and self.otherwise > 0 and self.otherwise >= PART * self.images

    @property
    def bits(self) -> Reader | None:
        """The reader for as many bits as the 16-bit pictures use; None where they use more than that, or all."""
        fits = (reader for reader, white in BITS.items() if self.deepest <= white < READERS[self.reader].white)
        return next(fits, None) if self.deep else None

    @property
    def facts(self) -> str:
        """'of 56 pictures 3 are turned as their EXIF says'; who reads them, where it is not as viewers do."""
        who = "" if self.reader == VIEWER else f" (read as {self.reader} does)"
        return f"of {self.images:,} pictures{who} {', '.join(self._found())}"

    def told(self, name: str, says: str) -> str:
        """All of it in one sentence, without its full stop.

        Args:
            name: of the data.
            says: how another reader is named, as "--reader".
        """
        head = f"{name}: {self.facts}"
        if self.reader != VIEWER:
            return head
        others = [f"{says} torchvision reads as ImageFolder and timm do"] if self.turned or self.translucent else []
        others += [f"{says} {self.bits} takes {BITS[self.bits]:,} for white"] if self.bits else []
        return "; ".join([head, *others])

    def _found(self) -> Iterator[str]:
        rule = READERS[self.reader]
        if self.turned:
            yield f"{self.turned:,} {'are turned' if rule.turned else 'are not turned'} as their EXIF says"
        if self.translucent:
            where = "over white" if rule.over_white else "as if they were opaque"
            yield f"{self.translucent:,} have transparent parts, shown {where}"
        if self.deep:
            unused = f" though none is above {self.deepest:,}" if self.bits else ""
            yield f"{self.deep:,} are 16-bit, with {rule.white:,} as white{unused}"
        if self.cmyk:
            yield f"{self.cmyk:,} are CMYK, brought to RGB without a colour profile"
        if self.profiled:
            yield f"{self.profiled:,} carry a colour profile that is not applied"
