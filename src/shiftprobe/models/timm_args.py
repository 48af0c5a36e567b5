"""What timm's `train.py` leaves beside its weights: which network they are for, and how its images were prepared."""

from collections.abc import Mapping
from dataclasses import asdict

from shiftprobe.core.errors import ShiftprobeError
from shiftprobe.models import timm_
from shiftprobe.models.formats.foreign import attributes, maker
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.said_preprocess import of_timm


def args_in(loaded: object) -> Mapping[str, object] | None:
    """The arguments of the training, where timm's `train.py` wrote a file: a `Namespace` that names the network.

    Args:
        loaded: what was read of a file.
    """
    if not isinstance(loaded, dict) or maker(kept := loaded.get("args")) != "argparse.Namespace":
        return None
    args = attributes(kept)
    name = args.get("model")
    return args if isinstance(name, str) and loaded.get("arch", name) == name else None


def network(args: Mapping[str, object]) -> str | None:
    """Its name as ours; None where this timm does not have it, or it was built in a way that we do not hand on.

    Args:
        args: as `args_in` finds them.
    """
    pool = {"global_pool": args["gp"]} if args.get("gp") else {}
    options = args.get("model_kwargs") or {}
    if not timm_.installed() or not isinstance(options, dict):
        return None
    try:
        return timm_.arch_of({"architecture": args["model"], "model_args": options | pool})
    except ShiftprobeError:
        return None


def preprocess(arch: str, args: Mapping[str, object]) -> Preprocess:
    """How images were prepared to validate the training, at its own size: timm's configuration, and what was said.

    Args:
        arch: as `network` gives it.
        args: as `args_in` finds them.

    Raises:
        SpecError: when they ask for what we do not do.
    """
    config = timm_.config(arch.removeprefix(timm_.PREFIX))
    said = asdict(config) if config is not None else {}
    said |= {key: args[key] for key in ("input_size", "crop_pct", "crop_mode", "interpolation") if args.get(key)}
    channels = args.get("in_chans") or 3
    side = args.get("img_size")
    if side and not args.get("input_size"):
        said["input_size"] = (channels, side, side)
    for key in ("mean", "std"):
        if isinstance(value := args.get(key), list | tuple) and value:
            said[key] = [*value] * (channels if len(value) == 1 and isinstance(channels, int) else 1)
    return of_timm(arch, said, test=False)
