"""Which probes have a chart: every section says so itself, and what nobody draws stands in a table of measures."""

from collections.abc import Iterable

_DRAWN: set[str] = set()


def draws(probes: Iterable[str]) -> None:
    """Say of some probes, by name, that a section draws them; called where the section is defined."""
    _DRAWN.update(probes)


def is_drawn(probe: str) -> bool:
    """Whether any section draws a probe."""
    return probe in _DRAWN
