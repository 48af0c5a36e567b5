"""Files of published weights in the caches of the libraries that publish them; fetched only when asked."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlparse

from shiftprobe.core.errors import CheckpointError, ResourceError, out_of_memory
from shiftprobe.core.escape import escape
from shiftprobe.core.files import EXHAUSTED

_FILES = ("model.safetensors", "pytorch_model.bin")  # of a repository, the better first
_DIGEST = re.compile(r"-([0-9a-f]{8,64})\.")


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
    try:
        return _from_repository(place) if place.repository else _from_url(place)
    except Exception as error:  # networks, disks and their libraries raise what they like
        if out_of_memory(error):
            raise
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            raise ResourceError(
                f"writing {place.spec} to {escape(_folder(place))}: {error.strerror}; free some space, then run the "
                "same command again"
            ) from None
        raise CheckpointError(f"{place.spec}: cannot be fetched: {type(error).__name__}: {escape(error)}") from None


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

        for name in _FILES:
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
        return Path(hf_hub_download(place.repository, _FILES[0]))
    except EntryNotFoundError:
        return Path(hf_hub_download(place.repository, _FILES[1]))


def _from_url(place: Place) -> Path:
    import torch

    path = _in_hub(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = _DIGEST.search(path.name)
    torch.hub.download_url_to_file(place.url, str(path), digest[1] if digest else None, progress=False)
    return path
