"""Files of published weights in the caches of the libraries that publish them; fetched only when asked."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from urllib.parse import urlparse

from shiftprobe.core.errors import CheckpointError, ResourceError, SpecError, out_of_memory
from shiftprobe.core.escape import escape
from shiftprobe.core.files import EXHAUSTED
from shiftprobe.models.folder import CONFIG, WEIGHTS, holds_weights

_DIGEST = re.compile(r"-([0-9a-f]{8,64})\.")


_WANTED = ("*.json", "*.safetensors")  # of a folder with a network
_OLD = ("pytorch_model*.bin",)  # where it has no better weights


@dataclass(frozen=True, slots=True)
class Place:
    """Where weights are published, in one place or two."""

    spec: str  # what the user calls them
    url: str = ""  # of a file; torch's hub keeps it under its name
    repository: str = ""  # of the Hugging Face hub


def file(place: Place, *, download: bool, megabytes: float | None = None) -> Path:
    """The file with the weights, from a cache; the network is touched only with `download`.

    Args:
        place: where they are published.
        download: whether a file that is not there is fetched into the cache.
        megabytes: its size, for the message.

    Raises:
        CheckpointError: when it is not there, or cannot be fetched.
    """
    found = _kept(place)
    if found is not None:
        return found
    if not download:
        size = f", {megabytes:.0f} MB" if megabytes else ""
        raise CheckpointError(f"{place.spec}: not in the cache ({escape(_folder(place))}); --download fetches it{size}")
    return _fetched(place, lambda: _from_repository(place) if place.repository else _from_url(place))


def _fetched(place: Place, fetch: Callable[[], Path]) -> Path:
    """What the network gives.

    Raises:
        CheckpointError: when it cannot be fetched.
        ResourceError: when the disk is full.
    """
    try:
        return fetch()
    except Exception as error:  # networks, disks and their libraries raise what they like
        if out_of_memory(error):
            raise
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            raise ResourceError(
                f"writing {place.spec} to {escape(_folder(place))}: {error.strerror}; free some space, then run the "
                "same command again"
            ) from None
        raise CheckpointError(f"{place.spec}: cannot be fetched: {type(error).__name__}: {escape(error)}") from None


def folder(spec: str, *, download: bool) -> Path:
    """The folder of a repository of the Hugging Face hub, from its cache.

    Args:
        spec: `hf_hub:OWNER/NAME`, with `@REVISION` or without.
        download: whether its configuration and weights are fetched into the cache where they are not there.

    Raises:
        CheckpointError: when they are not there, or cannot be fetched.
        SpecError: when the library that knows the cache is not installed.
    """
    name, _, revision = spec.partition(":")[2].partition("@")
    if find_spec("huggingface_hub") is None:
        raise SpecError(f"{escape(spec)}: huggingface_hub is not installed; pip install 'shiftprobe[transformers]'")
    from huggingface_hub import snapshot_download, try_to_load_from_cache

    kept = try_to_load_from_cache(name, CONFIG, revision=revision or None)
    if isinstance(kept, str) and holds_weights(Path(kept).parent):
        return Path(kept).parent
    where = Place(spec, repository=name)
    if not download:
        raise CheckpointError(f"{spec}: not in the cache ({escape(_folder(where))}); --download fetches it")

    def fetch() -> Path:
        found = Path(snapshot_download(name, revision=revision or None, allow_patterns=list(_WANTED)))
        if not holds_weights(found):
            snapshot_download(name, revision=revision or None, allow_patterns=list(_OLD))
        return found

    return _fetched(where, fetch)


def check_digest(place: Place, sha256: str) -> None:
    """Refuse a file whose bytes do not match the digest in its published name.

    Raises:
        CheckpointError: when they do not.
    """
    said = _DIGEST.search(PurePosixPath(urlparse(place.url).path).name)
    if said and not sha256.startswith(said[1]):
        raise CheckpointError(f"{place.spec}: {escape(_in_hub(place))} is damaged; remove it and use --download")


def _kept(place: Place) -> Path | None:
    if place.repository:
        from huggingface_hub import try_to_load_from_cache

        for name in WEIGHTS:
            found = try_to_load_from_cache(place.repository, name)
            if isinstance(found, str):  # else none, or a sign that the repository has no such file
                return Path(found)
    return _in_hub(place) if place.url and _in_hub(place).exists() else None


def _in_hub(place: Place) -> Path:
    import torch

    return Path(torch.hub.get_dir(), "checkpoints", PurePosixPath(urlparse(place.url).path).name)


def _folder(place: Place) -> Path:
    if place.repository:
        from huggingface_hub import constants

        return Path(constants.HF_HUB_CACHE)
    return _in_hub(place).parent


def _from_repository(place: Place) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    try:
        return Path(hf_hub_download(place.repository, WEIGHTS[0]))
    except EntryNotFoundError:
        return Path(hf_hub_download(place.repository, WEIGHTS[1]))


def _from_url(place: Place) -> Path:
    import torch

    path = _in_hub(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = _DIGEST.search(path.name)
    torch.hub.download_url_to_file(place.url, str(path), digest[1] if digest else None, progress=False)
    return path
