"""One spelling and one digest for equal data."""

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def canonical(data: Any) -> str:
    """One spelling for equal data, for digests and files."""
    return json.dumps(data, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def digest(data: Any) -> str:
    """SHA-256 of the canonical spelling, in hex."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def index_digest(arrays: "Iterable[NDArray[np.int64]]") -> str:
    """SHA-256 of some arrays of whole numbers in order, in hex; the same on every platform.

    Args:
        arrays: which images, in which order; each of shape (N,).
    """
    import numpy as np

    whole = hashlib.sha256()
    for array in arrays:
        whole.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
        whole.update(b"|")
    return whole.hexdigest()
