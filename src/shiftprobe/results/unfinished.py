"""How far a run is that is not finished, as its results say it."""

from dataclasses import dataclass

from shiftprobe.core.words import counted, listed
from shiftprobe.results.marks import Mark

FOLDER = "unfinished"
"""In a run folder: tables and page of what is whole, made while another command is at work there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What results rest on, of what was asked for."""

    done: int  # cells
    planned: int
    failed: int = 0
    probes: tuple[str, ...] = ()  # of the whole run that have not looked yet

    @property
    def counts(self) -> str:
        """'12 of 36 cells'."""
        return f"{self.done:,} of {counted(self.planned, 'cell')}"

    @property
    def told(self) -> str:
        """'not finished: 12 of 36 cells'."""
        return f"not finished: {self.counts}"

    @property
    def mark(self) -> Mark:
        """What limits every conclusion before the run is finished."""
        open_ = (f"{self.failed:,} failed" if self.failed else "", f"{listed(self.probes)} not" if self.probes else "")
        said = ", ".join(filter(None, open_))
        return Mark(
            kind="unfinished",
            label=self.told,
            text=f"All that is said rests on the cells that are done{f' ({said})' if said else ''} and may turn round: "
            "the command that makes the run goes on with the others.",
        )

    def so_far(self, sentence: str) -> str:
        """A sentence of a verdict, worded as one that is not final."""
        return f"So far ({self.counts}): {sentence[:1].lower()}{sentence[1:]}" if sentence else ""
