"""Pieces of Markdown that the card and the step summary share."""

from collections.abc import Iterator, Sequence

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import wording
from shiftprobe.auditing.types import Check
from shiftprobe.core.escape import escape
from shiftprobe.core.markdown import code, prose


def verdict(verdicts: Verdicts, limit: int = 1000) -> Iterator[str]:
    """The heading with the verdict in symbol and word, and its sentence."""
    status = verdicts.status
    yield f"### {wording.SIGNS[status].symbol} {wording.OUTCOMES[status]}: {prose(verdicts.name, 60)}"
    yield f"**{prose(verdicts.sentence, limit)}**"
    if verdicts.marks:
        yield "\n".join(f"- **{prose(one.badge, 60)}**: {prose(one.text, limit)}" for one in verdicts.marks)


HEADS = ("check", "verdict", "value (interval, n)", "wanted")


def rows(checks: Sequence[Check], limit: int = 60, among: Sequence[Check] = ()) -> Iterator[tuple[str, ...]]:
    """One line per check: its title, its status in symbol and word, its value, what was wanted.

    `among` are all checks of the audit, which tell a cause; without them those that are shown do.
    """
    for one in checks:
        sign, open_ = wording.sign(one, among or checks), one.status == "cannot tell" and not one.gates
        said = f"{sign.symbol} {sign.word}{' (does not gate)' if open_ else ''}"
        said += f" (reason of {prose(one.explained_by, 30)})" if one.explained_by else ""
        yield prose(wording.upper(one.title), limit), said, wording.amount(one), wording.wanted(one)


def shared(checks: Sequence[Check], limit: int = 400) -> Iterator[str]:
    """Per cause a sentence: how many checks share its reason, and which."""
    for one in wording.own_reason(checks):
        found = wording.further(one, checks)
        if found:
            each = "; ".join(wording.brief(other) for other in found)
            yield f"{prose(wording.upper(one.title), 60)}: {wording.folded(found)} ({prose(each, limit)})."


def reproduce(verdicts: Verdicts, limit: int = 2000) -> Iterator[str]:
    """The command that makes the audit again, in a block that no text can end."""
    if verdicts.command:  # one from Python has none
        yield f"Made by\n\n{fenced(escape(verdicts.command, limit))}"
    checkpoint = verdicts.checkpoint
    yield f"Checkpoint {code(checkpoint.path)}, SHA-256 {prose(checkpoint.sha256, 64)}."


def fenced(text: str) -> str:
    """One line of text as an indented block of code: nothing inside of it is read as Markdown."""
    return f"    {text}"
