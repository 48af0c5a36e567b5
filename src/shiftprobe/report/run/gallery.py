"""Which images: the galleries of a run as figures with their words, grouped by outcome."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.core.types import Condition
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.run import mosaic
from shiftprobe.results.gallery import Gallery, GalleryImage

FIRST_PICTURES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an arm called an image, in how many seeds."""

    name: str
    seeds: str
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryFigure:
    """One test image."""

    image: int
    label: str
    uri: str
    pixelated: bool
    alt: str
    outcomes: str  # keys, for the filter
    file: str  # where it lies in its data; empty where the run does not know
    told: str  # the same in words
    answers: tuple[tuple[str, tuple[Answer, ...]], ...]  # by arm


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryChoice:
    """One outcome: its count, its share of the figures, its place in the 2 x 2 table."""

    key: str
    icon: Markup
    word: str
    share: str
    status: str  # '24 of 31 images shown'
    figures: tuple[GalleryFigure, ...]  # filed under it


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryBlock:
    """One budget: mosaic, choices and figures."""

    ident: str
    title: str
    a: str
    b: str
    seeds: int
    mosaic: Markup
    choices: Mapping[str, GalleryChoice]
    first: str  # the outcome shown at first
    few: int  # figures in view before more are asked for


def section(run: ReadRun) -> tuple[GalleryBlock, ...]:
    """A block per gallery, largest budget first."""
    return tuple(
        _block(run, f"w{i}", one) for i, one in enumerate(run.galleries) if one.shown or any(one.counts.values())
    )


def _block(run: ReadRun, ident: str, one: Gallery) -> GalleryBlock:
    figures = [(mosaic.leading(shown.outcomes), _figure(run, one, shown)) for shown in one.shown]
    choices = {
        key: _choice(one, key, tuple(figure for lead, figure in figures if lead == key)) for key in mosaic.OUTCOMES
    }
    first = _first(run, one)
    labels = f", {wording.counted(one.budget, 'labelled image')} per arm" if one.budget else ""
    where = wording.place(Condition(one.shift, one.severity))
    return GalleryBlock(
        ident=ident,
        title=f"{where[0].upper()}{where[1:]}{labels}",
        a=one.a,
        b=one.b,
        seeds=len(one.seeds),
        mosaic=mosaic.mosaic(f"{ident}-m", one),
        choices=choices,
        first=first,
        few=FIRST_PICTURES,
    )


def _first(run: ReadRun, one: Gallery) -> str:
    """The outcome that the verdict on this pair is about; where it leaves both sides open, the commoner one."""
    told = (verdict for verdict in (run.summary.verdict, *run.summary.verdicts) if verdict.pair == (one.a, one.b))
    word = next((verdict.word for verdict in told), "none")
    sides = ["a_only", "b_only"] if word == "better" else ["b_only", "a_only"]
    if word not in ("better", "worse"):
        sides.sort(key=lambda key: -one.counts.get(key, 0))
    return next((key for key in (*sides, *mosaic.OUTCOMES) if _shown(one, key)), mosaic.OUTCOMES[0])


def _shown(one: Gallery, key: str) -> int:
    return sum(1 for shown in one.shown if shown.outcomes.get(key, 0))


def _choice(one: Gallery, key: str, figures: tuple[GalleryFigure, ...]) -> GalleryChoice:
    found = one.found.get(key, 0)
    return GalleryChoice(
        key=key,
        icon=mosaic.icon(one, key),
        word=mosaic.word(one, key),
        share=mosaic.share(one, key),
        status=f"{_shown(one, key):,} of {wording.counted(found, 'image')} shown",
        figures=figures,
    )


def _figure(run: ReadRun, one: Gallery, shown: GalleryImage) -> GalleryFigure:
    seeds = len(one.seeds)
    met = [key for key in mosaic.OUTCOMES if shown.outcomes.get(key, 0)]
    told = "; ".join(
        f"{mosaic.word(one, key)} in {shown.outcomes[key]} of {wording.counted(seeds, 'seed')}" for key in met
    )
    return GalleryFigure(
        image=shown.image,
        label=shown.label,
        uri=Markup(run.thumbs.get(shown.thumb, "")),  # noqa: S704 - base64 of a picture that was checked; never cut
        pixelated=shown.pixelated,
        alt=f"Test image {shown.image}, true name {wording.name(shown.label)}",
        outcomes=" ".join(met),
        file=shown.path,
        told=told,
        answers=((one.a, _answers(shown.a, shown.label, seeds)), (one.b, _answers(shown.b, shown.label, seeds))),
    )


def _answers(said: Mapping[str, int], label: str, seeds: int) -> tuple[Answer, ...]:
    """Most frequent first; by name where they tie."""
    ordered = sorted(said.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Answer(name=name, seeds=f"{count} of {seeds}", right=name == label) for name, count in ordered)
