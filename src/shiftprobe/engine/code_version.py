"""Which version of our code made something: derived from the files that it reaches, never kept as a list of them.

A shift, an arm, a probe or an origin has a version of its own: what its file and all its imports do, and what runs it.
So a changed arm trains that arm again and nothing else, and a new file that nothing uses moves nothing.
"""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from shiftprobe.core.registry import Registry, T
from shiftprobe.engine.source_tree import PACKAGE, fingerprint, reached

ROOT = Path(__file__).parents[1]

TRAINS = ("engine.cell", "engine.source_model")  # what runs an arm
TRIES = ("engine.trials",)  # what runs the trials of an arm
SHIFTS_IMAGES = ("engine.shifted_sets", "engine.shift_binding")  # what runs a shift
LOOKS = ("engine.run_probes", "engine.evidence")  # what runs a probe
READS = ("data", "data.split")  # what runs an origin


def version(runs: Sequence[str], root: Path = ROOT) -> str:
    """The version of modules of ours and of everything they reach, in hex.

    Args:
        runs: names below the package.
        root: the package's folder.
    """
    return _version(tuple(runs), "", frozenset(), root)


def version_of(registry: Registry[T], name: str, runs: Sequence[str], root: Path = ROOT) -> str:
    """The version of one registered thing, in hex: of its own file, of all it reaches, and of what runs it.

    Args:
        registry: where it is registered.
        name: its name there.
        runs: the modules that run it.
        root: the package's folder.

    Raises:
        UnknownNameError: when the registry holds no such name.
    """
    return _version(tuple(runs), registry.home(name), frozenset({name}), root)


def _version(runs: tuple[str, ...], home: str, things: frozenset[str], root: Path) -> str:
    """The digest of all files reached; a home outside our package counts with every file of its own package."""
    whole, own = hashlib.sha256(), home.removeprefix(f"{PACKAGE}.") if home.startswith(f"{PACKAGE}.") else ""
    for module in reached(root, (*runs, own)):
        asked = things if module.name == own else frozenset()
        whole.update(f"{module.name}\0{fingerprint(module.path.read_bytes(), asked)}\0".encode())
    if home and not own:
        whole.update(foreign(home).encode())
    return whole.hexdigest()


def foreign(module: str) -> str:
    """SHA-256 of somebody else's module, in hex: of its file, or of every Python file of the package it lies in."""
    top = sys.modules.get(module.partition(".")[0])
    file = getattr(sys.modules.get(module), "__file__", None)
    whole = hashlib.sha256(module.encode())
    folders = [Path(one) for one in getattr(top, "__path__", ())]
    files = sorted(path for folder in folders for path in folder.rglob("*.py")) or ([Path(file)] if file else [])
    for path in files:
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()
