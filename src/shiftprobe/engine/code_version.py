"""What version of our own code made something: a digest of its bytes, not a number that somebody forgets to raise."""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

MAKERS = (
    "core/seeding", "data", "shifts", "engine/severity_scale", "models", "engine/setup", "engine/shifted_sets",
    "train", "engine/cell", "engine/networks", "engine/source_model",
)  # fmt: skip
"""Code that makes networks and images; when it moves, a run begins anew."""

LOOKERS = ("metrics", "engine/evidence", "probes")
"""Code that makes findings; when it moves, probes look again and nothing is trained again."""


@cache
def digest_of(names: Sequence[str]) -> str:
    """SHA-256 of the modules and packages of these names, in hex.

    Args:
        names: names below `shiftprobe`; one that does not exist counts for nothing.
    """
    root = Path(__file__).parents[1]
    files = sorted(file for name in names for file in [root / f"{name}.py", *(root / name).rglob("*.py")])
    whole = hashlib.sha256()
    for file in files:
        if file.exists():
            whole.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()
