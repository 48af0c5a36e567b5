"""Options behind an architecture's name, as a configuration file gives them: `transformers:vit{"image_size": 32}`."""

import json
from collections.abc import Mapping

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape

_LONGEST = 2**16  # characters


def bare(arch: str) -> str:
    """The name without its options, as one says it."""
    return arch.partition("{")[0]


def spelled(name: str, options: Mapping[str, object]) -> str:
    """A name with its options, in one spelling; the name alone where there are none."""
    return name + (json.dumps(options, sort_keys=True, allow_nan=False) if options else "")


def parted(arch: str) -> tuple[str, dict[str, object]]:
    """The name and its options.

    Raises:
        SpecError: when what stands behind the name is no JSON object.
    """
    name, brace, rest = arch.partition("{")
    try:
        options = json.loads(brace + rest) if brace and len(rest) < _LONGEST else {} if not brace else None
    except (ValueError, RecursionError):
        options = None
    if not isinstance(options, dict):
        raise SpecError(f"{escape(arch)}: wanted a JSON object of options behind the name; leave it out, or mend it")
    return name, options
