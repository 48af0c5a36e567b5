"""Names of architectures, judged without the libraries that hold them: a misspelt one waits for no import."""

import re
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.models.folder import holds_config, is_folder, open_folder
from shiftprobe.models.formats.container import check_there
from shiftprobe.spec.arch_options import bare, parted
from shiftprobe.spec.loading import there

DEFAULT = "small_cnn"
LITE0 = "lite0"
OWN = (DEFAULT, LITE0)
IN_MEMORY = "a model in memory"
FUNCTION = "a function in memory"
ONNX = "ONNX graph"
TORCHVISION, TIMM, TRANSFORMERS = "torchvision:", "timm:", "transformers:"
HUB = ("hf_hub:", "hf-hub:")  # before OWNER/NAME of the Hugging Face hub, as timm writes it
LIBRARIES = (TORCHVISION, TIMM, TRANSFORMERS)
OPTION = "+"
"""Before what a builder is told that no weight shows: `torchvision:inception_v3+transform_input`."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+(@[\w.-]+)?", re.ASCII)
_CODE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_REGISTERED = re.compile(r"^@register_model\b.*\n(?:@.*\n)*def (\w+)", re.MULTILINE)


def runs_code(arch: str) -> bool:
    """Whether this name makes us import and call somebody else's function."""
    return not arch.startswith((*LIBRARIES, *HUB)) and _CODE.fullmatch(arch) is not None


def check_name(arch: str) -> None:
    """Refuse a name that is none of ours and of no library; those of torchvision and timm are read in their source.

    Raises:
        SpecError: when the library that holds it is not installed.
        UnknownNameError: with the name that was probably meant.
    """
    arch, _ = parted(arch)
    if arch.startswith(TRANSFORMERS):
        if find_spec("transformers") is None:
            raise no_transformers()
    elif arch.startswith(TORCHVISION):
        name, known = plain_of(arch.removeprefix(TORCHVISION)), torchvision_names()
        if known and name not in known:
            raise no_classifier(name, known)
    elif arch.startswith(TIMM):
        _check_timm(arch.removeprefix(TIMM).partition(".")[0])
    elif arch not in OWN and not runs_code(arch):
        raise UnknownNameError(
            f"no architecture named {escape(repr(arch))}{suggest(arch, OWN)} "
            f"(known: {', '.join(OWN)}, torchvision:NAME, timm:NAME, transformers:TYPE, module.path:factory)"
        )


def check_repository(name: str) -> None:
    """Refuse what names no repository of the hub.

    Raises:
        UnknownNameError: saying how they are spelled.
    """
    if not _REPOSITORY.fullmatch(name.partition(":")[2]):
        raise UnknownNameError(f"{escape(name)}: wanted hf_hub:OWNER/NAME, with @REVISION where another one is meant")


def plain_of(arch: str) -> str:
    """An architecture's name without its weights and options: whose names and shapes it has."""
    return bare(arch).partition("@")[0].partition(OPTION)[0]


def is_published(name: str) -> bool:
    """Whether a name means published weights: `lite0`, `torchvision:NAME[@WEIGHTS]`, `timm:NAME`, `hf_hub:NAME`."""
    return name == LITE0 or name.startswith((TORCHVISION, TIMM, *HUB))


def check_weights(path: Path, name: str) -> None:
    """Refuse weights that are not there; what is there goes before published weights, whose cache is not asked here.

    Args:
        path: where a file or a folder of that name would lie.
        name: as the user says it.

    Raises:
        CheckpointError: when there is no such file.
        UnknownNameError: when nobody publishes a network of that name.
    """
    if name.startswith(HUB) and not lies(path):
        check_repository(name)
    elif is_published(name) and not lies(path):
        check_name(name)
    elif is_folder(path):
        open_folder(path)
    else:
        check_there(path)


def lies(path: Path) -> bool:
    """Whether a file of weights lies here, or a folder with a network."""
    return there(path) or holds_config(path)


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


def no_transformers() -> SpecError:
    """The refusal of a network of transformers where transformers is not installed."""
    return SpecError("transformers is not installed; pip install 'shiftprobe[transformers]'")


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
