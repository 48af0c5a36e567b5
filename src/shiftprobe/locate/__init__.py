"""Which shifts, at which severities, bring a source's statistics nearest to a target's."""

from shiftprobe.locate.fit import locate
from shiftprobe.locate.kinds import KINDS, kind_of
from shiftprobe.locate.located import Choice, Found, Located, to_json, words
from shiftprobe.locate.shelf import Monitor

__all__ = ["KINDS", "Choice", "Found", "Located", "Monitor", "kind_of", "locate", "to_json", "words"]
