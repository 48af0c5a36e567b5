"""Folders of ours: what lies in each kind of them, and how one is known among other people's."""

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.files import LOCK

MARKER = "shiftprobe.json"
MAX_MARKER = 1000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderKind:
    """A folder that we write: every name at its top, and what proves one that was made before there was a marker."""

    name: str
    files: frozenset[str]
    folders: frozenset[str] = frozenset()
    proof: frozenset[str]  # files that no other program leaves together
    held: bool = False  # a process locks it, so that one that was killed early leaves a lock
    shared: bool = False  # what else lies in one without a marker may be the user's own notes

    @property
    def names(self) -> frozenset[str]:
        """Everything at its top that we may write."""
        return self.files | self.folders | {MARKER} | ({LOCK} if self.held else frozenset())


RUN = FolderKind(
    name="run",
    files=frozenset(
        [
            "spec.json",
            "spec.yaml",
            "about.json",
            "trained.json",
            "groups.json",
            "checksums.json",
            "images.csv",
            "environment.json",
            "results.csv",
            "results.json",
            "curves.json",
            "flips.json",
            "flips.csv",
            "summary.json",
            "diagnosis.json",
            "table1.csv",
            "table1.tex",
            "predictions.csv",
            "report.html",
        ]
    ),
    folders=frozenset(
        [
            "cells",
            "probes",
            "source",
            "sets",
            "samples",
            "gallery",
            "figures",
            "methods",
            "interventions",
            "sources",
            "diagnosis",
        ]
    ),
    proof=frozenset({"about.json", "spec.json"}),
    held=True,
    shared=True,
)
AUDIT = FolderKind(
    name="audit",
    files=frozenset(
        [
            "verdicts.json",
            "answers.json",
            "checksums.json",
            "junit.xml",
            "results.sarif",
            "card.md",
            "environment.json",
            "report.html",
            "predictions.csv",
        ]
    ),
    folders=frozenset({"looks", "samples", "ask"}),
    proof=frozenset({"answers.json", "verdicts.json"}),
    held=True,
    shared=True,
)
CALIBRATION_FILES = frozenset({"calibrate.json", "calibrate.csv", "calibrate.html", "checksums.json"})
CALIBRATION = FolderKind(
    name="calibration", files=CALIBRATION_FILES, folders=frozenset({"looks"}), proof=CALIBRATION_FILES, held=True
)
PREVIEW_FILES = frozenset({"preview.png", "preview.html"})
PREVIEW = FolderKind(name="preview", files=PREVIEW_FILES, proof=PREVIEW_FILES)
LOCATE_FILES = frozenset({"locate.html", "locate.json"})
LOCATE = FolderKind(name="locate", files=LOCATE_FILES, proof=LOCATE_FILES)
METHODS_FILES = frozenset(["methods.md", "methods.tex", "references.bib", "pairs.csv", "pairs.tex"])
METHODS = FolderKind(name="methods", files=METHODS_FILES, proof=METHODS_FILES)
KINDS = {kind.name: kind for kind in (RUN, AUDIT, CALIBRATION, PREVIEW, LOCATE, METHODS)}


def is_ours(path: Path) -> bool:
    """Whether a folder is one that we wrote, by its marker or, where it was made before, by its files."""
    return marked(path) is not None or any(proved(path, kind) for kind in KINDS.values())


def is_no_data(path: Path) -> bool:
    """Whether a folder is ours, or holds nothing but folders of ours, as `audits/` and `runs/` do."""
    if is_ours(path):
        return True
    inside = False
    try:
        with os.scandir(path) as entries:
            for one in entries:
                if not one.is_dir(follow_symlinks=False) or not is_ours(Path(one)):
                    return False
                inside = True
    except OSError:
        return False
    return inside


def own_above(path: Path) -> Path | None:
    """The nearest folder of ours that a place lies in, or is; None where there is none."""
    try:
        here = path.resolve()
    except (OSError, ValueError, RuntimeError):  # a loop of links, a NUL: whoever reads it says so
        return None
    return next((one for one in (here, *here.parents) if is_ours(one)), None)


def marked(path: Path) -> FolderKind | None:
    """The kind that a folder's marker names; None where there is no marker of ours."""
    file = path / MARKER
    try:
        if not stat.S_ISREG(os.lstat(file).st_mode) or os.lstat(file).st_size > MAX_MARKER:
            return None
        told = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    kind = told.get("kind") if isinstance(told, dict) and told.get("made_by") == "shiftprobe" else None
    return KINDS.get(kind) if isinstance(kind, str) else None


def proved(path: Path, kind: FolderKind) -> bool:
    """Whether a folder holds the regular files that no other program leaves together."""
    try:
        return all(stat.S_ISREG(os.lstat(path / name).st_mode) for name in kind.proof)
    except (OSError, ValueError):
        return False
