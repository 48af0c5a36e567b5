"""Flags that several commands share, and how their text is read."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from shiftprobe.core.readers import READERS


class Precision(StrEnum):
    """How a network multiplies while it only looks."""

    FLOAT32 = "float32"
    BF16 = "bf16"


class Interpolation(StrEnum):
    """How images are resized."""

    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    NEAREST = "nearest"
    AREA = "area"


class ChannelOrder(StrEnum):
    """Order of the colour channels."""

    RGB = "RGB"
    BGR = "BGR"


SPEC = Annotated[str | None, typer.Argument(metavar="[SPEC]", help="Preset name or YAML file; none is `digits`.")]
SPEC_TO_COMPARE = Annotated[str | None, typer.Argument(metavar="[SPEC]", help="Preset or YAML file; none is `paper`.")]
SHIFT = Annotated[list[str] | None, typer.Option(help="Shift to sweep; repeat for more.")]
SEVERITY = Annotated[str | None, typer.Option(help="Doses, as 0.25,0.5,1.")]
OUT = Annotated[Path, typer.Option(help="Folder that run folders go into, or a store, as s3://bucket/runs.")]
DEBUG = Annotated[bool, typer.Option(help="Show the traceback of an error.")]
BUDGET = Annotated[str | None, typer.Option(help="Labelled images per training, as 100,300.")]
MAX_WORKERS, MAX_SEED = 1024, 2**63 - 1
SEEDS = Annotated[int | None, typer.Option(help="How many seeds.", min=1)]
ARMS = Annotated[str | None, typer.Option(help="Arms, as scratch,transfer; `shiftprobe list arms`.")]
PROBES = Annotated[str | None, typer.Option(help="Probes, as accuracy,cka.")]
TAPS = Annotated[str | None, typer.Option(help="Where tests of two domains look: penultimate or all.")]
SET = Annotated[list[str] | None, typer.Option("--set", help="Any key of the spec, as train.epochs=30.")]
DEVICE = Annotated[
    str | None, typer.Option(help="auto, cpu, cuda, some of several GPUs as cuda:1 or cuda:0,1, or mps.")
]
PRECISION = Annotated[Precision, typer.Option(help="How networks multiply while they look.")]
RUN_PRECISION = Annotated[Precision | None, typer.Option(help="How networks multiply, training and looking.")]
TRAINED_ON = Annotated[
    list[str] | None,
    typer.Option(help="What trained a checkpoint of yours: all or none of the source, or data. Repeat for more."),
]
WORKERS = Annotated[
    int | None,
    typer.Option(help="Processes; by default one a core, on a GPU as many as find room.", min=1, max=MAX_WORKERS),
]
MINUTES = Annotated[
    float | None,
    typer.Option(
        help="Begin no cell that would not end in so many minutes; what settles the headline comes first. The same "
        "command without it goes on."
    ),
]
EXECUTOR = Annotated[str | None, typer.Option(help="Who does the cells: inline, processes, ray, or one of a plugin's.")]
ADDRESS = Annotated[
    str | None, typer.Option(help="A Ray cluster: local (one of this machine), auto, or HOST:PORT of its head.")
]
GPUS_PER_CELL = Annotated[
    float | None, typer.Option(help="Part of a GPU that a cell of a cluster is given, as .25.", min=0.01, max=1)
]
MIXED = Annotated[bool, typer.Option("--mixed", help="Machines of different kinds may work together.")]
NATIVE = Annotated[
    bool, typer.Option("--native", help="Shifts fall on all pixels of large images, not on twice what is looked at.")
]
READER = Annotated[
    str | None, typer.Option(help=f"Who reads picture files, as the checkpoint's training did: {', '.join(READERS)}.")
]
NO_LABEL = Annotated[str | None, typer.Option(help="Label that marks images without one, beside -1.")]
LINKS = Annotated[
    bool, typer.Option("--links", help="Follow class folders that are links, where they end on the same disk.")
]
NO_CACHE = Annotated[
    bool, typer.Option("--no-cache", help="Read every picture anew, and keep nothing of what is found in it.")
]
DRY_RUN = Annotated[bool, typer.Option("--dry-run", help="Show the cells and the estimate; do nothing.")]
JSON = Annotated[bool, typer.Option("--json", help="Print the summary as JSON, and nothing else, on stdout.")]
ALLOW_CODE = Annotated[bool, typer.Option("--allow-code", help="Let the spec name code of yours to run.")]
ARCH = Annotated[str | None, typer.Option(help="torchvision:NAME[+OPTION], timm:NAME, lite0, ...; guessed when none.")]
HEAD = Annotated[str | None, typer.Option(help="A file with the head's weights, where they are not in the checkpoint.")]
RENAME = Annotated[
    list[str] | None,
    typer.Option(help="OLD=NEW: what a module of the file is called in the network. Repeat for more."),
]
PART = Annotated[str | None, typer.Option(help="Which part of a file with several networks, as ema.")]
DOWNLOAD = Annotated[bool, typer.Option("--download", help="Let published weights be fetched.")]
CHECKPOINT = Annotated[
    str,
    typer.Argument(
        help="A state_dict (.pt, .pth, .ckpt, .safetensors), a folder with config.json, ONNX, or published weights: "
        "lite0, torchvision:NAME@W, timm:NAME, hf_hub:OWNER/NAME."
    ),
]
CHECKPOINTS = Annotated[
    list[str] | None,
    typer.Option(
        "--checkpoint",
        help="Weights in place of model.weights; repeat for more: a run of each, and which one to start from.",
    ),
]
NUMBERS = "one number, or one per channel, as 0.485,0.456,0.406"
SIZE = Annotated[int | None, typer.Option(help="Side of the images in px.", min=8, max=1024)]
RESIZE = Annotated[int | None, typer.Option(help="Shorter side in px before a centre crop of --size.", min=8, max=2048)]
MEAN = Annotated[str | None, typer.Option(help=f"Subtracted, as fractions: {NUMBERS}.")]
STD = Annotated[str | None, typer.Option(help=f"Divided by, as fractions: {NUMBERS}.")]
INTERPOLATION = Annotated[Interpolation | None, typer.Option(help="How images are resized.")]
ORDER = Annotated[ChannelOrder | None, typer.Option(help="Order of the colour channels.")]
LEFT_OUT = Annotated[
    list[str] | None, typer.Option(help="Data that trained the checkpoint: left out by content. Repeat for more.")
]
THREADS = Annotated[int | None, typer.Option(help="Threads; all cores when not given.", min=1, max=MAX_WORKERS)]
MARKDOWN = Annotated[Path | None, typer.Option(help="Also write a summary for a pull request here.", dir_okay=False)]
TUNE = Annotated[
    str | None,
    typer.Option(
        help="The same trials for every arm: a grid, as lr=1e-3,1e-2,weight_decay=0,.05, or trials=8,lr=1e-4..1e-1."
    ),
]


def values(
    *,
    budgets: str | None,
    arms: str | None,
    probes: str | None,
    seeds: int | None,
    device: str | None,
    tune: str | None,
    taps: str | None,
) -> dict[str, object]:
    """The flags that were given, under the keys of the spec."""
    lists = {"target.budgets": budgets, "arms": arms, "probes": probes}
    found: dict[str, object] = {key: items(text) for key, text in lists.items() if text is not None}
    single = {"seeds": seeds, "train.device": device, "taps": taps}
    found |= {key: value for key, value in single.items() if value is not None}
    return found | (_tuned(tune) if tune is not None else {})


def of_checkpoints(names: Sequence[str] | None) -> dict[str, object]:
    """Checkpoints as flags name them, under the keys of the spec: one alone, or several, in place of its own."""
    from shiftprobe.spec.checkpoints import CHECKPOINTS, WEIGHTS
    from shiftprobe.spec.model import TRAIN

    given = placed(names or ())
    if not given:
        return {}
    return {WEIGHTS: given[0], CHECKPOINTS: None} if len(given) == 1 else {WEIGHTS: TRAIN, CHECKPOINTS: given}


def placed(names: Sequence[str]) -> list[str]:
    """Data by name; a path, which starts here and not at the spec's file, in full."""
    return [str(Path(name).resolve()) if _there(name) else name for name in names]


