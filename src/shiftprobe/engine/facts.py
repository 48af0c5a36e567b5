"""What planning found out and a reader should know: `about.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.escape import escape
from shiftprobe.core.readers import VIEWERS, OwnReader
from shiftprobe.data.bundle import Bundle, Skipped
from shiftprobe.data.reading import reading_choices
from shiftprobe.data.split import Split
from shiftprobe.results.about import BroughtCheckpoint, WorkingResolution
from shiftprobe.spec.recipes import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What planning found out and a reader should know; `about.json`."""

    command: str
    digest: str
    classes: tuple[str, ...]
    skipped_arms: Mapping[str, str]
    arms_about: Mapping[str, str]  # what each arm that was asked for says of itself
    data: Mapping[str, object]
    device: str
    preprocess: Mapping[str, object]
    identity: Mapping[str, str]  # digests of what two runs must share to share a folder, by part
    scale: Mapping[str, object] | None = None  # where each severity stands, unless it is the dose itself
    toward: Mapping[str, object] = field(default_factory=dict)  # how far shifts towards other images get
    conflict: Mapping[str, object] | None = None  # a class that the names given and the checkpoint's file place apart
    colours_dropped: bool = False  # the network takes one channel, and the target's images have colours
    working: WorkingResolution | None = None  # where shifts fall on larger images
    family: Family | None = None  # of the network
    checkpoint: BroughtCheckpoint | None = None  # what weights from elsewhere are
    left: Sequence[str] = ()  # keys of cells that --minutes left for later
    source_brought: bool = False  # the weights came from elsewhere, trained on nobody knows what unless it was said


def counts(
    source: Bundle | None,
    target: Bundle,
    parts: Split,
    home: NDArray[np.int64] | None = None,
    groups: NDArray[np.int64] | None = None,
    *,
    reader: OwnReader = VIEWERS,
) -> dict[str, object]:
    """What a reader should know about the data.

    Args:
        source: what trained the checkpoint; None when nobody has it any more.
        target: what it will meet.
        parts: who trains on what.
        home: which of the source's images may judge a checkpoint that is brought; None where it is trained here.
        groups: which of the target's test images count as one draw; None where all are independent.
        reader: of the picture files of both.
    """
    whole: dict[str, object] = {
        "name": escape(target.name),
        "classes": list(target.classes),
        "pool": len(parts.target_train),
        "test": len(parts.target_test),
        "skipped": len(target.skipped),
        "skipped_examples": _examples(target.skipped),
        **_set_aside(target),
        **_reading(target, reader),
        **_unlabelled(target),
        "refused": parts.refused,
        "duplicates": parts.duplicates,
        "near_duplicates": parts.near_duplicates,
        "majority": _majority(target.labels[parts.target_test]),
    }
    whole |= {} if groups is None else {"groups": len(np.unique(groups))}
    about: dict[str, object] = {"target": whole, "source": None}
    if source is not None:
        about["source"] = {
            "name": escape(source.name),
            "classes": list(source.classes),
            "train": len(parts.source_train) if home is None else None,
            "test": len(parts.source_test) if home is None else len(home),
            "skipped": len(source.skipped),
            **_set_aside(source),
            **_reading(source, reader),
            **_unlabelled(source),
        }
    return about


def _set_aside(bundle: Bundle) -> dict[str, object]:
    """What lay beside the pictures; nothing where they lay alone."""
    if not bundle.set_aside:
        return {}
    return {"set_aside": len(bundle.set_aside), "set_aside_examples": _examples(bundle.set_aside)}


def _reading(bundle: Bundle, reader: OwnReader) -> dict[str, object]:
    """What hangs on who reads the files; nothing where nothing does."""
    found = reading_choices(bundle, range(len(bundle)), reader)
    return {} if found is None else {"reading": asdict(found)}


def _unlabelled(bundle: Bundle) -> dict[str, object]:
    return {"unlabelled": bundle.unlabelled} if bundle.unlabelled else {}


def _examples(found: Sequence[Skipped]) -> list[str]:
    return [f"{escape(one.path)}: {escape(one.reason)}" for one in found[:20]]


def _majority(labels: NDArray[np.int64]) -> float:
    """What always naming the commonest class would score: its share, a fraction."""
    return float(np.bincount(labels).max() / len(labels))
