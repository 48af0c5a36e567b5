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


HEADS = ("check", "verdict", "value (interval, n)", "wanted")


def rows(checks: Sequence[Check], limit: int = 60) -> Iterator[tuple[str, ...]]:
    """One line per check: its title, its status in symbol and word, its value, what was wanted."""
    for one in checks:
        sign, open_ = wording.SIGNS[one.status], one.status == "cannot tell" and not one.gates
        said = f"{sign.symbol} {sign.word}{' (does not gate)' if open_ else ''}"
        yield prose(wording.upper(one.title), limit), said, wording.amount(one), wording.wanted(one)


def reproduce(verdicts: Verdicts, limit: int = 2000) -> Iterator[str]:
    """The command that makes the audit again, in a block that no text can end."""
    if verdicts.command:  # one from Python has none
        yield f"Made by\n\n{fenced(escape(verdicts.command, limit))}"
    checkpoint = verdicts.checkpoint
    yield f"Checkpoint {code(checkpoint.path)}, SHA-256 {prose(checkpoint.sha256, 64)}."


def fenced(text: str) -> str:
    """One line of text as an indented block of code: nothing inside of it is read as Markdown."""
    return f"    {text}"
