"""Plugins: a file that the spec names, or an installed package; importing it registers what it adds."""

import hashlib
import sys
from importlib import metadata, util
from pathlib import Path

from shiftprobe.core.errors import ShiftprobeError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.spec.schema import Spec

GROUP = "shiftprobe"  # of entry points; each is a module that registers something when it is imported


def load(spec: Spec, *, allow_code: bool) -> None:
    """Import what a spec asks for and what is installed, each once per process; importing is what registers it.

    Raises:
        SpecError: when the spec names code and nobody allowed it to run, when a file is not there, or when its own
            code fails.
    """
    load_installed()
    for name in spec.plugins:
        if not allow_code:
            raise SpecError(f"plugins: the spec names code to run, {escape(name)}; add --allow-code if you trust it")
        _import(Path(spec.base, name))


def load_installed() -> None:
    """Import what is installed, each once per process.

    Raises:
        SpecError: when its code fails.
    """
    for entry in metadata.entry_points(group=GROUP):
        try:
            entry.load()
        except Exception as error:
            raise SpecError(f"plugin {escape(entry.name)}: {_told(error)}; repair or uninstall it") from error


def digests(spec: Spec) -> list[str]:
    """Content of the files that a spec names, in hex: whatever they do when they are imported belongs to its runs.

    What an installed package registers has a version of its own, where it is used.
    """
    return [hashlib.sha256(_content(Path(spec.base, name))).hexdigest() for name in spec.plugins]


def _import(path: Path) -> None:
    name = f"shiftprobe_plugin_{hashlib.sha256(_content(path)).hexdigest()[:16]}"
    if name in sys.modules:
        return
    place = util.spec_from_file_location(name, path)
    if place is None or place.loader is None:
        raise SpecError(f"plugins: wanted a Python file, got {escape(path)}")
    module = util.module_from_spec(place)
    sys.modules[name] = module
    try:
        place.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise SpecError(f"plugins: {escape(path)}: {_told(error)}; repair it, then run the same command") from error


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SpecError(f"plugins: wanted a readable file at {escape(path)}, got: {error.strerror}") from None


def _told(error: Exception) -> str:
    return escape(str(error) if isinstance(error, ShiftprobeError) else f"{type(error).__name__}: {error}")
