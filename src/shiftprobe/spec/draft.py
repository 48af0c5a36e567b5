"""A first spec for a checkpoint and two folders, as YAML that says of every choice where it comes from."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shiftprobe.core.escape import escape

WIDTH = 118  # characters of a comment's line
FIRST_SHARE = 0.4  # of a target that judges
SHIFTS = ("gaussian_blur", "jpeg")
LADDER = (10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 3000, 5000, 10_000, 20_000, 30_000, 50_000)
MOST, MOST_OF_CLASS = 1000, 20  # labels that a first run asks for: whichever allows more
LEAST_OF_CLASS = 10  # labels below which a second, smaller budget says little


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSide:
    """One side of the data."""

    data: str  # by name
    classes: int
    told: str  # its images in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a first spec says, and why."""

    command: str  # that wrote it
    name: str
    weights: str
    weights_told: tuple[str, ...]  # what they are, and what was bent to read them
    arch: str
    arch_told: str
    preprocess: Mapping[str, object]
    preprocess_told: str
    smaller: Mapping[str, object] | None = None  # at the images' own side, where a guess enlarges them
    outputs_told: str
    of_file: Mapping[str, object] = field(default_factory=dict)  # keys that say how the file of weights is read
    source: DraftSide | None = None
    trained: tuple[str, ...] | None = None  # what trained the checkpoint
    target: DraftSide
    test: float
    test_told: str
    budgets: tuple[int, ...] = ()
    budgets_told: str = ""
    arms: tuple[str, ...] = ()
    skipped: Mapping[str, str]  # arms that cannot apply, with the reason
    recipes: Mapping[str, str]  # of each trained arm, in words


def budgets_for(counts: tuple[int, ...]) -> tuple[int, ...]:
    """Budgets that a pool of labelled images allows, the smaller first.

    The largest is a round number that the pool holds, at most 1,000 or 20 of each class, whichever is more; a third
    of it stands beside it where that still is 10 of each class, so that one sees what labels buy.

    Args:
        counts: images of each class that may be trained on.
    """
    pool, classes = sum(counts), len(counts)
    within = min(pool, max(MOST, MOST_OF_CLASS * classes))
    large = max((step for step in LADDER if max(classes, 2) <= step <= within), default=pool)
    small = max((step for step in LADDER if LEAST_OF_CLASS * classes <= step <= large / 3), default=large)
    return tuple(sorted({small, large}))


def share_to_test(images: int) -> float:
    """The part of a target that is held out for testing: .4, and less where .2 is enough for 2,000 images.

    Args:
        images: of the target.
    """
    return round(min(FIRST_SHARE, max(0.2, 2000 / images)), 2)


def draft_text(draft: Draft) -> str:
    """The spec as YAML with comments."""
    return "\n".join(_lines(draft)) + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    yield from _said(f"Written by `{draft.command}`. Paths start at this file; change whatever you know better.")
    yield f"name: {_text(draft.name)}"
    yield from _source(draft)
    yield from _model(draft)
    target = draft.target
    yield "target:"
    yield from _said(f"What the checkpoint will meet: {target.told}.", 2)
    yield f"  data: {_text(target.data)}"
    yield from _said(f"Labelled images that an arm may train on: {draft.budgets_told}.", 2)
    yield f"  budgets: {_list(draft.budgets)}"
    yield from _said(draft.test_told, 2)
    yield f"  test: {draft.test:g}"
    for arm, reason in draft.skipped.items():
        yield from _said(f"{arm} is left out: {reason}")
    yield f"arms: {_list(draft.arms)}"
    yield from _said("Shifts move the target further away, so that one sees how far transfer carries: `shiftprobe list "
                     "shifts`. `shiftprobe compare` leaves them out.")  # fmt: skip
    yield f"shifts: {_list(SHIFTS)}"
    yield "severities: [1.0]"
    yield "seeds: 3"
    yield from _said("Rates, schedule and augmentation are left to the recipe; `--tune lr=...` gives equal trials.")
    for arm, recipe in draft.recipes.items():
        yield from _said(f"{arm}: {recipe}")
    yield "train: {recipe: auto, device: auto}"
    yield from _said("Arms within 1 point count as equivalent; it is fixed before the run.")
    yield "compare: {margin: 0.01}"


def _source(draft: Draft) -> Iterator[str]:
    yield "source:" if draft.source is not None else "source: {}"
    if draft.source is not None:
        yield from _said(f"What the checkpoint was trained on: {draft.source.told}.", 2)
        yield f"  data: {_text(draft.source.data)}"
        if draft.trained is not None:
            yield f"  trained: {_list(draft.trained)}"
        else:
            yield from _said("Which of these images trained the checkpoint? Only the others can judge it at home, and "
                             "until you say so none does: all, none, or a CSV of them.", 2)  # fmt: skip
            yield "  # trained: all"
    yield from _said(draft.outputs_told, 2)


def _model(draft: Draft) -> Iterator[str]:
    yield "model:"
    yield from _said("; ".join(draft.weights_told), 2)
    yield f"  weights: {_text(draft.weights)}"
    for key, value in draft.of_file.items():
        yield f"  {key}: {_text(value) if isinstance(value, str) else json.dumps(value)}"
    yield from _said(draft.arch_told, 2)
    yield f"  arch: {_text(draft.arch)}"
    yield from _said("The same random head in all arms; `source` keeps the checkpoint's.", 2)
    yield "  head: new"
    yield from _said(f"{draft.preprocess_told} Written out it is {json.dumps(draft.preprocess)}", 2)
    yield "  preprocess: auto"
    if draft.smaller is not None:
        share = 100 * float(str(draft.smaller["size"])) ** 2 / float(str(draft.preprocess["size"])) ** 2
        yield from _said(f"That enlarges the images. Where the checkpoint was trained at their own side, say so: it "
                         f"takes {share:.0f} % of the time.", 2)  # fmt: skip
        yield f"  # preprocess: {json.dumps(draft.smaller)}"


def _said(text: str, indent: int = 0) -> list[str]:
    before = " " * indent + "# "
    return textwrap.wrap(
        escape(text, 2000), WIDTH, initial_indent=before, subsequent_indent=before, break_on_hyphens=False
    )


def _text(value: str) -> str:
    """Text as YAML reads it, whatever stands in it."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_.:@/-]*[A-Za-z0-9_]", value) and value.lower() not in _WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)


_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def _list(values: tuple[object, ...]) -> str:
    return "[" + ", ".join(_text(one) if isinstance(one, str) else str(one) for one in values) + "]"
