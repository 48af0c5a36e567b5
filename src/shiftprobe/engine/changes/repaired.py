"""Arms that begin from the checkpoint as it is after the repairs that were kept."""

from dataclasses import replace

from shiftprobe.engine.changes.base import CHANGES, SOURCES, Change, Ingredients, OtherSource, Values

REPAIRED = "repaired"


def begin_repaired(made_of: Ingredients, _: Values) -> Ingredients:
    """From the repaired checkpoint; how images reach the network is the setup's, which whoever repaired it replaced."""
    return replace(made_of, source=REPAIRED)


SOURCES.add(OtherSource(name=REPAIRED, about="the source model after the repairs that were kept"))
CHANGES.add(
    Change(
        name=REPAIRED,
        spelling=REPAIRED,
        example=REPAIRED,
        about="from the source model after the repairs that were kept",
        apply=begin_repaired,
        source=REPAIRED,
    )
)
