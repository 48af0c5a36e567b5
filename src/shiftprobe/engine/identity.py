"""What two runs must share to share their cells: a digest per part, so that one can say which of them moved."""

from collections.abc import Mapping

from shiftprobe.core.digest import digest, index_digest
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.origins import ORIGINS
from shiftprobe.data.split import Split
from shiftprobe.engine import plugins
from shiftprobe.engine.shift_binding import Dosing
from shiftprobe.engine.versions import DIGEST_CHARACTERS, origin_version, training_version
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.schema import Spec

PARTS = {
    "spec": "the spec",
    "source": "the source's data",
    "target": "the target's data",
    "split": "which images train and test",
    "preprocess": "the preprocessing",
    "weights": "the checkpoint's weights",
    "device": "the device",
    "doses": "what severities mean",
    "code": "the code that trains",
    "plugins": "the plugins",
    "torch": "torch",
}
"""Every part of an identity, as one says it."""


def identity(
    spec: Spec,
    *,
    source: Bundle | None,
    target: Bundle,
    named: tuple[str | None, str | None],
    parts: Split,
    preprocess: Preprocess,
    weights: str | None,
    device: str,
    dosing: Dosing,
) -> dict[str, str]:
    """The parts of a run's identity, each as a digest; the run's own is the digest of them all.

    Args:
        spec: what was asked for; its axes count for nothing.
        source: the source's data, resolved.
        target: the target's data, resolved.
        named: what the spec calls them; None where something in memory stands in.
        parts: which of their images train and test.
        preprocess: as resolved.
        weights: digest of the weights that somebody brings; None where the source is trained here.
        device: as resolved.
        dosing: what severities mean.
    """
    import torch

    found = {
        "spec": spec.identity(),
        "source": _data(source, named[0]),
        "target": _data(target, named[1]),
        "split": index_digest((parts.source_train, parts.source_test, parts.target_train, parts.target_test)),
        "preprocess": preprocess.resolved(),
        "weights": weights,
        "device": device,
        "doses": dosing.identity(),
        "code": [training_version(), _architecture(spec)],
        "plugins": plugins.digests(spec),
        "torch": torch.__version__,
    }
    return {part: digest(found[part])[:DIGEST_CHARACTERS] for part in PARTS}


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The parts of an identity that are not what they were, as one says them.

    Args:
        before: as the run folder keeps it; empty in one of an earlier version.
        after: as it is now.
    """
    return (
        [PARTS[part] for part in after if before.get(part) != after[part]] if before else ["the version of shiftprobe"]
    )


def _data(bundle: Bundle | None, name: str | None) -> list[str]:
    """Content, and the code that reads it where it has a name."""
    if bundle is None:
        return []
    known = name is not None and name.partition(":")[0] in ORIGINS
    return [bundle.digest, *([origin_version(name)] if name and known else [])]


def _architecture(spec: Spec) -> str | None:
    """The version of a network of the user's own code."""
    from shiftprobe.engine.code_version import foreign
    from shiftprobe.models.names import runs_code

    return foreign(spec.model.arch.partition(":")[0]) if runs_code(spec.model.arch) else None
