"""Which shifts, at which severities, bring a source's statistics nearest to a target's."""

from shiftprobe.core.monitor import Monitor
from shiftprobe.locate.fit import locate
from shiftprobe.locate.location import Choice, Found, Located, to_json, words
from shiftprobe.locate.shift_kinds import KINDS, kind_of

__all__ = ["KINDS", "Choice", "Found", "Located", "Monitor", "kind_of", "locate", "to_json", "words"]
