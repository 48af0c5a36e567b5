"""Plugins: a file that the spec names, or an installed package; importing it registers what it adds.

Installed is what somebody installed into this environment: an entry point that merely lies where Python looks, such as
a checkout in the working folder or on PYTHONPATH, is code like any other and needs leave.
"""

import hashlib
import logging
import site
import sys
import sysconfig
from collections.abc import Iterable
from importlib import metadata, util
from multiprocessing import parent_process
from pathlib import Path

from shiftprobe.core.errors import ShiftprobeError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.search_path import come_back, left
from shiftprobe.spec.schema import Spec

GROUP = "shiftprobe"  # of entry points; each is a module that registers something when it is imported

logger = logging.getLogger(__name__)
_told_of: set[str] = set()  # entry points that were left alone, each told once


def load(spec: Spec, *, allow_code: bool) -> None:
    """Import what a spec asks for and what is installed, each once per process; importing is what registers it.

    Raises:
        SpecError: when the spec names code and nobody allowed it to run, when a file is not there, or when its own
            code fails.
    """
    load_installed(allow_code=allow_code)
    for name in spec.plugins:
        if not allow_code:
            raise SpecError(f"plugins: the spec names code to run, {escape(name)}; add --allow-code if you trust it")
        _import(Path(spec.base, name))


def load_installed(*, allow_code: bool = False) -> None:
    """Import what is installed, each once per process.

    Args:
        allow_code: import what lies anywhere else where Python looks, too; without leave it is told and left alone.

    Raises:
        SpecError: when its code fails.
    """
    if allow_code:
        come_back()
    installed = _entries(metadata.distributions(path=[str(folder) for folder in site_folders()]))
    found = (*metadata.distributions(), *metadata.distributions(path=left()))
    elsewhere = [entry for entry in _entries(found) if entry not in installed]
    for entry in (*installed, *(elsewhere if allow_code else ())):
        try:
            entry.load()
        except MemoryError:
            raise
        except Exception as error:
            raise SpecError(f"plugin {escape(entry.name)}: {_told(error)}; repair or uninstall it") from error
    if not allow_code and parent_process() is None:
        _tell(elsewhere)


def _tell(left: Iterable[metadata.EntryPoint]) -> None:
    """Say once what was left alone."""
    for entry in left:
        if entry.value not in _told_of:
            _told_of.add(entry.value)
            logger.warning(
                "plugin %s (%s) is not installed in this environment and was not loaded; install it, or add "
                "--allow-code if you trust it",
                escape(entry.name),
                escape(entry.value),
            )


def site_folders() -> list[Path]:
    """Where packages of this environment are installed."""
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    named = (*site.getsitepackages(), *user, sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    return [folder for folder in dict.fromkeys(Path(name) for name in named) if folder.is_dir()]


def _entries(distributions: Iterable[metadata.Distribution]) -> list[metadata.EntryPoint]:
    """Entry points of ours, each once; only packages that have some are looked at closely."""
    named = (one for one in distributions if GROUP in (one.read_text("entry_points.txt") or ""))
    return list(dict.fromkeys(entry for one in named for entry in one.entry_points if entry.group == GROUP))


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
        if isinstance(error, MemoryError):
            raise
        raise SpecError(f"plugins: {escape(path)}: {_told(error)}; repair it, then run the same command") from error


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SpecError(f"plugins: wanted a readable file at {escape(path)}, got: {error.strerror}") from None


def _told(error: Exception) -> str:
    return escape(str(error) if isinstance(error, ShiftprobeError) else f"{type(error).__name__}: {error}")
