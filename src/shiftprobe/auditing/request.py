"""What somebody asks of an audit: one noun, made in one place for the command and for Python."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from shiftprobe.auditing.policy import DEFAULT, Policy, load_policy
from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.types import LookPrecision
from shiftprobe.models.file_reading import AS_IT_IS, FileReading, renames
from shiftprobe.models.names import FUNCTION, IN_MEMORY
from shiftprobe.spec.loading import there
from shiftprobe.spec.scalars import device as named_device

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

Function: TypeAlias = "Callable[[NDArray[np.uint8]], Any]"
"""Images (N, S, S, C), grey levels, to scores (N, outputs): logits, or probabilities."""

FOLDERS = Path("audits")  # where audits go that are given no place
ADAPT = "adapt"  # repairs that take gradient steps on unlabelled images
ANSWERS = "answers.json"  # in the folder of an audit, for later ones


def is_audit(path: Path) -> bool:
    """Whether a folder holds an earlier audit's answers."""
    return there(path / ANSWERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRequest:
    """What somebody says about a checkpoint; None is found out."""

    checkpoint: str  # a file, or published weights by name: "lite0", "torchvision:resnet18@DEFAULT"
    arch: str | None = None
    classes: str | Path | Sequence[str] | None = None  # a file, "data", or the names themselves
    reading: FileReading = AS_IT_IS  # what a file of weights does not say itself
    preprocess: Mapping[str, object] = field(default_factory=dict)  # keys of Preprocess that go before what is found
    allow_code: bool = False
    download: bool = False
    module: "nn.Module | Function | None" = None  # a network in memory, or a function of images, in place of a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An audit as it is asked for."""

    wanted: CheckpointRequest
    data: Any  # data by name, a path, or a torch-style data set
    target: Any = None
    labels: bool = True  # False: the target's own labels are not looked at
    label_files: tuple[Path, ...] = ()  # labels of some of its images; none: those in the audit's folder
    ask: int | None = None  # pictures of the target that are drawn for a label, in all
    policy: Policy = field(default_factory=Policy)
    policy_from: str = DEFAULT
    images: int | None = None  # in place of the policy's
    policy_images: int = Policy.model_fields["images"].default  # the policy's own
    out: Path | None = None  # the folder of this audit
    baseline: str | None = None  # the folder of an earlier audit, or a checkpoint
    run: Path | None = None  # a comparison run
    device: str = "auto"
    precision: LookPrecision = "float32"
    minutes: float | None = None  # after which no further step is begun under shifts
    native: bool = False  # shifts fall on all pixels of a large image
    no_label: str | None = None  # what marks an image without a label, beside -1
    trained_on: tuple[str, ...] = ()  # data whose images trained the checkpoint and are left out of both sides
    towards: tuple[str, ...] = ()  # other weights of the same network, to mix its own with
    adapt: bool = False  # gradient steps on unlabelled images are tried, on copies
    write: Path | None = None  # where a proven repair is kept
    command: str = ""


def request(
    checkpoint: "str | Path | nn.Module | Function",
    data: Any,
    *,
    target: Any = None,
    policy: Policy | str | Path | Mapping[str, object] | None = None,
    arch: str | None = None,
    classes: str | Path | Sequence[str] | None = None,
    part: str | None = None,
    head: str | Path | None = None,
    rename: Mapping[str, str] | Sequence[str] = (),
    preprocess: Mapping[str, object] | None = None,
    baseline: str | Path | None = None,
    run: str | Path | None = None,
    trained_on: Sequence[str] = (),
    towards: Sequence[str | Path] = (),
    repairs: str | None = None,
    write: str | Path | None = None,
    labels: bool | str | Path | Sequence[str | Path] = True,
    ask: int | None = None,
    no_label: str | None = None,
    images: int | None = None,
    native: bool = False,
    device: str = "auto",
    precision: str = "float32",
    minutes: float | None = None,
    out: str | Path | None = None,
    allow_code: bool = False,
    download: bool = False,
) -> Request:
    """An audit as `shiftprobe.audit` and the command are asked for it; their arguments are explained there.

    Raises:
        SpecError: when the policy cannot be read, in one line that names the key, or no device or precision goes by
            that name.
        UnknownNameError: when the policy names an unknown shift.
    """
    module = None if isinstance(checkpoint, str | Path) else checkpoint
    if module is not None and not callable(module):
        raise SpecError(
            "checkpoint: wanted a file, published weights by name, a torch network or a function of images, got a "
            f"{type(module).__name__}; load weights into their network and give that"
        )
    rules = policy if isinstance(policy, Policy) else load_policy(policy)
    return Request(
        wanted=CheckpointRequest(
            checkpoint=str(checkpoint) if module is None else IN_MEMORY if hasattr(module, "modules") else FUNCTION,
            arch=arch,
            classes=classes,
            reading=FileReading(part=part, head=None if head is None else str(head), rename=renames(rename)),
            preprocess=preprocess or {},
            allow_code=allow_code,
            download=download,
            module=module,
        ),
        data=data,
        target=target,
        labels=labels is True,
        label_files=_files(labels),
        ask=_asked(ask),
        no_label=no_label,
        policy=rules if images is None else rules.model_copy(update={"images": images}),
        policy_from=str(policy) if isinstance(policy, str | Path) else DEFAULT if policy is None else "given",
        images=images,
        policy_images=rules.images,
        native=native,
        minutes=_minutes(minutes),
        device=_device(device),
        precision=_precision(precision),
        out=None if out is None else Path(out),
        baseline=None if baseline is None else str(baseline),
        run=None if run is None else Path(run),
        trained_on=tuple(map(str, trained_on)),
        towards=(str(towards),) if isinstance(towards, str | Path) else tuple(map(str, towards)),
        adapt=_adapts(repairs),
        write=None if write is None else Path(write),
    )


def _files(labels: bool | str | Path | Sequence[str | Path]) -> tuple[Path, ...]:
    if isinstance(labels, bool):
        return ()
    return (Path(labels),) if isinstance(labels, str | Path) else tuple(map(Path, labels))


def _asked(given: int | None) -> int | None:
    if given is not None and given < 1:
        raise SpecError(f"--ask: wanted how many pictures are to be labelled, at least 1, got {given}")
    return given


def _device(given: str) -> str:
    try:
        return named_device(given)
    except ValueError as error:
        raise SpecError(f"--device: {error}, got {escape(given)}") from None


def _adapts(repairs: str | None) -> bool:
    if repairs not in {None, ADAPT}:
        raise SpecError(f"repairs: wanted {ADAPT}, the only ones that must be asked for, got {escape(repairs)}")
    return repairs == ADAPT


def _minutes(given: float | None) -> float | None:
    if given is not None and not 0 <= given < math.inf:
        raise SpecError(f"--minutes: wanted a number from 0 up, got {given:g}")
    return given


def _precision(given: str) -> LookPrecision:
    if given not in get_args(LookPrecision):
        raise SpecError(f"--precision: wanted float32 or bf16, got {escape(given)}")
    return "bf16" if given == "bf16" else "float32"
