"""The weights of a folder as people share networks, with the network that its `config.json` describes."""

import hashlib
from pathlib import Path

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.models import timm_, transformers_
from shiftprobe.models.build import check_arch
from shiftprobe.models.class_names import class_names
from shiftprobe.models.folder import CONFIG, ModelFolder, open_folder
from shiftprobe.models.formats.checkpoint import BUDGET, Loaded, load_checkpoint
from shiftprobe.models.published import Published

_NO_NAME = "LABEL_"  # how transformers calls outputs that nobody named


def folder_weights(path: Path) -> Published:
    """The weights in a folder that transformers or timm wrote.

    Args:
        path: with `config.json` and `model.safetensors`, or `pytorch_model.bin`, in one file or several.

    Raises:
        CheckpointError: when something in it cannot be read, or does not fit together.
        ShiftprobeError: when the library of its network is not installed, or does not know it.
    """
    folder = open_folder(path)
    parts = _parts(folder)
    state = {name: value for part in parts for name, value in part.state.items()}
    notes: tuple[str, ...] = ()
    try:
        if folder.of_timm:
            arch, source = timm_.arch_of(folder.config), "timm"
        else:
            arch, source = transformers_.arch_of(folder.config), "transformers"
            check_arch(arch)
            state, notes = transformers_.renamed(
                arch.removeprefix(transformers_.PREFIX), state, transformers_.labels_of(folder.config)
            )
    except CheckpointError as error:
        raise CheckpointError(f"{escape(path / CONFIG)}: {error}") from None
    return Published(
        state=state,
        preprocess=None,
        classes=_names(folder),
        source=f"a folder of {source}",
        sha256=_digest(folder, parts),
        bytes=sum(part.bytes for part in parts),
        arch=arch,
        dtypes=tuple(sorted({dtype for part in parts for dtype in part.dtypes})),
        notes=tuple(dict.fromkeys((*(note for part in parts for note in part.notes), *notes))),
    )


def _parts(folder: ModelFolder) -> list[Loaded]:
    """Every file of weights, within one budget; a name stands in one of them."""
    found: list[Loaded] = []
    seen: set[str] = set()
    left = BUDGET
    for name in folder.parts:
        part = load_checkpoint(folder.path / name, budget_bytes=left, prefixes=())
        if twice := seen.intersection(part.state):
            raise CheckpointError(f"{escape(folder.path / name)}: holds {escape(min(twice))}, as another file does")
        left -= part.bytes
        seen.update(part.state)
        found.append(part)
    return found


def _names(folder: ModelFolder) -> tuple[str, ...] | None:
    """What the configuration calls the outputs; what transformers makes up is no name."""
    config = folder.config
    inner = config.get("pretrained_cfg")
    said = [config.get("id2label"), config.get("label_names")]
    said += [inner.get("label_names")] if isinstance(inner, dict) else []
    names = next((names for one in said if (names := class_names(one)) is not None), None)
    made_up = names is not None and all(name == f"{_NO_NAME}{place}" for place, name in enumerate(names))
    return None if made_up else names


def _digest(folder: ModelFolder, parts: list[Loaded]) -> str:
    """SHA-256, in hex, over the names and digests of all files that were read."""
    weights = zip(folder.parts, (part.sha256 for part in parts), strict=True)
    lines = sorted(f"{name} {digest}\n" for name, digest in (*folder.digests, *weights))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
