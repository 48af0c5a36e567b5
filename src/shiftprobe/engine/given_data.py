"""Both sides of the data, as a spec or a caller names them; several plans of one command read each of them once."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from shiftprobe import data
from shiftprobe.core.readers import Reader
from shiftprobe.data.bundle import Bundle

_Key: TypeAlias = tuple[str, Path, Reader, str | None]


@dataclass(frozen=True, slots=True)
class ReadOnce:
    """What was read of data by name."""

    bundles: dict[_Key, Bundle] = field(default_factory=dict)

    def load(self, name: str, given: Any, base: Path, *, reader: Reader, no_label: str | None) -> Bundle:
        """`data.load_given`, once for each name and reader; what a caller hands over is his own.

        Raises:
            ShiftprobeError: when it cannot be read.
        """
        if given is not None:
            return data.load_given(name, given, base, reader=reader, no_label=no_label)
        key = (name, base, reader, no_label)
        if key not in self.bundles:
            self.bundles[key] = data.load_given(name, None, base, reader=reader, no_label=no_label)
        return self.bundles[key]
