"""A target of which fewer images have a label than have none: all are looked at, and the labels are kept beside."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.few_labels.incoming import chosen_by_nobody
from shiftprobe.auditing.few_labels.known import KnownLabels
from shiftprobe.auditing.names import columns
from shiftprobe.auditing.types import Note
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.clusters import clusters


def has_few_labels(bundle: Bundle) -> bool:
    """Whether fewer images have a label than were left out without; data that divides itself is taken as before."""
    return bundle.official is None and bundle.unlabelled > len(bundle)


def labelled_among(bundle: Bundle, whole: Bundle) -> NDArray[np.int64]:
    """(M,) where each labelled image stands among all images of the same data, by its path, else by its content.

    Args:
        bundle: the images with a label.
        whole: all of them.
    """
    by_path = bundle.paths is not None and whole.paths is not None
    ours, all_ = (bundle.paths, whole.paths) if by_path else (bundle.hashes, whole.hashes)
    places = {name: place for place, name in reversed(list(enumerate(all_ or ())))}
    return np.array([places[name] for name in ours or ()], np.int64)


def partly_labelled(side: Side, bundle: Bundle, outputs: Sequence[str]) -> tuple[Side, tuple[Note, ...]]:
    """A side without labels, with those of some of its images beside it.

    Args:
        side: all images that are looked at, the labelled ones among them.
        bundle: the images with a label.
        outputs: (C,) names of the head's outputs.

    Raises:
        DataError: when a class is no output.
    """
    of_class, bent = columns(bundle.classes, outputs, bundle.name)
    among = labelled_among(bundle, side.bundle)
    looked = np.isin(among, side.index)  # an image that trained the checkpoint is not
    places, first = np.unique(np.searchsorted(side.index, among[looked]), return_index=True)
    groups, name = clusters(side.bundle, side.index), escape(side.name)
    known = KnownLabels(
        places=places,
        labels=of_class[bundle.labels[looked][first]],
        source=name,
        asked=False,
        clusters=None if groups is None else groups[places],
    )
    notes = [Note(about="classes", text=f"{name}: {text}") for text in bent]
    return replace(side, known=known), (*notes, chosen_by_nobody(len(known), name))
