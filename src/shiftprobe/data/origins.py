"""Where data comes from: every origin adds itself to one registry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shiftprobe.core.errors import UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import Registry, suggest
from shiftprobe.data.bundle import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One kind of data, named by what stands before the colon."""

    name: str
    names: tuple[str, ...]  # what a spec may write: "digits:mnist", "folder:PATH"
    about: str = "your own"  # one line for `shiftprobe list data`
    sets: Mapping[str, str] = field(default_factory=dict)  # sets that it knows by name, each with a line of its own
    load: Callable[[str, Path], Bundle]  # what stands after the colon, and the folder paths start from
    find: Callable[[str, Path], object] | None = (
        None  # refuses what is not there without reading an image; None: `load`
    )
    few: Callable[[str, Path], Bundle] | None = None  # the same, one class being enough; None: it always is
    unlabelled: Callable[[str, Path], Bundle] | None = None  # the same without classes, where that is another thing
    of_path: bool = False  # whether what stands after the colon is always a path
    takes: Callable[[Path], bool] | None = None  # whether a path that goes without the word is its own
    download: Callable[[str], Path] | None = None  # what stands after the colon; None where nothing is fetched


ORIGINS: Registry[Origin] = Registry("data origin")


def listed(origin: Origin) -> Mapping[str, str]:
    """What an origin offers, a line each: its sets, or how its data is written."""
    return origin.sets or dict.fromkeys(origin.names, origin.about)


def unknown(name: str) -> UnknownNameError:
    """The refusal of a name, with the one that was probably meant and all there are."""
    known = [full for origin in ORIGINS for full in ORIGINS[origin].names]
    return UnknownNameError(
        f"no data named '{escape(name)}'{suggest(name, known)} (known: {', '.join(known)}); "
        "data is written ORIGIN:NAME, or as a path that leads somewhere"
    )
