"""A one-page card for the model: what was asked of it, what it answered, where it may be used."""

from collections.abc import Iterator, Sequence

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import repair_words, wording
from shiftprobe.auditing.outputs.blocks import HEADS, reproduce, rows, shared, verdict
from shiftprobe.auditing.types import Check
from shiftprobe.core.markdown import code, prose, table

ROOM = 6000  # bytes
LAYOUTS = ((60, 40, 400), (30, 40, 300), (16, 40, 240), (10, 30, 160), (6, 24, 100), (3, 16, 60))
"""Rows of a table, characters of a name, characters of a sentence: the first that fit in the room are taken."""


def card(verdicts: Verdicts) -> str:
    """An audit as a Markdown card of at most 6,000 bytes; names of files and classes are text in it.

    Args:
        verdicts: what an audit found.

    Returns:
        Verdict, what was audited, checks (failed first), dials, limits, how to make it again. What did not fit is
        counted, and report.html named for it.
    """
    text = ""
    for most, name, sentence in LAYOUTS:
        text = "\n\n".join(_blocks(verdicts, most, name, sentence)) + "\n"
        if len(text.encode()) <= ROOM:
            break
    return text


def _blocks(verdicts: Verdicts, most: int, name: int, sentence: int) -> Iterator[str]:
    checks = wording.own_reason(verdicts.checks)
    yield from verdict(verdicts, 2 * sentence)
    yield "\n".join(_audited(verdicts, name))
    yield "#### Checks"
    yield "\n".join(table(HEADS, rows(checks[:most], name, verdicts.checks)))
    yield from shared(verdicts.checks, sentence)
    if checks[most:]:
        yield f"{len(checks) - most:,} more ({wording.counts(checks[most:])}) stand in report.html."
    yield prose(f"{wording.tally(verdicts.checks)}.", sentence)
    dials = list(_dials(verdicts, name))
    if dials:
        yield "#### How far it carries"
        yield "\n".join(table(("shift", "clean", "strongest", "holds the floor up to"), dials[:most]))
    repairs = list(_repairs(verdicts, name))
    if repairs:
        yield "#### Repairs that were tried"
        yield "\n".join(table(("repair", "verdict", "there", "at home"), repairs[:most]))
    if verdicts.shown.written is not None:
        yield prose(f"{wording.upper(repair_words.kept(verdicts.shown.written))}.", 2 * sentence)
    yield "#### Limits"
    yield "\n".join(f"- {one}" for one in _limits(verdicts, checks, sentence))
    yield "#### Again"
    yield from reproduce(verdicts, 2 * sentence)


def _audited(verdicts: Verdicts, name: int) -> Iterator[str]:
    """What was looked at: weights, architecture, preprocessing, images."""
    checkpoint, images, target = verdicts.checkpoint, verdicts.images, verdicts.target
    classes = len(checkpoint.classes)
    yield f"- Model: {code(checkpoint.arch)}, {checkpoint.parameters:,} parameters, {classes:,} classes."
    used = f"{images.used:,} of {images.available:,} used, {len(images.skipped):,} files skipped"
    used += _set_aside(images.set_aside)
    yield f"- Labelled images: {prose(verdicts.data.name, name)}, {used}."
    if target:
        looked = f"{target.used:,} images {target.told}{_set_aside(target.set_aside)}"
        yield f"- Target: {prose(target.name, name)}, {looked}."
    level = 100 * verdicts.confidence
    yield f"- Policy: {prose(verdicts.policy_from, name)}, intervals at {level:.3g} %."


def _repairs(verdicts: Verdicts, name: int) -> Iterator[tuple[str, ...]]:
    for one in repair_words.by_verdict(verdicts.shown.repairs):
        if one.gain is not None:
            sign, cost = repair_words.REPAIRED[one.verdict], repair_words.cost(one).removeprefix("at home ")
            yield prose(one.title, name), f"{sign.symbol} {sign.word}", repair_words.repaired(one), cost or "n/a"


def _set_aside(count: int) -> str:
    return f", {count:,} files set aside as no pictures" if count else ""


def _dials(verdicts: Verdicts, name: int) -> Iterator[tuple[str, ...]]:
    for shift, dial in verdicts.shown.dials.items():
        known = [one for one in dial.accuracy if one is not None]
        if not known:
            yield code(shift[:name]), "n/a", "n/a", prose(dial.reason or wording.NO_REASON, name)
            continue
        clean, last = (wording.number(one, "fraction") for one in (known[0], known[-1]))
        reach = dial.passes_to
        yield code(shift[:name]), clean, last, "not shown at any dose" if reach is None else f"severity {reach:g}"


def _limits(verdicts: Verdicts, checks: Sequence[Check], sentence: int) -> Iterator[str]:
    """What this audit cannot say: its power, its guesses, what was not done."""
    for said in wording.powers(checks)[:2]:
        yield prose(said, sentence)
    estimates = verdicts.shown.estimates
    if estimates is not None and not estimates.answered:
        yield f"Accuracy on the target was not estimated: {prose(estimates.reason, sentence)}"
    for note in verdicts.notes[:4]:
        yield f"{prose(note.about, 30)}: {prose(note.text, sentence)}"
    for one in [check for check in checks if check.status == "not done"][:3]:
        yield f"Not done: {prose(wording.upper(one.title), 60)} ({prose(one.reason, sentence)})"
    yield "It holds for these images and these weights. Other cameras, classes and uses were not asked about."