def linked(name: str, *, links: bool) -> str:
    """Data by name; a folder, by path or name, as one whose links are followed where that is wanted."""
    path = name.removeprefix("folder:")
    return f"links:{path}" if links and (path != name or (_there(name) and Path(name).is_dir())) else name


def _there(name: str) -> bool:
    try:
        return name not in {"all", "none"} and Path(name).exists()
    except OSError:  # longer than any path
        return False


def _tuned(text: str) -> dict[str, str | list[str]]:
    """'trials=4,lr=1e-3,1e-2' as the spec's keys, each with its value or a list of them."""
    found: dict[str, list[str]] = {}
    key = ""
    for item in items(text):
        name, equals, value = item.rpartition("=")
        if equals and (not name.strip() or name.strip() in found):
            raise typer.BadParameter(f"wanted each part once, got {item} in {text}", param_hint="--tune")
        key = name.strip() if equals else key
        if not key or not value.strip():
            raise typer.BadParameter(
                f"wanted KEY=VALUE,VALUE such as lr=1e-3,3e-3,1e-2, got {text}", param_hint="--tune"
            )
        found.setdefault(key, []).append(value.strip())
    if not found:
        raise typer.BadParameter(f"wanted KEY=VALUE,VALUE such as lr=1e-3,3e-3,1e-2, got {text}", param_hint="--tune")
    return {f"train.tune.{name}": several if len(several) > 1 else several[0] for name, several in found.items()}


def items(text: str) -> list[str]:
    """'a, b' as a list."""
    return [item.strip() for item in text.split(",") if item.strip()]


def pair(text: str) -> tuple[str, object]:
    """'train.epochs=30' as a key of the spec and its value."""
    from shiftprobe.spec.loading import parse_flag

    return parse_flag(text)


def with_fixed(
    command: Callable[..., None], fixed: Mapping[str, object], declared: Mapping[str, object]
) -> Callable[..., None]:
    """A command of which some parameters are fixed, and so are no flags, and some are declared in another way.

    Args:
        command: what is called in the end.
        fixed: names of parameters, with their values.
        declared: names of parameters, with the annotation to read the flag by.
    """
    shown = [
        one.replace(annotation=declared.get(one.name, one.annotation))
        for one in inspect.signature(command).parameters.values()
        if one.name not in fixed
    ]
    some = functools.partial(command, **fixed)
    some.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    some.__annotations__ = {one.name: one.annotation for one in shown}
    return some
