"""`shiftprobe preview` and `locate`: shifts on the user's own images, before anything is trained."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from shiftprobe.cli.terminal.progress import bars
from shiftprobe.cli.terminal.speech import say, tell
from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.folder_kinds import LOCATE, PREVIEW
from shiftprobe.core.out_folder import check_out, opened
from shiftprobe.data.places import check_apart

USUAL_SIDE = 512
"""px: where shifts fall on larger images for most networks, which see 224 of 256 px."""

BROUGHT = (
    f"larger images were brought to {USUAL_SIDE} px (shorter side) before a shift, as for a network that sees 224 of "
    "256 px; --native keeps all pixels"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a contact sheet should hold."""

    shifts: Sequence[str]  # none: all of them
    severities: Sequence[str]
    images: int
    seed: int
    out: Path
    native: bool = False  # shifts fall on all pixels


def preview_sheet(name: str, wanted: Wanted) -> None:
    """Write a contact sheet of shift by severity as PNG and HTML, and name both."""
    from shiftprobe import data
    from shiftprobe.core import seeding
    from shiftprobe.data.left_out import left_out
    from shiftprobe.data.reduced import reduced
    from shiftprobe.preview import preview, write_html, write_png
    from shiftprobe.shifts import SHIFTS, find

    shifts = [find(shift) for shift in wanted.shifts or SHIFTS]  # a misspelt name is answered before images are read
    doses = [_fraction(text) for text in wanted.severities]
    check_apart(wanted.out, (name,))
    check_out(wanted.out, PREVIEW)
    bundle = data.load_unlabelled(name, Path())
    order = seeding.generator(wanted.seed, "preview").permutation(len(bundle))[: wanted.images]
    places = np.sort(order).tolist()
    larger = not wanted.native and bool((bundle.shorter_sides[places] > USUAL_SIDE).any())
    sheet = preview(
        [reduced(bundle.images[i], USUAL_SIDE) if larger else bundle.images[i] for i in places],
        shifts,
        doses,
        seed=wanted.seed,
        labels=[bundle.classes[bundle.labels[i]] for i in places],
        places=places,
    )
    sheet = replace(sheet, notes=(*left_out(bundle), *([BROUGHT] if larger else [])))
    counts = f"{len(shifts)} shift{'s'[: len(shifts) > 1]} at {len(doses)} severit{'ies' if len(doses) > 1 else 'y'}"
    say(f"{counts} on {len(places)} of {len(bundle):,} images of {escape(name)}")
    opened(wanted.out, PREVIEW)
    for note in sheet.notes:
        say(f"Note: {note}.")
    say(f"Picture: {write_png(sheet, wanted.out / 'preview.png')}")
    say(f"Page: {write_html(sheet, wanted.out / 'preview.html')}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is to be located, and among which shifts."""

    source: str
    target: str
    shifts: Sequence[str]  # none: all of them
    seed: int


def locate_target(search: Search, out: Path | None, *, json: bool) -> None:
    """Say which shifts, at which doses, bring the source's images nearest to the target's; a page where asked."""
    from shiftprobe import data
    from shiftprobe.data.left_out import left_out
    from shiftprobe.locate import locate, to_json, words
    from shiftprobe.shifts import SHIFTS

    for shift in search.shifts:
        SHIFTS[shift]  # a misspelt name is answered before images are read
    both = (search.source, search.target)
    if out is not None:
        check_apart(out, both)
        check_out(out, LOCATE)
    bundles = [data.load_unlabelled(name, Path()) for name in both]
    ours, theirs = (bundle.images for bundle in bundles)
    with bars() as monitor:
        found = locate(ours, theirs, shifts=search.shifts or None, seed=search.seed, monitor=monitor)
    found = replace(found, notes=(*found.notes, *(note for bundle in bundles for note in left_out(bundle))))
    say(to_json(found) if json else words(found))
    if found.shifts and not json:
        nearest = "+".join(f"{one.name}={max(one.severity, 0.01):.2f}" for one in found.shifts)
        say(f"\nSee it: shiftprobe preview {search.source} --shift {nearest} --severity 0,1")
    if out is not None:
        from shiftprobe.locate.examples import examples
        from shiftprobe.report.locate.page import write_located

        shown = examples(ours, theirs, found, search.seed)
        page = write_located(out, found, shown, names=both, again=_again(search))
        speak = tell if json else say
        speak(f"\nResult: {escape(out / 'locate.json')}\nPage: {escape(page)}")


def _again(search: Search) -> str:
    """The command that finds it again."""
    words = ["shiftprobe locate", f"--source {shlex.quote(search.source)}", f"--target {shlex.quote(search.target)}"]
    words += [f"--shift {shlex.quote(shift)}" for shift in search.shifts]
    return " ".join([*words, *([f"--seed {search.seed}"] if search.seed else [])])


def _fraction(text: str) -> float:
    from shiftprobe.shifts import check_severity

    try:
        return check_severity(float(text))
    except ValueError:
        raise SpecError(f"--severity: wanted fractions such as 0.25,0.5,1, got {escape(text)}") from None
