"""An audit with and without the images that a file beside the checkpoint leaves out: what differs cannot be told."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.types import Check, Note
from shiftprobe.core.escape import escape
from shiftprobe.results.run_folder import TRAINED


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Both sides with all images but those that the user named."""

    data: Side
    target: Side | None
    folder: Path  # of the file that would leave some out

    def target_like(self, target: Side | None) -> Side | None:
        """The target with the labels that came in beside the one that leaves images out."""
        if self.target is None or target is None or target.known is None or self.target.known is not None:
            return self.target
        return replace(self.target, known=target.known.on(target.index, self.target.index))

    @property
    def note(self) -> Note:
        """That both ways were asked, and how to name the run."""
        return Note(
            about="data",
            text=f"{escape(self.folder / TRAINED)}, which nobody named, leaves images out; every check was asked with "
            f"them too, and one whose answer differs cannot tell; {_way(self.folder)}",
        )


def asked_both_ways(checks: Sequence[Check], whole: Sequence[Check], folder: Path) -> tuple[Check, ...]:
    """The checks; one that answers otherwise with all images cannot tell.

    Args:
        checks: with the images left out that a file beside the checkpoint names.
        whole: with these images.
        folder: of that file.
    """
    other = {one.name: one for one in whole}
    return tuple(_both(one, other, folder) for one in checks)


def _both(check: Check, other: Mapping[str, Check], folder: Path) -> Check:
    word = other[check.name].status if check.name in other else "not done"
    if word == check.status:
        return check
    said = f"{escape(folder / TRAINED)} leaves images out, and with them the answer is: {word}"
    return replace(
        check,
        status="cannot tell",
        with_all=word,
        reason=f"{check.reason}; that says: {check.status}, but {said}",
        fix=_way(folder),
    )


def _way(folder: Path) -> str:
    named = shlex.quote(escape(folder))
    return f"where that run is yours, name it: --run {named}, or --trained-on {named}"
