"""The device that a run or an audit computes on."""

import os

from shiftprobe.core.errors import SpecError
from shiftprobe.spec.recipe import Precision

AMPERE = 8  # CUDA's compute capability


def device_for(wanted: str, flag: str = "train.device") -> str:
    """The device asked for, or the best there is.

    Args:
        wanted: auto, cpu, mps, cuda, or one of several GPUs as cuda:1, which is then all that this process, and those
            that it starts, see.
        flag: what it was asked by, for the message.

    Returns:
        cpu, cuda or mps.

    Raises:
        SpecError: when the one asked for is not there.
    """
    import torch

    wanted, _, number = wanted.partition(":")
    if number:
        _choose(int(number), flag)
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name, found in there.items() if found)
    if not there[wanted]:
        found = ", ".join(name for name, is_there in there.items() if is_there)
        raise SpecError(f"{flag}: wanted {wanted}, but torch finds only {found}; use --device auto")
    return wanted


def _choose(number: int, flag: str) -> None:
    """Hide all GPUs but one."""
    import torch

    count = torch.cuda.device_count()  # asks the driver for no context: what is hidden now stays hidden
    if number >= count:
        there = f"cuda:0 to cuda:{count - 1}" if count > 1 else "cuda:0" if count else "none"
        raise SpecError(f"{flag}: wanted cuda:{number}, but torch finds {there}; use --device auto")
    shown = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    os.environ["CUDA_VISIBLE_DEVICES"] = shown.split(",")[number].strip() if shown else str(number)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call] # too late for this process, and in time for those that it starts
        torch.cuda.set_device(number)


def check_precision(precision: Precision, device: str) -> None:
    """Refuse an arithmetic that the device does not have: the run would say what it did not do.

    Raises:
        SpecError: where TF32 is asked of anything but a GPU of NVIDIA's from Ampere (2020) on.
    """
    import torch

    if precision == "tf32" and (device != "cuda" or torch.cuda.get_device_capability()[0] < AMPERE):
        got = "an older one" if device == "cuda" else device
        raise SpecError(
            f"train.precision: tf32 needs a GPU of NVIDIA's from Ampere on, got {got}; take float32 or bf16"
        )
