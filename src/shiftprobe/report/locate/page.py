"""What `locate` found as a page that loads nothing, and as JSON beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from shiftprobe.core.files import write_bytes
from shiftprobe.core.folder_kinds import LOCATE
from shiftprobe.core.out_folder import opened
from shiftprobe.core.words import whole_percent
from shiftprobe.locate.examples import Examples
from shiftprobe.locate.location import Choice, Located, combination, doses, headline, plain, sureness, to_json
from shiftprobe.preview.page import data_uri
from shiftprobe.report.kit import svg
from shiftprobe.report.kit.assemble import filled

STYLES = ("kit/style.css", "locate/locate.css", "kit/print.css")
MAX_BARS = 6  # candidates of a picture
ROW, TOP = 34.0, 8.0  # user units: a bar with its words
ENLARGED = 96  # px; smaller images are shown enlarged, pixel by pixel
NO_INTERVAL = "none: resamples split"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRow:
    """Images of one sort, side by side."""

    title: str
    pictures: tuple[Markup, ...]  # data URIs


def write_located(folder: Path, located: Located, shown: Examples, *, names: tuple[str, str], again: str) -> Path:
    """Write `locate.html` and `locate.json` into a folder, whole or not at all; the same result gives the same bytes.

    Args:
        folder: absent, empty, or one that this wrote before.
        located: what was found.
        shown: images to compare by eye.
        names: of source and target.
        again: the command that finds it again.

    Returns:
        The path of the page.

    Raises:
        SpecError: when something of somebody else lies in the folder.
        ResourceError: when the disk is full or the place not writable.
    """
    opened(folder, LOCATE)
    write_bytes(folder / "locate.json", f"{to_json(located)}\n".encode())
    page = folder / "locate.html"
    write_bytes(page, render(located, shown, names=names, again=again).encode())
    return page


def render(located: Located, shown: Examples, *, names: tuple[str, str], again: str) -> str:
    """The whole page as text."""
    contents = {
        "headline": _upper(headline(located)),
        "found": located,
        "names": names,
        "again": again,
        "told": [_upper(one) for one in sureness(located)],
        "pictures": _pictures(located, shown, names),
        "kinds": _bars("kinds", "Kinds chosen in resamples", located.kinds),
        "families": _bars("families", "Families chosen in resamples", located.families),
        "rows": [
            (plain(one.name), one.kind, f"{one.severity:.2f}", _interval(one.low, one.high)) for one in located.shifts
        ],
        "explained": f"{whole_percent(located.explained)} ({_part(located)})",
        "share": whole_percent(located.family_share),
        "pixels": located.side < ENLARGED,
    }
    return filled("locate/page.html", contents, STYLES, ())


def _pictures(located: Located, shown: Examples, names: tuple[str, str]) -> tuple[PictureRow, ...]:
    rows = [PictureRow(title=f"Source: {names[0]}", pictures=_uris(shown.source))]
    if len(shown.shifted):
        rows.append(PictureRow(title=f"The same under {doses(located)}", pictures=_uris(shown.shifted)))
    return (*rows, PictureRow(title=f"Target: {names[1]}", pictures=_uris(shown.target)))


def _uris(images: NDArray[np.uint8]) -> tuple[Markup, ...]:
    return tuple(data_uri(image) for image in images)


def _interval(low: float | None, high: float | None) -> str:
    return NO_INTERVAL if low is None or high is None else f"{low:.2f} to {high:.2f}"


def _part(located: Located) -> str:
    if located.low is None or located.high is None:
        return NO_INTERVAL
    return f"95 % interval {whole_percent(located.low)} to {whole_percent(located.high)}"


def _bars(ident: str, title: str, choices: Sequence[Choice]) -> Markup:
    """One bar per candidate, as long as its share; empty without any."""
    shown = choices[:MAX_BARS]
    if not shown:
        return Markup()
    scale = svg.Scale((0.0, 1.0), (0.0, svg.WIDTH))
    marks = []
    for i, one in enumerate(shown):
        y = TOP + i * ROW
        words = f"{combination(one.names)}: {whole_percent(one.share)}"
        marks += [
            svg.text(0.0, y + 10, words, "", "start"),
            svg.tag("rect", x=0.0, y=y + 15, width=svg.WIDTH, height=9.0, class_="ground"),
            svg.tag("rect", x=0.0, y=y + 15, width=scale(one.share), height=9.0, class_="share"),
        ]
    said = ", ".join(f"{combination(one.names)} {whole_percent(one.share)}" for one in shown)
    return svg.chart(ident, TOP + ROW * len(shown), title, said, *marks)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
