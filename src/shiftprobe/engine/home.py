"""Which images may judge a checkpoint at home: those of the source that did not train it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import SpecError
from shiftprobe.core.files import written_about
from shiftprobe.core.readers import VIEWER, Reader
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.split import Split
from shiftprobe.data.trained import hashes_of
from shiftprobe.engine.belonging import is_of, place
from shiftprobe.spec.schema import Spec
from shiftprobe.spec.trained import NONE, named

if TYPE_CHECKING:
    from shiftprobe.engine.setup import Setup


def trained_hashes(spec: Spec, *, brought: bool, reader: Reader = VIEWER) -> frozenset[str]:
    """Content hashes of the images that the spec says trained the checkpoint.

    Args:
        spec: what was asked for.
        brought: the weights come from elsewhere; else this run trains the source itself.
        reader: whose pixels are hashed.

    Raises:
        SpecError: when the run trains the source itself and so needs not be told.
        ShiftprobeError: when data that is named cannot be read.
    """
    if spec.source.trained is not None and not brought:
        raise SpecError(
            "source.trained: wanted a checkpoint that is brought (model.weights), got a source that this run trains "
            "itself, so it knows which images did; leave the key out"
        )
    return hashes_of(named(spec.source.trained), spec.base, "source.trained", reader)


def at_home(spec: Spec, source: Bundle | None, parts: Split, trained: frozenset[str]) -> NDArray[np.int64]:
    """The source's images that are known not to have trained a checkpoint that is brought.

    Args:
        spec: what was asked for.
        source: what the checkpoint was trained on.
        parts: of the source.
        trained: content hashes of images that trained it.

    Returns:
        Positions into the source's training images followed by its test images: its test images where none of the
        source trained the checkpoint, whatever is not named where images are, and none where nobody said.
    """
    if source is None or spec.source.trained is None:
        return np.empty(0, np.int64)
    whole = np.concatenate([parts.source_train, parts.source_test])
    if named(spec.source.trained):
        unseen = [source.hashes[i] not in trained for i in whole.tolist()]
        return np.flatnonzero(np.array(unseen, bool))
    none = spec.source.trained == (NONE,)
    return np.arange(len(parts.source_train), len(whole)) if none else np.empty(0, np.int64)


def known_parts(spec: Spec, parts: Split, home: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], ...]:
    """The source's images that are known to have trained the checkpoint, and those that are known not to.

    Args:
        spec: what was asked for.
        parts: of the source.
        home: what may judge a checkpoint that is brought, as `at_home` gives it; None where it is trained here.

    Returns:
        Two sets of positions in the source; images of which nobody said so are in neither.
    """
    if home is None:
        return parts.source_train, parts.source_test
    whole = np.concatenate([parts.source_train, parts.source_test])
    said = spec.source.trained is not None and spec.source.trained != (NONE,)
    return (np.delete(whole, home) if said else np.empty(0, np.int64)), whole[home]


def reason(setup: "Setup") -> str:
    """Why there is no image of the source that may be looked at."""
    if not len(setup.source_labels):
        return "there are no images of the source; set source.data"
    if setup.spec.source.trained is None:
        return "nobody said which images of the source trained the checkpoint; say source.trained (--trained-on)"
    return "every image of the source trained the checkpoint"


def source_about(setup: "Setup") -> dict[str, object]:
    """What the source model in a run folder is, and which images judged it."""
    return {**place(setup.run), "what": "the source model", **setup.judged_by}


def source_made(setup: "Setup") -> bool:
    """Whether the source model is in the run folder, whole, of this run, and judged by the images that may judge it."""
    about = written_about(setup.run.source)
    return about is not None and is_of(about, place(setup.run)) and about.get("home") == setup.judged_by.get("home")
