"""What was audited: the checkpoint, its preprocessing and its data as lines of a table."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from shiftprobe.report.audit.reading import Audit
from shiftprobe.report.kit.contents import flat

MOST = 40  # classes named in a line
Facts: TypeAlias = tuple[tuple[str, str], ...]
SPELT = {
    "path": "file", "sha256": "SHA-256", "bytes": "size", "format": "format", "arch": "architecture",
    "arch_from": "architecture from",
    "parameters": "parameters",
    "dtypes": "number formats",
    "classes_from": "classes from",
}  # fmt: skip


def facts(audit: Audit) -> Mapping[str, Facts]:
    """Lines of the tables `checkpoint`, `preprocess`, `data` and `target`."""
    return {
        "checkpoint": tuple(_checkpoint(audit.checkpoint)),
        "preprocess": (*flat(audit.preprocess), ("from", audit.preprocess_from)),
        "data": tuple(_data(audit)),
        "target": tuple(_target(audit)),
    }


def _checkpoint(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, word in SPELT.items():
        value = found.get(key)
        if isinstance(value, list):
            yield word, ", ".join(map(str, value)) or "none"
        elif value is not None:
            unit = " bytes" if key == "bytes" else ""
            yield word, f"{value:,}{unit}" if isinstance(value, int) else str(value)


def _data(audit: Audit) -> Iterator[tuple[str, str]]:
    yield "labelled images", audit.data.name
    yield "looked at", f"{audit.images.used:,} of {audit.images.available:,}"
    yield "skipped files", f"{len(audit.images.skipped):,}"
    yield "classes", _counts(audit.data.classes)
    if audit.data.groups:
        yield "groups", _counts(audit.data.groups)


def _target(audit: Audit) -> Iterator[tuple[str, str]]:
    one = audit.target
    if one is None:
        return
    yield "target", f"{one.name}, {'with labels' if one.labelled else 'without labels'}"
    yield "looked at", f"{one.used:,} of {one.available:,}"
    yield "skipped files", f"{len(one.skipped):,}"
    if one.classes:
        yield "classes", _counts(one.classes)
    if audit.shown.shares:
        shares = [f"{name}: {100 * share:.1f} %" for name, share in list(audit.shown.shares.items())[:MOST]]
        yield "class shares, estimated from its answers", ", ".join(shares)


def _counts(found: Mapping[str, int], most: int = MOST) -> str:
    said = ", ".join(f"{name}: {count:,}" for name, count in list(found.items())[:most])
    return said if len(found) <= most else f"{said}, and {len(found) - most:,} more"
