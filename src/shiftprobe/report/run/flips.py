"""The flip map on the page: images by seeds of each arm and by conditions, and pictures of the most hurt and helped."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.report.kit import charts, svg, wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.flip_grid import SAID, FlipBlock, FlipGrid, flip_grid, stretches, told
from shiftprobe.results.flip_map import Flip, FlipMap, FlippedImage

GUTTER, EDGE = 84.0, 396.0  # user units: where images begin and end
WIDEST = 7.0  # of one image
ROW = 11.0
LOW_ROW = 5.0  # of many conditions
MANY_ROWS = 16
PICTURES = 8
MAX_LABEL = 12  # characters beside a row
MEANING: dict[Flip, str] = {
    "hurt": "the first arm has it wrong more often, beyond what seeds do",
    "helped": "the first arm has it right more often, beyond what seeds do",
    "apart": "the arms differ in every seed and no seed of an arm disagrees, but the seeds are too few to tell",
    "jitter": "seeds of one arm disagree, and the arms differ no more than that",
    "same": "every training has it right, or every one wrong, in each condition",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipCount:
    """How many images are of one kind."""

    kind: str
    word: str
    images: str
    share: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipPicture:
    """One test image that was called."""

    image: int
    label: str
    file: str
    uri: Markup
    pixelated: bool
    rights: tuple[tuple[str, str], ...]  # by arm: '0 of 5'


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipSection:
    """The section."""

    finding: str
    figure: Markup | None
    shown: str
    counts: tuple[FlipCount, ...]
    pictures: tuple[tuple[str, tuple[FlipPicture, ...]], ...]
    trainings: str
    agreement: str  # empty where the folder is older
    grouped: bool


def section(run: ReadRun) -> FlipSection | None:
    """The section; None where there is no map."""
    flips = run.flips.flips
    if flips is None:
        return None
    grid = flip_grid(flips)
    heads: tuple[tuple[Flip, str], ...] = (("hurt", "Most hurt"), ("helped", "Most helped"))
    pictures = [(title, _pictures(run, flips, flips.of(kind))) for kind, title in heads]
    return FlipSection(
        finding=told(flips),
        figure=None if grid is None else _chart(grid, told(flips)),
        shown=_shown(grid),
        counts=tuple(_count(flips, kind) for kind in MEANING if flips.counts.get(kind)),
        pictures=tuple((title, some) for title, some in pictures if some),
        trainings=wording.counted(2 * len(flips.seeds), "training"),
        agreement=_agreement(flips),
        grouped=flips.grouped,
    )


def _agreement(flips: FlipMap) -> str:
    """How often seeds of an arm give the same answer, beside how often they are right."""
    found = flips.agreement
    if found is None:
        return ""
    a, b, between, a_right, b_right = (
        f"{wording.percent(one)} %" for one in (found.a, found.b, found.between, found.a_right, found.b_right)
    )
    return (
        f"Two seeds of {flips.a} give the same answer to {a} of the images (right on {a_right}), two of {flips.b} to "
        f"{b} (right on {b_right}), one of each to {between}."
    )


def _shown(grid: FlipGrid | None) -> str:
    if grid is None:
        return "Every training has every image the same: there is nothing to draw."
    if len(grid.images) == grid.total:
        return f"A column per image that some trainings have right and others wrong: {grid.total:,}."
    return (
        f"A column per image, {len(grid.images):,} of {grid.total:,} that some trainings have right and others wrong: "
        "the strongest of those that are called, and an even share of the rest."
    )


def _count(flips: FlipMap, kind: Flip) -> FlipCount:
    found = flips.counts.get(kind, 0)
    return FlipCount(
        kind=kind,
        word=SAID.get(kind, kind),
        images=f"{found:,}",
        share=f"{wording.percent(found / flips.images)} %",
        meaning=MEANING[kind].replace("the first arm", flips.a),
    )


def _pictures(run: ReadRun, flips: FlipMap, images: Sequence[FlippedImage]) -> tuple[FlipPicture, ...]:
    """Those of which the run keeps a picture."""
    kept = {shown.image: shown for gallery in run.galleries for shown in gallery.shown if shown.thumb in run.thumbs}
    most = len(flips.seeds) * len(flips.conditions)
    return tuple(
        FlipPicture(
            image=one.image,
            label=kept[one.image].label,
            file=kept[one.image].path,
            uri=Markup(run.thumbs[kept[one.image].thumb]),  # noqa: S704 - base64 of a picture that was checked
            pixelated=kept[one.image].pixelated,
            rights=((flips.a, f"{sum(one.a)} of {most}"), (flips.b, f"{sum(one.b)} of {most}")),
        )
        for one in [one for one in images if one.image in kept][:PICTURES]
    )


def _chart(grid: FlipGrid, said: str) -> Markup:
    """Blocks below each other on one axis of images."""
    wide = min(WIDEST, (EDGE - GUTTER) / len(grid.images))
    marks = [_kinds(grid, wide)]
    top = 34.0
    for block in grid.blocks:
        tall = ROW if len(block.cells) <= MANY_ROWS else LOW_ROW
        marks.append(svg.text(GUTTER, top, block.title, "axis", "start"))
        marks.append(_block(grid, block, (wide, tall), top + 6))
        top += 6 + tall * len(block.cells) + 20
    title = f"Images by seeds: {' and '.join(grid.names)}"
    return svg.chart("flip-map", top - 14, title, said, *marks)


def _kinds(grid: FlipGrid, wide: float) -> Markup:
    """A bar over those that are hurt and one over those that are helped."""
    marks = []
    for kind, look, anchor in (("hurt", "v-worse", "start"), ("helped", "v-better", "end")):
        places = [i for i, one in enumerate(grid.images) if one.kind == kind]
        if places:
            left, right = GUTTER + wide * places[0], GUTTER + wide * (places[-1] + 1)
            bar = svg.tag("rect", x=left, width=right - left, y=13.0, height=4.0, class_=f"flip-bar {look}")
            word = svg.text(left if anchor == "start" else right, 10, kind, "amount", anchor)
            marks += [bar, word]
    return Markup("").join(marks)


def _block(grid: FlipGrid, block: FlipBlock, size: tuple[float, float], top: float) -> Markup:
    wide, tall = size
    width, height = wide * len(grid.images), tall * len(block.cells)
    marks = [svg.tag("rect", x=GUTTER, y=top, width=width, height=height, class_="flip-none")]
    paths: dict[int, list[str]] = {}
    for row, cells in enumerate(block.cells):
        y = top + tall * row
        for one in stretches(cells):
            left, right = f"{GUTTER + wide * one.start:.2f}", f"{one.length * wide:.2f}"
            step = f"M{left} {svg.number(y + 0.4)}h{right}v{svg.number(tall - 0.8)}h-{right}z"
            paths.setdefault(one.filling, []).append(step)
        label = block.labels[row]
        if label and (tall == ROW or not block.arm):
            marks.append(svg.text(GUTTER - 5, y + tall - 2.2, wording.name(label)[:MAX_LABEL], "flip-label", "end"))
    for filling, steps in sorted(paths.items()):
        arm = block.arm or grid.names[filling < 0]
        marks.append(svg.tag("path", d="".join(steps), class_=f"flip f{abs(filling)} arm{charts.look(arm)[0]}"))
    return svg.tag("g", *marks)
