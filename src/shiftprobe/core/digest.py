"""One spelling and one digest for equal data."""

import hashlib
import json
from typing import Any


def canonical(data: Any) -> str:
    """One spelling for equal data, for digests and files."""
    return json.dumps(data, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def digest(data: Any) -> str:
    """SHA-256 of the canonical spelling, in hex."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()
