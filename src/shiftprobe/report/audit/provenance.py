"""What was audited: the checkpoint, its preprocessing and its data as lines of a table."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from shiftprobe.auditing.measurements import DriftHarm
from shiftprobe.auditing.model import CheckpointFacts, Verdicts
from shiftprobe.core.words import percent
from shiftprobe.report.audit import rows
from shiftprobe.report.kit.contents import flat

SET_ASIDE = "set aside, no pictures"

MAX_CLASSES = 40  # classes named in a line
Facts: TypeAlias = tuple[tuple[str, str], ...]


def facts(audit: Verdicts) -> Mapping[str, Facts]:
    """Lines of the tables `checkpoint`, `preprocess`, `data` and `target`."""
    return {
        "checkpoint": tuple(_checkpoint(audit.checkpoint)),
        "preprocess": (*flat(audit.preprocess), ("from", audit.preprocess_from)),
        "data": tuple(_data(audit)),
        "target": tuple(_target(audit)),
    }


def _checkpoint(found: CheckpointFacts) -> Iterator[tuple[str, str]]:
    yield "file", found.path
    yield "SHA-256", found.sha256
    if found.bytes is not None:
        yield "size", f"{found.bytes:,} bytes"
    yield "format", found.format
    yield "architecture", found.arch
    yield "architecture from", found.arch_from
    yield "parameters", f"{found.parameters:,}"
    yield "number formats", ", ".join(found.dtypes) or "none"
    yield "classes from", found.classes_from


def _data(audit: Verdicts) -> Iterator[tuple[str, str]]:
    yield "labelled images", audit.data.name
    yield "looked at", f"{audit.images.used:,} of {audit.images.available:,}"
    yield "skipped files", f"{len(audit.images.skipped):,}"
    if audit.images.set_aside:
        yield SET_ASIDE, f"{audit.images.set_aside:,}"
    yield "classes", _counts(audit.data.classes)
    if audit.data.groups:
        yield "groups", _counts(audit.data.groups)


def _target(audit: Verdicts) -> Iterator[tuple[str, str]]:
    one = audit.target
    if one is None:
        return
    yield "target", f"{one.name}, {one.told}"
    yield "looked at", f"{one.used:,} of {one.available:,}"
    yield "skipped files", f"{len(one.skipped):,}"
    if one.set_aside:
        yield SET_ASIDE, f"{one.set_aside:,}"
    if one.classes:
        yield "classes", _counts(one.classes)
    if audit.shown.shares:
        shares = [f"{name}: {percent(share)}" for name, share in list(audit.shown.shares.items())[:MAX_CLASSES]]
        yield "class shares, estimated from its answers", ", ".join(shares)


def _counts(found: Mapping[str, int], most: int = MAX_CLASSES) -> str:
    said = ", ".join(f"{name}: {count:,}" for name, count in list(found.items())[:most])
    return said if len(found) <= most else f"{said}, and {len(found) - most:,} more"


def drift(one: DriftHarm | None) -> Facts:
    """How surely the domains are told apart, and what that costs."""
    if one is None:
        return ()
    return tuple(
        (name, value)
        for name, value in (
            (
                "images of the two sides told apart (AUC; 0.5 is by chance)",
                rows.ratio(one.auc, one.auc_low, one.auc_high),
            ),
            ("two-sample test of the features (MMD), p", "n/a" if one.mmd_p is None else f"{one.mmd_p:.3g}"),
            ("accuracy lost on the target", rows.gained(one.loss, one.loss_low, one.loss_high, None)),
            (
                "harm: how surely the domains differ, times the accuracy lost",
                rows.share(one.harm, None, None, None),
            ),
            ("reason", one.reason or ""),
        )
        if value
    )
