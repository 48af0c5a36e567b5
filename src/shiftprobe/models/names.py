"""Names of architectures, judged without the libraries that hold them: a misspelt one waits for no import."""

import re
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.models.container import check_there
from shiftprobe.spec.loading import there

DEFAULT = "small_cnn"
LITE0 = "lite0"
OWN = (DEFAULT, LITE0)
IN_MEMORY = "a model in memory"
TORCHVISION, TIMM = "torchvision:", "timm:"
OPTION = "+"
"""Before what a builder is told that no weight shows: `torchvision:inception_v3+transform_input`."""

_LIBRARIES = (TORCHVISION, TIMM)
_CODE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_REGISTERED = re.compile(r"^@register_model\b.*\n(?:@.*\n)*def (\w+)", re.MULTILINE)


def runs_code(arch: str) -> bool:
    """Whether this name makes us import and call somebody else's function."""
    return not arch.startswith(_LIBRARIES) and _CODE.fullmatch(arch) is not None


def check_name(arch: str) -> None:
    """Refuse a name that is none of ours and of no library; those of torchvision and timm are read in their source.

    Raises:
        SpecError: when the library that holds it is not installed.
        UnknownNameError: with the name that was probably meant.
    """
    if arch.startswith(TORCHVISION):
        name, known = plain_of(arch.removeprefix(TORCHVISION)), torchvision_names()
        if known and name not in known:
            raise no_classifier(name, known)
    elif arch.startswith(TIMM):
        _check_timm(arch.removeprefix(TIMM).partition(".")[0])
    elif arch not in OWN and not runs_code(arch):
        raise UnknownNameError(
            f"no architecture named {escape(repr(arch))}{suggest(arch, OWN)} "
            f"(known: {', '.join(OWN)}, torchvision:NAME, timm:NAME, module.path:factory)"
        )


def plain_of(arch: str) -> str:
    """An architecture's name without its weights and options: whose names and shapes it has."""
    return arch.partition("@")[0].partition(OPTION)[0]


def is_published(name: str) -> bool:
    """Whether a name means weights that were published: `lite0`, `torchvision:NAME[@WEIGHTS]` or `timm:NAME`."""
    return name == LITE0 or name.startswith(_LIBRARIES)


def check_weights(path: Path, name: str) -> None:
    """Refuse weights that are not there; a file goes before published weights, for which no cache is asked here.

    Args:
        path: where a file of that name would lie.
        name: as the user says it.

    Raises:
        CheckpointError: when there is no such file.
        UnknownNameError: when nobody publishes a network of that name.
    """
    if is_published(name) and not there(path):
        check_name(name)
    else:
        check_there(path)


def check_given_arch(arch: str, *, allow_code: bool) -> None:
    """Refuse an architecture by a wrong name, or code that nobody allowed to run.

    Raises:
        UnknownNameError: when no architecture goes by that name.
        SpecError: when the name stands for such code.
    """
    if arch in torchvision_names():
        raise UnknownNameError(f"no architecture named {arch}; did you mean torchvision:{arch}?")
    check_name(arch)
    check_leave(arch, allow_code=allow_code)


def stem_of(checkpoint: str) -> str:
    """The name of a checkpoint, a file or published weights, as a folder's."""
    stem = Path(checkpoint.replace(":", "-").replace("@", "-")).stem
    kept = "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "-" for char in stem)
    return kept.strip("-")[:40] or "checkpoint"


def check_leave(arch: str, *, allow_code: bool) -> None:
    """Refuse code of the user's own that nobody allowed to run.

    Raises:
        SpecError: when the name stands for such code.
    """
    if runs_code(arch) and not allow_code:
        raise SpecError(f"{escape(arch)}: this would import and run that code; add --allow-code if you trust it")


def no_classifier(name: str, known: tuple[str, ...]) -> UnknownNameError:
    """The refusal of a name that torchvision does not know."""
    return UnknownNameError(
        f"torchvision has no classifier {escape(repr(name))}{suggest(name, known)}; "
        "see them with `shiftprobe list models`"
    )


def no_timm() -> SpecError:
    """The refusal of a name of timm's where timm is not installed."""
    return SpecError("timm is not installed; pip install 'shiftprobe[timm]'")


def no_classifier_of_timm(name: str, known: Iterable[str]) -> UnknownNameError:
    """The refusal of a name that timm does not know."""
    return UnknownNameError(f"timm has no classifier {escape(repr(name))}{suggest(name, known)}")


def torchvision_names() -> tuple[str, ...]:
    """The classifiers that torchvision's files register, sorted; none where its files cannot be read."""
    return _registered("torchvision")


def timm_names() -> tuple[str, ...]:
    """The same for timm."""
    return _registered("timm")


def _check_timm(name: str) -> None:
    if find_spec("timm") is None:
        raise no_timm()
    known = timm_names()
    if known and name not in known:
        raise no_classifier_of_timm(name, known)


@cache
def _registered(library: str) -> tuple[str, ...]:
    found = find_spec(library)
    folders = found.submodule_search_locations if found is not None else None
    files = [file for folder in folders or () for file in sorted(Path(folder, "models").glob("*.py"))]
    return tuple(sorted({name for file in files for name in _REGISTERED.findall(file.read_text("utf-8"))}))
