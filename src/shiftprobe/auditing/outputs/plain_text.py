"""An audit at the terminal: the verdict, what must be fixed, what passed, in plain lines."""

import textwrap
from collections.abc import Iterator, Sequence

from shiftprobe.auditing.measurements import Repair, WrittenRepair
from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import repair_words, wording
from shiftprobe.auditing.types import OPEN, Check, Note
from shiftprobe.core.escape import escape
from shiftprobe.results.marks import Mark

WIDE = 96  # columns
LABEL = 13  # columns of a status with its symbol
LINE = 1200  # characters of a sentence
MAX_NAME = 60  # of a title
STAYS = "\N{NO-BREAK SPACE}"


def pretty(verdicts: Verdicts, noted: Sequence[Note] = ()) -> str:
    """An audit as lines of at most 96 columns, failed first; a symbol never stands without its word.

    Args:
        verdicts: what an audit found.
        noted: notes that stand above already, and are not told again.

    Returns:
        Printable text: no colour, nothing that moves a cursor. The command adds the path of the report.
    """
    checks = verdicts.checks
    lines = [*_wrapped(verdicts.sentence), *_limits(verdicts.marks), *_audited(verdicts), ""]
    told: set[tuple[str, str]] = set()
    for one in wording.own_reason(checks):
        lines += _open(one, checks, told) if one.status in OPEN else _done(one)
    powers = wording.powers(checks)
    lines += (
        ["", "What these gates can see:", *(line for one in powers[:3] for line in _wrapped(one, "  "))]
        if powers
        else []
    )
    lines += _repairs(verdicts.shown.repairs)
    lines += _kept(verdicts.shown.written)
    lines += _notes([one for one in wording.further_notes(verdicts) if one not in noted])
    return "\n".join((*lines, "", *_wrapped(f"{wording.gates(checks)}."), wording.counts(checks))) + "\n"


def _wrapped(text: object, indent: str = "", first: str | None = None) -> list[str]:
    """A sentence in lines; what comes from outside is made printable first, numbers keep their unit beside them."""
    start = indent if first is None else first
    glued = escape(text, LINE).replace(" %", f"{STAYS}%").replace("n = ", f"n{STAYS}={STAYS}")
    lines = textwrap.wrap(glued, WIDE, initial_indent=start, subsequent_indent=indent) or [start]
    return [line.replace(STAYS, " ") for line in lines]


def _limits(marks: Sequence[Mark]) -> Iterator[str]:
    for one in marks:
        yield from _wrapped(f"[{one.badge}] {one.text}.", "  ")


def _label(sign: wording.Sign) -> str:
    return f"{sign.symbol} {sign.word}".ljust(LABEL) + " "


def _open(check: Check, checks: Sequence[Check], told: set[tuple[str, str]]) -> Iterator[str]:
    """A check that somebody must answer: value, reason, way out; below it what shares its reason.

    Of a family with one way out only the first tells its reason, and no way out is told twice; `told` remembers both.
    """
    indent = " " * (LABEL + 1)
    wanted = f", wanted {wording.wanted(check)}" if wording.wanted(check) else ""
    yield from _wrapped(
        f"{escape(wording.upper(check.title), MAX_NAME)}: {wording.amount(check)}{wanted}",
        indent,
        _label(wording.sign(check, checks)),
    )
    found = wording.further(check, checks)
    if (check.kind, check.fix) in told and check.value is not None and not found:
        return
    yield from _wrapped(wording.upper(check.reason), indent)
    if check.fix:
        again = any(check.fix == fix for _, fix in told)
        yield from _wrapped(f"How to fix: {'as above' if again else wording.upper(check.fix)}", indent)
        told.add((check.kind, check.fix))
    if found:
        each = "; ".join(f"{escape(wording.brief(one), MAX_NAME + 20)}" for one in found)
        yield from _wrapped(f"{wording.folded(found)}: {each}", indent)


def _done(check: Check) -> Iterator[str]:
    said = wording.held(check) if check.status == "pass" else check.reason or wording.NO_REASON
    yield from _wrapped(
        f"{escape(wording.upper(check.title), MAX_NAME)}: {said}",
        " " * (LABEL + 1),
        _label(wording.SIGNS[check.status]),
    )


def _audited(verdicts: Verdicts) -> Iterator[str]:
    checkpoint, images, target = verdicts.checkpoint, verdicts.images, verdicts.target
    skipped = len(images.skipped)
    said = f"{escape(checkpoint.arch, MAX_NAME)} from {escape(checkpoint.path)}; {images.used:,} labelled images"
    said += f", {skipped:,} file{'' if skipped == 1 else 's'} skipped" if skipped else ""
    said += _set_aside(images.set_aside)
    said += f"; {target.used:,} of the target{_set_aside(target.set_aside)}" if target else ""
    yield from _wrapped(f"{said}; policy {escape(verdicts.policy_from, MAX_NAME)}.")


def _set_aside(count: int) -> str:
    return f", {count:,} file{'' if count == 1 else 's'} set aside as no picture" if count else ""


def _repairs(repairs: Sequence[Repair]) -> Iterator[str]:
    if repairs:
        yield from ("", "Repairs:")
    for one in repair_words.by_verdict(repairs):
        known = (
            repair_words.cost(one),
            repair_words.beside(one),
            repair_words.needs(one),
            f"on {escape(one.on, MAX_NAME)}",
        )
        rest = "".join(f"; {said}" for said in known if said) if one.gain is not None else ""
        said = f"{escape(one.title, 2 * MAX_NAME)}: {repair_words.repaired(one)}{rest}"
        yield from _wrapped(said, " " * (LABEL + 1), _label(repair_words.REPAIRED[one.verdict]))


def _kept(one: WrittenRepair | None) -> Iterator[str]:
    """What `--write` kept; the command that audits it stands on a line of its own, to be copied whole."""
    if one is None:
        return
    yield from ("", *_wrapped(f"{wording.upper(repair_words.kept(one))}."))
    if one.command:
        yield from (*_wrapped(f"Its card: {escape(one.card)}. Audit it on images that did not choose it:"), "")
        yield f"  {escape(one.command, LINE)}"


def _notes(notes: Sequence[Note]) -> Iterator[str]:
    if notes:
        yield from ("", "Notes:")
    for one in notes:
        yield from _wrapped(f"{escape(one.about, 30)}: {one.text}", "    ", "  ")
